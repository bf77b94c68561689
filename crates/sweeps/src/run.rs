//! One run: a cell and a replicate, and its keys.

use std::fmt;

use rayon::prelude::*;
use sgdlab_core::Value;
use sgdlab_core::streams::Key;

use crate::plan::{Budget, Cell, CellList, Choice, Log, Plan};

/// Changes whenever the meaning of a configuration, or a number that comes out of it, changes.
pub const SCHEMA: u32 = 4;

/// One run of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// Its position in the plan's order.
    pub position: usize,
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
        self.key.id()
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

    /// The key of these bits.
    pub(crate) fn of_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// How tables call its run.
    pub(crate) fn id(self) -> RunId {
        RunId((self.0 >> 64) as u64)
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
pub struct RunId(pub(crate) u64);

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

/// The runs of a plan in its order: each is computed from its position, so that a million of them take no memory.
#[derive(Clone, Debug)]
pub struct RunList {
    cells: CellList,
    replicates: usize,
    texts: Texts,
}

impl RunList {
    /// All runs of a plan; `data` identifies the data of each problem.
    #[must_use]
    pub fn new(plan: &Plan, data: &[String]) -> Self {
        Self { cells: plan.cells(), replicates: plan.replicates as usize, texts: Texts::new(plan, data) }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len() * self.replicates
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The run at a position.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn get(&self, position: usize) -> Run {
        let (cell, replicate) = (self.cell(position), position % self.replicates);
        self.run(position, cell, keyed(self.texts.of_cell(&cell), replicate))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Run> {
        self.walk(0)
    }

    /// The cell of the run at a position.
    pub(crate) fn cell(&self, position: usize) -> Cell {
        self.cells.get(position / self.replicates)
    }

    /// The combinations, each of which has all replicates.
    pub(crate) fn cells(&self) -> &CellList {
        &self.cells
    }

    /// Runs of each combination.
    pub(crate) fn replicates(&self) -> usize {
        self.replicates
    }

    /// Does something with every run on all threads, each of which has a piece of `results` for it.
    pub(crate) fn map_into<T: Send>(&self, results: &mut [T], map: impl Fn(&Run) -> T + Sync) {
        results.par_chunks_mut(PIECE).enumerate().for_each(|(piece, results)| {
            results.iter_mut().zip(self.walk(piece * PIECE)).for_each(|(result, run)| *result = map(&run));
        });
    }

    /// The runs from a position on; what the replicates of a cell share is hashed once.
    fn walk(&self, start: usize) -> impl Iterator<Item = Run> {
        let mut shared: Option<(usize, Cell, blake3::Hasher)> = None;
        (start..self.len()).map(move |position| {
            let (number, replicate) = (position / self.replicates, position % self.replicates);
            if shared.as_ref().is_none_or(|(known, ..)| *known != number) {
                let cell = self.cells.get(number);
                shared = Some((number, cell, self.texts.of_cell(&cell)));
            }
            let (_, cell, hasher) = shared.as_ref().expect("it was set");
            self.run(position, *cell, keyed(hasher.clone(), replicate))
        })
    }

    fn run(&self, position: usize, cell: Cell, key: RunKey) -> Run {
        Run { position, cell, replicate: (position % self.replicates) as u32, key }
    }
}

/// The key of a replicate, by what is hashed of its cell.
fn keyed(mut of_cell: blake3::Hasher, replicate: usize) -> RunKey {
    RunKey::of(&of_cell.update(format!("; replicate {replicate}").as_bytes()).finalize())
}

/// Runs are gone through in pieces of this many.
const PIECE: usize = 1 << 12;

/// What keys are hashes of, item by item.
#[derive(Clone, Debug)]
struct Texts {
    /// Of what all runs share.
    shared: blake3::Hasher,
    problems: Vec<String>,
    samplers: Vec<String>,
    estimators: Vec<String>,
    schedules: Vec<String>,
    rules: Vec<String>,
}

impl Texts {
    fn new(plan: &Plan, data: &[String]) -> Self {
        let mut shared = blake3::Hasher::new();
        shared.update(shared_text(plan).as_bytes());
        let problem = |(choice, data): (&Choice, &String)| {
            format!("{} on {data}", choice.settings.without("data").without("labels"))
        };
        let texts = |list: &[Choice]| list.iter().map(|choice| choice.settings.to_string()).collect();
        Self {
            shared,
            problems: plan.problems.iter().zip(data).map(problem).collect(),
            samplers: (0..plan.samplers.len()).map(|sampler| sampler_text(plan, sampler)).collect(),
            estimators: texts(&plan.estimators),
            schedules: texts(&plan.schedules),
            rules: plan.rules.iter().map(|rule| rule.settings.to_string()).collect(),
        }
    }

    /// The hash of what the replicates of a cell share.
    fn of_cell(&self, cell: &Cell) -> blake3::Hasher {
        let text = format!(
            "{}; {}; {} of {}; {}; {}; {} at {:?}",
            self.problems[cell.problem],
            cell.precision.name(),
            self.samplers[cell.sampler],
            cell.batch_size,
            self.estimators[cell.estimator],
            self.schedules[cell.schedule],
            self.rules[cell.rule],
            cell.rate
        );
        let mut hasher = self.shared.clone();
        hasher.update(text.as_bytes());
        hasher
    }
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

/// A sampler, as keys know it: an order in memory goes without saying, as it did before there was another.
fn sampler_text(plan: &Plan, sampler: usize) -> String {
    let settings = &plan.samplers[sampler].settings;
    let in_memory = |(name, value): &(&str, Value)| *name == "order" && *value == Value::Word("memory".to_owned());
    if settings.values().iter().any(in_memory) { settings.without("order").to_string() } else { settings.to_string() }
}

/// The key of a run's batches: it depends on the data, not on what is made of it.
///
/// Batches are a function of this key, and of the objective where the sampler asks for norms or smoothness,
/// and of the gradients of the run where it observes them.
pub(crate) fn sampler_key(plan: &Plan, (cell, replicate): (&Cell, u32), data: &[String]) -> Key {
    Key::new("batches").child(&format!(
        "{}; {} of {}; replicate {}",
        data[cell.problem],
        sampler_text(plan, cell.sampler),
        cell.batch_size,
        replicate
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
