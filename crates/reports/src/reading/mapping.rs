//! How the columns of another program's table are read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::manifest::not_toml;
use super::nearest;
use crate::table::TableError;

/// How a long table of another program is read, from TOML.
///
/// ```toml
/// name = "vision"                     # how the table is called; its file's name otherwise
/// question = "Is Lion worth it?"
/// direction = "minimize"              # or "maximize"
/// metric = "validation loss"          # how the value is called; its column's name otherwise
/// targets = [0.5, 0.3]                # costs are those of reaching them
/// delimiter = ","
/// diverged = ["FAIL"]                 # words of the status column
/// failed = ["PRUNED"]
///
/// [columns]                           # what is here = the table's column
/// rule = "optimizer"                  # required
/// value = "val_loss"                  # required
/// rate = "lr"
/// problem = "dataset"
/// replicate = "seed"
/// step = "epoch"
/// evaluations = "samples"             # costs are in steps without it
/// seconds = "elapsed"
/// status = "state"
/// run = "trial"                       # what else tells runs apart
///
/// [defaults]                          # values of axes that have no column
/// problem = "cifar10"
///
/// [default-rates]                     # what people use without tuning
/// adam = 0.001
/// ```
///
/// `batch-size`, `sampler`, `schedule`, `estimator` and `precision` are columns and defaults like `problem`.
/// Columns that are not named here are ignored.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// How the table is called.
    pub name: Option<String>,
    /// What it is to answer.
    pub question: Option<String>,
    /// Whether larger values are better.
    pub maximize: bool,
    /// How the value is called.
    pub metric: String,
    /// Values that are good enough.
    pub targets: Vec<f64>,
    /// What is between two fields.
    pub delimiter: u8,
    /// What the status of diverged runs is called.
    pub diverged: Vec<String>,
    /// What the status of failed runs is called.
    pub failed: Vec<String>,
    /// By what is here, the names of columns.
    pub columns: BTreeMap<String, String>,
    /// By axis, its value where it has no column.
    pub defaults: BTreeMap<String, String>,
    /// By rule, the rate that people use without tuning.
    pub default_rates: BTreeMap<String, f64>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    name: Option<String>,
    question: Option<String>,
    #[serde(default)]
    direction: Direction,
    metric: Option<String>,
    #[serde(default)]
    targets: Vec<f64>,
    delimiter: Option<String>,
    #[serde(default)]
    diverged: Vec<String>,
    #[serde(default)]
    failed: Vec<String>,
    columns: BTreeMap<String, String>,
    #[serde(default)]
    defaults: BTreeMap<String, toml::Value>,
    #[serde(default)]
    default_rates: BTreeMap<String, f64>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Direction {
    #[default]
    Minimize,
    Maximize,
}

/// What `[columns]` may name.
const KNOWN: [&str; 15] = [
    "problem",
    "precision",
    "sampler",
    "batch-size",
    "estimator",
    "schedule",
    "rule",
    "rate",
    "replicate",
    "run",
    "step",
    "evaluations",
    "seconds",
    "value",
    "status",
];

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// If the file cannot be read or says something that is not understood.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| TableError::Csv { path: path.to_owned(), source: error.into() })?;
        let written: Written = toml::from_str(&text).map_err(|error| not_toml(path, &text, &error))?;
        let wrong = |reason: String| TableError::of_file(path, reason);
        for key in written.columns.keys() {
            if !KNOWN.contains(&key.as_str()) {
                let near = nearest(key, KNOWN.into_iter());
                return Err(wrong(format!("[columns] does not know \"{key}\"{near}")));
            }
        }
        for key in written.defaults.keys() {
            if !KNOWN[..8].contains(&key.as_str()) {
                let near = nearest(key, KNOWN[..8].iter().copied());
                return Err(wrong(format!("[defaults] does not know \"{key}\"{near}")));
            }
        }
        let Some(value) = written.columns.get("value") else {
            return Err(wrong("[columns] has no \"value\": which column is to be compared?".to_owned()));
        };
        if !written.columns.contains_key("rule") {
            return Err(wrong("[columns] has no \"rule\": which column says what is compared?".to_owned()));
        }
        let delimiter = match written.delimiter.as_deref() {
            None => b',',
            Some("\\t") => b'\t',
            Some(text) if text.len() == 1 => text.as_bytes()[0],
            Some(text) => return Err(wrong(format!("delimiter = {text:?}, which is not one character of ASCII"))),
        };
        let word = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(Self {
            name: written.name,
            question: written.question,
            maximize: written.direction == Direction::Maximize,
            metric: written.metric.unwrap_or_else(|| value.clone()),
            targets: written.targets,
            delimiter,
            diverged: written.diverged,
            failed: written.failed,
            defaults: written.defaults.iter().map(|(axis, value)| (axis.clone(), word(value))).collect(),
            columns: written.columns,
            default_rates: written.default_rates,
        })
    }

    /// The name of the table's column for something.
    pub(super) fn column(&self, what: &str) -> Option<&str> {
        self.columns.get(what).map(String::as_str)
    }
}
