//! A result: its runs, what they are compared by, and its rows in a stream.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::batch::Wanted;
use super::file::TableFile;
use super::foreign::Foreign;
use super::manifest::Facts;
use super::mapping::Mapping;
use super::nearest;
use super::sums::Sums;
use crate::nothing::is_nothing;
use crate::runs::{AXES, Collector, Head, Runs, Status, UNNUMBERED};
use crate::table::{StringRecord, TableError};

/// What costs are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Gradients of single terms, or what a foreign table calls evaluations.
    Evaluations,
    /// Updates.
    Steps,
}

impl Cost {
    /// How columns with the costs of targets begin.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Evaluations => "evaluations_to_",
            Self::Steps => "steps_to_",
        }
    }

    /// The column with the length of a run.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Evaluations => "evaluations",
            Self::Steps => "steps",
        }
    }
}

/// A value of the metric that is good enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The value, as the metric is written.
    pub level: f64,
    /// The value with the sign with which smaller is better.
    pub goal: f64,
    /// How columns call it.
    pub text: String,
}

impl Target {
    fn new(level: f64, maximize: bool) -> Self {
        // The shortest digits, as in the columns of a sweep: 1, 0.05, 1e-6.
        let text = format!("{level:?}").trim_end_matches(".0").to_owned();
        Self { level, goal: if maximize { -level } else { level }, text }
    }
}

/// What runs are compared by.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The metric, as columns are called.
    pub metric: String,
    /// Whether larger values are better; they are negated on reading, so that smaller is better everywhere.
    pub maximize: bool,
    /// Its targets, from the easiest on.
    pub targets: Vec<Target>,
    /// What costs are counted in.
    pub cost: Cost,
    /// What costs are called.
    pub unit: String,
}

impl Measure {
    /// The column with the costs of a target.
    #[must_use]
    pub fn column(&self, target: &Target) -> String {
        format!("{}{}", self.cost.prefix(), target.text)
    }

    /// A value of the metric as it is written in the table.
    #[must_use]
    pub fn written(&self, value: f64) -> f64 {
        if self.maximize { -value } else { value }
    }
}

/// What is asked of a result beside its own targets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// Another metric than that of the plan's targets.
    pub metric: Option<String>,
    /// Other targets than the plan's.
    pub targets: Vec<f64>,
    /// Rows with a larger cost are not looked at.
    pub budget: Option<f64>,
}

/// One row of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The position of its run in [`Source::runs`].
    pub run: usize,
    /// Updates until then; [`NOTHING`](super::NOTHING) if the table does not say.
    pub step: f64,
    /// Evaluations until then, or steps if the table does not say.
    pub evaluations: f64,
    /// Seconds until then; [`NOTHING`](super::NOTHING) if the table does not say.
    pub seconds: f64,
    /// The columns that were asked for.
    pub values: &'a [f64],
}

impl Row<'_> {
    /// Whether its cost is at most a budget; what has no cost is within any.
    #[must_use]
    pub fn is_within(&self, budget: f64) -> bool {
        self.evaluations <= budget || self.evaluations.is_nan()
    }
}

/// A result folder, or a table of another program.
pub struct Source {
    /// The folder or file.
    pub path: PathBuf,
    /// How people call it: the plan's name, or that of the file.
    pub name: String,
    /// What its manifest says.
    pub facts: Facts,
    /// Its runs; costs of targets are columns as [`Measure::column`] calls them.
    pub runs: Runs,
    /// What they are compared by.
    pub measure: Measure,
    /// Rows with a larger cost are not looked at.
    pub budget: Option<f64>,
    /// By rule, the rate that people use without tuning, where it is known.
    pub default_rates: BTreeMap<String, f64>,
    /// What is not as it should be, and yet no error.
    pub warnings: Vec<String>,
    rows: Rows,
}

enum Rows {
    /// The folder has no table of rows.
    None,
    Keyed {
        file: TableFile,
        runs: HashMap<u64, u32>,
    },
    Foreign(Box<Foreign>),
}

