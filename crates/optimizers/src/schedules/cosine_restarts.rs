//! Cosine decay with warm restarts.

use sgdlab_core::{Entry, Invalid, Range, Real, Settings};

use super::clock::{CLOCK, FINAL};
use super::portable::{cos_pi, power};
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "cosine-restarts",
    summary: "Half a cosine down to a final fraction of the base rate, again and again, each longer than the last.",
    formula: "factor = final + (1 − final) (1 + cos(π (t − start_i)/period_i)) / 2, period_i = period · growth^i, \
              start_i = period_0 + … + period_{i−1} ≤ t",
    conventions: "t is counted from the end of the warm-up, in steps, and i is the last period that has begun; period \
                  below 1 is a fraction of what the warm-up leaves of the run, from 1 on a number of epochs (or of \
                  what clock says). A restart is at the base rate; the warm-up is not repeated.",
    hyperparameters: &[
        number("period", "first period: below 1 a fraction of the run, else epochs", 0.25, Range::above(0.0)),
        number("growth", "how many times longer every period is than the last", 1.0, Range::at_least(1.0)),
        FINAL,
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "One logarithm.",
    reference: "Loshchilov, Hutter (2017), SGDR: stochastic gradient descent with warm restarts, arXiv:1608.03983",
};

/// Half a cosine again and again: factor = final + (1 − final) (1 + cos(π (t − start_i)/period_i)) / 2.
#[derive(Clone, Debug, PartialEq)]
pub struct CosineRestarts {
    /// First period: below 1 a fraction of the run, else a number of epochs.
    pub period: f64,
    /// How many times longer every period is than the last.
    pub growth: f64,
    /// Factor at the end of every period.
    pub end: f64,
}

impl CosineRestarts {
    /// In units of the first period: when period `i` begins.
    fn start(&self, i: u64) -> f64 {
        if self.growth == 1.0 { i as f64 } else { (power(self.growth, i) - 1.0) / (self.growth - 1.0) }
    }

    /// The period in which `time` lies, in units of the first one.
    fn index(&self, time: f64) -> u64 {
        // A restart is not missed because of rounding.
        let time = time + 1e-9;
        if self.growth == 1.0 {
            return time as u64;
        }
        let i = (Real::ln(1.0 + time * (self.growth - 1.0)) / Real::ln(self.growth)) as u64;
        // The quotient of logarithms may be off by rounding.
        if self.start(i) > time {
            i - 1
        } else if self.start(i + 1) <= time {
            i + 1
        } else {
            i
        }
    }
}

impl Schedule for CosineRestarts {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let [period, growth, end] = ["period", "growth", "final"].map(|name| settings.number(name));
        Ok(Self { period, growth, end })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let time = clock.periods(self.period);
        let i = self.index(time);
        let progress = ((time - self.start(i)) / power(self.growth, i)).clamp(0.0, 1.0);
        self.end + (1.0 - self.end) * (0.5 * (1.0 + cos_pi(progress)))
    }
}
