//! A coin for each step.

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Uniform};
use sgdlab_core::{Domain, Hyperparameter, Range, Settings};

use crate::{Context, Epoch};

/// The probability of a step, as plans give it.
pub(crate) const PROBABILITY: Hyperparameter = Hyperparameter {
    name: "probability",
    meaning: "probability of a full gradient in a step; \"epoch\" is one over the number of steps of an epoch",
    domain: Domain::Optional {
        absent: "epoch",
        range: Range { low: 0.0, high: 1.0, includes_low: false, includes_high: true },
    },
};

/// The value of [`PROBABILITY`]; `None` for `"epoch"`.
pub(crate) fn probability(settings: &Settings) -> Option<f64> {
    settings.optional("probability")
}

/// The probability in an epoch of this cost.
pub(crate) fn of_epoch(probability: Option<f64>, epoch: &Epoch) -> f64 {
    probability.unwrap_or(1.0 / epoch.steps as f64)
}

/// A coin that is thrown once a step.
///
/// The throw of a step compares a number, which depends on key and step alone, with the probability:
/// so whatever falls at one probability falls at every larger one.
pub(crate) struct Coin {
    key: Key,
    probability: f64,
}

impl Coin {
    pub(crate) fn new(probability: Option<f64>, context: &Context) -> Self {
        let probability = probability.unwrap_or(1.0 / context.batches_per_epoch as f64);
        Self { key: context.key.child("coin"), probability }
    }

    /// Whether it falls at this step.
    pub(crate) fn falls(&self, step: u64) -> bool {
        Uniform { low: 0.0, high: 1.0 }.sample(&mut self.key.stream(step)) < self.probability
    }
}
