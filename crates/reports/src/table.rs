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
    #[error("{table}, row {row}: {} = {value:?} is not a number", column.escape_debug())]
    NotANumber {
        /// The table.
        table: String,
        /// The row, from 1, the header not counted.
        row: usize,
        /// The column, shortened.
        column: String,
        /// The field, shortened.
        value: String,
    },
    /// A file or a line of it is not what it should be.
    #[error("{place}: {reason}")]
    Wrong {
        /// The file, with line and column where they are known.
        place: String,
        /// What is wrong, and what is accepted.
        reason: String,
    },
}

impl TableError {
    /// What is wrong with a file.
    pub(crate) fn of_file(path: &Path, reason: impl Into<String>) -> Self {
        Self::Wrong { place: path.display().to_string(), reason: reason.into() }
    }

    /// What is wrong with a line of a file, counted from 1, the header included.
    pub(crate) fn of_line(path: &Path, line: u64, reason: impl Into<String>) -> Self {
        Self::Wrong { place: format!("{}, line {line}", path.display()), reason: reason.into() }
    }
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
            column: short(&self.columns[column]),
            value: short(field),
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

/// A text shortened for a message.
pub(crate) fn short(text: &str) -> String {
    const LONGEST: usize = 40;
    text.char_indices().nth(LONGEST).map_or_else(|| text.to_owned(), |(end, _)| format!("{}…", &text[..end]))
}

/// A line of CSV.
pub(crate) fn push_line<'a>(fields: impl Iterator<Item = &'a str>, text: &mut String) {
    let start = text.len();
    let mut any = false;
    for (position, field) in fields.enumerate() {
        any = true;
        let comma = if position == 0 { "" } else { "," };
        // A byte-order mark at the beginning would be passed over.
        let _ = if field.contains([',', '"', '\n', '\r', '\u{feff}']) {
            write!(text, "{comma}\"{}\"", field.replace('"', "\"\""))
        } else {
            write!(text, "{comma}{field}")
        };
    }
    // A line without anything would be passed over, and not be read as the one empty field that it is.
    if any && text.len() == start {
        text.push_str("\"\"");
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

    fn table(columns: &[&str], rows: &[&[&str]]) -> Table {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        Table { name: "runs.csv".to_owned(), columns, rows: rows.iter().map(|row| row.to_vec().into()).collect() }
    }

    #[test]
    fn fields_that_a_reader_would_pass_over_are_quoted() {
        assert_eq!(table(&["a"], &[&[""], &["1"]]).to_csv(), "a\n\"\"\n1\n");
        assert_eq!(table(&["\u{feff}", "b"], &[&["", ""]]).to_csv(), "\"\u{feff}\",b\n,\n");
        assert_eq!(table(&[], &[]).to_csv(), "\n");
    }

    #[test]
    fn what_is_no_number_is_shown_on_one_line() {
        let table = table(&["rate\t"], &[&["\u{1b}[31m"], &[&"x".repeat(1000)]]);
        let said = |row: usize| table.number(row, 0).unwrap_err().to_string();
        assert_eq!(said(0), "runs.csv, row 1: rate\\t = \"\\u{1b}[31m\" is not a number");
        assert_eq!(said(1), format!("runs.csv, row 2: rate\\t = \"{}…\" is not a number", "x".repeat(40)));
    }
}
