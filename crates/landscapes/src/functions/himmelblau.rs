//! Himmelblau's function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{hyperparameters, number};
use crate::roots;

const ENTRY: Entry = Entry {
    name: "himmelblau",
    summary: "Himmelblau's function: four minima of equal height.",
    formula: "f(x, y) = (x² + y - a)² + (x + y² - b)²",
    conventions: "The minimum is 0 where both parentheses are 0: y = a - x² at the real roots x of (a - x²)² + x - b; with \
                  the defaults (3, 2), (-2.805, 3.131), (-3.779, -3.283) and (3.584, -1.848). \
                  Usually looked at in [-5, 5]².",
    hyperparameters: hyperparameters!(
        [0.0, 0.0],
        number("a", 11.0, Range::closed(-100.0, 100.0), "right side of the first equation"),
        number("b", 7.0, Range::closed(-100.0, 100.0), "right side of the second equation"),
    ),
    dialects: &[],
    cost: "14 operations a gradient.",
    reference: "Himmelblau (1972), Applied nonlinear programming, McGraw-Hill.",
};

#[derive(Clone)]
pub(crate) struct Himmelblau {
    a: f64,
    b: f64,
}

impl Known for Himmelblau {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-5.0, 5.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { a: settings.number("a"), b: settings.number("b") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let (a, b) = (self.a, self.b);
        let bound = 2.0 + a.abs().max(b.abs()).sqrt() * 2.0;
        let roots = roots::between((-bound, bound), 20_000, |x| (a - x * x) * (a - x * x) + x - b);
        roots.into_iter().map(|x| Stationary::global([x, a - x * x], 0.0)).collect()
    }
}

impl Planar for Himmelblau {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let (a, b, two) = (R::of(self.a), R::of(self.b), R::of(2.0));
        let first = Jet::new(x * x + y - a, [two * x, R::ONE], [two, R::ZERO, R::ZERO]);
        let second = Jet::new(x + y * y - b, [R::ONE, two * y], [R::ZERO, R::ZERO, two]);
        first.squared() + second.squared()
    }
}

function!(Himmelblau: planar);
