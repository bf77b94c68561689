//! A result folder: who may write into it, which plan it is of, and who writes.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use xxhash_rust::xxh3::Xxh3;

use crate::disk::{self, Aside};
use crate::journal::Header;
use crate::manifest::instructions;
use crate::results::{ResultsError, failed};
use crate::run::SCHEMA;
use crate::shard::Shard;
use crate::sweep::Sweep;

/// A result folder.
#[derive(Clone, Copy)]
pub(crate) struct Folder<'a>(pub(crate) &'a Path);

impl Folder<'_> {
    /// Where journals are.
    pub(crate) fn journals(self) -> PathBuf {
        self.0.join("journal")
    }

    /// The plan that the folder is of.
    pub(crate) fn plan(self) -> PathBuf {
        self.0.join("plan.toml")
    }

    /// Makes the folder.
    pub(crate) fn create(self) -> Result<(), ResultsError> {
        let journals = self.journals();
        fs::create_dir_all(self.0).map_err(|error| failed("create the folder", self.0, error))?;
        fs::create_dir_all(&journals).map_err(|error| failed("create the folder", &journals, error))
    }

    /// Brings names to the disk, and the plan if it is new: a journal there is of no use without its folder.
    pub(crate) fn sync(self, plan: PlanFile) -> io::Result<()> {
        if plan == PlanFile::New {
            disk::sync_closed(&self.plan())?;
        }
        disk::sync_folder(self.0)?;
        disk::sync_folder(&self.journals())
    }

    /// Keeps others out until the lock is dropped: a whole sweep keeps out all, shards only whole sweeps.
    pub(crate) fn lock(self, shared: bool) -> Result<File, ResultsError> {
        self.take("lock", shared)?.ok_or_else(|| ResultsError::Busy { what: "sweep", folder: self.0.to_owned() })
    }

    /// Keeps others from writing tables until the lock is dropped; shards write none and do not mind.
    pub(crate) fn lock_tables(self) -> Result<File, ResultsError> {
        let busy = || ResultsError::Busy { what: "sweep or merge", folder: self.0.to_owned() };
        self.take("tables.lock", false)?.ok_or_else(busy)
    }

    /// Takes a lock, if nobody has it.
    ///
    /// The system drops the lock with the process, so that none is left over.
    fn take(self, name: &str, shared: bool) -> Result<Option<File>, ResultsError> {
        let path = self.journals().join(name);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| failed("write", &path, error))?;
        match if shared { file.try_lock_shared() } else { file.try_lock() } {
            Err(TryLockError::WouldBlock) => Ok(None),
            // Some network file systems have no locks; journals of several attempts do not mind each other.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
        }
    }

    /// Removes what killed processes were writing when they were killed; who has no lock on the whole folder leaves
    /// alone what shards may be writing, the plan.
    pub(crate) fn clear(self, whole: bool) -> Result<(), ResultsError> {
        let except = if whole { "" } else { "plan.toml" };
        disk::remove_parts(self.0, except).map_err(|error| failed("remove temporary files in", self.0, error))
    }

    /// Writes the plan that the folder is of, if it is not there already; [`Self::sync`] brings it to the disk then.
    ///
    /// A share is refused if the folder is of another plan: who began with that would wait for it in vain.
    pub(crate) fn keep_plan(self, sweep: &Sweep, shard: bool) -> Result<PlanFile, ResultsError> {
        let (path, text) = (self.plan(), sweep.plan().resolved_toml());
        match fs::read_to_string(&path) {
            Ok(old) if old == text => return Ok(PlanFile::Old),
            Ok(_) if shard => return Err(ResultsError::OtherPlan { path }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("read", &path, error)),
        }
        let written = Aside::of(&path, text.as_bytes()).and_then(Aside::rename);
        written.map_err(|error| failed("write", &path, error))?;
        Ok(PlanFile::New)
    }
}

/// Whether a folder had the file of its plan before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanFile {
    Old,
    New,
}

/// Writes a small file aside and renames it, so that it is whole whenever it is there.
///
/// # Errors
/// If it cannot be written; what had its name before is left alone then.
pub fn write_aside(path: &Path, bytes: &[u8]) -> Result<(), ResultsError> {
    let written = Aside::of(path, bytes).and_then(|mut aside| {
        aside.sync()?;
        aside.rename()?;
        // The parent of a name alone is empty.
        disk::sync_folder(path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")))
    });
    written.map_err(|error| failed("write", path, error))
}

/// A hash of the running program.
///
/// # Errors
/// If the program's file cannot be read.
pub fn program() -> Result<String, ResultsError> {
    let path = std::env::current_exe().map_err(|error| failed("find", Path::new("the program"), error))?;
    let hash = || -> io::Result<String> {
        let (mut file, mut hash, mut buffer) = (File::open(&path)?, Xxh3::new(), vec![0; 1 << 18]);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(format!("{:032x}", hash.digest128())),
                count => hash.update(&buffer[..count]),
            }
        }
    };
    hash().map_err(|error| failed("read", &path, error))
}

/// What a journal says about who writes it.
pub(crate) fn header(sweep: &Sweep, program: &str, shard: Option<Shard>) -> Result<Header, ResultsError> {
    let canary = shard.map(|_| crate::canary()).transpose()?;
    Ok(Header {
        schema: SCHEMA,
        plan: blake3::hash(sweep.plan().resolved_toml().as_bytes()).to_hex().to_string(),
        program: program.to_owned(),
        cpu: cpu(),
        host: host(),
        process: std::process::id(),
        started: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        shard: shard.map(|shard| shard.to_string()),
        canary,
    })
}

/// The name of a journal: attempts in the order in which they began.
pub(crate) fn journal_name(header: &Header, shard: Option<Shard>, number: u32) -> String {
    let time: String = header.started.chars().filter(char::is_ascii_alphanumeric).collect();
    let share = shard.map_or_else(|| "all".to_owned(), |s| format!("shard-{:05}-of-{:05}", s.index, s.of));
    let host: String = header.host.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    format!("{time}-{share}-{host}-{}-{number}.journal", header.process)
}

/// The processor and the widest instructions that the program uses of it.
fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    format!("{} ({})", model.map_or(std::env::consts::ARCH, |(_, model)| model.trim()), instructions())
}

/// What the machine is called, by its scheduler or itself; empty if it is not.
fn host() -> String {
    let given = ["SLURMD_NODENAME", "HOSTNAME", "COMPUTERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let name = given.or_else(|| fs::read_to_string("/proc/sys/kernel/hostname").ok());
    name.map(|name| name.trim().to_owned()).unwrap_or_default()
}
