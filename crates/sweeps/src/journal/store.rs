//! The finished runs of a folder, whichever attempts they are of.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::header::Header;
use super::reader::{Content, End, Place, read_file};
use super::record::{HEAD, Head, Record};
use crate::results::ResultsError;
use crate::shard::Shard;
use crate::status::Status;
use crate::sweep::Sweep;

/// A journal that was read.
pub(crate) struct Attempt {
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
    /// Finished runs of the plan.
    pub(crate) runs: usize,
    /// Finished runs, also those of other plans.
    records: usize,
    /// The open file, unless there are too many.
    file: Option<File>,
}

/// So many journals stay open: processes may have a thousand open files, and folders more journals.
const MOST_OPEN: usize = 256;

impl Attempt {
    /// Whether somebody is writing it: who does holds its lock.
    pub(crate) fn is_running(&self) -> bool {
        // The lock is given back with the file. Where nothing can be locked, nothing is known.
        File::open(&self.path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
    }

    /// Does something with the file.
    fn with_file<T>(&self, work: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
        match &self.file {
            Some(file) => work(file),
            None => work(&File::open(&self.path)?),
        }
    }
}

/// A finished run.
#[derive(Clone, Copy)]
struct Found {
    attempt: u32,
    place: Place,
    content: u128,
    failed: bool,
}

/// The finished runs of a folder.
pub(crate) struct Store {
    pub(crate) attempts: Vec<Attempt>,
    found: Vec<Option<Found>>,
    /// Records of runs that are not in the plan.
    pub(crate) foreign: usize,
    /// Records that were there before, byte by byte.
    pub(crate) duplicates: usize,
    /// What is to be told about the journals.
    pub(crate) warnings: Vec<String>,
}

/// Who is shown finished runs by position.
type SeeRun<'a> = dyn FnMut(usize, &Record<'_>) + 'a;

/// What a journal said about one run, twice and differently.
struct Clash {
    run: usize,
    first: u32,
    second: u32,
}

impl Store {
    /// Reads the journals of a folder; one without any is empty.
    ///
    /// # Errors
    /// If one cannot be read, is refused, or contradicts another one.
    pub(crate) fn open(sweep: &Sweep, folder: &Path) -> Result<Self, ResultsError> {
        Self::open_and_see(sweep, folder, &mut |_, _| {})
    }

    /// [`Self::open`], and shows every run that counts with its record.
    pub(crate) fn open_and_see(sweep: &Sweep, folder: &Path, see: &mut SeeRun<'_>) -> Result<Self, ResultsError> {
        let mut store = Self {
            attempts: Vec::new(),
            found: vec![None; sweep.runs().len()],
            foreign: 0,
            duplicates: 0,
            warnings: Vec::new(),
        };
        let paths = paths(folder)?;
        if paths.is_empty() {
            return Ok(store);
        }
        let positions: HashMap<u128, u32> =
            sweep.runs().iter().map(|run| (run.key.bits(), run.position as u32)).collect();
        for path in paths {
            store.read(sweep, &positions, path, see)?;
        }
        Ok(store)
    }

    fn read(
        &mut self,
        sweep: &Sweep,
        positions: &HashMap<u128, u32>,
        path: PathBuf,
        see: &mut SeeRun<'_>,
    ) -> Result<(), ResultsError> {
        let attempt = self.attempts.len() as u32;
        let (mut clash, mut runs, mut records) = (None, 0, 0);
        let content = read_file(&path, &mut |record, place, content| {
            records += 1;
            let Some(&position) = positions.get(&record.facts.key) else {
                self.foreign += 1;
                return;
            };
            runs += 1;
            let new = Found { attempt, place, content, failed: record.facts.status == Status::Failed };
            match &mut self.found[position as usize] {
                // A run that has failed once may succeed later, on a machine with more memory, say.
                Some(old) if old.content != content && !old.failed && !new.failed => {
                    let (run, first) = (position as usize, old.attempt);
                    clash.get_or_insert(Clash { run, first, second: attempt });
                }
                Some(old) if old.content == content || new.failed => {
                    self.duplicates += usize::from(old.content == content);
                }
                slot => {
                    *slot = Some(new);
                    see(position as usize, record);
                }
            }
        });
        let failed = |source| ResultsError::File { action: "read", path: path.clone(), source };
        match content.map_err(failed)? {
            Content::Refused(reason) => return Err(ResultsError::Journal { path, reason }),
            Content::Empty => return Ok(()),
            Content::Journal(header, end) => {
                self.warn(&path, &end, runs);
                self.push(path.clone(), *header, (runs, records)).map_err(failed)?;
            }
        }
        match clash {
            Some(Clash { run, first, second }) => {
                let of = |attempt: u32| &self.attempts[attempt as usize];
                let side = |attempt: u32| (of(attempt).path.clone(), of(attempt).header.cpu.clone());
                Err(ResultsError::Conflict { run: sweep.title(run), first: side(first), second: side(second) })
            }
            None => Ok(()),
        }
    }

