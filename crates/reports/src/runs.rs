//! The runs of a sweep in little memory: words once, numbers as `f64`.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use csv::StringRecord;

use crate::nothing::{NOTHING, is_nothing};
use crate::table::{TableError, open, short};

/// The columns that tell combinations apart.
pub const AXES: [&str; 8] = ["problem", "precision", "sampler", "batch_size", "estimator", "schedule", "rule", "rate"];

/// Columns of words, beside [`AXES`] and `status`, and the step of a divergence, which only diverged runs have.
const WORDS: [&str; 3] = ["run", "diverged_at", "message"];

/// Of the runs that failed, this many are kept with what they say.
const MOST_FAILURES: usize = 5;

/// Lines are parsed in pieces of this size.
const PIECE: usize = 1 << 18;

/// One combination with all of its replicates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its values of [`AXES`], by number; [`Runs::axes`] has their words.
    pub axes: [u32; 8],
    /// The positions of its runs.
    pub runs: Range<usize>,
    /// Its runs that diverged.
    pub diverged: usize,
    /// Its runs that ended in any other way than `done` or `diverged`.
    pub failed: usize,
}

/// A run that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its name in tables.
    pub run: String,
    /// Its rule.
    pub rule: String,
    /// What it says; empty if the table has no column `message`.
    pub message: String,
}

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It used its budget up.
    Done,
    /// Its value became infinite, NaN or far too large.
    Diverged,
    /// It ended in any other way.
    Failed,
}

impl Status {
    /// The status that a word of a table stands for.
    #[must_use]
    pub fn named(word: &str) -> Self {
        match word {
            "done" => Self::Done,
            "diverged" => Self::Diverged,
            _ => Self::Failed,
        }
    }
}

/// What a run is, apart from its numbers.
pub(crate) struct Head {
    pub(crate) axes: [u32; 8],
    pub(crate) status: Status,
    pub(crate) replicate: u32,
}

/// A column of numbers; empty as long as no run has one.
#[derive(Clone, Debug)]
struct Numbers {
    name: String,
    values: Vec<f64>,
}

/// The runs of a table, combination by combination.
///
/// It takes about 8 bytes for each number of a run and 50 for each combination, where a table of
/// text takes several hundred for each run.
/// Words that are not in [`AXES`] are not kept.
///
/// ```
/// use sgdlab_reports::Collector;
/// let header = "run,problem,precision,sampler,batch_size,estimator,schedule,rule,rate,replicate,status,final_value\n";
/// let mut collector = Collector::new("runs", header)?;
/// for (replicate, end) in ["done,1.0", "done,3.0", "diverged,inf"].iter().enumerate() {
///     collector.push(&format!("a{replicate},p,f64,s,8,plain,constant,sgd,0.1,{replicate},{end}\n"));
/// }
/// let runs = collector.finish()?;
/// assert_eq!((runs.len(), runs.groups().len()), (3, 1));
/// assert_eq!(runs.axes(&runs.groups()[0])[6], "sgd");
/// assert_eq!(runs.numbers(&runs.groups()[0], "final_value")?, Some(vec![1.0, 3.0, f64::INFINITY]));
/// # Ok::<(), sgdlab_reports::TableError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Runs {
    name: String,
    words: [Vec<String>; 8],
    status: Vec<Status>,
    replicates: Vec<u32>,
    numbers: Vec<Numbers>,
    groups: Vec<Group>,
    failures: Vec<Failure>,
}

