//! What is kept of rows in one stream: curves and ladders of targets of some runs, and values within budgets of all.

use std::collections::HashMap;

use sgdlab_core::Real;

use super::contest::Frame;
use super::findings::{Contest, Curve, CurvePoint, Reach, Setting};
use crate::reading::{Row, is_nothing};
use crate::runs::Status;
use crate::statistics::{Spread, Steps, ecdf, median};
use crate::table::TableError;

/// The budgets of the outlook, as shares of the longest run of a problem.
pub(super) const SHARES: [f64; 3] = [0.1, 0.3, 1.0];

/// Of rows within such a part of a decade of costs, the last is kept.
const COSTS_PER_DECADE: f64 = 48.0;

/// Values are told apart up to this part of a decade when targets are placed: 2.3 %.
const LEVELS_PER_DECADE: i32 = 100;

/// Magnitudes of values that levels reach down and up to, in decades.
const DECADES: [i32; 2] = [-18, 12];

/// The number of targets of a ladder.
const RUNGS: usize = 51;

/// A row that is kept.
#[derive(Clone, Copy, Debug)]
struct Point {
    /// The part of a decade that its cost is in.
    bin: i32,
    cost: f64,
    value: f64,
}

/// What is kept of a run.
#[derive(Clone, Debug, Default)]
struct Trace {
    points: Vec<Point>,
    /// The levels that were reached, from the easiest on, each with its cost.
    hits: Vec<(u16, f64)>,
    first: Option<(f64, f64)>,
}

/// What is kept of all rows.
pub(super) struct Traces {
    levels: Vec<f64>,
    /// The places of runs that are kept.
    slots: HashMap<u32, u32>,
    traces: Vec<Trace>,
    /// For each run, its best value within each budget.
    pub(super) within: Vec<[f64; 3]>,
    /// For each run, the budgets of its problem.
    budgets: Vec<[f64; 3]>,
    problem_of: Vec<u32>,
    seen: Vec<bool>,
}

/// Levels of values of all magnitudes, ascending: negative ones, 0, and positive ones.
fn levels() -> Vec<f64> {
    let power = |k: i32| Real::exp(f64::from(k) * std::f64::consts::LN_10 / f64::from(LEVELS_PER_DECADE));
    let positive: Vec<f64> = (DECADES[0] * LEVELS_PER_DECADE..=DECADES[1] * LEVELS_PER_DECADE).map(power).collect();
    positive.iter().rev().map(|x| -x).chain([0.0]).chain(positive.iter().copied()).collect()
}

fn bin(cost: f64) -> i32 {
    if cost > 0.0 { (Real::ln(cost) / std::f64::consts::LN_10 * COSTS_PER_DECADE).floor() as i32 } else { i32::MIN }
}

impl Traces {
    /// Streams the rows; `groups` are the combinations of each contest whose fresh runs are kept.
    pub(super) fn read(frame: &Frame<'_>, groups: &[Vec<usize>], budgets: &[[f64; 3]]) -> Result<Self, TableError> {
        let runs = frame.runs();
        let mut problem_of = vec![0; runs.len()];
        for (problem, contest) in (0..).zip(&frame.field.problems) {
            let all = contest.entrants.iter().flat_map(|entrant| &entrant.groups);
            all.flat_map(|&group| frame.field.group(group).runs.clone()).for_each(|run| problem_of[run] = problem);
        }
        let kept = groups.iter().flatten().flat_map(|&group| frame.field.group(group).runs.clone());
        let kept = kept.filter(|&run| frame.fresh.has(runs.replicate(run)));
        let slots: HashMap<u32, u32> = kept.map(|run| run as u32).zip(0..).collect();
        let mut traces = Self {
            levels: levels(),
            traces: vec![Trace::default(); slots.len()],
            slots,
            within: vec![[f64::INFINITY; 3]; runs.len()],
            budgets: budgets.to_vec(),
            problem_of,
            seen: vec![false; runs.len()],
        };
        let metric = frame.measure().metric.clone();
        let limit = frame.source.budget();
        frame.source.rows(&[&metric], &mut |row| {
            if !(row.evaluations > limit) {
                traces.add(&row);
            }
        })?;
        let expected = (0..runs.len()).filter(|&run| runs.status(run) != Status::Failed).count();
        let seen = traces.seen.iter().filter(|seen| **seen).count();
        frame.source.check_rows(seen, expected)?;
        Ok(traces)
    }

