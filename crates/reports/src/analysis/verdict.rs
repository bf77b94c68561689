//! What everything says, in sentences.

use super::findings::{Comparison, Contest, Pair, Scope, Scores, Standing, Verdict};
use super::text::probability;
use crate::layout::{count, short};
use crate::statistics::{pairs_needed, smallest_p_value};

/// What is called real.
pub(super) const ALPHA: f64 = 0.05;

/// A setting that looked this many times better where it was chosen is worth a note.
const CURSE: f64 = 1.25;

/// The verdict of a comparison that is complete otherwise.
pub(super) fn of(comparison: &Comparison) -> Verdict {
    Verdict { sentence: sentence(comparison), notes: notes(comparison) }
}

fn sentence(comparison: &Comparison) -> String {
    let Comparison { runs, diverged, failed, rules, contests, .. } = comparison;
    if *runs == 0 {
        return "There are no runs, so there is nothing to compare.".to_owned();
    }
    if diverged + failed == *runs {
        return format!("None of the {runs} runs ended well: {diverged} diverged and {failed} failed.");
    }
    let Some(leader) = rules.first() else { return "There are no rules to compare.".to_owned() };
    let standings = || contests.iter().filter_map(|contest| standing(contest, leader).map(|found| (contest, found)));
    if standings().all(|(_, standing)| standing.fresh.finite == 0) {
        return "No rule has a finite score on the fresh replicates, so none can be called best.".to_owned();
    }
    let result = match contests.as_slice() {
        [contest] => on_one_problem(comparison, contest, leader),
        _ => on_all(comparison, leader),
    };
    let missed =
        contests.iter().all(|contest| contest.criterion.target.is_none()) && !comparison.measure.targets.is_empty();
    let prefix = if missed { "No rule reached any target in the median. " } else { "" };
    if rules.len() == 1 {
        return format!("{prefix}{result}; there is no other rule to compare it with.");
    }
    format!("{prefix}{result}{}", uncertainty(comparison))
}

pub(super) fn standing<'c>(contest: &'c Contest, rule: &str) -> Option<&'c Standing> {
    contest.standings.iter().find(|standing| standing.rule == rule)
}

/// A score for people.
pub(super) fn said(comparison: &Comparison, contest: &Contest, score: f64) -> String {
    let score = if contest.criterion.target.is_some() { score } else { comparison.measure.written(score) };
    if score < 0.0 { format!("−{}", count(-score)) } else { count(score) }
}

/// The interval or the range of scores for people, the smaller end first.
pub(super) fn said_range(comparison: &Comparison, contest: &Contest, scores: &Scores) -> [String; 2] {
    let (low, high) = scores.low_high();
    let turned = contest.criterion.target.is_none() && comparison.measure.maximize;
    let ends = if turned { [high, low] } else { [low, high] };
    ends.map(|end| said(comparison, contest, end))
}

fn on_one_problem(comparison: &Comparison, contest: &Contest, leader: &str) -> String {
    let Some(standing) = standing(contest, leader) else { return format!("{leader} leads") };
    let fresh = &standing.fresh;
    if fresh.median.is_infinite() {
        return format!(
            "On {}, no rule has a finite median of {} on the fresh replicates; {leader} comes closest with {} of {} runs",
            contest.problem,
            contest.criterion.title,
            fresh.finite,
            fresh.runs()
        );
    }
    let ([low, high], median) = (said_range(comparison, contest, fresh), said(comparison, contest, fresh.median));
    let what = if contest.criterion.target.is_some() {
        format!("needs the fewest {}", contest.criterion.title)
    } else {
        format!("has the best {}", contest.criterion.title)
    };
    let range = match (fresh.runs(), fresh.interval.is_some()) {
        (1, _) => "a single run".to_owned(),
        (runs, true) => format!("95 % interval {low}–{high}, {runs} runs"),
        (runs, false) => format!("{low}–{high} in {runs} runs"),
    };
    let first = contest.standings.iter().filter(|other| other.place == standing.place).count();
    if first > 1 && first == contest.standings.len() {
        let what = &contest.criterion.title;
        return format!(
            "On {}, all {first} rules tie: {what} {median} in the median ({range} of {leader})",
            contest.problem
        );
    }
    let with = match first {
        1 => String::new(),
        2 => format!(", as does {}", tied(contest, standing)),
        _ => format!(", as do {}", tied(contest, standing)),
    };
    format!("On {}, {leader} {what}: {median} in the median ({range}){with}", contest.problem)
}

