//! Reflected exponential decay.

use sgdlab_core::{Entry, Invalid, Settings};

use super::clock::{CLOCK, FINAL, OVER};
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};

pub(super) static ENTRY: Entry = Entry {
    name: "rex",
    summary: "A hyperbola that stays close to the base rate and drops towards the end of the run.",
    formula: "factor = final + (1 − final) (1 − z)/(½ + ½ (1 − z)), z = min(1, t/over)",
    conventions: "t is counted from the end of the warm-up; over below 1 is a fraction of what the warm-up leaves of \
                  the run, from 1 on a number of epochs (or of what clock says); the paper has final = 0.",
    hyperparameters: &[FINAL, OVER, WARMUP, WARMUP_START, CLOCK],
    dialects: &[],
    cost: "Nothing.",
    reference: "Chen, Wolfe, Kyrillidis (2022), REX: revisiting budgeted training with an improved schedule, \
                arXiv:2107.04197",
};

/// A hyperbola: factor = final + (1 − final) (1 − z)/(½ + ½ (1 − z)), z = min(1, t/over).
#[derive(Clone, Debug, PartialEq)]
pub struct Rex {
    /// Factor at the end.
    pub end: f64,
    /// How long it takes: below 1 a fraction of the run, else epochs; `None` is all of the run.
    pub over: Option<f64>,
}

impl Schedule for Rex {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { end: settings.number("final"), over: settings.optional("over") })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let left = 1.0 - clock.progress(self.over);
        self.end + (1.0 - self.end) * (left / (0.5 + 0.5 * left))
    }
}
