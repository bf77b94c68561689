//! The long table of another program.

use std::collections::HashMap;
use std::path::Path;

use super::batch::{Batch, Wanted};
use super::file::TableFile;
use super::mapping::Mapping;
use super::repeats::{AllPositions, Repeat, Repeats, is_at};
use super::source::{Measure, Row, stem};
use super::sums::Sums;
use crate::nothing::{NOTHING, is_nothing};
use crate::runs::{AXES, Collector, Head, Runs, Status};
use crate::table::{StringRecord, TableError, short};

/// What tells runs apart: the axes, the replicate, and a name.
const PARTS: usize = 10;

/// The words of a run, by number.
type Key = [u32; PARTS];

/// What axes are where a table does not say; the problem is called like the table.
const UNKNOWN: [&str; 8] = ["", "f64", "any", "1", "plain", "constant", "", "1"];

/// A foreign table with its mapping.
pub(super) struct Foreign {
    file: TableFile,
    mapping: Mapping,
    words: [Interner; PARTS],
    runs: HashMap<Key, u32>,
    /// For each run as it came, its position among the runs.
    positions: Vec<u32>,
    /// Whether every row is a run.
    single: bool,
}

/// Words and their numbers.
#[derive(Default)]
struct Interner {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Interner {
    fn number(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = self.words.len() as u32;
        self.words.push(word.to_owned());
        self.numbers.insert(word.to_owned(), number);
        number
    }
}

/// How a mapping calls a part.
fn part(number: usize) -> String {
    match number {
        8 => "replicate".to_owned(),
        9 => "run".to_owned(),
        axis => AXES[axis].replace('_', "-"),
    }
}

/// Rates that are the same number are the same rate, however they are written.
fn normal(part: usize, word: &str) -> String {
    let word = word.trim();
    match word.parse::<f64>() {
        Ok(x) if part == 7 => format!("{x:?}").trim_end_matches(".0").to_owned(),
        _ => word.to_owned(),
    }
}

impl Foreign {
    pub(super) fn open(path: &Path, mapping: &Mapping) -> Result<Self, TableError> {
        let file = TableFile::delimited(path, mapping.delimiter)?;
        let single = mapping.column("step").is_none()
            && mapping.column("evaluations").is_none()
            && mapping.column("run").is_none();
        for column in mapping.columns.values() {
            file.position(column).map_err(|error| one_column(&file).unwrap_or(error))?;
        }
        let (mapping, words) = (mapping.clone(), Default::default());
        Ok(Self { file, mapping, words, runs: HashMap::new(), positions: Vec::new(), single })
    }

    /// Whether every row is a run.
    pub(super) fn is_single(&self) -> bool {
        self.single
    }

    pub(super) fn header(&self) -> &[String] {
        self.file.header()
    }

    /// The parts that have columns, and the columns that are asked for: those of the parts, of step, evaluations and
    /// seconds, and others.
    fn wanted(&self, others: &[Wanted]) -> (Vec<usize>, [Option<usize>; 3], Vec<Wanted>) {
        let mut parts = Vec::new();
        let mut wanted = Vec::new();
        for number in 0..PARTS {
            if let Some(column) = self.mapping.column(&part(number)) {
                parts.push(number);
                wanted.push(Wanted::text(column));
            }
        }
        let clocks = ["step", "evaluations", "seconds"].map(|clock| {
            let column = self.mapping.column(clock)?;
            wanted.push(Wanted::number(column));
            Some(wanted.len() - 1)
        });
        wanted.extend_from_slice(others);
        (parts, clocks, wanted)
    }

