//! The shared vocabulary of sgdlab: numbers and lanes, canonical sums, keyed random streams,
//! parameter layouts, objectives and the oracle that counts their evaluations, and the way every
//! catalogue describes and checks its entries.
//!
//! This crate knows no data, no files and no update rule.

mod describe;
mod facts;
pub mod kept;
mod lanes;
mod layout;
pub mod lengths;
mod math;
mod nearest;
mod numbers;
mod objective;
mod real;
pub mod reduce;
mod settings;
mod shown;
pub mod streams;
mod trigonometry;

pub use describe::{Dialect, Domain, Entry, Hyperparameter, Invalid, Range, Value};
pub use facts::Facts;
pub use lanes::{Lanes, NARROW, WIDTH, update_lanes};
pub use layout::{Layout, Tensor};
pub use nearest::nearest;
pub use numbers::Numbers;
pub use objective::{Batch, Curvature, Evaluation, Local, Objective, Oracle, Product, Sample};
pub use real::Real;
pub use settings::Settings;
pub use shown::shown;
