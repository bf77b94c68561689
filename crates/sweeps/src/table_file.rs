//! One table of a result folder while it is written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::columns::Table;
use crate::formats::{Encoder, Format};
use crate::results::{ResultsError, failed};

/// A table that takes its name only when it is complete.
pub(crate) struct TableFile {
    path: PathBuf,
    aside: TempPath,
    encoder: Encoder<Hashed>,
}

/// A table that is complete but for its name.
pub(crate) struct CompleteTable {
    path: PathBuf,
    aside: TempPath,
    file: Hashed,
}

impl TableFile {
    /// `header` is the line with the names of the columns.
    pub(crate) fn new(folder: &Path, table: &Table, header: &str, format: Format) -> Result<Self, ResultsError> {
        let path = folder.join(table.file_name(format));
        let created = aside(folder).and_then(|aside| {
            // The file alone, since errors of a temporary file name its temporary path.
            let (file, aside) = aside.into_parts();
            let file = Hashed { file, hash: blake3::Hasher::new(), bytes: 0 };
            Ok((aside, Encoder::new(file, format, table, header)?))
        });
        match created {
            Ok((aside, encoder)) => Ok(Self { path, aside, encoder }),
            Err(source) => Err(failed("write", &path, source)),
        }
    }

    /// Appends whole lines.
    pub(crate) fn push(&mut self, lines: &str) -> Result<(), ResultsError> {
        self.encoder.push(lines).map_err(|source| failed("write", &self.path, source))
    }

    /// Writes everything that is not on disk yet.
    pub(crate) fn complete(self) -> Result<CompleteTable, ResultsError> {
        let Self { path, aside, encoder } = self;
        match encoder.finish() {
            Ok(file) => Ok(CompleteTable { path, aside, file }),
            Err(source) => Err(failed("write", &path, source)),
        }
    }
}

impl CompleteTable {
    /// Gives the table its name, and returns it with size and hash of the file.
    pub(crate) fn persist(self) -> Result<(String, u64, String), ResultsError> {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.aside.persist(&self.path).map_err(|error| failed("replace", &self.path, error.error))?;
        Ok((name, self.file.bytes, self.file.hash.finalize().to_hex().to_string()))
    }
}

/// Removes what the folder holds of a table in other formats than this one, or in all of them.
///
/// A folder must not hold two generations of one table.
pub(crate) fn remove_others(folder: &Path, table: &Table, but: Option<Format>) -> Result<(), ResultsError> {
    for format in Format::ALL.into_iter().filter(|format| Some(*format) != but) {
        let path = folder.join(table.file_name(format));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", &path, error)),
            _ => {}
        }
    }
    Ok(())
}

/// A file that is hashed and counted as it is written.
struct Hashed {
    file: File,
    hash: blake3::Hasher,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn aside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".part");
    readable(&mut builder);
    builder.tempfile_in(folder)
}

/// Results are for everybody who may read the folder; temporary files are private otherwise.
#[cfg(unix)]
fn readable(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable(_: &mut tempfile::Builder<'_, '_>) {}
