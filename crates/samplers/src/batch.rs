//! The batch of one step, and who fills it.

use sgdlab_core::Batch;

/// The terms of one step with their weights, in memory that is used again for the next step.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchBuffer {
    /// Which terms; repeated ones count repeatedly.
    pub indices: Vec<u32>,
    /// The weight of each index; empty if all are 1.
    pub weights: Vec<f64>,
    /// The estimate is `scale` × the mean of weight × gradient over `indices`, and 0 if there is none.
    pub scale: f64,
}

impl BatchBuffer {
    /// An empty buffer with room for `largest_batch` indices and weights.
    #[must_use]
    pub fn with_capacity(largest_batch: usize) -> Self {
        Self { indices: Vec::with_capacity(largest_batch), weights: Vec::with_capacity(largest_batch), scale: 1.0 }
    }

    /// No terms, no weights, scale 1.
    #[inline]
    pub fn clear(&mut self) {
        self.indices.clear();
        self.weights.clear();
        self.scale = 1.0;
    }

    /// The batch, as the oracle takes it.
    #[must_use]
    #[inline]
    pub fn batch(&self) -> Batch<'_> {
        let weights = (!self.weights.is_empty()).then_some(self.weights.as_slice());
        Batch { indices: &self.indices, weights, scale: self.scale }
    }
}

/// A stream of batches, bound to a number of terms, a batch size and a key.
pub trait Sampler: Send {
    /// m, the number of batches that make one epoch.
    fn batches_per_epoch(&self) -> u64;

    /// The most indices that a batch can have.
    fn largest_batch(&self) -> usize;

    /// How many indices the batches of an epoch have together, in the mean.
    fn terms_per_epoch(&self) -> u64 {
        self.batches_per_epoch().saturating_mul(self.largest_batch() as u64)
    }

    /// Replaces the contents of `out` by the batch of `step`, counted from 0.
    ///
    /// The answer is a function of `step` alone, and of what was observed where [`Self::observes`] says so.
    /// Nothing is allocated if `out` has room for [`Self::largest_batch`] indices.
    ///
    /// # Panics
    /// If the sampler observes gradients, and those of an epoch before that of `step` have not all been seen.
    fn fill(&mut self, step: u64, out: &mut BatchBuffer);

    /// The terms of the batches of `step` and of steps after it, one batch of [`Self::largest_batch`] behind the other,
    /// if they are somewhere in memory, weigh the same and are not rescaled.
    ///
    /// It spares whoever asks for many steps a copy of each batch; `None`, as in most samplers, says to ask
    /// [`Self::fill`].
    fn ahead(&mut self, _step: u64) -> Option<&[u32]> {
        None
    }

    /// Whether batches depend on gradients: then [`Self::observe`] is to be called after every step,
    /// steps are to be asked for epoch by epoch, and two runs do not have the same batches.
    fn observes(&self) -> bool {
        false
    }

    /// Takes note of the gradient that was computed for the batch of `step`.
    ///
    /// # Panics
    /// If the sampler observes gradients, and this is not the gradient of the next step, or of another length
    /// than the number of parameters it was bound for.
    fn observe(&mut self, _step: u64, _gradient: &[f64]) {}

    /// How many of the batches that make epochs the first `steps` steps use; their number, unless steps use several.
    fn batches(&self, steps: u64) -> u64 {
        steps
    }

    /// The fewest steps that use at least `batches` of the batches that make epochs.
    fn steps(&self, batches: u64) -> u64 {
        batches
    }
}
