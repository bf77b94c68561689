//! The rules on one problem: settings chosen, scored, and ranked.

use std::collections::HashMap;

use rayon::prelude::*;

use super::field::{Entrant, Field, Problem, choose};
use super::findings::{Combination, Contest, Costs, Criterion, Scores, Sensitivity, Standing};
use super::options::Options;
use super::scores::{Column, Replicates};
use crate::GOOD;
use crate::reading::{Measure, Source};
use crate::runs::{Group, Runs};
use crate::statistics::{
    Attempt, Draw, GoodRange, WinnersCurse, art, expected_best, good_range, median, quantile_of_best, ranks,
};

/// What a comparison needs everywhere.
pub(super) struct Frame<'a> {
    pub(super) source: &'a Source,
    pub(super) field: &'a Field<'a>,
    pub(super) options: &'a Options,
    pub(super) tuning: Replicates,
    pub(super) fresh: Replicates,
    pub(super) honest: bool,
}

impl<'a> Frame<'a> {
    pub(super) fn runs(&self) -> &'a Runs {
        self.field.runs
    }

    pub(super) fn measure(&self) -> &'a Measure {
        &self.source.measure
    }

    /// The last values of the metric, which decide where costs do not.
    pub(super) fn finals(&self) -> Column<'a> {
        Column::new(self.runs(), &format!("final_{}", self.measure().metric))
    }

    /// The combination that is chosen on the tuning replicates, or on all if it has none of them.
    pub(super) fn choose(&self, groups: &[usize], scores: &Column<'_>) -> Option<usize> {
        choose(self.field, groups, scores, &self.finals(), &self.tuning)
            .or_else(|| choose(self.field, groups, scores, &self.finals(), &Replicates::all()))
    }
}

/// The hardest target that some combination reaches in the median over all replicates; otherwise the last value.
pub(super) fn criterion(frame: &Frame<'_>, problem: &Problem) -> Criterion {
    let measure = frame.measure();
    for target in measure.targets.iter().rev() {
        let column = measure.column(target);
        let scores = Column::new(frame.runs(), &column);
        let groups = || problem.entrants.iter().flat_map(|entrant| &entrant.groups);
        let reached =
            |&group: &usize| median(&scores.of_group(frame.field.group(group), &Replicates::all())).is_finite();
        if groups().any(reached) {
            let sign = if measure.maximize { "≥" } else { "≤" };
            let title = format!("{} until {} {sign} {}", measure.unit, measure.metric, target.text);
            return Criterion { target: Some(target.clone()), column, title, ratio: true };
        }
    }
    let column = format!("final_{}", measure.metric);
    Criterion { target: None, title: format!("final {}", measure.metric), column, ratio: false }
}

/// Ranks the rules of a problem; curves and reach are added later.
pub(super) fn contest(frame: &Frame<'_>, problem: &Problem) -> (Contest, Vec<usize>) {
    let mut criterion = criterion(frame, problem);
    let scores = Column::new(frame.runs(), &criterion.column);
    let mut found: Vec<(Standing, Sensitivity, usize)> = Vec::new();
    for entrant in &problem.entrants {
        let Some(group) = frame.choose(&entrant.groups, &scores) else { continue };
        let standing = standing(frame, problem, entrant, &criterion, group);
        let sensitivity = sensitivity(frame, problem, entrant, &scores, group);
        found.push((standing, sensitivity, group));
    }
    let key = |standing: &Standing| {
        let Scores { median, finite, q75, .. } = standing.fresh;
        let unreached = 1.0 - finite as f64 / standing.fresh.runs().max(1) as f64;
        // No fresh replicates at all come last.
        [if median.is_nan() { f64::INFINITY } else { median }, unreached, q75]
    };
    found.sort_by(|a, b| key(&a.0).partial_cmp(&key(&b.0)).unwrap_or(std::cmp::Ordering::Equal));
    let medians: Vec<f64> = found.iter().map(|(standing, ..)| key(standing)[0]).collect();
    let places = ranks(&medians).unwrap_or_else(|| (1..=medians.len()).map(|place| place as f64).collect());
    found.iter_mut().zip(places).for_each(|((standing, ..), place)| standing.place = place);
    if criterion.target.is_none() {
        let all = found.iter().flat_map(|(standing, ..)| &standing.fresh.each);
        criterion.ratio = !frame.measure().maximize && all.into_iter().all(|&(_, score)| score > 0.0);
    }
    let groups = found.iter().map(|(.., group)| *group).collect();
    let (standings, sensitivity) = found.into_iter().map(|(standing, sensitivity, _)| (standing, sensitivity)).unzip();
    let contest = Contest {
        problem: frame.runs().word(0, problem.number).to_owned(),
        criterion,
        varies: frame.field.varies(problem),
        standings,
        sensitivity,
        curves: Vec::new(),
        reach: Vec::new(),
        ladder: Vec::new(),
    };
    (contest, groups)
}

