//! Linear change.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::clock::{CLOCK, FINAL, OVER};
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "linear",
    summary: "A straight line from one factor to another.",
    formula: "factor = initial + (final − initial) min(1, t/over)",
    conventions: "t is counted from the end of the warm-up; over below 1 is a fraction of what the warm-up leaves of \
                  the run, from 1 on a number of epochs (or of what clock says); afterwards the factor stays final.",
    hyperparameters: &[
        number("initial", "factor at the beginning", 1.0, Range::closed(0.0, 1.0)),
        FINAL,
        OVER,
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Defazio, Cutkosky, Mehta, Mishchenko (2023), Optimal linear decay learning rate schedules, \
                arXiv:2310.07831",
};

/// A straight line from one factor to another: factor = initial + (final − initial) min(1, t/over).
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Factor at the beginning.
    pub start: f64,
    /// Factor at the end.
    pub end: f64,
    /// How long it takes: below 1 a fraction of the run, else epochs; `None` is all of the run.
    pub over: Option<f64>,
}

impl Schedule for Linear {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let (start, end) = (settings.number("initial"), settings.number("final"));
        Ok(Self { start, end, over: settings.optional("over") })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let progress = clock.progress(self.over);
        self.start * (1.0 - progress) + self.end * progress
    }
}
