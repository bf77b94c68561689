//! What was found, as text of at most 80 columns.

use std::fmt::Write;

use super::findings::{Comparison, Contest, Outlook, Pair, Scope, Standing};
use super::verdict::said;
use crate::layout::{WIDTH, columns, count, line_width, short, side_by_side};

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
        let _ = writeln!(text, "{}: {}\n", contest.problem, contest.criterion.title);
        let name = if contest.criterion.target.is_some() { "median cost" } else { "median" };
        let titles = ["rule", "rate", "n", name, "reached", "good rates", "diverged", "setting"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        rows.extend(contest.standings.iter().map(|standing| self.standing_row(contest, standing)));
        if contest.criterion.target.is_none() {
            rows.iter_mut().for_each(|row| drop(row.remove(4)));
        }
        if contest.varies.is_empty() {
            rows.iter_mut().for_each(|row| drop(row.pop()));
        }
        if line_width(&rows) > WIDTH && !contest.varies.is_empty() {
            let settings: Vec<String> = rows.iter_mut().filter_map(Vec::pop).collect();
            columns(&rows, text);
            text.push_str("\nsettings:\n");
            for (row, setting) in rows.iter().zip(&settings).skip(1) {
                let _ = writeln!(text, "  {}: {setting}", row[0]);
            }
        } else {
            columns(&rows, text);
        }
        text.push('\n');
    }

    fn standing_row(&self, contest: &Contest, standing: &Standing) -> Vec<String> {
        let fresh = &standing.fresh;
        let (low, high) = fresh.low_high();
        let median = match fresh.runs() {
            0 => "no fresh runs".to_owned(),
            runs if fresh.diverged == runs => "diverged".to_owned(),
            runs if fresh.failed == runs => "failed".to_owned(),
            _ if fresh.finite == 0 => "not reached".to_owned(),
            1 => said(self, contest, fresh.median),
            _ => {
                let [median, low, high] = [fresh.median, low, high].map(|x| said(self, contest, x));
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
            median,
            format!("{}/{}", fresh.finite, fresh.runs()),
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
        let _ = writeln!(text, "{} against the others, {scope}:\n", first.leader);
        let effect = if self.is_ratio() { "times its score" } else { "score minus its" };
        let titles = ["rule", "pairs", effect, "won", "tied", "p", "Holm p", "P(better)", "detectable"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        rows.extend(pairs.iter().map(|pair| {
            let effect = match pair.interval {
                Some(interval) => {
                    format!("{} [{}–{}]", signed(pair.effect), signed(interval.low), signed(interval.high))
                }
                None => signed(pair.effect),
            };
            let p = pair.sign_flip.map_or_else(|| "–".to_owned(), |test| probability(test.p_value));
            vec![
                pair.rule.clone(),
                pair.pairs.to_string(),
                effect,
                pair.wins.to_string(),
                pair.ties.to_string(),
                p,
                probability(pair.adjusted),
                if pair.improvement.is_nan() { "–".to_owned() } else { format!("{:.2}", pair.improvement) },
                signed(pair.detectable),
            ]
        }));
        columns(&rows, text);
        text.push('\n');
    }

    fn overall_text(&self, text: &mut String) {
        if self.rules.len() < 2 || (self.ranks.is_none() && self.profiles.is_none()) {
            return;
        }
        let mut titles = vec!["rule".to_owned()];
        if let Some(ranks) = &self.ranks {
            let p = probability(ranks.iman_davenport);
            let _ = writeln!(
                text,
                "mean ranks over {} {}: Friedman p = {p}; ranks that differ by less than\n{} cannot be told apart (Nemenyi, 5 %)",
                ranks.blocks,
                ranks.over,
                count(ranks.critical_difference)
            );
            titles.push("mean rank".to_owned());
        }
        if let Some(profiles) = &self.profiles {
            let _ = writeln!(
                text,
                "score: area under the performance profile up to 4 times the best, over {}\nruns; solved: share of them that reached the target",
                profiles.instances
            );
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
                let mut list = vec![format!("{:.0} % of the budget", 100.0 * share)];
                for target in &targets {
                    let found = of_problem.iter().find(|o| o.share == share && o.target == *target);
                    list.push(found.map_or_else(String::new, |outlook| self.leader_text(outlook)));
                }
                lists.push(list);
            }
            let _ = writeln!(text, "{}: who leads, for each target and budget, tuned for it\n", contest.problem);
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

/// A number that may be negative, with three digits.
fn signed(x: f64) -> String {
    if x < 0.0 { format!("−{}", count(-x)) } else { count(x) }
}

/// A p-value with two digits.
fn probability(p: f64) -> String {
    match p {
        p if p.is_nan() => "–".to_owned(),
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
