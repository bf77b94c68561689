//! The runs of a folder: which series and setting each belongs to.

use std::collections::{HashMap, HashSet};

use super::PlotError;
use super::tables::{From, Tables, Task};
use super::words::{Tuples, Vocabulary};
use crate::reading::{Batch, TableFile, Wanted, is_nothing, nearest};
use crate::runs::AXES;

/// What identifies runs, and what they are.
#[derive(Debug, Default)]
pub struct Runs {
    /// The position of a run by its key.
    pub known: HashMap<u64, u32>,
    /// Of each run the values of [`Runs::columns`], as one number.
    pub tuple: Vec<u32>,
    /// Whether it diverged or failed.
    pub lost: Vec<bool>,
    /// What settings are compared by: the columns, and of each the number of every run.
    pub criteria: Vec<(String, Vec<f64>)>,
    /// The columns with words: those of series first, then the axes of settings.
    pub columns: Vec<String>,
    /// How many of them are those of series.
    pub series: usize,
    /// The words of each.
    pub words: Vec<Vocabulary>,
    /// Their combinations.
    pub tuples: Tuples,
}

impl Runs {
    /// Reads the table of runs; only those runs are kept that are wanted.
    pub fn read(tables: &Tables, task: &Task) -> Result<Self, PlotError> {
        let Some(table) = &tables.runs else { return Ok(Self::default()) };
        let of_runs = |column: &&String| table.has(column);
        let series: Vec<String> = task.by.iter().filter(of_runs).cloned().collect();
        let axes = AXES.iter().map(|axis| (*axis).to_owned()).filter(|axis| table.has(axis) && !series.contains(axis));
        let columns = series.iter().cloned().chain(axes).collect();
        let mut runs = Self { series: series.len(), columns, ..Self::default() };
        runs.words.resize_with(runs.columns.len(), Vocabulary::default);
        let filter = Filter::new(&task.wish.only, table);
        let criteria = criteria(table, task);
        let mut wanted = vec![Wanted::text("run"), Wanted::text("status")];
        wanted.extend(runs.columns.iter().chain(&filter.columns).map(|name| Wanted::text(name)));
        wanted.extend(criteria.iter().map(|name| Wanted::number(name)));
        runs.criteria = criteria.into_iter().map(|name| (name, Vec::new())).collect();
        let mut seen = filter.nothing_seen();
        table.read(&wanted, &mut |batch| {
            runs.add(batch, &filter, &mut seen);
            Ok(())
        })?;
        filter.check(&seen)?;
        Ok(runs)
    }

    fn add(&mut self, batch: &Batch, filter: &Filter, seen: &mut [HashSet<String>]) {
        let (own, after) = (2, 2 + self.columns.len());
        let codes: Vec<Vec<u32>> =
            (0..self.columns.len()).map(|i| self.words[i].codes(batch.columns[own + i].texts())).collect();
        let kept = filter.kept(&batch.columns[after..], batch.rows, seen);
        let numbers = after + filter.columns.len();
        let mut tuple = vec![0; codes.len()];
        for row in (0..batch.rows).filter(|&row| kept[row]) {
            tuple.iter_mut().zip(&codes).for_each(|(place, codes)| *place = codes[row]);
            let lost = batch.columns[1].texts().word(row) != "done";
            self.known.insert(key(batch.columns[0].texts().word(row)), self.tuple.len() as u32);
            self.tuple.push(self.tuples.code(&tuple));
            self.lost.push(lost);
            for (i, (_, values)) in self.criteria.iter_mut().enumerate() {
                let x = batch.columns[numbers + i].numbers()[row];
                values.push(if lost || x.is_nan() && !is_nothing(x) { f64::INFINITY } else { x });
            }
        }
    }

    /// What a run is called by some of the columns.
    pub fn word(&self, run: u32, column: usize) -> &str {
        self.word_of(self.tuple[run as usize], column)
    }

