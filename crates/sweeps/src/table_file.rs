//! One file of a result folder.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::results::{ResultsError, failed};

/// A file that takes its name only when it is complete.
pub(crate) struct TableFile {
    path: PathBuf,
    file: NamedTempFile,
    waiting: String,
    hash: blake3::Hasher,
    bytes: u64,
}

/// Text is hashed and written in pieces of this size: both are several times faster so.
const PIECE: usize = 1 << 20;

impl TableFile {
    pub(crate) fn new(folder: &Path, name: &str, header: &str) -> Result<Self, ResultsError> {
        let path = folder.join(name);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".").suffix(".part");
        readable(&mut builder);
        let file = builder.tempfile_in(folder).map_err(|source| failed("write", &path, source))?;
        let waiting = String::with_capacity(PIECE);
        let mut table = Self { path, file, waiting, hash: blake3::Hasher::new(), bytes: 0 };
        table.push(header)?;
        Ok(table)
    }

    pub(crate) fn push(&mut self, text: &str) -> Result<(), ResultsError> {
        self.waiting.push_str(text);
        if self.waiting.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    pub(crate) fn flush(&mut self) -> Result<(), ResultsError> {
        self.hash.update(self.waiting.as_bytes());
        self.bytes += self.waiting.len() as u64;
        // Not through the temporary file itself, whose errors name its temporary path.
        self.file
            .as_file_mut()
            .write_all(self.waiting.as_bytes())
            .map_err(|source| failed("write", &self.path, source))?;
        self.waiting.clear();
        Ok(())
    }

    pub(crate) fn persist(self) -> Result<(String, u64, String), ResultsError> {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.file.persist(&self.path).map_err(|error| failed("replace", &self.path, error.error))?;
        Ok((name, self.bytes, self.hash.finalize().to_hex().to_string()))
    }
}

/// Results are for everybody who may read the folder; temporary files are private otherwise.
#[cfg(unix)]
fn readable(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable(_: &mut tempfile::Builder<'_, '_>) {}
