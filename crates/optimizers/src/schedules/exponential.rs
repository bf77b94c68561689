//! Exponential decay.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::portable::real_power;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "exponential",
    summary: "Decays smoothly, by the factor gamma over every period.",
    formula: "factor = max(least, gamma^(t / every))",
    conventions: "t is counted in steps from the end of the warm-up, so the rate changes at every step; every below 1 \
                  is a fraction of what the warm-up leaves of the run, from 1 on a number of epochs (or of what clock \
                  says).",
    hyperparameters: &[
        number(
            "gamma",
            "what the rate is multiplied by over a period",
            0.95,
            Range { includes_high: true, ..Range::open(0.0, 1.0) },
        ),
        number("every", "period: below 1 a fraction of the run, else epochs", 1.0, Range::above(0.0)),
        number("least", "factor below which the rate does not fall", 0.0, Range::closed(0.0, 1.0)),
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Li, Arora (2020), An exponential learning rate schedule for deep learning, arXiv:1910.07454",
};

/// Decays smoothly, by the factor gamma over every period: factor = max(least, gamma^(t / every)).
#[derive(Clone, Debug, PartialEq)]
pub struct Exponential {
    /// What the rate is multiplied by over a period.
    pub gamma: f64,
    /// Period: below 1 a fraction of the run, else a number of epochs.
    pub every: f64,
    /// Factor below which the rate does not fall.
    pub least: f64,
}

impl Schedule for Exponential {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let [gamma, every, least] = ["gamma", "every", "least"].map(|name| settings.number(name));
        Ok(Self { gamma, every, least })
    }

    fn factor(&self, clock: Clock) -> f64 {
        real_power(self.gamma, clock.periods(self.every)).max(self.least)
    }
}