impl Runs {
    /// Reads `runs.csv`, or `runs.csv.gz`.
    ///
    /// # Errors
    /// If the file cannot be read or is not a table of runs.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let failed = |source| TableError::Csv { path: path.to_owned(), source };
        let file = open(path).map_err(|source| failed(source.into()))?;
        let mut reader = reader(file);
        let mut header = StringRecord::new();
        reader.read_record(&mut header).map_err(failed)?;
        let mut collector = Collector::with_columns(&path.display().to_string(), header)?;
        collector.add_all(reader)?;
        collector.finish()
    }

    /// How many runs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.status.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.status.is_empty()
    }

    /// The combinations, in the order of their first runs.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// What a combination's values of [`AXES`] are called.
    #[must_use]
    pub fn axes(&self, group: &Group) -> [&str; 8] {
        std::array::from_fn(|axis| self.word(axis, group.axes[axis]))
    }

    /// What a value of one of [`AXES`] is called.
    #[must_use]
    pub fn word(&self, axis: usize, number: u32) -> &str {
        &self.words[axis][number as usize]
    }

    /// What became of a run.
    #[must_use]
    pub fn status(&self, run: usize) -> Status {
        self.status[run]
    }

    /// The number of a run among those that differ in their random streams only; runs of equal numbers may share them.
    ///
    /// Where the table has no column `replicate`, runs of a combination are numbered in its order.
    #[must_use]
    pub fn replicate(&self, run: usize) -> u32 {
        self.replicates[run]
    }

    /// The number of each run in a column, as the table has it, and nothing from the last run on that has one; `None` if
    /// there is no such column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        self.numbers.iter().find(|column| column.name == name).map(|column| &*column.values)
    }

    /// Sets a numeric column, with a number or [`NOTHING`] for each run.
    pub(crate) fn set(&mut self, name: &str, values: Vec<f64>) {
        match self.numbers.iter_mut().find(|column| column.name == name) {
            Some(column) => column.values = values,
            None => self.numbers.push(Numbers { name: name.to_owned(), values }),
        }
    }

    /// Moves the numbers of columns that were set in another order; each run says where it stood.
    pub(crate) fn reorder(&mut self, order: &[usize]) {
        for Numbers { values, .. } in &mut self.numbers {
            *values = order.iter().map(|&run| values.get(run).copied().unwrap_or(f64::from_bits(NOTHING))).collect();
        }
    }

    /// All values of one of [`AXES`], by number.
    #[must_use]
    pub fn words(&self, axis: usize) -> &[String] {
        &self.words[axis]
    }

    /// The numeric columns, in the order of the table.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.numbers.iter().map(|column| column.name.as_str())
    }

    /// The first of the runs that failed.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// A numeric column over the runs of a combination, without runs that do not have it; `None` if none has.
    ///
    /// Runs that diverged or failed are +∞ where the column is a best or final value or the cost of a target.
    ///
    /// # Errors
    /// If the column is missing.
    pub fn numbers(&self, group: &Group, name: &str) -> Result<Option<Vec<f64>>, TableError> {
        let column = self.numbers.iter().find(|column| column.name == name);
        let column = column.ok_or_else(|| TableError::Missing { table: self.name.clone(), column: name.to_owned() })?;
        Ok(self.of_column(group, column))
    }

    /// [`numbers`](Self::numbers) of every column, in their order.
    pub(crate) fn all_numbers(&self, group: &Group) -> impl Iterator<Item = Option<Vec<f64>>> {
        self.numbers.iter().map(|column| self.of_column(group, column))
    }

    fn of_column(&self, group: &Group, column: &Numbers) -> Option<Vec<f64>> {
        let outcome = is_outcome(&column.name);
        let mut found = Vec::with_capacity(group.runs.len());
        // A run that failed has no final value, and yet it counts where others have one.
        let mut without = 0;
        for run in group.runs.clone() {
            let x = column.values.get(run).copied().unwrap_or(f64::from_bits(NOTHING));
            let (nothing, done) = (is_nothing(x), self.status[run] == Status::Done);
            match (nothing, outcome && !done) {
                (false, false) => found.push(x),
                (false, true) => found.push(f64::INFINITY),
                (true, true) => without += 1,
                (true, false) => {}
            }
        }
        if !found.is_empty() || matches!(&*column.name, "best_value" | "final_value") {
            found.extend(std::iter::repeat_n(f64::INFINITY, without));
        }
        (!found.is_empty()).then_some(found)
    }
}

/// Whether runs that diverged or failed are the worst in this column.
fn is_outcome(name: &str) -> bool {
    name.starts_with("best_") || name.starts_with("final_") || name.contains("_to_")
}

/// The replicate of runs that are not numbered yet.
pub(crate) const UNNUMBERED: u32 = u32::MAX;

/// What a column is used for.
#[derive(Clone, Copy, Debug)]
enum Role {
    Axis(usize),
    Status,
    Replicate,
    Number(usize),
    Word,
}

/// Takes the lines of a table of runs as they are written.
#[derive(Debug)]
pub struct Collector {
    runs: Runs,
    header: StringRecord,
    roles: Vec<Role>,
    /// The numbers of the words of [`AXES`].
    known: [HashMap<String, u32>; 8],
    /// Runs that were parsed and forgotten.
    forgotten: usize,
    /// Lines that were not parsed yet.
    waiting: String,
    /// The first thing that was wrong.
    wrong: Result<(), TableError>,
}

impl Collector {
    /// A table that errors call `name`, with this line of names of columns.
    ///
    /// # Errors
    /// If a column of [`AXES`] or `status` is missing.
    pub fn new(name: &str, header: &str) -> Result<Self, TableError> {
        let mut names = StringRecord::new();
        reader(header.as_bytes())
            .read_record(&mut names)
            .map_err(|source| TableError::Csv { path: name.into(), source })?;
        Self::with_columns(name, names)
    }

