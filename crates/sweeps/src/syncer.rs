//! What brings a file to the disk beside whoever writes it.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// As soon as so many bytes are new they are brought to the disk, which then has little to do when it is waited for.
///
/// A disk takes 1 to 2 bytes a nanosecond, and a sweep of small runs makes about as many.
pub(crate) const MANY: usize = 1 << 22;

/// A thread that synchronizes a file again and again.
pub(crate) struct Syncer {
    trouble: Arc<Mutex<Option<io::Error>>>,
    /// Bytes that were written since it was asked.
    new: usize,
    /// The thread ends when this is dropped.
    asks: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    /// Calls `sync` whenever [`MANY`] bytes are new, `every` so often at least, and at the end.
    pub(crate) fn start(
        name: &str,
        every: Duration,
        mut sync: impl FnMut() -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let trouble = Arc::new(Mutex::new(None));
        let (asks, asked) = mpsc::channel();
        let told = Arc::clone(&trouble);
        let work = move || {
            loop {
                let last = asked.recv_timeout(every) == Err(RecvTimeoutError::Disconnected);
                while asked.try_recv().is_ok() {}
                if let Err(error) = sync() {
                    *told.lock().expect("nobody panics with it") = Some(error);
                    return;
                }
                if last {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { trouble, new: 0, asks: Some(asks), thread: Some(thread) })
    }

    /// Takes note of bytes that were written.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.new += bytes;
        if let (true, Some(asks)) = (self.new >= MANY, &self.asks) {
            self.new = 0;
            // If it has ended, there is trouble that the next check tells.
            let _ = asks.send(());
        }
    }

    /// What went wrong so far.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.trouble.lock().expect("nobody panics with it").take().map_or(Ok(()), Err)
    }

    /// Begins to bring everything to the disk: nothing is written any more.
    pub(crate) fn close(&mut self) {
        self.asks = None;
    }

    /// Waits until everything is on the disk.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.stop();
        self.check()
    }

    fn stop(&mut self) {
        self.close();
        if let Some(thread) = self.thread.take() {
            // It does not panic, and whatever it met is in `trouble`.
            let _ = thread.join();
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.stop();
    }
}
