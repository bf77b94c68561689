//! Finite sums: data + model + penalty + loss, with known optimum and constants where they exist.
//!
//! [`Problem::load`] turns checked settings of an entry of the catalogue into data and model;
//! [`Stored::model`] gives the model in a precision, for one run or a pack of them.
//! The models ([`Linear`], [`Network`], [`Quadratic`], [`DiagonalNetwork`]) can also be made from plain slices.

mod catalogue;
mod classes;
pub mod data;
mod dense;
mod diagonal;
mod facts;
mod linear;
mod network;
mod problem;
mod quadratic;
pub mod solve;

pub use catalogue::{entries, entry};
pub use diagonal::DiagonalNetwork;
pub use linear::{Linear, LinearSpec};
pub use network::{Activation, Answers, Biases, Classes, Network, NetworkSpec, Outputs};
pub use problem::{Model, Packs, Problem, ProblemError, Stored, check};
pub use quadratic::Quadratic;
pub use sgdlab_core::Facts;
