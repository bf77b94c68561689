//! Decay with the inverse of time.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "inverse-time",
    summary: "Decays with the inverse of the number of steps.",
    formula: "factor = 1 / (1 + k t)",
    conventions: "t is counted from the end of the warm-up, in steps unless clock says otherwise; the first factor is \
                  1.",
    hyperparameters: &[
        number("k", "decay per step: after 1/k steps the rate is down to one half", 0.01, Range::at_least(0.0)),
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Robbins, Monro (1951), A stochastic approximation method, Ann. Math. Stat. 22",
};

/// Decays with the inverse of the number of steps: factor = 1 / (1 + k t).
#[derive(Clone, Debug, PartialEq)]
pub struct InverseTime {
    /// Decay per step.
    pub k: f64,
}

impl Schedule for InverseTime {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { k: settings.number("k") })
    }

    fn factor(&self, clock: Clock) -> f64 {
        1.0 / (1.0 + self.k * clock.time())
    }
}
