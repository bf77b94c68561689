//! What sweeps do to files: every write, synchronization and renaming goes through here, so that tests can let each fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

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

/// Makes names that were given or taken in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    fault::pass(folder, Operation::Sync)?;
    // Elsewhere folders cannot be opened, and names need no more.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// One kind of thing that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Write,
    Sync,
    Rename,
    Remove,
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
    use std::path::PathBuf;
    use std::sync::Mutex;

    use super::{Operation, Path, io};

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
