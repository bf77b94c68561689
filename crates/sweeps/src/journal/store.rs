//! The finished runs of a folder, whichever attempts they are of.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::header::Header;
use super::reader::{Content, End, read_file};
use super::record::{HEAD, Head, Record};
use crate::results::ResultsError;
use crate::run::Run;
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
    /// Bytes of all journals before it.
    start: u64,
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

/// Where a finished run is, in eight bytes, since there may be millions: the place of its record in all journals one
/// behind the other, and whether it has failed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Found(u64);

impl Found {
    /// No journal begins with a record.
    const NOTHING: Self = Self(0);

    /// Set where the run has failed.
    const FAILED: u64 = 1 << 63;

    fn new(place: u64, failed: bool) -> Self {
        Self(place | if failed { Self::FAILED } else { 0 })
    }

    fn place(self) -> u64 {
        self.0 & !Self::FAILED
    }

    fn has_failed(self) -> bool {
        self.0 & Self::FAILED != 0
    }
}

/// The positions of runs by their keys, in 16 bytes a run: the first 96 bits of a key tell it from all others.
struct Index(Vec<(u64, u32, u32)>);

impl Index {
    fn new(sweep: &Sweep) -> Self {
        let mut entries = vec![(0, 0, 0); sweep.runs().len()];
        let entry = |run: &Run| {
            let (first, second) = Self::parts(run.key.bits());
            (first, second, run.position as u32)
        };
        sweep.runs().map_into(&mut entries, entry);
        entries.par_sort_unstable();
        Self(entries)
    }

    fn parts(key: u128) -> (u64, u32) {
        ((key >> 64) as u64, (key >> 32) as u32)
    }

    fn position(&self, key: u128) -> Option<usize> {
        let key = Self::parts(key);
        let place = self.0.binary_search_by_key(&key, |&(first, second, _)| (first, second)).ok()?;
        Some(self.0[place].2 as usize)
    }
}

/// A piece of a journal: where one record is, the next ones often are.
#[derive(Default)]
pub(crate) struct Window {
    /// Number of the attempt.
    attempt: usize,
    /// Where in its journal the piece begins.
    at: u64,
    bytes: Vec<u8>,
}

/// So much of a journal is read at once, at least.
const WINDOW: usize = 1 << 12;

impl Window {
    /// Bytes of a journal, from `at` on.
    fn read(&mut self, (number, attempt): (usize, &Attempt), at: u64, length: usize) -> io::Result<&[u8]> {
        let known = self.attempt == number && at >= self.at && at + length as u64 <= self.at + self.bytes.len() as u64;
        if !known {
            (self.attempt, self.at) = (number, at);
            self.bytes.clear();
            let most = length.max(WINDOW) as u64;
            attempt.with_file(|mut file| {
                file.seek(SeekFrom::Start(at))?;
                file.take(most).read_to_end(&mut self.bytes)
            })?;
        }
        let start = (at - self.at) as usize;
        self.bytes.get(start..start + length).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// The finished runs of a folder.
pub(crate) struct Store {
    pub(crate) attempts: Vec<Attempt>,
    found: Vec<Found>,
    /// Bytes of all journals that were read.
    end: u64,
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
    first: usize,
    second: usize,
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
            found: vec![Found::NOTHING; sweep.runs().len()],
            end: 0,
            foreign: 0,
            duplicates: 0,
            warnings: Vec::new(),
        };
        let paths = paths(folder)?;
        if paths.is_empty() {
            return Ok(store);
        }
        let index = Index::new(sweep);
        for path in paths {
            store.read(sweep, &index, path, see)?;
        }
        Ok(store)
    }

