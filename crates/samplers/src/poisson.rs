//! Every term by itself.

use rand::RngCore;
use sgdlab_core::streams::{Key, index};
use sgdlab_core::{Domain, Entry, Hyperparameter, Settings};

use crate::error::check_distinct;
use crate::law::Moments;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError};

pub(crate) const ENTRY: Entry = Entry {
    name: "poisson",
    summary: "Every term enters every batch independently with probability B/N: the size of a batch is random.",
    formula: "i in batch with probability q = B/N, independently; n of them, n binomial (N, q)\n\
              estimator = horvitz-thompson: ĝ = (1/B) Σ gᵢ, E ĝ = G, Cov ĝ = ((1 − q)/B) (1/N) Σ gᵢgᵢᵀ\n\
              estimator = ratio: ĝ = (1/n) Σ gᵢ, E ĝ = P G with P = 1 − (1 − q)ᴺ, \
              Cov ĝ = ((N h − P)/(N − 1)) S + P (1 − P) GGᵀ with h = E[1/n; n ≥ 1]; different steps are independent",
    conventions: "The estimate of an empty batch is 0 and costs nothing, for both estimators: \
                  the ratio's bias is −(1 − q)ᴺ G. An epoch is ⌈N/B⌉ steps. B ≤ N. \
                  Differentially private training draws so; its noise is not part of this. \
                  Whether i is in the batch of step t is word i of stream t.",
    hyperparameters: &[Hyperparameter {
        name: "estimator",
        meaning: "the sum divided by the expected size B (horvitz-thompson), or by the actual one (ratio)",
        domain: Domain::Choice { default: "horvitz-thompson", accepts: &["horvitz-thompson", "ratio"] },
    }],
    dialects: &[],
    cost: "no memory but room for N indices; N words a step; on average B term gradients a step",
    reference: "Hájek (1964), Asymptotic theory of rejective sampling; \
                Horvitz, Thompson (1952), A generalization of sampling without replacement from a finite universe; \
                Särndal, Swensson, Wretman (1992), Model Assisted Survey Sampling, section 3.2",
};

/// Replaces `out` by each of `terms` with probability `batch` / `terms`; `ratio` makes their mean the estimate.
pub fn draw((terms, batch): (u32, u32), ratio: bool, rng: &mut impl RngCore, out: &mut BatchBuffer) {
    out.clear();
    out.indices.extend((0..terms).filter(|_| index(rng, terms) < batch));
    out.scale = if ratio { 1.0 } else { out.indices.len() as f64 / f64::from(batch) };
}

struct Poisson {
    terms: u32,
    batch: u32,
    ratio: bool,
    key: Key,
}

impl Sampler for Poisson {
    fn batches_per_epoch(&self) -> u64 {
        u64::from(self.terms.div_ceil(self.batch))
    }

    fn largest_batch(&self) -> usize {
        self.terms as usize
    }

    fn terms_per_epoch(&self) -> u64 {
        self.batches_per_epoch() * u64::from(self.batch.min(self.terms))
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        draw((self.terms, self.batch), self.ratio, &mut self.key.stream(step), out);
    }
}

/// Independent steps in which all terms are alike.
#[derive(Debug)]
struct Exchangeable {
    mean: f64,
    variance: f64,
    covariance: f64,
}

impl Moments for Exchangeable {
    fn mean(&self, _: u64, _: usize) -> f64 {
        self.mean
    }

    fn covariance(&self, (first, i): (u64, usize), (second, j): (u64, usize)) -> f64 {
        match (first == second, i == j) {
            (false, _) => 0.0,
            (true, true) => self.variance,
            (true, false) => self.covariance,
        }
    }
}

fn is_ratio(settings: &Settings) -> bool {
    settings.word("estimator") == "ratio"
}

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    let terms = check_distinct(ENTRY.name, context.terms, batch)?;
    Ok(Box::new(Poisson { terms, batch: batch as u32, ratio: is_ratio(settings), key }))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    check_distinct(ENTRY.name, context.terms, batch)?;
    let (terms, size) = (context.terms as f64, batch as f64);
    let moments = if is_ratio(settings) {
        let (nonempty, inverse) = sizes(context.terms, batch);
        let square = (nonempty / terms) * (nonempty / terms);
        let both = if context.terms == 1 { 0.0 } else { (nonempty - inverse) / (terms * (terms - 1.0)) };
        Exchangeable { mean: nonempty / terms, variance: inverse / terms - square, covariance: both - square }
    } else {
        let q = size / terms;
        Exchangeable { mean: 1.0 / terms, variance: q * (1.0 - q) / (size * size), covariance: 0.0 }
    };
    Ok(Law::general(context.terms, context.terms.div_ceil(batch), moments))
}

/// P(n ≥ 1) and E[1/n; n ≥ 1] of a binomial n of `terms` with probability `batch` / `terms`.
fn sizes(terms: usize, batch: usize) -> (f64, f64) {
    if batch == terms {
        return (1.0, 1.0 / terms as f64);
    }
    let odds = batch as f64 / (terms - batch) as f64;
    // Multiples of the probability of the mode, which is B, so that nothing underflows that matters.
    let mut sums = [1.0, 1.0, 1.0 / batch as f64];
    let mut add = |n: usize, probability: f64| {
        sums[0] += probability;
        if n > 0 {
            sums[1] += probability;
            sums[2] += probability / n as f64;
        }
    };
    let mut probability = 1.0;
    for n in batch + 1..=terms {
        probability *= (terms - n + 1) as f64 / n as f64 * odds;
        add(n, probability);
    }
    probability = 1.0;
    for n in (0..batch).rev() {
        probability *= (n + 1) as f64 / ((terms - n) as f64 * odds);
        add(n, probability);
    }
    (sums[1] / sums[0], sums[2] / sums[0])
}
