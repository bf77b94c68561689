//! What can be wrong with a file of data.

use std::io;

/// A data set that cannot be read, and where and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// There is no such file.
    #[error("{file}: no such file, and no bundled data set of that name ({bundled}){hint}")]
    Missing {
        /// What was asked for.
        file: String,
        /// The names of the bundled sets.
        bundled: String,
        /// The nearest of them, as `; did you mean "…"?`, if one is near.
        hint: String,
    },
    /// A directory was named.
    #[error("{file} is a directory; a file is needed")]
    Directory {
        /// The directory.
        file: String,
    },
    /// The operating system refused.
    #[error("{file} cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// The refusal.
        source: io::Error,
    },
    /// The file begins like gzip but is damaged or cut short.
    #[error("{file} is a damaged or truncated gzip file: {source}")]
    Gzip {
        /// The file.
        file: String,
        /// What the decoder says.
        source: io::Error,
    },
    /// More bytes than a reader takes.
    #[error("{file} has more than {limit} bytes (uncompressed), the most a reader takes")]
    TooLong {
        /// The file.
        file: String,
        /// The most it may have.
        limit: u64,
    },
    /// No bytes, or nothing but blank lines.
    #[error("{file} is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// A header without rows, or only comments.
    #[error("{file} has no rows of data")]
    NoRows {
        /// The file.
        file: String,
    },
    /// Targets without features.
    #[error("{file} has no features, only targets")]
    NoColumns {
        /// The file.
        file: String,
    },
    /// Not UTF-8.
    #[error("{file}, line {line}: the text is not UTF-8 (byte {byte:#04x})")]
    Encoding {
        /// The file.
        file: String,
        /// The line of the first such byte, from 1.
        line: u64,
        /// The byte.
        byte: u8,
    },
    /// An option of a source that does not fit.
    #[error("{option} = {value} does not fit {file}: it takes {accepts}")]
    Option {
        /// The file.
        file: String,
        /// The option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What would fit.
        accepts: String,
    },
    /// A row with too few or too many fields.
    #[error("{file}, line {line}: {found} fields, where the header has {expected}")]
    Ragged {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Its fields.
        found: usize,
        /// The header's fields.
        expected: usize,
    },
    /// A field that should be a finite number.
    #[error("{file}, line {line}, {column}: \"{value}\" is not a finite number")]
    NotANumber {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The column, as `column "name"`.
        column: String,
        /// The field.
        value: String,
    },
    /// A number whose square, or the sum of many of them, could overflow.
    #[error("{file}, row {row}, column \"{column}\": {value:e} is too large; numbers up to {limit:e} are accepted")]
    Huge {
        /// The file.
        file: String,
        /// The row, from 1, the header not counted.
        row: usize,
        /// The column.
        column: String,
        /// The number.
        value: f64,
        /// The largest accepted size.
        limit: f64,
    },
    /// A header that cannot name the columns.
    #[error("{file}, line {line}: {reason}; the header needs a distinct name for each column")]
    Header {
        /// The file.
        file: String,
        /// The header's line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The target is not among the columns.
    #[error("{file} has no column \"{target}\"; {hint}its columns are {columns}")]
    NoTarget {
        /// The file.
        file: String,
        /// The name asked for.
        target: String,
        /// The nearest name, as `did you mean "…"? `, if one is near.
        hint: String,
        /// All names.
        columns: String,
    },
    /// Nothing to tell apart.
    #[error("{file}: every row has the class \"{class}\"; classification needs two classes")]
    OneClass {
        /// The file.
        file: String,
        /// The only class.
        class: String,
    },
    /// A LIBSVM field that is not `index:value` with increasing indices from 1.
    #[error("{file}, line {line}: field \"{field}\": {reason}; accepted is index:value with indices increasing from 1")]
    Sparse {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The field.
        field: String,
        /// What is wrong.
        reason: String,
    },
    /// A matrix too large to be held densely.
    #[error("{file}: {rows} rows × {columns} columns is more than {limit} numbers, the largest dense matrix held")]
    TooLarge {
        /// The file.
        file: String,
        /// Rows.
        rows: u64,
        /// Columns: in LIBSVM files the largest index.
        columns: u64,
        /// The most numbers held.
        limit: usize,
    },
    /// An IDX file that contradicts itself or holds a number that is not finite.
    #[error("{file}: {reason}")]
    Idx {
        /// The file.
        file: String,
        /// What is wrong, with its numbers.
        reason: String,
    },
    /// As many labels as items are needed.
    #[error("{labels_file} has {labels} labels, but {file} has {items} items")]
    LabelCount {
        /// The file of items.
        file: String,
        /// Its items.
        items: usize,
        /// The file of labels.
        labels_file: String,
        /// Its labels.
        labels: usize,
    },
}

/// A value shortened for a message.
pub(super) fn shown(value: &str) -> String {
    sgdlab_core::shown(value, 40)
}
