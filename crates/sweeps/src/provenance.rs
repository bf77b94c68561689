//! A manifest that is read: what a result was made of, so that it can be repeated and checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

use crate::run::SCHEMA;
use crate::sweep::Sweep;

/// What a result's `manifest.toml` says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    /// The version of the program.
    pub sgdlab: String,
    /// How the result was made.
    pub command: String,
    /// When the execution began that wrote the tables.
    pub started: String,
    /// Whether every run of the plan was finished.
    pub complete: bool,
    /// How many runs the tables have.
    pub runs: u64,
    /// BLAKE3 of the plan.
    plan_hash: Option<String>,
    /// By the label of each problem, what identifies its data ([`Problem::checksum`](crate::Problem::checksum)).
    pub data: BTreeMap<String, String>,
    /// By file name, the BLAKE3 hash of each table.
    pub tables: BTreeMap<String, String>,
    /// The plan with every default, as TOML.
    #[serde(skip)]
    pub plan: String,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("failed to read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not the manifest of a result.
    #[error("{} is no manifest of a result: {reason}", path.display())]
    NotOne {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        reason: String,
    },
    /// Its numbers are not those of this program.
    #[error(
        "{} has schema = {found}, and this program computes the numbers of schema {SCHEMA}: only a program of the same \
         schema repeats a result", path.display()
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
    },
    /// The plan is not the one that the result was made of.
    #[error(
        "{}: the plan behind [plan] was changed after the result was made\n  plan-hash  {recorded}\n  its BLAKE3 {found}",
        path.display()
    )]
    Plan {
        /// The file.
        path: PathBuf,
        /// What the manifest says.
        recorded: String,
        /// The hash of what is there.
        found: String,
    },
}

/// Data that is not what a result was made of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "problem \"{problem}\": {file} is not the data that the result was made of; BLAKE3\n  here      {found}\n  manifest  {recorded}"
)]
pub struct OtherData {
    /// The problem's label.
    pub problem: String,
    /// Its data: a file, or the name of a bundled set.
    pub file: String,
    /// What identifies the data of the result.
    pub recorded: String,
    /// What identifies the data that was loaded.
    pub found: String,
}

/// What has to be known of a manifest before the rest of it means something.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// If the file cannot be read or is no manifest, is of another schema, or its plan was changed.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let text = fs::read_to_string(path).map_err(|source| ManifestError::File { path: path.to_owned(), source })?;
        let not_one = |reason: String| ManifestError::NotOne { path: path.to_owned(), reason };
        let place = |error: toml::de::Error| not_one(located(&text, &error));
        let Version { schema: found } = toml::from_str(&text).map_err(place)?;
        if found != SCHEMA {
            return Err(ManifestError::Schema { path: path.to_owned(), found });
        }
        let mut manifest: Self = toml::from_str(&text).map_err(place)?;
        // Strings have no line breaks in them, so that this is the table itself.
        let (_, plan) = text.rsplit_once("\n[plan]\n").ok_or_else(|| not_one("it has no table [plan]".to_owned()))?;
        manifest.plan = unnested(plan);
        let hash = blake3::hash(manifest.plan.as_bytes()).to_hex().to_string();
        match manifest.plan_hash.take() {
            Some(recorded) if recorded != hash => {
                Err(ManifestError::Plan { path: path.to_owned(), recorded, found: hash })
            }
            _ => Ok(manifest),
        }
    }

    /// Where the data of a sweep is not what the result was made of; problems of other labels are not looked at.
    #[must_use]
    pub fn other_data(&self, sweep: &Sweep) -> Vec<OtherData> {
        let problems = sweep.plan().problems.iter().zip(sweep.problems());
        let other = problems.filter_map(|(choice, problem)| {
            let (recorded, found) = (self.data.get(&choice.label)?, problem.checksum());
            let has_data = choice.settings.values().iter().any(|(name, _)| *name == "data");
            let file = if has_data { choice.settings.word("data") } else { choice.settings.name() };
            (recorded != found).then(|| OtherData {
                problem: choice.label.clone(),
                file: file.to_owned(),
                recorded: recorded.clone(),
                found: found.to_owned(),
            })
        });
        other.collect()
    }
}

/// An error with its line, if it has one.
fn located(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| 1 + text.bytes().take(span.start).filter(|&byte| byte == b'\n').count());
    line.map_or_else(|| error.message().to_owned(), |line| format!("line {line}: {}", error.message()))
}

/// The plan as it was before its tables were moved under `[plan]`.
fn unnested(plan: &str) -> String {
    let rename = |line: &str| match (line.strip_prefix("[[plan."), line.strip_prefix("[plan.")) {
        (Some(rest), _) => format!("[[{rest}\n"),
        (_, Some(rest)) => format!("[{rest}\n"),
        _ => format!("{line}\n"),
    };
    plan.lines().map(rename).collect()
}