fn tied(contest: &Contest, standing: &Standing) -> String {
    let same = contest.standings.iter().filter(|other| other.place == standing.place && other.rule != standing.rule);
    listed(&same.map(|other| other.rule.as_str()).collect::<Vec<_>>())
}

fn on_all(comparison: &Comparison, leader: &str) -> String {
    let places: Vec<f64> =
        comparison.contests.iter().filter_map(|contest| standing(contest, leader)).map(|found| found.place).collect();
    let mean = crate::statistics::mean(&places);
    if all_tie(comparison) {
        let (problems, rules) = (comparison.contests.len(), comparison.rules.len());
        return format!(
            "Over {problems} problems all {rules} rules tie: each has the mean place {} of {rules}",
            count(mean)
        );
    }
    let first = places.iter().filter(|&&place| place == 1.0).count();
    format!(
        "Over {} problems {leader} ranks best: mean place {} of {}, first on {first}",
        comparison.contests.len(),
        count(mean),
        comparison.rules.len()
    )
}

/// Whether every rule has the same mean place.
fn all_tie(comparison: &Comparison) -> bool {
    let mean = |rule: &String| {
        let places = comparison.contests.iter().filter_map(|contest| standing(contest, rule)).map(|found| found.place);
        crate::statistics::mean(&places.collect::<Vec<_>>())
    };
    let mut means = comparison.rules.iter().map(mean);
    let first = means.next();
    comparison.rules.len() > 1 && means.all(|mean| Some(mean) == first)
}

/// Whether the leader's lead is real, as the end of a sentence.
fn uncertainty(comparison: &Comparison) -> String {
    let pairs: Vec<&Pair> = comparison.main_pairs().collect();
    let fewest = pairs.iter().map(|pair| pair.pairs).min().unwrap_or(0);
    let scope = match comparison.scope {
        Scope::Chosen => "",
        Scope::Everywhere => "over every setting ",
    };
    if smallest_p_value(fewest) > ALPHA {
        let needed = pairs_needed(ALPHA).unwrap_or(6);
        let runs = match fewest {
            0 => "no pairs of runs".to_owned(),
            1 => "one pair of runs".to_owned(),
            n => format!("{n} pairs of runs"),
        };
        let least = if fewest == 0 { 1.0 } else { smallest_p_value(fewest) };
        return format!(
            "; not enough replicates to say whether that is chance: {runs} cannot give a p-value below {}, {needed} can.",
            probability(least)
        );
    }
    let names = |keep: &dyn Fn(&Pair) -> bool| -> Vec<&str> {
        pairs.iter().filter(|pair| keep(pair)).map(|pair| pair.rule.as_str()).collect()
    };
    let real = |pair: &Pair| pair.adjusted <= ALPHA;
    let ahead = |pair: &Pair| if comparison.is_ratio() { pair.effect > 1.0 } else { pair.effect > 0.0 };
    let better = names(&|pair| real(pair) && ahead(pair));
    let worse = names(&|pair| real(pair) && !ahead(pair));
    let open = names(&|pair| !real(pair));
    let it = if all_tie(comparison) { comparison.rules[0].as_str() } else { "it" };
    let mut parts = Vec::new();
    if better.len() == pairs.len() {
        parts.push(format!("{scope}{it} is better than {} (Holm-adjusted p {})", all_of(&better), largest(&pairs)));
    } else if !better.is_empty() {
        parts.push(format!("{scope}{it} is better than {} (Holm-adjusted p ≤ {ALPHA})", listed(&better)));
    }
    if !worse.is_empty() {
        parts.push(if parts.is_empty() {
            format!("{scope}{it} is worse than {}", listed(&worse))
        } else {
            format!("yet {scope}worse than {}", listed(&worse))
        });
    }
    if !open.is_empty() {
        let what = if better.is_empty() && worse.is_empty() { format!("{scope}{it} ") } else { String::new() };
        parts.push(format!("{what}cannot be told apart from {}", listed(&open)));
    }
    format!("; {}.", parts.join(", and "))
}

fn all_of(rules: &[&str]) -> String {
    match rules {
        [rule] => (*rule).to_owned(),
        [a, b] => format!("both {a} and {b}"),
        _ => format!("all {} others", rules.len()),
    }
}

/// A bound of all p-values.
fn largest(pairs: &[&Pair]) -> String {
    let p = probability(pairs.iter().map(|pair| pair.adjusted).fold(0.0, f64::max));
    if p.starts_with('<') { p } else { format!("≤ {p}") }
}

