//! A sweep's results on disk: what is missing is executed, what is finished becomes tables.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::disk;
use crate::drive::Progress;
use crate::error::SweepError;
use crate::execute::FinishedPack;
use crate::folder::{self, Folder, PlanFile};
use crate::formats::Format;
use crate::journal::{self, HEAD, Journal, Record, Store};
use crate::manifest::{self, Circumstances};
use crate::pack::PackList;
use crate::shard::Shard;
use crate::status::Status;
use crate::sweep::Sweep;
use crate::tables::{self, Assembly, Lines};

/// What is to be done in which folder.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The result folder.
    pub folder: &'a Path,
    /// How many threads execute runs.
    pub threads: usize,
    /// How the manifest says that the result was made.
    pub command: &'a str,
    /// A hash of the program ([`crate::program`]).
    pub program: &'a str,
    /// The share to execute; the whole plan without one.
    pub shard: Option<Shard>,
    /// What the tables are written as.
    pub format: Format,
    /// Whether runs that another build of the program finished are used.
    pub any_program: bool,
}

/// What came of a sweep.
///
/// Nobody else writes tables into the folder while it lives: what is made of the tables is made meanwhile.
#[derive(Debug)]
pub struct Outcome {
    /// Runs of the plan, or of the share.
    pub planned: usize,
    /// Runs of it that were finished before.
    pub before: usize,
    /// Runs of it that are finished now; fewer than planned if the sweep was stopped.
    pub runs: usize,
    /// How many of them diverged; 0 if no tables were written.
    pub diverged: usize,
    /// How many of them failed.
    pub failed: usize,
    /// Updates of all of them, up to their divergence; 0 if no tables were written.
    pub updates: u64,
    /// Wall time.
    pub elapsed: Duration,
    /// Name, size in bytes and BLAKE3 hash of each table; none for a share, or if the sweep was stopped.
    pub tables: Vec<(String, u64, String)>,
    /// Finished runs in the folder's journals that are not of this plan.
    pub foreign: usize,
    /// What is to be told about the journals.
    pub warnings: Vec<String>,
    /// Keeps others from writing tables.
    pub(crate) _tables: Option<File>,
}

impl Outcome {
    /// Whether every run is finished.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.runs == self.planned
    }
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
    /// A journal that cannot be used.
    #[error("{}: {reason}; move it away if it is not needed", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Two attempts give one run different rows.
    #[error(
        "{run} came out differently:\n  {} on {}\n  {} on {}\nmove the journal away that is wrong",
        first.0.display(), first.1, second.0.display(), second.1
    )]
    Conflict {
        /// The run, in words.
        run: String,
        /// Journal and processor of the one.
        first: (PathBuf, String),
        /// Journal and processor of the other.
        second: (PathBuf, String),
    },
    /// Two machines give the same fixed runs different rows.
    #[error(
        "two machines compute differently:\n  {} on {}\n  {} on {}",
        first.0.display(), first.1, second.0.display(), second.1
    )]
    Canary {
        /// Journal and processor of the one.
        first: (PathBuf, String),
        /// Journal and processor of the other.
        second: (PathBuf, String),
    },
    /// Runs of another build of the program.
    #[error("{} holds {runs} runs that another build of the program finished", path.display())]
    Program {
        /// The journal.
        path: PathBuf,
        /// How many.
        runs: usize,
    },
    /// Another plan than the one that the folder is of.
    #[error("{} is another plan: all shards of a folder are of one plan", path.display())]
    OtherPlan {
        /// The folder's plan.
        path: PathBuf,
    },
    /// Somebody else is writing into the folder.
    #[error("another {what} is running in {}", folder.display())]
    Busy {
        /// Who: a sweep, or a sweep or merge.
        what: &'static str,
        /// The folder.
        folder: PathBuf,
    },
    /// Two attempts of a share ended without a run.
    #[error(
        "two attempts of shard {shard} ended before they finished a run: its longest takes about {seconds:.0} s on one \
         thread; give them more time, or remove {}", path.display()
    )]
    NoProgress {
        /// The share.
        shard: Shard,
        /// Estimated seconds of the longest missing run.
        seconds: f64,
        /// The newer journal.
        path: PathBuf,
    },
    /// Runs that no journal has.
    #[error("{missing} of {planned} runs are missing")]
    Missing {
        /// How many.
        missing: usize,
        /// Runs of the plan.
        planned: usize,
        /// The number of shares that attempts had, and those of them with missing runs.
        shards: Option<(u32, Vec<u32>)>,
        /// What is to be told about the journals.
        warnings: Vec<String>,
    },
}

