//! The answer to a sweep's question as text of at most 80 columns.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use crate::digest::{Combination, Digest, TARGET};
use crate::layout::{WIDTH, columns, count, line_width, short, side_by_side, spread};
use crate::runs::AXES;
use crate::statistics::Spread;
use crate::table::TableError;

/// A rate is good if it needs at most this many times the evaluations of the best one.
pub const GOOD: f64 = 2.0;

/// The position of the rule in [`AXES`].
const RULE: usize = 6;

/// What combinations are compared by.
#[derive(Clone, Debug, PartialEq)]
struct Criterion {
    column: String,
    /// The target behind an `evaluations_to_` column.
    target: Option<String>,
}

/// A combination with its score: smaller is better.
#[derive(Clone, Copy, Debug)]
struct Scored<'a> {
    combination: &'a Combination,
    score: Spread,
    rate: f64,
}

impl Scored<'_> {
    /// What a setting is apart from rule and rate.
    fn setting(&self) -> &[u32] {
        &self.combination.axes[..RULE]
    }
}

/// A rule with all of its combinations.
struct Entrant<'a> {
    label: &'a str,
    combinations: Vec<Scored<'a>>,
    best: Scored<'a>,
}

/// The rules on one problem, best rule first; a rule without a finite score comes last.
struct Contest<'a> {
    digest: &'a Digest,
    entrants: Vec<Entrant<'a>>,
    /// The settings in the order of the table.
    settings: Vec<&'a [u32]>,
    /// The axes of a setting, the problem aside, that have several values.
    varies: Vec<usize>,
}

/// The answer that a table of runs gives: for each problem, the rules ranked at their best rate,
/// the range of good rates, the share of diverged runs, and what batch size and sampler change.
///
/// `metric` is the metric of the targets, as tables call it.
/// Rules are compared by the term gradients to the smallest target that any combination reaches
/// in the median over replicates; without such a target by the final value.
///
/// # Errors
/// If a column is missing.
pub fn answer(digest: &Digest, metric: &str) -> Result<String, TableError> {
    let mut text = String::new();
    // Problems are numbered in the order in which they appear.
    let mut of_problem: Vec<Vec<&Combination>> = Vec::new();
    for combination in digest.combinations() {
        let problem = combination.axes[0] as usize;
        of_problem.resize_with(of_problem.len().max(problem + 1), Vec::new);
        of_problem[problem].push(combination);
    }
    for combinations in of_problem {
        if !text.is_empty() {
            text.push('\n');
        }
        one_problem(digest, metric, &combinations, &mut text)?;
    }
    text.push('\n');
    text.push_str(LEGEND);
    Ok(text)
}

fn one_problem(
    digest: &Digest,
    metric: &str,
    combinations: &[&Combination],
    text: &mut String,
) -> Result<(), TableError> {
    let criterion = criterion(digest, combinations)?;
    let contest = Contest::new(digest, combinations, &criterion)?;
    let replicates = combinations.iter().map(|combination| combination.runs).max().unwrap_or(0);
    let measure = match &criterion.target {
        Some(target) => format!("term gradients until {metric} ≤ {target}"),
        None => "final value (no target was reached, or none was set)".to_owned(),
    };
    let _ = writeln!(text, "{}: {measure}", digest.word(0, combinations[0].axes[0]));
    let noun = if replicates == 1 { "replicate" } else { "replicates" };
    let _ = writeln!(text, "median [quartiles] over {replicates} {noun}, each rule at its best setting\n");
    let name = if criterion.target.is_some() { "cost" } else { "value" };
    contest.ranking(name, text);
    contest.other_targets(&criterion, text)?;
    contest.matrix(text);
    Ok(())
}

/// The smallest target that some combination reaches in the median; otherwise the final value.
fn criterion(digest: &Digest, combinations: &[&Combination]) -> Result<Criterion, TableError> {
    let mut found: Option<(f64, Criterion)> = None;
    for column in digest.targets() {
        let target = column.trim_start_matches(TARGET);
        let Ok(level) = target.parse::<f64>() else { continue };
        let mut reached = false;
        for combination in combinations {
            reached |= digest.spread(combination, column)?.median.is_finite();
        }
        if reached && found.as_ref().is_none_or(|(smallest, _)| level < *smallest) {
            found = Some((level, Criterion { column: column.to_owned(), target: Some(target.to_owned()) }));
        }
    }
    Ok(found.map_or(Criterion { column: "final_value".to_owned(), target: None }, |(_, criterion)| criterion))
}

fn better(a: &Scored<'_>, b: &Scored<'_>) -> bool {
    let key = |scored: &Scored<'_>| (scored.score.median, scored.score.q75);
    let ((a, a75), (b, b75)) = (key(a), key(b));
    a < b || (a == b && a75 < b75)
}

