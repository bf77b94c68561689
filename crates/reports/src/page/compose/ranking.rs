//! Who is best, and whether that is real.

use super::words::counted;
use super::{Draft, Shown};
use crate::figures::{Axis, Chart, Figure, Mark, Series, critical_difference};
use crate::page::{Column, Section, Sheet, Show};

/// The most rules that a figure has a row for.
const MOST_RULES: usize = 20;

/// Each rule at the setting that is chosen for it.
pub fn standings(draft: &Draft<'_>) -> Section {
    let mut section = Section::new("ranking", "Ranking");
    section.exhibits.extend(table(draft));
    section.exhibits.extend(spread(draft));
    section
}

fn name(name: &str) -> Show {
    Show::Text(name.to_owned())
}

fn number(name: &str) -> Show {
    Show::Number(name.to_owned())
}

fn table(draft: &Draft<'_>) -> Option<crate::page::Exhibit> {
    let comparison = draft.comparison;
    let several = comparison.contests.len() > 1;
    let all: Vec<_> = comparison.contests.iter().flat_map(|contest| &contest.standings).collect();
    let intervals = all.iter().any(|standing| standing.fresh.interval.is_some());
    let (low, high) = if intervals { ("low", "high") } else { ("least", "most") };
    let costs = comparison.contests.iter().any(|contest| contest.criterion.target.is_some());
    let mut columns = Vec::new();
    if several {
        columns.push(Column::new("Problem", name("problem")));
    }
    columns.push(Column::new("Rule", name("rule")));
    columns.push(Column::new("Place", number("place")).note("1 is best; rules with the same median share a place."));
    let range = if intervals { "[95 % interval]" } else { "[range]" };
    let median = Show::Interval { middle: "median".to_owned(), low: low.to_owned(), high: high.to_owned() };
    let what = if costs { "Cost" } else { "Value" };
    columns.push(Column::new(what, median).unit(range).note("The median over fresh runs."));
    columns.push(
        Column::new("Runs", Show::Of { part: "reached".to_owned(), whole: "runs".to_owned() })
            .note("How many fresh runs reached the target, or have a value, of how many."),
    );
    columns.push(Column::new("Rate", Show::Setting("rate".to_owned())).note("The rate that was chosen."));
    let varying = varying(draft);
    if !varying.is_empty() {
        let names: Vec<String> = varying.iter().map(|axis| axis.replace('_', " ")).collect();
        columns.push(Column::new(&capital(&names.join(", ")), Show::Joined(varying)));
    }
    if all.iter().any(|standing| standing.good.is_some()) {
        let range = Show::Range { low: "good_low".to_owned(), high: "good_high".to_owned() };
        columns.push(Column::new("Good rates", range).note("Rates that need at most twice the score of the best one."));
    }
    if all.iter().any(|standing| standing.at_edge) {
        let flag = Show::Flag { column: "at_edge".to_owned(), text: "at edge".to_owned() };
        columns.push(Column::new("Grid", flag).note("At edge: the best rate is the first or last that was tried."));
    }
    if comparison.diverged > 0 {
        let diverged = Show::Of { part: "all_diverged".to_owned(), whole: "all_runs".to_owned() };
        columns.push(Column::new("Diverged", diverged).note("Of all runs of the rule, at any setting."));
    }
    let seconds = all.iter().any(|standing| standing.costs.is_some_and(|costs| costs.seconds.is_finite()));
    if seconds {
        columns.push(Column::new("Time", number("seconds")).unit("s").note("The median seconds to the target."));
    }
    let sheet = draft.sheet("ranking", columns)?;
    let title = match comparison.contests.as_slice() {
        [contest] => format!("Update rules by {}", draft.score(contest)),
        _ => "Update rules on every problem".to_owned(),
    };
    let fresh = counted(comparison.split.fresh.len(), "replicate");
    let caption = if comparison.split.is_honest() {
        format!(
            "Each rule at the setting that was best on {} other replicates; scored on {fresh}.",
            comparison.split.tuning.len()
        )
    } else {
        format!("Each rule at its best setting, chosen and scored on the same {fresh}: all look better than they are.")
    };
    let shown = Shown { sheet: Some(sheet), caption: vec![caption], figure: None };
    Some(draft.exhibit("ranking-table", &title, &["runs", "timings"], shown))
}