/// The columns of a table of runs that are used.
fn is_used(name: &str) -> bool {
    matches!(name, "steps" | "epochs" | "evaluations")
        || ["first_", "best_", "final_"].iter().any(|start| name.starts_with(start))
        || [Cost::Evaluations, Cost::Steps].iter().any(|cost| name.starts_with(cost.prefix()))
}

/// What identifies a run, in little memory.
pub(crate) fn key(word: &str) -> u64 {
    u64::from_str_radix(word, 16).ok().filter(|_| word.len() == 16).unwrap_or_else(|| {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        hasher.finish()
    })
}

impl Source {
    /// Opens a result folder, or a file with a mapping.
    ///
    /// # Errors
    /// If there is no such result, its schema is newer than [`SCHEMA`](super::SCHEMA), it was cut off, or a field is not
    /// what it should be.
    pub fn open(path: &Path, mapping: Option<&Mapping>, wish: &Wish) -> Result<Self, TableError> {
        use std::io::ErrorKind::{NotADirectory, NotFound};
        let readable = std::fs::metadata(path)
            .and_then(|found| if found.is_dir() { std::fs::read_dir(path).map(|_| ()) } else { Ok(()) });
        if let Err(error) = readable.as_ref().map_err(|error| (error.kind(), error))
            && !matches!(error.0, NotFound | NotADirectory)
        {
            return Err(TableError::of_file(path, format!("it cannot be read: {}", error.1)));
        }
        match mapping {
            Some(mapping) => Self::foreign(path, mapping, wish),
            None if path.is_dir() => Self::folder(path, wish),
            None if path.is_file() => {
                Err(TableError::of_file(path, "a file; say with --map FILE.toml what its columns are"))
            }
            None => Err(TableError::of_file(path, "there is no such folder or file")),
        }
    }

    fn folder(path: &Path, wish: &Wish) -> Result<Self, TableError> {
        let facts = Facts::read(path)?;
        let Some(table) = TableFile::of_folder(path, "runs")? else {
            let reason = "no result: there is no table runs.csv, runs.csv.gz or runs.parquet in it";
            return Err(TableError::of_file(path, reason));
        };
        let (runs, keys) = read_runs(&table)?;
        let mut warnings = Vec::new();
        if let Some(expected) = facts.runs.filter(|expected| *expected != runs.len() as u64) {
            let reason =
                format!("{} runs, where manifest.toml says {expected}: the table was cut off or changed", runs.len());
            return Err(TableError::of_file(table.path(), reason));
        }
        if facts.complete == Some(false) {
            warnings.push(format!("{}: the sweep was not complete when its tables were written", path.display()));
        }
        let measure = measure_of(&runs, &facts, wish, table.path())?;
        let rows = match TableFile::of_folder(path, "rows")? {
            Some(file) => Rows::Keyed { file, runs: keys.iter().copied().zip(0..).collect() },
            None => Rows::None,
        };
        let name = facts.name.clone().unwrap_or_else(|| stem(path));
        let (path, default_rates) = (path.to_owned(), BTreeMap::new());
        let budget = wish.budget;
        let mut source = Self { path, name, facts, runs, measure, budget, default_rates, warnings, rows };
        source.complete_columns()?;
        source.read_timings()?;
        Ok(source)
    }

    /// Costs and values that the table of runs does not have, or not for the budget, are found in the rows.
    fn complete_columns(&mut self) -> Result<(), TableError> {
        let (measure, runs) = (&self.measure, &self.runs);
        let mut costs = measure.targets.iter().map(|target| measure.column(target));
        let measured = runs.column(&format!("final_{}", measure.metric)).is_some_and(|column| !column.is_empty());
        if measured && self.budget.is_none() && costs.all(|name| runs.column(&name).is_some()) {
            return Ok(());
        }
        let mut sums = Sums::new(&self.measure.targets);
        sums.resize(self.runs.len());
        let (metric, limit) = (self.measure.metric.clone(), self.budget());
        self.rows(&[&metric], &mut |row| {
            if row.is_within(limit) {
                sums.add(&row);
            }
        })?;
        let targets = self.measure.targets.clone();
        sums.write(&metric, &targets, &mut self.runs);
        self.check_measured()?;
        let seen = (0..self.runs.len()).filter(|&run| sums.evaluations(run).is_some()).count();
        let expected = (0..self.runs.len()).filter(|&run| self.runs.status(run) != Status::Failed).count();
        self.check_rows(seen, expected)
    }

