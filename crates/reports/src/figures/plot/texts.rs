//! Everything that is written in a figure.

use std::fmt::Write;

use super::build::{Hidden, Line, MOST};
use super::records::Records;
use super::tables::{From, Tables, Task};
use super::{Drawn, Kind};
use crate::figures::model::{Axis, Figure};
use crate::figures::scale::three;

/// Everything that is written.
pub struct Texts<'a> {
    pub tables: &'a Tables,
    pub task: &'a Task,
    pub records: &'a Records,
}

impl Texts<'_> {
    /// A column for people.
    fn label(&self, column: &str) -> String {
        let metric = self.tables.facts.metric.as_deref().map_or("target", |metric| metric).replace('_', " ");
        for cost in ["evaluations", "steps"] {
            if let Some(level) = column.strip_prefix(&format!("{cost}_to_")) {
                let (level, rest) = level.split_once('_').unwrap_or((level, ""));
                let rest = if rest.is_empty() { String::new() } else { format!(", {rest}") };
                return format!("{cost} to {metric} ≤ {level}{rest}");
            }
        }
        column.replace('_', " ")
    }

    pub fn axis(&self, column: &str) -> Axis {
        let unit = |name: &str| self.task.wish.units.get(name).cloned();
        let target = column.split_once("_to_").map(|(cost, _)| cost);
        let unit = unit(column).or_else(|| unit(target?)).unwrap_or_default();
        Axis::new(&self.label(column), if unit == "1" { "" } else { &unit })
    }

    /// What tells a series from the others.
    pub fn words(&self, series: usize) -> Vec<String> {
        let (tuple, words) = (&self.records.tuples.tuples[series], &self.records.words);
        let word = |i: usize| words[i].words.get(tuple[i] as usize).cloned().unwrap_or_default();
        self.task.by.iter().enumerate().map(|(i, name)| described(name, &word(i + 1))).collect()
    }

    /// The name of each series: its words, and those of its setting that vary.
    pub fn names(&self) -> Vec<String> {
        let columns = &self.records.runs.columns;
        let varies = self.varying();
        let name = |series: usize| {
            let mut words = self.words(series);
            let setting =
                |&column: &usize| self.of_series(series, column).first().map(|word| described(&columns[column], word));
            words.extend(varies.iter().filter_map(setting));
            words.join(", ")
        };
        (0..self.records.best.len()).map(name).collect()
    }

    /// The axes of settings of which several values are shown, if each series has one.
    fn varying(&self) -> Vec<usize> {
        let different = |column: &usize| self.shown(*column).len() > 1 && !self.changes(*column);
        self.setting().into_iter().filter(different).collect()
    }

    /// Whether a series has several values of an axis, since its best setting is another one at each x.
    fn changes(&self, column: usize) -> bool {
        (0..self.records.best.len()).any(|series| self.of_series(series, column).len() > 1)
    }

    /// The values of an axis of settings that a series is shown with.
    fn of_series(&self, series: usize, column: usize) -> Vec<&str> {
        let runs = &self.records.runs;
        if self.task.kind != Kind::Settings {
            return vec![runs.word_of(self.records.best[series].1, column)];
        }
        let members = self.records.members[series].iter();
        let mut words: Vec<&str> = members.map(|&run| runs.word_of(runs.tuple[run as usize], column)).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// What all series have in common, of what was varied.
    fn common(&self) -> String {
        let shared = self.setting().into_iter().filter_map(|column| match &self.shown(column)[..] {
            [word] => Some(described(&self.records.runs.columns[column], word)),
            _ => None,
        });
        let words: Vec<String> = shared.collect();
        if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
    }

    /// The axes of settings that have several values, if each series has one setting.
    fn setting(&self) -> Vec<usize> {
        let runs = &self.records.runs;
        if matches!(self.task.kind, Kind::Points | Kind::Heat) {
            return Vec::new();
        }
        let several = |column: &usize| {
            let name = &runs.columns[*column];
            runs.words[*column].words.len() > 1 && name != "problem" && *name != self.task.x
        };
        (runs.series..runs.columns.len()).filter(several).collect()
    }

    /// The words of a column that series are shown with.
    fn shown(&self, column: usize) -> Vec<&str> {
        let mut words: Vec<&str> =
            (0..self.records.best.len()).flat_map(|series| self.of_series(series, column)).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// The figure with its texts.
    pub fn drawn(&self, figure: Figure, lines: &[Line], hidden: Hidden) -> Drawn {
        let task = self.task;
        let measured = self.label(task.measured());
        let title = match task.kind {
            Kind::Heat => format!("{measured}, by {} and {}", self.label(&task.x), self.label(&task.y)),
            Kind::Boxes if task.by.is_empty() => measured,
            Kind::Boxes => format!("{measured}, by {}", self.list(&task.by)),
            Kind::Ecdf => format!("share of runs by {measured}"),
            _ => format!("{measured} against {}", self.label(&task.x)),
        };
        let mut name = [&task.z.clone().unwrap_or_default(), &task.y, &task.x]
            .into_iter()
            .filter(|s| !s.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join("-");
        if !task.wish.by.is_empty() || matches!(task.kind, Kind::Boxes) {
            let _ = write!(name, "-by-{}", task.by.join("-"));
        }
        if let Some(kind) = task.wish.kind {
            let _ = write!(
                name,
                "-{}",
                super::KINDS.iter().find(|(known, ..)| *known == kind).map_or("", |(_, name, _)| name)
            );
        }
        let name = name.replace(|c: char| !c.is_alphanumeric() && !"._-".contains(c), "_");
        let figure = Figure { title: format!("{}: {title}", self.tables.name), ..figure };
        Drawn { figure: figure.with_subtitle(&self.subtitle(lines)).with_note(&self.note(lines, hidden)), name }
    }

    fn list(&self, columns: &[String]) -> String {
        columns.iter().map(|name| self.label(name)).collect::<Vec<_>>().join(" and ")
    }

    fn subtitle(&self, lines: &[Line]) -> String {
        let task = self.task;
        if matches!(task.from, From::Alone(_)) {
            let several = lines.iter().any(|line| line.band.is_some());
            return if several { "Medians and quartiles of rows with the same x.".to_owned() } else { String::new() };
        }
        let replicates = lines.iter().map(|line| line.runs).max().unwrap_or(0);
        let changing = self.setting().into_iter().filter(|&column| self.changes(column));
        let changing: Vec<String> = changing.map(|column| self.records.runs.columns[column].clone()).collect();
        let each = match (&task.by[..], task.kind) {
            (_, Kind::Points) => "every run".to_owned(),
            ([], _) => "at the best setting".to_owned(),
            (by, _) if self.records.criteria.is_empty() => format!("each {}", self.list(by)),
            (by, _) if !changing.is_empty() => {
                let (by, best) = (self.list(by), self.list(&changing));
                format!("each {by} at the best {best} for each {}{}", self.label(&task.x), self.common())
            }
            (by, _) => format!("each {} at its best setting{}", self.list(by), self.common()),
        };
        let text = match task.kind {
            Kind::Curves if replicates > 1 => format!("medians over {replicates} replicates with quartiles, {each}"),
            Kind::Settings => format!("medians over replicates with quartiles, {each}"),
            Kind::Boxes => format!("quartiles and every run, {each}"),
            Kind::Heat => "medians over replicates, everything else at its best setting".to_owned(),
            _ => each,
        };
        let mut characters = text.chars();
        let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}.", characters.as_str())
    }

    fn note(&self, lines: &[Line], Hidden { count, worse }: Hidden) -> String {
        let mut note = String::new();
        let of_lines: usize = lines.iter().map(|line| line.runs).sum();
        let of_heat = self.task.kind == Kind::Heat && self.task.from == From::Runs;
        let runs = if of_heat { self.records.series.len() } else { of_lines };
        let lost: usize = lines.iter().map(|line| line.lost).sum();
        if runs > 0 {
            let _ = write!(note, "{runs} runs");
            let _ = match lost {
                0 if of_heat => write!(note, ". "),
                0 => write!(note, ", none of which diverged. "),
                lost => write!(note, ", of which {lost} diverged or failed and are at ∞ from then on. "),
            };
        }
        if self.task.kind != Kind::Points && !self.records.criteria.is_empty() {
            let criteria = self.list(&self.records.criteria);
            let _ = write!(note, "The best setting has the smallest median of {criteria}, on the same runs. ");
        }
        if count > 0 {
            let chosen = match (worse, self.task.is_alone()) {
                (false, _) => format!("first {MOST}"),
                (true, false) => format!("best {MOST}"),
                (true, true) => format!("{MOST} that end with the smallest {}", self.label(self.task.measured())),
            };
            let _ = write!(note, "{count} series that are not among the {chosen} are left out.");
        }
        note.trim_end().to_owned()
    }
}

/// A word that says what it is.
fn described(column: &str, word: &str) -> String {
    let short = |word: &str| word.parse::<f64>().map_or_else(|_| word.to_owned(), three);
    match column {
        "rate" => format!("rate {}", short(word)),
        "batch_size" => format!("batch {word}"),
        // What is a number does not say of what.
        _ if word.parse::<f64>().is_ok() => format!("{} {}", column.replace('_', " "), short(word)),
        _ if word.is_empty() => format!("no {}", column.replace('_', " ")),
        _ => word.to_owned(),
    }
}