/// The axes beside problem, rule and rate that have several values.
fn varying(draft: &Draft<'_>) -> Vec<String> {
    let words = &draft.comparison.words;
    (1..6).filter(|&axis| words[axis].len() > 1).map(|axis| crate::AXES[axis].to_owned()).collect()
}

fn capital(column: &str) -> String {
    super::words::sentence(&column.replace('_', " ")).trim_end_matches('.').to_owned()
}

/// Every fresh run at the chosen setting.
fn spread(draft: &Draft<'_>) -> Option<crate::page::Exhibit> {
    let chart = |contest: &crate::analysis::Contest| {
        let mut names = Vec::new();
        let mut series = Vec::new();
        for (at, standing) in contest.standings.iter().take(MOST_RULES).enumerate() {
            names.push(label(standing));
            let score = |x: f64| draft.written(contest, x);
            let mut quantiles = [
                standing.fresh.least,
                standing.fresh.q25,
                standing.fresh.median,
                standing.fresh.q75,
                standing.fresh.most,
            ]
            .map(score);
            if draft.comparison.measure.maximize && contest.criterion.target.is_none() {
                quantiles.reverse();
            }
            let values = standing.fresh.each.iter().map(|&(_, x)| score(x)).collect();
            let mark = Mark::Box { at: at as f64, quantiles: quantiles.to_vec(), values };
            series.push(Series { name: String::new(), style: 0, marks: vec![mark] });
        }
        let y = Axis { names, ..Axis::default() };
        (!series.is_empty()).then(|| Chart { x: draft.score_axis(contest), y, series, ..Chart::default() })
    };
    let title = "Every fresh run of each rule at its chosen setting";
    let mut figure = draft.per_problem(title, chart)?;
    let most = draft.comparison.contests.iter().map(|contest| contest.standings.len()).max().unwrap_or(1);
    figure.height = 80.0 + 30.0 * most.min(MOST_RULES) as f64;
    let caption = "A box is the middle half of the runs with their median, whiskers reach to the smallest and the largest; \
                   every run is a point. Runs at ∞ diverged or did not reach the target.";
    let mut lines = vec![caption.to_owned()];
    lines.extend(draft.left_out());
    lines.extend(super::words::first(MOST_RULES, most, "best", "rules"));
    let shown = Shown { figure: Some(figure), sheet: Some(every_run(draft)), caption: lines };
    Some(draft.exhibit("ranking-runs", title, &["runs"], shown))
}

/// The fresh runs as a table.
fn every_run(draft: &Draft<'_>) -> Sheet {
    let mut rows = Vec::new();
    for contest in &draft.comparison.contests {
        for standing in &contest.standings {
            for &(replicate, score) in &standing.fresh.each {
                let score = draft.written(contest, score).to_string();
                let rate = standing.setting.axes[7].clone();
                rows.push(vec![contest.problem.clone(), standing.rule.clone(), rate, replicate.to_string(), score]);
            }
        }
    }
    let data = super::table("runs", &["problem", "rule", "rate", "replicate", "score"], rows);
    let mut columns = vec![
        Column::new("Rule", name("rule")),
        Column::new("Rate", Show::Setting("rate".to_owned())),
        Column::new("Replicate", number("replicate")),
        Column::new("Score", number("score")),
    ];
    if draft.comparison.contests.len() > 1 {
        columns.insert(0, Column::new("Problem", name("problem")));
    }
    Sheet { data, columns }
}

/// A rule with the rate that was chosen for it.
fn label(standing: &crate::analysis::Standing) -> String {
    let rate = &standing.setting.axes[7];
    format!("{}, rate {}", standing.rule, rate.parse().map_or_else(|_| rate.clone(), super::human))
}

