//! Cosine decay.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::clock::{CLOCK, FINAL, OVER};
use super::portable::{cos_pi, real_power};
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "cosine",
    summary: "Half a cosine from the base rate down to a final fraction of it at the end of the run.",
    formula: "factor = final + (1 − final) ((1 + cos(π t/over)) / 2)^exponent",
    conventions: "t is counted from the end of the warm-up; over is the rest of the run if it is not given, so the \
                  last update is a little above final; below 1 it is a fraction of that, from 1 on a number of epochs \
                  (or of what clock says). After the end the factor stays final, or climbs again as torch's does.",
    hyperparameters: &[
        FINAL,
        OVER,
        number("exponent", "exponent of the half cosine", 1.0, Range::above(0.0)),
        Hyperparameter {
            name: "after-end",
            meaning: "what comes after over",
            domain: Domain::Choice { default: "stay", accepts: &["stay", "climb"] },
        },
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Loshchilov, Hutter (2017), SGDR: stochastic gradient descent with warm restarts, arXiv:1608.03983",
};

/// Half a cosine from the base rate down to a final fraction of it:
/// factor = final + (1 − final) ((1 + cos(π t/over)) / 2)^exponent.
#[derive(Clone, Debug, PartialEq)]
pub struct Cosine {
    /// Factor at the end.
    pub end: f64,
    /// How long it takes: below 1 a fraction of the run, else epochs; `None` is all of the run.
    pub over: Option<f64>,
    /// Exponent of the half cosine.
    pub exponent: f64,
    /// Whether the factor climbs again afterwards, with the period of twice `over`, instead of staying at the end.
    pub climbs: bool,
}

impl Schedule for Cosine {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            end: settings.number("final"),
            over: settings.optional("over"),
            exponent: settings.number("exponent"),
            climbs: settings.word("after-end") == "climb",
        })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let mut progress = clock.progress(self.over);
        let length = self.over.map_or(clock.total as f64, |over| clock.length(over));
        if self.climbs && progress == 1.0 && length > 0.0 {
            let periods = clock.step as f64 / length;
            let phase = periods - 2.0 * (0.5 * periods).floor();
            progress = phase.min(2.0 - phase);
        }
        if progress == 1.0 {
            return self.end;
        }
        self.end + (1.0 - self.end) * real_power(0.5 * (1.0 + cos_pi(progress)), self.exponent)
    }
}
