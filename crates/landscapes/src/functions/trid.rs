//! The trid function.

use std::f64::consts::PI;

use sgdlab_core::{Entry, Range, Real, Settings};

use crate::function::{Chained, function};
use crate::jet::Jet;
use crate::known::{Convexity, Known, Stationary};
use crate::parameters::{dimension, hyperparameters, number};

const ENTRY: Entry = Entry {
    name: "trid",
    summary: "The trid function: a quadratic bowl that couples neighbors, in any dimension.",
    formula: "f(x) = Σ_i (x_i - c)² - Σ_i x_i x_{i-1}",
    conventions: "Convex, with the eigenvalues 2 - 2 cos(k π/(n+1)); the minimum is -c² n (n+4) (n-1)/6 at x_i = c i (n+1-i). \
                  Usually looked at in [-n², n²]².",
    hyperparameters: hyperparameters!(
        [-3.0, 4.0],
        dimension(2, 1),
        number("c", 1.0, Range::FINITE, "scale of the minimizer"),
    ),
    dialects: &[],
    cost: "4 operations a coordinate.",
    reference: "Neumaier (1997), collection of test problems for global optimization, University of Vienna.",
};

#[derive(Clone)]
pub(crate) struct Trid {
    dimension: usize,
    c: f64,
}

impl Known for Trid {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-4.0, 4.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { dimension: settings.integer("dimension") as usize, c: settings.number("c") }
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn stationary(&self) -> Vec<Stationary> {
        let n = self.dimension as f64;
        let at: Vec<f64> = (1..=self.dimension).map(|i| self.c * i as f64 * (n + 1.0 - i as f64)).collect();
        vec![Stationary::global(at, -self.c * self.c * n * (n + 4.0) * (n - 1.0) / 6.0)]
    }

    fn convexity(&self) -> Option<Convexity> {
        let cosine = Real::cos(PI / (self.dimension as f64 + 1.0));
        Some(Convexity::between(2.0 - 2.0 * cosine, 2.0 + 2.0 * cosine))
    }
}

impl Chained for Trid {
    const LINKED: bool = true;

    #[inline(always)]
    fn own<R: Real>(&self, _: usize, x: R) -> [R; 3] {
        let (distance, two) = (x - R::of(self.c), R::of(2.0));
        [distance * distance, two * distance, two]
    }

    #[inline(always)]
    fn link<R: Real>(&self, _: usize, x: R, y: R) -> Jet<R> {
        Jet::new(-(x * y), [-y, -x], [R::ZERO, -R::ONE, R::ZERO])
    }
}

function!(Trid: chained);
