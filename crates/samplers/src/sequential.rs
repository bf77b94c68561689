//! The terms in the order they are given.

use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Settings};

use crate::{BatchBuffer, Context, Cut, Law, Order, Remainder, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "sequential",
    summary: "Every epoch goes through the terms in the order they are given: the incremental gradient method.",
    formula: "batch k is kB, kB + 1, …, kB + B − 1\n\
              E ĝₖ = ĝₖ, Cov ĝₖ = 0: nothing is random",
    conventions: "The law is over the sampler's randomness, of which there is none: it is a point, not G.",
    hyperparameters: &[Remainder::HYPERPARAMETER],
    dialects: &[],
    cost: "no memory, no random numbers; any step in constant time",
    reference: "Bertsekas (2011), Incremental gradient, subgradient, and proximal methods for convex optimization",
};

struct Sequential {
    cut: Cut,
}

impl Sampler for Sequential {
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
        self.cut.fill_in_sequence(self.cut.locate(step).1, out);
    }
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    _: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    Ok(Box::new(Sequential { cut: Cut::of(ENTRY.name, settings, context.terms, batch)? }))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    Ok(Law::fixed(Cut::of(ENTRY.name, settings, context.terms, batch)?, Order::Same))
}
