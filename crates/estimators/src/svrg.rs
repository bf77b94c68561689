//! Stochastic variance reduced gradient.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Batch, Domain, Entry, Hyperparameter, Lanes, Oracle, Range, Real};

use crate::Estimator;

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "svrg",
    summary: "The batch's gradient, corrected by the same batch at a snapshot whose full gradient is known.",
    formula: "g = ∇f_batch(x) - ∇f_batch(s) + ∇f(s);  every `period` epochs s <- x",
    conventions: "The snapshot is the last iterate (option I of the paper). The first is the initial point. \
                  A rescaled short batch scales all three parts.",
    hyperparameters: &[Hyperparameter {
        name: "period",
        meaning: "epochs between snapshots, rounded to whole steps",
        domain: Domain::Number { default: 2.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "2 B term gradients a step and n a snapshot; memory of 3 numbers a parameter.",
    reference: "Johnson and Zhang (2013), Accelerating stochastic gradient descent using predictive variance \
                reduction, NeurIPS.",
};

/// The estimator with its snapshot.
pub(crate) struct Svrg<R: Real, const N: usize> {
    steps: u64,
    snapshot: Vec<Lanes<R, N>>,
    full: Vec<Lanes<R, N>>,
    at_snapshot: Vec<Lanes<R, N>>,
}

impl<R: Real, const N: usize> Svrg<R, N> {
    /// An estimator that takes a snapshot every `period` epochs, but at most every step.
    pub(crate) fn new(period: f64, parameters: usize, batches_per_epoch: u64) -> Self {
        let zeros = vec![[R::ZERO; N]; parameters];
        let steps = (period * batches_per_epoch as f64).round().max(1.0) as u64;
        Self { steps, snapshot: zeros.clone(), full: zeros.clone(), at_snapshot: zeros }
    }
}

/// out ← out − `at_snapshot` + `scale` · `full`.
#[cfg_attr(not(debug_assertions), multiversion(targets = "simd"))]
fn correct<R: Real>(scale: R, at_snapshot: &[R], full: &[R], out: &mut [R]) {
    for ((out, old), full) in out.iter_mut().zip(at_snapshot).zip(full) {
        *out = *out - *old + scale * *full;
    }
}

impl<R: Real, const N: usize> Estimator<R, N> for Svrg<R, N> {
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        step: u64,
        at: &[Lanes<R, N>],
        batch: Batch<'_>,
        out: &mut [Lanes<R, N>],
    ) {
        if step.is_multiple_of(self.steps) {
            self.snapshot.copy_from_slice(at);
            oracle.full_gradient(at, &mut self.full);
        }
        oracle.gradient(at, batch, out);
        oracle.gradient(&self.snapshot, batch, &mut self.at_snapshot);
        let (old, full) = (self.at_snapshot.as_flattened(), self.full.as_flattened());
        correct(R::of(batch.scale), old, full, out.as_flattened_mut());
    }
}
