//! What is known about a result beside its tables.

use std::path::Path;

use toml::{Table, Value};

use crate::table::TableError;

/// The newest `schema` of a manifest that is understood here.
pub const SCHEMA: u32 = 4;

/// What the `manifest.toml` of a result says; what it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The plan's name.
    pub name: Option<String>,
    /// The plan's question.
    pub question: Option<String>,
    /// The version of what the numbers mean.
    pub schema: Option<u32>,
    /// The version of the program.
    pub version: Option<String>,
    /// Hashes of the programs that executed the runs, each once.
    pub programs: Vec<String>,
    /// How the result was made.
    pub command: Option<String>,
    /// When that began.
    pub started: Option<String>,
    /// Whether every run of the plan is in the tables.
    pub complete: Option<bool>,
    /// How many runs the tables have.
    pub runs: Option<u64>,
    /// BLAKE3 of the plan.
    pub plan_hash: Option<String>,
    /// By problem, BLAKE3 of its data.
    pub data: Vec<(String, String)>,
    /// The metric of the targets, as columns are called.
    pub metric: Option<String>,
    /// The targets.
    pub targets: Vec<f64>,
    /// Steps are logged at this ratio of one to the next, if it is constant.
    pub log_ratio: Option<f64>,
    /// The plan with every default.
    pub plan: Table,
}

impl Facts {
    /// Reads the manifest of a folder; nothing is known if there is none.
    ///
    /// # Errors
    /// If it cannot be read, is not TOML, or has a newer `schema` than [`SCHEMA`].
    pub fn read(folder: &Path) -> Result<Self, TableError> {
        let path = folder.join("manifest.toml");
        if !path.is_file() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|error| TableError::Csv { path: path.clone(), source: error.into() })?;
        let all: Table = text.parse().map_err(|error| not_toml(&path, &text, &error))?;
        let schema = all.get("schema").and_then(Value::as_integer).and_then(|schema| u32::try_from(schema).ok());
        if let Some(schema) = schema.filter(|schema| *schema > SCHEMA) {
            let reason = format!(
                "schema = {schema}, where this program understands results up to schema {SCHEMA}: its columns may mean \
                 something else; use a newer program"
            );
            return Err(TableError::of_file(&path, reason));
        }
        let word = |table: &Table, key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
        let plan = all.get("plan").and_then(Value::as_table).cloned().unwrap_or_default();
        let attempts = all.get("attempts").and_then(Value::as_array).into_iter().flatten();
        let mut programs: Vec<String> = attempts.filter_map(|attempt| word(attempt.as_table()?, "program")).collect();
        programs.sort();
        programs.dedup();
        let data = all.get("data").and_then(Value::as_table).into_iter().flatten();
        let log = plan.get("log").and_then(Value::as_table);
        let per_decade = log.and_then(|log| log.get("per-decade")).and_then(number);
        let targets = plan.get("targets").and_then(Value::as_table);
        let levels = targets.and_then(|targets| targets.get("values")).and_then(Value::as_array);
        Ok(Self {
            name: word(&plan, "name"),
            question: word(&plan, "question"),
            schema,
            version: word(&all, "sgdlab"),
            programs,
            command: word(&all, "command"),
            started: word(&all, "started"),
            complete: all.get("complete").and_then(Value::as_bool),
            runs: all.get("runs").and_then(Value::as_integer).and_then(|runs| u64::try_from(runs).ok()),
            plan_hash: word(&all, "plan-hash"),
            data: data.filter_map(|(name, hash)| Some((name.clone(), hash.as_str()?.to_owned()))).collect(),
            metric: targets.and_then(|targets| word(targets, "metric")).map(|metric| metric.replace('-', "_")),
            targets: levels.into_iter().flatten().filter_map(number).collect(),
            log_ratio: per_decade.map(|count| sgdlab_core::Real::exp(std::f64::consts::LN_10 / count)),
            plan,
        })
    }
}

/// A number, whole or not.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|n| n as f64))
}

/// What is wrong with TOML, with its line.
pub(super) fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> TableError {
    match error.span() {
        Some(span) => {
            let line = 1 + text.bytes().take(span.start).filter(|&byte| byte == b'\n').count();
            TableError::of_line(path, line as u64, error.message())
        }
        None => TableError::of_file(path, error.message()),
    }
}
