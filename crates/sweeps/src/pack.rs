//! Which runs are executed together.

use sgdlab_core::WIDTH;
use sgdlab_optimizers::RuleSpec;
use sgdlab_samplers::SamplerSpec;

use crate::plan::{Cell, Precision};
use crate::run::RunList;

/// The packs of a sweep: runs that share their batches and are executed as the lanes of one run.
///
/// Each is a list of positions in the list of runs.
/// Where all replicates of all runs are executed, packs are kept of the first replicates alone: the others are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackList {
    /// The runs of the packs that are kept, one pack behind the other.
    runs: Vec<u32>,
    ends: Vec<u32>,
    /// For how many packs each one stands: in the next one of them, every run is the next replicate.
    times: usize,
}

impl PackList {
    /// How many packs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len() * self.times
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The runs of a pack.
    ///
    /// # Panics
    /// If there are not as many packs.
    #[must_use]
    pub fn get(&self, pack: usize) -> Vec<usize> {
        self.kind(pack / self.times).map(|run| run + pack % self.times).collect()
    }

    /// All packs, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Vec<usize>> {
        (0..self.len()).map(|pack| self.get(pack))
    }

    /// For how many packs each of [`Self::kinds`] stands; their numbers follow each other.
    pub(crate) fn times(&self) -> usize {
        self.times
    }

    /// Of packs that are alike but for their replicates the first, as its first run and how many it has.
    pub(crate) fn kinds(&self) -> impl ExactSizeIterator<Item = (usize, usize)> {
        (0..self.ends.len()).map(|kind| (self.first(kind), self.kind(kind).len()))
    }

    /// The first run of the first pack of a kind.
    pub(crate) fn first(&self, kind: usize) -> usize {
        self.kind(kind).next().expect("no pack is empty")
    }

    fn kind(&self, kind: usize) -> impl ExactSizeIterator<Item = usize> {
        let start = if kind == 0 { 0 } else { self.ends[kind - 1] };
        self.runs[start as usize..self.ends[kind] as usize].iter().map(|&run| run as usize)
    }

    fn push(&mut self, runs: impl Iterator<Item = u32>) {
        self.runs.extend(runs);
        self.ends.push(self.runs.len() as u32);
    }
}

/// How many runs may share a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Up to 16 where the lanes stay in cache, otherwise one.
    Automatic,
    /// Always one.
    Single,
}

/// Fewer runs than this are executed one by one: unused lanes cost as much as used ones.
///
/// A pack of 16 takes as long as 1 to 4 single runs in `f32` and 2 to 6 in `f64`; with more
/// parameters, whose lanes leave the innermost caches, as 8 and 12 (measured for softmax
/// regression, logistic regression and networks on iris, breast cancer and digits).
fn fewest(double: bool, bytes: u64) -> usize {
    let few = if double { 6 } else { 4 };
    if bytes > LARGE_BYTES { 2 * few } else { few }
}

/// From here on a pack gains less.
const LARGE_BYTES: u64 = 1 << 17;

/// Lanes of a parameter vector may take this much memory, so that a handful of them stay in cache.
const LARGEST_BYTES: u64 = 1 << 20;

/// A pack's tables of gradients may take this much memory: every thread has a pack.
const LARGEST_TABLE_BYTES: u64 = 1 << 28;

/// How many numbers a run keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) parameters: u64,
    /// The table of its estimator; 0 without one.
    pub(crate) table: u64,
}

/// Groups some of the runs into packs, each of which stands for `times` ones.
///
/// Runs can share a pack if they differ only in rate and in hyperparameters of the rule that each
/// lane can have for itself; rules that ask for their gradients themselves run alone.
/// Runs whose sampler observes gradients have batches of their own, and so are alone.
pub(crate) fn packs(
    (rules, samplers): (&[RuleSpec], &[SamplerSpec]),
    (runs, some, times): (&RunList, impl ExactSizeIterator<Item = usize>, usize),
    kept: impl Fn(&Cell) -> Kept,
    packing: Packing,
) -> PackList {
    let count = some.len();
    let mut packs = PackList { runs: Vec::with_capacity(count), ends: Vec::new(), times };
    for list in grouped(rules, runs, some).chunk_by(|a, b| a.group == b.group) {
        let first = runs.cell(list[0].run as usize);
        let precision = first.precision;
        let Kept { parameters, table } = kept(&first);
        let of_pack = |numbers: u64| numbers.saturating_mul(precision.bytes() * WIDTH as u64);
        let (bytes, double) = (of_pack(parameters), precision == Precision::F64);
        let fits = bytes <= LARGEST_BYTES && of_pack(table) <= LARGEST_TABLE_BYTES;
        let alike = !samplers[first.sampler].wants().feedback;
        let rule = &rules[first.rule];
        let alike = alike && rule.can_share_pack(rule);
        let wide = packing == Packing::Automatic && alike && fits;
        for chunk in list.chunks(if wide { WIDTH } else { 1 }) {
            let members = chunk.iter().map(|member| member.run);
            if chunk.len() >= fewest(double, bytes) {
                packs.push(members);
            } else {
                members.for_each(|run| packs.push(std::iter::once(run)));
            }
        }
    }
    debug_assert_eq!(packs.runs.len(), count);
    packs
}

/// A run and the group that it may share a pack with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Member {
    /// The combination of outer axes, the class of the rule and the replicate.
    group: [u32; 3],
    run: u32,
}

/// The runs group by group: groups in the order of the plan and its replicates, runs in their own.
fn grouped(rules: &[RuleSpec], runs: &RunList, some: impl Iterator<Item = usize>) -> Vec<Member> {
    let classes = rule_classes(rules);
    let member = |position: usize| {
        let (cell, replicate) = (position / runs.replicates(), position % runs.replicates());
        let (outer, class) = (runs.cells().outer(cell), classes[runs.cell(position).rule]);
        Member { group: [outer, class, replicate].map(|number| number as u32), run: position as u32 }
    };
    let mut members: Vec<Member> = some.map(member).collect();
    members.sort_unstable();
    members
}

/// For each rule, the first one that it can share a pack with, or itself.
fn rule_classes(rules: &[RuleSpec]) -> Vec<usize> {
    let class = |rule: &RuleSpec| rules.iter().position(|first| first.can_share_pack(rule));
    rules.iter().enumerate().map(|(own, rule)| class(rule).unwrap_or(own)).collect()
}
