//! Polynomial decay.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::clock::{CLOCK, FINAL, OVER};
use super::portable::real_power;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "polynomial",
    summary: "A power of the time that is left, from the base rate down to a final fraction of it.",
    formula: "factor = final + (1 − final) (1 − min(1, t/over))^power",
    conventions: "t is counted from the end of the warm-up; over below 1 is a fraction of what the warm-up leaves of \
                  the run, from 1 on a number of epochs (or of what clock says); afterwards the factor stays final.",
    hyperparameters: &[
        number("power", "exponent; 1 is linear decay", 2.0, Range::above(0.0)),
        FINAL,
        OVER,
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Chen, Papandreou, Kokkinos, Murphy, Yuille (2018), DeepLab, arXiv:1606.00915",
};

/// A power of the time that is left: factor = final + (1 − final) (1 − min(1, t/over))^power.
#[derive(Clone, Debug, PartialEq)]
pub struct Polynomial {
    /// Exponent; 1 is linear decay.
    pub power: f64,
    /// Factor at the end.
    pub end: f64,
    /// How long it takes: below 1 a fraction of the run, else epochs; `None` is all of the run.
    pub over: Option<f64>,
}

impl Schedule for Polynomial {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let (power, end) = (settings.number("power"), settings.number("final"));
        Ok(Self { power, end, over: settings.optional("over") })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let left = 1.0 - clock.progress(self.over);
        self.end + (1.0 - self.end) * real_power(left, self.power)
    }
}