    fn warn(&mut self, path: &Path, end: &End, runs: usize) {
        if let End::Corrupt { at } = end {
            self.warnings.push(format!(
                "{} is damaged behind byte {at}: the {runs} runs before it are used, the rest is not",
                path.display()
            ));
        }
    }

    /// Refuses runs of another program than this one, and machines that compute differently.
    ///
    /// # Errors
    /// If there are such.
    pub(crate) fn check(&self, program: Option<&str>) -> Result<(), ResultsError> {
        let other = |attempt: &&Attempt| program.is_some_and(|program| attempt.header.program != program);
        if let Some(Attempt { path, runs, .. }) = self.attempts.iter().filter(|attempt| attempt.runs > 0).find(other) {
            return Err(ResultsError::Program { path: path.clone(), runs: *runs });
        }
        let mut with_canary = self.attempts.iter().filter(|attempt| attempt.header.canary.is_some());
        let Some(first) = with_canary.next() else { return Ok(()) };
        match with_canary.find(|attempt| attempt.header.canary != first.header.canary) {
            Some(second) => {
                let side = |attempt: &Attempt| (attempt.path.clone(), attempt.header.cpu.clone());
                Err(ResultsError::Canary { first: side(first), second: side(second) })
            }
            None => Ok(()),
        }
    }

    /// In how many shares the latest share was one.
    pub(crate) fn shards(&self) -> Option<u32> {
        let shard = |attempt: &Attempt| attempt.header.shard.as_ref()?.parse().ok();
        self.attempts.iter().rev().find_map(shard).map(|shard: Shard| shard.of)
    }

    /// The newest journal of a share whose last two attempts ended without a run.
    pub(crate) fn without_progress(&self, shard: Shard) -> Option<PathBuf> {
        let of_shard = |attempt: &&Attempt| attempt.header.shard == Some(shard.to_string());
        let mut last = self.attempts.iter().rev().filter(of_shard).filter(|attempt| !attempt.is_running());
        match (last.next(), last.next()) {
            (Some(newest), Some(older)) if newest.records + older.records == 0 => Some(newest.path.clone()),
            _ => None,
        }
    }

    /// Adds a journal with so many finished runs of the plan and of any.
    pub(crate) fn push(&mut self, path: PathBuf, header: Header, (runs, records): (usize, usize)) -> io::Result<()> {
        let file = if self.attempts.len() < MOST_OPEN { Some(File::open(&path)?) } else { None };
        self.attempts.push(Attempt { path, header, runs, records, file });
        Ok(())
    }

    /// Adds a run of the attempt that was added last.
    pub(crate) fn insert(&mut self, run: usize, place: Place) {
        let attempt = self.attempts.len() - 1;
        self.attempts[attempt].runs += 1;
        self.found[run] = Some(Found { attempt: attempt as u32, place, content: 0, failed: false });
    }

    /// Whether a run is finished.
    pub(crate) fn has(&self, run: usize) -> bool {
        self.found[run].is_some()
    }

    /// Whether a finished run has failed, before this attempt.
    pub(crate) fn has_failed(&self, run: usize) -> bool {
        self.found[run].is_some_and(|found| found.failed)
    }

    /// The runs that are not finished.
    pub(crate) fn missing(&self) -> Vec<usize> {
        (0..self.found.len()).filter(|&run| !self.has(run)).collect()
    }

    /// Which attempt a finished run is of.
    pub(crate) fn attempt(&self, run: usize) -> Option<usize> {
        self.found[run].map(|found| found.attempt as usize)
    }

    /// Reads a finished run into `buffer`.
    ///
    /// # Errors
    /// If the journal cannot be read, or is not as it was.
    pub(crate) fn record<'a>(&self, run: usize, buffer: &'a mut Vec<u8>) -> Result<Record<'a>, ResultsError> {
        let found = self.found[run].expect("only finished runs are read");
        let attempt = &self.attempts[found.attempt as usize];
        let path = &attempt.path;
        let failed = |source| ResultsError::File { action: "read", path: path.clone(), source };
        buffer.resize(found.place.length as usize, 0);
        let read = |mut file: &File| {
            file.seek(SeekFrom::Start(found.place.at))?;
            file.read_exact(buffer)
        };
        attempt.with_file(read).map_err(failed)?;
        let (head, texts) = buffer.split_first_chunk::<HEAD>().expect("a record has a head");
        let record = Head::read(head).and_then(|head| head.with(texts));
        record.ok_or_else(|| ResultsError::Journal {
            path: path.clone(),
            reason: format!("the record at byte {} has changed while it was used", found.place.at),
        })
    }
}

/// The journals of a folder, by name; none if there is no folder.
pub(crate) fn paths(folder: &Path) -> Result<Vec<PathBuf>, ResultsError> {
    let failed = |source| ResultsError::File { action: "read", path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        result => result.map_err(failed)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "journal") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
