//! All terms, every step.

use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Settings};

use crate::error::check_sizes;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "full-batch",
    summary: "Every batch is all terms, in order: gradient descent.",
    formula: "ĝ = G",
    conventions: "The batch size is ignored, whatever it is. An epoch is one step.",
    hyperparameters: &[],
    dialects: &[],
    cost: "no memory, no random numbers; N terms a step",
    reference: "Cauchy (1847), Méthode générale pour la résolution des systèmes d'équations simultanées",
};

struct FullBatch {
    terms: u32,
}

impl Sampler for FullBatch {
    fn batches_per_epoch(&self) -> u64 {
        1
    }

    fn largest_batch(&self) -> usize {
        self.terms as usize
    }

    fn fill(&mut self, _: u64, out: &mut BatchBuffer) {
        out.clear();
        out.indices.extend(0..self.terms);
    }
}

pub(crate) fn bind(_: &Settings, context: &Context<'_>, _: usize, _: Key) -> Result<Box<dyn Sampler>, SamplerError> {
    Ok(Box::new(FullBatch { terms: check_sizes(context.terms, context.terms)? }))
}

pub(crate) fn law(_: &Settings, context: &Context<'_>, _: usize) -> Result<Law, SamplerError> {
    check_sizes(context.terms, context.terms)?;
    Ok(Law::independent(context.terms, 1, 0.0))
}
