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

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use crate::{BatchBuffer, Cut, Remainder};

/// First and second moments of the weights aᵢ with which terms stand in estimates ĝ = Σ aᵢ gᵢ.
pub(crate) trait Moments: Debug + Send + Sync {
    /// E aᵢ at a step.
    fn mean(&self, step: u64, term: usize) -> f64;

    /// Cov(aᵢ, aⱼ) of a step and a term with another step and term, which may be the same.
    fn covariance(&self, first: (u64, usize), second: (u64, usize)) -> f64;
}

/// Expectations and covariances of the estimates of a sampler's steps, over its randomness (its key).
///
/// An estimate is ĝ = Σ aᵢ gᵢ with random weights a, whose first and second moments are the law:
/// E ĝ = Σ gᵢ E aᵢ, Cov(ĝ, ĥ) = Σ Σ gᵢ gⱼᵀ Cov(aᵢ, cⱼ).
/// Where all terms are alike covariances are multiples of S, whose factors have closed forms.
#[derive(Clone, Debug)]
pub struct Law {
    terms: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Steps are independent and alike, with this covariance factor.
    Independent { batches: usize, factor: f64 },
    /// Every epoch is a uniformly random order.
    Orders { cut: Cut, order: Order },
    /// Every epoch is the order 0, 1, …, N − 1, or its reverse.
    Fixed { cut: Cut, order: Order },
    /// Anything else.
    General { batches: usize, moments: Arc<dyn Moments> },
}

/// What epochs share an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// None.
    Fresh,
    /// All.
    Same,
    /// An even one and the next, which reverses it.
    Pairs,
    /// All, and odd ones reverse it.
    Mirrored,
}

impl Order {
    /// Which order an epoch goes through, and whether in reverse.
    pub(crate) fn of(self, epoch: u64) -> (u64, bool) {
        match self {
            Self::Fresh => (epoch, false),
            Self::Same => (0, false),
            Self::Pairs => (epoch / 2, epoch % 2 == 1),
            Self::Mirrored => (0, epoch % 2 == 1),
        }
    }
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
    pub(crate) fn independent(terms: usize, batches: usize, factor: f64) -> Self {
        Self { terms, kind: Kind::Independent { batches, factor } }
    }

    pub(crate) fn orders(cut: Cut, order: Order) -> Self {
        Self { terms: cut.terms(), kind: Kind::Orders { cut, order } }
    }

    pub(crate) fn fixed(cut: Cut, order: Order) -> Self {
        Self { terms: cut.terms(), kind: Kind::Fixed { cut, order } }
    }

    pub(crate) fn general(terms: usize, batches: usize, moments: impl Moments + 'static) -> Self {
        Self { terms, kind: Kind::General { batches, moments: Arc::new(moments) } }
    }