fn standing(frame: &Frame<'_>, problem: &Problem, entrant: &Entrant, criterion: &Criterion, group: usize) -> Standing {
    let runs = frame.runs();
    let rule = runs.word(6, entrant.rule).to_owned();
    let scores = Column::new(runs, &criterion.column);
    let of = |group: usize, replicates: &Replicates| scores.scores(frame.field.group(group), replicates);
    let purpose = format!("{} {rule}", runs.word(0, problem.number));
    let fresh = of(group, &frame.fresh).with_intervals(frame.options, &purpose);
    let tuning = of(group, &frame.tuning);
    let position = entrant.groups.iter().position(|&known| known == group).unwrap_or(0);
    let curse = WinnersCurse { best: position, tuned: tuning.median, fresh: fresh.median };
    let same = same_block(frame, entrant, group);
    let rates: Vec<f64> = same.iter().map(|&(rate, _)| rate).collect();
    let sum = |count: fn(&Group) -> usize| -> usize {
        entrant.groups.iter().map(|&group| count(frame.field.group(group))).sum()
    };
    let settled: Vec<f64> = entrant
        .groups
        .iter()
        .map(|&group| median(&scores.of_group(frame.field.group(group), &frame.fresh)))
        .filter(|median| !median.is_nan())
        .collect();
    Standing {
        setting: frame.field.setting(problem, group),
        place: 0.0,
        costs: criterion.target.as_ref().map(|_| costs(frame, criterion, group)),
        trials: entrant.groups.len(),
        all_runs: sum(|group| group.runs.len()),
        all_diverged: sum(|group| group.diverged),
        all_failed: sum(|group| group.failed),
        curse: (frame.honest && !curse.tuned.is_nan() && !curse.fresh.is_nan()).then_some(curse),
        good: good(frame, &scores, &same),
        at_edge: at_edge(&rates, frame.field.rate(group)),
        default: default_scores(frame, entrant, &scores, &rule),
        best_of: best_of(&settled),
        rule,
        fresh,
        tuning,
    }
}

/// The combinations of a rule that differ from one in the rate only, by ascending rate.
fn same_block(frame: &Frame<'_>, entrant: &Entrant, group: usize) -> Vec<(f64, usize)> {
    let block = frame.field.block(group);
    let same = entrant.groups.iter().copied().filter(|&other| frame.field.block(other) == block);
    let mut same: Vec<(f64, usize)> = same.map(|group| (frame.field.rate(group), group)).collect();
    same.sort_by(|a, b| a.0.total_cmp(&b.0));
    same
}

/// Whether a rate is the first or last of several.
fn at_edge(rates: &[f64], rate: f64) -> bool {
    rates.len() > 1 && (rates.first() == Some(&rate) || rates.last() == Some(&rate))
}

fn good(frame: &Frame<'_>, scores: &Column<'_>, same: &[(f64, usize)]) -> Option<GoodRange> {
    if same.len() < 2 {
        return None;
    }
    let rates: Vec<f64> = same.iter().map(|&(rate, _)| rate).collect();
    let medians: Vec<f64> =
        same.iter().map(|&(_, group)| median(&scores.of_group(frame.field.group(group), &Replicates::all()))).collect();
    let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
    // Twice a value below 0 is no limit.
    let limit = if least > 0.0 { GOOD * least } else { least };
    good_range(&rates, &medians, limit)
}

fn sensitivity(
    frame: &Frame<'_>,
    problem: &Problem,
    entrant: &Entrant,
    scores: &Column<'_>,
    group: usize,
) -> Sensitivity {
    let same = same_block(frame, entrant, group);
    let of = |(rate, group): (f64, usize)| (rate, scores.scores(frame.field.group(group), &Replicates::all()));
    let rates = same.into_iter().filter(|(rate, _)| !rate.is_nan()).map(of).collect();
    let rule = frame.runs().word(6, entrant.rule).to_owned();
    Sensitivity { rule, setting: frame.field.setting(problem, group), rates }
}