    fn add(&mut self, row: &Row<'_>) {
        let (value, cost) = (row.values[0], row.evaluations);
        self.seen[row.run] = true;
        if is_nothing(value) || is_nothing(cost) {
            return;
        }
        let budgets = self.budgets[self.problem_of[row.run] as usize];
        for (best, budget) in self.within[row.run].iter_mut().zip(budgets) {
            if cost <= budget && value < *best {
                *best = value;
            }
        }
        if let Some(&slot) = self.slots.get(&(row.run as u32)) {
            self.traces[slot as usize].add(cost, value, &self.levels);
        }
    }

    /// Adds curves and reached shares to the contests.
    pub(super) fn complete(&self, frame: &Frame<'_>, groups: &[Vec<usize>], contests: &mut [Contest]) {
        for (contest, groups) in contests.iter_mut().zip(groups) {
            let of_rule: Vec<Vec<&Trace>> = groups.iter().map(|&group| self.of_group(frame, group)).collect();
            contest.curves = contest
                .standings
                .iter()
                .zip(&of_rule)
                .map(|(standing, traces)| Curve {
                    rule: standing.rule.clone(),
                    setting: standing.setting.clone(),
                    runs: traces.len(),
                    points: curve(traces, |x| frame.measure().written(x)),
                })
                .collect();
            let ladder = self.ladder(&of_rule);
            contest.reach = contest
                .standings
                .iter()
                .zip(&of_rule)
                .map(|(standing, traces)| Reach {
                    rule: standing.rule.clone(),
                    runs: traces.len(),
                    share: reach(traces, &ladder),
                })
                .collect();
            contest.ladder = ladder.iter().map(|&level| frame.measure().written(self.levels[level as usize])).collect();
        }
    }

    fn of_group(&self, frame: &Frame<'_>, group: usize) -> Vec<&Trace> {
        let slot = |run: usize| self.slots.get(&(run as u32));
        frame.field.group(group).runs.clone().filter_map(slot).map(|&slot| &self.traces[slot as usize]).collect()
    }

    /// Levels from the median of the first values down to the best value of any run: equally far apart by ratio if all
    /// are positive, by difference otherwise.
    fn ladder(&self, of_rule: &[Vec<&Trace>]) -> Vec<u16> {
        let firsts: Vec<f64> =
            of_rule.iter().flatten().filter_map(|trace| trace.first).map(|(_, value)| value).collect();
        let high = median(&firsts);
        let hits = of_rule.iter().flatten().filter_map(|trace| trace.hits.last());
        let Some(lowest) = hits.map(|&(level, _)| level).min() else { return Vec::new() };
        let low = self.levels[lowest as usize];
        if !high.is_finite() || high <= low {
            return vec![lowest];
        }
        let rung = |k: usize| {
            let share = k as f64 / (RUNGS - 1) as f64;
            let level = if low > 0.0 {
                Real::exp((1.0 - share) * Real::ln(high) + share * Real::ln(low))
            } else {
                high + share * (low - high)
            };
            (self.levels.partition_point(|&known| known < level) as u16).max(lowest)
        };
        // The first target is below where runs begin: reaching that says nothing.
        let mut ladder: Vec<u16> = (1..RUNGS).map(rung).collect();
        ladder.dedup();
        ladder
    }
}

impl Trace {
    fn add(&mut self, cost: f64, value: f64, levels: &[f64]) {
        if self.first.is_none_or(|(first, _)| cost < first) {
            self.first = Some((cost, value));
        }
        let point = Point { bin: bin(cost), cost, value };
        // Rows mostly come in the order of their costs.
        match self.points.iter().rposition(|known| known.bin <= point.bin) {
            Some(at) if self.points[at].bin == point.bin => {
                if cost >= self.points[at].cost {
                    self.points[at] = point;
                }
            }
            at => self.points.insert(at.map_or(0, |at| at + 1), point),
        }
        let level = levels.partition_point(|&level| level < value) as u16;
        if value.is_nan() || usize::from(level) >= levels.len() {
            return;
        }
        // Hits become harder with their costs; what is neither easier to reach nor cheaper is none.
        let at = self.hits.partition_point(|&(_, known)| known <= cost);
        if at > 0 && self.hits[at - 1].0 <= level {
            return;
        }
        let harder = self.hits[at..].iter().take_while(|(known, _)| *known >= level).count();
        self.hits.splice(at..at + harder, [(level, cost)]);
    }

    /// What a level cost.
    fn cost(&self, level: u16) -> f64 {
        let at = self.hits.partition_point(|&(known, _)| known > level);
        self.hits.get(at).map_or(f64::INFINITY, |&(_, cost)| cost)
    }
}