impl<'a> Contest<'a> {
    fn new(digest: &'a Digest, combinations: &[&'a Combination], criterion: &Criterion) -> Result<Self, TableError> {
        let mut entrants: Vec<Entrant<'a>> = Vec::new();
        let (mut of_rule, mut seen) = (HashMap::new(), HashSet::new());
        let mut settings: Vec<&'a [u32]> = Vec::new();
        for &combination in combinations {
            let score = digest.spread(combination, &criterion.column)?;
            let rate = digest.word(7, combination.axes[7]).parse().unwrap_or(f64::NAN);
            let scored = Scored { combination, score, rate };
            let rule = combination.axes[RULE];
            let entrant = *of_rule.entry(rule).or_insert(entrants.len());
            if entrant == entrants.len() {
                let label = digest.word(RULE, rule);
                entrants.push(Entrant { label, combinations: Vec::new(), best: scored });
            }
            let entrant = &mut entrants[entrant];
            entrant.combinations.push(scored);
            if better(&scored, &entrant.best) {
                entrant.best = scored;
            }
            if seen.insert(&combination.axes[..RULE]) {
                settings.push(&combination.axes[..RULE]);
            }
        }
        entrants.sort_by(|a, b| a.best.score.median.total_cmp(&b.best.score.median));
        let differs = |axis: &usize| settings.iter().any(|setting| setting[*axis] != settings[0][*axis]);
        let varies = (1..RULE).filter(differs).collect();
        Ok(Self { digest, entrants, settings, varies })
    }

    /// A setting by the axes that vary.
    fn title(&self, setting: &[u32]) -> String {
        self.varies.iter().map(|&axis| self.digest.word(axis, setting[axis])).collect::<Vec<_>>().join(" ")
    }

    /// The labels of the rules below a word.
    fn rules(&self, above: &str) -> Vec<String> {
        std::iter::once(above).chain(self.entrants.iter().map(|entrant| entrant.label)).map(str::to_owned).collect()
    }

    fn ranking(&self, name: &str, text: &mut String) {
        let mut rows = vec![["rule", "rate", name, "good rates", "diverged", "setting"].map(str::to_owned).to_vec()];
        rows.extend(self.entrants.iter().map(|Entrant { label, combinations, best }| {
            let runs: usize = combinations.iter().map(|scored| scored.combination.runs).sum();
            let diverged: usize = combinations.iter().map(|scored| scored.combination.diverged).sum();
            let failed: usize = combinations.iter().map(|scored| scored.combination.failed).sum();
            let reached = best.score.median.is_finite();
            let only_if_reached = |field: String| if reached { field } else { "–".to_owned() };
            vec![
                (*label).to_owned(),
                only_if_reached(short(best.rate)),
                match (diverged, failed) {
                    (0, failed) if failed == runs => "failed".to_owned(),
                    _ if diverged + failed == runs => "diverged".to_owned(),
                    _ => spread(&best.score),
                },
                good_rates(best, combinations),
                format!("{:.0} %", 100.0 * diverged as f64 / runs as f64),
                only_if_reached(self.title(best.setting())),
            ]
        }));
        // Where there is but one setting, nobody has to be told it.
        if self.varies.is_empty() {
            rows.iter_mut().for_each(|row| row.truncate(5));
        }
        if line_width(&rows) > WIDTH && !self.varies.is_empty() {
            let settings: Vec<String> = rows.iter_mut().filter_map(Vec::pop).collect();
            columns(&rows, text);
            text.push_str("\nbest settings:\n");
            for (row, setting) in rows.iter().zip(&settings).skip(1) {
                let _ = writeln!(text, "  {}: {setting}", row[0]);
            }
        } else {
            columns(&rows, text);
        }
    }

    /// Each rule's best median for the other targets, at whatever setting is best for them.
    fn other_targets(&self, criterion: &Criterion, text: &mut String) -> Result<(), TableError> {
        let mut lists = vec![self.rules("rule")];
        for column in self.digest.targets().filter(|name| *name != criterion.column) {
            let mut list = vec![column.trim_start_matches(TARGET).to_owned()];
            for entrant in &self.entrants {
                let mut least = f64::INFINITY;
                for scored in &entrant.combinations {
                    least = least.min(self.digest.spread(scored.combination, column)?.median);
                }
                list.push(count(least));
            }
            lists.push(list);
        }
        if lists.len() > 1 {
            text.push_str("\nbest median for other targets:\n\n");
            side_by_side(&lists, text);
        }
        Ok(())
    }

    /// Each rule's best score in every setting of batch size, sampler and the like.
    fn matrix(&self, text: &mut String) {
        if self.settings.len() < 2 {
            return;
        }
        let names: Vec<&str> = self.varies.iter().map(|&axis| AXES[axis]).collect();
        let _ = writeln!(text, "\nbest median for each {}:\n", names.join(", "));
        let bests: Vec<HashMap<&[u32], f64>> = self.entrants.iter().map(best_of_each_setting).collect();
        let mut rows = vec![self.rules("rule")];
        for setting in &self.settings {
            let mut row = vec![self.title(setting)];
            // Nothing, where the plan leaves the combination out.
            row.extend(bests.iter().map(|best| best.get(setting).copied().map_or_else(String::new, count)));
            rows.push(row);
        }
        side_by_side(&rows, text);
    }
}

