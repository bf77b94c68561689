//! Update rules with named dialects, and schedules.
//!
//! A [`Configuration`] says what a rule is, [`RuleSpec`] is one of any kind, and
//! [`RuleSpec::bind`] makes a [`Rule`]: the state of a single run or of a pack of 16.
//! [`rules::entries`] and [`schedules::entries`] list what there is.
//! This crate knows neither data nor files: gradients and rates come from outside.

pub mod elementwise;
mod factored;
mod moments;
mod per_tensor;
mod projection;
mod rule;
pub mod rules;
pub mod schedules;
pub mod tensorwise;
mod vocabulary;

pub use rule::{Configuration, Reading, Rule, Signal, Wants};
pub use rules::*;
pub use schedules::ScheduleSpec;
