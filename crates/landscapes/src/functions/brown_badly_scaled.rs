//! Brown's badly scaled function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "brown-badly-scaled",
    summary: "Brown's badly scaled function: the coordinates of the minimizer differ by eleven orders of magnitude.",
    formula: "f(x, y) = (x - s)² + (y - 2/s)² + (x y - 2)²",
    conventions: "The minimum is 0 at (s, 2/s).",
    hyperparameters: hyperparameters!([1.0, 1.0], number("s", 1e6, Range::above(0.0), "x of the minimizer"),),
    dialects: &[],
    cost: "12 operations a gradient.",
    reference: "Moré, Garbow and Hillstrom (1981), Testing unconstrained optimization software, ACM Trans. Math. Softw. 7.",
};

#[derive(Clone)]
pub(crate) struct BrownBadlyScaled {
    s: f64,
}

impl Known for BrownBadlyScaled {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-2.0, 2.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { s: settings.number("s") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global([self.s, 2.0 / self.s], 0.0)]
    }
}

impl Planar for BrownBadlyScaled {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let (s, t, two, zero) = (R::of(self.s), R::of(2.0 / self.s), R::of(2.0), R::ZERO);
        let (u, v) = (x - s, y - t);
        let product = Jet::new(x * y - two, [y, x], [zero, R::ONE, zero]);
        Jet::separate([u * u, two * u, two], [v * v, two * v, two]) + product.squared()
    }
}

function!(BrownBadlyScaled: planar);
