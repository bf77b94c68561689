//! Zakharov's function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Pooled, function};
use crate::jet::Jet;
use crate::known::{Convexity, Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "zakharov",
    summary: "Zakharov's function: a bowl that is very steep along one direction far out, in any dimension.",
    formula: "f(x) = Σ_i x_i² + s² + s⁴,  s = Σ_i a i x_i,  i = 1 … n",
    conventions: "Convex; the minimum is 0 at 0. Usually looked at in [-5, 10]².",
    hyperparameters: hyperparameters!(
        [-4.0, 8.0],
        dimension(2, 1),
        number("a", 0.5, Range::FINITE, "how steep the direction of s is"),
    ),
    dialects: &[],
    cost: "6 n operations a gradient.",
    reference: "Jamil and Yang (2013), A literature survey of benchmark functions for global optimization problems, \
                Int. J. Math. Model. Numer. Optim. 4.",
};

#[derive(Clone)]
pub(crate) struct Zakharov {
    dimension: usize,
    a: f64,
}

impl Known for Zakharov {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-5.0, 10.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, a: settings.number("a") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global(vec![0.0; self.dimension], 0.0)]
    }

    fn convexity(&self) -> Option<Convexity> {
        Some(Convexity { strong: 2.0, smooth: None })
    }
}

impl Pooled for Zakharov {
    #[inline(always)]
    fn own<R: Real>(&self, _: usize, x: R) -> [R; 3] {
        [x * x, R::of(2.0) * x, R::of(2.0)]
    }

    #[inline(always)]
    fn features<R: Real>(&self, i: usize, x: R) -> [[R; 3]; 2] {
        let slope = R::of(self.a * (i + 1) as f64);
        [[slope * x, slope, R::ZERO], [R::ZERO; 3]]
    }

    #[inline(always)]
    fn pool<R: Real>(&self, s: R, _: R) -> Jet<R> {
        let square = s * s;
        let (two, four, twelve) = (R::of(2.0), R::of(4.0), R::of(12.0));
        Jet::separate([square + square * square, s * (two + four * square), two + twelve * square], [R::ZERO; 3])
    }
}

function!(Zakharov: pooled);
