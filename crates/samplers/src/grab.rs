//! An order that the gradients of the epoch before have chosen.

use sgdlab_core::streams::Key;
use sgdlab_core::{Domain, Entry, Hyperparameter, Settings, reduce};

use crate::reshuffle::fresh_order;
use crate::{BatchBuffer, Context, Cut, Law, Remainder, Sampler, SamplerError, Wants};

pub(crate) const ENTRY: Entry = Entry {
    name: "grab",
    summary: "Every epoch goes through the batches in an order that balances the gradients seen in the epoch before.",
    formula: "s ← 0 at the start of an epoch; the next order is filled from both ends\n\
              balance = mean: c = g − m with m the mean gradient of the epoch before (0 at first); \
              if ⟨s, c⟩ < 0: s ← s + c and the batch goes to the front, otherwise s ← s − c and it goes to the back\n\
              balance = pair: c = g − g′ for the gradients of each two batches in sequence; if ⟨s, c⟩ < 0: s ← s + c, the \
              first goes to the front and the second to the back; otherwise s ← s − c, and the other way around",
    conventions: "What is ordered is batches: the terms are cut into batches once, in the random order of reshuffle's first \
                  epoch with the same key, and the first epoch goes through them in this order. For B = 1 this is the \
                  papers' order of single terms. The gradient is the one that the rule is given, of the estimator. \
                  Every epoch visits what the cut visits exactly once, so remainder means what it does in shuffle-once; \
                  the law of later epochs depends on the run. Batches are a function of the key and of the gradients: \
                  runs with the same key that differ in rule or rate see the same batches in different orders. \
                  A last batch without a partner goes to the place that is left.",
    hyperparameters: &[
        Hyperparameter {
            name: "balance",
            meaning: "what is balanced: gradients minus the last epoch's mean, or differences of neighbors",
            domain: Domain::Choice { default: "mean", accepts: &["mean", "pair"] },
        },
        Remainder::HYPERPARAMETER,
    ],
    dialects: &[],
    cost: "N + 2m indices, and numbers of memory a parameter: 4 (mean), 3 (pair); one pass over the gradient a step (mean: \
           four). Runs do not share packs.",
    reference: "Lu, Guo, De Sa (2022), GraB: finding provably better data permutations than random reshuffling (mean); \
                Cooper et al. (2023), Coordinating distributed example orders for provably accelerated training (pair)",
};

/// What it asks for.
pub(crate) fn wants(_: &Settings) -> Wants {
    Wants { feedback: true, ..Wants::default() }
}

/// A vector as the sums of `reduce` take it.
fn lanes(x: &[f64]) -> &[[f64; 1]] {
    x.as_chunks().0
}

struct Grab {
    cut: Cut,
    /// The terms, in the order that is cut into batches.
    terms: Box<[u32]>,
    pair: bool,
    epoch: u64,
    /// Batches of the epoch whose gradients were seen.
    seen: usize,
    /// The order of the epoch.
    order: Vec<u32>,
    /// The next one; places from `front` to before `back` are free.
    next: Vec<u32>,
    front: usize,
    back: usize,
    /// s.
    sum: Vec<f64>,
    /// c; for pairs the first gradient until the second is seen.
    difference: Vec<f64>,
    /// m of the epoch before; empty for pairs.
    stale: Vec<f64>,
    /// The sum of the epoch's gradients; empty for pairs.
    total: Vec<f64>,
}

impl Grab {
    fn new(cut: Cut, pair: bool, parameters: usize, key: &Key) -> Self {
        let mut terms = vec![0; cut.terms()].into_boxed_slice();
        fresh_order(&mut terms, key, 0);
        let order: Vec<u32> = (0..cut.batches() as u32).collect();
        let (zeros, of_mean) = (vec![0.0; parameters], vec![0.0; if pair { 0 } else { parameters }]);
        Self {
            cut,
            terms,
            pair,
            epoch: 0,
            seen: 0,
            front: 0,
            back: order.len(),
            next: order.clone(),
            order,
            sum: zeros.clone(),
            difference: zeros,
            stale: of_mean.clone(),
            total: of_mean,
        }
    }

    fn begin_next_epoch(&mut self) {
        std::mem::swap(&mut self.order, &mut self.next);
        (self.front, self.back, self.seen) = (0, self.order.len(), 0);
        self.epoch += 1;
        self.sum.fill(0.0);
        for (stale, total) in self.stale.iter_mut().zip(&mut self.total) {
            *stale = *total / self.order.len() as f64;
            *total = 0.0;
        }
    }

    fn put_front(&mut self, batch: u32) {
        self.next[self.front] = batch;
        self.front += 1;
    }

    fn put_back(&mut self, batch: u32) {
        self.back -= 1;
        self.next[self.back] = batch;
    }

    /// Adds ±c to s, so that s stays short; whether it was added with its sign.
    fn balance(&mut self) -> bool {
        let [product] = reduce::dot(lanes(&self.sum), lanes(&self.difference));
        let added = product < 0.0;
        let sign = if added { 1.0 } else { -1.0 };
        self.sum.iter_mut().zip(&self.difference).for_each(|(s, c)| *s += sign * c);
        added
    }

    fn observe_mean(&mut self, batch: u32, gradient: &[f64]) {
        for (c, (g, m)) in self.difference.iter_mut().zip(gradient.iter().zip(&self.stale)) {
            *c = g - m;
        }
        self.total.iter_mut().zip(gradient).for_each(|(total, g)| *total += g);
        if self.balance() { self.put_front(batch) } else { self.put_back(batch) }
    }

    fn observe_pair(&mut self, batch: u32, gradient: &[f64]) {
        if self.seen.is_multiple_of(2) {
            self.difference.copy_from_slice(gradient);
            if self.seen + 1 == self.order.len() {
                self.put_front(batch);
            }
            return;
        }
        self.difference.iter_mut().zip(gradient).for_each(|(c, g)| *c -= g);
        let first = self.order[self.seen - 1];
        let (front, back) = if self.balance() { (first, batch) } else { (batch, first) };
        self.put_front(front);
        self.put_back(back);
    }
}

impl Sampler for Grab {
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
        if epoch == self.epoch + 1 && self.seen == self.order.len() {
            self.begin_next_epoch();
        }
        assert_eq!(epoch, self.epoch, "the order of an epoch is known when the one before has been seen");
        self.cut.fill(&self.terms, self.order[k] as usize, out);
    }

    fn observes(&self) -> bool {
        true
    }

    fn observe(&mut self, step: u64, gradient: &[f64]) {
        assert_eq!(self.cut.locate(step), (self.epoch, self.seen), "gradients are observed in the order of steps");
        assert_eq!(gradient.len(), self.sum.len(), "a gradient has a slope for each parameter");
        let batch = self.order[self.seen];
        if self.pair {
            self.observe_pair(batch, gradient);
        } else {
            self.observe_mean(batch, gradient);
        }
        self.seen += 1;
    }
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let cut = Cut::of(ENTRY.name, settings, context.terms, batch)?;
    Ok(Box::new(Grab::new(cut, settings.word("balance") == "pair", context.parameters, &key)))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    Cut::of(ENTRY.name, settings, context.terms, batch)?;
    Err(SamplerError::NoLaw { sampler: ENTRY.name })
}
