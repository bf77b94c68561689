//! What changed between two results, as text and tables.

use std::fmt::Write;

use super::change::{Change, Pairing, Shift};
use super::columns::explained;
use super::plans::PlanChange;
use super::tables::{Making, NamedTable, number};
use super::text::{probability, signed};
use super::verdict::{ALPHA, listed};
use crate::layout::{columns, shortened};
use crate::runs::AXES;

/// So many changes of the plan are shown.
const SHOWN: usize = 20;

impl Change {
    /// What it all says, in one sentence.
    pub(super) fn verdict(&self) -> String {
        let Some(overall) = &self.overall else {
            return "Both results have no combination in common, so their outcomes cannot be compared.".to_owned();
        };
        let how = match &self.pairing {
            Pairing::Paired => "paired by the random numbers that they share".to_owned(),
            Pairing::Unpaired(reason) => format!("unpaired, because {reason}"),
        };
        let runs = overall.runs;
        if self.pairing == Pairing::Paired && overall.same == runs {
            return format!("Nothing changed: all {runs} runs that both have end with the same scores.");
        }
        let effect = match (self.ratio, overall.effect) {
            (true, 1.0) | (false, 0.0) => "the scores of the first: no change".to_owned(),
            (true, effect) => format!("{} times the scores of the first", signed(effect)),
            (false, effect) => format!("{} added to the scores of the first", signed(effect)),
        };
        let real = |shift: &Shift| shift.adjusted <= ALPHA;
        let changed: Vec<&str> =
            self.rules.iter().filter(|shift| real(shift)).filter_map(|s| s.rule.as_deref()).collect();
        let rules = match changed.len() {
            0 => "for no single rule is the change beyond chance".to_owned(),
            n if n == self.rules.len() && n > 1 => "for every rule the change is beyond chance".to_owned(),
            _ => format!("the change is beyond chance for {}", listed(&changed)),
        };
        let p = probability(overall.p_value);
        let is = if p.starts_with('<') { "" } else { "= " };
        let whole = match (overall.p_value <= ALPHA, effect.ends_with("no change")) {
            (true, _) => ", which is real",
            (false, true) => "",
            (false, false) => ", which is not beyond chance",
        };
        format!(
            "The second result has in the median {effect}{whole} (p {is}{p}, {how}, {} units); {rules}.{}",
            overall.units,
            self.counted(overall)
        )
    }

    /// How many runs did what, as a further sentence; nothing if runs are not paired.
    fn counted(&self, shift: &Shift) -> String {
        let Shift { runs, same, smaller, gained, lost, .. } = shift;
        if self.pairing != Pairing::Paired {
            return String::new();
        }
        let larger = runs - same - smaller;
        let mut text =
            format!(" Of {runs} runs {same} have the same score, {smaller} a smaller and {larger} a larger one");
        if gained + lost > 0 {
            let _ = write!(text, ": {gained} went from no finite score to one, {lost} the other way");
        }
        text + "."
    }

    /// Plan, outcomes and rules.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("  first   {}\n  second  {}\n", self.names[0], self.names[1]);
        if self.plan.is_empty() {
            text.push_str("\nplan, data and programs are the same\n");
        } else {
            text.push_str("\nwhat changed beside the outcomes:\n\n");
            for change in self.plan.iter().take(SHOWN) {
                text.push_str(&said(change));
            }
            if self.plan.len() > SHOWN {
                let _ = writeln!(text, "  and {} more in changes.csv", self.plan.len() - SHOWN);
            }
        }
        let [first, second] = self.alone;
        let _ = writeln!(
            text,
            "\n{} combinations are in both, {first} only in the first, {second} only in the second",
            self.cells.len()
        );
        if self.cells.is_empty() {
            return text;
        }
        for (problem, title) in &self.criteria {
            let _ = writeln!(text, "  {problem}: {title}");
        }
        text.push('\n');
        let titles = ["rule", "runs", "same", "units", if self.ratio { "ratio" } else { "difference" }, "p", "Holm p"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        rows.extend(self.rules.iter().chain(&self.overall).map(row));
        columns(&rows, &mut text);
        text
    }

    /// The changes of the plan, the combinations, and the rules.
    #[must_use]
    pub fn tables(&self) -> Vec<NamedTable> {
        let mut plan = Making::new("changes", "what changed beside the outcomes", &["key", "before", "after"]);
        for change in &self.plan {
            plan.row(vec![change.key.clone(), change.before.clone(), change.after.clone()]);
        }
        let mut names: Vec<&str> = AXES.to_vec();
        names.extend(["runs_before", "runs_after", "median_before", "median_after", "same"]);
        let mut cells = Making::new("cells", "combinations that both have", &names);
        for cell in &self.cells {
            let mut row = cell.axes.to_vec();
            row.extend(cell.runs.map(|n| n.to_string()));
            row.extend(cell.medians.map(number));
            row.push(cell.same.to_string());
            cells.row(row);
        }
        let names = [
            "rule",
            "combinations",
            "runs",
            "same",
            "smaller",
            "gained",
            "lost",
            "units",
            "paired",
            "effect",
            "median_effect",
            "low",
            "high",
            "p",
            "holm_p",
        ];
        let mut rules = Making::new("shifts", "how outcomes differ, by rule", &names);
        for shift in self.rules.iter().chain(&self.overall) {
            let mut row = vec![shift.rule.clone().unwrap_or_else(|| "all".to_owned())];
            let Shift { combinations, runs, same, smaller, gained, lost, units, .. } = *shift;
            row.extend([combinations, runs, same, smaller, gained, lost, units].map(|n| n.to_string()));
            row.push((self.pairing == Pairing::Paired).to_string());
            let interval = shift.interval.map_or([f64::NAN; 2], |interval| [interval.low, interval.high]);
            row.extend(
                [shift.effect, shift.typical, interval[0], interval[1], shift.p_value, shift.adjusted].map(number),
            );
            rules.row(row);
        }
        let mut tables: Vec<NamedTable> = [plan, cells, rules].into_iter().map(|Making(table)| table).collect();
        tables.push(explained(&tables));
        tables
    }
}

/// A change in one line if it is short.
fn said(change: &PlanChange) -> String {
    let line = match (change.before.as_str(), change.after.as_str()) {
        ("", after) => format!("only the second: {after}"),
        (before, "") => format!("only the first: {before}"),
        (before, after) => format!("{before} → {after}"),
    };
    let key = shortened(&change.key, 26);
    if line.chars().count() <= 50 {
        return format!("  {key:26}  {line}\n");
    }
    let mut text = format!("  {}\n", shortened(&change.key, 76));
    for (which, words) in [("first ", &change.before), ("second", &change.after)] {
        if !words.is_empty() {
            let _ = writeln!(text, "    {which}  {}", shortened(words, 66));
        }
    }
    text
}

fn row(shift: &Shift) -> Vec<String> {
    let effect = match shift.interval {
        Some(interval) => format!("{} [{}–{}]", signed(shift.effect), signed(interval.low), signed(interval.high)),
        None => signed(shift.effect),
    };
    let mut row = vec![shift.rule.clone().unwrap_or_else(|| "all together".to_owned())];
    row.extend([shift.runs, shift.same, shift.units].map(|n| n.to_string()));
    row.extend([effect, probability(shift.p_value), probability(shift.adjusted)]);
    row
}
