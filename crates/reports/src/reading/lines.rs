//! CSV text in blocks of whole lines, which all threads parse.

use std::io::{self, Read};
use std::path::Path;

use csv::ByteRecord;
use memchr::{memchr, memchr_iter, memchr2_iter, memrchr};
use rayon::prelude::*;

use super::batch::{Batch, Column, Wanted};
use crate::nothing::NOTHING;
use crate::table::{TableError, short};

/// Text is parsed in blocks of this size; four of them for each thread are in memory at a time.
const BLOCK: usize = 1 << 20;

/// A single line may be this long.
const LONGEST_LINE: usize = 1 << 26;

/// Where columns are, and how fields are told apart.
pub(super) struct Layout<'a> {
    pub(super) path: &'a Path,
    pub(super) delimiter: u8,
    /// The names of all columns.
    pub(super) header: &'a [String],
    pub(super) wanted: &'a [Wanted],
    /// Whether a last line without an end means that the file was cut off.
    pub(super) strict: bool,
    /// For each column of the header the positions among the wanted ones.
    pub(super) slots: Vec<Vec<usize>>,
}

/// Whole lines.
struct Block {
    bytes: Vec<u8>,
    /// The number of its first line, from 1.
    line: u64,
    /// Whether its first line that is not empty is the header.
    has_header: bool,
}

/// Cuts text into blocks at ends of lines that are not within quotes.
pub(super) struct Blocks<R> {
    input: R,
    rest: Vec<u8>,
    line: u64,
    /// Whether the header was in an earlier block.
    started: bool,
    ended: bool,
    /// Whether the last line had no end.
    pub(super) cut: bool,
}

impl<R: Read> Blocks<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, rest: Vec::new(), line: 1, started: false, ended: false, cut: false }
    }

    fn next(&mut self, path: &Path) -> Result<Option<Block>, TableError> {
        let mut bytes = std::mem::take(&mut self.rest);
        loop {
            if !self.ended {
                let start = bytes.len();
                let read = (&mut self.input).take(BLOCK as u64).read_to_end(&mut bytes).map_err(|e| failed(path, e))?;
                self.ended = read == 0;
                if self.line == 1 && start == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
                    bytes.drain(..3);
                }
            }
            let end = if self.ended { bytes.len() } else { end_of_lines(&bytes) };
            if end > 0 {
                self.rest = bytes.split_off(end);
                self.cut |= self.ended && !matches!(bytes.last(), Some(b'\n' | b'\r'));
                let line = self.line;
                self.line += memchr_iter(b'\n', &bytes).count() as u64;
                let has_header = !self.started;
                self.started |= bytes.iter().any(|byte| !matches!(byte, b'\n' | b'\r'));
                return Ok(Some(Block { bytes, line, has_header }));
            }
            if self.ended {
                return Ok(None);
            }
            if bytes.len() > LONGEST_LINE {
                return Err(TableError::of_line(path, self.line, "a line of more than 64 MiB; is it a table of text?"));
            }
        }
    }
}

/// What the system said, and where a compressed file ends too early.
pub(super) fn failed(path: &Path, error: io::Error) -> TableError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return TableError::of_file(path, "the file ends too early: it was cut off");
    }
    TableError::Csv { path: path.to_owned(), source: error.into() }
}

/// The end of the last line that is whole, or 0.
fn end_of_lines(bytes: &[u8]) -> usize {
    if memchr(b'"', bytes).is_none() {
        return memrchr(b'\n', bytes).map_or(0, |at| at + 1);
    }
    let (mut quoted, mut end) = (false, 0);
    for at in memchr2_iter(b'"', b'\n', bytes) {
        match bytes[at] {
            b'"' => quoted = !quoted,
            _ if !quoted => end = at + 1,
            _ => {}
        }
    }
    end
}

/// Reads the first line.
pub(super) fn header(input: impl Read, path: &Path, delimiter: u8) -> Result<Vec<String>, TableError> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(input);
    let mut record = ByteRecord::new();
    let found = reader.read_byte_record(&mut record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => failed(path, error),
        kind => TableError::of_file(path, format!("{kind:?}")),
    })?;
    if !found {
        return Err(TableError::of_file(path, "the file is empty, without even a header"));
    }
    let names = record.iter().map(|field| String::from_utf8_lossy(field).into_owned());
    Ok(names.collect())
}

