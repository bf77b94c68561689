//! Chosen eigenvalues.

use sgdlab_core::{Domain, Hyperparameter, Invalid, Range, Real, Settings};

use crate::parameters::number;

pub(crate) const SMALLEST: Hyperparameter = number("smallest", 0.01, Range::above(0.0), "smallest eigenvalue");
pub(crate) const LARGEST: Hyperparameter = number("largest", 1.0, Range::above(0.0), "largest eigenvalue");
pub(crate) const SPACING: Hyperparameter = Hyperparameter {
    name: "spectrum",
    meaning: "how the eigenvalues are spaced between the two",
    domain: Domain::Choice { default: "log", accepts: &["log", "lin"] },
};

/// Refuses a spectrum that is upside down.
pub(crate) fn check(settings: &Settings) -> Result<(), Invalid> {
    let (smallest, largest) = (settings.number("smallest"), settings.number("largest"));
    if largest < smallest {
        return Err(Invalid::new("largest", largest, format!("a number ≥ smallest, which is {smallest}")));
    }
    Ok(())
}

/// The eigenvalues of `dimension` axes, from the smallest to the largest.
pub(crate) fn eigenvalues(settings: &Settings) -> Vec<f64> {
    let dimension = settings.integer("dimension") as usize;
    let (low, high) = (settings.number("smallest"), settings.number("largest"));
    let logarithmic = settings.word("spectrum") == "log";
    let between = |j: usize| match j as f64 / (dimension.max(2) - 1) as f64 {
        _ if j + 1 == dimension => high,
        0.0 => low,
        t if logarithmic => low * Real::exp(t * Real::ln(high / low)),
        t => low + t * (high - low),
    };
    (0..dimension).map(between).collect()
}
