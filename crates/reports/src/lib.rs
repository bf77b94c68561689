//! From tables to statistics and terminal tables; knows only tables.
//!
//! [`Runs`] are a table of runs in little memory; [`write_summary`] puts their replicates together.
//! A [`Digest`] keeps only what its combinations came to, and [`answer`] says what that means.
//! Diverged and failed runs count as +∞ and are never dropped.
//! [`Table`] is any table, as text; [`reading`] streams tables of any size, [`analysis`] finds what they say,
//! [`figures`] and [`page`] show it.
//! These four come with the feature `analysis`.

// What only the analysis uses.
#![cfg_attr(not(feature = "analysis"), allow(dead_code))]

#[cfg(feature = "analysis")]
pub mod analysis;
mod answer;
mod digest;
#[cfg(feature = "analysis")]
pub mod figures;
mod layout;
mod nothing;
#[cfg(feature = "analysis")]
pub mod page;
#[cfg(feature = "analysis")]
pub mod reading;
mod runs;
pub mod statistics;
mod summary;
mod table;

pub use answer::{GOOD, answer};
pub use digest::{Combination, Digest, Digester};
pub use layout::printable;
pub use runs::{AXES, Collector, Failure, Group, Runs};
pub use statistics::{Spread, quantile};
pub use summary::write_summary;
pub use table::{StringRecord, Table, TableError};
