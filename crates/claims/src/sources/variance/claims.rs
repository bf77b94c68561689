//! What the notes say about expectation and variance, and what their script does.

use crate::{Claim, Criterion, Stance};

/// Five standard errors on either side are left by chance in 1 of 1.7 million cases, by one of fifty numbers in 1 of 35 000.
const FIVE: Criterion = Criterion::Within { errors: 5.0, share: 0.0 };

/// All of them, in the order of the notes.
pub(super) static ALL: &[&Claim] = &[
    &UNBIASED,
    &WITH,
    &SLOPE,
    &WITHOUT,
    &TEXT_AND_CODE,
    &EPOCH,
    &EPOCH_MEAN,
    &DIVERSITY,
    &TWO_BATCHES,
    &NAIVE,
    &CRITICAL,
    &BEST_RATE,
    &SADDLE,
    &WELL,
    &SHALLOW,
];

pub(super) static UNBIASED: Claim = Claim {
    name: "unbiased",
    statement: "The mean of a batch's gradients is an unbiased estimate of the gradient, however batches are drawn.",
    stance: Stance::Confirms,
    criterion: FIVE,
    because: "The mean of the estimates beside the mean of all gradients, with the standard error of the sampler's law; five of \
              them, since half a hundred numbers are decided about.",
};

pub(super) static WITH: Claim = Claim {
    name: "variance-with-replacement",
    statement: "For independent draws the variance of a batch's mean is σ²/m: what the text says.",
    stance: Stance::Confirms,
    criterion: FIVE,
    because: "Empirical variance beside (R − 1)/R times the law's; the standard error is exact, by fourth moments.",
};

pub(super) static SLOPE: Claim = Claim {
    name: "slope",
    statement: "On two logarithmic axes that is a line of slope −1.",
    stance: Stance::Confirms,
    criterion: FIVE,
    because: "Least squares through the measured variances, with the standard error that theirs give.",
};

pub(super) static WITHOUT: Claim = Claim {
    name: "variance-without-replacement",
    statement: "The script draws without replacement, for which the variance is σ²/m · (N − m)/(N − 1).",
    stance: Stance::Corrects,
    criterion: FIVE,
    because: "As above, with the fourth moments of draws without replacement.",
};

pub(super) static TEXT_AND_CODE: Claim = Claim {
    name: "text-and-code-differ",
    statement: "At m = 256 of N = 1000 the script's variance is a quarter below the text's law: the two are told apart.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(f64::NEG_INFINITY, -3.5),
    because: "(Measured − σ²/m) over the standard error of that law; about −5.7 is expected of 1000 batches, −26 of 20 000.",
};

pub(super) static EPOCH: Claim = Claim {
    name: "batches-of-an-epoch",
    statement: "Two batches of one reshuffled epoch are correlated by −1/(batches − 1), whatever lies between them.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 5.0, share: 1e-12 },
    because: "g at two positions of a random order has covariance −S/(N − 1). Covariance over variance, both of the same \
              epochs, with the standard error of that ratio over epochs; for two batches, each the other's negative, it is 0 and \
              rounding is left.",
};

pub(super) static EPOCH_MEAN: Claim = Claim {
    name: "epoch-is-exact",
    statement: "The mean over a reshuffled epoch is the gradient itself.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest deviation over the epochs: rounding.",
};

pub(super) static DIVERSITY: Claim = Claim {
    name: "noise-scale-and-diversity",
    statement: "N times the diversity of gradients is 1 plus the noise scale tr S/|G|².",
    stance: Stance::Adds,
    criterion: Criterion::Near(1e-10),
    because: "An identity: Σ |gᵢ|² = N (tr S + |G|²).",
};

pub(super) static TWO_BATCHES: Claim = Claim {
    name: "two-batches",
    statement: "Squared norms at two batch sizes give |G|² and tr S without bias from independent draws; without \
                replacement they give |G|² − tr S/(N − 1) and tr S · N/(N − 1).",
    stance: Stance::Adds,
    criterion: FIVE,
    because: "Means over pairs of batches of 8 and 64 of 400 terms, with their standard errors.",
};

pub(super) static NAIVE: Claim = Claim {
    name: "two-batches-are-biased",
    statement: "Taken at face value without replacement, the estimate of |G|² is too small.",
    stance: Stance::Adds,
    criterion: Criterion::Between(f64::NEG_INFINITY, -4.0),
    because: "(Measured − |G|²) over its standard error, which is about −30 with --quick and −50 without.",
};

pub(super) static CRITICAL: Claim = Claim {
    name: "gain-of-a-step",
    statement: "At its best rate a step with batch size B gains 1/(1 + B*/B) of what the full gradient gains: half at \
                the critical batch size B* = tr HS / GᵀHG.",
    stance: Stance::Adds,
    criterion: FIVE,
    because: "Mean decrease of a quadratic over independent batches, over the law's.",
};

pub(super) static BEST_RATE: Claim = Claim {
    name: "best-rate",
    statement: "The best rate is |G|²/GᵀHG · 1/(1 + B*/B): half of it gains three quarters, twice of it nothing.",
    stance: Stance::Adds,
    criterion: FIVE,
    because: "Mean decrease at half and at twice the best rate, over the law's at the best.",
};

pub(super) static SADDLE: Claim = Claim {
    name: "noise-leaves-saddles",
    statement: "Noise leaves a saddle after a time that is logarithmic in the batch size.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.01 },
    because: "Mean steps to |x| = 1 beside [ln(R²/s²) + γ + ln 2]/(2 ln r), which is asymptotic: 1 %.",
};

pub(super) static WELL: Claim = Claim {
    name: "noise-leaves-minima",
    statement: "Noise leaves a minimum after a time that is exponential in its depth over Θ = rate · σ²/(2B).",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.04 },
    because: "Mean passage time from one well to the other beside the exact integral of the diffusion; the rate 0.05 \
              is not 0, which is 2 % or 3 %.",
};

pub(super) static SHALLOW: Claim = Claim {
    name: "shallow-before-deep",
    statement: "The shallower of two minima is left sooner, by the exponential of the difference in depth over Θ: noise \
                does not leave minima as such, it prefers deep ones.",
    stance: Stance::Corrects,
    criterion: Criterion::Within { errors: 4.0, share: 0.06 },
    because: "Time out of the deep well over time out of the shallow one, beside the ratio of the exact integrals.",
};
