//! LIBSVM (SVMlight) text: `target index:value … # comment`.

use ndarray::Array2;

use super::error::shown;
use super::input::{checksum, text};
use super::targets::{Field, collect};
use super::{DataError, Dataset, MAX_NUMBERS, TargetKind};

/// The largest index taken: every column up to it has a name, however few entries there are.
const MAX_INDEX: usize = 1 << 20;

/// One nonzero entry; the column counts from 0.
struct Entry {
    row: usize,
    column: usize,
    value: f64,
}

/// Reads a sparse table into a dense one; its columns are named `x1`, `x2`, … after their indices.
pub(super) fn read(file: &str, bytes: &[u8], kind: TargetKind) -> Result<Dataset, DataError> {
    let text = text(file, bytes)?;
    let (mut entries, mut fields) = (Vec::new(), Vec::new());
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.split('#').next().unwrap_or_default();
        let mut words = content.split_whitespace();
        let Some(target) = words.next() else { continue };
        target_number(file, line, target)?;
        read_row(file, line, words, fields.len(), &mut entries)?;
        fields.push(Field { line, text: target.to_owned() });
    }
    if fields.is_empty() {
        return Err(DataError::NoRows { file: file.to_owned() });
    }
    let targets = collect(file, "the target", &fields, kind)?;
    let features = dense(file, fields.len(), &entries)?;
    let feature_names = (1..=features.ncols()).map(|index| format!("x{index}")).collect();
    Ok(Dataset { name: file.to_owned(), features, feature_names, targets, checksum: checksum(&[bytes]) })
}

fn target_number(file: &str, line: u64, target: &str) -> Result<(), DataError> {
    if target.parse().is_ok_and(|x: f64| x.is_finite()) {
        return Ok(());
    }
    let (column, value) = ("the target".to_owned(), shown(target));
    Err(DataError::NotANumber { file: file.to_owned(), line, column, value })
}

fn read_row<'a>(
    file: &str,
    line: u64,
    words: impl Iterator<Item = &'a str>,
    row: usize,
    entries: &mut Vec<Entry>,
) -> Result<(), DataError> {
    let mut last = 0;
    for word in words {
        let refuse = |reason: String| DataError::Sparse { file: file.to_owned(), line, field: shown(word), reason };
        let (index, value) = word.split_once(':').ok_or_else(|| refuse("there is no colon".to_owned()))?;
        let index: usize = index.parse().map_err(|_| refuse("the index is not a whole number".to_owned()))?;
        let value: Option<f64> = value.parse().ok().filter(|x: &f64| x.is_finite());
        let value = value.ok_or_else(|| refuse("the value is not a finite number".to_owned()))?;
        if index <= last {
            return Err(refuse(format!("index {index} follows {last}")));
        }
        if index > MAX_INDEX {
            return Err(refuse(format!("the index is above {MAX_INDEX}")));
        }
        last = index;
        entries.push(Entry { row, column: index - 1, value });
    }
    Ok(())
}

fn dense(file: &str, rows: usize, entries: &[Entry]) -> Result<Array2<f64>, DataError> {
    let columns = entries.iter().map(|entry| entry.column + 1).max().unwrap_or(0);
    if columns == 0 {
        return Err(DataError::NoColumns { file: file.to_owned() });
    }
    if rows.checked_mul(columns).is_none_or(|numbers| numbers > MAX_NUMBERS) {
        let (rows, columns) = (rows as u64, columns as u64);
        return Err(DataError::TooLarge { file: file.to_owned(), rows, columns, limit: MAX_NUMBERS });
    }
    let mut features = Array2::zeros((rows, columns));
    for entry in entries {
        features[(entry.row, entry.column)] = entry.value;
    }
    Ok(features)
}
