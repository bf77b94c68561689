//! The schedule of the transformer.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "noam",
    summary: "Rises linearly to the base rate, then decays with the inverse root of the number of steps.",
    formula: "factor = min(n/rise, √(rise/n)), n = t + 1, t and rise in steps",
    conventions: "The base rate is the peak, at n = rise; the paper's rate d^−½ min(n^−½, n rise^−3/2) has the peak \
                  1/√(d rise). The rise is part of the schedule and comes after a warm-up, if there is one as well.",
    hyperparameters: &[
        number("rise", "updates until the peak: below 1 a fraction of the run, else steps", 0.1, Range::above(0.0)),
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Vaswani and others (2017), Attention is all you need, arXiv:1706.03762",
};

/// Rises linearly, then decays with the root of time: factor = min(n/rise, √(rise/n)), n = t + 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Noam {
    /// Updates until the peak: below 1 a fraction of the run, else steps.
    pub rise: f64,
}

impl Schedule for Noam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { rise: settings.number("rise") })
    }

    fn factor(&self, clock: Clock) -> f64 {
        // The first update is at the peak, if none comes before it.
        let (rise, n) = (clock.length_in_steps(self.rise).max(1.0), clock.step as f64 + 1.0);
        (n / rise).min((rise / n).sqrt())
    }
}
