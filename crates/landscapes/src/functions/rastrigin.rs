//! Rastrigin's function.

use std::f64::consts::PI;

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Chained, function};
use crate::known::{Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "rastrigin",
    summary: "Rastrigin's function: a bowl with a grid of minima, in any dimension.",
    formula: "f(x) = Σ_i x_i² + a (1 - cos(2π x_i))",
    conventions: "The minimum is 0 at 0. Usually looked at in [-5.12, 5.12]².",
    hyperparameters: hyperparameters!(
        [3.3, -2.2],
        dimension(2, 1),
        number("a", 10.0, Range::at_least(0.0), "height of the waves"),
    ),
    dialects: &[],
    cost: "4 operations and a sine a coordinate.",
    reference: "Rastrigin (1974), Systems of extremal control, Nauka; Rudolph (1990) for any dimension.",
};

#[derive(Clone)]
pub(crate) struct Rastrigin {
    dimension: usize,
    a: f64,
}

impl Known for Rastrigin {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-5.12, 5.12); 2];

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

impl Chained for Rastrigin {
    const LINKED: bool = false;

    #[inline(always)]
    fn own<R: Real>(&self, _: usize, x: R) -> [R; 3] {
        let (a, two, turn) = (R::of(self.a), R::of(2.0), R::of(2.0 * PI));
        let (cosine, sine) = ((turn * x).cos(), (turn * x).sin());
        [x * x + a * (R::ONE - cosine), two * x + a * turn * sine, two + a * turn * turn * cosine]
    }
}

function!(Rastrigin: chained);
