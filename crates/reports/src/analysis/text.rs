//! What was found, as text of at most 80 columns.

use std::fmt::Write;

use super::findings::{Comparison, Contest, Outlook, Pair, Scope, Standing};
use super::verdict::{said, said_range};
use crate::layout::{WIDTH, columns, count, line_width, printable, short, side_by_side};

impl Comparison {
    /// The tables that people read after the verdict.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for contest in &self.contests {
            self.contest_text(contest, &mut text);
        }
        self.pairs_text(&mut text);
        self.overall_text(&mut text);
        self.outlook_text(&mut text);
        text
    }

    /// How replicates were used.
    #[must_use]
    pub fn split_text(&self) -> String {
        let [tuning, fresh] = [&self.split.tuning, &self.split.fresh].map(|replicates| ranges(replicates));
        if self.split.is_honest() {
            format!("settings chosen on replicates {tuning}, scored on replicates {fresh}")
        } else {
            format!("settings chosen and scored on replicates {fresh}")
        }
    }

    fn contest_text(&self, contest: &Contest, text: &mut String) {
        text.push_str(&filled("", &format!("{}: {}", contest.problem, contest.criterion.title)));
        text.push('\n');
        let titles = ["rule", "rate", "runs", "reached", "median", "good rates", "diverged", "setting"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        rows.extend(contest.standings.iter().map(|standing| self.standing_row(contest, standing)));
        // What is the same for everybody, or said by another column, only takes room.
        let cost = contest.criterion.target.is_some();
        let drop = [
            (7, contest.varies.is_empty()),
            (6, contest.standings.iter().all(|standing| standing.all_diverged == 0)),
            (3, !cost),
            (2, cost),
        ];
        for (column, _) in drop.iter().filter(|(_, drop)| *drop) {
            rows.iter_mut().for_each(|row| {
                row.remove(*column);
            });
        }
        if line_width(&rows) > WIDTH && !contest.varies.is_empty() {
            rows.iter_mut().for_each(|row| {
                row.pop();
            });
            columns(&rows, text);
            let _ = writeln!(text, "\nwith this {}:\n", contest.varies.join(", "));
            for setting in settings(contest) {
                text.push_str(&setting);
            }
        } else {
            columns(&rows, text);
        }
        text.push('\n');
    }

    fn standing_row(&self, contest: &Contest, standing: &Standing) -> Vec<String> {
        let fresh = &standing.fresh;
        let median = match fresh.runs() {
            0 => "no fresh runs".to_owned(),
            runs if fresh.diverged == runs => "diverged".to_owned(),
            runs if fresh.failed == runs => "failed".to_owned(),
            _ if fresh.finite == 0 => "not reached".to_owned(),
            1 => said(self, contest, fresh.median),
            _ => {
                let ([low, high], median) = (said_range(self, contest, fresh), said(self, contest, fresh.median));
                let bracket = if fresh.interval.is_some() { ["[", "]"] } else { ["(", ")"] };
                format!("{median} {}{low}–{high}{}", bracket[0], bracket[1])
            }
        };
        let rate = standing.setting.rate().map_or_else(|| standing.setting.axes[7].clone(), short);
        let edge = if standing.at_edge { "*" } else { "" };
        let good = match standing.good {
            None => "–".to_owned(),
            Some(good) if good.low == good.high => short(good.low),
            Some(good) => {
                let [left, right] = good.open.map(|open| if open { "*" } else { "" });
                format!("{left}{}–{}{right}", short(good.low), short(good.high))
            }
        };
        vec![
            standing.rule.clone(),
            format!("{rate}{edge}"),
            fresh.runs().to_string(),
            format!("{}/{}", fresh.finite, fresh.runs()),
            median,
            good,
            format!("{:.0} %", 100.0 * standing.all_diverged as f64 / standing.all_runs.max(1) as f64),
            standing.setting.text.clone(),
        ]
    }

    fn pairs_text(&self, text: &mut String) {
        let pairs: Vec<&Pair> = self.main_pairs().collect();
        let Some(first) = pairs.first() else { return };
        let scope = match self.scope {
            Scope::Chosen => "each at its chosen setting".to_owned(),
            Scope::Everywhere => format!("each at its best rate in each of {} settings", first.blocks),
        };
        text.push_str(&filled("", &format!("{} against the others, {scope}:", first.leader)));
        text.push('\n');
        let effect = if self.is_ratio() { "ratio" } else { "difference" };
        let titles = ["rule", "pairs", effect, "won", "tied", "Holm p", "P(better)"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        rows.extend(pairs.iter().map(|pair| {
            let effect = match pair.interval {
                Some(interval) => {
                    format!("{} [{}–{}]", signed(pair.effect), signed(interval.low), signed(interval.high))
                }
                None => signed(pair.effect),
            };
            let better = if pair.improvement.is_nan() { "–".to_owned() } else { format!("{:.2}", pair.improvement) };
            let mut row = vec![pair.rule.clone(), pair.pairs.to_string(), effect];
            row.extend([pair.wins, pair.ties].map(|n| n.to_string()));
            row.extend([probability(pair.adjusted), better]);
            row
        }));
        columns(&rows, text);
        let found: Vec<f64> = pairs.iter().map(|pair| pair.detectable).filter(|x| x.is_finite()).collect();
        let [low, high] = [f64::min, f64::max].map(|f| found.iter().copied().reduce(f).unwrap_or(f64::NAN));
        if !found.is_empty() {
            let range =
                if count(low) == count(high) { count(low) } else { format!("{} to {}", count(low), count(high)) };
            text.push_str(&format!("\nso many pairs find a mean {effect} of {range} with 80 % probability\n"));
        }
        text.push('\n');
    }

    fn overall_text(&self, text: &mut String) {
        if self.rules.len() < 2 || (self.ranks.is_none() && self.profiles.is_none()) {
            return;
        }
        let mut titles = vec!["rule".to_owned()];
        if let Some(ranks) = &self.ranks {
            let p = probability(ranks.best_p_value());
            let is = if p.starts_with('<') { "" } else { "= " };
            let words = format!(
                "mean ranks over {} {}: {}, p {is}{p}; ranks that differ by less than {} cannot be told apart \
                 (Nemenyi, 5 %)",
                ranks.blocks,
                ranks.over,
                ranks.best_p_name(),
                count(ranks.critical_difference)
            );
            text.push_str(&filled("", &words));
            titles.push("mean rank".to_owned());
        }
        if let Some(profiles) = &self.profiles {
            let words = format!(
                "score: area under the performance profile up to 4 times the best, over {} instances (setting and fresh \
                 replicate); solved: the share of them in which the rule reaches the target",
                profiles.instances
            );
            text.push_str(&filled("", &words));
            titles.extend(["score".to_owned(), "solved".to_owned()]);
        }
        text.push('\n');
        let mut rows = vec![titles];
        for rule in &self.rules {
            let mut row = vec![rule.clone()];
            if let Some(ranks) = &self.ranks {
                let rank = ranks.mean_ranks.iter().find(|(name, _)| name == rule);
                row.push(rank.map_or_else(|| "–".to_owned(), |(_, rank)| count(*rank)));
            }
            if let Some(profiles) = &self.profiles {
                let score = profiles.scores.iter().find(|(name, _)| name == rule).map_or(f64::NAN, |(_, score)| *score);
                let solved = profiles.performance.iter().find(|(name, _)| name == rule);
                row.extend([
                    count(score),
                    solved.map_or_else(|| "–".to_owned(), |(_, solved)| format!("{:.2}", solved.limit())),
                ]);
            }
            rows.push(row);
        }
        columns(&rows, text);
        text.push('\n');
    }

    /// Who leads for each target and budget.
    fn outlook_text(&self, text: &mut String) {
        for contest in &self.contests {
            let of_problem: Vec<&Outlook> = self.outlook.iter().filter(|o| o.problem == contest.problem).collect();
            if of_problem.is_empty() || self.rules.len() < 2 {
                continue;
            }
            let mut shares: Vec<f64> = of_problem.iter().map(|outlook| outlook.share).collect();
            shares.dedup();
            let mut targets: Vec<Option<f64>> = Vec::new();
            of_problem.iter().filter(|o| o.share == shares[0]).for_each(|outlook| targets.push(outlook.target));
            let name =
                |target: &Option<f64>| target.map_or_else(|| "best value".to_owned(), |target| format!("{target}"));
            let mut lists =
                vec![std::iter::once("target".to_owned()).chain(targets.iter().map(name)).collect::<Vec<_>>()];
            for share in shares {
                let mut list = vec![format!("{:.0} % of the longest", 100.0 * share)];
                for target in &targets {
                    let found = of_problem.iter().find(|o| o.share == share && o.target == *target);
                    list.push(found.map_or_else(String::new, |outlook| self.leader_text(outlook)));
                }
                lists.push(list);
            }
            let words = format!("{}: who leads for each target and budget, tuned for it", contest.problem);
            text.push_str(&filled("", &words));
            text.push('\n');
            side_by_side(&lists, text);
            text.push('\n');
        }
    }

    fn leader_text(&self, outlook: &Outlook) -> String {
        let Some((rule, _, scores)) = outlook.ranking.first() else { return "–".to_owned() };
        if !scores.median.is_finite() {
            return "–".to_owned();
        }
        let score = if outlook.target.is_some() { scores.median } else { self.measure.written(scores.median) };
        let tied = outlook.ranking.iter().filter(|(.., other)| other.median == scores.median).count() - 1;
        let others = if tied > 0 { format!(" +{tied}") } else { String::new() };
        format!("{rule}{others} {}", signed(score))
    }
}

/// The settings that are chosen, each with its rules, a line for each unless there are many.
fn settings(contest: &Contest) -> Vec<String> {
    let mut settings: Vec<(&str, Vec<&str>)> = Vec::new();
    for standing in &contest.standings {
        match settings.iter_mut().find(|(setting, _)| *setting == standing.setting.text) {
            Some((_, rules)) => rules.push(&standing.rule),
            None => settings.push((&standing.setting.text, vec![&standing.rule])),
        }
    }
    let line = |(setting, rules): &(&str, Vec<&str>)| filled("  ", &format!("{setting}: {}", rules.join(", ")));
    settings.iter().map(line).collect()
}

/// Words in lines of the width of a terminal, indented by `first`, and by two more from the second line on.
fn filled(first: &str, words: &str) -> String {
    let (mut text, mut width) = (first.to_owned(), first.len());
    for (number, word) in printable(words).split(' ').enumerate() {
        let needed = word.chars().count() + usize::from(number > 0);
        if number > 0 && width + needed > WIDTH {
            text.push_str(&format!("\n{first}  "));
            width = first.len() + 2;
        } else if number > 0 {
            text.push(' ');
        }
        text.push_str(word);
        width += needed;
    }
    text.push('\n');
    text
}

/// A number that may be negative, with three digits.
pub(super) fn signed(x: f64) -> String {
    if x < 0.0 { format!("−{}", count(-x)) } else { count(x) }
}

/// A p-value with two digits.
pub(super) fn probability(p: f64) -> String {
    match p {
        p if p.is_nan() => "–".to_owned(),
        1.0 => "1".to_owned(),
        p if p < 0.0001 => "< 0.0001".to_owned(),
        p if p < 0.0995 => format!("{p:.*}", if p < 0.00995 { 4 } else { 3 }),
        p => format!("{p:.2}"),
    }
}

/// Numbers as ranges: 0–4, 7.
fn ranges(numbers: &[u32]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = numbers;
    while let Some(&first) = rest.first() {
        let length = rest.iter().zip(first..).take_while(|(found, expected)| *found == expected).count();
        parts.push(if length == 1 { first.to_string() } else { format!("{first}–{}", rest[length - 1]) });
        rest = &rest[length..];
    }
    if parts.len() > 4 {
        return format!("{}, … ({} of them)", parts[..3].join(", "), numbers.len());
    }
    parts.join(", ")
}
