//! A pack of runs that share their batches and differ in where they begin and in their rates.

use sgdlab_core::streams::Key;
use sgdlab_core::{Lanes, Objective, Oracle, Settings, Value};
use sgdlab_optimizers::schedules::{self, RunSchedule, ScheduleSpec};
use sgdlab_optimizers::{Packs, RuleSpec, Sgd, Signal};
use sgdlab_samplers::BatchBuffer;

use super::sampler::sampler;

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) start: Vec<f64>,
    /// What the schedule's factor is multiplied by.
    pub(crate) rate: f64,
    pub(crate) schedule: ScheduleSpec,
}

/// At most `N` runs of plain SGD with the same batches.
pub(crate) struct Pack<'a, R: Packs<N>, const N: usize> {
    pub(crate) objective: &'a dyn Objective<R, N>,
    pub(crate) lanes: Vec<Lane>,
    /// A sampler of the catalogue at its defaults.
    pub(crate) sampler: &'a str,
    pub(crate) batch: usize,
    pub(crate) steps: u64,
    pub(crate) key: Key,
}

impl<R: Packs<N>, const N: usize> Pack<'_, R, N> {
    /// Where the runs end; `watch` sees them before each step.
    ///
    /// # Panics
    /// If there are no lanes or more than `N`.
    pub(crate) fn run(&self, mut watch: impl FnMut(u64, &[Lanes<R, N>])) -> Vec<Lanes<R, N>> {
        assert!((1..=N).contains(&self.lanes.len()), "1 to {N} lanes");
        let terms = self.objective.terms();
        let mut sampler = sampler(self.sampler, terms, self.batch, self.key);
        let mut buffer = BatchBuffer::with_capacity(self.batch);
        let mut oracle = Oracle::new(self.objective, self.batch);
        let rules: [RuleSpec; N] = std::array::from_fn(|_| Sgd::default().into());
        let mut rule = RuleSpec::bind::<R, N>(&rules, self.objective.layout());
        // Lanes that are left over repeat the first.
        let lane = |l: usize| self.lanes.get(l).unwrap_or(&self.lanes[0]);
        let per_epoch = (terms / self.batch).max(1) as u64;
        let schedules: [RunSchedule<'_>; N] =
            std::array::from_fn(|l| lane(l).schedule.of_run(self.steps, per_epoch, self.batch as u64));
        let point = |j: usize| std::array::from_fn(|l| R::of(lane(l).start[j]));
        let mut at: Vec<Lanes<R, N>> = (0..self.objective.layout().size()).map(point).collect();
        let mut gradient = vec![[R::ZERO; N]; at.len()];
        for step in 0..self.steps {
            watch(step, &at);
            sampler.fill(step, &mut buffer);
            oracle.gradient(&at, buffer.batch(), &mut gradient);
            let rates = std::array::from_fn(|l| lane(l).rate * schedules[l].factor(step));
            rule.update(&mut at, Signal::of(&gradient), &rates);
        }
        at
    }
}

/// The parameters of one lane.
pub(crate) fn lane<R: Copy, const N: usize>(at: &[Lanes<R, N>], lane: usize) -> Vec<R> {
    at.iter().map(|x| x[lane]).collect()
}

/// Settings of a schedule.
///
/// # Panics
/// If there is none: it is written in this crate.
pub(crate) fn schedule<'a>(name: &str, given: impl IntoIterator<Item = (&'a str, Value)>) -> Settings {
    let entry = schedules::entries().into_iter().find(|entry| entry.name == name).expect("a schedule");
    Settings::new(entry, given).expect("settings of the schedule")
}

/// The product of schedules.
pub(crate) fn chained(schedules: Vec<Settings>) -> ScheduleSpec {
    spec(&schedule("chained", [("schedules", Value::Items(schedules))]))
}

/// A schedule with these settings.
pub(crate) fn spec(settings: &Settings) -> ScheduleSpec {
    ScheduleSpec::new(settings).expect("a schedule of this crate")
}
