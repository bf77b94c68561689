//! Reading journals: whatever the bytes are, nothing but whole records comes out.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::header::{Beginning, Header, LONGEST};
use super::record::{HEAD, Head, Record};

/// How a journal ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With a whole record.
    Whole,
    /// Within a record: the attempt was cut off while it wrote. What is behind byte `at` does not count.
    Torn {
        /// The end of the last whole record.
        at: u64,
    },
    /// With bytes that no attempt has written.
    Corrupt {
        /// The end of the last record before them.
        at: u64,
    },
}

/// Where a record is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where its head begins.
    pub(crate) at: u64,
    /// Bytes of head and texts.
    pub(crate) length: u64,
}

/// What is in a journal beside its records.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A header, and how it ends.
    Journal(Box<Header>, End),
    /// Less than a header: the attempt was cut off at once.
    Empty,
    /// Nothing to be read, and why.
    Refused(String),
}

/// Reads a journal, and shows each of its records with its place and a hash of its texts.
pub(crate) fn read_file(path: &Path, see: &mut See<'_>) -> io::Result<Content> {
    let file = File::open(path)?;
    read(BufReader::with_capacity(1 << 18, file), see)
}

/// Who is shown records.
pub(crate) type See<'a> = dyn FnMut(&Record<'_>, Place, u128) + 'a;

/// [`read_file`] from bytes.
pub(crate) fn read(mut input: impl Read, see: &mut See<'_>) -> io::Result<Content> {
    let mut start = Vec::new();
    input.by_ref().take(LONGEST as u64).read_to_end(&mut start)?;
    let (header, length) = match Header::read(&start) {
        Beginning::Header(header, length) => (header, length),
        Beginning::Torn => return Ok(Content::Empty),
        Beginning::Refused(reason) => return Ok(Content::Refused(reason)),
    };
    let mut input = start[length..].chain(input);
    let (mut at, mut texts) = (length as u64, Vec::new());
    let end = loop {
        let mut bytes = [0; HEAD];
        let count = fill(&mut input, &mut bytes)?;
        if count == 0 {
            break End::Whole;
        }
        let head = if count == HEAD { Head::read(&bytes) } else { None };
        let Some((head, length)) = head.and_then(|head| Some((head, head.length()?))) else {
            break broken(at, &bytes[..count], &mut input)?;
        };
        texts.clear();
        let read = input.by_ref().take(length).read_to_end(&mut texts)? as u64;
        if read < length {
            break End::Torn { at };
        }
        let Some(record) = head.with(&texts) else {
            // Zeros are what was not written yet when the power went; no text has one.
            let torn = texts.contains(&0);
            break broken(at, if torn { b"" } else { &bytes }, &mut input)?;
        };
        let place = Place { at, length: HEAD as u64 + length };
        see(&record, place, head.content);
        at += place.length;
    };
    Ok(Content::Journal(header, end))
}

/// Reads until the buffer is full or the input ends; how much it was.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match input.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(read) => count += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// What bytes are that are no record: the last write if they end in zeros and nothing else follows, damage otherwise.
fn broken(at: u64, bytes: &[u8], rest: &mut impl Read) -> io::Result<End> {
    let short = !bytes.is_empty() && bytes.len() < HEAD;
    let zero = |bytes: &[u8]| bytes.iter().all(|&byte| byte == 0);
    let mut buffer = [0; 1 << 12];
    let mut zeros = bytes.last().is_none_or(|&last| last == 0);
    loop {
        let count = fill(rest, &mut buffer)?;
        zeros &= zero(&buffer[..count]);
        if count < buffer.len() {
            break;
        }
    }
    Ok(if short || zeros { End::Torn { at } } else { End::Corrupt { at } })
}
