//! Decay with the root of time.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "inverse-sqrt",
    summary: "Decays with the inverse root of the number of steps.",
    formula: "factor = 1 / √(1 + t/offset)",
    conventions: "t is counted from the end of the warm-up, in steps unless clock says otherwise; the first factor is \
                  1.",
    hyperparameters: &[
        number("offset", "steps after which the rate is down to 1/√2", 1.0, Range::above(0.0)),
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Nemirovski, Juditsky, Lan, Shapiro (2009), Robust stochastic approximation, SIAM J. Optim. 19",
};

/// Decays with the inverse root of the number of steps: factor = 1 / √(1 + t/offset).
#[derive(Clone, Debug, PartialEq)]
pub struct InverseSqrt {
    /// Steps after which the rate is down to 1/√2.
    pub offset: f64,
}

impl Schedule for InverseSqrt {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { offset: settings.number("offset") })
    }

    fn factor(&self, clock: Clock) -> f64 {
        1.0 / (1.0 + clock.time() / self.offset).sqrt()
    }
}