    /// Whether any run has a value of the metric.
    fn check_measured(&self) -> Result<(), TableError> {
        let (runs, metric) = (&self.runs, &self.measure.metric);
        let column = runs.column(&format!("final_{metric}")).unwrap_or_default();
        let measured = (0..runs.len()).any(|run| column.get(run).is_some_and(|x| !is_nothing(*x)));
        if measured || !(0..runs.len()).any(|run| runs.status(run) == Status::Done) {
            return Ok(());
        }
        let reason = if self.has_rows() {
            format!("no run has a value of \"{metric}\": the plan did not ask for it (metrics = [...])")
        } else {
            format!("no run has a value of \"{metric}\", and there is no table of rows")
        };
        Err(TableError::of_file(&self.path, reason))
    }

    /// Rows with a larger cost are not looked at.
    pub(crate) fn budget(&self) -> f64 {
        self.budget.unwrap_or(f64::INFINITY)
    }

    /// Whether the table of rows has rows of every run.
    pub(crate) fn check_rows(&self, seen: usize, expected: usize) -> Result<(), TableError> {
        match &self.rows {
            Rows::Keyed { file, .. } if seen < expected => {
                let reason = format!("rows of {seen} runs, where the table of runs has {expected}: it was cut off");
                Err(TableError::of_file(file.path(), reason))
            }
            _ => Ok(()),
        }
    }

    fn read_timings(&mut self) -> Result<(), TableError> {
        let (Some(table), Rows::Keyed { runs, .. }) = (TableFile::of_folder(&self.path, "timings")?, &self.rows) else {
            return Ok(());
        };
        let mut seconds = vec![f64::from_bits(super::NOTHING); self.runs.len()];
        table.read(&[Wanted::text("run"), Wanted::number("seconds")], &mut |batch| {
            let words = batch.columns[0].texts();
            for (row, &x) in batch.columns[1].numbers().iter().enumerate() {
                if let Some(&run) = runs.get(&key(words.word(row))) {
                    seconds[run as usize] = x;
                }
            }
            Ok(())
        })?;
        self.runs.set("seconds", seconds);
        Ok(())
    }

    fn foreign(path: &Path, mapping: &Mapping, wish: &Wish) -> Result<Self, TableError> {
        let (metric, maximize) = (mapping.metric.clone(), mapping.maximize);
        if let Some(other) = wish.metric.as_ref().filter(|other| **other != metric) {
            let reason = format!("the mapping's metric is \"{metric}\", not \"{other}\"; change [columns] value there");
            return Err(TableError::of_file(path, reason));
        }
        let levels = if wish.targets.is_empty() { &mapping.targets } else { &wish.targets };
        let mut targets: Vec<Target> = levels.iter().map(|&level| Target::new(level, maximize)).collect();
        order(&mut targets);
        let mut foreign = Foreign::open(path, mapping)?;
        let plural = |name: &str| if name.ends_with('s') { name.to_owned() } else { format!("{name}s") };
        let (cost, unit) = match mapping.column("evaluations") {
            Some(column) => (Cost::Evaluations, plural(column)),
            None => (Cost::Steps, plural(mapping.column("step").unwrap_or("step"))),
        };
        let mut warnings = Vec::new();
        if foreign.is_single() && !targets.is_empty() {
            warnings.push("every row is a run, without steps: there are no costs of targets".to_owned());
            targets.clear();
        }
        let measure = Measure { metric, maximize, targets, cost, unit };
        let runs = foreign.runs(&measure, wish.budget.unwrap_or(f64::INFINITY), &mut warnings)?;
        Ok(Self {
            path: path.to_owned(),
            name: mapping.name.clone().unwrap_or_else(|| stem(path)),
            facts: Facts { question: mapping.question.clone(), ..Facts::default() },
            runs,
            measure,
            budget: wish.budget,
            default_rates: mapping.default_rates.clone(),
            warnings,
            rows: Rows::Foreign(Box::new(foreign)),
        })
    }

