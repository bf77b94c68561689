//! A narrow winding valley.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "narrow-valley",
    summary: "A narrow valley that winds like a sine.",
    formula: "f(x, y) = b (y - a sin(w x))² + c/2 x²",
    conventions: "The minimum is 0 at 0, and there is no other stationary point. Usually looked at in [-4, 4] × [-2, 2].",
    hyperparameters: hyperparameters!(
        [-3.5, 1.0],
        number("a", 1.0, Range::FINITE, "how far the valley winds"),
        number("b", 50.0, Range::above(0.0), "how steep its sides are"),
        number("c", 0.2, Range::above(0.0), "curvature along the valley"),
        number("w", 2.0, Range::FINITE, "frequency of the windings"),
    ),
    dialects: &[],
    cost: "12 operations, a sine and a cosine a gradient.",
    reference: "Rosenbrock (1960), An automatic method for finding the greatest or least value of a function, Comput. J. 3, \
                for curved valleys.",
};

#[derive(Clone)]
pub(crate) struct NarrowValley {
    a: f64,
    b: f64,
    c: f64,
    w: f64,
}

impl Known for NarrowValley {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-4.0, 4.0), (-2.0, 2.0)];

    fn new(settings: &Settings) -> Self {
        let [a, b, c, w] = ["a", "b", "c", "w"].map(|name| settings.number(name));
        Self { a, b, c, w }
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global([0.0, 0.0], 0.0)]
    }
}

impl Planar for NarrowValley {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let [a, b, c, w] = [self.a, self.b, self.c, self.w].map(R::of);
        let (sine, cosine) = ((w * x).sin(), (w * x).cos());
        let valley = Jet::new(y - a * sine, [-(a * w * cosine), R::ONE], [a * w * w * sine, R::ZERO, R::ZERO]);
        valley.squared() * b + Jet::separate([R::of(0.5) * c * x * x, c * x, c], [R::ZERO; 3])
    }
}

function!(NarrowValley: planar);
