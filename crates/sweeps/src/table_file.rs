//! One file of a result folder.

use std::path::{Path, PathBuf};

use crate::disk::Aside;
use crate::results::{ResultsError, failed};

/// A file that takes its name only when it is complete.
pub(crate) struct TableFile {
    path: PathBuf,
    aside: Aside,
    waiting: String,
    hash: blake3::Hasher,
    bytes: u64,
}

/// Text is hashed and written in pieces of this size: both are several times faster so.
const PIECE: usize = 1 << 20;

impl TableFile {
    pub(crate) fn new(folder: &Path, name: &str, header: &str) -> Result<Self, ResultsError> {
        let path = folder.join(name);
        let aside = Aside::create(&path).map_err(|source| failed("write", &path, source))?;
        let waiting = String::with_capacity(PIECE);
        let mut table = Self { path, aside, waiting, hash: blake3::Hasher::new(), bytes: 0 };
        table.push(header)?;
        Ok(table)
    }

    pub(crate) fn push(&mut self, text: &str) -> Result<(), ResultsError> {
        self.waiting.push_str(text);
        if self.waiting.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ResultsError> {
        self.hash.update(self.waiting.as_bytes());
        self.bytes += self.waiting.len() as u64;
        // An error names what the file is to become.
        self.aside.write(self.waiting.as_bytes()).map_err(|source| failed("write", &self.path, source))?;
        self.waiting.clear();
        Ok(())
    }

    /// Brings everything to the disk.
    pub(crate) fn complete(&mut self) -> Result<(), ResultsError> {
        self.flush()?;
        self.aside.sync().map_err(|source| failed("write", &self.path, source))
    }

    pub(crate) fn persist(self) -> Result<(String, u64, String), ResultsError> {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.aside.rename().map_err(|error| failed("replace", &self.path, error))?;
        Ok((name, self.bytes, self.hash.finalize().to_hex().to_string()))
    }
}