/// Parses everything, and hands it on in order; says whether the last line had no end.
pub(super) fn parse(
    input: impl Read,
    layout: &Layout<'_>,
    sink: &mut dyn FnMut(&Batch) -> Result<(), TableError>,
) -> Result<bool, TableError> {
    let mut blocks = Blocks::new(input);
    let at_once = 4 * rayon::current_num_threads();
    loop {
        let mut waiting = Vec::with_capacity(at_once);
        while waiting.len() < at_once {
            match blocks.next(layout.path)? {
                Some(block) => waiting.push(block),
                None => break,
            }
        }
        if blocks.cut && layout.strict {
            return Err(TableError::of_file(layout.path, "the last line has no end: the file was cut off"));
        }
        if waiting.is_empty() {
            return Ok(blocks.cut);
        }
        let parsed: Vec<Result<Batch, TableError>> =
            waiting.into_par_iter().map(|block| layout.parse(&block)).collect();
        for batch in parsed {
            sink(&batch?)?;
        }
    }
}

impl Layout<'_> {
    fn parse(&self, block: &Block) -> Result<Batch, TableError> {
        let mut columns: Vec<Column> = self.wanted.iter().map(|wanted| Column::new(wanted.kind)).collect();
        let rows = if memchr(b'"', &block.bytes).is_some() || has_lone_returns(&block.bytes) {
            self.parse_quoted(block, &mut columns)?
        } else {
            self.parse_plain(block, &mut columns)?
        };
        Ok(Batch { rows, columns })
    }

    /// Lines without quotes, whose fields end at the next delimiter.
    fn parse_plain(&self, block: &Block, columns: &mut [Column]) -> Result<usize, TableError> {
        let (mut rows, mut line, mut start, mut is_header) = (0, block.line, 0, block.has_header);
        let bytes = &block.bytes[..];
        while start < bytes.len() {
            let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
            let text = bytes[start..end].strip_suffix(b"\r").unwrap_or(&bytes[start..end]);
            // Empty lines are passed over.
            if !text.is_empty() && !std::mem::take(&mut is_header) {
                let mut fields = 0;
                for field in text.split(|&byte| byte == self.delimiter) {
                    self.push(fields, field, line, columns)?;
                    fields += 1;
                }
                self.check(fields, line)?;
                rows += 1;
            }
            (start, line) = (end + 1, line + 1);
        }
        Ok(rows)
    }

    fn parse_quoted(&self, block: &Block, columns: &mut [Column]) -> Result<usize, TableError> {
        let mut builder = csv::ReaderBuilder::new();
        let mut reader =
            builder.has_headers(block.has_header).flexible(true).delimiter(self.delimiter).from_reader(&*block.bytes);
        let (mut rows, mut record) = (0, ByteRecord::new());
        let wrong = |error: csv::Error| TableError::Csv { path: self.path.to_owned(), source: error };
        while reader.read_byte_record(&mut record).map_err(wrong)? {
            let line = block.line - 1 + record.position().map_or(0, csv::Position::line);
            for (position, field) in record.iter().enumerate() {
                self.push(position, field, line, columns)?;
            }
            self.check(record.len(), line)?;
            rows += 1;
        }
        Ok(rows)
    }

    fn push(&self, position: usize, field: &[u8], line: u64, columns: &mut [Column]) -> Result<(), TableError> {
        for &slot in self.slots.get(position).into_iter().flatten() {
            match &mut columns[slot] {
                Column::Texts(words) => words.push(field),
                Column::Numbers(numbers) => match number(field) {
                    Some(x) => numbers.push(x),
                    None => return Err(self.not_a_number(slot, field, line)),
                },
            }
        }
        Ok(())
    }

    fn check(&self, fields: usize, line: u64) -> Result<(), TableError> {
        if fields == self.header.len() {
            return Ok(());
        }
        let reason = format!("{fields} fields, where the header has {}", self.header.len());
        Err(TableError::of_line(self.path, line, reason))
    }

    fn not_a_number(&self, slot: usize, field: &[u8], line: u64) -> TableError {
        let (name, value) = (short(&self.wanted[slot].name), short(&String::from_utf8_lossy(field)));
        let reason = format!("{} = {value:?} is not a number", name.escape_debug());
        TableError::of_line(self.path, line, reason)
    }
}

/// Whether lines end with a carriage return alone, as they did on old machines.
fn has_lone_returns(bytes: &[u8]) -> bool {
    memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

/// A field as a number; [`NOTHING`] if it is empty.
pub(super) fn number(field: &[u8]) -> Option<f64> {
    if field.is_empty() {
        return Some(f64::from_bits(NOTHING));
    }
    let text = std::str::from_utf8(field).ok()?;
    text.parse().or_else(|_| text.trim().parse()).ok()
}
