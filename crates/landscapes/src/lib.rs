//! Analytic test functions with their derivatives and minima, and the curvature of any objective.
//!
//! [`Landscape::new`] turns checked settings of an entry of the catalogue into a function.

pub mod curvature;
mod function;
mod functions;
mod jet;
mod known;
mod landscape;
mod parameters;
mod roots;
mod shape;

pub use known::{Kind, Stationary};
pub use landscape::{Landscape, entries, entry};
