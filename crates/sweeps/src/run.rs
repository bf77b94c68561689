//! One run: a cell and a replicate, and its keys.

use std::fmt;

use rayon::prelude::*;
use sgdlab_core::Value;
use sgdlab_core::streams::Key;

use crate::plan::{Budget, Cell, Log, Plan};

/// Changes whenever the meaning of a configuration, or a number that comes out of it, changes.
pub const SCHEMA: u32 = 3;

/// One run of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its combination.
    pub cell: Cell,
    /// Which replicate.
    pub replicate: u32,
    /// What its rows depend on.
    pub key: RunKey,
}

impl Run {
    /// How tables call it: the first 16 digits of its key.
    #[must_use]
    pub fn id(&self) -> RunId {
        RunId((self.key.0 >> 64) as u64)
    }
}

/// 128 bits of a hash of everything that the rows of a run depend on; written with 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunKey(u128);

impl RunKey {
    /// The bits.
    pub(crate) fn bits(self) -> u128 {
        self.0
    }

    fn of(hash: &blake3::Hash) -> Self {
        let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
        Self(u128::from_be_bytes(*first))
    }
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The first half of a [`RunKey`], which is what tables call a run; written with 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(u64);

impl RunId {
    /// Its digits as text.
    pub(crate) fn digits(self) -> [u8; 16] {
        std::array::from_fn(|digit| b"0123456789abcdef"[(self.0 >> (60 - 4 * digit)) as usize & 15])
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// All runs of a plan in its order; `data` identifies the data of each problem.
#[must_use]
pub fn runs(plan: &Plan, data: &[String]) -> Vec<Run> {
    let mut of_plan = blake3::Hasher::new();
    of_plan.update(shared_text(plan).as_bytes());
    let cells = plan.cells();
    let replicates = plan.replicates as usize;
    // In place: collecting lists of unknown lengths would take twice the memory.
    let unset = |cell: &Cell| std::iter::repeat_n(Run { cell: *cell, replicate: 0, key: RunKey(0) }, replicates);
    let mut runs = Vec::with_capacity(cells.len() * replicates);
    runs.extend(cells.iter().flat_map(unset));
    runs.par_chunks_mut(replicates).for_each(|of_cell| {
        let mut shared = of_plan.clone();
        shared.update(cell_text(plan, &of_cell[0].cell, data).as_bytes());
        for (replicate, run) in (0..).zip(of_cell) {
            let hash = shared.clone().update(format!("; replicate {replicate}").as_bytes()).finalize();
            (run.replicate, run.key) = (replicate, RunKey::of(&hash));
        }
    });
    runs
}

/// What the rows of all runs of a plan depend on.
fn shared_text(plan: &Plan) -> String {
    let budget = match plan.budget {
        Budget::Epochs(epochs) => format!("{epochs:?} epochs"),
        Budget::Steps(steps) => format!("{steps} steps"),
        Budget::Evaluations(evaluations) => format!("{evaluations} evaluations"),
    };
    let log = match plan.log {
        Log::PerDecade(count) => format!("{count} per decade"),
        Log::EverySteps(every) => format!("every {every} steps"),
        Log::EveryEpochs(every) => format!("every {every:?} epochs"),
    };
    let metrics: Vec<&str> = plan.metrics.iter().map(|metric| metric.name()).collect();
    let targets = (plan.targets.metric.name(), &plan.targets.values);
    format!("schema {SCHEMA}; {budget}; {log}; {metrics:?}; {targets:?}; parameters {}; ", plan.parameters)
}

fn cell_text(plan: &Plan, cell: &Cell, data: &[String]) -> String {
    format!(
        "{} on {}; {}; {} of {}; {}; {}; {} at {:?}",
        plan.problems[cell.problem].settings.without("data").without("labels"),
        data[cell.problem],
        cell.precision.name(),
        sampler_text(plan, cell),
        cell.batch_size,
        plan.estimators[cell.estimator].settings,
        plan.schedules[cell.schedule].settings,
        plan.rules[cell.rule].settings,
        cell.rate
    )
}

/// A cell's sampler, as keys know it: an order in memory goes without saying, as it did before there was another.
fn sampler_text(plan: &Plan, cell: &Cell) -> String {
    let settings = &plan.samplers[cell.sampler].settings;
    let in_memory = |(name, value): &(&str, Value)| *name == "order" && *value == Value::Word("memory".to_owned());
    if settings.values().iter().any(in_memory) { settings.without("order").to_string() } else { settings.to_string() }
}

/// The key of a run's batches: it depends on the data, not on what is made of it.
///
/// Batches are a function of this key, and of the objective where the sampler asks for norms or smoothness,
/// and of the gradients of the run where it observes them.
pub(crate) fn sampler_key(plan: &Plan, run: &Run, data: &[String]) -> Key {
    let cell = &run.cell;
    Key::new("batches").child(&format!(
        "{}; {} of {}; replicate {}",
        data[cell.problem],
        sampler_text(plan, cell),
        cell.batch_size,
        run.replicate
    ))
}

/// The key of the random numbers that update rules draw in a replicate.
pub(crate) fn rule_key(replicate: u32) -> Key {
    Key::new("rule").child(&format!("replicate {replicate}"))
}

/// The key of what estimators draw: coins and samples are shared by all runs of a replicate.
pub(crate) fn estimator_key(replicate: u32) -> Key {
    Key::new("estimator").child(&format!("replicate {replicate}"))
}

/// The key of the random vectors that the Hessian is multiplied by: measuring draws from no other stream.
pub(crate) fn curvature_key(replicate: u32) -> Key {
    Key::new("curvature").child(&format!("replicate {replicate}"))
}

/// The key of a replicate's initial points.
pub(crate) fn initial_key(replicate: u32) -> Key {
    Key::new("initial point").child(&format!("replicate {replicate}"))
}
