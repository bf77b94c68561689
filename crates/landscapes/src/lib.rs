//! Analytic test functions with their derivatives and minima, and the curvature of any objective.
//!
//! [`Landscape::new`] turns checked settings of an entry of the catalogue into a function,
//! [`Problem::load`] into a finite sum whose terms are noisy,
//! or one of a family of bowls with random paths on them.

mod bowls;
pub mod curvature;
mod function;
mod functions;
mod jet;
mod known;
mod landscape;
mod noise;
mod noisy;
mod parameters;
mod problem;
mod roots;
mod shape;
pub mod surface;

pub use known::{Kind, Stationary};
pub use landscape::Landscape;
pub use problem::{Packs, Problem, check, entries, entry};