    /// What a combination is called by one of the columns.
    pub fn word_of(&self, tuple: u32, column: usize) -> &str {
        &self.words[column].words[self.tuples.tuples[tuple as usize][column] as usize]
    }

    /// The position of a column.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }
}

/// A run's key as a number.
pub fn key(word: &str) -> u64 {
    crate::reading::key(word)
}

/// The columns that settings can be compared by, the best first.
fn criteria(table: &TableFile, task: &Task) -> Vec<String> {
    let level = |name: &str| name.strip_prefix("evaluations_to_")?.parse::<f64>().ok();
    let mut targets: Vec<&String> = table.header().iter().filter(|name| level(name).is_some()).collect();
    targets.sort_by(|a, b| level(a).unwrap_or(0.0).total_cmp(&level(b).unwrap_or(0.0)));
    let own = format!("final_{}", task.measured());
    let rest = [own, "final_value".to_owned()];
    let mut columns: Vec<String> =
        targets.into_iter().chain(rest.iter().filter(|name| table.has(name))).cloned().collect();
    // A column that is drawn itself decides itself.
    if task.from == From::Runs && table.has(task.measured()) {
        columns.insert(0, task.measured().to_owned());
    }
    columns
}

/// Which rows are shown.
#[derive(Debug)]
pub struct Filter {
    /// The columns that decide.
    pub columns: Vec<String>,
    /// Of each the values that are shown.
    values: Vec<Vec<String>>,
}

impl Filter {
    /// What is asked for, of the columns that a table has.
    pub fn new(only: &[(String, String)], table: &TableFile) -> Self {
        let mut filter = Self { columns: Vec::new(), values: Vec::new() };
        for (column, value) in only.iter().filter(|(column, _)| table.has(column)) {
            match filter.columns.iter().position(|known| known == column) {
                Some(i) => filter.values[i].push(value.clone()),
                None => {
                    filter.columns.push(column.clone());
                    filter.values.push(vec![value.clone()]);
                }
            }
        }
        filter
    }

    /// For each column the values that were seen so far: none.
    pub fn nothing_seen(&self) -> Vec<HashSet<String>> {
        vec![HashSet::new(); self.columns.len()]
    }

    /// Which rows of a piece are shown.
    pub fn kept(&self, columns: &[crate::reading::Column], rows: usize, seen: &mut [HashSet<String>]) -> Vec<bool> {
        let mut kept = vec![true; rows];
        for ((values, column), seen) in self.values.iter().zip(columns).zip(seen) {
            let words = column.texts();
            // Of a column of numbers there may be as many values as rows.
            const MOST: usize = 1000;
            seen.extend(words.words.iter().take(MOST.saturating_sub(seen.len())).cloned());
            let is: Vec<bool> = words.words.iter().map(|word| values.iter().any(|value| same(word, value))).collect();
            // A value is seen, whatever came before it.
            seen.extend(words.words.iter().zip(&is).filter(|(_, is)| **is).map(|(word, _)| word.clone()));
            kept.iter_mut().zip(&words.codes).for_each(|(kept, &code)| *kept &= is[code as usize]);
        }
        kept
    }

    /// Whether every value that is asked for is there.
    pub fn check(&self, seen: &[HashSet<String>]) -> Result<(), PlotError> {
        for ((column, values), seen) in self.columns.iter().zip(&self.values).zip(seen) {
            for value in values.iter().filter(|value| !seen.iter().any(|word| same(word, value))) {
                let mut known: Vec<&str> = seen.iter().map(String::as_str).collect();
                known.sort_unstable();
                let near = nearest(value, known.into_iter());
                return Err(PlotError::Refused(format!("no row has {column} = {value}{near}")));
            }
        }
        Ok(())
    }
}

/// Whether a field is a value that is asked for: as text, or as a number.
fn same(word: &str, value: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    word == value || number(word).is_some_and(|x| number(value) == Some(x))
}