    /// Sets the rate that people use for a rule without tuning; a warning says so if it was not tried.
    ///
    /// # Errors
    /// If there is no such rule.
    pub fn set_default_rate(&mut self, rule: &str, rate: f64) -> Result<(), TableError> {
        let runs = &self.runs;
        let mut tried: Vec<f64> = Vec::new();
        for axes in runs.groups().iter().map(|group| runs.axes(group)).filter(|axes| axes[6] == rule) {
            tried.push(axes[7].parse().unwrap_or(f64::NAN));
        }
        if tried.is_empty() {
            let near = nearest(rule, runs.words(6).iter().map(String::as_str));
            let reason = format!("no rule \"{}\" to have a default rate{near}", sgdlab_core::shown(rule, 40));
            return Err(TableError::of_file(&self.path, reason));
        }
        if !tried.iter().any(|known| (known - rate).abs() <= 1e-6 * rate.abs()) {
            tried.sort_by(f64::total_cmp);
            tried.dedup();
            let known: Vec<String> = tried.iter().take(12).map(f64::to_string).collect();
            let more = if tried.len() > known.len() { ", …" } else { "" };
            let rule = sgdlab_core::shown(rule, 40);
            self.warnings.push(format!(
                "{rule} was not tried at its default rate {rate}, only at {}{more}: it is not compared with it",
                known.join(", ")
            ));
        }
        self.default_rates.insert(rule.to_owned(), rate);
        Ok(())
    }

    /// Whether there are rows at all.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        !matches!(self.rows, Rows::None)
    }

    /// The columns of the table of rows.
    #[must_use]
    pub fn row_columns(&self) -> &[String] {
        match &self.rows {
            Rows::None => &[],
            Rows::Keyed { file, .. } => file.header(),
            Rows::Foreign(foreign) => foreign.header(),
        }
    }

    /// Streams the rows with some columns of numbers, of which the metric has the sign with which smaller is better.
    ///
    /// Rows of runs that are not in the table of runs are passed over.
    ///
    /// # Errors
    /// If a column is missing, or the table cannot be read to its end.
    pub fn rows(&self, columns: &[&str], sink: &mut dyn FnMut(Row<'_>)) -> Result<(), TableError> {
        match &self.rows {
            Rows::None => Ok(()),
            Rows::Keyed { file, runs } => keyed(file, runs, columns, sink),
            Rows::Foreign(foreign) => foreign.rows(columns, sink),
        }
    }
}

