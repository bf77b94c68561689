//! The product of schedules.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Settings};

use super::clock::CLOCK;
use super::sequence::schedules;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule, ScheduleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "chained",
    summary: "The product of several schedules.",
    formula: "factor = factor of schedules_1 · … · factor of schedules_k, all at t",
    conventions: "t is counted in steps from the end of the warm-up, and for all schedules the run is what the warm-up \
                  leaves of it; each has a clock and a warm-up of its own besides.",
    hyperparameters: &[
        Hyperparameter {
            name: "schedules",
            meaning: "the schedules",
            domain: Domain::Items { default: &["exponential", "cosine"], catalogue: super::entries },
        },
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "That of the schedules.",
    reference: "Loshchilov, Hutter (2017), SGDR: stochastic gradient descent with warm restarts, arXiv:1608.03983 \
                (restarts whose height decays)",
};

/// The product of several schedules.
#[derive(Clone, Debug, PartialEq)]
pub struct Chained {
    schedules: Vec<ScheduleSpec>,
}

impl Schedule for Chained {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { schedules: schedules(settings)? })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let factor =
            |schedule: &ScheduleSpec| schedule.of_run(clock.total, clock.per_epoch, clock.batch).factor(clock.step);
        self.schedules.iter().map(factor).fold(1.0, |product, factor| product * factor)
    }
}
