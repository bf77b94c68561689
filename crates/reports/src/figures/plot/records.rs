//! The rows that are shown, in little memory.

use std::collections::HashSet;

use super::choose::Choice;
use super::runs::{Filter, Runs, key};
use super::tables::{From, Tables, Task};
use super::words::{Tuples, Vocabulary};
use super::{Kind, PlotError};
use crate::reading::{Batch, TableFile, Wanted, is_nothing};

/// The rows that are shown.
#[derive(Debug, Default)]
pub struct Records {
    /// The number of the series of each row.
    pub series: Vec<u32>,
    /// What is measured.
    pub value: Vec<f64>,
    /// Positions; empty where there are none. In heat maps these are numbers of words.
    pub x: Vec<f64>,
    /// In heat maps, numbers of words upward.
    pub y: Vec<f64>,
    /// The step of each row, where rows belong to runs.
    pub step: Vec<f64>,
    /// The run of each row, where rows belong to runs.
    pub run: Vec<u32>,
    /// For each series the problem and the words of the columns that tell series apart, by number.
    pub tuples: Tuples,
    /// The words of these.
    pub words: Vec<Vocabulary>,
    /// The words along both axes of heat maps.
    pub axes: [Vocabulary; 2],
    /// For each series its score, and the combination that is shown; later ones are better.
    pub best: Vec<(f64, u32)>,
    /// The last step of each run that has rows, −∞ of others; empty where rows belong to no runs.
    pub last: Vec<f64>,
    /// The runs behind the rows.
    pub runs: Runs,
    /// What settings were compared by.
    pub criteria: Vec<String>,
    /// For each series the runs behind it.
    pub members: Vec<Vec<u32>>,
}

/// Reads what is to be shown.
pub fn gather(tables: &Tables, task: &Task) -> Result<Records, PlotError> {
    let mut records = Records::default();
    records.words.resize_with(1 + task.by.len(), Vocabulary::default);
    if let From::Alone(i) = task.from {
        records.read(&tables.others[i].1, task, &Choice::default())?;
        return Ok(records);
    }
    records.runs = Runs::read(tables, task)?;
    let runs = &records.runs;
    let along = runs.position(&task.x).filter(|_| task.from == From::Runs);
    let along_y = runs.position(&task.y).filter(|_| task.kind == Kind::Heat);
    let same: Vec<usize> = (0..runs.series).chain(runs.position("problem")).chain(along).chain(along_y).collect();
    let choice = match (task.kind, task.from) {
        (Kind::Points, From::Runs) => Choice::all(runs),
        _ => Choice::best(runs, &same),
    };
    records.criteria.clone_from(&choice.criteria);
    match task.from {
        From::Keyed(i) => records.read(&tables.others[i].1, task, &choice)?,
        _ => records.of_runs(tables, task, &choice)?,
    }
    records.lose(task);
    Ok(records)
}

/// Whether runs that diverged or failed are the worst in this column.
fn is_outcome(name: &str) -> bool {
    name.starts_with("best_") || name.starts_with("final_") || name.contains("_to_")
}

/// Where the columns that a row needs are in a piece.
struct Columns {
    /// The columns that tell series apart and are in this table: which of them, and where.
    by: Vec<(usize, usize)>,
    filter: Filter,
    /// Where the columns of the filter begin.
    filtered: usize,
    /// Of each combination that is shown its score, and its series but for words that only rows have.
    templates: Vec<Option<(f64, Vec<u32>)>>,
}

impl Records {
    /// The series of a run, apart from words that only its rows have.
    fn template(&mut self, task: &Task, tuple: u32) -> Vec<u32> {
        let runs = &self.runs;
        // What is an axis is not a chart for each of its values.
        let is_axis = match task.kind {
            Kind::Heat => task.x == "problem" || task.y == "problem",
            Kind::Boxes => task.by.iter().any(|name| name == "problem"),
            _ => task.x == "problem",
        };
        let problem = runs.position("problem").filter(|_| !is_axis);
        let problem = problem.map_or("", |column| runs.word_of(tuple, column)).to_owned();
        let words: Vec<Option<String>> =
            task.by.iter().map(|name| Some(runs.word_of(tuple, runs.position(name)?).to_owned())).collect();
        let mut template = vec![self.words[0].code(&problem)];
        for (word, vocabulary) in words.into_iter().zip(&mut self.words[1..]) {
            template.push(word.map_or(u32::MAX, |word| vocabulary.code(&word)));
        }
        template
    }

