//! CSV text as the typed columns of a Parquet file.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::columns::{Holds, Table};

/// A row group ends after this many rows, so that memory is bounded: 46 MB for the tables of a sweep together.
const GROUP_ROWS: usize = 1 << 16;

/// It also ends after fields of this many bytes, which only long texts reach.
const GROUP_BYTES: usize = 1 << 25;

/// Text is parsed in pieces of this size.
const PIECE: usize = 1 << 18;

/// A Parquet file that is being written.
pub(crate) struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Column>,
    /// Lines that were not parsed yet.
    waiting: String,
    /// Rows and bytes of the fields of the row group.
    rows: usize,
    bytes: usize,
}

/// A column of a row group.
struct Column {
    name: String,
    values: Values,
    /// For each row 1 if it has a value, and 0 if it is null.
    present: Vec<i16>,
}

enum Values {
    Texts(Vec<ByteArray>),
    Counts(Vec<i64>),
    Numbers(Vec<f64>),
}

impl<W: Write + Send> Parquet<W> {
    pub(crate) fn new(file: W, table: &Table, header: &str) -> io::Result<Self> {
        let mut columns = Vec::new();
        for name in header.trim_end().split(',') {
            let Some(holds) = table.holds(name) else {
                return Err(invalid(format!("no column of {} is called \"{name}\"", table.file)));
            };
            columns.push(Column::new(name, holds));
        }
        let fields = columns.iter().map(|column| column.field().map(Arc::new));
        let fields = fields.collect::<Result<_, _>>().map_err(failed)?;
        let schema = Type::group_type_builder(table.stem()).with_fields(fields).build().map_err(failed)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        Ok(Self { writer, columns, waiting: String::with_capacity(PIECE), rows: 0, bytes: 0 })
    }

    /// Appends whole lines.
    pub(crate) fn push(&mut self, lines: &str) -> io::Result<()> {
        self.waiting.push_str(lines);
        if self.waiting.len() >= PIECE { self.parse() } else { Ok(()) }
    }

    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.parse()?;
        self.end_group()?;
        self.writer.into_inner().map_err(failed)
    }

    fn parse(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.waiting);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record)? {
            if record.len() != self.columns.len() {
                return Err(invalid(format!("a row of {} columns has {} fields", self.columns.len(), record.len())));
            }
            for (column, field) in self.columns.iter_mut().zip(&record) {
                column.push(field)?;
                self.bytes += field.len();
            }
            self.rows += 1;
            // Counted by rows, not by pieces: equal tables are equal bytes, however they were pushed.
            if self.rows == GROUP_ROWS || self.bytes >= GROUP_BYTES {
                self.end_group()?;
            }
        }
        self.waiting = text;
        self.waiting.clear();
        Ok(())
    }

    fn end_group(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut write = || -> Result<(), ParquetError> {
            let mut group = self.writer.next_row_group()?;
            for column in &mut self.columns {
                let writer = group.next_column()?.expect("the schema has the columns of the table");
                column.write(writer)?;
            }
            group.close()?;
            Ok(())
        };
        (self.rows, self.bytes) = (0, 0);
        write().map_err(failed)
    }
}

impl Column {
    fn new(name: &str, holds: Holds) -> Self {
        let values = match holds {
            Holds::Text => Values::Texts(Vec::new()),
            Holds::Count => Values::Counts(Vec::new()),
            Holds::Number => Values::Numbers(Vec::new()),
        };
        Self { name: name.to_owned(), values, present: Vec::new() }
    }

    fn field(&self) -> Result<Type, ParquetError> {
        let (physical, logical) = match self.values {
            Values::Texts(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Values::Counts(_) => (Physical::INT64, None),
            Values::Numbers(_) => (Physical::DOUBLE, None),
        };
        let field = Type::primitive_type_builder(&self.name, physical);
        field.with_logical_type(logical).with_repetition(Repetition::OPTIONAL).build()
    }

    fn push(&mut self, field: &[u8]) -> io::Result<()> {
        self.present.push(i16::from(!field.is_empty()));
        if field.is_empty() {
            return Ok(());
        }
        let text = std::str::from_utf8(field).map_err(io::Error::other)?;
        let wrong = |what: &str| invalid(format!("{} = \"{text}\" is not {what}", self.name));
        match &mut self.values {
            // Most rows repeat the text of the row before, which takes no memory then.
            Values::Texts(texts) => texts.push(match texts.last() {
                Some(last) if last.data() == field => last.clone(),
                _ => ByteArray::from(field.to_vec()),
            }),
            Values::Counts(counts) => counts.push(text.parse().map_err(|_| wrong("a count"))?),
            Values::Numbers(numbers) => numbers.push(text.parse().map_err(|_| wrong("a number"))?),
        }
        Ok(())
    }

    /// Writes the column into a row group, and empties it.
    fn write(&mut self, mut writer: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let present = Some(&*self.present);
        match &mut self.values {
            Values::Texts(texts) => {
                writer.typed::<ByteArrayType>().write_batch(texts, present, None)?;
                texts.clear();
            }
            Values::Counts(counts) => {
                writer.typed::<Int64Type>().write_batch(counts, present, None)?;
                counts.clear();
            }
            Values::Numbers(numbers) => {
                writer.typed::<DoubleType>().write_batch(numbers, present, None)?;
                numbers.clear();
            }
        }
        self.present.clear();
        writer.close()
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// What the file system said, where that is behind it.
fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => *source,
            Err(source) => io::Error::other(source),
        },
        error => io::Error::other(error),
    }
}