fn best_of_each_setting<'e>(entrant: &'e Entrant<'_>) -> HashMap<&'e [u32], f64> {
    let mut best = HashMap::new();
    for scored in &entrant.combinations {
        let least: &mut f64 = best.entry(scored.setting()).or_insert(f64::INFINITY);
        *least = least.min(scored.score.median);
    }
    best
}

/// What the columns of the ranking say.
const LEGEND: &str = "\
good rates: within twice the cost of the best one in that setting; * where they
reach the end of the grid. diverged: of all runs of the rule.
";

/// The range of rates around the best one whose score is within [`GOOD`] of it.
fn good_rates(best: &Scored<'_>, of_rule: &[Scored<'_>]) -> String {
    if !best.score.median.is_finite() {
        return "none".to_owned();
    }
    let mut same: Vec<&Scored<'_>> = of_rule.iter().filter(|scored| scored.setting() == best.setting()).collect();
    same.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    let good = |scored: &Scored<'_>| scored.score.median <= GOOD * best.score.median;
    let at = same.iter().position(|scored| scored.rate == best.rate).unwrap_or(0);
    let low = same[..=at].iter().rev().take_while(|scored| good(scored)).last().map_or(best.rate, |scored| scored.rate);
    let high = same[at..].iter().take_while(|scored| good(scored)).last().map_or(best.rate, |scored| scored.rate);
    let edge = |rate: f64, end: Option<&&Scored<'_>>| if end.is_some_and(|end| end.rate == rate) { "*" } else { "" };
    match (edge(low, same.first()), edge(high, same.last())) {
        _ if same.len() == 1 => short(low),
        (left, right) if low == high => format!("{left}{}{right}", short(low)),
        (left, right) => format!("{left}{} – {}{right}", short(low), short(high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digester;

    const HEADER: &str = "problem,precision,sampler,batch_size,estimator,schedule,rule,rate,status,final_value,\
                          evaluations_to_1,evaluations_to_0.5\n";

    /// The answer to runs of rule, rate, batch size and what became of them.
    fn answered(runs: &[(&str, &str, u32, &str)]) -> String {
        let mut digester = Digester::new("runs", HEADER).unwrap();
        for (rule, rate, batch, end) in runs {
            digester.push(&format!("line,f64,s,{batch},plain,constant,{rule},{rate},{end}\n"));
        }
        answer(&digester.finish().unwrap(), "value").unwrap()
    }

    #[track_caller]
    fn check(runs: &[(&str, &str, u32, &str)], expected: &str) {
        assert_eq!(answered(runs), format!("{expected}\n{LEGEND}"));
    }

    #[test]
    fn rules_are_ranked_by_the_smallest_target_that_one_reaches() {
        let runs = [
            ("sgd", "0.1", 8, "done,0.5,300,inf"),
            ("sgd", "0.2", 8, "done,0.25,200,900"),
            ("adam", "0.1", 8, "done,0.25,150,600"),
            ("adam", "0.2", 8, "diverged,inf,inf,inf"),
        ];
        let expected = "\
line: term gradients until value ≤ 0.5
median [quartiles] over 1 replicate, each rule at its best setting

  rule  rate           cost  good rates  diverged
  adam   0.1  600 [600–600]        *0.1      50 %
  sgd    0.2  900 [900–900]        0.2*       0 %

best median for other targets:

  rule    1
  adam  150
  sgd   200
";
        check(&runs, expected);
    }

    #[test]
    fn runs_that_failed_are_no_divergences_and_yet_the_worst() {
        let runs = [
            ("broken", "0.1", 8, "failed,,inf,inf"),
            ("wild", "0.1", 8, "diverged,inf,inf,inf"),
            ("wild", "0.2", 8, "failed,,inf,inf"),
            ("good", "0.1", 8, "done,0.25,inf,inf"),
            ("good", "0.1", 16, "done,0.5,inf,inf"),
        ];
        let expected = "\
line: final value (no target was reached, or none was set)
median [quartiles] over 1 replicate, each rule at its best setting

  rule    rate                value  good rates  diverged  setting
  good     0.1  0.250 [0.250–0.250]         0.1       0 %        8
  broken     –               failed        none       0 %        –
  wild       –             diverged        none      50 %        –

best median for other targets:

  rule    1  0.5
  good    ∞    ∞
  broken  ∞    ∞
  wild    ∞    ∞

best median for each batch_size:

  rule        8     16
  good    0.250  0.500
  broken      ∞
  wild        ∞
";
        check(&runs, expected);
    }
}