    /// The number of a series, with a row of a combination.
    fn series_of(&mut self, tuple: &[u32], score: f64, combination: u32) -> u32 {
        let series = self.tuples.code(tuple);
        if series as usize == self.best.len() {
            self.best.push((score, combination));
            self.members.push(Vec::new());
        }
        let best = &mut self.best[series as usize];
        if score < best.0 {
            *best = (score, combination);
        }
        series
    }

    /// One row for each run.
    fn of_runs(&mut self, tables: &Tables, task: &Task, choice: &Choice) -> Result<(), PlotError> {
        let runs = self.runs.tuple.len();
        let mut axes = std::mem::take(&mut self.axes);
        let values = |name: &str, words: Option<&mut Vocabulary>| column_of_runs(tables, &self.runs, name, words);
        let (x, y, value);
        if task.kind == Kind::Heat {
            let [right, up] = &mut axes;
            (x, y) = (values(&task.x, Some(right))?, values(&task.y, Some(up))?);
            value = values(task.measured(), None)?;
        } else {
            x = if task.x.is_empty() { vec![0.0; runs] } else { values(&task.x, None)? };
            (y, value) = (Vec::new(), values(&task.y, None)?);
        }
        self.axes = axes;
        for run in 0..runs {
            let tuple = self.runs.tuple[run];
            let Some(score) = choice.score[tuple as usize] else { continue };
            let lost = self.runs.lost[run] && is_outcome(task.measured());
            if x[run].is_nan() || (is_nothing(value[run]) && !lost) {
                continue;
            }
            let template = self.template(task, tuple);
            let series = self.series_of(&template, score, tuple);
            self.series.push(series);
            self.x.push(x[run]);
            self.y.extend(y.get(run));
            self.value.push(if lost || value[run].is_nan() { f64::INFINITY } else { value[run] });
            self.members[series as usize].push(run as u32);
        }
        Ok(())
    }

    /// All rows of a table.
    fn read(&mut self, table: &TableFile, task: &Task, choice: &Choice) -> Result<(), PlotError> {
        let keyed = matches!(task.from, From::Keyed(_));
        let heat = task.kind == Kind::Heat;
        let mut wanted = vec![Wanted::number(task.measured())];
        let axis = |name: &str| if heat { Wanted::text(name) } else { Wanted::number(name) };
        wanted.extend([&task.x].into_iter().filter(|name| !name.is_empty()).map(|name| axis(name)));
        wanted.extend(heat.then(|| axis(&task.y)));
        if keyed {
            wanted.extend([Wanted::text("run"), Wanted::number("step")]);
        }
        let own = |name: &String| table.has(name) && self.runs.position(name).is_none();
        let by: Vec<(usize, usize)> =
            (0..task.by.len()).filter(|&i| own(&task.by[i])).enumerate().map(|(n, i)| (i, wanted.len() + n)).collect();
        wanted.extend(by.iter().map(|(i, _)| Wanted::text(&task.by[*i])));
        let filter = Filter::new(&task.wish.only, table);
        let filtered = wanted.len();
        wanted.extend(filter.columns.iter().map(|name| Wanted::text(name)));
        let combinations = choice.score.iter().enumerate();
        let templates =
            combinations.map(|(tuple, score)| Some(((*score)?, self.template(task, tuple as u32)))).collect();
        let columns = Columns { by, filter, filtered, templates };
        let mut seen = columns.filter.nothing_seen();
        table.read(&wanted, &mut |batch| {
            self.add(batch, task, &columns, &mut seen);
            Ok(())
        })?;
        columns.filter.check(&seen)
    }

