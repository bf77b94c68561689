//! Terms and their mirror images.

use rand::RngCore;
use sgdlab_core::streams::{Key, index};
use sgdlab_core::{Entry, Settings};

use crate::error::check_sizes;
use crate::law::Moments;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "antithetic",
    summary: "Every batch is of independent uniform draws, each with the term at the other end of the order.",
    formula: "i₁ … i_{B/2} independent, uniform on 0 … N − 1; the batch is each i and N − 1 − i\n\
              E ĝ = G, Cov ĝ = (S + M) / B with M = (1/N) Σ (gᵢ − G)(g_{N−1−i} − G)ᵀ; different steps are independent",
    conventions: "For terms in a meaningful order, such as quantiles of a distribution. Against with-replacement the variance \
                  of a coordinate changes by the factor 1 + corr(gᵢ, g_{N−1−i}): it is smaller exactly where this \
                  correlation is negative, as for gradients that are monotone in i; 0 where they are antisymmetric \
                  about G, and doubled where they are symmetric. B is even and may exceed N. An epoch is ⌈N/B⌉ steps.",
    hyperparameters: &[],
    dialects: &[],
    cost: "no memory; one 64-bit word a pair; any step in the same time",
    reference: "Hammersley, Morton (1956), A new Monte Carlo technique: antithetic variates",
};

/// Replaces `out` by `pairs` uniform terms, each followed by its mirror image.
///
/// # Panics
/// If `terms` is 0.
pub fn draw(terms: u32, pairs: usize, rng: &mut impl RngCore, out: &mut BatchBuffer) {
    out.clear();
    for _ in 0..pairs {
        let term = index(rng, terms);
        out.indices.extend([term, terms - 1 - term]);
    }
}

struct Antithetic {
    terms: u32,
    batch: usize,
    key: Key,
}

impl Sampler for Antithetic {
    fn batches_per_epoch(&self) -> u64 {
        (self.terms as usize).div_ceil(self.batch) as u64
    }

    fn largest_batch(&self) -> usize {
        self.batch
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        draw(self.terms, self.batch / 2, &mut self.key.stream(step), out);
    }
}

/// Cov(aᵢ, aⱼ) = ((\[i = j\] + \[i = N − 1 − j\]) / N − 2 / N²) / B.
#[derive(Debug)]
struct Pairs {
    terms: usize,
    batch: usize,
}

impl Moments for Pairs {
    fn mean(&self, _: u64, _: usize) -> f64 {
        1.0 / self.terms as f64
    }

    fn covariance(&self, (first, i): (u64, usize), (second, j): (u64, usize)) -> f64 {
        if first != second {
            return 0.0;
        }
        let together = u8::from(i == j) + u8::from(i + j + 1 == self.terms);
        let terms = self.terms as f64;
        (f64::from(together) / terms - 2.0 / (terms * terms)) / self.batch as f64
    }
}

fn check(terms: usize, batch: usize) -> Result<u32, SamplerError> {
    let bound = check_sizes(terms, batch)?;
    if batch.is_multiple_of(2) { Ok(bound) } else { Err(SamplerError::OddBatch { sampler: ENTRY.name, batch }) }
}

pub(crate) fn bind(
    _: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    Ok(Box::new(Antithetic { terms: check(context.terms, batch)?, batch, key }))
}

pub(crate) fn law(_: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    check(context.terms, batch)?;
    let terms = context.terms;
    Ok(Law::general(terms, terms.div_ceil(batch), Pairs { terms, batch }))
}
