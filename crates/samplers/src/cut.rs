//! How the order of an epoch is cut into batches.

use std::ops::Range;

use sgdlab_core::{Domain, Hyperparameter, Settings};

use crate::BatchBuffer;
use crate::error::{SamplerError, check_sizes};

/// What becomes of the last b = N mod B terms of an epoch when b > 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remainder {
    /// A short batch; its estimate is the mean over its b terms, which so weigh B/b times as much as the others.
    Keep,
    /// No batch: the epoch has ⌊N/B⌋ batches and does not visit b of the terms.
    Drop,
    /// A short batch with scale b/B: every term weighs 1/B, and Σ (B/N) estimate over the epoch is exactly G.
    Rescale,
    /// A batch of B, completed with the first B − b terms of the same epoch's order, which are so visited twice.
    Wrap,
}

impl Remainder {
    /// The hyperparameter of all samplers that go through an order.
    pub(crate) const HYPERPARAMETER: Hyperparameter = Hyperparameter {
        name: "remainder",
        meaning: "the last b = N mod B terms of an epoch: a short batch with the mean of its b terms (keep), \
                  no batch (drop), a short batch scaled by b/B (rescale), \
                  or a batch completed with the first terms of the epoch (wrap)",
        domain: Domain::Choice { default: "keep", accepts: &["keep", "drop", "rescale", "wrap"] },
    };

    /// The policy that checked settings name.
    fn of(settings: &Settings) -> Self {
        match settings.word("remainder") {
            "keep" => Self::Keep,
            "drop" => Self::Drop,
            "rescale" => Self::Rescale,
            "wrap" => Self::Wrap,
            other => unreachable!("settings are checked, but remainder is {other}"),
        }
    }
}

/// An epoch's order of N terms, cut into batches of B in sequence.
///
/// ```
/// use sgdlab_samplers::{BatchBuffer, Cut, Remainder};
/// let cut = Cut::new("example", 5, 2, Remainder::Rescale).unwrap();
/// let mut batch = BatchBuffer::with_capacity(2);
/// cut.fill(&[3, 1, 4, 0, 2], 2, &mut batch);
/// assert_eq!((batch.indices, batch.scale), (vec![2], 0.5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    terms: usize,
    batch: usize,
    remainder: Remainder,
    /// ⌊N/B⌋ and N mod B, which every step needs: divisions are slow.
    whole: usize,
    left: usize,
}

impl Cut {
    /// Batches of `batch` of `terms` terms, for the sampler of this name.
    ///
    /// # Errors
    /// If there are no terms or too many, or the batch is empty or larger than the number of terms.
    pub fn new(sampler: &'static str, terms: usize, batch: usize, remainder: Remainder) -> Result<Self, SamplerError> {
        check_sizes(terms, batch)?;
        match remainder {
            _ if batch <= terms => Ok(Self { terms, batch, remainder, whole: terms / batch, left: terms % batch }),
            Remainder::Drop => Err(SamplerError::NothingLeft { batch, terms }),
            _ => Err(SamplerError::BatchTooLarge { sampler, batch, terms }),
        }
    }

    /// [`Self::new`] with the policy that a sampler's checked settings name.
    pub(crate) fn of(
        sampler: &'static str,
        settings: &Settings,
        terms: usize,
        batch: usize,
    ) -> Result<Self, SamplerError> {
        Self::new(sampler, terms, batch, Remainder::of(settings))
    }

    /// N, the number of terms.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.terms
    }

    /// B, the size of all batches but a short last one.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// ⌊N/B⌋, the number of batches that lie whole in the order.
    #[must_use]
    pub fn whole_batches(&self) -> usize {
        self.whole
    }

    /// b = N mod B, the number of terms that are left over.
    #[must_use]
    pub fn left_over(&self) -> usize {
        self.left
    }

    /// The policy for the terms that are left over; `None` if there are none.
    #[must_use]
    pub fn remainder(&self) -> Option<Remainder> {
        (self.left_over() > 0).then_some(self.remainder)
    }

    /// m, the number of batches of an epoch.
    #[must_use]
    pub fn batches(&self) -> usize {
        match self.remainder() {
            None | Some(Remainder::Drop) => self.whole_batches(),
            Some(_) => self.whole_batches() + 1,
        }
    }

    /// How many terms the batches of an epoch have together: N, or m B where none is short.
    #[must_use]
    pub fn terms_per_epoch(&self) -> usize {
        match self.remainder() {
            Some(Remainder::Keep | Remainder::Rescale) => self.terms,
            None | Some(Remainder::Drop | Remainder::Wrap) => self.batches() * self.batch,
        }
    }

    /// The positions of batch `k` in the order: those in sequence, then those from its beginning.
    pub(crate) fn positions(&self, k: usize) -> (Range<usize>, Range<usize>) {
        let start = k * self.batch;
        if k < self.whole_batches() {
            return (start..start + self.batch, 0..0);
        }
        let again = if self.remainder == Remainder::Wrap { self.batch - self.left_over() } else { 0 };
        (start..self.terms, 0..again)
    }

    /// The factor of the estimate of batch `k`: 1, or b/B for a rescaled short batch.
    #[must_use]
    pub fn scale(&self, k: usize) -> f64 {
        if self.remainder == Remainder::Rescale && k >= self.whole_batches() {
            self.left_over() as f64 / self.batch as f64
        } else {
            1.0
        }
    }

    /// Replaces the contents of `out` by batch `k` of an epoch that goes through `order`.
    ///
    /// # Panics
    /// If `order` is not of N terms or `k` is not below [`Self::batches`].
    pub fn fill(&self, order: &[u32], k: usize, out: &mut BatchBuffer) {
        assert_eq!(order.len(), self.terms, "the order of an epoch has every term once");
        self.fill_with(k, out, |positions| order[positions].iter().copied());
    }

    /// Batch `k` and the whole ones behind it in an epoch that goes through `order`; `None` if it is short.
    #[inline]
    pub(crate) fn whole_from<'o>(&self, order: &'o [u32], k: usize) -> Option<&'o [u32]> {
        (k < self.whole).then(|| &order[k * self.batch..self.whole * self.batch])
    }

    /// [`Self::fill`] for the order 0, 1, …, N − 1.
    ///
    /// # Panics
    /// If `k` is not below [`Self::batches`].
    pub fn fill_in_sequence(&self, k: usize, out: &mut BatchBuffer) {
        self.fill_with(k, out, |positions| positions.start as u32..positions.end as u32);
    }

    /// [`Self::fill`] for an order that gives the terms at a range of positions.
    #[inline]
    pub(crate) fn fill_with<I: Iterator<Item = u32>>(
        &self,
        k: usize,
        out: &mut BatchBuffer,
        terms: impl Fn(Range<usize>) -> I,
    ) {
        assert!(k < self.batches(), "batch {k} of an epoch of {}", self.batches());
        let (in_sequence, again) = self.positions(k);
        out.clear();
        out.indices.extend(terms(in_sequence));
        out.indices.extend(terms(again));
        out.scale = self.scale(k);
    }

    /// Epoch and batch of a step.
    pub(crate) fn locate(&self, step: u64) -> (u64, usize) {
        let batches = self.batches() as u64;
        (step / batches, (step % batches) as usize)
    }
}
