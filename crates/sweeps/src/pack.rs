//! Which runs are executed together.

use std::collections::HashMap;

use sgdlab_core::WIDTH;
use sgdlab_optimizers::RuleSpec;
use sgdlab_samplers::SamplerSpec;

use crate::plan::Precision;
use crate::run::Run;

/// Runs that share their batches and are executed as the lanes of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackPlan {
    /// Positions in the list of runs.
    pub runs: Vec<usize>,
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

/// Groups runs into packs, in the order of each pack's first run.
///
/// Runs can share a pack if they differ only in rate and in hyperparameters of the rule that each
/// lane can have for itself; rules that ask for their gradients themselves run alone.
/// Runs whose sampler observes gradients have batches of their own, and so are alone.
pub(crate) fn packs(
    (rules, samplers): (&[RuleSpec], &[SamplerSpec]),
    runs: &[Run],
    kept: impl Fn(&Run) -> Kept,
    packing: Packing,
) -> Vec<PackPlan> {
    let classes = rule_classes(rules);
    let mut groups: HashMap<_, usize> = HashMap::new();
    let mut lists: Vec<Vec<usize>> = Vec::new();
    for (position, run) in runs.iter().enumerate() {
        let c = &run.cell;
        let shared = (c.problem, c.precision, c.sampler, c.batch_size, c.estimator, c.schedule);
        let next = lists.len();
        let list = *groups.entry((shared, run.replicate, classes[c.rule])).or_insert(next);
        if list == next {
            lists.push(Vec::new());
        }
        lists[list].push(position);
    }
    let mut packs = Vec::new();
    for list in lists {
        let first = &runs[list[0]];
        let precision = first.cell.precision;
        let Kept { parameters, table } = kept(first);
        let of_pack = |numbers: u64| numbers.saturating_mul(precision.bytes() * WIDTH as u64);
        let (bytes, double) = (of_pack(parameters), precision == Precision::F64);
        let fits = bytes <= LARGEST_BYTES && of_pack(table) <= LARGEST_TABLE_BYTES;
        let alike = !samplers[first.cell.sampler].wants().feedback;
        let rule = &rules[first.cell.rule];
        let alike = alike && rule.can_share_pack(rule);
        let wide = packing == Packing::Automatic && alike && fits;
        for chunk in list.chunks(if wide { WIDTH } else { 1 }) {
            if chunk.len() >= fewest(double, bytes) {
                packs.push(PackPlan { runs: chunk.to_vec() });
            } else {
                packs.extend(chunk.iter().map(|&run| PackPlan { runs: vec![run] }));
            }
        }
    }
    debug_assert_eq!(packs.iter().map(|pack| pack.runs.len()).sum::<usize>(), runs.len());
    packs
}

/// For each rule, the first one that it can share a pack with, or itself.
fn rule_classes(rules: &[RuleSpec]) -> Vec<usize> {
    let class = |rule: &RuleSpec| rules.iter().position(|first| first.can_share_pack(rule));
    rules.iter().enumerate().map(|(own, rule)| class(rule).unwrap_or(own)).collect()
}
