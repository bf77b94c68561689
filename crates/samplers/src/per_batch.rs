//! A fresh subset every step.

use rand::RngCore;
use sgdlab_core::streams::{Key, index};
use sgdlab_core::{Entry, Settings};

use crate::error::check_distinct;
use crate::law::subset_factor;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "per-batch",
    summary: "Every batch is a fresh uniform subset, drawn without replacement and independently of all others.",
    formula: "{i₁ … i_B} uniform among the subsets of B of N terms\n\
              E ĝ = G, Cov ĝ = (S / B) (N − B) / (N − 1); different steps are independent",
    conventions: "An epoch is ⌈N/B⌉ steps; the last one is not shorter. B ≤ N; B = N is the full gradient in random order. \
                  The order within a batch is uniform too.",
    hyperparameters: &[],
    dialects: &[],
    cost: "N + B indices of memory; B words and 2B swaps a step; any step in the same time",
    reference: "Cochran (1977), Sampling Techniques, theorems 2.1 and 2.2; \
                Knuth (1997), The Art of Computer Programming 2, section 3.4.2 (partial shuffle)",
};

/// Replaces `out` by `swaps.len()` of `terms`: see [`draw_more`].
///
/// # Panics
/// As [`draw_more`].
pub fn draw(terms: &mut [u32], swaps: &mut [u32], rng: &mut impl RngCore, out: &mut BatchBuffer) {
    out.clear();
    draw_more(terms, swaps, rng, out);
}

/// Adds to `out` the first `swaps.len()` terms of a partial Fisher–Yates shuffle of `terms`.
///
/// `terms` is as before afterwards: the swaps are undone, so that a draw costs O(B) and not O(N).
///
/// # Panics
/// If there are more swaps than terms, or more than 2³² − 1 terms.
pub fn draw_more(terms: &mut [u32], swaps: &mut [u32], rng: &mut impl RngCore, out: &mut BatchBuffer) {
    for (k, swap) in swaps.iter_mut().enumerate() {
        let left = u32::try_from(terms.len() - k).expect("at most 2³² − 1 terms");
        *swap = k as u32 + index(rng, left);
        terms.swap(k, *swap as usize);
    }
    out.indices.extend_from_slice(&terms[..swaps.len()]);
    for (k, &swap) in swaps.iter().enumerate().rev() {
        terms.swap(k, swap as usize);
    }
}

struct PerBatch {
    key: Key,
    /// 0, 1, …, N − 1 between draws.
    terms: Box<[u32]>,
    swaps: Box<[u32]>,
}

impl Sampler for PerBatch {
    fn batches_per_epoch(&self) -> u64 {
        self.terms.len().div_ceil(self.swaps.len()) as u64
    }

    fn largest_batch(&self) -> usize {
        self.swaps.len()
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        draw(&mut self.terms, &mut self.swaps, &mut self.key.stream(step), out);
    }
}

pub(crate) fn bind(
    _: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let bound = check_distinct(ENTRY.name, context.terms, batch)?;
    Ok(Box::new(PerBatch { key, terms: (0..bound).collect(), swaps: vec![0; batch].into() }))
}

pub(crate) fn law(_: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    let terms = context.terms;
    check_distinct(ENTRY.name, terms, batch)?;
    Ok(Law::independent(terms, terms.div_ceil(batch), subset_factor(terms, batch)))
}