    fn read(&mut self, sweep: &Sweep, index: &Index, path: PathBuf, see: &mut SeeRun<'_>) -> Result<(), ResultsError> {
        let (start, mut end, attempt) = (self.end, self.end, self.attempts.len());
        let (mut clash, mut trouble, mut runs, mut records) = (None, None, 0, 0);
        let content = read_file(&path, &mut |record, place, content| {
            records += 1;
            end = start + place.at + place.length;
            let Some(run) = index.position(record.facts.key) else {
                self.foreign += 1;
                return;
            };
            runs += 1;
            let (old, failed) = (self.found[run], record.facts.status == Status::Failed);
            if old != Found::NOTHING {
                match self.earlier(old, &path) {
                    Err(error) => trouble = Some(error),
                    Ok((_, same)) if same == Some(content) => {
                        self.duplicates += 1;
                        return;
                    }
                    Ok(_) if failed => return,
                    // A run that has failed once may succeed later, on a machine with more memory, say.
                    Ok(_) if old.has_failed() => {}
                    Ok((first, _)) => {
                        clash.get_or_insert(Clash { run, first, second: attempt });
                        return;
                    }
                }
            }
            self.found[run] = Found::new(start + place.at, failed);
            see(run, record);
        });
        match content.map_err(|error| failed_to_read(&path, error))? {
            Content::Refused(reason) => return Err(ResultsError::Journal { path, reason }),
            Content::Empty => return Ok(()),
            Content::Journal(header, end) => {
                self.warn(&path, &end, runs);
                self.push(path.clone(), *header, (runs, records)).map_err(|error| failed_to_read(&path, error))?;
            }
        }
        self.end = end;
        match (trouble, clash) {
            (Some(trouble), _) => Err(trouble),
            (None, Some(Clash { run, first, second })) => {
                let of = |attempt: usize| &self.attempts[attempt];
                let side = |attempt: usize| (of(attempt).path.clone(), of(attempt).header.cpu.clone());
                Err(ResultsError::Conflict { run: sweep.title(run), first: side(first), second: side(second) })
            }
            (None, None) => Ok(()),
        }
    }

    /// Which attempt a run is of that was found before, and the hash of its texts; `path` is the journal that is read now.
    fn earlier(&self, old: Found, path: &Path) -> Result<(usize, Option<u128>), ResultsError> {
        if old.place() >= self.end {
            let content = File::open(path).and_then(|file| content_at(&file, old.place() - self.end));
            return Ok((self.attempts.len(), content.map_err(|error| failed_to_read(path, error))?));
        }
        let number = self.attempt_of(old);
        let attempt = &self.attempts[number];
        let content = attempt.with_file(|file| content_at(file, old.place() - attempt.start));
        Ok((number, content.map_err(|error| failed_to_read(&attempt.path, error))?))
    }

    /// Which attempt a finished run is of, if its journal was read to its end.
    fn attempt_of(&self, found: Found) -> usize {
        self.attempts.partition_point(|attempt| attempt.start <= found.place()) - 1
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
        self.attempts.push(Attempt { path, header, runs, records, start: self.end, file });
        Ok(())
    }

    /// Adds a run of the attempt that was added last, whose record begins at `at`.
    pub(crate) fn insert(&mut self, run: usize, at: u64) {
        let attempt = self.attempts.last_mut().expect("an attempt was added");
        attempt.runs += 1;
        self.found[run] = Found::new(attempt.start + at, false);
    }

    /// Whether a run is finished.
    pub(crate) fn has(&self, run: usize) -> bool {
        self.found[run] != Found::NOTHING
    }

    /// Whether a finished run has failed, before this attempt.
    pub(crate) fn has_failed(&self, run: usize) -> bool {
        self.found[run].has_failed()
    }

    /// How many runs are not finished.
    pub(crate) fn missing(&self) -> usize {
        self.found.iter().filter(|&&found| found == Found::NOTHING).count()
    }

    /// Which attempt a finished run is of.
    pub(crate) fn attempt(&self, run: usize) -> Option<usize> {
        self.has(run).then(|| self.attempt_of(self.found[run]))
    }

    /// Reads a finished run.
    ///
    /// # Errors
    /// If the journal cannot be read, or is not as it was.
    pub(crate) fn record<'w>(&self, run: usize, window: &'w mut Window) -> Result<Record<'w>, ResultsError> {
        let number = self.attempt(run).expect("only finished runs are read");
        let attempt = (number, &self.attempts[number]);
        let (path, at) = (&attempt.1.path, self.found[run].place() - attempt.1.start);
        let failed = |error| failed_to_read(path, error);
        let changed = || ResultsError::Journal {
            path: path.clone(),
            reason: format!("the record at byte {at} has changed while it was used"),
        };
        let head = Head::read(window.read(attempt, at, HEAD).map_err(failed)?.as_array().expect("as long as a head"));
        let (head, length) = head.and_then(|head| Some((head, head.length()?))).ok_or_else(changed)?;
        let bytes = window.read(attempt, at, HEAD + length as usize).map_err(failed)?;
        head.with(&bytes[HEAD..]).ok_or_else(changed)
    }
}

/// The hash of the texts of the record that begins at `at`; `None` if there is none.
fn content_at(mut file: &File, at: u64) -> io::Result<Option<u128>> {
    let mut bytes = [0; HEAD];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(Head::read(&bytes).map(|head| head.content))
}

fn failed_to_read(path: &Path, source: io::Error) -> ResultsError {
    ResultsError::File { action: "read", path: path.to_owned(), source }
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
