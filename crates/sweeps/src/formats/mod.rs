//! What tables are written as.

mod parquet;

use std::io::{self, BufWriter, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::columns::Table;
use parquet::Parquet;

/// What the tables of a result folder are written as.
///
/// Every format has the same columns and values; how numbers are written is decided by the CSV text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text with a header and a line per row.
    #[default]
    Csv,
    /// The same bytes, compressed.
    CsvGz,
    /// Columns of texts, whole numbers and `f64`, in which an empty field is a null.
    Parquet,
}

impl Format {
    /// All formats, the default first.
    pub const ALL: [Self; 3] = [Self::Csv, Self::CsvGz, Self::Parquet];

    /// Its name, which is also how its files end.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvGz => "csv.gz",
            Self::Parquet => "parquet",
        }
    }

    /// The format of this name.
    ///
    /// ```
    /// use sgdlab_sweeps::Format;
    /// assert_eq!(Format::named("csv.gz"), Some(Format::CsvGz));
    /// assert_eq!(Format::named("CSV"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Bytes are hashed and written in pieces of this size: both are several times faster so.
const PIECE: usize = 1 << 20;

/// CSV text on its way into a file of some format.
pub(crate) enum Encoder<W: Write + Send> {
    Csv(BufWriter<W>),
    /// Small texts are put together first, since every call of the compressor costs something.
    CsvGz(BufWriter<GzEncoder<BufWriter<W>>>),
    Parquet(Box<Parquet<BufWriter<W>>>),
}

impl<W: Write + Send> Encoder<W> {
    /// `header` is the line with the names of the columns.
    pub(crate) fn new(file: W, format: Format, table: &Table, header: &str) -> io::Result<Self> {
        let file = BufWriter::with_capacity(PIECE, file);
        let mut encoder = match format {
            Format::Csv => Self::Csv(file),
            // Neither a time nor a name goes into its header: equal tables are equal bytes. Level 1 takes an eighth of
            // the time of level 6 (226 and 30 MB/s for rows of many small runs), and 7 % more space.
            Format::CsvGz => Self::CsvGz(BufWriter::new(GzEncoder::new(file, Compression::fast()))),
            Format::Parquet => return Ok(Self::Parquet(Box::new(Parquet::new(file, table, header)?))),
        };
        encoder.push(header)?;
        Ok(encoder)
    }

    /// Appends whole lines.
    pub(crate) fn push(&mut self, lines: &str) -> io::Result<()> {
        match self {
            Self::Csv(file) => file.write_all(lines.as_bytes()),
            Self::CsvGz(file) => file.write_all(lines.as_bytes()),
            Self::Parquet(file) => file.push(lines),
        }
    }

    /// Writes what is left, and hands the file back.
    pub(crate) fn finish(self) -> io::Result<W> {
        let file = match self {
            Self::Csv(file) => file,
            Self::CsvGz(file) => file.into_inner().map_err(|error| error.into_error())?.finish()?,
            Self::Parquet(file) => file.finish()?,
        };
        file.into_inner().map_err(|error| error.into_error())
    }
}

#[cfg(test)]
mod tests;