    pub(crate) fn with_columns(name: &str, names: StringRecord) -> Result<Self, TableError> {
        for needed in AXES.iter().chain(&["status"]) {
            if !names.iter().any(|column| column == *needed) {
                return Err(TableError::Missing { table: name.to_owned(), column: (*needed).to_owned() });
            }
        }
        let mut numbers = Vec::new();
        let role = |column: &str| match AXES.iter().position(|axis| *axis == column) {
            Some(axis) => Role::Axis(axis),
            None if column == "status" => Role::Status,
            None if column == "replicate" => Role::Replicate,
            None if WORDS.contains(&column) => Role::Word,
            None => {
                numbers.push(Numbers { name: column.to_owned(), values: Vec::new() });
                Role::Number(numbers.len() - 1)
            }
        };
        let roles = names.iter().map(role).collect();
        let runs = Runs {
            name: name.to_owned(),
            words: Default::default(),
            status: Vec::new(),
            replicates: Vec::new(),
            numbers,
            groups: Vec::new(),
            failures: Vec::new(),
        };
        Ok(Self {
            runs,
            header: names,
            roles,
            known: Default::default(),
            forgotten: 0,
            waiting: String::new(),
            wrong: Ok(()),
        })
    }

    /// Takes whole lines; replicates of one combination one after the other take the least memory.
    ///
    /// What is wrong with them is said by [`finish`](Self::finish).
    pub fn push(&mut self, lines: &str) {
        self.waiting.push_str(lines);
        if self.waiting.len() >= PIECE {
            self.parse();
        }
    }

    /// The runs of all lines.
    ///
    /// # Errors
    /// If a row has another number of fields than the header, or a field is not a number.
    pub fn finish(self) -> Result<Runs, TableError> {
        self.finish_with_order().map(|(runs, _)| runs)
    }

    /// The runs, and for each of them where it stood in the table if they do not stand in its order.
    pub(crate) fn finish_with_order(mut self) -> Result<(Runs, Option<Vec<usize>>), TableError> {
        self.parse();
        self.wrong?;
        let mut runs = self.runs;
        let order = gather(&mut runs);
        for group in &mut runs.groups {
            for (number, run) in (0..).zip(group.runs.clone()) {
                let replicate = &mut runs.replicates[run];
                *replicate = if *replicate == UNNUMBERED { number } else { *replicate };
            }
            count_outcomes(group, &runs.status);
        }
        Ok((runs, order))
    }

    /// The runs that were parsed.
    pub(crate) fn runs(&self) -> &Runs {
        &self.runs
    }

    /// Counts how the runs of the first combinations have ended.
    pub(crate) fn count_outcomes(&mut self, count: usize) {
        let Runs { groups, status, .. } = &mut self.runs;
        groups[..count].iter_mut().for_each(|group| count_outcomes(group, status));
    }

    /// Forgets the first combinations with their runs.
    pub(crate) fn forget(&mut self, count: usize) {
        let Runs { groups, status, replicates, numbers, .. } = &mut self.runs;
        let end = groups[count - 1].runs.end;
        groups.drain(..count);
        groups.iter_mut().for_each(|group| group.runs = group.runs.start - end..group.runs.end - end);
        status.drain(..end);
        replicates.drain(..end);
        numbers.iter_mut().for_each(|Numbers { values, .. }| drop(values.drain(..end.min(values.len()))));
        self.forgotten += end;
    }

    /// The table's name, the words of [`AXES`] and the first runs that failed.
    #[expect(clippy::type_complexity, reason = "it is taken apart at once")]
    pub(crate) fn into_words(self) -> Result<(String, [Vec<String>; 8], Vec<Failure>), TableError> {
        self.wrong?;
        Ok((self.runs.name, self.runs.words, self.runs.failures))
    }

    /// Takes what waits to be parsed.
    pub(crate) fn parse(&mut self) {
        let text = std::mem::take(&mut self.waiting);
        if self.wrong.is_ok() {
            self.wrong = self.add_all(reader(text.as_bytes()));
        }
        self.waiting = text;
        self.waiting.clear();
    }

    fn add_all(&mut self, mut reader: csv::Reader<impl Read>) -> Result<(), TableError> {
        let mut record = StringRecord::new();
        let failed = |runs: &Runs, source| TableError::Csv { path: (&*runs.name).into(), source };
        while reader.read_record(&mut record).map_err(|source| failed(&self.runs, source))? {
            self.add(&record)?;
        }
        Ok(())
    }

