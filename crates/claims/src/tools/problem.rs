//! Bundled problems, and least squares.

use sgdlab_core::{Settings, Value};
use sgdlab_losses::{LossSpec, Squared};
use sgdlab_objectives::{LinearSpec, Problem, entry};

/// The problem of this name and these settings.
///
/// # Panics
/// If there is none: both are written in this crate.
pub(crate) fn problem<'a>(name: &str, given: impl IntoIterator<Item = (&'a str, Value)>) -> Problem {
    let entry = entry(name).expect("an objective of the catalogue");
    Problem::load(&Settings::new(entry, given).expect("settings of the objective")).expect("a bundled data set")
}

/// (1/n) Σ ½ (x·aᵢ − bᵢ)²: least squares without intercept and penalty.
pub(crate) fn least_squares() -> LinearSpec {
    LinearSpec { loss: LossSpec::Squared(Squared::new(true)), factor: 1.0, l2: 0.0, intercept: false, classes: false }
}
