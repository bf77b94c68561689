//! A sweep's tables and manifest on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::columns::{self, PARAMETERS, ROWS, RUNS, TIMINGS};
use crate::drive::Progress;
use crate::error::SweepError;
use crate::execute::Finished;
use crate::formats::Format;
use crate::manifest;
use crate::sweep::Sweep;
use crate::table_file::{CompleteTable, TableFile, remove_others, write_aside};

/// What came of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Runs that were finished; fewer than planned if the sweep was interrupted.
    pub runs: usize,
    /// How many of them diverged.
    pub diverged: usize,
    /// Updates of all of them, up to their divergence.
    pub updates: u64,
    /// Wall time.
    pub elapsed: Duration,
    /// Name, size in bytes and BLAKE3 hash of each table.
    pub tables: Vec<(String, u64, String)>,
}

/// Why results could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// The sweep itself failed.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A file operation failed.
    #[error("failed to {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// What is to be done in which folder.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The result folder.
    pub folder: &'a Path,
    /// How many threads execute runs.
    pub threads: usize,
    /// How the manifest says that the result was made.
    pub command: &'a str,
    /// What the tables are written as.
    pub format: Format,
}

/// Executes a sweep and writes the tables `rows`, `runs`, `timings` and, if the plan asks for it,
/// `parameters`, and `manifest.toml`.
///
/// `lines` is given the line of each run in `runs.csv`, in the order of the table and whatever the format.
///
/// Tables are written aside and renamed when they are complete, so that a failure leaves earlier
/// results as they were.
///
/// # Errors
/// If the sweep fails or a file cannot be written.
pub fn write_results(
    sweep: &Sweep,
    request: &Request<'_>,
    progress: &Progress,
    lines: &mut dyn FnMut(&str),
) -> Result<Outcome, ResultsError> {
    let Request { folder, threads, command, format } = *request;
    fs::create_dir_all(folder).map_err(|source| failed("create the folder", folder, source))?;
    let (started, clock) = (SystemTime::now(), Instant::now());
    let mut tables = Tables::new(sweep, folder, format)?;
    let (mut runs, mut diverged, mut updates) = (0, 0, 0);
    sweep.execute(threads, progress, |finished| {
        runs += 1;
        diverged += usize::from(finished.diverged);
        updates += finished.steps;
        lines(finished.summary);
        tables.write(sweep, &finished)
    })?;
    let tables = tables.finish(folder, format)?;
    let outcome = Outcome { runs, diverged, updates, elapsed: clock.elapsed(), tables };
    let text = manifest::text(sweep, &outcome, &manifest::Circumstances { command, threads, started });
    write_aside(&folder.join("manifest.toml"), text.as_bytes())?;
    Ok(outcome)
}

pub(crate) fn failed(action: &'static str, path: &Path, source: io::Error) -> ResultsError {
    ResultsError::File { action, path: path.to_owned(), source }
}

/// The tables of a sweep while they are written.
struct Tables {
    rows: TableFile,
    runs: TableFile,
    timings: TableFile,
    parameters: Option<TableFile>,
}

impl Tables {
    fn new(sweep: &Sweep, folder: &Path, format: Format) -> Result<Self, ResultsError> {
        let parameters = sweep.plan().parameters;
        let table = |table: &columns::Table| TableFile::new(folder, table, &columns::header(table), format);
        Ok(Self {
            rows: table(&ROWS)?,
            runs: TableFile::new(folder, &RUNS, &columns::runs_header(&sweep.plan().targets.values), format)?,
            timings: table(&TIMINGS)?,
            parameters: parameters.then(|| table(&PARAMETERS)).transpose()?,
        })
    }

    fn write(&mut self, sweep: &Sweep, finished: &Finished<'_>) -> Result<(), ResultsError> {
        let Finished { run, pack, lanes, pack_seconds, .. } = finished;
        let id = sweep.runs()[*run].id();
        let seconds = pack_seconds / *lanes as f64;
        self.rows.push(finished.rows)?;
        self.runs.push(finished.summary)?;
        self.timings.push(&format!("{id},{pack},{lanes},{pack_seconds:e},{seconds:e}\n"))?;
        match &mut self.parameters {
            Some(table) => table.push(finished.parameters),
            None => Ok(()),
        }
    }

    /// Completes everything first and renames afterwards: a full disk is seen before anything is replaced.
    ///
    /// Tables of an earlier sweep that are not replaced are removed: those in another format, and parameters that
    /// belong to none of the new tables.
    fn finish(self, folder: &Path, format: Format) -> Result<Vec<(String, u64, String)>, ResultsError> {
        let parameters = self.parameters.is_some().then_some(format);
        let files = [Some(self.rows), Some(self.runs), self.parameters, Some(self.timings)];
        let complete = files.into_iter().flatten().map(TableFile::complete).collect::<Result<Vec<_>, _>>()?;
        let written = complete.into_iter().map(CompleteTable::persist).collect::<Result<_, _>>()?;
        for table in [&ROWS, &RUNS, &TIMINGS] {
            remove_others(folder, table, Some(format))?;
        }
        remove_others(folder, &PARAMETERS, parameters)?;
        Ok(written)
    }
}
