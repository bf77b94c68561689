//! Consecutive terms.

use sgdlab_core::streams::{Key, index};
use sgdlab_core::{Domain, Entry, Hyperparameter, Settings};

use crate::arcs::{Arcs, ArcsLaw};
use crate::error::check_distinct;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "block",
    summary: "Every batch is a block of consecutive terms, from a random place or behind the last one.",
    formula: "the batch is r, r + 1, …, r + B − 1 modulo N; order = random: r uniform in every step; \
              cyclic: r = r₀ + tB with r₀ uniform once\n\
              E ĝ = G, Cov(aᵢ, aⱼ) = v / (N B²) − 1/N² with v = max(0, B − d) + max(0, B − N + d) and d = |i − j|; \
              steps are independent (random), or have the same law with the terms of step t moved by tB (cyclic)",
    conventions: "The terms lie on a circle: there is no remainder, every batch has B terms and every term the same \
                  probability. Cyclic blocks come back after N / gcd(N, B) steps, an epoch is ⌈N/B⌉ of them. B ≤ N. \
                  Neighbors that are alike make the variance up to B times that of with-replacement.",
    hyperparameters: &[Hyperparameter {
        name: "order",
        meaning: "where a block begins: anywhere (random), or where the one before ended (cyclic)",
        domain: Domain::Choice { default: "random", accepts: &["random", "cyclic"] },
    }],
    dialects: &[],
    cost: "no memory; one 64-bit word a step; any step in the same time; reads data in sequence",
    reference: "Politis, Romano (1992), A circular block-resampling procedure for stationary data; \
                Beck, Tetruashvili (2013), On the convergence of block coordinate descent type methods (cyclic blocks)",
};

/// Replaces `out` by `batch` consecutive ones of `terms` terms on a circle.
pub fn fill_from(start: u32, terms: u32, batch: usize, out: &mut BatchBuffer) {
    let place = |j: u64| ((u64::from(start) + j) % u64::from(terms)) as u32;
    out.clear();
    out.indices.extend((0..batch as u64).map(place));
}

struct Block {
    terms: u32,
    batch: usize,
    key: Key,
    cyclic: bool,
}

impl Sampler for Block {
    fn batches_per_epoch(&self) -> u64 {
        (self.terms as usize).div_ceil(self.batch) as u64
    }

    fn largest_batch(&self) -> usize {
        self.batch
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        let start = index(&mut self.key.stream(if self.cyclic { 0 } else { step }), self.terms);
        let moved = if self.cyclic { u128::from(step) * self.batch as u128 } else { 0 };
        let start = ((u128::from(start) + moved) % u128::from(self.terms)) as u32;
        fill_from(start, self.terms, self.batch, out);
    }
}

fn is_cyclic(settings: &Settings) -> bool {
    settings.word("order") == "cyclic"
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let terms = check_distinct(ENTRY.name, context.terms, batch)?;
    Ok(Box::new(Block { terms, batch, key, cyclic: is_cyclic(settings) }))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    let terms = context.terms;
    check_distinct(ENTRY.name, terms, batch)?;
    let kind = if is_cyclic(settings) { Arcs::Cyclic } else { Arcs::Block };
    Ok(Law::general(terms, terms.div_ceil(batch), ArcsLaw { kind, terms, batch }))
}
