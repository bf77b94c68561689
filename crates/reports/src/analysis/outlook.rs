//! How the ranking depends on target and budget.

use super::contest::Frame;
use super::field::{Problem, choose};
use super::findings::{Contest, Outlook};
use super::scores::Column;
use super::traces::{SHARES, Traces};
use crate::runs::Runs;

/// The budgets of each problem: shares of its longest run.
pub(super) fn budgets(frame: &Frame<'_>) -> Vec<[f64; 3]> {
    let spent = Column::new(frame.runs(), frame.measure().cost.column());
    let longest = |problem: &Problem| {
        let groups = problem.entrants.iter().flat_map(|entrant| &entrant.groups);
        let runs = groups.flat_map(|&group| frame.field.group(group).runs.clone());
        runs.map(|run| spent.number(run)).filter(|x| x.is_finite()).fold(0.0, f64::max)
    };
    frame.field.problems.iter().map(|problem| SHARES.map(|share| share * longest(problem))).collect()
}

/// For every problem, target and budget the ranking of rules that are tuned for it, and the same for the best values
/// within a budget if there are rows.
pub(super) fn outlook(
    frame: &Frame<'_>,
    contests: &[Contest],
    budgets: &[[f64; 3]],
    traces: Option<&Traces>,
) -> Vec<Outlook> {
    let mut found = Vec::new();
    for ((problem, contest), budgets) in frame.field.problems.iter().zip(contests).zip(budgets) {
        for (number, (&share, &budget)) in SHARES.iter().zip(budgets).enumerate() {
            for target in &frame.measure().targets {
                let name = frame.measure().column(target);
                let scores = Column { budget, ..Column::new(frame.runs(), &name) };
                let ranking = ranking(frame, problem, &scores);
                let (problem, target) = (contest.problem.clone(), Some(target.level));
                found.push(Outlook { problem, target, budget, share, ranking });
            }
            if let Some(traces) = traces {
                let values: Vec<f64> = traces.within.iter().map(|within| within[number]).collect();
                let scores = Column { runs: frame.runs(), values: &values, budget: f64::INFINITY };
                let ranking = ranking(frame, problem, &scores);
                found.push(Outlook { problem: contest.problem.clone(), target: None, budget, share, ranking });
            }
        }
    }
    found
}

type Ranking = Vec<(String, super::findings::Setting, super::findings::Scores)>;

fn ranking(frame: &Frame<'_>, problem: &Problem, scores: &Column<'_>) -> Ranking {
    let runs: &Runs = frame.runs();
    let of = |entrant: &super::field::Entrant| {
        let group = choose(frame.field, &entrant.groups, scores, &frame.finals(), &frame.tuning)?;
        let fresh = scores.scores(frame.field.group(group), &frame.fresh);
        Some((runs.word(6, entrant.rule).to_owned(), frame.field.setting(problem, group), fresh))
    };
    let mut ranking: Ranking = problem.entrants.iter().filter_map(of).collect();
    let key = |entry: &(String, super::findings::Setting, super::findings::Scores)| {
        let scores = &entry.2;
        [scores.median, 1.0 - scores.finite as f64 / scores.runs().max(1) as f64, scores.q75]
    };
    ranking.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal));
    ranking
}