pub(crate) fn failed(action: &'static str, path: &Path, source: io::Error) -> ResultsError {
    ResultsError::File { action, path: path.to_owned(), source }
}

/// Executes the runs of a sweep that no journal in the folder has, and writes `rows.csv`, `runs.csv`, `timings.csv`,
/// `manifest.toml` and, if the plan asks for it, `parameters.csv`.
///
/// Finished runs are in the folder's journals at once, so that nothing of them is lost whatever happens.
/// A share ends there; [`merge`] writes the tables.
/// Tables are written aside and renamed when they are complete, so that a failure leaves earlier results as they were.
/// `lines` is given the line of each run in `runs.csv`, in the order of the table and whatever the format.
///
/// # Errors
/// If the sweep fails, the folder's journals cannot be used, or a file cannot be written.
pub fn write_results(
    sweep: &Sweep,
    request: &Request<'_>,
    progress: &Progress,
    lines: &mut Lines<'_>,
) -> Result<Outcome, ResultsError> {
    let (started, clock) = (SystemTime::now(), Instant::now());
    let folder = Folder(request.folder);
    folder.create()?;
    let _lock = folder.lock(request.shard.is_some())?;
    let lock = request.shard.is_none().then(|| folder.lock_tables()).transpose()?;
    if lock.is_some() {
        folder.clear(true)?;
    }
    let plan = folder.keep_plan(sweep, request.shard.is_some())?;
    let mut store = Store::open(sweep, &folder.journals())?;
    store.check(if request.any_program { None } else { Some(request.program) })?;
    let Wanted { planned, missing, failed } = Wanted::of(sweep, request, &store)?;
    let before = planned - missing.len(sweep);
    progress.before.store(before as u64, Ordering::Relaxed);
    progress.planned.store(planned as u64, Ordering::Relaxed);
    let packs = missing.packs(sweep);
    progress.all_updates.store(sweep.updates_of(&packs), Ordering::Relaxed);
    let assembly = if request.shard.is_none() { Some(Assembly::new(sweep, request, lines)?) } else { None };
    let mut attempt = Attempt { sweep, store: &mut store, assembly, done: 0, failed };
    let mut journal = if packs.is_empty() {
        folder.sync(plan).map_err(|error| self::failed("write", request.folder, error))?;
        None
    } else {
        Some(attempt.begin(request, plan)?)
    };
    sweep.run_packs(&packs, request.threads, progress, |pack| {
        // Where there are packs, there is a journal.
        journal.as_mut().map_or(Ok(()), |journal| attempt.keep(pack, journal, progress))
    })?;
    let Attempt { assembly, done, failed, .. } = attempt;
    // The journal gets to the disk while tables are completed, and is there before they take their names.
    if let Some(journal) = &mut journal {
        journal.close();
    }
    let kept = || {
        let Some(journal) = journal else { return Ok(()) };
        let path = journal.path().to_owned();
        journal.finish().map_err(|error| self::failed("write", &path, error))
    };
    let mut outcome = Outcome {
        planned,
        before,
        runs: before + done,
        diverged: 0,
        failed,
        updates: 0,
        elapsed: clock.elapsed(),
        tables: Vec::new(),
        foreign: store.foreign,
        warnings: std::mem::take(&mut store.warnings),
        _tables: lock,
    };
    let Some(assembly) = assembly.filter(|_| outcome.is_complete()) else {
        kept()?;
        return Ok(outcome);
    };
    let circumstances = Circumstances { request, store: &store, started };
    finish(sweep, &mut outcome, assembly, &circumstances, clock, kept)?;
    Ok(outcome)
}