/// Median and quartiles of the last values up to each cost at which some run has a row.
fn curve(traces: &[&Trace], written: impl Fn(f64) -> f64) -> Vec<CurvePoint> {
    let mut bins: Vec<i32> = traces.iter().flat_map(|trace| trace.points.iter().map(|point| point.bin)).collect();
    bins.sort_unstable();
    bins.dedup();
    let mut at = vec![0; traces.len()];
    let mut points = Vec::with_capacity(bins.len());
    for bin in bins {
        let (mut values, mut cost) = (Vec::with_capacity(traces.len()), 0.0_f64);
        for (trace, at) in traces.iter().zip(&mut at) {
            while trace.points.get(*at).is_some_and(|point| point.bin <= bin) {
                *at += 1;
            }
            // A run that has no row yet is not part of the point; one that has ended keeps its last value.
            let Some(last) = at.checked_sub(1).map(|last| trace.points[last]) else { continue };
            values.push(if last.value.is_nan() { f64::INFINITY } else { last.value });
            if last.bin == bin {
                cost = cost.max(last.cost);
            }
        }
        let Spread { median, q25, q75 } = Spread::of(&values);
        let (low, high) = (written(q25), written(q75));
        points.push(CurvePoint { cost, median: written(median), q25: low.min(high), q75: low.max(high) });
    }
    points
}

/// The share of runs and targets that are reached by a cost.
fn reach(traces: &[&Trace], ladder: &[u16]) -> Steps {
    let costs: Vec<f64> = traces.iter().flat_map(|trace| ladder.iter().map(|&level| trace.cost(level))).collect();
    ecdf(&costs).unwrap_or_default()
}

impl Setting {
    /// The rate and the axes that vary, for people.
    #[must_use]
    pub fn title(&self) -> String {
        if self.text.is_empty() { self.axes[7].clone() } else { format!("{} {}", self.axes[7], self.text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_the_first_costs_of_levels_in_any_order_of_rows() {
        let levels = levels();
        let rows = [(0.0, 8.0), (1.0, 4.0), (2.0, 5.0), (3.0, 1.0), (4.0, f64::NAN), (5.0, 0.5)];
        let level = |x: f64| levels.partition_point(|&level| level < x) as u16;
        let mut orders = [rows, rows];
        orders[1].reverse();
        for rows in orders {
            let mut trace = Trace::default();
            rows.iter().for_each(|&(cost, value)| trace.add(cost, value, &levels));
            let costs = [9.0, 8.0, 4.5, 4.0, 3.0, 1.0, 0.6, 0.4].map(|x| trace.cost(level(x)));
            assert_eq!(costs, [0.0, 0.0, 1.0, 1.0, 3.0, 3.0, 5.0, f64::INFINITY]);
            assert_eq!(trace.first, Some((0.0, 8.0)));
        }
    }

    #[test]
    fn what_is_kept_of_a_run_does_not_grow_with_its_rows() {
        let levels = levels();
        let mut trace = Trace::default();
        for row in 0..1_000_000 {
            trace.add(f64::from(row), 1.0 / f64::from(row + 1), &levels);
        }
        assert!(trace.points.len() <= 6 * 48 + 1, "{} points of six decades", trace.points.len());
        assert!(trace.hits.len() <= 6 * 100 + 1, "{} levels of six decades", trace.hits.len());
    }

    #[test]
    fn levels_are_ascending_and_have_all_signs() {
        let levels = levels();
        assert!(levels.windows(2).all(|pair| pair[0] < pair[1]) && levels.contains(&0.0));
        assert!(u16::try_from(levels.len()).is_ok());
    }

    #[test]
    fn curves_hold_the_last_value_up_to_each_cost() {
        let levels = levels();
        let trace = |rows: &[(f64, f64)]| {
            let mut trace = Trace::default();
            rows.iter().for_each(|&(cost, value)| trace.add(cost, value, &levels));
            trace
        };
        let [a, b] = [trace(&[(0.0, 4.0), (10.0, 2.0), (100.0, 1.0)]), trace(&[(0.0, 4.0), (20.0, f64::NAN)])];
        let points = curve(&[&a, &b], |x| x);
        let found: Vec<_> = points.iter().map(|point| (point.cost, point.median)).collect();
        let inf = f64::INFINITY;
        assert_eq!(found, [(0.0, 4.0), (10.0, 3.0), (20.0, inf), (100.0, inf)]);
        assert_eq!((points[1].q25, points[1].q75), (2.5, 3.5));
    }
}
