//! The journal of an attempt.

use std::fs::File;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::header::Header;
use crate::disk;
use crate::syncer::Syncer;

/// How often what was written is brought to the disk, at least.
const SYNC_EVERY: Duration = Duration::from_millis(500);

/// A journal that is being written.
///
/// What has been appended is in the hands of the system: it outlives the process, and within a second the machine.
pub(crate) struct Journal {
    path: PathBuf,
    file: Arc<File>,
    /// Bytes of whole records, and the header.
    length: u64,
    syncer: Syncer,
}

impl Journal {
    /// Creates the journal `path`, which must not exist, in a folder of which `beside` brings the rest to the disk.
    ///
    /// It is locked as long as it is written: who finds it unlocked knows that the attempt is over.
    pub(crate) fn create(
        path: PathBuf,
        header: &Header,
        beside: impl Fn() -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let text = header.to_text();
        let file = Arc::new(disk::create_new(&path)?);
        // Where nothing can be locked, nobody sees that the attempt is running, and that is all.
        let _ = file.try_lock();
        disk::write(&file, &path, text.as_bytes())?;
        // Runs begin meanwhile: the disk takes several milliseconds, and there is nothing to be lost yet.
        let (its, at, mut synced) = (Arc::clone(&file), path.clone(), 0);
        let sync = move || {
            // A folder that was removed takes the journal with it, although writing goes on.
            std::fs::metadata(&at)?;
            let length = its.metadata()?.len();
            if length != synced {
                if synced == 0 {
                    beside()?;
                }
                disk::sync(&its, &at)?;
                synced = length;
            }
            Ok(())
        };
        let syncer = Syncer::start("journal", SYNC_EVERY, sync)?;
        Ok(Self { path, file, length: text.len() as u64, syncer })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends whole records, in pieces of memory that follow each other, and tells where they begin.
    ///
    /// # Errors
    /// If they cannot be written, or what was written before did not reach the disk; of a part that was written nothing stays.
    pub(crate) fn append(&mut self, records: &mut [IoSlice<'_>]) -> io::Result<u64> {
        self.syncer.check()?;
        let length: usize = records.iter().map(|piece| piece.len()).sum();
        if let Err(error) = disk::write_pieces(&self.file, &self.path, records) {
            // If that fails too, readers cut the tail.
            let _ = disk::truncate(&self.file, &self.path, self.length);
            return Err(error);
        }
        let at = self.length;
        self.length += length as u64;
        self.syncer.wrote(length);
        Ok(at)
    }

    /// Begins to bring everything to the disk: nothing is appended any more.
    pub(crate) fn close(&mut self) {
        self.syncer.close();
    }

    /// Waits until everything is on the disk.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.syncer.finish()
    }
}
