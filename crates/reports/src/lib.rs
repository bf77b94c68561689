//! From tables to statistics and terminal tables; knows only tables.
//!
//! [`summarize`] puts the replicates of a table of runs together, [`answer`] says what they mean.
//! Diverged runs count as +∞ and are never dropped.

mod answer;
mod stats;
mod summary;
mod table;

pub use answer::{GOOD, answer};
pub use stats::{Spread, quantile};
pub use summary::{AXES, Group, groups, numbers, summarize};
pub use table::{StringRecord, Table, TableError};
