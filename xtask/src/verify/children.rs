//! This program as child processes.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::sweep::{STOPPED, command_of};

/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(1);

/// Starts this program, and waits for it.
pub struct Children {
    program: PathBuf,
    /// Where what they say goes.
    folder: PathBuf,
    stop: Arc<AtomicBool>,
}

/// A child that was started; it is killed when it is dropped.
pub struct Running {
    child: Child,
    said: PathBuf,
    command: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Children {
    /// Children of whom something is kept in `folder`; setting `stop` ends them.
    pub fn new(folder: &Path, stop: Arc<AtomicBool>) -> Result<Self> {
        let program = std::env::current_exe().context("failed to find the file of this program")?;
        Ok(Self { program, folder: folder.to_owned(), stop })
    }

    /// Whether it was asked to stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Starts the program; `name` is a file name for what it says.
    pub fn start<S: AsRef<OsStr>>(&self, name: &str, arguments: &[S]) -> Result<Running> {
        let said = self.folder.join(format!("{name}.stderr"));
        let file = File::create(&said).with_context(|| format!("failed to write {}", said.display()))?;
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let child = command.spawn().with_context(|| format!("failed to start {}", self.program.display()))?;
        Ok(Running { child, said, command: command_of(arguments.iter()) })
    }

    /// Waits until a child ends, which has to be well.
    pub fn finish(&self, mut running: Running) -> Result<()> {
        loop {
            if let Some(status) = self.look(&mut running)? {
                return running.ended(status);
            }
        }
    }

    /// Kills a child after some time; whether it was still running.
    pub fn kill(&self, mut running: Running, after: Duration) -> Result<bool> {
        let started = Instant::now();
        while started.elapsed() < after {
            if let Some(status) = self.look(&mut running)? {
                return running.ended(status).map(|()| false);
            }
        }
        running.child.kill().context("failed to kill a process")?;
        let status = running.child.wait().context("failed to wait for a process")?;
        // It may have ended in between.
        Ok(!status.success())
    }

    /// Waits for a moment, or until a child ends.
    fn look(&self, running: &mut Running) -> Result<Option<ExitStatus>> {
        if self.stopped() {
            bail!("stopped");
        }
        let status = running.child.try_wait().context("failed to wait for a process")?;
        if status.is_some_and(|status| status.code() == Some(STOPPED.into())) {
            // Ctrl-C is for everybody; it may be the first to hear of it.
            self.stop.store(true, Ordering::Relaxed);
        }
        if status.is_none() {
            std::thread::sleep(LOOK);
        }
        Ok(status)
    }
}

impl Running {
    fn ended(&self, status: ExitStatus) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        let said = fs::read(&self.said).unwrap_or_default();
        bail!(
            "a process ended with {status}\n  {}\nand said\n{}",
            self.command,
            String::from_utf8_lossy(&said).trim_end()
        )
    }
}
