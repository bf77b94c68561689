//! From tables to statistics and terminal tables; knows only tables.
//!
//! [`Runs`] are a table of runs in little memory; [`write_summary`] puts their replicates together.
//! A [`Digest`] keeps only what its combinations came to, and [`answer`] says what that means.
//! Diverged and failed runs count as +∞ and are never dropped.
//! [`Table`] is any table, as text; [`reading`] streams tables of any size, [`analysis`] finds what they say,
//! [`figures`] and [`page`] show it.

pub mod analysis;
mod answer;
mod digest;
pub mod figures;
mod layout;
pub mod page;
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
