//! Finding and reading documents.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;

use crate::report::{Document, Record};
use crate::rules::{self, Sequence};
use crate::schedules;

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
    #[error("{}: not JSON", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A file that was named is no document.
    #[error("{}: no document: it needs \"rule\" or \"schedule\" and a list \"records\"", path.display())]
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
/// Other JSON files in folders are passed over.
/// Only documents of the rule or schedule `rule`, if one is given.
///
/// # Errors
/// If a file cannot be read or is no JSON, a file that is named is no document, or a folder has none.
/// A record that cannot be replayed is an outcome, not an error.
pub fn replay(paths: &[PathBuf], rule: Option<&str>) -> Result<Vec<Document>, ReplayError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            find(path, &mut files)?;
            if files.len() == before {
                return Err(ReplayError::Nothing { path: path.clone() });
            }
        } else {
            let json = read(path)?;
            head(&json).ok_or_else(|| ReplayError::NoDocument { path: path.clone() })?;
            files.push((path.clone(), json));
        }
    }
    let wanted = |json: &Value| rule.is_none_or(|rule| head(json) == Some(&rule.replace('-', "_")));
    files.retain(|(_, json)| wanted(json));
    files.into_iter().map(|(path, json)| document(path, &json)).collect()
}

/// The rule or schedule of a document.
fn head(json: &Value) -> Option<&str> {
    json["records"].as_array()?;
    json["rule"].as_str().or_else(|| json["schedule"].as_str())
}

/// All documents of a folder, in the order of their names.
fn find(folder: &Path, files: &mut Vec<(PathBuf, Value)>) -> Result<(), ReplayError> {
    let failed = |source| ReplayError::Read { path: folder.to_owned(), source };
    let entries = folder.read_dir().map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let json = read(&path)?;
            if head(&json).is_some() {
                files.push((path, json));
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Value, ReplayError> {
    let text = std::fs::read_to_string(path).map_err(|source| ReplayError::Read { path: path.to_owned(), source })?;
    serde_json::from_str(&text).map_err(|source| ReplayError::Json { path: path.to_owned(), source })
}

fn document(path: PathBuf, json: &Value) -> Result<Document, ReplayError> {
    let name = head(json).unwrap_or_default().to_owned();
    let records = json["records"].as_array().map_or(&[][..], Vec::as_slice);
    let needs_sequences = records.iter().any(|record| record["gradients"].is_string());
    let sequences = if needs_sequences { sequences(&path.with_file_name("gradients.json"))? } else { HashMap::new() };
    let is_rule = json["rule"].is_string();
    let replayed = records.par_iter().enumerate().map(|(position, record)| Record {
        id: record["id"].as_str().map_or_else(|| format!("record {}", position + 1), str::to_owned),
        outcome: if is_rule { rules::replay(record, &sequences) } else { schedules::replay(record) },
    });
    Ok(Document { path, name, records: replayed.collect() })
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
