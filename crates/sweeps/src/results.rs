//! A sweep's tables and manifest on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::columns::{self, PARAMETERS, ROWS, RUNS, TIMINGS};
use crate::drive::Progress;
use crate::error::SweepError;
use crate::execute::Finished;
use crate::manifest;
use crate::sweep::Sweep;
use crate::table_file::TableFile;

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

/// Executes a sweep and writes `rows.csv`, `runs.csv`, `timings.csv`, `manifest.toml` and, if the
/// plan asks for it, `parameters.csv` into `folder`.
///
/// Tables are written aside and renamed when they are complete, so that a failure leaves earlier
/// results as they were.
/// `command` is recorded in the manifest as the way to repeat the sweep.
///
/// # Errors
/// If the sweep fails or a file cannot be written.
pub fn write_results(
    sweep: &Sweep,
    folder: &Path,
    threads: usize,
    command: &str,
    progress: &Progress,
) -> Result<Outcome, ResultsError> {
    fs::create_dir_all(folder).map_err(|source| failed("create the folder", folder, source))?;
    let (started, clock) = (SystemTime::now(), Instant::now());
    let mut tables = Tables::new(sweep, folder)?;
    let (mut runs, mut diverged, mut updates) = (0, 0, 0);
    sweep.execute(threads, progress, |finished| {
        runs += 1;
        diverged += usize::from(finished.diverged);
        updates += finished.steps;
        tables.write(sweep, &finished)
    })?;
    let tables = tables.finish(folder)?;
    let outcome = Outcome { runs, diverged, updates, elapsed: clock.elapsed(), tables };
    let text = manifest::text(sweep, &outcome, &manifest::Circumstances { command, threads, started });
    let mut file = TableFile::new(folder, "manifest.toml", &text)?;
    file.flush()?;
    file.persist()?;
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
    fn new(sweep: &Sweep, folder: &Path) -> Result<Self, ResultsError> {
        let parameters = sweep.plan().parameters;
        let table = |table: &columns::Table| TableFile::new(folder, table.file, &columns::header(table));
        Ok(Self {
            rows: table(&ROWS)?,
            runs: TableFile::new(folder, RUNS.file, &columns::runs_header(&sweep.plan().targets.values))?,
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

    /// Flushes everything first and renames afterwards: a full disk is seen before anything is replaced.
    ///
    /// A `parameters.csv` of an earlier sweep belongs to none of the new tables and is removed.
    fn finish(mut self, folder: &Path) -> Result<Vec<(String, u64, String)>, ResultsError> {
        let mut files = vec![&mut self.rows, &mut self.runs, &mut self.timings];
        files.extend(self.parameters.as_mut());
        for file in &mut files {
            file.flush()?;
        }
        if self.parameters.is_none() {
            let path = folder.join(PARAMETERS.file);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", &path, error)),
                _ => {}
            }
        }
        let files = [Some(self.rows), Some(self.runs), self.parameters, Some(self.timings)];
        files.into_iter().flatten().map(TableFile::persist).collect()
    }
}
