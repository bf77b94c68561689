//! The columns of a Parquet file, piece by piece.

use std::fs::File;
use std::path::Path;

use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use rayon::prelude::*;

use super::batch::{Batch, Column, Wanted};
use crate::nothing::NOTHING;
use crate::table::{TableError, short};

/// So many rows are in memory at a time.
const PIECE: usize = 1 << 16;

fn failed(path: &Path, error: &ParquetError) -> TableError {
    TableError::of_file(path, format!("not a Parquet file, or it was cut off ({error})"))
}

fn open(path: &Path) -> Result<SerializedFileReader<File>, TableError> {
    let file = File::open(path).map_err(|error| TableError::Csv { path: path.to_owned(), source: error.into() })?;
    SerializedFileReader::new(file).map_err(|error| failed(path, &error))
}

/// The names of the columns.
pub(super) fn header(path: &Path) -> Result<Vec<String>, TableError> {
    let file = open(path)?;
    let columns = file.metadata().file_metadata().schema_descr().columns();
    Ok(columns.iter().map(|column| column.path().string()).collect())
}

/// Reads columns, which are at `positions`, and hands them on in pieces.
pub(super) fn read(
    path: &Path,
    wanted: &[Wanted],
    positions: &[usize],
    sink: &mut dyn FnMut(&Batch) -> Result<(), TableError>,
) -> Result<(), TableError> {
    // Each column has a file of its own, since what one reader reads moves the place in the file of all its clones.
    let files: Vec<SerializedFileReader<File>> = positions.iter().map(|_| open(path)).collect::<Result<_, _>>()?;
    let Some(file) = files.first() else { return Ok(()) };
    let mut before = 0;
    for number in 0..file.num_row_groups() {
        let mut readers = Vec::new();
        for ((wanted, &position), file) in wanted.iter().zip(positions).zip(&files) {
            let group = file.get_row_group(number).map_err(|error| failed(path, &error))?;
            let reader = group.get_column_reader(position).map_err(|error| failed(path, &error))?;
            let level = file.metadata().file_metadata().schema_descr().column(position).max_def_level();
            readers.push(Reader { wanted, reader, level });
        }
        let mut left = usize::try_from(file.metadata().row_group(number).num_rows()).unwrap_or(0);
        while left > 0 {
            let rows = left.min(PIECE);
            let read = |reader: &mut Reader<'_>| reader.read(path, rows, before);
            let columns = readers.par_iter_mut().map(read).collect::<Result<_, _>>()?;
            sink(&Batch { rows, columns })?;
            left -= rows;
            before += rows as u64;
        }
    }
    Ok(())
}

/// One column of a row group.
struct Reader<'a> {
    wanted: &'a Wanted,
    reader: ColumnReader,
    /// The level of a field that is there.
    level: i16,
}

impl Reader<'_> {
    fn read(&mut self, path: &Path, rows: usize, before: u64) -> Result<Column, TableError> {
        let mut column = Column::new(self.wanted.kind);
        let level = self.level;
        let wanted = self.wanted;
        let wrong = |row: usize, field: &[u8]| {
            let value = short(&String::from_utf8_lossy(field));
            let place = format!("{}, row {}", path.display(), before + row as u64 + 1);
            TableError::Wrong { place, reason: format!("{} = {value:?} is not a number", short(&wanted.name)) }
        };
        // Texts as they are, everything else as a number and as text.
        macro_rules! numbers {
            ($reader:expr, $number:expr, $text:expr) => {{
                let fields = fields(path, $reader, rows, level)?;
                match &mut column {
                    Column::Numbers(numbers) => {
                        let number = $number;
                        numbers.extend(fields.iter().map(|x| x.as_ref().map_or(f64::from_bits(NOTHING), &number)));
                    }
                    Column::Texts(words) => {
                        let text = $text;
                        fields.iter().for_each(|x| words.push(x.as_ref().map_or_else(String::new, &text).as_bytes()));
                    }
                }
            }};
        }
        match &mut self.reader {
            ColumnReader::DoubleColumnReader(reader) => numbers!(reader, |x: &f64| *x, |x: &f64| format!("{x:?}")),
            ColumnReader::FloatColumnReader(reader) => {
                numbers!(reader, |x: &f32| f64::from(*x), |x: &f32| format!("{x:?}"));
            }
            ColumnReader::Int64ColumnReader(reader) => numbers!(reader, |x: &i64| *x as f64, i64::to_string),
            ColumnReader::Int32ColumnReader(reader) => numbers!(reader, |x: &i32| f64::from(*x), i32::to_string),
            ColumnReader::BoolColumnReader(reader) => {
                numbers!(reader, |x: &bool| f64::from(u8::from(*x)), bool::to_string);
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                let fields = fields(path, reader, rows, level)?;
                for (row, field) in fields.iter().enumerate() {
                    let field = field.as_ref().map_or(&b""[..], ByteArray::data);
                    match &mut column {
                        Column::Texts(words) => words.push(field),
                        Column::Numbers(numbers) => {
                            numbers.push(super::lines::number(field).ok_or_else(|| wrong(row, field))?);
                        }
                    }
                }
            }
            _ => {
                let name = short(&wanted.name);
                return Err(TableError::of_file(path, format!("column {name} is neither text nor numbers")));
            }
        }
        Ok(column)
    }
}

/// The next fields of a column; none where they are null.
fn fields<T: DataType>(
    path: &Path,
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    level: i16,
) -> Result<Vec<Option<T::T>>, TableError> {
    let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut read = 0;
    while read < rows {
        let (records, ..) = reader
            .read_records(rows - read, Some(&mut levels), None, &mut values)
            .map_err(|error| failed(path, &error))?;
        if records == 0 {
            return Err(TableError::of_file(path, "a column has fewer rows than the file says"));
        }
        read += records;
    }
    let mut values = values.into_iter();
    if level == 0 {
        return Ok(values.map(Some).collect());
    }
    Ok(levels.iter().map(|&found| if found == level { values.next() } else { None }).collect())
}