    fn add(&mut self, batch: &Batch, task: &Task, columns: &Columns, seen: &mut [HashSet<String>]) {
        let keyed = matches!(task.from, From::Keyed(_));
        let kept = columns.filter.kept(&batch.columns[columns.filtered..], batch.rows, seen);
        let mut next = 1;
        let mut axis = |needed: bool, words: Option<&mut Vocabulary>| -> Vec<f64> {
            if !needed {
                return Vec::new();
            }
            next += 1;
            match (&batch.columns[next - 1], words) {
                (column, Some(words)) => words.codes(column.texts()).into_iter().map(f64::from).collect(),
                (column, None) => column.numbers().to_vec(),
            }
        };
        let heat = task.kind == Kind::Heat;
        let [right, up] = &mut self.axes;
        let x = axis(!task.x.is_empty(), heat.then_some(right));
        let y = axis(heat, Some(up));
        let run_of: Vec<Option<u32>> = if keyed {
            let words = &batch.columns[next].texts().words;
            words.iter().map(|word| self.runs.known.get(&key(word)).copied()).collect()
        } else {
            Vec::new()
        };
        let codes: Vec<(usize, Vec<u32>)> =
            columns.by.iter().map(|&(i, at)| (i, self.words[i + 1].codes(batch.columns[at].texts()))).collect();
        let mut tuple = vec![0; 1 + task.by.len()];
        for row in (0..batch.rows).filter(|&row| kept[row]) {
            let (mut score, mut combination) = (0.0, 0);
            let mut run = None;
            if keyed {
                run = run_of[batch.columns[next].texts().codes[row] as usize];
                let Some(run) = run else { continue };
                combination = self.runs.tuple[run as usize];
                let Some((own, template)) = &columns.templates[combination as usize] else { continue };
                score = *own;
                tuple.copy_from_slice(template);
            }
            let value = batch.columns[0].numbers()[row];
            if is_nothing(value) || x.get(row).is_some_and(|x| x.is_nan()) {
                continue;
            }
            codes.iter().for_each(|(i, codes)| tuple[i + 1] = codes[row]);
            let series = self.series_of(&tuple, score, combination);
            self.series.push(series);
            self.value.push(if value.is_nan() { f64::INFINITY } else { value });
            self.x.extend(x.get(row));
            self.y.extend(y.get(row));
            if let Some(run) = run {
                self.run.push(run);
                self.step.push(batch.columns[next + 1].numbers()[row]);
            }
        }
    }

    /// The last row of a run that diverged says where that was seen; a number there is no value.
    fn lose(&mut self, task: &Task) {
        if self.run.is_empty() {
            return;
        }
        let mut last = vec![f64::NEG_INFINITY; self.runs.tuple.len()];
        let mut of_series: HashSet<(u32, u32)> = HashSet::new();
        for (i, &run) in self.run.iter().enumerate() {
            last[run as usize] = last[run as usize].max(self.step[i]);
            if of_series.insert((self.series[i], run)) {
                self.members[self.series[i] as usize].push(run);
            }
        }
        if is_measured(task.measured()) {
            self.lose_last(&last);
        }
        self.last = last;
    }

    fn lose_last(&mut self, last: &[f64]) {
        for i in 0..self.run.len() {
            let run = self.run[i] as usize;
            if self.runs.lost[run] && self.step[i] == last[run] {
                self.value[i] = f64::INFINITY;
            }
        }
        // Runs that failed have no rows, and count.
        let shown: Vec<(u32, usize)> = self.best.iter().map(|best| best.1).zip(0..).collect();
        for (combination, series) in shown {
            let absent = (0..self.runs.tuple.len() as u32)
                .filter(|&run| self.runs.tuple[run as usize] == combination && last[run as usize] == f64::NEG_INFINITY);
            self.members[series].extend(absent.filter(|&run| self.runs.lost[run as usize]));
        }
    }
}

/// Whether a column of rows says how good a run is, and not where it is.
pub fn is_measured(name: &str) -> bool {
    !matches!(name, "step" | "evaluations" | "lr" | "x" | "index")
}

/// A column of the table of runs, or of their wall times, by the position of the run.
fn column_of_runs(
    tables: &Tables,
    runs: &Runs,
    name: &str,
    mut words: Option<&mut Vocabulary>,
) -> Result<Vec<f64>, PlotError> {
    let mut found = vec![f64::from_bits(crate::reading::NOTHING); runs.tuple.len()];
    let Some(table) = tables.runs.iter().chain(&tables.timings).find(|table| table.has(name)) else { return Ok(found) };
    let wanted = if words.is_some() { Wanted::text(name) } else { Wanted::number(name) };
    table.read(&[Wanted::text("run"), wanted], &mut |batch| {
        let keys = batch.columns[0].texts();
        let numbers: Vec<f64> = match &mut words {
            Some(words) => words.codes(batch.columns[1].texts()).into_iter().map(f64::from).collect(),
            None => batch.columns[1].numbers().to_vec(),
        };
        for (row, x) in numbers.into_iter().enumerate() {
            if let Some(&run) = runs.known.get(&key(keys.word(row))) {
                found[run as usize] = x;
            }
        }
        Ok(())
    })?;
    Ok(found)
}
