//! From a path to bytes and text.

use std::fs;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use sgdlab_core::nearest;

use super::{DataError, bundled_names};

/// The most bytes a reader takes, uncompressed: 4 GiB.
const MAX_BYTES: u64 = 1 << 32;

/// The bytes of a file, unpacked if they begin as gzip does.
pub(super) fn bytes(file: &str) -> Result<Vec<u8>, DataError> {
    let unreadable = |source| DataError::Unreadable { file: file.to_owned(), source };
    let found = fs::metadata(file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => {
            let hint = nearest(file, &bundled_names()).map(|name| format!("; did you mean \"{name}\"?"));
            let bundled = bundled_names().join(", ");
            DataError::Missing { file: file.to_owned(), bundled, hint: hint.unwrap_or_default() }
        }
        _ => unreadable(source),
    })?;
    if found.is_dir() {
        return Err(DataError::Directory { file: file.to_owned() });
    }
    let raw = limited(fs::File::open(file).map_err(unreadable)?, file)?.map_err(unreadable)?;
    let unpacked = if raw.starts_with(&[0x1f, 0x8b]) {
        let gzip = |source| DataError::Gzip { file: file.to_owned(), source };
        limited(MultiGzDecoder::new(&raw[..]), file)?.map_err(gzip)?
    } else {
        raw
    };
    if unpacked.is_empty() { Err(DataError::Empty { file: file.to_owned() }) } else { Ok(unpacked) }
}

/// All bytes, or the error of having too many, or the reader's.
fn limited(reader: impl Read, file: &str) -> Result<io::Result<Vec<u8>>, DataError> {
    let mut bytes = Vec::new();
    match reader.take(MAX_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > MAX_BYTES => Err(DataError::TooLong { file: file.to_owned(), limit: MAX_BYTES }),
        Ok(_) => Ok(Ok(bytes)),
        Err(error) => Ok(Err(error)),
    }
}

/// The bytes as text, without a byte-order mark, or several, as programs leave that put files together.
pub(super) fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, DataError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = error.valid_up_to();
        DataError::Encoding { file: file.to_owned(), line: line_of(&bytes[..good]), byte: bytes[good] }
    })?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() { Err(DataError::Empty { file: file.to_owned() }) } else { Ok(text) }
}

/// The number, from 1, of the line that follows these bytes.
pub(super) fn line_of(before: &[u8]) -> u64 {
    1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64
}

/// BLAKE3 in hexadecimal.
pub(super) fn checksum(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| {
        hasher.update(part);
    });
    hasher.finalize().to_hex().to_string()
}
