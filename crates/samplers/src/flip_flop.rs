//! An order, and then the same order reversed.

use sgdlab_core::streams::Key;
use sgdlab_core::{Domain, Entry, Hyperparameter, Settings};

use crate::reshuffle::fresh_order;
use crate::{BatchBuffer, Context, Cut, Law, Order, Remainder, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "flip-flop",
    summary: "Every second epoch goes through the order of the epoch before it in reverse.",
    formula: "epoch 2e goes through π, epoch 2e + 1 through π(N − 1), …, π(0); π new every two epochs \
              (base = reshuffle), one for all (shuffle-once) or 0, 1, … (sequential)\n\
              one epoch by itself has the law of its base; with position weights a and c of two batches that share π \
              (those of an odd epoch reversed): Cov = S (N Σ aₚcₚ − (Σ aₚ)(Σ cₚ)) / (N − 1)",
    conventions: "Where B divides N, batch k of an even epoch is batch m − 1 − k of the next one, reversed; otherwise \
                  the reversed order is cut anew from its beginning, and remainder acts on each epoch as in base: \
                  what drop leaves out of an epoch are the first terms of the next.",
    hyperparameters: &[
        Hyperparameter {
            name: "base",
            meaning: "the order of even epochs: drawn every two epochs, drawn once, or that of the data",
            domain: Domain::Choice { default: "reshuffle", accepts: &["reshuffle", "shuffle-once", "sequential"] },
        },
        Remainder::HYPERPARAMETER,
    ],
    dialects: &[],
    cost: "as its base: N indices of memory and N words every two epochs (reshuffle) or once; none (sequential)",
    reference: "Rajput, Lee, Papailiopoulos (2022), Permutation-based SGD: is random optimal?",
};

struct FlipFlop {
    cut: Cut,
    key: Key,
    order: Box<[u32]>,
    /// Which stream the order is from.
    drawn: Option<u64>,
    base: Order,
}

impl Sampler for FlipFlop {
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
        let (epoch, k) = self.cut.locate(step);
        let (shared, reversed) = self.base.of(epoch);
        if self.drawn != Some(shared) {
            fresh_order(&mut self.order, &self.key, shared);
            self.drawn = Some(shared);
        }
        if reversed {
            let last = self.order.len() - 1;
            self.cut.fill_with(k, out, |positions| positions.map(|position| self.order[last - position]));
        } else {
            self.cut.fill(&self.order, k, out);
        }
    }
}

/// The base, and whether it is that of the data.
fn base(settings: &Settings) -> (Order, bool) {
    match settings.word("base") {
        "reshuffle" => (Order::Pairs, false),
        "shuffle-once" => (Order::Mirrored, false),
        _ => (Order::Mirrored, true),
    }
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let cut = Cut::of(ENTRY.name, settings, context.terms, batch)?;
    let (base, sequential) = base(settings);
    let order = (0..context.terms as u32).collect();
    Ok(Box::new(FlipFlop { cut, key, order, drawn: sequential.then_some(0), base }))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    let cut = Cut::of(ENTRY.name, settings, context.terms, batch)?;
    let (base, sequential) = base(settings);
    Ok(if sequential { Law::fixed(cut, base) } else { Law::orders(cut, base) })
}
