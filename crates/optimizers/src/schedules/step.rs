//! Stepwise decay.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::portable::power;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "step",
    summary: "Multiplies the rate by gamma after every period.",
    formula: "factor = max(least, gamma^⌊t / every⌋)",
    conventions: "t is counted from the end of the warm-up; every below 1 is a fraction of what the warm-up leaves of \
                  the run, from 1 on a number of epochs (or of what clock says).",
    hyperparameters: &[
        number("gamma", "what the rate is multiplied by", 0.1, Range::open(0.0, f64::INFINITY)),
        number("every", "period: below 1 a fraction of the run, else epochs", 0.25, Range::above(0.0)),
        number("least", "factor below which the rate does not fall", 0.0, Range::closed(0.0, 1.0)),
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "He, Zhang, Ren, Sun (2016), Deep residual learning for image recognition, arXiv:1512.03385",
};

/// Multiplies the rate by gamma after every period: factor = max(least, gamma^⌊t / every⌋).
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What the rate is multiplied by.
    pub gamma: f64,
    /// Period: below 1 a fraction of the run, else a number of epochs.
    pub every: f64,
    /// Factor below which the rate does not fall.
    pub least: f64,
}

impl Schedule for Step {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let [gamma, every, least] = ["gamma", "every", "least"].map(|name| settings.number(name));
        Ok(Self { gamma, every, least })
    }

    fn factor(&self, clock: Clock) -> f64 {
        // Every boundary is hit, although 0.07 · 100 is a little more than 7.
        power(self.gamma, (clock.periods(self.every) + 1e-9) as u64).max(self.least)
    }
}
