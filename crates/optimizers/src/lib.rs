//! Update rules with named dialects, and schedules.

pub mod elementwise;
mod moments;
mod rule;
pub mod rules;
mod vocabulary;

pub use rule::{Configuration, Reading, Rule};
pub use rules::*;
