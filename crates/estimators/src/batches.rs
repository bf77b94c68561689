//! Batches made of batches: the one place that looks into them.

use sgdlab_core::{Batch, Real};

/// The batch without the factor of a rescaled short one: its estimate is a mean gradient.
pub(crate) fn unscaled(batch: Batch<'_>) -> Batch<'_> {
    Batch { scale: 1.0, ..batch }
}

/// The mean over some terms.
pub(crate) fn mean_of(terms: &[u32]) -> Batch<'_> {
    Batch { indices: terms, scale: 1.0 }
}

/// Every term of the batch, as often as it is in there, with its factor in the batch's estimate Σ share ∇fᵢ.
pub(crate) fn members<R: Real>(batch: Batch<'_>) -> impl Iterator<Item = (u32, R)> {
    let share = R::of(batch.scale / batch.indices.len() as f64);
    batch.indices.iter().map(move |&term| (term, share))
}
