//! One drop.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "large-then-drop",
    summary: "The base rate until one drop, and gamma times the base rate from then on.",
    formula: "factor = 1 if t < at, else gamma",
    conventions: "t is counted from the end of the warm-up; at below 1 is a fraction of what the warm-up leaves of the \
                  run, from 1 on a number of epochs (or of what clock says).",
    hyperparameters: &[
        number("gamma", "what the rate is multiplied by", 0.1, Range::closed(0.0, 1.0)),
        number("at", "when: below 1 a fraction of the run, else epochs", 0.5, Range::above(0.0)),
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Li, Wei, Ma (2019), Towards explaining the regularization effect of initial large learning rate in \
                training neural networks, arXiv:1907.04595",
};

/// One drop: factor = 1 if t < at, else gamma.
#[derive(Clone, Debug, PartialEq)]
pub struct LargeThenDrop {
    /// What the rate is multiplied by.
    pub gamma: f64,
    /// When: below 1 a fraction of the run, else a number of epochs.
    pub at: f64,
}

impl Schedule for LargeThenDrop {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { gamma: settings.number("gamma"), at: settings.number("at") })
    }

    fn factor(&self, clock: Clock) -> f64 {
        if clock.is_past(self.at) { self.gamma } else { 1.0 }
    }
}
