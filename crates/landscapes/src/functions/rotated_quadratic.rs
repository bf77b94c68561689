//! A quadratic bowl across the axes.

use sgdlab_core::{Entry, Invalid, Real, Settings};

use super::spectrum::{self, LARGEST, SMALLEST, SPACING};
use crate::function::{Pooled, function};
use crate::jet::Jet;
use crate::known::{Convexity, Known, Stationary};
use crate::parameters::{dimension, hyperparameters};

const ENTRY: Entry = Entry {
    name: "rotated-quadratic",
    summary: "A quadratic bowl with a chosen spectrum whose axes are no coordinate axes.",
    formula: "f(x) = 1/2 Σ_i λ_i y_i²,  y = x - 2 v (v·x),  v = (1, …, 1)/√n,  λ_1 = smallest … λ_n = largest",
    conventions: "Convex; the minimum is 0 at 0. The eigenvectors are the coordinate axes reflected at the plane across v: \
                  rules that treat coordinates one by one do not see its condition as they do that of \
                  ill-conditioned-quadratic.",
    hyperparameters: hyperparameters!([1.0, -0.5], dimension(3, 1), SMALLEST, LARGEST, SPACING),
    dialects: &[],
    cost: "8 n operations a gradient.",
    reference: "Householder (1958), Unitary triangularization of a nonsymmetric matrix, J. ACM 5, for the reflection.",
};

#[derive(Clone)]
pub(crate) struct RotatedQuadratic {
    eigenvalues: Vec<f64>,
    mean: f64,
    /// 1/√n.
    entry: f64,
}

impl Known for RotatedQuadratic {
    const ENTRY: &'static Entry = &ENTRY;
    const WINDOW: [(f64, f64); 2] = [(-2.0, 2.0); 2];

    fn new(settings: &Settings) -> Self {
        let eigenvalues = spectrum::eigenvalues(settings);
        let n = eigenvalues.len() as f64;
        Self { mean: eigenvalues.iter().sum::<f64>() / n, entry: 1.0 / n.sqrt(), eigenvalues }
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

// ½ Σ λ (x − 2 v s)² = ½ Σ λ x² − 2 s Σ λ v x + 2 s² Σ λ v² with s = v·x.
impl Pooled for RotatedQuadratic {
    #[inline(always)]
    fn own<R: Real>(&self, i: usize, x: R) -> [R; 3] {
        let (lambda, half) = (R::of(self.eigenvalues[i]), R::of(0.5));
        [half * lambda * (x * x), lambda * x, lambda]
    }

    #[inline(always)]
    fn features<R: Real>(&self, i: usize, x: R) -> [[R; 3]; 2] {
        let (v, weighted) = (R::of(self.entry), R::of(self.entry * self.eigenvalues[i]));
        [[v * x, v, R::ZERO], [weighted * x, weighted, R::ZERO]]
    }

    #[inline(always)]
    fn pool<R: Real>(&self, s: R, t: R) -> Jet<R> {
        let (mean, two, four) = (R::of(self.mean), R::of(2.0), R::of(4.0));
        Jet::new(two * s * (mean * s - t), [four * mean * s - two * t, -(two * s)], [four * mean, -two, R::ZERO])
    }
}

function!(RotatedQuadratic: pooled);
