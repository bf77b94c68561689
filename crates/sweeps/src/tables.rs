//! The tables of a result folder, written in the plan's order from whatever is finished.

use std::collections::HashMap;
use std::rc::Rc;

use rayon::prelude::*;

use crate::columns::{self, PARAMETERS, ROWS, RUNS, SUMMARY, TIMINGS};
use crate::disk;
use crate::execute::FinishedPack;
use crate::journal::{Facts, Record, Store, Window};
use crate::render::{push_float, push_whole};
use crate::results::{Request, ResultsError, failed};
use crate::run::RunKey;
use crate::status::Status;
use crate::sweep::Sweep;
use crate::table_file::{CompleteFile, TableFile, remove_others};

/// Name, size in bytes and BLAKE3 hash of a file.
pub(crate) type Written = (String, u64, String);

/// Finished packs whose turn has not come are kept in memory up to this many bytes, and read back otherwise.
const MOST_HELD: usize = 1 << 24;

/// What was written, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) runs: usize,
    pub(crate) diverged: usize,
    pub(crate) failed: usize,
    pub(crate) updates: u64,
}

/// Who is given the lines of `runs.csv`.
pub(crate) type Lines<'a> = dyn FnMut(&str) + 'a;

/// Tables that are being put together while runs are finished.
pub(crate) struct Assembly<'a> {
    sweep: &'a Sweep,
    tables: Tables,
    lines: &'a mut Lines<'a>,
    counts: Counts,
    /// The run whose turn it is.
    next: usize,
    /// Runs in memory whose turn has not come, with their packs and lanes.
    held: HashMap<usize, (Rc<FinishedPack>, usize)>,
    held_bytes: usize,
    /// What was read of journals last.
    window: Window,
}

impl<'a> Assembly<'a> {
    /// Tables of a sweep that executes `packs` now and has the other runs in its journals.
    pub(crate) fn new(sweep: &'a Sweep, request: &Request<'_>, lines: &'a mut Lines<'a>) -> Result<Self, ResultsError> {
        Ok(Self {
            sweep,
            tables: Tables::new(sweep, request)?,
            lines,
            counts: Counts::default(),
            next: 0,
            held: HashMap::new(),
            held_bytes: 0,
            window: Window::default(),
        })
    }

    /// Takes a pack that is in the journals now, and writes whatever can be written.
    pub(crate) fn add(&mut self, pack: FinishedPack, store: &Store) -> Result<(), ResultsError> {
        let bytes = held_bytes(&pack);
        if self.held_bytes + bytes <= MOST_HELD {
            self.held_bytes += bytes;
            let pack = Rc::new(pack);
            self.held.extend((0..pack.members.len()).map(|lane| (pack.members[lane].0, (Rc::clone(&pack), lane))));
        }
        self.advance(store)
    }

    /// Writes runs until one is not finished.
    pub(crate) fn advance(&mut self, store: &Store) -> Result<(), ResultsError> {
        while self.next < self.sweep.runs().len() && store.has(self.next) {
            self.write(self.next, store)?;
            self.next += 1;
        }
        Ok(())
    }

    /// Writes all that is finished, with gaps where it is not.
    pub(crate) fn finish(mut self, store: &Store) -> Result<(Counts, Vec<(CompleteFile, Written)>), ResultsError> {
        for run in self.next..self.sweep.runs().len() {
            if store.has(run) {
                self.write(run, store)?;
            }
        }
        Ok((self.counts, self.tables.complete()?))
    }

    fn write(&mut self, run: usize, store: &Store) -> Result<(), ResultsError> {
        let attempt = store.attempt(run).expect("the run is finished");
        let Some((pack, lane)) = self.held.remove(&run) else {
            let mut window = std::mem::take(&mut self.window);
            let written = self.push(attempt, &store.record(run, &mut window)?);
            self.window = window;
            return written;
        };
        self.push(attempt, &record(&pack, lane, 0))?;
        // The last of its runs takes the pack with it.
        self.held_bytes -= Rc::into_inner(pack).map_or(0, |pack| held_bytes(&pack));
        Ok(())
    }

    fn push(&mut self, attempt: usize, record: &Record<'_>) -> Result<(), ResultsError> {
        let Counts { runs, diverged, failed, updates } = &mut self.counts;
        *runs += 1;
        *diverged += usize::from(record.facts.status == Status::Diverged);
        *failed += usize::from(record.facts.status == Status::Failed);
        *updates += record.facts.steps;
        (self.lines)(record.summary);
        self.tables.write(attempt, record)
    }
}

