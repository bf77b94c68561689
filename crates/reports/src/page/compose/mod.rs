//! From what was found in a result to a report.

mod costs;
mod learning;
mod origin;
mod ranking;
mod settings;
mod words;

pub use origin::Origin;

use std::collections::BTreeMap;

use super::{Column, Exhibit, Fact, Report, Sheet, Source, human, percent};
use crate::analysis::{Comparison, Contest, NamedTable};
use crate::figures::{Axis, Chart, Figure, Mark, Series};
use crate::table::Table;
pub use words::counted;
use words::{listed, metric};

/// A report while it is made.
struct Draft<'a> {
    comparison: &'a Comparison,
    origin: &'a Origin,
    tables: BTreeMap<String, NamedTable>,
}

/// What an exhibit shows.
#[derive(Default)]
struct Shown {
    figure: Option<Figure>,
    sheet: Option<Sheet>,
    caption: Vec<String>,
}

impl Report {
    /// The report on a result.
    #[must_use]
    pub fn of(comparison: &Comparison, origin: &Origin) -> Self {
        let tables = comparison.tables().into_iter().map(|table| (table.table.name.clone(), table)).collect();
        let draft = Draft { comparison, origin, tables };
        let sections = [
            ranking::standings(&draft),
            ranking::leads(&draft),
            learning::section(&draft),
            settings::rates(&draft),
            settings::others(&draft),
            settings::tuning(&draft),
            costs::section(&draft),
        ];
        let question = comparison.question.clone().filter(|question| !question.is_empty());
        Self {
            title: comparison.name.clone(),
            question: question.unwrap_or_else(|| format!("What do the runs of {} say?", comparison.name)),
            verdict: draft.in_words(&comparison.verdict.sentence),
            reservations: draft.reservations(),
            setup: draft.setup(),
            facts: draft.facts(),
            sections: sections.into_iter().filter(|section| !section.exhibits.is_empty()).collect(),
            glossary: words::glossary(comparison),
            provenance: origin.facts.clone(),
            plan: origin.plan.clone(),
            generator: origin.generator.clone(),
        }
    }
}

