//! Journals: what keeps finished runs while a sweep is under way, and after it.
//!
//! Every attempt writes a file of its own, `DIR/journal/….journal`: a header (who, which plan, on what) and a record for
//! each finished run with its lines as the tables have them.
//! A record counts if it is whole; what an attempt was writing when it was cut off is left out by readers.

mod header;
mod reader;
mod record;
mod store;
mod writer;

pub use header::Header;
use reader::Content;
pub use reader::End;
pub(crate) use reader::Place;
pub(crate) use record::{Facts, Record};
pub(crate) use store::{Attempt, Store, paths};
pub(crate) use writer::Journal;

/// Reads bytes as a journal, and tells how many runs it holds; `None` if it is none.
///
/// For tests that throw bytes at it.
#[must_use]
pub fn examine(bytes: &[u8]) -> Option<usize> {
    let mut runs = 0;
    match reader::read(bytes, &mut |_, _, _| runs += 1) {
        Ok(Content::Journal(..)) => Some(runs),
        _ => None,
    }
}
