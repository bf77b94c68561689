//! A bowl of fourth powers.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Chained, function};
use crate::known::{Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "quartic",
    summary: "A bowl of fourth powers: flat at the minimum, where the Hessian is 0.",
    formula: "f(x) = a/4 Σ_i i x_i⁴",
    conventions: "Convex; the minimum is 0 at 0. Without the noise that De Jong added. Usually looked at in [-1.28, 1.28]².",
    hyperparameters: hyperparameters!([1.0], dimension(2, 1), number("a", 1.0, Range::above(0.0), "height"),),
    dialects: &[],
    cost: "4 operations a coordinate.",
    reference: "De Jong (1975), An analysis of the behavior of a class of genetic adaptive systems, thesis, Michigan.",
};

#[derive(Clone)]
pub(crate) struct Quartic {
    dimension: usize,
    a: f64,
}

impl Known for Quartic {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-1.28, 1.28); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, a: settings.number("a") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global(vec![0.0; self.dimension], 0.0)]
    }

    fn convexity(&self) -> Option<crate::known::Convexity> {
        Some(crate::known::Convexity::default())
    }
}

impl Chained for Quartic {
    const LINKED: bool = false;

    #[inline(always)]
    fn own<R: Real>(&self, i: usize, x: R) -> [R; 3] {
        let (weight, quarter, three) = (R::of(self.a * (i + 1) as f64), R::of(0.25), R::of(3.0));
        [quarter * weight * (x * x) * (x * x), weight * x * x * x, three * weight * x * x]
    }
}

function!(Quartic: chained);
