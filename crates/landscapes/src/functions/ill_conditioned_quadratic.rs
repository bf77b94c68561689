//! A quadratic bowl along the axes.

use sgdlab_core::{Entry, Invalid, Real, Settings};

use super::spectrum::{self, LARGEST, SMALLEST, SPACING};
use crate::function::{Chained, function};
use crate::known::{Convexity, Known, Stationary};
use crate::parameters::{dimension, hyperparameters};

const ENTRY: Entry = Entry {
    name: "ill-conditioned-quadratic",
    summary: "A quadratic bowl with a chosen spectrum along the axes.",
    formula: "f(x) = 1/2 Σ_i λ_i x_i²,  λ_1 = smallest … λ_n = largest",
    conventions: "Convex; the minimum is 0 at 0. The terms of noisy-quadratic have shifted centers instead of tilts: there the noise \
                  of a gradient grows with the eigenvalue.",
    hyperparameters: hyperparameters!([1.0], dimension(2, 1), SMALLEST, LARGEST, SPACING),
    dialects: &[],
    cost: "n operations a gradient.",
    reference: "Nesterov (2004), Introductory lectures on convex optimization, 2.1, Kluwer.",
};

#[derive(Clone)]
pub(crate) struct IllConditionedQuadratic {
    eigenvalues: Vec<f64>,
}

impl Known for IllConditionedQuadratic {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-2.0, 2.0); 2];

    fn new(settings: &Settings) -> Self {
        Self { eigenvalues: spectrum::eigenvalues(settings) }
    }

    fn check(settings: &Settings) -> Result<(), Invalid> {
        spectrum::check(settings)
    }

    fn dimension(&self) -> usize {
        self.eigenvalues.len()
    }

    fn stationary(&self) -> Vec<Stationary> {
        vec![Stationary::global(vec![0.0; self.dimension()], 0.0)]
    }

    fn convexity(&self) -> Option<Convexity> {
        let smallest = self.eigenvalues.iter().copied().fold(f64::INFINITY, Real::min);
        Some(Convexity::between(smallest, self.eigenvalues.iter().copied().fold(0.0, Real::max)))
    }
}

impl Chained for IllConditionedQuadratic {
    const LINKED: bool = false;

    #[inline(always)]
    fn own<R: Real>(&self, i: usize, x: R) -> [R; 3] {
        let (lambda, half) = (R::of(self.eigenvalues[i]), R::of(0.5));
        [half * lambda * (x * x), lambda * x, lambda]
    }
}

function!(IllConditionedQuadratic: chained);
