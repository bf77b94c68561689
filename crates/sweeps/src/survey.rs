//! What is known of a folder whose sweep may still be running.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::folder::Folder;
use crate::journal::{Header, Store};
use crate::results::ResultsError;
use crate::status::Status;
use crate::sweep::Sweep;

/// What is known of a folder.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Runs of the plan.
    pub planned: usize,
    /// Runs that are finished.
    pub done: usize,
    /// How many of them diverged.
    pub diverged: usize,
    /// How many of them failed.
    pub failed: usize,
    /// The attempts, in the order in which they began.
    pub attempts: Vec<AttemptSurvey>,
    /// Runs a second, lately; 0 if none was finished lately.
    pub rate: f64,
    /// Seconds until all is done at the rate of late, by the estimated work of what is left; infinite if nothing moves.
    pub seconds_left: f64,
    /// The lines of the finished runs in `runs.csv`, in the plan's order.
    pub lines: Vec<String>,
    /// Finished runs in the folder's journals that are not of this plan.
    pub foreign: usize,
    /// What is to be told about the journals.
    pub warnings: Vec<String>,
}

/// What is known of an attempt.
#[derive(Clone, Debug)]
pub struct AttemptSurvey {
    /// Its journal.
    pub path: PathBuf,
    /// Who wrote it.
    pub header: Header,
    /// Finished runs of the plan in it.
    pub runs: usize,
    /// Whether it is still being written.
    pub running: bool,
}

/// What counts as lately, in milliseconds.
const LATELY: u64 = 60_000;

/// Looks at a folder without changing it.
///
/// # Errors
/// If journals cannot be used.
pub fn survey(sweep: &Sweep, folder: &Path) -> Result<Survey, ResultsError> {
    let (mut lines, mut times) = (Vec::new(), Vec::new());
    let store = Store::open_and_see(sweep, &Folder(folder).journals(), &mut |run, record| {
        lines.push((run, record.facts.status, record.summary.to_owned()));
        times.push((run, record.facts.finished));
    })?;
    // A run that failed and succeeded later has two lines; the later one counts.
    lines.sort_by_key(|(run, ..)| *run);
    lines.dedup_by(|later, first| {
        later.0 == first.0 && first.1 == Status::Failed && {
            std::mem::swap(later, first);
            true
        }
    });
    let of = |status| lines.iter().filter(|(_, of_run, _)| *of_run == status).count();
    let (diverged, failed) = (of(Status::Diverged), of(Status::Failed));
    let (rate, seconds_left) = speed(sweep, &store, &times);
    let attempt = |attempt: &crate::journal::Attempt| AttemptSurvey {
        path: attempt.path.clone(),
        header: attempt.header.clone(),
        runs: attempt.runs,
        running: attempt.is_running(),
    };
    Ok(Survey {
        planned: sweep.runs().len(),
        done: lines.len(),
        diverged,
        failed,
        attempts: store.attempts.iter().map(attempt).collect(),
        rate,
        seconds_left,
        lines: lines.into_iter().map(|(.., line)| line).collect(),
        foreign: store.foreign,
        warnings: store.warnings,
    })
}

/// Runs a second, and seconds that are left.
fn speed(sweep: &Sweep, store: &Store, times: &[(usize, u64)]) -> (f64, f64) {
    let (runs, packs) = (sweep.runs(), sweep.packs());
    let mut of_cells = vec![0.0; runs.cells().len()];
    for (number, (first, lanes)) in packs.kinds().enumerate() {
        let seconds = sweep.pack_seconds((first, lanes)) / lanes as f64;
        packs.get(number * packs.times()).iter().for_each(|run| of_cells[run / runs.replicates()] = seconds);
    }
    let work = |run: usize| of_cells[run / runs.replicates()];
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64);
    let first = times.iter().map(|&(_, time)| time).min().unwrap_or(now).max(now.saturating_sub(LATELY));
    let late: Vec<usize> = times.iter().filter(|&&(_, time)| time >= first).map(|&(run, _)| run).collect();
    let seconds = (now.saturating_sub(first) as f64 / 1e3).max(0.1);
    let done = late.iter().map(|&run| work(run)).sum::<f64>() / seconds;
    let left: f64 = (0..runs.len()).filter(|&run| !store.has(run)).map(work).sum();
    (late.len() as f64 / seconds, if left > 0.0 { left / done } else { 0.0 })
}
