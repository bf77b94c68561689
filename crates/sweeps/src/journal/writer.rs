//! The journal of an attempt.

use std::fs::File;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::header::Header;
use crate::disk;

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
    trouble: Arc<Mutex<Option<io::Error>>>,
    /// The syncer ends when this is dropped.
    end: Option<mpsc::Sender<()>>,
    syncer: Option<JoinHandle<()>>,
}

impl Journal {
    /// Creates the journal `path`, which must not exist.
    ///
    /// It is locked as long as it is written: who finds it unlocked knows that the attempt is over.
    pub(crate) fn create(path: PathBuf, header: &Header) -> io::Result<Self> {
        let text = header.to_text();
        let file = Arc::new(disk::create_new(&path)?);
        // Where nothing can be locked, nobody sees that the attempt is running, and that is all.
        let _ = file.try_lock();
        disk::write(&file, &path, text.as_bytes())?;
        disk::sync(&file, &path)?;
        disk::sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        let trouble = Arc::new(Mutex::new(None));
        let (sender, receiver) = mpsc::channel();
        let syncer = Syncer { path: path.clone(), file: Arc::clone(&file), trouble: Arc::clone(&trouble) };
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || syncer.run(&receiver))?;
        Ok(Self { path, file, length: text.len() as u64, trouble, end: Some(sender), syncer: Some(thread) })
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
        self.check()?;
        let length: usize = records.iter().map(|piece| piece.len()).sum();
        if let Err(error) = disk::write_pieces(&self.file, &self.path, records) {
            // If that fails too, readers cut the tail.
            let _ = disk::truncate(&self.file, &self.path, self.length);
            return Err(error);
        }
        let at = self.length;
        self.length += length as u64;
        Ok(at)
    }

    fn check(&self) -> io::Result<()> {
        self.trouble.lock().expect("nobody panics with it").take().map_or(Ok(()), Err)
    }

    /// Begins to bring everything to the disk: nothing is appended any more.
    pub(crate) fn close(&mut self) {
        self.end = None;
    }

    /// Waits until everything is on the disk.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.stop();
        self.check()
    }

    fn stop(&mut self) {
        self.close();
        if let Some(thread) = self.syncer.take() {
            // It does not panic, and whatever it met is in `trouble`.
            let _ = thread.join();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What brings a journal to the disk, beside the sweep.
struct Syncer {
    path: PathBuf,
    file: Arc<File>,
    trouble: Arc<Mutex<Option<io::Error>>>,
}

impl Syncer {
    fn run(&self, end: &mpsc::Receiver<()>) {
        let mut synced = 0;
        loop {
            let last = end.recv_timeout(SYNC_EVERY) != Err(RecvTimeoutError::Timeout);
            if let Err(error) = self.sync(&mut synced) {
                *self.trouble.lock().expect("nobody panics with it") = Some(error);
                return;
            }
            if last {
                return;
            }
        }
    }

    fn sync(&self, synced: &mut u64) -> io::Result<()> {
        // A folder that was removed takes the journal with it, although writing goes on.
        std::fs::metadata(&self.path)?;
        let length = self.file.metadata()?.len();
        if length != *synced {
            disk::sync(&self.file, &self.path)?;
            *synced = length;
        }
        Ok(())
    }
}
