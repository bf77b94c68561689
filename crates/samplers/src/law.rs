//! The exact law of the estimates of a sampler's steps.
//!
//! Everything about a random order follows from one identity.
//! For π uniform and estimates ĝ = Σₚ aₚ g_π(p), ĥ = Σₚ cₚ g_π(p) with A = Σ aₚ and C = Σ cₚ,
//!
//! ```text
//! E ĝ = A G        Cov(ĝ, ĥ) = S (N Σ aₚ cₚ − A C) / (N − 1)
//! ```
//!
//! because g at two different positions has covariance −S / (N − 1).

use crate::{BatchBuffer, Cut, Remainder};

/// Expectations and covariances of the estimates of a sampler's steps, over its randomness (its key).
///
/// Covariances are given as factors of S, expectations as multiples of G or as the terms themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Steps are independent and alike, with this covariance factor.
    Independent { batches: usize, factor: f64 },
    /// Every epoch is a uniformly random order; independent ones, or the same one.
    Orders { cut: Cut, same: bool },
    /// Every epoch is the order 0, 1, …, N − 1.
    Fixed { cut: Cut },
}

/// The expectation of an estimate.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// This multiple of G.
    Gradient(f64),
    /// Σ cᵢ gᵢ over these (i, cᵢ): an estimate that is not random.
    Terms(Vec<(u32, f64)>),
}

impl Expectation {
    /// Its value where the terms have these numbers as (one coordinate of) their gradients.
    ///
    /// # Panics
    /// If there are fewer than N numbers.
    #[must_use]
    pub fn of(&self, gradients: &[f64]) -> f64 {
        match self {
            Self::Gradient(factor) => factor * gradients.iter().sum::<f64>() / gradients.len() as f64,
            Self::Terms(terms) => terms.iter().map(|&(i, c)| c * gradients[i as usize]).sum(),
        }
    }
}

/// The law of `weight` × the sum of one epoch's estimates.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochMean {
    /// 1 / Σ scale over the epoch's batches: 1/m, but B/N where the short batch is rescaled.
    pub weight: f64,
    /// Its expectation.
    pub expectation: Expectation,
    /// Its covariance, as a factor of S.
    pub covariance: f64,
}

/// (N − B) / (B (N − 1)): the covariance factor of the mean of B of N terms, drawn without replacement.
pub(crate) fn subset_factor(terms: usize, batch: usize) -> f64 {
    per_pair(terms, (terms - batch) as f64 / batch as f64)
}

/// x / (N − 1), and 0 for a single term, where S is 0.
fn per_pair(terms: usize, x: f64) -> f64 {
    if terms == 1 { 0.0 } else { x / (terms - 1) as f64 }
}

impl Law {
    pub(crate) fn independent(batches: usize, factor: f64) -> Self {
        Self { kind: Kind::Independent { batches, factor } }
    }

    pub(crate) fn reshuffle(cut: Cut) -> Self {
        Self { kind: Kind::Orders { cut, same: false } }
    }

    pub(crate) fn shuffle_once(cut: Cut) -> Self {
        Self { kind: Kind::Orders { cut, same: true } }
    }

    pub(crate) fn fixed(cut: Cut) -> Self {
        Self { kind: Kind::Fixed { cut } }
    }

    /// m, the number of steps of an epoch.
    #[must_use]
    pub fn batches_per_epoch(&self) -> u64 {
        match self.kind {
            Kind::Independent { batches, .. } => batches as u64,
            Kind::Orders { cut, .. } | Kind::Fixed { cut } => cut.batches() as u64,
        }
    }

    /// The expectation of the estimate of `step`: G, but (b/B) G for a rescaled short batch, and the
    /// estimate itself where nothing is random.
    #[must_use]
    pub fn expectation(&self, step: u64) -> Expectation {
        match self.kind {
            Kind::Independent { .. } => Expectation::Gradient(1.0),
            Kind::Orders { cut, .. } => Expectation::Gradient(cut.scale(cut.locate(step).1)),
            Kind::Fixed { cut } => Expectation::Terms(estimate(&cut, cut.locate(step).1)),
        }
    }

    /// The factor of S in the covariance of the estimates of two steps, which may be the same.
    ///
    /// For batches k and l of one epoch of a random order:
    ///
    /// | batches | k = l | k ≠ l |
    /// | --- | --- | --- |
    /// | two whole ones | (N − B) / (B (N − 1)) | −1 / (N − 1) |
    /// | `keep`, a short one | (N − b) / (b (N − 1)) | −1 / (N − 1) |
    /// | `rescale`, a short one | b (N − b) / (B² (N − 1)) | −b / (B (N − 1)) |
    /// | `wrap`, the last one | (N − B) / (B (N − 1)) | −1 / (N − 1), with the first (N (B − b) / B² − 1) / (N − 1) |
    ///
    /// Steps of different epochs are independent, except that `shuffle-once` repeats its batches.
    #[must_use]
    pub fn covariance(&self, first: u64, second: u64) -> f64 {
        match self.kind {
            Kind::Independent { factor, .. } => {
                if first == second {
                    factor
                } else {
                    0.0
                }
            }
            Kind::Orders { cut, same } => {
                let ((epoch, k), (other, l)) = (cut.locate(first), cut.locate(second));
                if same || epoch == other { within_order(&cut, k.min(l), k.max(l)) } else { 0.0 }
            }
            Kind::Fixed { .. } => 0.0,
        }
    }

