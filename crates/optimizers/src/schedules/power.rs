//! Decay with a power of time.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::portable::real_power;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "power",
    summary: "Decays with a power of the number of steps.",
    formula: "factor = (1 + t/offset)^−p",
    conventions: "t is counted from the end of the warm-up, in steps unless clock says otherwise, so that with offset \
                  1 update n = t + 1 has the factor n^−p; between ½ and 1 averages of the iterates converge at the \
                  best rate.",
    hyperparameters: &[
        number("p", "exponent", 0.75, Range::at_least(0.0)),
        number("offset", "steps after which the rate is down to 2^−p", 1.0, Range::above(0.0)),
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "One logarithm and one exponential.",
    reference: "Polyak, Juditsky (1992), Acceleration of stochastic approximation by averaging, SIAM J. Control Optim. 30",
};

/// Decays with a power of the number of steps: factor = (1 + t/offset)^−p.
#[derive(Clone, Debug, PartialEq)]
pub struct Power {
    /// Exponent.
    pub p: f64,
    /// Steps after which the rate is down to 2^−p.
    pub offset: f64,
}

impl Schedule for Power {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { p: settings.number("p"), offset: settings.number("offset") })
    }

    fn factor(&self, clock: Clock) -> f64 {
        1.0 / real_power(1.0 + clock.time() / self.offset, self.p)
    }
}