/// The rule at its default rate, in the best of its settings with it.
fn default_scores(frame: &Frame<'_>, entrant: &Entrant, scores: &Column<'_>, rule: &str) -> Option<(f64, Scores)> {
    let rate = *frame.source.default_rates.get(rule)?;
    let close = |group: &usize| {
        let other = frame.field.rate(*group);
        (other - rate).abs() <= 1e-6 * rate.abs()
    };
    let groups: Vec<usize> = entrant.groups.iter().copied().filter(close).collect();
    let group = frame.choose(&groups, scores)?;
    Some((rate, scores.scores(frame.field.group(group), &frame.fresh)))
}

/// Expected and median best of k settings, for some k.
fn best_of(medians: &[f64]) -> Vec<(usize, f64, f64)> {
    let n = medians.len();
    let mut counts: Vec<usize> = (1..=n.min(10)).collect();
    counts.extend((11..=n).filter(|k| k % n.div_ceil(30) == 0 || *k == n));
    let of = |k: usize| {
        let expected = expected_best(medians, k, Draw::WithoutReplacement)?;
        Some((k, expected, quantile_of_best(medians, k, 0.5, Draw::WithoutReplacement)?))
    };
    counts.into_iter().filter_map(of).collect()
}

/// Every combination with all of its replicates.
pub(super) fn combinations(frame: &Frame<'_>, contests: &[Contest]) -> Vec<Combination> {
    /// So many resamples times numbers take a few seconds.
    const MOST: usize = 1 << 30;
    let runs = frame.runs();
    let of_problem: HashMap<u32, &Contest> =
        frame.field.problems.iter().map(|problem| problem.number).zip(contests).collect();
    let few = runs.len() * frame.options.bootstrap("", 1).resamples as usize <= MOST;
    let of = |(number, group): (usize, &Group)| {
        let scores = Column::new(runs, &of_problem[&group.axes[0]].criterion.column).scores(group, &Replicates::all());
        let purpose = format!("combination {number}");
        let scores = if few { scores.with_intervals(frame.options, &purpose) } else { scores };
        Combination { axes: group.axes, scores }
    };
    runs.groups().par_iter().enumerate().map(of).collect()
}

/// What the target costs on the fresh replicates, in every unit.
fn costs(frame: &Frame<'_>, criterion: &Criterion, group: usize) -> Costs {
    let (runs, measure) = (frame.runs(), frame.measure());
    let text = criterion.target.as_ref().map_or("", |target| &target.text);
    let to = |unit: &str| Column::new(runs, &format!("{unit}_to_{text}"));
    let all = |unit: &str| Column::new(runs, unit);
    let fresh: Vec<usize> =
        frame.field.group(group).runs.clone().filter(|&run| frame.fresh.has(runs.replicate(run))).collect();
    let reached = |run: usize| Column::new(runs, &criterion.column).of(run).is_finite();
    // The share of a run's length until the target, of something that is known for the whole run.
    let share = |unit: &str| {
        let (total, to_steps, steps) = (all(unit), to("steps"), all("steps"));
        let of = |&run: &usize| match (reached(run), steps.number(run)) {
            (false, _) => f64::INFINITY,
            (true, steps) if steps > 0.0 => total.number(run) * to_steps.of(run) / steps,
            // A run without a step took no time to its target.
            (true, _) => total.number(run) * 0.0,
        };
        median(&fresh.iter().map(of).collect::<Vec<_>>())
    };
    let direct = |unit: &str| {
        let column = to(unit);
        median(
            &fresh.iter().map(|&run| if reached(run) { column.number(run) } else { f64::INFINITY }).collect::<Vec<_>>(),
        )
    };
    let spent = all(measure.cost.column());
    let budget = frame.source.budget();
    let attempts: Vec<Attempt> = fresh
        .iter()
        .map(|&run| Attempt { cost: Column::new(runs, &criterion.column).of(run), spent: spent.number(run) })
        .map(|attempt| Attempt {
            spent: if attempt.spent.is_nan() { 0.0 } else { attempt.spent.min(budget) },
            ..attempt
        })
        .collect();
    let seconds =
        if runs.column(&format!("seconds_to_{text}")).is_some_and(|column| column.iter().any(|x| x.is_finite())) {
            direct("seconds")
        } else if runs.column("seconds").is_some() {
            share("seconds")
        } else {
            f64::NAN
        };
    Costs {
        steps: direct("steps"),
        epochs: if runs.column("epochs").is_some() { share("epochs") } else { f64::NAN },
        evaluations: direct("evaluations"),
        seconds,
        art: art(&attempts).unwrap_or(f64::NAN),
    }
}
