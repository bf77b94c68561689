//! A figure of any columns of any table.
//!
//! [`plot`] finds the tables that have the columns, reads them once in a stream, puts replicates together, and makes a
//! [`Figure`] of the [`Kind`] that fits.

mod build;
mod choose;
mod records;
mod runs;
mod tables;
mod texts;
mod words;

use std::collections::BTreeMap;
use std::path::Path;

use super::model::Figure;
use crate::table::TableError;

/// What to draw. Everything has a default that fits the tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// The column to the right.
    pub x: Option<String>,
    /// The column upward.
    pub y: Option<String>,
    /// The column that colors show, in heat maps.
    pub z: Option<String>,
    /// The columns whose values are series; none means rules, in a result folder.
    pub by: Vec<String>,
    /// The kind of figure.
    pub kind: Option<Kind>,
    /// Columns and the values that are shown of them; several values of one column are all shown.
    pub only: Vec<(String, String)>,
    /// Whether the axis to the right is logarithmic.
    pub log_x: Option<bool>,
    /// Whether the axis upward is logarithmic.
    pub log_y: Option<bool>,
    /// The units of columns.
    pub units: BTreeMap<String, String>,
}

/// The kinds of figures that tables are drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Medians over replicates with quartiles, along x.
    Curves,
    /// The same with a symbol at each x, as for rates that were tried.
    Settings,
    /// Quartiles and all replicates, one row for each value.
    Boxes,
    /// Every row as a point.
    Points,
    /// The share of runs with at most x.
    Ecdf,
    /// Medians as colors over two columns.
    Heat,
}

/// Every kind with its name and what it is for.
pub const KINDS: [(Kind, &str, &str); 6] = [
    (Kind::Curves, "curves", "medians over replicates with quartiles along x"),
    (Kind::Settings, "settings", "the same with a symbol for each x: which rates are good"),
    (Kind::Boxes, "boxes", "quartiles and every run, one row for each value of x"),
    (Kind::Points, "points", "every row of the table, without medians"),
    (Kind::Ecdf, "ecdf", "the share of runs with at most so much of y"),
    (Kind::Heat, "heat", "medians of z as colors over x and y"),
];

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// A table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// What is asked for is not there, or does not go together.
    #[error("{0}")]
    Refused(String),
}

/// What was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The figure.
    pub figure: Figure,
    /// A name for its file, without an ending.
    pub name: String,
}

/// Draws columns of a result folder, or of one table.
///
/// In a result folder the setting that is shown of each series is its best one: with the smallest median of the costs of
/// the smallest target that any setting reaches, or of the final value.
/// Runs that diverged or failed are +∞ from then on.
///
/// # Errors
/// If a table cannot be read, a column or a value is not there, or the columns do not go together.
pub fn plot(path: &Path, wish: &Plot) -> Result<Drawn, PlotError> {
    let tables = tables::Tables::open(path)?;
    let task = tables.task(wish)?;
    let records = records::gather(&tables, &task)?;
    build::figure(&tables, &task, records)
}
