//! One table of a result folder while it is written.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::columns::Table;
use crate::disk::{self, Aside};
use crate::formats::{Encoder, Format};
use crate::results::{ResultsError, failed};
use crate::tables::Written;

/// A table that takes its name only when it is complete.
pub(crate) struct TableFile {
    path: PathBuf,
    encoder: Encoder<Hashed>,
}

/// A file that is complete but for its name.
pub(crate) struct CompleteFile {
    path: PathBuf,
    aside: Aside,
}

impl TableFile {
    /// `header` is the line with the names of the columns.
    pub(crate) fn new(folder: &Path, table: &Table, header: &str, format: Format) -> Result<Self, ResultsError> {
        let path = folder.join(table.file_name(format));
        let created = Aside::create(&path).and_then(|aside| {
            let file = Hashed { aside, hash: blake3::Hasher::new(), bytes: 0 };
            Encoder::new(file, format, table, header)
        });
        match created {
            Ok(encoder) => Ok(Self { path, encoder }),
            Err(source) => Err(failed("write", &path, source)),
        }
    }

    /// Appends whole lines.
    pub(crate) fn push(&mut self, lines: &str) -> Result<(), ResultsError> {
        self.encoder.push(lines).map_err(|source| failed("write", &self.path, source))
    }

    /// Ends the table.
    pub(crate) fn complete(self) -> Result<(CompleteFile, Written), ResultsError> {
        let Self { path, encoder } = self;
        match encoder.finish() {
            Ok(Hashed { aside, hash, bytes }) => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                Ok((CompleteFile { path, aside }, (name, bytes, hash.finalize().to_hex().to_string())))
            }
            Err(source) => Err(failed("write", &path, source)),
        }
    }
}

impl CompleteFile {
    /// A small file that is to be complete with the tables.
    pub(crate) fn of(path: PathBuf, text: &str) -> Result<Self, ResultsError> {
        match Aside::of(&path, text.as_bytes()) {
            Ok(aside) => Ok(Self { path, aside }),
            Err(source) => Err(failed("write", &path, source)),
        }
    }

    /// Brings everything to the disk.
    pub(crate) fn sync(&mut self) -> Result<(), ResultsError> {
        self.aside.sync().map_err(|error| failed("write", &self.path, error))
    }

    /// Gives the file its name.
    pub(crate) fn rename(self) -> Result<(), ResultsError> {
        self.aside.rename().map_err(|error| failed("replace", &self.path, error))
    }
}

/// Removes what the folder holds of a table in other formats than this one, or in all of them.
///
/// A folder must not hold two generations of one table.
pub(crate) fn remove_others(folder: &Path, table: &Table, but: Option<Format>) -> Result<(), ResultsError> {
    for format in Format::ALL.into_iter().filter(|format| Some(*format) != but) {
        let path = folder.join(table.file_name(format));
        disk::remove(&path).map_err(|error| failed("remove", &path, error))?;
    }
    Ok(())
}

/// A file that is hashed and counted as it is written.
struct Hashed {
    aside: Aside,
    hash: blake3::Hasher,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.aside.write(bytes)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
