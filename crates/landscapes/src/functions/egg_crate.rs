//! The egg crate function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Chained, function};
use crate::known::{Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "egg-crate",
    summary: "The egg crate: a bowl with a regular grid of smooth hollows, in any dimension.",
    formula: "f(x) = Σ_i x_i² + a sin²(x_i)",
    conventions: "The minimum is 0 at 0. Usually looked at in [-5, 5]².",
    hyperparameters: hyperparameters!(
        [4.0, -3.5],
        dimension(2, 1),
        number("a", 25.0, Range::at_least(0.0), "height of the waves"),
    ),
    dialects: &[],
    cost: "5 operations and a sine a coordinate.",
    reference: "Jamil and Yang (2013), A literature survey of benchmark functions for global optimization problems, \
                Int. J. Math. Model. Numer. Optim. 4.",
};

#[derive(Clone)]
pub(crate) struct EggCrate {
    dimension: usize,
    a: f64,
}

impl Known for EggCrate {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-5.0, 5.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, a: settings.number("a") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global(vec![0.0; self.dimension], 0.0)]
    }
}

impl Chained for EggCrate {
    const LINKED: bool = false;

    #[inline(always)]
    fn own<R: Real>(&self, _: usize, x: R) -> [R; 3] {
        let (a, two, sine) = (R::of(self.a), R::of(2.0), x.sin());
        [x * x + a * sine * sine, two * x + a * (two * x).sin(), two + two * a * (two * x).cos()]
    }
}

function!(EggCrate: chained);
