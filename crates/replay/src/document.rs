//! Finding and reading documents.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;
use sgdlab_core::shown;

use crate::report::{Comparison, Document, Kind, Record, Replay};
use crate::rules::{self, Sequence};
use crate::{losses, schedules};

/// Why documents could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// A file or folder cannot be read.
    #[error("failed to read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no JSON.
    #[error("{}: not JSON, in which NaN and infinities are the strings \"nan\", \"inf\" and \"-inf\"", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A file that was named is no document.
    #[error("{}: no document: it needs \"rule\", \"loss\" or \"schedule\" and a list \"records\"", path.display())]
    NoDocument {
        /// The file.
        path: PathBuf,
    },
    /// There is no document in any of the folders.
    #[error("no documents in {}", path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
}

/// Replays the documents at `paths`: files, or folders with documents at any depth.
///
/// A document is a JSON object that names a rule, a loss or a schedule, or has records that do.
/// Other files in folders are counted and passed over.
/// Only documents of the rule, loss or schedule `name`, if one is given.
///
/// # Errors
/// If a file cannot be read, a file that is named is no JSON or no document, or a folder has none.
/// A file in a folder that is to be JSON and is none is a document that fails.
/// A record that cannot be replayed is an outcome, not an error.
pub fn replay(paths: &[PathBuf], name: Option<&str>) -> Result<Replay, ReplayError> {
    let mut found = Found::default();
    for path in paths {
        if path.is_dir() {
            let before = found.documents.len();
            found.folder(path)?;
            if found.documents.len() == before {
                return Err(ReplayError::Nothing { path: path.clone() });
            }
        } else {
            let json = read(path)?;
            let head = head(&json)
                .filter(|_| json["records"].is_array())
                .ok_or_else(|| ReplayError::NoDocument { path: path.clone() })?;
            found.documents.push((path.clone(), head, Ok(json)));
        }
    }
    let wanted = |of: &str| name.is_none_or(|name| of == name.replace('-', "_"));
    found.documents.retain(|(_, (_, name), _)| wanted(name));
    let documents = found.documents.into_iter().map(|(path, head, json)| match json {
        Ok(json) => document(path, head, &json),
        Err(error) => unreplayed(path, head, error),
    });
    Ok(Replay { documents: documents.collect(), others: found.others })
}

/// What a document's records are of.
type Head = (Kind, String);

/// The head of a document; `None` if it is none.
fn head(json: &Value) -> Option<Head> {
    let named = |json: &Value| {
        let of = |kind: Kind| Some((kind, json[kind.key()].as_str()?.to_owned()));
        Kind::ALL.into_iter().find_map(of)
    };
    named(json).or_else(|| named(json["records"].as_array()?.first()?))
}

/// What is in the folders.
#[derive(Default)]
struct Found {
    /// A file that is no JSON has the reason in place of its content.
    documents: Vec<(PathBuf, Head, Result<Value, String>)>,
    /// How many files are no documents.
    others: usize,
}

