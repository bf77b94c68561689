//! Decay at given times.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::portable::power;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "multi-step",
    summary: "Multiplies the rate by gamma at every milestone.",
    formula: "factor = gamma^|{m in milestones: m ≤ t}|",
    conventions: "t is counted from the end of the warm-up; a milestone below 1 is a fraction of what the warm-up \
                  leaves of the run, from 1 on a number of epochs (or of what clock says); a milestone that is given \
                  twice counts twice.",
    hyperparameters: &[
        number("gamma", "what the rate is multiplied by", 0.1, Range::above(0.0)),
        Hyperparameter {
            name: "milestones",
            meaning: "when: below 1 a fraction of the run, else epochs",
            domain: Domain::Numbers { default: &[0.5, 0.75], range: Range::at_least(0.0) },
        },
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "One comparison a milestone.",
    reference: "He, Zhang, Ren, Sun (2016), Deep residual learning for image recognition, arXiv:1512.03385",
};

/// Multiplies the rate by gamma at every milestone: factor = gamma^|{m in milestones: m ≤ t}|.
#[derive(Clone, Debug, PartialEq)]
pub struct MultiStep {
    /// What the rate is multiplied by.
    pub gamma: f64,
    /// When: below 1 a fraction of the run, else a number of epochs.
    pub milestones: Vec<f64>,
}

impl Schedule for MultiStep {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { gamma: settings.number("gamma"), milestones: settings.numbers("milestones").to_vec() })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let past = self.milestones.iter().filter(|&&milestone| clock.is_past(milestone)).count();
        power(self.gamma, past as u64)
    }
}
