//! One table in a file of any format.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::batch::{Batch, Wanted};
use super::{lines, parquet};
use crate::table::{TableError, open, short};

/// How a file holds its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// CSV text, compressed or not.
    Text {
        delimiter: u8,
    },
    Parquet,
}

/// A table in a file: CSV text, also compressed (`.gz`), or Parquet (`.parquet`).
///
/// ```
/// use sgdlab_reports::reading::{TableFile, Wanted};
/// let folder = std::env::temp_dir().join("sgdlab-table-file");
/// std::fs::create_dir_all(&folder)?;
/// std::fs::write(folder.join("t.csv"), "rule,cost,note\nsgd,3,\nadam,,fast\n")?;
/// let file = TableFile::open(&folder.join("t.csv"))?;
/// assert_eq!(file.header(), ["rule", "cost", "note"]);
/// let mut found = Vec::new();
/// file.read(&[Wanted::number("cost"), Wanted::text("rule")], &mut |batch| {
///     for row in 0..batch.rows {
///         found.push((batch.columns[1].texts().word(row).to_owned(), batch.columns[0].numbers()[row]));
///     }
///     Ok(())
/// })?;
/// assert_eq!(found[0], ("sgd".to_owned(), 3.0));
/// assert!(found[1].1.is_nan(), "an empty field");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TableFile {
    path: PathBuf,
    format: Format,
    header: Vec<String>,
    /// Whether a last line without an end means that the file was cut off.
    strict: bool,
}

/// How a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How many rows it has.
    pub rows: u64,
    /// Whether its last line has no end, so that its last field may have been cut off.
    pub cut: bool,
}

impl TableFile {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// If it cannot be read, or is empty.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        Self::delimited(path, b',')
    }

    /// Opens a file whose fields, if it is text, have something else than a comma between them.
    ///
    /// # Errors
    /// If it cannot be read, or is empty.
    pub fn delimited(path: &Path, delimiter: u8) -> Result<Self, TableError> {
        let is_parquet = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
        let (format, header) = if is_parquet {
            (Format::Parquet, parquet::header(path)?)
        } else {
            (Format::Text { delimiter }, lines::header(text(path)?, path, delimiter)?)
        };
        Ok(Self { path: path.to_owned(), format, header, strict: false })
    }

    /// The table of this name in a folder, in whichever format it is; `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of_folder(folder: &Path, stem: &str) -> Result<Option<Self>, TableError> {
        for ending in ["csv", "csv.gz", "parquet"] {
            let path = folder.join(format!("{stem}.{ending}"));
            if path.is_file() {
                // Tables of a sweep end with the end of a line.
                return Ok(Some(Self { strict: true, ..Self::open(&path)? }));
            }
        }
        Ok(None)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Whether there is a column of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.header.iter().any(|column| column == name)
    }

    /// Where a column is.
    ///
    /// # Errors
    /// If there is none of this name; the nearest name is in the message.
    pub fn position(&self, name: &str) -> Result<usize, TableError> {
        self.header.iter().position(|column| column == name).ok_or_else(|| {
            let near = super::nearest(name, self.header.iter().map(String::as_str));
            TableError::of_file(&self.path, format!("no column \"{}\"{near}", short(name).escape_debug()))
        })
    }

    /// Where a row is, for people; rows are counted from 0.
    pub(super) fn place(&self, row: u64) -> String {
        let line = || {
            let Format::Text { delimiter } = self.format else { return None };
            let mut reader =
                csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(text(&self.path).ok()?);
            let record = reader.byte_records().nth(usize::try_from(row).ok()?)?.ok()?;
            record.position().map(|position| format!("line {}", position.line()))
        };
        line().unwrap_or_else(|| format!("row {}", row + 1))
    }

    /// Rows with all of their fields as text.
    pub(super) fn texts(&self, rows: &[u64]) -> Result<Vec<Vec<String>>, TableError> {
        let wanted: Vec<Wanted> = self.header.iter().map(|name| Wanted::text(name)).collect();
        let mut found = vec![Vec::new(); rows.len()];
        let mut start = 0;
        self.read(&wanted, &mut |batch| {
            for (row, found) in rows.iter().zip(&mut found) {
                if (start..start + batch.rows as u64).contains(row) {
                    let at = (row - start) as usize;
                    *found = batch.columns.iter().map(|column| column.texts().word(at).to_owned()).collect();
                }
            }
            start += batch.rows as u64;
            Ok(())
        })?;
        Ok(found)
    }

    /// Reads columns from beginning to end in pieces, of which a few are in memory at a time.
    ///
    /// # Errors
    /// If a column is missing, the file cannot be read or was cut off, a line has another number of fields than the
    /// header, a field is not a number, or `sink` fails.
    pub fn read(
        &self,
        wanted: &[Wanted],
        sink: &mut dyn FnMut(&Batch) -> Result<(), TableError>,
    ) -> Result<Ended, TableError> {
        let positions = wanted.iter().map(|wanted| self.position(&wanted.name)).collect::<Result<Vec<_>, _>>()?;
        let mut rows = 0;
        let mut counted = |batch: &Batch| {
            rows += batch.rows as u64;
            sink(batch)
        };
        let cut = match self.format {
            Format::Parquet => parquet::read(&self.path, wanted, &positions, &mut counted).map(|()| false)?,
            Format::Text { delimiter } => {
                let mut slots = vec![Vec::new(); self.header.len()];
                positions.iter().enumerate().for_each(|(slot, &position)| slots[position].push(slot));
                let layout = lines::Layout {
                    path: &self.path,
                    delimiter,
                    header: &self.header,
                    wanted,
                    strict: self.strict,
                    slots,
                };
                lines::parse(text(&self.path)?, &layout, &mut counted)?
            }
        };
        Ok(Ended { rows, cut })
    }
}

fn text(path: &Path) -> Result<Box<dyn Read>, TableError> {
    let failed = |error: std::io::Error| TableError::Csv { path: path.to_owned(), source: error.into() };
    if path.is_dir() {
        return Err(TableError::of_file(path, "a folder, where a table is expected"));
    }
    let _ = File::open(path).map_err(failed)?;
    open(path).map_err(failed)
}
