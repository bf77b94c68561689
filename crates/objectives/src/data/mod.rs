//! Data sets: bundled ones, readers for a user's own files, standardization, splits and
//! synthetic data.
//!
//! Everything that can be wrong with a file is found here, once, and reported with file, line,
//! column and value; what comes out holds finite numbers only.

mod bundled;
mod csv;
mod dataset;
mod error;
mod idx;
mod input;
mod libsvm;
mod source;
mod standardize;
pub mod synthetic;
mod targets;

pub use bundled::{bundled, bundled_names};
pub use dataset::{Dataset, Targets};
pub use error::DataError;
pub use source::{Format, Source, load};
pub use standardize::Standardizer;
pub use targets::TargetKind;

/// The largest dense matrix a reader makes: 2²⁷ numbers, 1 GiB.
pub const MAX_NUMBERS: usize = 1 << 27;
