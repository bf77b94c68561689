//! Independent draws with unequal probabilities, and how these are made of weights.

use rand::RngCore;
use sgdlab_core::streams::Key;
use sgdlab_core::{Domain, Hyperparameter, Range, Settings};

use crate::context::check_length;
use crate::error::check_sizes;
use crate::law::Moments;
use crate::{BatchBuffer, Context, Law, Sampler, SamplerError, Wants};

/// The hyperparameters of samplers whose probabilities are proportional to weights.
pub(crate) const HYPERPARAMETERS: &[Hyperparameter] = &[
    Hyperparameter {
        name: "by",
        meaning: "vᵢ: Lipschitz constants of the terms' gradients, norms of these gradients at the initial point, or weights",
        domain: Domain::Choice { default: "lipschitz", accepts: &["lipschitz", "gradient-norms", "weights"] },
    },
    Hyperparameter {
        name: "weights",
        meaning: "the weight of each term, for by = weights",
        domain: Domain::Numbers { default: &[], range: Range::at_least(0.0) },
    },
    Hyperparameter {
        name: "mix",
        meaning: "share of the uniform distribution in the probabilities",
        domain: Domain::Number { default: 0.0, range: Range::closed(0.0, 1.0) },
    },
];

/// What such a sampler asks for.
pub(crate) fn wants(settings: &Settings) -> Wants {
    let by = settings.word("by");
    Wants { norms: by == "gradient-norms", smoothness: by == "lipschitz", feedback: false }
}

/// pᵢ = (1 − mix) vᵢ / Σ v + mix / N.
pub(crate) fn probabilities(
    sampler: &'static str,
    settings: &Settings,
    context: &Context<'_>,
) -> Result<Vec<f64>, SamplerError> {
    let unknown = |what| SamplerError::Unknown { sampler, what };
    let weights = match settings.word("by") {
        "lipschitz" => context.smoothness.ok_or_else(|| unknown("Lipschitz constants of its terms' gradients"))?,
        "gradient-norms" => context.norms.ok_or_else(|| unknown("norms of its terms' gradients"))?,
        _ => settings.numbers("weights"),
    };
    check_length(sampler, "weights", weights.len(), context.terms)?;
    let sum: f64 = weights.iter().sum();
    if !(sum > 0.0 && sum.is_finite()) {
        return Err(SamplerError::Weights { sampler, reason: "their sum is not a number > 0" });
    }
    let (mix, terms) = (settings.number("mix"), context.terms as f64);
    Ok(weights.iter().map(|weight| (1.0 - mix) * weight / sum + mix / terms).collect())
}

/// Where the probabilities of terms end, in units of 2⁻⁶⁴; the end of the last one is left out.
#[must_use]
pub fn ends(probabilities: &[f64]) -> Vec<u64> {
    let mut sum = 0.0;
    let before_last = &probabilities[..probabilities.len().saturating_sub(1)];
    let end = |p: &f64| {
        sum += p;
        (sum * 18_446_744_073_709_551_616.0) as u64
    };
    before_last.iter().map(end).collect()
}

/// Replaces `out` by `batch` terms, each from one 64-bit word: the first one that ends behind it.
///
/// `weights` are those of the terms, or empty if all are 1.
///
/// # Panics
/// If there are weights, but not for every term that is drawn.
pub fn draw((ends, weights): (&[u64], &[f64]), batch: usize, rng: &mut impl RngCore, out: &mut BatchBuffer) {
    out.clear();
    for _ in 0..batch {
        let word = rng.next_u64();
        out.indices.push(ends.partition_point(|&end| end <= word) as u32);
    }
    weigh(weights, out);
}

/// Gives each index the weight of its term, if there are weights.
pub(crate) fn weigh(weights: &[f64], out: &mut BatchBuffer) {
    if !weights.is_empty() {
        out.weights.extend(out.indices.iter().map(|&i| weights[i as usize]));
    }
}

/// B independent draws a step.
pub(crate) struct Draws {
    ends: Box<[u64]>,
    /// The weight of each term; empty if all are 1.
    weights: Box<[f64]>,
    batch: usize,
    key: Key,
}

impl Sampler for Draws {
    fn batches_per_epoch(&self) -> u64 {
        (self.ends.len() + 1).div_ceil(self.batch) as u64
    }

    fn largest_batch(&self) -> usize {
        self.batch
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        draw((&self.ends, &self.weights), self.batch, &mut self.key.stream(step), out);
    }
}

/// Probabilities and weights of terms that are drawn B times independently, in independent steps.
///
/// ```text
/// E aᵢ = pᵢ cᵢ,  Cov(aᵢ, aⱼ) = cᵢ cⱼ (δᵢⱼ pᵢ − pᵢ pⱼ) / B
/// ```
#[derive(Debug)]
pub(crate) struct DrawsLaw {
    /// pᵢ, the probability of a term in one draw.
    pub(crate) probabilities: Vec<f64>,
    /// cᵢ, its weight; empty if all are 1.
    pub(crate) weights: Vec<f64>,
    pub(crate) batch: usize,
}

impl DrawsLaw {
    pub(crate) fn new(probabilities: Vec<f64>, reweight: bool, batch: usize) -> Self {
        let terms = probabilities.len() as f64;
        let weights = if reweight { probabilities.iter().map(|p| 1.0 / (terms * p)).collect() } else { Vec::new() };
        Self { probabilities, weights, batch }
    }

    fn weight(&self, term: usize) -> f64 {
        self.weights.get(term).copied().unwrap_or(1.0)
    }

    pub(crate) fn law(self) -> Law {
        let terms = self.probabilities.len();
        Law::general(terms, terms.div_ceil(self.batch), self)
    }

    pub(crate) fn sampler(self, key: Key) -> Box<dyn Sampler> {
        let ends = ends(&self.probabilities).into();
        Box::new(Draws { ends, weights: self.weights.into(), batch: self.batch, key })
    }
}

impl Moments for DrawsLaw {
    fn mean(&self, _: u64, term: usize) -> f64 {
        self.probabilities[term] * self.weight(term)
    }

    fn covariance(&self, (first, i): (u64, usize), (second, j): (u64, usize)) -> f64 {
        if first != second {
            return 0.0;
        }
        let once = if i == j { self.probabilities[i] } else { 0.0 };
        let product = self.weight(i) * self.weight(j) / self.batch as f64;
        product * (once - self.probabilities[i] * self.probabilities[j])
    }
}

/// The draws of checked settings with [`HYPERPARAMETERS`].
pub(crate) fn of(
    sampler: &'static str,
    settings: &Settings,
    context: &Context<'_>,
    (batch, reweight): (usize, bool),
) -> Result<DrawsLaw, SamplerError> {
    check_sizes(context.terms, batch)?;
    let probabilities = probabilities(sampler, settings, context)?;
    if reweight && probabilities.contains(&0.0) {
        let reason = "a term of probability 0 is never seen: give it mix > 0";
        return Err(SamplerError::Weights { sampler, reason });
    }
    Ok(DrawsLaw::new(probabilities, reweight, batch))
}
