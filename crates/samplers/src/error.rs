//! Why a sampler cannot be bound.

/// A number of terms and a batch size that a sampler cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// There is nothing to draw from.
    #[error("there are no terms to draw from")]
    NoTerms,
    /// Indices are 32-bit numbers.
    #[error("{terms} terms are too many: at most 2³² − 1 can be indexed")]
    TooManyTerms {
        /// The number of terms asked for.
        terms: usize,
    },
    /// The batch size is 0.
    #[error("a batch of 0 of {terms} terms has no mean")]
    EmptyBatch {
        /// The number of terms.
        terms: usize,
    },
    /// A batch of distinct terms cannot be larger than their number.
    #[error("{sampler} does not repeat terms within a batch: it cannot draw {batch} of {terms}")]
    BatchTooLarge {
        /// The sampler's name.
        sampler: &'static str,
        /// The batch size asked for.
        batch: usize,
        /// The number of terms.
        terms: usize,
    },
    /// The remainder policy `drop` would drop every term.
    #[error("dropping the short batch of {terms} terms leaves no batch of {batch}")]
    NothingLeft {
        /// The batch size asked for.
        batch: usize,
        /// The number of terms.
        terms: usize,
    },
}

/// The number of terms as an index bound, where there are terms and a batch.
pub(crate) fn check_sizes(terms: usize, batch: usize) -> Result<u32, SamplerError> {
    match u32::try_from(terms) {
        Ok(0) => Err(SamplerError::NoTerms),
        Ok(_) if batch == 0 => Err(SamplerError::EmptyBatch { terms }),
        Ok(bound) => Ok(bound),
        Err(_) => Err(SamplerError::TooManyTerms { terms }),
    }
}
