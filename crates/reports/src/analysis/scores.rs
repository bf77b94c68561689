//! Scores of runs, one by one and put together.

use super::findings::Scores;
use super::options::Options;
use crate::reading::is_nothing;
use crate::runs::{Group, Runs, Status};
use crate::statistics::{Interval, Spread, bca, iqm, mean, median, percentile};

/// With fewer numbers than this, no interval of a median has 95 % confidence: smallest and largest of five enclose it
/// with 1 − 2⁻⁴, of six with 1 − 2⁻⁵.
pub(super) const FEWEST: usize = 6;

/// Above this many numbers intervals of medians are those of order statistics: resampling says the same, and takes long.
const MANY: usize = 1000;

/// A column of scores, with a budget above which nothing counts as reached.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) runs: &'a Runs,
    pub(super) values: &'a [f64],
    pub(super) budget: f64,
}

impl<'a> Column<'a> {
    pub(super) fn new(runs: &'a Runs, name: &str) -> Self {
        Self { runs, values: runs.column(name).unwrap_or_default(), budget: f64::INFINITY }
    }

    /// The score of a run: +∞ if it diverged, failed, has none, or has one above the budget.
    pub(super) fn of(&self, run: usize) -> f64 {
        let x = self.values.get(run).copied().unwrap_or(f64::NAN);
        let counts = self.runs.status(run) == Status::Done && !x.is_nan() && x <= self.budget;
        if counts { x } else { f64::INFINITY }
    }

    /// The scores of some replicates of a combination.
    pub(super) fn of_group(&self, group: &Group, replicates: &Replicates) -> Vec<f64> {
        group.runs.clone().filter(|&run| replicates.has(self.runs.replicate(run))).map(|run| self.of(run)).collect()
    }

    /// The scores of some replicates of a combination, put together without an interval.
    pub(super) fn scores(&self, group: &Group, replicates: &Replicates) -> Scores {
        let runs: Vec<usize> = group.runs.clone().filter(|&run| replicates.has(self.runs.replicate(run))).collect();
        let count = |status| runs.iter().filter(|&&run| self.runs.status(run) == status).count();
        let (diverged, failed) = (count(Status::Diverged), count(Status::Failed));
        let mut each: Vec<(u32, f64)> = runs.iter().map(|&run| (self.runs.replicate(run), self.of(run))).collect();
        each.sort_by_key(|&(replicate, _)| replicate);
        Scores { diverged, failed, ..together(each) }
    }

    /// Numbers of another column where this one is reached.
    pub(super) fn number(&self, run: usize) -> f64 {
        self.values.get(run).copied().filter(|x| !is_nothing(*x)).unwrap_or(f64::NAN)
    }
}

/// Scores put together, without an interval and what became of the runs.
fn together(each: Vec<(u32, f64)>) -> Scores {
    let numbers: Vec<f64> = each.iter().map(|&(_, score)| score).collect();
    let Spread { median, q25, q75 } = Spread::of(&numbers);
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Scores {
        diverged: 0,
        failed: 0,
        finite: numbers.iter().filter(|score| score.is_finite()).count(),
        median,
        mean: mean(&numbers),
        iqm: iqm(&numbers),
        q25,
        q75,
        least,
        most,
        interval: None,
        percentile: None,
        each,
    }
}

impl Scores {
    /// The scores alone.
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        self.each.iter().map(|&(_, score)| score).collect()
    }

    /// With intervals of the median, if there are runs enough.
    pub(super) fn with_intervals(mut self, options: &Options, purpose: &str) -> Self {
        let numbers = self.numbers();
        if numbers.len() > MANY {
            (self.interval, self.percentile) = (of_order(&numbers), of_order(&numbers));
        } else if numbers.len() >= FEWEST {
            let options = options.bootstrap(purpose, numbers.len());
            self.interval = bca(&numbers, median, &options);
            self.percentile = percentile(&numbers, median, &options);
        }
        self
    }
}

/// The 95 % interval of the median of many numbers: order statistics n/2 ± 1.96 √n/2.
fn of_order(numbers: &[f64]) -> Option<Interval> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let reach = 0.98 * n.sqrt();
    let (low, high) = ((n / 2.0 - reach).floor().max(0.0) as usize, (n / 2.0 + reach).ceil() as usize);
    Some(Interval { low: *sorted.get(low)?, high: *sorted.get(high.min(sorted.len() - 1))? })
}

/// A set of replicates.
pub(super) struct Replicates(Option<std::collections::HashSet<u32>>);

impl Replicates {
    pub(super) fn all() -> Self {
        Self(None)
    }

    pub(super) fn of(replicates: &[u32]) -> Self {
        Self(Some(replicates.iter().copied().collect()))
    }

    pub(super) fn has(&self, replicate: u32) -> bool {
        self.0.as_ref().is_none_or(|set| set.contains(&replicate))
    }
}
