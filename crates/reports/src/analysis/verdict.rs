//! What everything says, in sentences.

use super::findings::{Comparison, Contest, Pair, Scope, Standing, Verdict};
use crate::layout::count;
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
    format!("{prefix}{result}{}", uncertainty(comparison, leader))
}

pub(super) fn standing<'c>(contest: &'c Contest, rule: &str) -> Option<&'c Standing> {
    contest.standings.iter().find(|standing| standing.rule == rule)
}

/// A score for people.
pub(super) fn said(comparison: &Comparison, contest: &Contest, score: f64) -> String {
    let score = if contest.criterion.target.is_some() { score } else { comparison.measure.written(score) };
    if score < 0.0 { format!("−{}", count(-score)) } else { count(score) }
}

fn on_one_problem(comparison: &Comparison, contest: &Contest, leader: &str) -> String {
    let Some(standing) = standing(contest, leader) else { return format!("{leader} leads") };
    let fresh = &standing.fresh;
    let (low, high) = fresh.low_high();
    let [median, low, high] = [fresh.median, low, high].map(|x| said(comparison, contest, x));
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
    let with = if first > 1 { format!(", as does {}", tied(contest, standing)) } else { String::new() };
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
    let first = places.iter().filter(|&&place| place == 1.0).count();
    format!(
        "Over {} problems {leader} ranks best: mean place {} of {}, first on {first}",
        comparison.contests.len(),
        count(mean),
        comparison.rules.len()
    )
}

/// Whether the leader's lead is real, as the end of a sentence.
fn uncertainty(comparison: &Comparison, leader: &str) -> String {
    let pairs: Vec<&Pair> = comparison.main_pairs().collect();
    let fewest = pairs.iter().map(|pair| pair.pairs).min().unwrap_or(0);
    let scope = match comparison.scope {
        Scope::Chosen => "",
        Scope::Everywhere => "over every setting ",
    };
    if smallest_p_value(fewest) > ALPHA {
        let needed = pairs_needed(ALPHA).unwrap_or(6);
        let p = if fewest == 0 { 1.0 } else { smallest_p_value(fewest) };
        let runs = if fewest == 1 { "pair of runs".to_owned() } else { format!("{fewest} pairs of runs") };
        return format!(
            "; not enough replicates to say whether that is chance: {runs} cannot give a p-value below {}, {needed} can.",
            count(p)
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
    let mut parts = Vec::new();
    if better.len() == pairs.len() {
        parts.push(format!("{scope}it is better than {} (Holm-adjusted p ≤ {})", all_of(&better), largest(&pairs)));
    } else if !better.is_empty() {
        parts.push(format!("{scope}it is better than {} (Holm-adjusted p ≤ {ALPHA})", listed(&better)));
    }
    if !worse.is_empty() {
        parts.push(format!("yet {scope}worse than {}", listed(&worse)));
    }
    if !open.is_empty() {
        let what = if better.is_empty() && worse.is_empty() { format!("{scope}it ") } else { String::new() };
        parts.push(format!("{what}cannot be told apart from {}", listed(&open)));
    }
    let _ = leader;
    format!("; {}.", parts.join(", and "))
}

fn all_of(rules: &[&str]) -> String {
    match rules {
        [rule] => (*rule).to_owned(),
        [a, b] => format!("both {a} and {b}"),
        _ => format!("all {} others", rules.len()),
    }
}

fn largest(pairs: &[&Pair]) -> String {
    count(pairs.iter().map(|pair| pair.adjusted).fold(0.0, f64::max))
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
    notes
}

fn cursed(contest: &Contest, standing: &Standing) -> Option<String> {
    let ratio = standing.curse?.ratio().filter(|_| contest.criterion.ratio)?;
    if ratio.is_infinite() {
        return Some(format!("{} (reached there only)", standing.rule));
    }
    (ratio >= CURSE).then(|| format!("{} ({} times)", standing.rule, count(ratio)))
}
