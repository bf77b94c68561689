//! Why a problem cannot be set up.

use sgdlab_core::Invalid;

use crate::data::DataError;

/// Why a problem cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// The data cannot be loaded.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The settings do not fit the data or each other.
    #[error(transparent)]
    Settings(#[from] Invalid),
    /// There is nothing to learn: held-out rows aside, all are of one class.
    #[error("{data} has one class only, \"{class}\", in its training rows: a classifier needs at least two")]
    OneClass {
        /// The data.
        data: String,
        /// Its class.
        class: String,
    },
    /// A loss of probabilities was given another number.
    #[error("{data} has the target {value}, and {objective} needs probabilities: numbers from 0 to 1")]
    NotProbability {
        /// The data.
        data: String,
        /// The first such target.
        value: f64,
        /// The objective.
        objective: &'static str,
    },
    /// A loss of counts or positive numbers was given another number.
    #[error("{data} has the target {value}, and the loss of {objective} needs {accepts}")]
    NotCount {
        /// The data.
        data: String,
        /// The first such target.
        value: f64,
        /// The objective.
        objective: &'static str,
        /// What the loss needs.
        accepts: &'static str,
    },
    /// A classifier was given numbers.
    #[error("{data} has numbers as targets, and {objective} needs classes: give it `target-kind = \"categorical\"`")]
    Numbers {
        /// The data.
        data: String,
        /// The objective.
        objective: &'static str,
    },
}
