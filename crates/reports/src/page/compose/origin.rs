//! How a result and its report were made.

use std::path::Path;

use toml::{Table, Value};

use super::Fact;
use crate::table::TableError;

/// The most bytes of a plan that a report repeats.
const MOST_PLAN: usize = 200_000;

/// How a result and its report were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The command that writes the report.
    pub command: String,
    /// The program that writes the report, with its version.
    pub generator: String,
    /// What is known about how the result was made.
    pub facts: Vec<Fact>,
    /// The hashes of its tables, by the names of the files.
    pub tables: Vec<Fact>,
    /// The plan with all defaults, as TOML.
    pub plan: String,
}

impl Origin {
    /// What the manifest of a folder says; nothing if it has none.
    ///
    /// # Errors
    /// If the manifest cannot be read or is not TOML.
    pub fn of_folder(folder: &Path, command: &str, generator: &str) -> Result<Self, TableError> {
        let mut origin = Self { command: command.to_owned(), generator: generator.to_owned(), ..Self::default() };
        let path = folder.join("manifest.toml");
        if !path.is_file() {
            return Ok(origin);
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|error| TableError::Csv { path: path.clone(), source: error.into() })?;
        let all: Table = text.parse().map_err(|error: toml::de::Error| TableError::of_file(&path, error.message()))?;
        origin.tables = words(&all, "tables");
        origin.facts = facts(&all);
        origin.facts.extend(
            words(&all, "data").into_iter().map(|data| Fact::new(&format!("Data of {}", data.name), data.text)),
        );
        origin.facts.extend(origin.tables.iter().cloned());
        if let Some(start) = text.find("\n[plan]\n") {
            let plan = &text[start + "\n[plan]\n".len()..];
            origin.plan = plan.get(..MOST_PLAN).unwrap_or(plan).to_owned();
        }
        Ok(origin)
    }
}

/// The texts of a table of a manifest.
fn words(all: &Table, key: &str) -> Vec<Fact> {
    let table = all.get(key).and_then(Value::as_table).into_iter().flatten();
    table.filter_map(|(name, text)| Some(Fact::new(name, text.as_str()?))).collect()
}

/// How a result was made, in the order in which people ask.
fn facts(all: &Table) -> Vec<Fact> {
    let host = all.get("host").and_then(Value::as_table);
    let attempts = all.get("attempts").and_then(Value::as_array);
    let of_attempts = |key: &str| -> Option<String> {
        let mut found: Vec<String> = attempts?.iter().filter_map(|attempt| text(attempt.get(key)?)).collect();
        found.sort();
        found.dedup();
        (!found.is_empty()).then(|| found.join(", "))
    };
    let of_host = |keys: &[&str]| -> Option<String> {
        let found: Vec<String> = keys.iter().filter_map(|key| text(host?.get(*key)?)).collect();
        (!found.is_empty()).then(|| found.join(" "))
    };
    let known = [
        ("Result made by", all.get("sgdlab").and_then(text).map(|version| format!("sgdlab {version}"))),
        ("Command", all.get("command").and_then(text)),
        ("Begun", all.get("started").and_then(text)),
        ("Seconds", all.get("seconds").and_then(text)),
        ("Threads", all.get("threads").and_then(text)),
        ("Machine", of_host(&["system", "architecture", "instructions", "profile"])),
        ("Processors", of_attempts("cpu")),
        ("Hashes of programs", of_attempts("program")),
        ("Schema", all.get("schema").and_then(text)),
        ("Plan", all.get("plan-hash").and_then(text)),
    ];
    known.into_iter().filter_map(|(name, text)| Some(Fact::new(name, text?))).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// What a plan lets every run cost: `15 epochs`.
pub fn budget(plan: &Table) -> Option<String> {
    let budget = plan.get("budget")?.as_table()?;
    let parts: Vec<String> = budget
        .iter()
        .filter_map(|(unit, amount)| {
            let amount = amount.as_float().or_else(|| amount.as_integer().map(|n| n as f64))?;
            let unit = if unit == "evaluations" { "term gradients" } else { unit };
            Some(format!("{} {unit}", super::human(amount)))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(" or "))
}
