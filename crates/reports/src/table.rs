//! Tables as text: a header and rows of fields.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

pub use csv::StringRecord;
use flate2::read::MultiGzDecoder;

/// Why a table cannot be read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file cannot be read, or a row has another number of fields than the header.
    #[error("failed to read {}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: csv::Error,
    },
    /// A column that is needed is not there.
    #[error("{table} has no column \"{column}\"")]
    Missing {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A row has another number of fields than the header.
    #[error("{table}, row {row}: {fields} fields, where the header has {columns}")]
    Fields {
        /// The table.
        table: String,
        /// The row, from 1, the header not counted.
        row: usize,
        /// Its fields.
        fields: usize,
        /// The columns of the header.
        columns: usize,
    },
    /// A field is not a number.
    #[error("{table}, row {row}: {column} = \"{value}\" is not a number")]
    NotANumber {
        /// The table.
        table: String,
        /// The row, from 1, the header not counted.
        row: usize,
        /// The column.
        column: String,
        /// The field.
        value: String,
    },
}

/// A table: named columns of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// How errors call it.
    pub name: String,
    /// The header.
    pub columns: Vec<String>,
    /// The fields, one record per row, as long as the header.
    pub rows: Vec<StringRecord>,
}

impl Table {
    /// Reads a CSV file with a header, compressed if its name ends in `.gz`.
    ///
    /// # Errors
    /// If the file cannot be read or its rows have different lengths.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let failed = |source| TableError::Csv { path: path.to_owned(), source };
        let file = open(path).map_err(|source| failed(source.into()))?;
        Self::read_from(path.display().to_string(), file).map_err(failed)
    }

    fn read_from(name: String, input: impl Read) -> Result<Self, csv::Error> {
        let mut reader = csv::Reader::from_reader(input);
        let columns = reader.headers()?.iter().map(str::to_owned).collect();
        Ok(Self { name, columns, rows: reader.records().collect::<Result<_, _>>()? })
    }

    /// The position of a column.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn column(&self, name: &str) -> Result<usize, TableError> {
        let position = self.columns.iter().position(|column| column == name);
        position.ok_or_else(|| TableError::Missing { table: self.name.clone(), column: name.to_owned() })
    }

    /// A field as a number; NaN if it is empty.
    ///
    /// # Errors
    /// If it is neither empty nor a number.
    pub fn number(&self, row: usize, column: usize) -> Result<f64, TableError> {
        let field = &self.rows[row][column];
        if field.is_empty() {
            return Ok(f64::NAN);
        }
        field.parse().map_err(|_| TableError::NotANumber {
            table: self.name.clone(),
            row: row + 1,
            column: self.columns[column].clone(),
            value: field.to_owned(),
        })
    }

    /// The table as CSV text.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        push_line(self.columns.iter().map(String::as_str), &mut text);
        for row in &self.rows {
            push_line(row.iter(), &mut text);
        }
        text
    }
}

/// A file of text, unpacked if its name ends in `.gz`.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let file = File::open(path)?;
    let compressed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    Ok(if compressed { Box::new(MultiGzDecoder::new(BufReader::new(file))) } else { Box::new(file) })
}

/// A line of CSV.
pub(crate) fn push_line<'a>(fields: impl Iterator<Item = &'a str>, text: &mut String) {
    for (position, field) in fields.enumerate() {
        let comma = if position == 0 { "" } else { "," };
        let _ = if field.contains([',', '"', '\n', '\r']) {
            write!(text, "{comma}\"{}\"", field.replace('"', "\"\""))
        } else {
            write!(text, "{comma}{field}")
        };
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_may_be_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let text = "a,b\n1,\"x, y\"\n,2.5\n";
        std::fs::write(folder.path().join("t.csv"), text).unwrap();
        let (head, tail) = text.as_bytes().split_at(6);
        let member = |bytes: &[u8]| {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            io::Write::write_all(&mut packed, bytes).and_then(|()| packed.finish()).unwrap()
        };
        std::fs::write(folder.path().join("t.csv.gz"), [member(head), member(tail)].concat()).unwrap();
        for name in ["t.csv", "t.csv.gz"] {
            let table = Table::read(&folder.path().join(name)).unwrap();
            assert_eq!(table.to_csv(), text, "{name}");
            assert!(table.number(0, 0).unwrap() == 1.0 && table.number(1, 0).unwrap().is_nan());
        }
        let error = Table::read(&folder.path().join("none.csv.gz")).unwrap_err();
        assert!(error.to_string().starts_with("failed to read ") && error.to_string().ends_with("none.csv.gz"));
    }
}