    /// Reads the whole table for the first time, and says what runs there are.
    ///
    /// Rows with a cost above `budget` are not looked at.
    pub(super) fn runs(
        &mut self,
        measure: &Measure,
        budget: f64,
        warnings: &mut Vec<String>,
    ) -> Result<Runs, TableError> {
        let value = self.mapping.columns["value"].clone();
        let status = self.mapping.column("status").map(str::to_owned);
        let mut others = vec![Wanted::number(&value)];
        others.extend(status.iter().map(|name| Wanted::text(name)));
        let (parts, clocks, wanted) = self.wanted(&others);
        let at = wanted.len() - others.len();
        let sign = if measure.maximize { -1.0 } else { 1.0 };
        let (mut sums, mut repeats) = (Sums::new(&measure.targets), Repeats::default());
        let (mut states, mut keys, mut count) = (Vec::new(), Vec::new(), 0);
        let (words, runs, single) = (&mut self.words, &mut self.runs, self.single);
        let (diverged, failed) = (&self.mapping.diverged, &self.mapping.failed);
        let mut last: Option<(Key, u32)> = None;
        let ended = self.file.read(&wanted, &mut |batch| {
            let codes = codes(batch, &parts, |part, word| words[part].number(word));
            let state_of = |word: &String| match word {
                word if diverged.contains(word) => Status::Diverged,
                word if failed.contains(word) => Status::Failed,
                _ => Status::Done,
            };
            let of_word: Option<Vec<Status>> =
                status.as_ref().map(|_| batch.columns[at + 1].texts().words.iter().map(state_of).collect());
            for row in 0..batch.rows {
                let mut key = key_of(batch, &parts, &codes, row);
                if single {
                    key[9] = count;
                    count += 1;
                }
                let run = match last {
                    Some((known, run)) if known == key => run,
                    _ => *runs.entry(key).or_insert_with(|| {
                        keys.push(key);
                        states.push(Status::Done);
                        keys.len() as u32 - 1
                    }),
                };
                last = Some((key, run));
                if let Some(of_word) = &of_word {
                    let state = of_word[batch.columns[at + 1].texts().codes[row] as usize];
                    if state != Status::Done {
                        states[run as usize] = state;
                    }
                }
                let value = batch.columns[at].numbers()[row];
                let value = if is_nothing(value) { value } else { sign * value };
                let values = [value];
                let row = of_batch(batch, &clocks, row, run as usize, &values);
                repeats.add(&row);
                if row.is_within(budget) {
                    sums.add(&row);
                }
            }
            Ok(())
        })?;
        if ended.rows == 0 {
            return Err(TableError::of_file(self.file.path(), "the table has no rows"));
        }
        if ended.cut {
            let path = self.file.path().display();
            warnings
                .push(format!("{path}: the last line has no end; if the file was cut off, its last value is wrong"));
        }
        sums.resize(keys.len());
        settle(&mut states, &sums, warnings);
        let runs = self.collect(measure, &sums, &states, &keys)?;
        self.check_repeats(repeats).map(|()| runs)
    }

    /// Whether all rows of every run are at positions of their own.
    fn check_repeats(&self, repeats: Repeats) -> Result<(), TableError> {
        let of = |run: usize| self.positions[run] as usize;
        let mut found = repeats.first.map(|repeat| Repeat { run: of(repeat.run), ..repeat });
        if !repeats.disordered.is_empty() {
            let mut all = AllPositions::of(repeats.disordered.into_iter().map(of).collect());
            self.rows(&[&self.mapping.metric], &mut |row| all.add(&row))?;
            found = found.into_iter().chain(all.first).min_by_key(|repeat| repeat.row);
        }
        let Some(repeat) = found else { return Ok(()) };
        let (mut first, mut number) = (None, 0);
        self.rows(&[&self.mapping.metric], &mut |row| {
            first = first.or(is_at(&repeat, &row).then_some(number));
            number += 1;
        })?;
        Err(self.repeated(first.unwrap_or(repeat.row), repeat.row)?)
    }