    /// The law of the mean of an epoch's estimates.
    ///
    /// Its covariance factor for a random order: 0 where B divides N and for `rescale`;
    /// (N − n) / (n (N − 1)) with n = B ⌊N/B⌋ for `drop`; with r = B − b,
    /// r (N − r) / ((N + r)² (N − 1)) for `wrap`; (N (⌊N/B⌋/B + 1/b) / m² − 1) / (N − 1) for `keep`,
    /// whose short batch weighs its terms more than the others.
    #[must_use]
    pub fn epoch_mean(&self) -> EpochMean {
        match self.kind {
            Kind::Independent { batches, factor } => {
                let weight = 1.0 / batches as f64;
                EpochMean { weight, expectation: Expectation::Gradient(1.0), covariance: weight * factor }
            }
            Kind::Orders { cut, .. } => EpochMean {
                weight: epoch_weight(&cut),
                expectation: Expectation::Gradient(1.0),
                covariance: of_epoch(&cut),
            },
            Kind::Fixed { cut } => {
                let weight = epoch_weight(&cut);
                EpochMean { weight, expectation: Expectation::Terms(epoch_estimate(&cut, weight)), covariance: 0.0 }
            }
        }
    }
}

/// Covariance factor of batches k ≤ l of one random order.
fn within_order(cut: &Cut, k: usize, l: usize) -> f64 {
    let (n, whole, left) = (cut.terms(), cut.batch() as f64, cut.left_over() as f64);
    let policy = cut.remainder().filter(|_| l == cut.whole_batches());
    match policy {
        Some(Remainder::Keep) if k == l => subset_factor(n, cut.left_over()),
        Some(Remainder::Rescale) if k == l => per_pair(n, left * (n as f64 - left) / (whole * whole)),
        Some(Remainder::Rescale) => per_pair(n, -left / whole),
        Some(Remainder::Wrap) if k == 0 && k != l => per_pair(n, n as f64 * (whole - left) / (whole * whole) - 1.0),
        _ if k == l => subset_factor(n, cut.batch()),
        _ => per_pair(n, -1.0),
    }
}

/// 1 / Σ scale over an epoch.
fn epoch_weight(cut: &Cut) -> f64 {
    match cut.remainder() {
        Some(Remainder::Rescale) => cut.batch() as f64 / cut.terms() as f64,
        _ => 1.0 / cut.batches() as f64,
    }
}

/// Covariance factor of the mean of a random order's estimates.
fn of_epoch(cut: &Cut) -> f64 {
    let (n, terms, left) = (cut.terms(), cut.terms() as f64, cut.left_over() as f64);
    match cut.remainder() {
        None | Some(Remainder::Rescale) => 0.0,
        Some(Remainder::Drop) => subset_factor(n, cut.whole_batches() * cut.batch()),
        Some(Remainder::Wrap) => {
            let twice = cut.batch() as f64 - left;
            per_pair(n, twice * (terms - twice) / ((terms + twice) * (terms + twice)))
        }
        Some(Remainder::Keep) => {
            let squares = cut.whole_batches() as f64 / cut.batch() as f64 + 1.0 / left;
            per_pair(n, terms * squares / (cut.batches() * cut.batches()) as f64 - 1.0)
        }
    }
}

/// The coefficients of batch k of the fixed order.
fn estimate(cut: &Cut, k: usize) -> Vec<(u32, f64)> {
    let mut batch = BatchBuffer::with_capacity(cut.batch());
    cut.fill_in_sequence(k, &mut batch);
    let coefficient = batch.scale / batch.indices.len() as f64;
    batch.indices.into_iter().map(|i| (i, coefficient)).collect()
}

/// The coefficients of `weight` × the sum of the fixed order's estimates; each term once.
fn epoch_estimate(cut: &Cut, weight: f64) -> Vec<(u32, f64)> {
    let mut coefficients = vec![0.0; cut.terms()];
    for k in 0..cut.batches() {
        for (i, c) in estimate(cut, k) {
            coefficients[i as usize] += weight * c;
        }
    }
    (0..).zip(coefficients).filter(|&(_, c)| c > 0.0).collect()
}