impl Draft<'_> {
    fn exhibit(&self, id: &str, title: &str, made_of: &[&str], shown: Shown) -> Exhibit {
        let Shown { figure, sheet, mut caption } = shown;
        // A drawing that is handed out says itself how it is read.
        let figure = figure.map(|figure| figure.with_note(&std::mem::take(&mut caption).join(" ")));
        let hashes = self.origin.tables.iter().filter(|table| {
            let of_sweep = self.comparison.facts.plan_hash.is_some();
            !of_sweep || made_of.iter().any(|name| table.name.starts_with(name))
        });
        let plan = self.comparison.facts.plan_hash.as_deref().map(|hash| &hash[..hash.len().min(16)]);
        let drawn = format!("draws {:?}", self.comparison.key);
        let key = plan.map_or(drawn.clone(), |plan| format!("plan {plan}, {drawn}"));
        let source = Source { command: self.origin.command.clone(), key, hashes: hashes.cloned().collect() };
        Exhibit { id: id.to_owned(), title: title.to_owned(), caption, figure, sheet, source }
    }

    /// A table that was found, with what is shown of it; `None` if it has no rows.
    fn sheet(&self, name: &str, columns: Vec<Column>) -> Option<Sheet> {
        let table = self.tables.get(name).filter(|table| !table.table.rows.is_empty())?;
        Some(Sheet { data: table.table.clone(), columns })
    }

    /// The color, dash and symbol of a rule, the same in all figures.
    fn style(&self, rule: &str) -> usize {
        self.comparison.rules.iter().position(|known| known == rule).unwrap_or(0)
    }

    fn series(&self, rule: &str, marks: Vec<Mark>) -> Series {
        Series { name: rule.to_owned(), style: self.style(rule), marks }
    }

    /// A score as it is written.
    fn written(&self, contest: &Contest, score: f64) -> f64 {
        if contest.criterion.target.is_some() { score } else { self.comparison.measure.written(score) }
    }

    /// What scores are, in words: `term gradients until held-out error ≤ 0.04`.
    fn score(&self, contest: &Contest) -> String {
        let measure = &self.comparison.measure;
        match &contest.criterion.target {
            Some(target) => {
                let sign = if measure.maximize { "≥" } else { "≤" };
                format!("{} until {} {sign} {}", measure.unit, metric(&measure.metric).0, target.text)
            }
            None => {
                let (when, name) = contest.criterion.title.split_once(' ').unwrap_or(("", &contest.criterion.title));
                if ["final", "best"].contains(&when) { format!("{when} {}", metric(name).0) } else { metric(name).0 }
            }
        }
    }

    /// A sentence with scores in words, and not as columns are called.
    fn in_words(&self, sentence: &str) -> String {
        let turned =
            |sentence: String, contest: &Contest| sentence.replace(&contest.criterion.title, &self.score(contest));
        self.comparison.contests.iter().fold(sentence.to_owned(), turned)
    }

    /// The axis of scores.
    fn score_axis(&self, contest: &Contest) -> Axis {
        let unit =
            if contest.criterion.target.is_some() { String::new() } else { metric(&self.comparison.measure.metric).1 };
        let axis = Axis::new(&self.score(contest), &unit);
        if contest.criterion.ratio { axis.log() } else { axis }
    }

    /// A chart for each problem, under the name of the problem if there are several.
    fn per_problem(&self, title: &str, chart: impl Fn(&Contest) -> Option<Chart>) -> Option<Figure> {
        let contests = &self.comparison.contests;
        let named = |contest: &Contest| {
            let title = if contests.len() > 1 { contest.problem.clone() } else { String::new() };
            Some(Chart { title, ..chart(contest).filter(has_numbers)? })
        };
        let mut charts: Vec<Chart> = contests.iter().take(MOST_PROBLEMS).filter_map(named).collect();
        match charts.len() {
            0 => None,
            1 => charts.pop().map(|chart| Figure::of(title, chart)),
            _ => Some(Figure::multiples(title, charts, 2)),
        }
    }

    /// What figures that have a chart for each problem leave out.
    fn left_out(&self) -> Option<String> {
        words::first(MOST_PROBLEMS, self.comparison.contests.len(), "first", "problems")
    }

    fn reservations(&self) -> Vec<String> {
        let Comparison { verdict, warnings, .. } = self.comparison;
        verdict.notes.iter().chain(warnings).map(|note| words::sentence(&self.in_words(note))).collect()
    }

    /// What was run, in two sentences.
    fn setup(&self) -> String {
        let words = &self.comparison.words;
        let some = |axis: usize, one: &str, several: &str| match words[axis].as_slice() {
            [] => None,
            [word] => Some(format!("{one} {word}")),
            words => Some(format!("{} {several} ({})", words.len(), listed(words))),
        };
        let parts = [
            some(6, "the rule", "update rules"),
            some(0, "the problem", "problems"),
            some(2, "the sampler", "samplers"),
            some(3, "batch size", "batch sizes"),
            some(4, "the gradient estimator", "gradient estimators"),
            some(5, "the schedule", "schedules"),
            some(1, "precision", "precisions"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            return String::new();
        }
        let combinations = counted(self.comparison.combinations.len(), "combination");
        format!(
            "{combinations} of {}. {}.",
            parts.join(", "),
            words::sentence(&self.comparison.split_text()).trim_end_matches('.')
        )
    }

    fn facts(&self) -> Vec<Fact> {
        let Comparison { runs, diverged, failed, split, measure, budget, facts, .. } = self.comparison;
        let share = |count: usize| if *runs == 0 { "–".to_owned() } else { percent(count as f64 / *runs as f64) };
        let replicates = split.tuning.len().max(split.fresh.len());
        let replicates = if split.is_honest() { split.tuning.len() + split.fresh.len() } else { replicates };
        let mut found = vec![
            Fact::new("Runs", human(*runs as f64)),
            Fact::new("Diverged", share(*diverged)),
            Fact::new("Replicates", replicates.to_string()),
        ];
        if *failed > 0 {
            found.push(Fact::new("Failed", share(*failed)));
        }
        if let Some(budget) = budget {
            found.push(Fact::new("Budget", format!("{} {}", human(*budget), measure.unit)));
        } else if let Some(budget) = origin::budget(&facts.plan) {
            found.push(Fact::new("Budget", budget));
        }
        if !measure.targets.is_empty() {
            let sign = if measure.maximize { "≥" } else { "≤" };
            let levels: Vec<String> = measure.targets.iter().map(|target| target.text.clone()).collect();
            found.push(Fact::new("Targets", format!("{} {sign} {}", metric(&measure.metric).0, levels.join(", "))));
        }
        found
    }
}

/// The most problems that a figure has a chart for.
const MOST_PROBLEMS: usize = 12;

/// Whether there is anything between the axes, and not only at infinity.
fn has_numbers(chart: &Chart) -> bool {
    let finite = |numbers: &[f64]| numbers.iter().any(|x| x.is_finite());
    chart.series.iter().flat_map(|series| &series.marks).any(|mark| match mark {
        Mark::Line { x, y, .. } | Mark::Points { x, y } => x.iter().zip(y).any(|(x, y)| x.is_finite() && y.is_finite()),
        Mark::Box { values, .. } => finite(values),
        _ => false,
    })
}

/// A table that was not found as it is.
fn table(name: &str, columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let columns = columns.iter().map(|&column| column.to_owned()).collect();
    Table { name: name.to_owned(), columns, rows: rows.into_iter().map(Into::into).collect() }
}

/// A line with a band around it, where the edges differ from it.
fn curve(x: Vec<f64>, y: Vec<f64>, edges: Option<(Vec<f64>, Vec<f64>)>, symbols: bool) -> Vec<Mark> {
    let mut marks = Vec::new();
    if let Some((low, high)) = edges.filter(|(low, high)| low != high) {
        marks.push(Mark::Band { x: x.clone(), low, high });
    }
    marks.push(Mark::Line { x: x.clone(), y: y.clone(), steps: false });
    if symbols {
        marks.push(Mark::Points { x, y });
    }
    marks
}
