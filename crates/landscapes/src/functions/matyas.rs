//! Matyas's function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Planar, function};
use crate::jet::Jet;
use crate::known::{Convexity, Kind, Known, Stationary};
use crate::parameters::{hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "matyas",
    summary: "Matyas's function: a flat valley along the diagonal.",
    formula: "f(x, y) = a (x² + y²) - b x y",
    conventions: "Eigenvalues 2a ± b: for |b| < 2a convex with the minimum 0 at 0, for |b| > 2a a saddle. \
                  Usually looked at in [-10, 10]².",
    hyperparameters: hyperparameters!(
        [8.0, -6.0],
        number("a", 0.26, Range::above(0.0), "half the curvature along the axes"),
        number("b", 0.48, Range::FINITE, "coupling of the axes"),
    ),
    dialects: &[],
    cost: "6 operations a gradient.",
    reference: "Jamil and Yang (2013), A literature survey of benchmark functions for global optimization problems, \
                Int. J. Math. Model. Numer. Optim. 4.",
};

#[derive(Clone)]
pub(crate) struct Matyas {
    a: f64,
    b: f64,
}

impl Known for Matyas {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-10.0, 10.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { a: settings.number("a"), b: settings.number("b") }
    }

    fn stationary(&self) -> Vec<Stationary> {
        let kind = if self.b.abs() <= 2.0 * self.a { Kind::Global } else { Kind::Saddle };
        vec![Stationary::of(kind, [0.0, 0.0], 0.0)]
    }

    fn convexity(&self) -> Option<Convexity> {
        let (middle, coupling) = (2.0 * self.a, self.b.abs());
        (coupling <= middle).then(|| Convexity::between(middle - coupling, middle + coupling))
    }
}

impl Planar for Matyas {
    #[inline(always)]
    fn jet<R: Real>(&self, x: R, y: R) -> Jet<R> {
        let (a, b, twice) = (R::of(self.a), R::of(self.b), R::of(2.0 * self.a));
        Jet::new(a * (x * x + y * y) - b * x * y, [twice * x - b * y, twice * y - b * x], [twice, -b, twice])
    }
}

function!(Matyas: planar);
