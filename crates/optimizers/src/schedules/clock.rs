//! The time that schedules read.

use sgdlab_core::{Domain, Hyperparameter, Range};

use crate::vocabulary::number;

/// The time since the end of the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Updates done since the warm-up.
    pub step: u64,
    /// Updates of the run after the warm-up.
    pub total: u64,
    /// Updates of one epoch.
    pub per_epoch: u64,
}

/// The hyperparameter of the time that a decay takes, which is the run unless it is given.
pub(super) const OVER: Hyperparameter = Hyperparameter {
    name: "over",
    meaning: "how long it takes: below 1 a fraction of the run, else epochs; \"run\" is all of the run",
    domain: Domain::Optional { absent: "run", range: Range::above(0.0) },
};

/// The hyperparameter of the last factor of a decay.
pub(super) const FINAL: Hyperparameter = number("final", "factor at the end", 0.0, Range::closed(0.0, 1.0));

impl Clock {
    /// How many periods are over, where a period below 1 is a fraction of the run and one from
    /// 1 on a number of epochs.
    #[must_use]
    pub fn periods(&self, period: f64) -> f64 {
        let whole = if period < 1.0 { self.total } else { self.per_epoch };
        self.step as f64 / (whole.max(1) as f64 * period)
    }

    /// How many updates a length is: below 1 a fraction of the run, from 1 on a number of epochs.
    #[must_use]
    pub fn length(&self, length: f64) -> f64 {
        (if length < 1.0 { self.total } else { self.per_epoch }) as f64 * length
    }

    /// Whether a length is over. Every boundary is hit, although 0.07 · 100 is a little more than 7.
    #[must_use]
    pub fn is_past(&self, length: f64) -> bool {
        self.step as f64 + 1e-6 >= self.length(length)
    }

    /// The share of a length, or of the run if there is none, that is over: in [0, 1], and 1 if there is nothing of it.
    #[must_use]
    pub fn progress(&self, over: Option<f64>) -> f64 {
        let (step, length) = (self.step as f64, over.map_or(self.total as f64, |length| self.length(length)));
        if step >= length { 1.0 } else { step / length }
    }
}
