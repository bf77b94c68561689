//! CSV with a header line.

use ::csv::{ReaderBuilder, StringRecord, Trim};
use ndarray::Array2;

use sgdlab_core::nearest;

use super::error::shown;
use super::input::{checksum, line_of, text};
use super::targets::{Field, collect};
use super::{DataError, Dataset, MAX_NUMBERS, TargetKind};

/// How a CSV file is read.
pub(super) struct Options<'a> {
    pub delimiter: u8,
    /// The target's column; the last one if `None`.
    pub target: Option<&'a str>,
    pub kind: TargetKind,
}

/// Reads a table: every column but the target is a feature.
pub(super) fn read(file: &str, bytes: &[u8], options: &Options<'_>) -> Result<Dataset, DataError> {
    let text = text(file, bytes)?;
    let mut records = Records { file, text, reader: reader(text, options.delimiter), record: StringRecord::new() };
    let line = records.next()?.ok_or_else(|| DataError::Empty { file: file.to_owned() })?;
    let header: Vec<String> = records.record.iter().map(str::to_owned).collect();
    check_header(file, line, &header)?;
    let target = target_column(file, &header, options.target)?;
    let others = || header.iter().enumerate().filter(|(j, _)| *j != target).map(|(_, name)| name);
    if others().count() > 0 && others().all(|name| name.parse::<f64>().is_ok()) {
        let reason = "every field but the target's is a number, so the first line looks like data".to_owned();
        return Err(DataError::Header { file: file.to_owned(), line, reason });
    }
    let (numbers, fields) = rows(&mut records, &header, target)?;
    let targets = collect(file, &column(&header[target]), &fields, options.kind)?;
    let shape = (fields.len(), header.len() - 1);
    let features = Array2::from_shape_vec(shape, numbers).expect("every row has as many fields as the header");
    let mut feature_names = header;
    feature_names.remove(target);
    Ok(Dataset { name: file.to_owned(), features, feature_names, targets, checksum: checksum(&[bytes]) })
}

fn reader(text: &str, delimiter: u8) -> ::csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes())
}

/// The records of a text, each with the line it begins on.
struct Records<'a> {
    file: &'a str,
    text: &'a str,
    reader: ::csv::Reader<&'a [u8]>,
    record: StringRecord,
}

impl Records<'_> {
    /// Moves to the next record and says on which line it begins.
    fn next(&mut self) -> Result<Option<u64>, DataError> {
        let start = self.reader.position().clone();
        let found = self.reader.read_record(&mut self.record).map_err(|error| DataError::Unreadable {
            file: self.file.to_owned(),
            source: std::io::Error::other(error),
        })?;
        // The reader stands before the line feed of the last record and before blank lines.
        let from = usize::try_from(start.byte()).unwrap_or(usize::MAX).min(self.text.len());
        let rest = &self.text.as_bytes()[from..];
        let skipped = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        Ok(found.then(|| start.line() - 1 + line_of(&rest[..skipped])))
    }
}

/// The features, row by row, and the targets.
fn rows(records: &mut Records<'_>, header: &[String], target: usize) -> Result<(Vec<f64>, Vec<Field>), DataError> {
    let file = records.file;
    let (mut numbers, mut fields) = (Vec::new(), Vec::new());
    while let Some(line) = records.next()? {
        if records.record.len() != header.len() {
            let (found, expected) = (records.record.len(), header.len());
            return Err(DataError::Ragged { file: file.to_owned(), line, found, expected });
        }
        for (j, field) in records.record.iter().enumerate() {
            if j == target {
                fields.push(Field { line, text: field.to_owned() });
            } else {
                numbers.push(number(file, line, &header[j], field)?);
            }
        }
        if numbers.len() > MAX_NUMBERS {
            let (rows, columns) = (fields.len() as u64, header.len() as u64 - 1);
            return Err(DataError::TooLarge { file: file.to_owned(), rows, columns, limit: MAX_NUMBERS });
        }
    }
    if fields.is_empty() { Err(DataError::NoRows { file: file.to_owned() }) } else { Ok((numbers, fields)) }
}

fn number(file: &str, line: u64, name: &str, field: &str) -> Result<f64, DataError> {
    field.parse().ok().filter(|x: &f64| x.is_finite()).ok_or_else(|| DataError::NotANumber {
        file: file.to_owned(),
        line,
        column: column(name),
        value: shown(field),
    })
}

fn column(name: &str) -> String {
    format!("column \"{}\"", shown(name))
}

fn check_header(file: &str, line: u64, header: &[String]) -> Result<(), DataError> {
    let refuse = |reason: String| Err(DataError::Header { file: file.to_owned(), line, reason });
    for (j, name) in header.iter().enumerate() {
        if name.is_empty() {
            return refuse(format!("column {} has no name", j + 1));
        }
        if let Some(first) = header[..j].iter().position(|earlier| earlier == name) {
            return refuse(format!("columns {} and {} are both named \"{}\"", first + 1, j + 1, shown(name)));
        }
    }
    if header.iter().all(|name| name.parse::<f64>().is_ok()) {
        return refuse("every field is a number, so the first line looks like data".to_owned());
    }
    if header.len() == 1 {
        return refuse(format!("the only column is \"{}\" (is the delimiter right?)", shown(&header[0])));
    }
    Ok(())
}

fn target_column(file: &str, header: &[String], target: Option<&str>) -> Result<usize, DataError> {
    let Some(target) = target else { return Ok(header.len() - 1) };
    header.iter().position(|name| name == target).ok_or_else(|| {
        const LISTED: usize = 20;
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut columns: Vec<String> = names.iter().take(LISTED).map(|name| shown(name)).collect();
        columns.extend(names.len().checked_sub(LISTED).filter(|&more| more > 0).map(|more| format!("{more} more")));
        DataError::NoTarget {
            file: file.to_owned(),
            target: shown(target),
            hint: nearest(target, &names)
                .map(|name| format!("did you mean \"{}\"? ", shown(&name)))
                .unwrap_or_default(),
            columns: columns.join(", "),
        }
    })
}