/// Writes the tables of a folder from its journals, and gives `lines` the line of each run in `runs.csv`.
///
/// # Errors
/// If runs are missing (unless `partial`), attempts contradict each other, or a file cannot be read or written.
pub fn merge(
    sweep: &Sweep,
    request: &Request<'_>,
    partial: bool,
    lines: &mut Lines<'_>,
) -> Result<Outcome, ResultsError> {
    let (started, clock) = (SystemTime::now(), Instant::now());
    let folder = Folder(request.folder);
    folder.create()?;
    let lock = folder.lock_tables()?;
    let mut store = Store::open(sweep, &folder.journals())?;
    if !request.any_program {
        let first = store.attempts.iter().find(|attempt| attempt.runs > 0);
        store.check(first.map(|attempt| attempt.header.program.clone()).as_deref())?;
    }
    let (planned, missing) = (sweep.runs().len(), store.missing());
    if missing > 0 && !partial {
        let shards = store.shards().map(|of| (of, shards_with(sweep, of, &store)));
        return Err(ResultsError::Missing { missing, planned, shards, warnings: store.warnings });
    }
    folder.clear(false)?;
    let assembly = Assembly::new(sweep, request, lines)?;
    let before = planned - missing;
    let mut outcome = Outcome {
        planned,
        before,
        runs: before,
        diverged: 0,
        failed: 0,
        updates: 0,
        elapsed: Duration::ZERO,
        tables: Vec::new(),
        foreign: store.foreign,
        warnings: std::mem::take(&mut store.warnings),
        _tables: Some(lock),
    };
    let circumstances = Circumstances { request, store: &store, started };
    finish(sweep, &mut outcome, assembly, &circumstances, clock, || Ok(()))?;
    Ok(outcome)
}

/// The shares of `of` that have runs which no journal of the folder has.
///
/// # Errors
/// If journals cannot be used.
pub fn missing_shards(sweep: &Sweep, folder: &Path, of: u32) -> Result<Vec<u32>, ResultsError> {
    Ok(shards_with(sweep, of, &Store::open(sweep, &Folder(folder).journals())?))
}

fn shards_with(sweep: &Sweep, of: u32, store: &Store) -> Vec<u32> {
    let mut with = vec![false; of as usize];
    sweep.deal(of, &mut |share, runs| with[share as usize] |= runs.iter().any(|&run| !store.has(run)));
    (0..of).filter(|&share| with[share as usize]).collect()
}

/// What is asked for.
struct Wanted {
    /// How many runs.
    planned: usize,
    /// Which of them no journal has.
    missing: Missing,
    /// How many of the others have failed.
    failed: usize,
}

/// Runs that are to be executed.
enum Missing {
    /// Every run of the plan: there is no list of them.
    All,
    /// These.
    Some(Vec<u32>),
}

impl Missing {
    fn len(&self, sweep: &Sweep) -> usize {
        match self {
            Self::All => sweep.runs().len(),
            Self::Some(runs) => runs.len(),
        }
    }

    fn packs<'a>(&self, sweep: &'a Sweep) -> Cow<'a, PackList> {
        match self {
            Self::All => Cow::Borrowed(sweep.packs()),
            Self::Some(runs) => Cow::Owned(sweep.packs_of(runs.iter().map(|&run| run as usize), sweep.packing())),
        }
    }
}

impl Wanted {
    fn of(sweep: &Sweep, request: &Request<'_>, store: &Store) -> Result<Self, ResultsError> {
        let planned = sweep.runs().len();
        let Some(shard) = request.shard else {
            if store.missing() == planned {
                return Ok(Self { planned, missing: Missing::All, failed: 0 });
            }
            return Ok(Self::among(0..planned, store));
        };
        let wanted = Self::among(sweep.share(shard).into_iter().map(|run| run as usize), store);
        match (store.without_progress(shard), &wanted.missing) {
            (Some(path), Missing::Some(missing)) if !missing.is_empty() => {
                let seconds = missing.iter().map(|&run| sweep.pack_seconds((run as usize, 1))).fold(0.0, f64::max);
                Err(ResultsError::NoProgress { shard, seconds, path })
            }
            _ => Ok(wanted),
        }
    }

