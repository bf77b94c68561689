//! The gradient of the batch.

use sgdlab_core::{Batch, Entry, Lanes, Oracle, Real};

use crate::Estimator;

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "plain",
    summary: "The mean gradient of the batch.",
    formula: "g = (1/B) Σ_{i in batch} ∇f_i(x)",
    conventions: "Unbiased for every sampler whose batches are unbiased.",
    hyperparameters: &[],
    dialects: &[],
    cost: "B term gradients a step; no memory.",
    reference: "Robbins and Monro (1951), A stochastic approximation method.",
};

/// The mean gradient of the batch.
pub(crate) struct Plain;

impl<R: Real, const N: usize> Estimator<R, N> for Plain {
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        _: u64,
        at: &[Lanes<R, N>],
        batch: Batch<'_>,
        out: &mut [Lanes<R, N>],
    ) {
        oracle.gradient(at, batch, out);
    }
}
