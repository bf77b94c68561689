//! The batch of one step, and who fills it.

use sgdlab_core::Batch;

/// The indices of one step's terms, in memory that is used again for the next step.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchBuffer {
    /// Which terms; repeated ones count repeatedly.
    pub indices: Vec<u32>,
    /// The estimate is `scale` × the mean over `indices`.
    pub scale: f64,
}

impl BatchBuffer {
    /// An empty buffer with room for `largest_batch` indices.
    #[must_use]
    pub fn with_capacity(largest_batch: usize) -> Self {
        Self { indices: Vec::with_capacity(largest_batch), scale: 1.0 }
    }

    /// The batch, as the oracle takes it.
    #[must_use]
    pub fn batch(&self) -> Batch<'_> {
        Batch { indices: &self.indices, scale: self.scale }
    }
}

/// A stream of batches, bound to a number of terms, a batch size and a key.
pub trait Sampler: Send {
    /// m, the number of steps that make one epoch.
    fn batches_per_epoch(&self) -> u64;

    /// The number of indices in the largest batch.
    fn largest_batch(&self) -> usize;

    /// Replaces the contents of `out` by the batch of `step`, counted from 0.
    ///
    /// The answer is a function of `step` alone.
    /// Nothing is allocated if `out` has room for [`Self::largest_batch`] indices.
    fn fill(&mut self, step: u64, out: &mut BatchBuffer);
}