/// Whether the leader's lead is real.
pub fn leads(draft: &Draft<'_>) -> Section {
    let comparison = draft.comparison;
    let mut section = Section::new("lead", "Is the lead real?");
    if let Some(leader) = comparison.pairs.first().map(|pair| &pair.leader) {
        section.exhibits.extend(pairs(draft, leader));
    }
    section.exhibits.extend(ranks(draft));
    section
}

fn pairs(draft: &Draft<'_>, leader: &str) -> Option<crate::page::Exhibit> {
    let ratio = draft.comparison.is_ratio();
    let text = |name: &str| name.to_owned();
    let effect = Show::Interval { middle: text("effect"), low: text("low"), high: text("high") };
    let (what, note) = if ratio {
        (
            "Ratio",
            "The other rule's scores in units of the leader's: the pseudo-median of the pairs; above 1 the leader is better.",
        )
    } else {
        (
            "Difference",
            "The other rule's score minus the leader's: the pseudo-median of the pairs; above 0 the leader is better.",
        )
    };
    let columns = vec![
        Column::new("Rule", name("rule")),
        Column::new("Compared at", name("scope"))
            .note("At each rule's chosen setting, or in every setting of sampler and batch size."),
        Column::new(what, effect).unit("[95 % interval]").note(note),
        Column::new("Wins", Show::Of { part: text("wins"), whole: text("pairs") })
            .note("In how many pairs of runs the leader is better."),
        Column::new("p-value", number("holm_p")).note("Signed-rank test of the pairs, after Holm's correction."),
        Column::new("P(better)", Show::Share(text("probability_of_improvement")))
            .note("The chance that a run of the leader is better than one of the other rule."),
        Column::new("Detectable", number("detectable_effect"))
            .note("The effect that so many pairs find in 80 % of experiments."),
    ];
    let sheet = draft.sheet("pairs", columns)?;
    let caption = "Pairs are runs of the same replicate on the same problem. A p-value above 0.05 does not say that two rules are \
                   alike; the last column says how large a difference had to be to be found. A pair in which only one rule \
                   reached the target is a difference beyond all others.";
    let shown = Shown { sheet: Some(sheet), caption: vec![caption.to_owned()], figure: None };
    Some(draft.exhibit("lead-pairs", &format!("{leader} against each other rule"), &["runs"], shown))
}

fn ranks(draft: &Draft<'_>) -> Option<crate::page::Exhibit> {
    let ranks = draft.comparison.ranks.as_ref()?;
    if !ranks.critical_difference.is_finite() || ranks.mean_ranks.len() < 2 {
        return None;
    }
    let names: Vec<&str> = ranks.mean_ranks.iter().map(|(rule, _)| rule.as_str()).collect();
    let values: Vec<f64> = ranks.mean_ranks.iter().map(|&(_, rank)| rank).collect();
    let title = format!("Mean ranks over {} {}", ranks.blocks, ranks.over);
    let figure: Figure = critical_difference(&title, &names, &values, ranks.critical_difference);
    let sheet = draft.sheet(
        "ranks",
        vec![
            Column::new("Rule", name("rule")),
            Column::new("Mean rank", number("mean_rank")),
            Column::new("AlgoPerf score", number("score"))
                .note("The area under its performance profile from ratio 1 to 4, at most 1."),
        ],
    );
    let (test, p) = (ranks.best_p_name(), super::human(ranks.best_p_value()));
    let caption = format!(
        "Rules that a bar joins cannot be told apart: their mean ranks differ by less than the critical difference {} \
         (Nemenyi, 5 %). That all rules are alike has p = {p} ({test}).",
        super::human(ranks.critical_difference)
    );
    let shown = Shown { figure: Some(figure), sheet, caption: vec![caption] };
    Some(draft.exhibit("lead-ranks", &title, &["runs"], shown))
}