    fn among(runs: impl Iterator<Item = usize>, store: &Store) -> Self {
        let (mut planned, mut failed, mut missing) = (0, 0, Vec::new());
        for run in runs {
            planned += 1;
            failed += usize::from(store.has_failed(run));
            if !store.has(run) {
                missing.push(run as u32);
            }
        }
        Self { planned, missing: Missing::Some(missing), failed }
    }
}

/// Writes tables and manifest, and fills in what is known then.
///
/// `kept` waits until what tables are made of is on the disk.
fn finish(
    sweep: &Sweep,
    outcome: &mut Outcome,
    assembly: Assembly<'_>,
    circumstances: &Circumstances<'_>,
    clock: Instant,
    kept: impl FnOnce() -> Result<(), ResultsError>,
) -> Result<(), ResultsError> {
    let Circumstances { request, store, .. } = *circumstances;
    let (counts, tables) = assembly.finish(store)?;
    (outcome.diverged, outcome.failed, outcome.updates) = (counts.diverged, counts.failed, counts.updates);
    let (files, written): (Vec<_>, _) = tables.into_iter().unzip();
    outcome.tables = written;
    outcome.elapsed = clock.elapsed();
    let manifest = manifest::text(sweep, outcome, circumstances);
    tables::persist(files, &manifest, sweep.plan().parameters, request, kept)?;
    outcome.elapsed = clock.elapsed();
    Ok(())
}

/// A sweep that is executing: its packs go into the journal, and from there into the tables.
struct Attempt<'s, 'a> {
    sweep: &'a Sweep,
    store: &'s mut Store,
    assembly: Option<Assembly<'a>>,
    done: usize,
    failed: usize,
}

impl Attempt<'_, '_> {
    fn begin(&mut self, request: &Request<'_>, plan: PlanFile) -> Result<Journal, ResultsError> {
        let header = folder::header(self.sweep, request.program, request.shard)?;
        let journals = Folder(request.folder).journals();
        let mut number = 0;
        let journal = loop {
            let path = journals.join(folder::journal_name(&header, request.shard, number));
            let folder = request.folder.to_owned();
            match Journal::create(path.clone(), &header, move || Folder(&folder).sync(plan)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                result => break result.map_err(|error| failed("write", &path, error))?,
            }
        };
        let path = journal.path().to_owned();
        self.store.push(path.clone(), header, (0, 0)).map_err(|error| failed("read", &path, error))?;
        Ok(journal)
    }

    fn keep(&mut self, pack: FinishedPack, journal: &mut Journal, progress: &Progress) -> Result<(), ResultsError> {
        let finished = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64);
        let record = |lane: usize| tables::record(&pack, lane, finished);
        let records: Vec<Record<'_>> = (0..pack.members.len()).map(record).collect();
        let heads: Vec<[u8; HEAD]> =
            records.iter().zip(&pack.contents).map(|(record, &content)| record.head(content)).collect();
        let mut pieces = Vec::with_capacity(4 * records.len());
        for (head, record) in heads.iter().zip(&records) {
            pieces.push(IoSlice::new(head));
            pieces.extend(record.texts().map(|text| IoSlice::new(text.as_bytes())));
        }
        let mut at = journal.append(&mut pieces).map_err(|error| failed("write", journal.path(), error))?;
        for (&(run, _), record) in pack.members.iter().zip(&records) {
            self.store.insert(run, at);
            at += HEAD as u64 + record.texts().map(|text| text.len() as u64).iter().sum::<u64>();
        }
        self.done += records.len();
        // Not before: this is what a person is told to be kept.
        progress.runs.fetch_add(records.len() as u64, Ordering::Relaxed);
        self.failed += pack.rendered.statuses.iter().filter(|&&status| status == Status::Failed).count();
        match &mut self.assembly {
            Some(assembly) => assembly.add(pack, self.store),
            None => Ok(()),
        }
    }
}

/// Forgets the finished runs of a folder: removes its journals.
///
/// # Errors
/// If a sweep is running there, or a journal cannot be removed.
pub fn forget(folder: &Path) -> Result<(), ResultsError> {
    let folder = Folder(folder);
    folder.create()?;
    let _lock = folder.lock(false)?;
    for path in journal::paths(&folder.journals())? {
        disk::remove(&path).map_err(|error| failed("remove", &path, error))?;
    }
    Ok(())
}
