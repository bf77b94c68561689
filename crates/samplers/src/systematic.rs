//! Terms at equal distances.

use sgdlab_core::streams::{Key, index};
use sgdlab_core::{Entry, Settings};

use crate::arcs::{Arcs, ArcsLaw};
use crate::error::check_distinct;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "systematic",
    summary: "Every batch has every (N/B)-th term from a random start.",
    formula: "r uniform on 0 … N − 1; the batch is ⌊(r + jN) / B⌋ for j = 0 … B − 1\n\
              E ĝ = G; terms i and j are together with probability v/N, where v is the number of places that the arcs of B \
              places from iB and from jB on a circle of N share: Cov(aᵢ, aⱼ) = v / (N B²) − 1/N². \
              Where B divides N: Cov ĝ = the covariance, over the N/B starts, of the mean of every (N/B)-th term; \
              different steps are independent",
    conventions: "Every term has probability B/N even where B does not divide N, and every batch has B terms: there is no \
                  remainder. It helps where neighbors are alike, and harms where terms have a period that divides N/B. \
                  An epoch is ⌈N/B⌉ steps. B ≤ N.",
    hyperparameters: &[],
    dialects: &[],
    cost: "no memory; one 64-bit word a step; any step in the same time",
    reference: "Madow, Madow (1944), On the theory of systematic sampling; Cochran (1977), Sampling Techniques, chapter 8 \
                (Lahiri's circular method where B does not divide N)",
};

/// Replaces `out` by every (`terms` / `batch`)-th term from `start`, which is in units of 1 / `batch`.
pub fn fill_from(start: u32, terms: u32, batch: usize, out: &mut BatchBuffer) {
    let place = |j: u64| ((u128::from(start) + u128::from(j) * u128::from(terms)) / batch as u128) as u32;
    out.clear();
    out.indices.extend((0..batch as u64).map(place));
}

struct Systematic {
    terms: u32,
    batch: usize,
    key: Key,
}

impl Sampler for Systematic {
    fn batches_per_epoch(&self) -> u64 {
        (self.terms as usize).div_ceil(self.batch) as u64
    }

    fn largest_batch(&self) -> usize {
        self.batch
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        fill_from(index(&mut self.key.stream(step), self.terms), self.terms, self.batch, out);
    }
}

pub(crate) fn bind(
    _: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let terms = check_distinct(ENTRY.name, context.terms, batch)?;
    Ok(Box::new(Systematic { terms, batch, key }))
}

pub(crate) fn law(_: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    let terms = context.terms;
    check_distinct(ENTRY.name, terms, batch)?;
    Ok(Law::general(terms, terms.div_ceil(batch), ArcsLaw { kind: Arcs::Systematic, terms, batch }))
}