    fn add(&mut self, record: &StringRecord) -> Result<(), TableError> {
        let run = self.runs.len();
        let row = self.forgotten + run + 1;
        if record.len() != self.roles.len() {
            let (table, fields) = (self.runs.name.clone(), record.len());
            return Err(TableError::Fields { table, row, fields, columns: self.roles.len() });
        }
        let mut head = Head { axes: [0; 8], status: Status::Failed, replicate: UNNUMBERED };
        for (position, (field, role)) in record.iter().zip(&self.roles).enumerate() {
            match *role {
                Role::Axis(axis) => {
                    head.axes[axis] = number_of(&mut self.runs.words[axis], &mut self.known[axis], field);
                }
                Role::Status => head.status = Status::named(field),
                Role::Replicate => head.replicate = field.parse().unwrap_or(UNNUMBERED),
                Role::Number(_) if field.is_empty() => {}
                Role::Number(column) => {
                    let x = field.parse::<f64>().map_err(|_| TableError::NotANumber {
                        table: self.runs.name.clone(),
                        row,
                        column: short(&self.header[position]),
                        value: short(field),
                    })?;
                    set(&mut self.runs.numbers[column].values, run, x);
                }
                Role::Word => {}
            }
        }
        if head.status == Status::Failed && self.runs.failures.len() < MOST_FAILURES {
            let field = |name| self.header.iter().position(|known| known == name).map_or("", |column| &record[column]);
            let [run, rule, message] = ["run", "rule", "message"].map(|name| field(name).to_owned());
            self.runs.failures.push(Failure { run, rule, message });
        }
        self.place(&head);
        Ok(())
    }

    /// The number of a word of an axis.
    pub(crate) fn word(&mut self, axis: usize, word: &str) -> u32 {
        number_of(&mut self.runs.words[axis], &mut self.known[axis], word)
    }

    /// Sets a number of the run at a position, which may be one that is to come.
    pub(crate) fn number(&mut self, run: usize, column: usize, x: f64) {
        set(&mut self.runs.numbers[column].values, run, x);
    }

    /// Appends a run.
    pub(crate) fn place(&mut self, head: &Head) {
        let run = self.runs.len();
        self.runs.status.push(head.status);
        self.runs.replicates.push(head.replicate);
        match self.runs.groups.last_mut() {
            Some(group) if group.axes == head.axes => group.runs.end = run + 1,
            _ => self.runs.groups.push(Group { axes: head.axes, runs: run..run + 1, diverged: 0, failed: 0 }),
        }
    }
}

/// Counts how the runs of a combination have ended.
fn count_outcomes(group: &mut Group, status: &[Status]) {
    let count = |status_of: Status| status[group.runs.clone()].iter().filter(|&&known| known == status_of).count();
    (group.diverged, group.failed) = (count(Status::Diverged), count(Status::Failed));
}

/// Sets the number of a run; runs before it that have none have nothing.
fn set(values: &mut Vec<f64>, run: usize, x: f64) {
    values.resize(run, f64::from_bits(NOTHING));
    values.push(x);
}

fn reader<R: Read>(input: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input)
}

/// The number of a word, which is the next one if it is new.
fn number_of(words: &mut Vec<String>, known: &mut HashMap<String, u32>, word: &str) -> u32 {
    if let Some(&number) = known.get(word) {
        return number;
    }
    let number = words.len() as u32;
    words.push(word.to_owned());
    known.insert(word.to_owned(), number);
    number
}

