//! Why a sampler cannot be bound.

/// Terms and a batch size that a sampler cannot serve.
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
    /// Every stratum needs a term in every batch.
    #[error("{sampler} draws from each of {strata} strata: a batch of {batch} is too small")]
    FewerThanStrata {
        /// The sampler's name.
        sampler: &'static str,
        /// The batch size asked for.
        batch: usize,
        /// The number of strata.
        strata: usize,
    },
    /// Terms come in pairs.
    #[error("{sampler} draws pairs: a batch of {batch} is odd")]
    OddBatch {
        /// The sampler's name.
        sampler: &'static str,
        /// The batch size asked for.
        batch: usize,
    },
    /// Something about the terms is not known.
    #[error("{sampler} needs {what}, which this problem does not have")]
    Unknown {
        /// The sampler's name.
        sampler: &'static str,
        /// What is not known.
        what: &'static str,
    },
    /// A list has another length than it needs.
    #[error("{sampler} was given {given} {what}, and needs {needed}")]
    Lengths {
        /// The sampler's name.
        sampler: &'static str,
        /// What the list holds.
        what: &'static str,
        /// Its length, or product.
        given: usize,
        /// What is needed.
        needed: usize,
    },
    /// Probabilities cannot be made of these weights.
    #[error("{sampler} cannot draw by these weights: {reason}")]
    Weights {
        /// The sampler's name.
        sampler: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// The order depends on the gradients of a run, so that it has no law of its own.
    #[error("{sampler} orders by the gradients of the run: its batches have no law before it")]
    NoLaw {
        /// The sampler's name.
        sampler: &'static str,
    },
}

impl SamplerError {
    /// Whether another batch size would be accepted.
    #[must_use]
    pub fn is_about_size(&self) -> bool {
        !matches!(self, Self::Unknown { .. } | Self::Lengths { .. } | Self::Weights { .. } | Self::NoLaw { .. })
    }
}

/// [`check_sizes`] for batches that repeat no term.
pub(crate) fn check_distinct(sampler: &'static str, terms: usize, batch: usize) -> Result<u32, SamplerError> {
    let bound = check_sizes(terms, batch)?;
    if batch > terms { Err(SamplerError::BatchTooLarge { sampler, batch, terms }) } else { Ok(bound) }
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
