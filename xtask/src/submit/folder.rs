//! What is written into the folder of a sweep that is submitted.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sgdlab_sweeps::{AttemptSurvey, ResultsError, Sweep, program, survey, write_aside};

use super::System;
use super::wishes::Wishes;
use crate::sweep::explained;

/// The plan with every default.
pub const PLAN: &str = "plan.toml";
/// What was submitted.
pub const RECORD: &str = "submit.toml";

/// What was submitted, and how.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    /// Whom the scripts are for.
    pub system: System,
    /// The working directory of all jobs: paths of data in the plan begin there.
    pub directory: String,
    /// Into how many shards the sweep is cut now.
    pub shards: u32,
    /// What was asked of the system.
    pub options: Wishes,
    /// What a scheduler was given, the latest last.
    #[serde(default)]
    pub submissions: Vec<Submission>,
}

/// What a scheduler was given at once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Submission {
    /// The job array.
    pub job: String,
    /// The job that merges behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge: Option<String>,
    /// Which shards.
    pub array: String,
    /// Of how many.
    pub shards: u32,
}

impl Record {
    /// The record of a folder, if it has one.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(RECORD);
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map(Some).with_context(|| format!("failed to read {}", path.display())),
            Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("failed to read {}", path.display())),
        }
    }

    /// Writes it.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let text = toml::to_string(self).context("failed to write the record as TOML")?;
        let head = "# What `cargo xtask submit` did; `cargo xtask submit --resume` begins with it.\n";
        Ok(write_aside(&folder.join(RECORD), format!("{head}{text}").as_bytes())?)
    }
}

/// Refuses a folder whose finished or running shards are of another plan, which would be orphaned, or of another build
/// of this program, which shards would refuse one by one.
pub fn refuse_others(sweep: &Sweep, folder: &Path, any_program: bool) -> Result<()> {
    let known = survey(sweep, folder).map_err(explained)?;
    let path = folder.join(PLAN);
    let own_plan = fs::read_to_string(&path).is_ok_and(|text| text == sweep.plan().resolved_toml());
    // A plan may grow, as long as nobody computes the smaller one.
    if !own_plan && (known.foreign > 0 || known.attempts.iter().any(|attempt| attempt.running)) {
        return Err(explained(ResultsError::OtherPlan { path }));
    }
    let own = program()?;
    let other = |attempt: &AttemptSurvey| !any_program && attempt.runs > 0 && attempt.header.program != own;
    match known.attempts.into_iter().find(other) {
        Some(AttemptSurvey { path, runs, .. }) => Err(explained(ResultsError::Program { path, runs })),
        None => Ok(()),
    }
}

/// Puts plan and program into the folder.
///
/// Each is renamed into its place: a shard that is running keeps the program that it has.
pub fn prepare(folder: &Path, plan: &str) -> Result<()> {
    for name in ["bin", "log"] {
        let path = folder.join(name);
        fs::create_dir_all(&path).with_context(|| format!("failed to create the folder {}", path.display()))?;
    }
    write_aside(&folder.join(PLAN), plan.as_bytes())?;
    let own = std::env::current_exe().context("failed to find this program")?;
    replace(&folder.join("bin/xtask"), |aside| fs::copy(&own, aside).map(|_| ()))
}

/// Writes scripts that can be run.
pub fn write_scripts(folder: &Path, scripts: &[(&str, String)]) -> Result<()> {
    for (name, text) in scripts {
        replace(&folder.join(name), |aside| {
            fs::write(aside, text)?;
            make_runnable(aside)
        })?;
    }
    Ok(())
}

#[cfg(unix)]
fn make_runnable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_runnable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Writes a file that can be run aside and renames it.
fn replace(path: &Path, write: impl Fn(&Path) -> std::io::Result<()>) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!(".{name}.part"));
    let written = write(&aside).and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        // The reason why it could not be written is what matters, also if this fails too.
        let _ = fs::remove_file(&aside);
    }
    written.with_context(|| format!("failed to write {}", path.display()))
}

/// Where this command runs.
pub fn working_directory() -> Result<String> {
    let directory = std::env::current_dir().context("failed to find the working directory")?;
    Ok(utf8(&directory)?.to_owned())
}

/// A path as text, which scripts and plans are.
pub fn utf8(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8, and cannot stand in a script", path.display()))
}
