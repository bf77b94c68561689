//! What sweeps do to files: every write, synchronization and renaming goes through here, so that tests can let each fail.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IoSlice, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::syncer::{self, Syncer};

/// Creates a file that must not exist yet.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    fault::pass(path, Operation::Create)?;
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// Writes all bytes.
pub(crate) fn write(mut file: &File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Err(error) = fault::pass(path, Operation::Write) {
        // A disk that is full takes a part first.
        file.write_all(&bytes[..bytes.len() / 2])?;
        return Err(error);
    }
    file.write_all(bytes)
}

/// Writes all bytes of pieces that follow each other, in one write if the system takes them.
pub(crate) fn write_pieces(mut file: &File, path: &Path, mut pieces: &mut [IoSlice<'_>]) -> io::Result<()> {
    if let Err(error) = fault::pass(path, Operation::Write) {
        let bytes = pieces.iter().flat_map(|piece| piece.iter().copied()).collect::<Vec<_>>();
        file.write_all(&bytes[..bytes.len() / 2])?;
        return Err(error);
    }
    while pieces.iter().any(|piece| !piece.is_empty()) {
        match file.write_vectored(pieces) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut pieces, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits until what was written has reached the disk.
pub(crate) fn sync(file: &File, path: &Path) -> io::Result<()> {
    fault::pass(path, Operation::Sync)?;
    file.sync_data()
}

/// Gives a file its final name, in the place of what had it before.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fault::pass(to, Operation::Rename)?;
    fs::rename(from, to)
}

/// Removes a file; one that is not there is removed already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fault::pass(path, Operation::Remove)?;
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Takes away what a file has behind `length` bytes.
pub(crate) fn truncate(file: &File, path: &Path, length: u64) -> io::Result<()> {
    fault::pass(path, Operation::Truncate)?;
    file.set_len(length)
}

/// Makes names that were given or taken in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    fault::pass(folder, Operation::Sync)?;
    // Elsewhere folders cannot be opened, and names need no more.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// [`sync`] of a file that was closed.
pub(crate) fn sync_closed(path: &Path) -> io::Result<()> {
    // Only who can write may synchronize everywhere.
    sync(&OpenOptions::new().write(true).open(path)?, path)
}

/// A file that is written under another name, `.NAME.NUMBER.part`, and takes its own when it is complete; removed otherwise.
pub(crate) struct Aside {
    file: Arc<File>,
    /// What brings a long one to the disk while it is written.
    syncer: Option<Syncer>,
    /// Its bytes until then.
    written: usize,
    path: PathBuf,
    to: PathBuf,
    /// Whether the other name is still there.
    waits: bool,
}

impl Aside {
    /// Begins what is to become `to`.
    pub(crate) fn create(to: &Path) -> io::Result<Self> {
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        // At random: other machines may have the same processes and times, and who removes what it has begun must not
        // meet what another one began in a folder that took the place of its own.
        let number = RandomState::new().hash_one(to);
        let path = to.with_file_name(format!(".{name}.{number:016x}{PART}"));
        let file = Arc::new(create_new(&path)?);
        Ok(Self { file, syncer: None, written: 0, path, to: to.to_owned(), waits: true })
    }

    /// All of what is to become `to`, which is small.
    pub(crate) fn of(to: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut aside = Self::create(to)?;
        aside.write(bytes)?;
        Ok(aside)
    }

    /// Appends bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        write(&self.file, &self.path, bytes)?;
        self.written += bytes.len();
        if self.syncer.is_none() && self.written > syncer::MANY {
            let (file, path) = (Arc::clone(&self.file), self.path.clone());
            self.syncer = Some(Syncer::start("table", Duration::MAX, move || sync(&file, &path))?);
        }
        if let Some(syncer) = &mut self.syncer {
            syncer.check()?;
            syncer.wrote(bytes.len());
        }
        Ok(())
    }

    /// Waits until everything has reached the disk: a name must not get there before what it names.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        match self.syncer.take() {
            Some(syncer) => syncer.finish(),
            None => sync(&self.file, &self.path),
        }
    }

    /// Gives the file its name.
    pub(crate) fn rename(mut self) -> io::Result<()> {
        rename(&self.path, &self.to)?;
        self.waits = false;
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if self.waits {
            // Why it is not complete is what matters, also if this fails too.
            let _ = remove(&self.path);
        }
    }
}

/// How the names of files end that are written aside.
const PART: &str = ".part";

/// Removes what killed processes were writing aside in a folder, but for what was to become `except`.
pub(crate) fn remove_parts(folder: &Path, except: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with('.') && name.ends_with(PART);
        if ours && (except.is_empty() || !name[1..].starts_with(except)) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// One kind of thing that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Write,
    Sync,
    Rename,
    Remove,
    Truncate,
}

#[cfg(not(test))]
mod fault {
    use super::{Operation, Path, io};

    pub(super) fn pass(_: &Path, _: Operation) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod fault {
    use std::sync::Mutex;

    use super::{Operation, Path, PathBuf, io};

    /// In which folder what is to fail, and what has been done there so far.
    struct Plan {
        folder: PathBuf,
        fails: Option<usize>,
        /// Whether everything after it fails too, as on a disk that stays full.
        stays: bool,
        done: Vec<Operation>,
    }

    static PLANS: Mutex<Vec<Plan>> = Mutex::new(Vec::new());

    /// Lets operation `fails` in `folder` fail, counted from 0.
    pub(crate) fn inject(folder: &Path, fails: Option<usize>, stays: bool) {
        take(folder);
        PLANS.lock().unwrap().push(Plan { folder: folder.to_owned(), fails, stays, done: Vec::new() });
    }

    /// Ends the injection, and tells what was done in the folder.
    pub(crate) fn take(folder: &Path) -> Vec<Operation> {
        let mut plans = PLANS.lock().unwrap();
        let position = plans.iter().position(|plan| plan.folder == folder);
        position.map(|position| plans.swap_remove(position).done).unwrap_or_default()
    }

    pub(super) fn pass(path: &Path, operation: Operation) -> io::Result<()> {
        let mut plans = PLANS.lock().unwrap();
        let Some(plan) = plans.iter_mut().find(|plan| path.starts_with(&plan.folder)) else { return Ok(()) };
        let number = plan.done.len();
        plan.done.push(operation);
        let fails = plan.fails.is_some_and(|fails| number == fails || plan.stays && number > fails);
        if fails { Err(io::Error::other(format!("injected at {number}"))) } else { Ok(()) }
    }
}
