//! The time that schedules read.

use sgdlab_core::{Domain, Hyperparameter, Range, Settings};

use crate::vocabulary::number;

/// What lengths from 1 on, and the t of formulas, count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// What each hyperparameter and formula states: epochs for most lengths, steps for the warm-up and for t.
    #[default]
    Stated,
    /// Updates.
    Steps,
    /// Passes over the terms.
    Epochs,
    /// Terms of batches.
    Samples,
}

/// The hyperparameter of the unit.
pub(super) const CLOCK: Hyperparameter = Hyperparameter {
    name: "clock",
    meaning: "what lengths from 1 on, the warm-up's too, and t count; samples are steps times the batch size; \
              \"stated\" is what each of them says, steps for t",
    domain: Domain::Tacit { default: "stated", accepts: &["stated", "steps", "epochs", "samples"] },
};

impl Unit {
    pub(super) fn new(settings: &Settings) -> Self {
        match settings.tacit("clock") {
            Some("steps") => Self::Steps,
            Some("epochs") => Self::Epochs,
            Some("samples") => Self::Samples,
            _ => Self::Stated,
        }
    }
}

/// The time since the end of the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Updates done since the warm-up.
    pub step: u64,
    /// Updates of the run after the warm-up.
    pub total: u64,
    /// Updates of one epoch.
    pub per_epoch: u64,
    /// Samples of one update.
    pub batch: u64,
    /// What lengths from 1 on and t count.
    pub unit: Unit,
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
    /// Updates of one unit, that of lengths and that of t being `stated` where the schedule leaves it to them.
    fn updates(&self, stated: f64) -> f64 {
        match self.unit {
            Unit::Stated => stated,
            Unit::Steps => 1.0,
            Unit::Epochs => self.per_epoch as f64,
            Unit::Samples => 1.0 / self.batch as f64,
        }
    }

    /// t, in steps unless the unit is another.
    #[must_use]
    pub fn time(&self) -> f64 {
        self.step as f64 / self.updates(1.0)
    }

    /// How many periods are over, where a period below 1 is a fraction of the run and one from
    /// 1 on a number of units, which are epochs if it is not stated.
    #[must_use]
    pub fn periods(&self, period: f64) -> f64 {
        let whole = if period < 1.0 { self.total.max(1) as f64 } else { self.updates(self.per_epoch as f64) };
        self.step as f64 / (whole * period)
    }

    /// How many updates a length is: below 1 a fraction of the run, from 1 on a number of units, which are epochs if it
    /// is not stated.
    #[must_use]
    pub fn length(&self, length: f64) -> f64 {
        (if length < 1.0 { self.total as f64 } else { self.updates(self.per_epoch as f64) }) * length
    }

    /// The same with steps instead of epochs.
    #[must_use]
    pub fn length_in_steps(&self, length: f64) -> f64 {
        (if length < 1.0 { self.total as f64 } else { self.updates(1.0) }) * length
    }

    /// Whether a length is over. Every boundary is hit, although 0.07 · 100 is a little more than 7.
    #[must_use]
    pub fn is_past(&self, length: f64) -> bool {
        self.step as f64 + 1e-6 >= self.length(length)
    }

    /// The first step that is past a length.
    #[must_use]
    pub fn first_step(&self, length: f64) -> u64 {
        (self.length(length) - 1e-6).ceil().max(0.0) as u64
    }

    /// The share of a length, or of the run if there is none, that is over: in [0, 1], and 1 if there is nothing of it.
    #[must_use]
    pub fn progress(&self, over: Option<f64>) -> f64 {
        let (step, length) = (self.step as f64, over.map_or(self.total as f64, |length| self.length(length)));
        if step >= length { 1.0 } else { step / length }
    }
}