    /// What is wrong with two rows of one run at the same position, and what may have been forgotten.
    fn repeated(&self, first: u64, second: u64) -> Result<TableError, TableError> {
        let rows = self.file.texts(&[first, second])?;
        let said = |text: &str| sgdlab_core::shown(text, 40);
        let field = |name: &str| self.file.position(name).map(|at| format!("{} = {}", said(name), said(&rows[1][at])));
        let columns = |what: &[String]| -> Result<String, TableError> {
            let names = what.iter().filter_map(|what| self.mapping.column(what));
            Ok(names.map(field).collect::<Result<Vec<_>, _>>()?.join(", "))
        };
        let parts: Vec<String> = (0..PARTS).map(part).collect();
        let clocks = ["step", "evaluations"].map(str::to_owned);
        let known = |name: &str| self.mapping.columns.values().any(|known| known == name);
        let apart: Vec<String> = self
            .header()
            .iter()
            .zip(rows[0].iter().zip(&rows[1]))
            .filter(|(name, (a, b))| a != b && !known(name))
            .map(|(name, _)| short(name))
            .collect();
        let hint = match apart.as_slice() {
            [] if rows[0] == rows[1] => "the table has this row twice".to_owned(),
            [] => "no other column tells them apart: the table has this row twice, with other values".to_owned(),
            names => {
                let more = if names.len() > 6 { ", …" } else { "" };
                let names: Vec<String> = names.iter().take(6).map(|name| said(name)).collect();
                format!(
                    "they differ in {}{more}, which [columns] does not name: probably one of these is the replicate, the \
                     rate, or another `run`",
                    names.join(", ")
                )
            }
        };
        let reason = format!(
            "the run with {} has another row with {}, {}; {hint}",
            columns(&parts)?,
            columns(&clocks)?,
            self.file.place(first),
        );
        Ok(TableError::Wrong { place: format!("{}, {}", self.file.path().display(), self.file.place(second)), reason })
    }

    /// Puts the runs together as those of a sweep.
    fn collect(&mut self, measure: &Measure, sums: &Sums, states: &[Status], keys: &[Key]) -> Result<Runs, TableError> {
        let header: StringRecord = AXES.iter().chain(&["status"]).copied().collect();
        let mut collector = Collector::with_columns(&self.file.path().display().to_string(), header)?;
        let has = |number: usize| self.mapping.column(&part(number)).is_some();
        let fallback: [String; 8] = std::array::from_fn(|axis| {
            let unknown = || match axis {
                0 => self.mapping.name.clone().unwrap_or_else(|| stem(self.file.path())),
                _ => UNKNOWN[axis].to_owned(),
            };
            self.mapping.defaults.get(&part(axis)).cloned().unwrap_or_else(unknown)
        });
        let numbers: Vec<Option<u32>> = self.words[8].words.iter().map(|word| word.parse().ok()).collect();
        // Names of replicates that are no numbers are numbered in their order.
        let named = numbers.iter().any(Option::is_none);
        let mut seen: HashMap<[u32; 8], u32> = HashMap::new();
        for (key, &status) in keys.iter().zip(states) {
            let axes = std::array::from_fn(|axis| {
                let word = if has(axis) { &self.words[axis].words[key[axis] as usize] } else { &fallback[axis] };
                collector.word(axis, word)
            });
            let next = seen.entry(axes).or_insert(0);
            let replicate = match numbers.get(key[8] as usize).copied().flatten() {
                Some(number) if has(8) && !named => number,
                _ if has(8) => key[8],
                _ => *next,
            };
            *next += 1;
            collector.place(&Head { axes, status, replicate });
        }
        let (mut runs, order) = collector.finish_with_order()?;
        sums.write(&measure.metric, &measure.targets, &mut runs);
        sums.write_lengths(&mut runs);
        self.positions = (0..keys.len() as u32).collect();
        if let Some(order) = order {
            order.iter().zip(0..).for_each(|(&old, new)| self.positions[old] = new);
            runs.reorder(&order);
        }
        Ok(runs)
    }

