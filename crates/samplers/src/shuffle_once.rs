//! One random order for all epochs.

use sgdlab_core::streams::{Key, shuffle};
use sgdlab_core::{Entry, Settings};

use crate::{BatchBuffer, Context, Cut, Law, Order, Remainder, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "shuffle-once",
    summary: "One uniformly random order is drawn, and every epoch goes through it.",
    formula: "π a uniform permutation; batch k of every epoch is π(kB), …, π(kB + B − 1)\n\
              over π: E ĝₖ = G, Cov ĝₖ = (S / B) (N − B) / (N − 1), \
              Cov(ĝₖ, ĝₗ) = −S / (N − 1), batch k is the same in every epoch",
    conventions: "The law is over the order, as for a run whose key is random; given the order, nothing is random. \
                  The order is that of the first epoch of reshuffle with the same key.",
    hyperparameters: &[Remainder::HYPERPARAMETER],
    dialects: &[],
    cost: "N indices of memory; N words once; any step in constant time",
    reference: "Safran, Shamir (2020), How good is SGD with random shuffling?; \
                Mishchenko, Khaled, Richtárik (2020), Random reshuffling: simple analysis with vast improvements",
};

struct ShuffleOnce {
    cut: Cut,
    order: Box<[u32]>,
}

impl Sampler for ShuffleOnce {
    fn batches_per_epoch(&self) -> u64 {
        self.cut.batches() as u64
    }

    fn largest_batch(&self) -> usize {
        self.cut.batch()
    }

    fn terms_per_epoch(&self) -> u64 {
        self.cut.terms_per_epoch() as u64
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        self.cut.fill(&self.order, self.cut.locate(step).1, out);
    }

    fn ahead(&mut self, step: u64) -> Option<&[u32]> {
        self.cut.whole_from(&self.order, self.cut.locate(step).1)
    }
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let cut = Cut::of(ENTRY.name, settings, context.terms, batch)?;
    let mut order: Box<[u32]> = (0..context.terms as u32).collect();
    shuffle(&mut order, &mut key.stream(0));
    Ok(Box::new(ShuffleOnce { cut, order }))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    Ok(Law::orders(Cut::of(ENTRY.name, settings, context.terms, batch)?, Order::Same))
}
