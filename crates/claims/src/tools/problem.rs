//! Bundled problems.

use sgdlab_core::{Settings, Value};
use sgdlab_objectives::{Problem, entry};

/// The problem of this name and these settings.
///
/// # Panics
/// If there is none: both are written in this crate.
pub(crate) fn problem<'a>(name: &str, given: impl IntoIterator<Item = (&'a str, Value)>) -> Problem {
    let entry = entry(name).expect("an objective of the catalogue");
    Problem::load(&Settings::new(entry, given).expect("settings of the objective")).expect("a bundled data set")
}
