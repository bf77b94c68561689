//! A strict saddle between two minima.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "strict-saddle",
    summary: "A saddle with curvatures a and -b between two minima, where runs begin.",
    formula: "f(x, y) = 1/2 (a x² - b y²) + c/4 y⁴",
    conventions: "The saddle is at 0, the minima are -b²/(4c) at (0, ±√(b/c)). Usually looked at in [-2, 2]².",
    hyperparameters: hyperparameters!(
        [0.0, 0.0],
        number("a", 1.0, Range::above(0.0), "curvature across"),
        number("b", 1.0, Range::above(0.0), "curvature down, at the saddle"),
        number("c", 1.0, Range::above(0.0), "what bends f up again"),
    ),
    dialects: &[],
    cost: "7 operations a gradient.",
    reference: "Jin, Ge, Netrapalli, Kakade and Jordan (2017), How to escape saddle points efficiently, ICML.",
};

#[derive(Clone)]
pub(crate) struct StrictSaddle {
    a: f64,
    b: f64,
    c: f64,
}

impl Known for StrictSaddle {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-2.0, 2.0); 2];

    fn new(settings: &Settings) -> Self {
        let [a, b, c] = ["a", "b", "c"].map(|name| settings.number(name));
        Self { a, b, c }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let Self { b, c, .. } = *self;
        let (y, value) = ((b / c).sqrt(), -b * b / (4.0 * c));
        vec![
            Stationary::global([0.0, y], value),
            Stationary::global([0.0, -y], value),
            Stationary::of(Kind::Saddle, [0.0, 0.0], 0.0),
        ]
    }
}

impl Planar for StrictSaddle {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let [a, b, c] = [self.a, self.b, self.c].map(R::of);
        let (half, quarter, three, t) = (R::of(0.5), R::of(0.25), R::of(3.0), y * y);
        Jet::separate(
            [half * a * x * x, a * x, a],
            [t * (quarter * c * t - half * b), y * (c * t - b), three * c * t - b],
        )
    }
}

function!(StrictSaddle: planar);