    /// Streams the rows; the metric is called as the mapping says, other columns as the table does.
    pub(super) fn rows(&self, columns: &[&str], sink: &mut dyn FnMut(Row<'_>)) -> Result<(), TableError> {
        let is_metric: Vec<bool> = columns.iter().map(|&name| name == self.mapping.metric).collect();
        let name = |(&name, &metric): (&&str, &bool)| {
            Wanted::number(if metric { &self.mapping.columns["value"] } else { name })
        };
        let others: Vec<Wanted> = columns.iter().zip(&is_metric).map(name).collect();
        let (parts, clocks, wanted) = self.wanted(&others);
        let at = wanted.len() - others.len();
        let signs: Vec<f64> =
            is_metric.iter().map(|metric| if *metric && self.mapping.maximize { -1.0 } else { 1.0 }).collect();
        let mut values = vec![0.0; columns.len()];
        let (mut last, mut count): (Option<(Key, u32)>, u32) = (None, 0);
        self.file.read(&wanted, &mut |batch| {
            let known = |part: usize, word: &str| self.words[part].numbers.get(word).copied().unwrap_or(u32::MAX);
            let codes = codes(batch, &parts, known);
            for row in 0..batch.rows {
                let mut key = key_of(batch, &parts, &codes, row);
                if self.single {
                    key[9] = count;
                    count += 1;
                }
                let run = match last {
                    Some((known, run)) if known == key => run,
                    // Rows of a run that was not there before are passed over.
                    _ => match self.runs.get(&key) {
                        Some(&run) => self.positions[run as usize],
                        None => continue,
                    },
                };
                last = Some((key, run));
                for ((value, column), sign) in values.iter_mut().zip(&batch.columns[at..]).zip(&signs) {
                    let x = column.numbers()[row];
                    *value = if is_nothing(x) { x } else { sign * x };
                }
                sink(of_batch(batch, &clocks, row, run as usize, &values));
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// What is wrong with a table whose only column seems to be several with another delimiter.
fn one_column(file: &TableFile) -> Option<TableError> {
    let [column] = file.header() else { return None };
    let found = [(';', ";"), ('\t', "\\t"), ('|', "|"), (',', ",")].into_iter().find(|(c, _)| column.contains(*c))?.1;
    let reason = format!(
        "its only column is \"{}\": say in the mapping what is between two fields, delimiter = '{found}'",
        sgdlab_core::shown(column, 40)
    );
    Some(TableError::of_file(file.path(), reason))
}

/// Runs without a value have failed, and those whose last value is not finite diverged, whatever the table says.
fn settle(states: &mut [Status], sums: &Sums, warnings: &mut Vec<String>) {
    let mut without = 0;
    for (run, state) in states.iter_mut().enumerate() {
        let last = sums.last(run);
        without += usize::from(is_nothing(last));
        if *state == Status::Done && is_nothing(last) {
            *state = Status::Failed;
        } else if *state == Status::Done && !last.is_finite() {
            *state = Status::Diverged;
        }
    }
    if without > 0 {
        warnings.push(format!("{without} runs have no value at all, and count as failed"));
    }
}

/// For each part the numbers of the words of a piece.
fn codes(batch: &Batch, parts: &[usize], mut number: impl FnMut(usize, &str) -> u32) -> Vec<Vec<u32>> {
    let of_part = |(column, &part): (usize, &usize)| {
        batch.columns[column].texts().words.iter().map(|word| number(part, &normal(part, word))).collect()
    };
    parts.iter().enumerate().map(of_part).collect()
}

fn key_of(batch: &Batch, parts: &[usize], codes: &[Vec<u32>], row: usize) -> Key {
    let mut key = [0; PARTS];
    for (column, &part) in parts.iter().enumerate() {
        key[part] = codes[column][batch.columns[column].texts().codes[row] as usize];
    }
    key
}

fn of_batch<'a>(batch: &Batch, clocks: &[Option<usize>; 3], row: usize, run: usize, values: &'a [f64]) -> Row<'a> {
    let clock = |column: Option<usize>| column.map_or(f64::from_bits(NOTHING), |at| batch.columns[at].numbers()[row]);
    let [step, evaluations, seconds] = clocks.map(clock);
    let evaluations = if clocks[1].is_none() { step } else { evaluations };
    Row { run, step, evaluations, seconds, values }
}
