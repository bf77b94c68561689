//! Linear warm-up, the beginning of any schedule.

use sgdlab_core::{Hyperparameter, Invalid, Range, Settings};

use super::clock::{Clock, Unit};
use crate::vocabulary::number;

/// The hyperparameter of the warm-up's length.
pub(super) const WARMUP: Hyperparameter = number(
    "warmup",
    "length of a linear warm-up: below 1 a fraction of the run (rounded to steps), else steps",
    0.0,
    Range::at_least(0.0),
);

/// The hyperparameter of the warm-up's first factor.
pub(super) const WARMUP_START: Hyperparameter =
    number("warmup-start", "factor of the first step of a warm-up", 0.0, Range::closed(0.0, 1.0));

/// A factor that grows linearly to 1.
///
/// Step k of a warm-up of w steps has the factor start + (1 − start) k/w; step w is the first of
/// the schedule proper, whose clock then shows 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warmup {
    /// Below 1 a fraction of the run, else a number of units, which are steps if it is not stated.
    pub length: f64,
    /// Factor of the first step.
    pub start: f64,
}

impl Warmup {
    /// The warm-up of the settings of a schedule.
    ///
    /// # Errors
    /// If it has 1 step or more, but not a whole number; a number of epochs or samples is rounded to steps.
    pub fn new(settings: &Settings) -> Result<Self, Invalid> {
        let length = settings.number("warmup");
        if Unit::new(settings) <= Unit::Steps && length >= 1.0 && length.fract() != 0.0 {
            return Err(Invalid::new("warmup", length, "a fraction below 1 or a whole number of steps"));
        }
        Ok(Self { length, start: settings.number("warmup-start") })
    }

    /// How many steps of a run, at whose beginning the clock is, are warm-up.
    #[must_use]
    pub fn steps(&self, clock: Clock) -> u64 {
        clock.length_in_steps(self.length).round() as u64
    }

    /// The factor of `step` < `steps`.
    #[must_use]
    pub fn factor(&self, step: u64, steps: u64) -> f64 {
        self.start + (1.0 - self.start) * (step as f64 / steps as f64)
    }
}
