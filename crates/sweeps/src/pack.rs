//! Which runs are executed together.

use sgdlab_core::{NARROW, WIDTH};
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
    /// Up to 16 or 4 where the lanes stay in cache, otherwise one.
    Automatic,
    /// Always one.
    Single,
}

/// Lanes of a wide pack's parameter vector may take this much memory, so that a handful of them stay in the innermost
/// cache: it takes as long as one to two narrow packs then, and as four beyond.
const WIDE_BYTES: u64 = 1 << 15;

/// The same of a narrow pack and the next cache; beyond, a pack is no faster than its runs one by one.
const NARROW_BYTES: u64 = 1 << 19;

/// A pack's tables of gradients may take this much memory: every thread has a pack.
const LARGEST_TABLE_BYTES: u64 = 1 << 28;

/// How many numbers a run keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) parameters: u64,
    /// The table of its estimator; 0 without one.
    pub(crate) table: u64,
}

/// The lanes that so many runs are executed in.
pub(crate) fn lanes_of(runs: usize) -> usize {
    match runs {
        0 | 1 => 1,
        2..=NARROW => NARROW,
        _ => WIDTH,
    }
}

/// The most lanes that stay in cache.
fn most_lanes(precision: Precision, kept: Kept) -> usize {
    let bytes = |numbers: u64, lanes: usize| numbers.saturating_mul(precision.bytes() * lanes as u64);
    let fits = |(lanes, most): (usize, u64)| {
        bytes(kept.parameters, lanes) <= most && bytes(kept.table, lanes) <= LARGEST_TABLE_BYTES
    };
    [(WIDTH, WIDE_BYTES), (NARROW, NARROW_BYTES)].into_iter().find(|&of| fits(of)).map_or(1, |(lanes, _)| lanes)
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
        let alike = !samplers[first.sampler].wants().feedback;
        let rule = &rules[first.rule];
        let alike = alike && rule.can_share_pack(rule);
        let most = if packing == Packing::Automatic && alike { most_lanes(first.precision, kept(&first)) } else { 1 };
        let mut rest = list;
        while !rest.is_empty() {
            let lanes = lanes_of(rest.len()).min(most);
            let (members, after) = rest.split_at(lanes.min(rest.len()));
            packs.push(members.iter().map(|member| member.run));
            rest = after;
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