/// Puts replicates together that do not stand together, which tables of a sweep do not have; says where each run stood.
fn gather(runs: &mut Runs) -> Option<Vec<usize>> {
    let groups = &runs.groups;
    let mut sorted: Vec<usize> = (0..groups.len()).collect();
    sorted.sort_by_key(|&group| groups[group].axes);
    let mut first = vec![0; groups.len()];
    for equal in sorted.chunk_by(|&a, &b| groups[a].axes == groups[b].axes) {
        equal.iter().for_each(|&group| first[group] = equal[0]);
    }
    if first.iter().enumerate().all(|(group, &first)| group == first) {
        return None;
    }
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&group| first[group]);
    let positions: Vec<usize> = order.iter().flat_map(|&group| groups[group].runs.clone()).collect();
    runs.status = positions.iter().map(|&run| runs.status[run]).collect();
    runs.replicates = positions.iter().map(|&run| runs.replicates[run]).collect();
    for Numbers { values, .. } in runs.numbers.iter_mut().filter(|column| !column.values.is_empty()) {
        *values = positions.iter().map(|&run| values.get(run).copied().unwrap_or(f64::from_bits(NOTHING))).collect();
    }
    let mut gathered: Vec<Group> = Vec::new();
    for equal in order.chunk_by(|&a, &b| first[a] == first[b]) {
        let start = gathered.last().map_or(0, |group| group.runs.end);
        let count: usize = equal.iter().map(|&group| groups[group].runs.len()).sum();
        gathered.push(Group { runs: start..start + count, ..groups[equal[0]].clone() });
    }
    runs.groups = gathered;
    Some(positions)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "run,problem,precision,sampler,batch_size,estimator,schedule,rule,rate,replicate,status,\
                          diverged_at,message,first_value,final_value,final_gap\n";

    /// A run of a rule, with the fields from `status` on.
    fn line(rule: &str, end: &str) -> String {
        format!("{rule}-run,p,f64,s,8,plain,constant,{rule},0.1,0,{end}\n")
    }

    fn collected(lines: &[String]) -> Result<Runs, TableError> {
        let mut collector = Collector::new("runs", HEADER)?;
        lines.iter().for_each(|line| collector.push(line));
        collector.finish()
    }

    #[track_caller]
    fn check(runs: &Runs, group: usize, column: &str, expected: Option<&[f64]>) {
        assert_eq!(runs.numbers(&runs.groups()[group], column).unwrap().as_deref(), expected, "{column} of {group}");
    }

    #[test]
    fn replicates_that_stand_apart_are_put_together() {
        let ends = [("a", "1.0"), ("b", "2.0"), ("a", "3.0"), ("c", "4.0"), ("b", "5.0")];
        let runs = collected(&ends.map(|(rule, end)| line(rule, &format!("done,,,9.0,{end},")))).unwrap();
        let rules: Vec<&str> = runs.groups().iter().map(|group| runs.axes(group)[6]).collect();
        assert_eq!(rules, ["a", "b", "c"], "in the order of their first runs");
        check(&runs, 0, "final_value", Some(&[1.0, 3.0]));
        check(&runs, 1, "final_value", Some(&[2.0, 5.0]));
        check(&runs, 2, "final_value", Some(&[4.0]));
        check(&runs, 2, "final_gap", None);
    }

    #[test]
    fn runs_that_diverged_or_failed_are_the_worst() {
        let inf = f64::INFINITY;
        let lines = [
            line("a", "done,,,1.0,0.5,0.25"),
            line("a", "diverged,10,,1.0,inf,inf"),
            line("a", "failed,,\"out of, luck\",,,"),
            line("b", "failed,,,,,"),
        ];
        let runs = collected(&lines).unwrap();
        let counts: Vec<_> =
            runs.groups().iter().map(|group| (group.runs.len(), group.diverged, group.failed)).collect();
        assert_eq!(counts, [(3, 1, 1), (1, 0, 1)]);
        check(&runs, 0, "first_value", Some(&[1.0, 1.0]));
        check(&runs, 0, "final_value", Some(&[0.5, inf, inf]));
        check(&runs, 0, "final_gap", Some(&[0.25, inf, inf]));
        check(&runs, 1, "final_value", Some(&[inf]));
        check(&runs, 1, "final_gap", None);
        let failure = |rule: &str, message: &str| Failure {
            run: format!("{rule}-run"),
            rule: rule.to_owned(),
            message: message.to_owned(),
        };
        assert_eq!(runs.failures(), [failure("a", "out of, luck"), failure("b", "")]);
    }

    #[test]
    fn nan_is_a_number_and_an_empty_field_is_none() {
        let runs = collected(&[line("a", "done,,,1.0,NaN,"), line("a", "done,,,,2.0,")]).unwrap();
        check(&runs, 0, "first_value", Some(&[1.0]));
        let found = runs.numbers(&runs.groups()[0], "final_value").unwrap().unwrap();
        assert!(found[0].is_nan() && found[1] == 2.0 && found.len() == 2);
    }

    #[test]
    fn what_is_wrong_is_named() {
        #[track_caller]
        fn refused(lines: &[String], message: &str) {
            assert_eq!(collected(lines).unwrap_err().to_string(), message);
        }
        let good = line("a", "done,,,1.0,1.0,");
        refused(&[good.clone(), line("a", "done,,,1.0,fast,")], "runs, row 2: final_value = \"fast\" is not a number");
        refused(&[good.clone(), "a,b\n".to_owned()], "runs, row 2: 2 fields, where the header has 16");
        let error = Collector::new("mine", "run,rule\n").unwrap_err();
        assert_eq!(error.to_string(), "mine has no column \"problem\"");
        let runs = collected(&[good]).unwrap();
        let error = runs.numbers(&runs.groups()[0], "speed").unwrap_err();
        assert_eq!(error.to_string(), "runs has no column \"speed\"");
    }
}
