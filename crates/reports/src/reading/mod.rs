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
mod source;
mod sums;

pub use batch::{Batch, Column, Kind, NOTHING, Wanted, Words, is_nothing};
pub use file::{Ended, TableFile};
pub use manifest::{Facts, SCHEMA};
pub use mapping::Mapping;
pub(crate) use source::key;
pub use source::{Cost, Measure, Row, Source, Target, Wish};

/// What may have been meant, as the end of a message.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let score = |candidate: &&str| strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase());
    let best = known.iter().max_by(|a, b| score(a).total_cmp(&score(b)));
    match best {
        Some(best) if score(best) >= 0.8 => format!("; did you mean \"{best}\"?"),
        _ if known.is_empty() => String::new(),
        _ => {
            let more = if known.len() > 12 { ", …" } else { "" };
            format!("; there are {}{more}", known.iter().take(12).copied().collect::<Vec<_>>().join(", "))
        }
    }
}
