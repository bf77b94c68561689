//! A new random order every epoch.

use sgdlab_core::streams::{Key, shuffle};
use sgdlab_core::{Entry, Settings};

use crate::{BatchBuffer, Cut, Law, Remainder, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "reshuffle",
    summary: "Every epoch goes through a new uniformly random order of the terms: random reshuffling.",
    formula: "πₑ independent uniform permutations; batch k of epoch e is πₑ(kB), …, πₑ(kB + B − 1)\n\
              E ĝₖ = G, Cov ĝₖ = (S / B) (N − B) / (N − 1), Cov(ĝₖ, ĝₗ) = −S / (N − 1) within an epoch, \
              0 between epochs; the mean of an epoch is exactly G where B divides N",
    conventions: "Where B does not divide N, libraries keep a short batch (PyTorch's default) or drop it; see remainder.",
    hyperparameters: &[Remainder::HYPERPARAMETER],
    dialects: &[],
    cost: "N indices of memory; N words an epoch; \
           a step of another epoch than the last one asked for costs a shuffle of N",
    reference: "Gürbüzbalaban, Ozdaglar, Parrilo (2015), Why random reshuffling beats stochastic gradient descent; \
                Mishchenko, Khaled, Richtárik (2020), Random reshuffling: simple analysis with vast improvements",
};

struct Reshuffle {
    cut: Cut,
    key: Key,
    /// The order of `epoch`.
    order: Box<[u32]>,
    epoch: Option<u64>,
}

impl Reshuffle {
    fn go_to(&mut self, epoch: u64) {
        if self.epoch == Some(epoch) {
            return;
        }
        // From the identity, so that the order does not depend on the epoch before.
        for (i, term) in self.order.iter_mut().enumerate() {
            *term = i as u32;
        }
        shuffle(&mut self.order, &mut self.key.stream(epoch));
        self.epoch = Some(epoch);
    }
}

impl Sampler for Reshuffle {
    fn batches_per_epoch(&self) -> u64 {
        self.cut.batches() as u64
    }

    fn largest_batch(&self) -> usize {
        self.cut.batch()
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        let (epoch, k) = self.cut.locate(step);
        self.go_to(epoch);
        self.cut.fill(&self.order, k, out);
    }
}

pub(crate) fn bind(
    settings: &Settings,
    terms: usize,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let cut = Cut::of(ENTRY.name, settings, terms, batch)?;
    Ok(Box::new(Reshuffle { cut, key, order: vec![0; terms].into(), epoch: None }))
}

pub(crate) fn law(settings: &Settings, terms: usize, batch: usize) -> Result<Law, SamplerError> {
    Ok(Law::reshuffle(Cut::of(ENTRY.name, settings, terms, batch)?))
}