    /// N, the number of terms.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.terms
    }

    /// m, the number of batches of an epoch.
    #[must_use]
    pub fn batches_per_epoch(&self) -> u64 {
        match self.kind {
            Kind::Independent { batches, .. } | Kind::General { batches, .. } => batches as u64,
            Kind::Orders { cut, .. } | Kind::Fixed { cut, .. } => cut.batches() as u64,
        }
    }

    /// The expectation of the estimate of `step`: G, but (b/B) G for a rescaled short batch, the
    /// estimate itself where nothing is random, and Σ gᵢ E aᵢ where terms are not alike.
    #[must_use]
    pub fn expectation(&self, step: u64) -> Expectation {
        match &self.kind {
            Kind::Independent { .. } => Expectation::Gradient(1.0),
            Kind::Orders { cut, .. } => Expectation::Gradient(cut.scale(cut.locate(step).1)),
            Kind::Fixed { cut, order } => Expectation::Terms(estimate(cut, *order, step)),
            Kind::General { moments, .. } => {
                let mean = |term: u32| (term, moments.mean(step, term as usize));
                Expectation::Terms((0..self.terms as u32).map(mean).collect())
            }
        }
    }

    /// E ĝ − G of a step, where the terms have these numbers as (one coordinate of) their gradients.
    ///
    /// # Panics
    /// If there are fewer than N numbers.
    #[must_use]
    pub fn bias(&self, step: u64, gradients: &[f64]) -> f64 {
        self.expectation(step).of(gradients) - Expectation::Gradient(1.0).of(gradients)
    }

    /// E aᵢ, the mean weight of a term in the estimate of `step`.
    #[must_use]
    pub fn weight_mean(&self, step: u64, term: usize) -> f64 {
        match &self.kind {
            Kind::Independent { .. } => 1.0 / self.terms as f64,
            Kind::Orders { cut, .. } => cut.scale(cut.locate(step).1) / self.terms as f64,
            Kind::Fixed { cut, order } => {
                let batch = estimate(cut, *order, step);
                batch.into_iter().filter(|&(i, _)| i as usize == term).map(|(_, c)| c).sum()
            }
            Kind::General { moments, .. } => moments.mean(step, term),
        }
    }

    /// Cov(aᵢ, aⱼ) of the weights of two terms in the estimates of two steps, each of which may be the same.
    #[must_use]
    pub fn weight_covariance(&self, (first, i): (u64, usize), (second, j): (u64, usize)) -> f64 {
        if let Kind::General { moments, .. } = &self.kind {
            return moments.covariance((first, i), (second, j));
        }
        // S = (1/N) Σ gᵢgᵢᵀ − GGᵀ.
        let terms = self.terms as f64;
        let once = if i == j { 1.0 / terms } else { 0.0 };
        self.factor(first, second).unwrap_or(0.0) * (once - 1.0 / (terms * terms))
    }

    /// The covariance of the estimates of two steps, where the terms have these numbers as one and as
    /// another coordinate of their gradients.
    ///
    /// # Panics
    /// If there are fewer than N numbers.
    #[must_use]
    pub fn covariance(&self, (first, one): (u64, &[f64]), (second, other): (u64, &[f64])) -> f64 {
        let row = |i: usize| -> f64 {
            (0..self.terms).map(|j| other[j] * self.weight_covariance((first, i), (second, j))).sum()
        };
        (0..self.terms).map(|i| one[i] * row(i)).sum()
    }

    /// The factor of S in the covariance of the estimates of two steps, which may be the same;
    /// `None` where terms are not alike, so that it is no multiple of S.
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
    /// Steps of different epochs are independent, except that `shuffle-once` repeats its batches, and
    /// that `flip-flop` reverses orders: then positions that two batches share have weights a and c,
    /// and the factor is (N Σ a c − A C) / (N − 1).
    #[must_use]
    pub fn factor(&self, first: u64, second: u64) -> Option<f64> {
        match &self.kind {
            Kind::Independent { factor, .. } => Some(if first == second { *factor } else { 0.0 }),
            Kind::Orders { cut, order } => {
                let ((epoch, k), (other, l)) = (cut.locate(first), cut.locate(second));
                let ((shared, reversed), (other_shared, other_reversed)) = (order.of(epoch), order.of(other));
                Some(if shared != other_shared {
                    0.0
                } else if reversed == other_reversed {
                    within_order(cut, k.min(l), k.max(l))
                } else {
                    across_reversal(cut, k, l)
                })
            }
            Kind::Fixed { .. } => Some(0.0),
            Kind::General { .. } => None,
        }
    }

    /// The law of the mean of an epoch's estimates; `None` where terms are not alike.
    ///
    /// Its covariance factor for a random order: 0 where B divides N and for `rescale`;
    /// (N − n) / (n (N − 1)) with n = B ⌊N/B⌋ for `drop`; with r = B − b,
    /// r (N − r) / ((N + r)² (N − 1)) for `wrap`; (N (⌊N/B⌋/B + 1/b) / m² − 1) / (N − 1) for `keep`,
    /// whose short batch weighs its terms more than the others.
    #[must_use]
    pub fn epoch_mean(&self) -> Option<EpochMean> {
        match &self.kind {
            Kind::Independent { batches, factor } => {
                let weight = 1.0 / *batches as f64;
                Some(EpochMean { weight, expectation: Expectation::Gradient(1.0), covariance: weight * factor })
            }
            Kind::Orders { cut, .. } => Some(EpochMean {
                weight: epoch_weight(cut),
                expectation: Expectation::Gradient(1.0),
                covariance: of_epoch(cut),
            }),
            Kind::Fixed { cut, order } => {
                let weight = epoch_weight(cut);
                let expectation = Expectation::Terms(epoch_estimate(cut, *order, weight));
                Some(EpochMean { weight, expectation, covariance: 0.0 })
            }
            Kind::General { .. } => None,
        }
    }
}

/// Covariance factor of batch k of a random order and batch l of its reverse.
fn across_reversal(cut: &Cut, k: usize, l: usize) -> f64 {
    let n = cut.terms();
    let weight = |batch: usize| {
        let (one, other) = cut.positions(batch);
        cut.scale(batch) / (one.len() + other.len()) as f64
    };
    let ((a, b), (c, d)) = (cut.positions(k), cut.positions(l));
    let overlap = |one: &Range<usize>, other: &Range<usize>| {
        let other = n - other.end..n - other.start;
        other.end.min(one.end).saturating_sub(other.start.max(one.start))
    };
    let shared = overlap(&a, &c) + overlap(&a, &d) + overlap(&b, &c) + overlap(&b, &d);
    let product = n as f64 * shared as f64 * weight(k) * weight(l);
    per_pair(n, product - cut.scale(k) * cut.scale(l))
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

/// The coefficients of a step of the fixed order.
fn estimate(cut: &Cut, order: Order, step: u64) -> Vec<(u32, f64)> {
    let (epoch, k) = cut.locate(step);
    let reversed = order.of(epoch).1;
    let mut batch = BatchBuffer::with_capacity(cut.batch());
    cut.fill_in_sequence(k, &mut batch);
    let coefficient = batch.scale / batch.indices.len() as f64;
    let last = cut.terms() as u32 - 1;
    batch.indices.into_iter().map(|i| (if reversed { last - i } else { i }, coefficient)).collect()
}

/// The coefficients of `weight` × the sum of the first epoch's estimates; each term once.
fn epoch_estimate(cut: &Cut, order: Order, weight: f64) -> Vec<(u32, f64)> {
    let mut coefficients = vec![0.0; cut.terms()];
    for step in 0..cut.batches() as u64 {
        for (i, c) in estimate(cut, order, step) {
            coefficients[i as usize] += weight * c;
        }
    }
    (0..).zip(coefficients).filter(|&(_, c)| c > 0.0).collect()
}