impl Found {
    /// All documents of a folder, in the order of their names.
    fn folder(&mut self, folder: &Path) -> Result<(), ReplayError> {
        let failed = |source| ReplayError::Read { path: folder.to_owned(), source };
        let entries = folder.read_dir().map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                self.folder(&path)?;
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "json") {
                self.others += 1;
                continue;
            }
            match read(&path) {
                Ok(json) => match head(&json) {
                    Some(head) => self.documents.push((path, head, Ok(json))),
                    None => self.others += 1,
                },
                Err(ReplayError::Json { source, .. }) => {
                    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    self.documents.push((path, (Kind::Rule, name), Err(format!("not JSON: {source}"))));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Value, ReplayError> {
    let text = std::fs::read_to_string(path).map_err(|source| ReplayError::Read { path: path.to_owned(), source })?;
    serde_json::from_str(&text).map_err(|source| ReplayError::Json { path: path.to_owned(), source })
}

/// The longest name, and the longest reason, in characters; both may repeat what a file says.
const LONGEST: [usize; 2] = [100, 500];

/// A document of which no record can be replayed.
fn unreplayed(path: PathBuf, (kind, name): Head, reason: String) -> Document {
    let name = shown(&name, LONGEST[0]);
    let record = Record { id: name.clone(), outcome: Err(shown(&reason, LONGEST[1])) };
    Document { path, kind, name, records: vec![record] }
}

fn document(path: PathBuf, (kind, name): Head, json: &Value) -> Document {
    let Some(records) = json["records"].as_array() else {
        return unreplayed(path, (kind, name), "the document has no list \"records\"".to_owned());
    };
    if records.is_empty() {
        return unreplayed(path, (kind, name), "the document has no record".to_owned());
    }
    let needs_sequences = records.iter().any(|record| record["gradients"].is_string());
    let sequences =
        if needs_sequences { sequences(&path.with_file_name("gradients.json")) } else { Ok(HashMap::new()) };
    let outcome = |record: &Value| match (kind, &sequences) {
        _ if record["tol"].as_f64().is_some_and(|tol| tol <= 0.0) => {
            Err(format!("tol = {} is not accepted: it takes a number > 0", record["tol"]))
        }
        (Kind::Rule, Err(error)) if record["gradients"].is_string() => Err(error.to_string()),
        (Kind::Rule, Ok(sequences)) => rules::replay(record, sequences),
        (Kind::Rule, Err(_)) => rules::replay(record, &HashMap::new()),
        (Kind::Loss, _) => losses::replay(record),
        (Kind::Schedule, _) => schedules::replay(record),
    };
    let replayed = records.par_iter().enumerate().map(|(position, record)| Record {
        id: record["id"].as_str().map_or_else(|| format!("record {}", position + 1), |id| shown(id, LONGEST[0])),
        outcome: outcome(record).and_then(compares).map_err(|reason| shown(&reason, LONGEST[1])),
    });
    Document { path, kind, name: shown(&name, LONGEST[0]), records: replayed.collect() }
}

/// Refuses what is met because there is nothing to meet.
fn compares(comparison: Comparison) -> Result<Comparison, String> {
    if comparison.numbers == 0 { Err("the record has no number to compare".to_owned()) } else { Ok(comparison) }
}

/// The named sequences of gradients beside a document.
fn sequences(path: &Path) -> Result<HashMap<String, Result<Sequence, String>>, ReplayError> {
    let json = read(path)?;
    let sequences = json["sequences"].as_object().into_iter().flatten();
    let parse = |(name, json): (&String, &Value)| {
        let sequence = serde_json::from_value(json.clone()).map_err(|error| format!("sequence {name}: {error}"));
        (name.clone(), sequence)
    };
    Ok(sequences.map(parse).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn only(kind: Kind, record: &Value) -> Record {
        let json = json!({"records": [record]});
        document(PathBuf::from("x.json"), (kind, "\u{1b}[31m".to_owned()), &json).records.remove(0)
    }

    #[test]
    fn what_a_file_says_is_shown_on_one_line() {
        let record = only(
            Kind::Schedule,
            &json!({"id": "a\nb\u{7f}", "schedule": "\u{1b}[31m", "base_lr": 1,
            "steps": 1, "lr": [1]}),
        );
        assert_eq!(record.id, "a\\nb\\u{7f}");
        assert_eq!(record.outcome, Err("no schedule is called \\u{1b}[31m".to_owned()));
        let long = only(
            Kind::Rule,
            &json!({"rule": "x".repeat(9000), "shapes": [[1]], "initial": [1],
            "gradients": [[1]], "steps": 1, "trajectory": [[1]]}),
        );
        assert_eq!(long.outcome.expect_err("no such rule").chars().count(), 501);
    }

    #[test]
    fn a_record_without_numbers_is_not_met() {
        let empty = json!({"shape": [0], "data": []});
        for (kind, record) in [
            (
                Kind::Rule,
                json!({"rule": "sgd", "shapes": [[1]], "initial": [1], "gradients": [], "steps": 0, "trajectory": []}),
            ),
            (Kind::Loss, json!({"loss": "mse", "inputs": {"input": empty, "target": empty}, "value": empty})),
            (Kind::Schedule, json!({"schedule": "constant", "base_lr": 1, "steps": 0, "lr": []})),
        ] {
            assert_eq!(only(kind, &record).outcome, Err("the record has no number to compare".to_owned()));
        }
    }
}