/// The memory that a pack takes while it waits, about.
fn held_bytes(pack: &FinishedPack) -> usize {
    pack.rendered.bytes() + HELD * pack.members.len()
}

/// Bytes of a run that waits, beside its texts.
const HELD: usize = 128;

/// A run of a finished pack as journals have it.
pub(crate) fn record(pack: &FinishedPack, lane: usize, finished: u64) -> Record<'_> {
    let key = pack.members[lane].1.bits();
    let lane = pack.lane(lane);
    let facts = Facts {
        key,
        status: lane.status,
        steps: lane.steps,
        pack: lane.pack as u64,
        lanes: lane.lanes as u32,
        seconds: lane.pack_seconds,
        finished,
    };
    Record { facts, summary: lane.summary, rows: lane.rows, parameters: lane.parameters }
}

/// The files.
struct Tables {
    rows: TableFile,
    runs: TableFile,
    timings: TableFile,
    parameters: Option<TableFile>,
}

impl Tables {
    fn new(sweep: &Sweep, &Request { folder, format, .. }: &Request<'_>) -> Result<Self, ResultsError> {
        let parameters = sweep.plan().parameters;
        let table = |table: &columns::Table| TableFile::new(folder, table, &columns::header(table), format);
        Ok(Self {
            rows: TableFile::new(folder, &ROWS, &columns::rows_header(sweep.curvatures()), format)?,
            runs: TableFile::new(folder, &RUNS, &columns::runs_header(&sweep.plan().targets.values), format)?,
            timings: table(&TIMINGS)?,
            parameters: parameters.then(|| table(&PARAMETERS)).transpose()?,
        })
    }

    fn write(&mut self, attempt: usize, record: &Record<'_>) -> Result<(), ResultsError> {
        let Facts { key, pack, lanes, seconds: pack_seconds, .. } = record.facts;
        let (id, seconds) = (RunKey::of_bits(key).id(), pack_seconds / f64::from(lanes));
        self.rows.push(record.rows)?;
        self.runs.push(record.summary)?;
        let mut line = id.to_string();
        for number in [attempt as u64, pack, u64::from(lanes)] {
            line.push(',');
            push_whole(&mut line, number);
        }
        for seconds in [pack_seconds, seconds] {
            line.push(',');
            push_float(&mut line, seconds);
        }
        line.push('\n');
        self.timings.push(&line)?;
        match &mut self.parameters {
            Some(table) => table.push(record.parameters),
            None => Ok(()),
        }
    }

    /// The tables, complete but for their names.
    fn complete(self) -> Result<Vec<(CompleteFile, Written)>, ResultsError> {
        let files = [Some(self.rows), Some(self.runs), self.parameters, Some(self.timings)];
        files.into_iter().flatten().map(TableFile::complete).collect()
    }
}

/// Brings everything to the disk first and renames afterwards: a full disk is seen before anything is replaced.
///
/// What an earlier sweep left and this one does not replace belongs to none of the new tables and is removed: tables
/// in another format, its parameters, and the summary, which is made of the new runs afterwards.
/// The manifest, whose hashes say what belongs together, is that of the earlier sweep until then.
pub(crate) fn persist(
    mut tables: Vec<CompleteFile>,
    manifest: &str,
    parameters: bool,
    &Request { folder, format, .. }: &Request<'_>,
    kept: impl FnOnce() -> Result<(), ResultsError>,
) -> Result<(), ResultsError> {
    let mut manifest = CompleteFile::of(folder.join("manifest.toml"), manifest)?;
    // The disk takes them together in the time of the longest.
    let of_tables = || tables.par_iter_mut().try_for_each(CompleteFile::sync);
    let (of_tables, of_manifest) = rayon::join(of_tables, || manifest.sync());
    of_tables.and(of_manifest)?;
    kept()?;
    tables.into_iter().try_for_each(CompleteFile::rename)?;
    for table in [&ROWS, &RUNS, &TIMINGS] {
        remove_others(folder, table, Some(format))?;
    }
    remove_others(folder, &PARAMETERS, parameters.then_some(format))?;
    let summary = folder.join(SUMMARY.file);
    disk::remove(&summary).map_err(|error| failed("remove", &summary, error))?;
    manifest.rename()?;
    disk::sync_folder(folder).map_err(|error| failed("write", folder, error))
}
