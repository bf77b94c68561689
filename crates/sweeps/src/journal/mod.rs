//! Journals: what keeps finished runs while a sweep is under way, and after it.
//!
//! Every attempt writes a file of its own, `DIR/journal/….journal`: a header (who, which plan, on what) and a record for
//! each finished run with its lines as the tables have them.
//! A record counts if it is whole; what an attempt was writing when it was cut off is left out by readers.

use std::ops::Range;

mod header;
mod reader;
mod record;
mod store;
#[cfg(test)]
mod tests;
mod writer;

pub use header::Header;
use reader::Content;
pub use reader::End;
pub(crate) use record::{Facts, HEAD, Record, content};
pub(crate) use store::{Attempt, Store, Window, paths};
pub(crate) use writer::Journal;

/// Reads bytes as a journal, and tells where its whole records are; the error is why it is none.
///
/// For tests that throw bytes at it.
///
/// # Errors
/// If the bytes are refused.
pub fn examine(bytes: &[u8]) -> Result<Vec<Range<usize>>, String> {
    let mut places = Vec::new();
    let content = reader::read(bytes, &mut |_, place, _| {
        places.push(place.at as usize..(place.at + place.length) as usize);
    });
    match content {
        Ok(Content::Refused(reason)) => Err(reason),
        Ok(Content::Journal(..) | Content::Empty) => Ok(places),
        Err(error) => Err(error.to_string()),
    }
}
