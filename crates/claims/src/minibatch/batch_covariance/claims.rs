//! What is said about covariances.

use crate::{Claim, Criterion, Stance};

/// All of them, in the order in which they are read.
pub(super) static ALL: &[&Claim] = &[
    &CATALOGUE,
    &UNBIASED,
    &BIASED,
    &WITH,
    &WITHOUT,
    &EPOCH,
    &CORRELATION,
    &PREFIX,
    &BERNOULLI,
    &IMPORTANCE,
    &BEST,
    &HALF,
    &STRATA,
    &NEYMAN,
];

/// Rounding of sums of up to 46 656 numbers of size 10 is far below this.
const EXACT: Criterion = Criterion::Between(0.0, 1e-12);

const ENUMERATED: &str = "The largest error of any entry over everything that can be drawn: rounding.";

pub(super) static CATALOGUE: Claim = Claim {
    name: "catalogue",
    statement: "Mean and covariance of the estimates of each sampler are those that its law in the catalogue says.",
    stance: Stance::Adds,
    criterion: EXACT,
    because: ENUMERATED,
};

pub(super) static UNBIASED: Claim = Claim {
    name: "unbiased",
    statement: "The mean of the estimates is G.",
    stance: Stance::Confirms,
    criterion: EXACT,
    because: ENUMERATED,
};

pub(super) static BIASED: Claim = Claim {
    name: "biased",
    statement: "The mean is not G for weighted draws without reweighting, for the first batch of one fixed order, and for \
                means of a random number of terms, which may be none.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.02, f64::INFINITY),
    because: "The largest deviation of a coordinate; what was found is between 0.023, which is 1/64 of G, and 1.",
};

pub(super) static WITH: Claim = Claim {
    name: "with-replacement",
    statement: "Independent draws: Cov = S/B.",
    stance: Stance::Confirms,
    criterion: EXACT,
    because: ENUMERATED,
};

pub(super) static WITHOUT: Claim = Claim {
    name: "without-replacement",
    statement: "Subsets and batches of random orders: Cov = S/B · (N − B)/(N − 1).",
    stance: Stance::Corrects,
    criterion: EXACT,
    because: ENUMERATED,
};

pub(super) static EPOCH: Claim = Claim {
    name: "epoch",
    statement: "Two batches of one random order: Cov = −S/(N − 1), whatever lies between them.",
    stance: Stance::Adds,
    criterion: EXACT,
    because: ENUMERATED,
};

pub(super) static CORRELATION: Claim = Claim {
    name: "correlation",
    statement: "That is a correlation of −1/(m − 1), with m batches in an epoch.",
    stance: Stance::Adds,
    criterion: Criterion::Near(1e-12),
    because: "−B/(N − B) = −0.2, −0.5 and −1 for B = 1, 2 and 3: trace of the covariance over that of one batch.",
};

pub(super) static PREFIX: Claim = Claim {
    name: "prefix",
    statement: "The mean of the first k batches of an epoch has the law of one batch of kB; the whole epoch has no noise.",
    stance: Stance::Adds,
    criterion: EXACT,
    because: ENUMERATED,
};

pub(super) static BERNOULLI: Claim = Claim {
    name: "independent-inclusion",
    statement: "Terms that enter by themselves: Cov = (1 − p)/(pN) · (1/N) Σ gᵢgᵢᵀ, with raw second moments.",
    stance: Stance::Adds,
    criterion: EXACT,
    because: ENUMERATED,
};

pub(super) static IMPORTANCE: Claim = Claim {
    name: "importance-trace",
    statement: "One reweighted draw: tr Cov = (1/N²) Σ |gᵢ|²/pᵢ − |G|².",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-12),
    because: "All twelve draws by weights, and the law for pᵢ ∝ |gᵢ|: ((1/N) Σ |gᵢ|)² − |G|² = 4.719086.",
};

pub(super) static BEST: Claim = Claim {
    name: "importance-is-best",
    statement: "No other probabilities do better than pᵢ ∝ |gᵢ|.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, f64::INFINITY),
    because: "The least trace of all probabilities that are positive multiples of 1/18, over that of the best.",
};

pub(super) static HALF: Claim = Claim {
    name: "half-uniform",
    statement: "Half uniform, half ∝ |gᵢ|: the raw second moment is at most twice that of either.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 2.0),
    because: "1/pᵢ is at most twice 1/qᵢ for each of the two it is mixed of.",
};

pub(super) static STRATA: Claim = Claim {
    name: "stratified",
    statement: "Strata: Cov = Σ (N_h/N)² S_h/n_h (N_h − n_h)/(N_h − 1).",
    stance: Stance::Confirms,
    criterion: EXACT,
    because: ENUMERATED,
};

pub(super) static NEYMAN: Claim = Claim {
    name: "neyman",
    statement: "Of all ways to divide a batch among strata none has less noise than the sampler's, n_h ∝ N_h σ_h.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, f64::INFINITY),
    because: "20 of 40 wide and 160 narrow gradients (σ 4 and ½): the least variance of the other 18 ways, over the \
              sampler's.",
};
