//! Cosine decay.

use sgdlab_core::{Entry, Invalid, Range, Settings};

use super::portable::cos_pi;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "cosine",
    summary: "Half a cosine from the base rate down to a final fraction of it at the end of the run.",
    formula: "factor = final + (1 − final) (1 + cos(π t/T)) / 2",
    conventions: "t and T are counted from the end of the warm-up; T is the rest of the run, so the last update, T − 1, \
                  is a little above final. After the end the factor stays final.",
    hyperparameters: &[number("final", "factor at the end", 0.0, Range::closed(0.0, 1.0)), WARMUP, WARMUP_START],
    dialects: &[],
    cost: "Nothing.",
    reference: "Loshchilov, Hutter (2017), SGDR: stochastic gradient descent with warm restarts, arXiv:1608.03983",
};

/// Half a cosine from the base rate down to a final fraction of it:
/// factor = final + (1 − final) (1 + cos(π t/T)) / 2, and final from T on.
#[derive(Clone, Debug, PartialEq)]
pub struct Cosine {
    /// Factor at the end.
    pub end: f64,
}

impl Schedule for Cosine {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { end: settings.number("final") })
    }

    fn factor(&self, clock: Clock) -> f64 {
        if clock.step >= clock.total {
            return self.end;
        }
        let progress = clock.step as f64 / clock.total as f64;
        self.end + (1.0 - self.end) * (0.5 * (1.0 + cos_pi(progress)))
    }
}