/// Streams rows whose runs are named.
fn keyed(
    file: &TableFile,
    runs: &HashMap<u64, u32>,
    columns: &[&str],
    sink: &mut dyn FnMut(Row<'_>),
) -> Result<(), TableError> {
    let mut wanted = vec![Wanted::text("run"), Wanted::number("step"), Wanted::number("evaluations")];
    wanted.extend(columns.iter().map(|name| Wanted::number(name)));
    let mut values = vec![0.0; columns.len()];
    file.read(&wanted, &mut |batch| {
        let words = batch.columns[0].texts();
        let of_word: Vec<Option<u32>> = words.words.iter().map(|word| runs.get(&key(word)).copied()).collect();
        let (steps, evaluations) = (batch.columns[1].numbers(), batch.columns[2].numbers());
        for (row, &code) in words.codes.iter().enumerate() {
            let Some(run) = of_word[code as usize] else { continue };
            values.iter_mut().zip(&batch.columns[3..]).for_each(|(value, column)| *value = column.numbers()[row]);
            let (step, evaluations, seconds) = (steps[row], evaluations[row], f64::from_bits(super::NOTHING));
            sink(Row { run: run as usize, step, evaluations, seconds, values: &values });
        }
        Ok(())
    })?;
    Ok(())
}

/// The runs of a table of runs, and what identifies each.
fn read_runs(table: &TableFile) -> Result<(Runs, Vec<u64>), TableError> {
    let numbers: Vec<&str> = table.header().iter().map(String::as_str).filter(|name| is_used(name)).collect();
    let mut wanted: Vec<Wanted> =
        ["run", "replicate", "status"].iter().chain(&AXES).map(|name| Wanted::text(name)).collect();
    let words = wanted.len();
    wanted.extend(numbers.iter().map(|name| Wanted::number(name)));
    let header: StringRecord = AXES.iter().chain(&["status"]).chain(&numbers).copied().collect();
    let mut collector = Collector::with_columns(&table.path().display().to_string(), header)?;
    let (mut keys, mut run) = (Vec::new(), 0);
    table.read(&wanted, &mut |batch| {
        let text = |column: usize| batch.columns[column].texts();
        let codes: [Vec<u32>; 8] =
            std::array::from_fn(|axis| text(3 + axis).words.iter().map(|word| collector.word(axis, word)).collect());
        for row in 0..batch.rows {
            for (number, column) in batch.columns[words..].iter().enumerate() {
                let x = column.numbers()[row];
                if !is_nothing(x) {
                    collector.number(run, number, x);
                }
            }
            keys.push(key(text(0).word(row)));
            collector.place(&Head {
                axes: std::array::from_fn(|axis| codes[axis][text(3 + axis).codes[row] as usize]),
                status: Status::named(text(2).word(row)),
                replicate: text(1).word(row).parse().unwrap_or(UNNUMBERED),
            });
            run += 1;
        }
        Ok(())
    })?;
    let (runs, order) = collector.finish_with_order()?;
    if runs.is_empty() {
        return Err(TableError::of_file(table.path(), "the table has no rows"));
    }
    let keys = order.map_or_else(|| keys.clone(), |order| order.iter().map(|&run| keys[run]).collect());
    Ok((runs, keys))
}

/// What the runs of a folder are compared by.
fn measure_of(runs: &Runs, facts: &Facts, wish: &Wish, path: &Path) -> Result<Measure, TableError> {
    let of_plan = facts.metric.clone().unwrap_or_else(|| "value".to_owned());
    let metric = wish.metric.as_ref().map_or_else(|| of_plan.clone(), |metric| metric.replace('-', "_"));
    let plain = ["value", "error", "test_value", "test_error", "gap", "distance", "gradient_norm"];
    let known = [&plain[..], &["sharpness", "hessian_trace", "noise_curvature"]].concat();
    if !known.contains(&metric.as_str()) {
        let near = nearest(&metric, known.into_iter());
        return Err(TableError::of_file(path, format!("no metric \"{}\"{near}", metric.escape_debug())));
    }
    let cost = Cost::Evaluations;
    let mut targets: Vec<Target> = if !wish.targets.is_empty() {
        wish.targets.iter().map(|&level| Target::new(level, false)).collect()
    } else if metric == of_plan {
        let texts = runs.columns().filter_map(|name| name.strip_prefix(cost.prefix()));
        let target = |text: &str| Some(Target { text: text.to_owned(), ..Target::new(text.parse().ok()?, false) });
        texts.filter_map(target).collect()
    } else {
        Vec::new()
    };
    order(&mut targets);
    Ok(Measure { metric, maximize: false, targets, cost, unit: "term gradients".to_owned() })
}

/// The easiest first, each once.
fn order(targets: &mut Vec<Target>) {
    targets.retain(|target| !target.goal.is_nan());
    targets.sort_by(|a, b| b.goal.total_cmp(&a.goal));
    targets.dedup_by(|a, b| a.goal == b.goal);
}

/// The name of a folder or file without what follows its first dot.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}
