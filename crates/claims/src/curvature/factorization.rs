//! The factorization of a number, whose minima are a curve along which sharpness varies.

use sgdlab_core::{Objective, Settings, Value};
use sgdlab_landscapes::{Packs, Problem, entry};
use sgdlab_optimizers::{RuleSpec, Sgd};

use crate::tools::course::Course;

/// f(x, y) = ½ (x y − c)².
///
/// D = x² − y² says where on the curve x y = c a minimum lies; its sharpness is x² + y² = √(D² + 4 c²), at least 2 c.
pub(super) struct Factorization {
    c: f64,
    problem: Problem,
}

impl Factorization {
    pub(super) fn new(c: f64) -> Self {
        let entry = entry("scalar-factorization").expect("a landscape of the catalogue");
        let given = [("c", Value::Number(c)), ("noise", Value::Number(0.0)), ("terms", Value::Number(2.0))];
        let settings = Settings::new(entry, given).expect("settings of the landscape");
        Self { c, problem: Problem::load(&settings).expect("a landscape without noise") }
    }

    pub(super) fn objective(&self) -> &dyn Objective<f64, 1> {
        f64::objective(&self.problem)
    }

    /// The minimum with this sharpness and x > y > 0.
    pub(super) fn minimum(&self, sharpness: f64) -> [f64; 2] {
        let balance = (sharpness * sharpness - 4.0 * self.c * self.c).sqrt();
        let x = (0.5 * (sharpness + balance)).sqrt();
        [x, self.c / x]
    }

    /// The sharpness of the minimum with this balance.
    pub(super) fn sharpness_of(&self, balance: f64) -> f64 {
        (balance * balance + 4.0 * self.c * self.c).sqrt()
    }

    /// Gradient descent on what `ask` gives at each step.
    pub(super) fn course(&self, rate: f64, start: [f64; 2]) -> Course<'_, f64, 2> {
        Course { objective: self.objective(), rule: RuleSpec::from(Sgd::default()), rate, start }
    }
}

/// D = x² − y².
pub(super) fn balance([x, y]: [f64; 2]) -> f64 {
    x * x - y * y
}
