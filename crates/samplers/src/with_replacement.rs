//! Independent uniform draws.

use rand::RngCore;
use sgdlab_core::streams::{Key, Stream, index};
use sgdlab_core::{Entry, Settings};

use crate::error::check_sizes;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "with-replacement",
    summary: "Every index of every batch is an independent uniform draw.",
    formula: "i₁ … i_B independent, uniform on 0 … N − 1\n\
              E ĝ = G, Cov ĝ = S / B; different steps are independent",
    conventions: "An epoch is ⌈N/B⌉ steps; the last one is not shorter. B may exceed N. \
                  Draw j of step t is word tB + j of one stream.",
    hyperparameters: &[],
    dialects: &[],
    cost: "no memory; one 64-bit word a draw; any step in constant time",
    reference: "Robbins, Monro (1951), A stochastic approximation method; \
                Cochran (1977), Sampling Techniques, section 2.3",
};

/// Replaces `out` by `batch` indices below `terms`, each from one 64-bit word.
///
/// # Panics
/// If `terms` is 0.
pub fn draw(terms: u32, batch: usize, rng: &mut impl RngCore, out: &mut BatchBuffer) {
    out.clear();
    out.indices.extend((0..batch).map(|_| index(rng, terms)));
}

struct WithReplacement {
    terms: u32,
    batch: usize,
    stream: Stream,
    /// The step whose draws the stream gives next.
    next: Option<u64>,
}

impl Sampler for WithReplacement {
    fn batches_per_epoch(&self) -> u64 {
        (self.terms as usize).div_ceil(self.batch) as u64
    }

    fn largest_batch(&self) -> usize {
        self.batch
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        if self.next != Some(step) {
            // Positions count 32-bit words.
            self.stream.set_word_pos(2 * u128::from(step) * self.batch as u128);
        }
        draw(self.terms, self.batch, &mut self.stream, out);
        self.next = step.checked_add(1);
    }
}

pub(crate) fn bind(
    _: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let terms = check_sizes(context.terms, batch)?;
    Ok(Box::new(WithReplacement { terms, batch, stream: key.stream(0), next: Some(0) }))
}

pub(crate) fn law(_: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    check_sizes(context.terms, batch)?;
    Ok(Law::independent(context.terms, context.terms.div_ceil(batch), 1.0 / batch as f64))
}
