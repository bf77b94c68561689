//! Rosenbrock's function.

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Chained, function};
use crate::jet::Jet;
use crate::known::{Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "rosenbrock",
    summary: "Rosenbrock's curved valley in any dimension.",
    formula: "f(x) = Σ_i b (x_{i+1} - x_i²)² + (a - x_i)²,  i = 1 … n-1",
    conventions: "The minimum is 0 at (a, a²) in two dimensions, and at (1, …, 1) for a = 1 or 0 for a = 0 in more, where \
                  other a have no closed form; from four dimensions on there is a second minimum near (-1, 1, …, 1). \
                  Usually looked at in [-2, 2] × [-1, 3].",
    hyperparameters: hyperparameters!(
        [-1.2, 1.0],
        dimension(2, 2),
        number("a", 1.0, Range::FINITE, "where the valley is lowest"),
        number("b", 100.0, Range::above(0.0), "how steep the sides of the valley are"),
    ),
    dialects: &[],
    cost: "12 n operations a gradient.",
    reference: "Rosenbrock (1960), An automatic method for finding the greatest or least value of a function, Comput. J. 3.",
};

#[derive(Clone)]
pub(crate) struct Rosenbrock {
    dimension: usize,
    a: f64,
    b: f64,
}

impl Known for Rosenbrock {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-2.0, 2.0), (-1.0, 3.0)];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, a: settings.number("a"), b: settings.number("b") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        // The valley is xᵢ₊₁ = xᵢ² and all but the last coordinate are to be a.
        let known = self.dimension == 2 || self.a * self.a == self.a;
        let mut at = vec![self.a; self.dimension];
        at[self.dimension - 1] = self.a * self.a;
        if known { vec![Stationary::global(at, 0.0)] } else { Vec::new() }
    }
}

impl Chained for Rosenbrock {
    const LINKED: bool = true;

    #[inline(always)]
    fn own<R: Real>(&self, _: usize, _: R) -> [R; 3] {
        [R::ZERO; 3]
    }

    #[inline(always)]
    fn link<R: Real>(&self, _: usize, x: R, y: R) -> Jet<R> {
        let (a, b, two) = (R::of(self.a), R::of(self.b), R::of(2.0));
        let valley = Jet::new(y - x * x, [-two * x, R::ONE], [-two, R::ZERO, R::ZERO]);
        let floor = Jet::new(a - x, [-R::ONE, R::ZERO], [R::ZERO; 3]);
        valley.squared() * b + floor.squared()
    }
}

function!(Rosenbrock: chained);
