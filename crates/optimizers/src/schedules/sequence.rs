//! Schedules one after the other.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::piecewise_constant::BOUNDARIES;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule, ScheduleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "sequence",
    summary: "Several schedules, one after the other.",
    formula: "factor = factor of schedules_i at t − boundaries_{i−1}, boundaries_{i−1} ≤ t < boundaries_i",
    conventions: "Every schedule has a clock of its own, which starts when it does, and for which the run lasts until \
                  the next boundary: fractions are of that. All multiply the same base rate. t is counted from the end \
                  of the warm-up; a boundary below 1 is a fraction of what the warm-up leaves of the run, from 1 on a \
                  number of epochs unless clock says otherwise; clock is not that of the schedules, which have their \
                  own.",
    hyperparameters: &[
        Hyperparameter {
            name: "schedules",
            meaning: "the schedules, in order",
            domain: Domain::Items { default: &["constant", "cosine"], catalogue: super::entries },
        },
        Hyperparameter {
            meaning: "when the next schedule begins, in order, one fewer than schedules: below 1 a fraction of the \
                      run, else epochs",
            domain: Domain::Numbers { default: &[0.5], range: Range::at_least(0.0) },
            ..BOUNDARIES
        },
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "One comparison a boundary.",
    reference: "Goyal and others (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour, arXiv:1706.02677",
};

/// Several schedules, each on a clock that starts when it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    schedules: Vec<ScheduleSpec>,
    boundaries: Vec<f64>,
}

/// The schedules that settings list.
pub(super) fn schedules(settings: &Settings) -> Result<Vec<ScheduleSpec>, Invalid> {
    settings.items("schedules").iter().map(ScheduleSpec::new).collect()
}

impl Schedule for Sequence {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let (schedules, boundaries) = (schedules(settings)?, settings.numbers("boundaries").to_vec());
        if boundaries.len() + 1 != schedules.len() {
            let accepts = format!("one number fewer than there are schedules, which are {}", schedules.len());
            return Err(Invalid::new("boundaries", format!("{boundaries:?}"), accepts));
        }
        // A fraction and a number of epochs are not comparable without the run.
        let falls = |pair: &[f64]| pair[0] > pair[1] && (pair[0] < 1.0) == (pair[1] < 1.0);
        if boundaries.windows(2).any(falls) {
            return Err(Invalid::new("boundaries", format!("{boundaries:?}"), "numbers in ascending order"));
        }
        Ok(Self { schedules, boundaries })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let past = self.boundaries.iter().filter(|&&boundary| clock.is_past(boundary)).count();
        let start = |i: usize| self.boundaries.get(i).map_or(clock.total, |&boundary| clock.first_step(boundary));
        let begin = past.checked_sub(1).map_or(0, start);
        let length = start(past).saturating_sub(begin);
        self.schedules[past].of_run(length, clock.per_epoch, clock.batch).factor(clock.step.saturating_sub(begin))
    }
}
