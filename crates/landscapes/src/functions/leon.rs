//! Leon's function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "leon",
    summary: "Leon's function: a valley along a cubic.",
    formula: "f(x, y) = b (y - x³)² + (a - x)²",
    conventions: "The minimum is 0 at (a, a³). Usually looked at in [-1.2, 1.2]².",
    hyperparameters: hyperparameters!(
        [-1.2, 1.0],
        number("a", 1.0, Range::FINITE, "x of the minimizer"),
        number("b", 100.0, Range::above(0.0), "how steep the sides of the valley are"),
    ),
    dialects: &[],
    cost: "12 operations a gradient.",
    reference: "Leon (1966), A comparison among eight known optimizing procedures, in Recent advances in optimization techniques.",
};

#[derive(Clone)]
pub(crate) struct Leon {
    a: f64,
    b: f64,
}

impl Known for Leon {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-1.2, 1.2); 2];

    fn new(settings: &Settings) -> Self {
        Self { a: settings.number("a"), b: settings.number("b") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global([self.a, self.a * self.a * self.a], 0.0)]
    }
}

impl Planar for Leon {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let (a, b, zero) = (R::of(self.a), R::of(self.b), R::ZERO);
        let (three, six) = (R::of(3.0), R::of(6.0));
        let valley = Jet::new(y - x * x * x, [-(three * x * x), R::ONE], [-(six * x), zero, zero]);
        let floor = Jet::new(a - x, [-R::ONE, zero], [zero; 3]);
        valley.squared() * b + floor.squared()
    }
}

function!(Leon: planar);
