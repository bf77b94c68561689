//! Weights of iteratively reweighted least squares, by hand.

use sgdlab_core::Settings;
use sgdlab_losses::{LossSpec, entries, weight};

const FLOOR: f64 = 1e-6;

fn loss(name: &str) -> LossSpec {
    let entry = entries().into_iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("no loss {name}"));
    LossSpec::new(&Settings::defaults(entry)).expect("defaults go together")
}

#[track_caller]
fn check(name: &str, (prediction, target): (f64, f64), expected: f64) {
    let loss = loss(name);
    let found = weight(loss, (loss.facts().targets, FLOOR), prediction, target);
    assert!((found - expected).abs() <= 4.0 * f64::EPSILON * expected, "{name}: {found} for {expected}");
}

#[test]
fn residuals_have_the_ratio_of_slope_and_residual() {
    check("squared", (3.0, 1.0), 1.0);
    check("huber", (1.5, 1.0), 1.0);
    check("huber", (5.0, 1.0), 0.25);
    check("absolute", (5.0, 1.0), 0.25);
    check("cauchy", (3.0, 1.0), 0.2);
    check("tukey", (9.0, 1.0), 0.0);
}

#[test]
fn small_residuals_have_the_limit_or_the_floor() {
    for residual in [0.0, 1e-7, -1e-7] {
        for name in ["squared", "huber", "cauchy", "tukey", "log-cosh", "pseudo-huber"] {
            let loss = loss(name);
            let found = weight(loss, (loss.facts().targets, FLOOR), residual, 0.0);
            assert!((found - 1.0).abs() < 1e-12, "{name} at {residual}: {found}");
        }
    }
    check("absolute", (1e-7, 0.0), 1e6);
    check("absolute", (0.0, 0.0), 0.0);
}

#[test]
fn likelihoods_have_the_expected_curvature() {
    let sigma = 1.0 / (1.0 + (-0.5_f64).exp());
    check("logistic", (0.5, 1.0), sigma * (1.0 - sigma));
    check("logistic", (0.5, -1.0), sigma * (1.0 - sigma));
    check("binary-cross-entropy", (0.5, 0.0), sigma * (1.0 - sigma));
    check("sigmoid-squared", (0.5, 0.0), (sigma * (1.0 - sigma)).powi(2));
    // The Fisher information of logarithmic means: μ, 1 and √μ.
    check("poisson-nll", (0.5, 3.0), 0.5_f64.exp());
    check("half-gamma", (0.5, 3.0), 1.0);
    check("half-tweedie", (0.5, 3.0), 0.25_f64.exp());
}

#[test]
fn nan_is_not_hidden() {
    for entry in entries() {
        let loss = loss(entry.name);
        if loss.facts().kinks.is_empty() {
            let found = weight(loss, (loss.facts().targets, FLOOR), f64::NAN, 1.0);
            assert!(found.is_nan(), "{}: {found}", entry.name);
        }
    }
}
