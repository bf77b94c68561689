//! Reading tables in streams: those of a result folder and those of other programs.
//!
//! [`TableFile`] is any table in CSV, compressed CSV or Parquet, read in pieces of typed columns.
//! [`Source`] is a result folder or a foreign table with a [`Mapping`]; it knows its [`Runs`](crate::Runs), and streams
//! its rows with the run that each belongs to.

mod batch;
mod file;
mod foreign;
mod lines;
mod manifest;
mod mapping;
mod parquet;
mod repeats;
mod source;
mod sums;

use crate::table::short;

pub use crate::nothing::{NOTHING, is_nothing};
pub use batch::{Batch, Column, Kind, Wanted, Words};
pub use file::{Ended, TableFile};
pub use manifest::{Facts, SCHEMA};
pub use mapping::Mapping;
pub(crate) use source::key;
pub use source::{Cost, Measure, Row, Source, Target, Wish};

/// What may have been meant, as the end of a message.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    /// So many names are listed.
    const SHOWN: usize = 12;
    let known: Vec<&str> = known.collect();
    let printable = |name: &str| short(name).escape_debug().to_string();
    match sgdlab_core::nearest(name, &known) {
        Some(best) => format!("; did you mean \"{}\"?", printable(&best)),
        None if known.is_empty() => String::new(),
        None => {
            let more = if known.len() > SHOWN { ", …" } else { "" };
            let names: Vec<String> = known.iter().take(SHOWN).map(|name| printable(name)).collect();
            format!("; there are {}{more}", names.join(", "))
        }
    }
}