/// Words with commas and "and"; of many the first ones.
pub(super) fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => (*word).to_owned(),
        [words @ .., last] if words.len() < 5 => format!("{} and {last}", words.join(", ")),
        _ => format!("{} and {} others", words[..4].join(", "), words.len() - 4),
    }
}

impl Comparison {
    /// The pairs of the scope that the verdict is about.
    pub fn main_pairs(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(|pair| pair.scope == self.scope)
    }

    /// Whether effects are ratios.
    #[must_use]
    pub fn is_ratio(&self) -> bool {
        self.contests.iter().all(|contest| contest.criterion.ratio)
    }
}

fn notes(comparison: &Comparison) -> Vec<String> {
    let mut notes = Vec::new();
    if comparison.runs == 0 {
        return notes;
    }
    if !comparison.split.is_honest() {
        let reason = if comparison.split.fresh.len() < 2 { "there is one replicate only" } else { "as asked for" };
        notes.push(format!(
            "settings are chosen and scored on the same replicates ({reason}), so every rule looks better than it is"
        ));
    }
    if comparison.failed > 0 {
        notes.push(format!("{} of {} runs failed, and count as the worst", comparison.failed, comparison.runs));
    }
    for contest in &comparison.contests {
        notes.extend(of_contest(comparison, contest));
    }
    if comparison.main_pairs().any(|pair| !pair.shared) {
        notes.push(
            "some pairs differ in sampler or batch size: they share the number of the replicate, not their batches"
                .to_owned(),
        );
    }
    if let Some(ratio) =
        comparison.facts.log_ratio.filter(|_| comparison.contests.iter().any(|c| c.criterion.target.is_some()))
    {
        let percent = 100.0 * (ratio - 1.0);
        notes.push(format!("steps are logged {percent:.0} % apart: costs that differ by less are ties"));
    }
    notes
}

fn of_contest(comparison: &Comparison, contest: &Contest) -> Vec<String> {
    let mut notes = Vec::new();
    let on = if comparison.contests.len() > 1 { format!("on {}: ", contest.problem) } else { String::new() };
    let edge: Vec<String> = contest
        .standings
        .iter()
        .filter(|standing| standing.at_edge && standing.fresh.finite > 0)
        .map(|standing| format!("{} ({})", standing.rule, standing.setting.axes[7]))
        .collect();
    if !edge.is_empty() {
        let edge: Vec<&str> = edge.iter().map(String::as_str).collect();
        notes.push(format!(
            "{on}the best rate is at the edge of the grid for {}: a wider grid may do better",
            listed(&edge)
        ));
    }
    let cursed: Vec<String> = contest.standings.iter().filter_map(|standing| cursed(contest, standing)).collect();
    if !cursed.is_empty() {
        let cursed: Vec<&str> = cursed.iter().map(String::as_str).collect();
        notes.push(format!(
            "{on}settings looked better where they were chosen than on fresh replicates: {}",
            listed(&cursed)
        ));
    }
    let diverged: Vec<String> = contest
        .standings
        .iter()
        .filter(|standing| standing.fresh.diverged > 0)
        .map(|standing| format!("{} ({} of {})", standing.rule, standing.fresh.diverged, standing.fresh.runs()))
        .collect();
    if !diverged.is_empty() {
        let diverged: Vec<&str> = diverged.iter().map(String::as_str).collect();
        notes.push(format!("{on}fresh runs diverged at the chosen setting of {}", listed(&diverged)));
    }
    let tuned: Vec<String> = contest.standings.iter().filter_map(|standing| over_default(contest, standing)).collect();
    if !tuned.is_empty() {
        let tuned: Vec<&str> = tuned.iter().map(String::as_str).collect();
        notes.push(format!("{on}at the default rate the score is, in units of the tuned one: {}", listed(&tuned)));
    }
    notes
}

/// What a rule scores at its default rate, beside its chosen setting.
fn over_default(contest: &Contest, standing: &Standing) -> Option<String> {
    let (rate, scores) = standing.default.as_ref()?;
    let ratio = scores.median / standing.fresh.median;
    let comparable = contest.criterion.ratio && standing.fresh.median.is_finite() && standing.fresh.median > 0.0;
    comparable.then(|| format!("{} at {} {}", count(ratio), standing.rule, short(*rate)))
}

fn cursed(contest: &Contest, standing: &Standing) -> Option<String> {
    let ratio = standing.curse?.ratio().filter(|_| contest.criterion.ratio)?;
    if ratio.is_infinite() {
        return Some(format!("{} (reached there only)", standing.rule));
    }
    (ratio >= CURSE).then(|| format!("{} ({} times)", standing.rule, count(ratio)))
}
