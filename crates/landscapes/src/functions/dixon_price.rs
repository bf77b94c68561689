//! The function of Dixon and Price.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Chained, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "dixon-price",
    summary: "The function of Dixon and Price: a valley that couples neighbors, in any dimension.",
    formula: "f(x) = (x_1 - a)² + Σ_i i (2x_i² - x_{i-1})²,  i = 2 … n",
    conventions: "The minimum is 0 at x_1 = a, x_i = √(x_{i-1}/2), with either sign of the last coordinate. \
                  Usually looked at in [-10, 10]².",
    hyperparameters: hyperparameters!(
        [-2.0, 2.0],
        dimension(2, 2),
        number("a", 1.0, Range::above(0.0), "x_1 of the minimizers"),
    ),
    dialects: &[],
    cost: "10 n operations a gradient.",
    reference: "Dixon and Price (1989), Truncated Newton method for sparse unconstrained optimization using automatic \
                differentiation, J. Optim. Theory Appl. 60.",
};

#[derive(Clone)]
pub(crate) struct DixonPrice {
    dimension: usize,
    a: f64,
}

impl Known for DixonPrice {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-3.0, 3.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, a: settings.number("a") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        let next = |x: &f64| Some((0.5 * x).sqrt());
        let at: Vec<f64> = std::iter::successors(Some(self.a), next).take(self.dimension).collect();
        let mut mirrored = at.clone();
        mirrored[self.dimension - 1] = -at[self.dimension - 1];
        vec![Stationary::global(at, 0.0), Stationary::global(mirrored, 0.0)]
    }
}

impl Chained for DixonPrice {
    const LINKED: bool = true;

    #[inline(always)]
    fn own<R: Real>(&self, i: usize, x: R) -> [R; 3] {
        let (distance, two) = (x - R::of(self.a), R::of(2.0));
        if i == 0 { [distance * distance, two * distance, two] } else { [R::ZERO; 3] }
    }

    #[inline(always)]
    fn link<R: Real>(&self, i: usize, x: R, y: R) -> Jet<R> {
        let (two, four) = (R::of(2.0), R::of(4.0));
        let valley = Jet::new(two * y * y - x, [-R::ONE, four * y], [R::ZERO, R::ZERO, four]);
        valley.squared() * R::of((i + 2) as f64)
    }
}

function!(DixonPrice: chained);
