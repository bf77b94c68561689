//! From the runs and rows of a result to what they say.
//!
//! [`Comparison::of`] reads a [`Source`] to its end and finds everything;
//! [`Comparison::tables`] are the same as tables.

mod blocks;
mod change;
mod change_text;
mod columns;
mod contest;
mod field;
mod findings;
mod options;
mod outlook;
mod pairs;
mod plans;
mod scores;
mod tables;
mod text;
mod traces;
mod verdict;

pub use change::{Cell, Change, Pairing, Shift};
pub use findings::{
    Combination, Comparison, Contest, Costs, Criterion, Curve, CurvePoint, Outlook, Pair, Profiles, Ranks, Reach,
    Scope, Scores, Sensitivity, Setting, Split, Standing, Verdict,
};
pub use options::{Options, Tune};
pub use plans::PlanChange;
pub use tables::NamedTable;

use std::collections::BTreeMap;

use contest::Frame;
use field::Field;
use scores::Replicates;
use traces::Traces;

use crate::reading::Source;
use crate::runs::Runs;
use crate::table::TableError;

impl Comparison {
    /// Compares the rules of a result; its rows are streamed once more.
    ///
    /// # Errors
    /// If the rows cannot be read, or were cut off.
    pub fn of(source: &Source, options: &Options) -> Result<Self, TableError> {
        let field = Field::new(&source.runs);
        let replicates = replicates(&source.runs);
        options.tune.check(replicates.len()).map_err(|reason| TableError::of_file(&source.path, reason))?;
        let split = options.tune.split(&replicates);
        let frame = Frame {
            source,
            field: &field,
            options,
            tuning: Replicates::of(&split.tuning),
            fresh: Replicates::of(&split.fresh),
            honest: split.is_honest(),
        };
        let (mut contests, groups): (Vec<Contest>, Vec<Vec<usize>>) =
            field.problems.iter().map(|problem| contest::contest(&frame, problem)).unzip();
        let rules = order(&contests, &source.runs);
        let chosen = pairs::chosen(&frame, &groups);
        let everywhere = pairs::everywhere(&frame, &contests);
        let at_chosen = pairs::of_leader(&frame, &contests, &chosen, Scope::Chosen, &rules);
        let at_all = pairs::of_leader(&frame, &contests, &everywhere, Scope::Everywhere, &rules);
        let single = contests.iter().all(|contest| contest.varies.is_empty());
        let scope = if single || pairs::enough(&at_chosen) { Scope::Chosen } else { Scope::Everywhere };
        let budgets = outlook::budgets(&frame);
        let traces = source.has_rows().then(|| Traces::read(&frame, &groups, &budgets)).transpose()?;
        if let Some(traces) = &traces {
            traces.complete(&frame, &groups, &mut contests);
        }
        let sum = |count: fn(&crate::Group) -> usize| source.runs.groups().iter().map(count).sum();
        let mut comparison = Self {
            name: source.name.clone(),
            path: source.path.display().to_string(),
            question: source.facts.question.clone(),
            facts: source.facts.clone(),
            measure: source.measure.clone(),
            budget: source.budget,
            split,
            key: options.key.clone(),
            runs: source.runs.len(),
            diverged: sum(|group| group.diverged),
            failed: sum(|group| group.failed),
            rules: rules.iter().map(|&rule| source.runs.word(field::RULE, rule).to_owned()).collect(),
            pairs: at_chosen.into_iter().chain(at_all).collect(),
            scope,
            ranks: blocks::ranks(&frame, &contests, [&chosen, &everywhere], &rules),
            profiles: blocks::profiles(&frame, &contests, &everywhere, &rules),
            outlook: outlook::outlook(&frame, &contests, &budgets, traces.as_ref()),
            combinations: contest::combinations(&frame, &contests),
            words: std::array::from_fn(|axis| source.runs.words(axis).to_vec()),
            contests,
            verdict: Verdict::default(),
            warnings: source.warnings.iter().cloned().chain(repeated(&source.runs)).collect(),
        };
        comparison.verdict = verdict::of(&comparison);
        Ok(comparison)
    }
}

/// A warning if runs of a combination have the same number.
fn repeated(runs: &Runs) -> Option<String> {
    let repeats = |group: &crate::Group| {
        let mut numbers: Vec<u32> = group.runs.clone().map(|run| runs.replicate(run)).collect();
        numbers.sort_unstable();
        numbers.windows(2).filter(|pair| pair[0] == pair[1]).count()
    };
    let count: usize = runs.groups().iter().map(repeats).sum();
    (count > 0)
        .then(|| format!("{count} runs repeat combination and replicate of another one: of such, pairs take the last"))
}

/// The replicates of a table, ascending.
fn replicates(runs: &Runs) -> Vec<u32> {
    let mut replicates: Vec<u32> = (0..runs.len()).map(|run| runs.replicate(run)).collect();
    replicates.sort_unstable();
    replicates.dedup();
    replicates
}

/// All rules by their mean place over the problems that they are on; of equal ones the first of the first problem.
fn order(contests: &[Contest], runs: &Runs) -> Vec<u32> {
    let mut places: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut names: Vec<&str> = Vec::new();
    for standing in contests.iter().flat_map(|contest| &contest.standings) {
        let known = places.entry(&standing.rule).or_default();
        if known.is_empty() {
            names.push(&standing.rule);
        }
        known.push(standing.place);
    }
    names.sort_by(|a, b| crate::statistics::mean(&places[a]).total_cmp(&crate::statistics::mean(&places[b])));
    let number = |name: &&str| (0..).find(|&rule| runs.word(field::RULE, rule) == *name);
    names.iter().filter_map(number).collect()
}
