//! Update rules with named dialects, and schedules.
//!
//! A [`Configuration`] says what a rule is, [`RuleSpec`] is one of any kind, and
//! [`RuleSpec::bind`] makes a [`Rule`]: the state of a single run or of a pack of 4 or 16.
//! [`rules::entries`] and [`schedules::entries`] list what there is.
//! This crate knows neither data nor files: gradients and rates come from outside.
//! Rules with questions of their own put them to a [`sgdlab_core::Local`].

pub mod asking;
mod averages;
mod distances;
pub mod elementwise;
mod factored;
mod kept;
mod kernels;
mod layered;
mod matrices;
mod moments;
mod noise;
mod per_tensor;
mod projection;
mod rule;
pub mod rules;
mod schedule_free;
pub mod schedules;
mod second_order;
mod sign_descent;
mod strong_wolfe;
mod sums;
pub mod tensorwise;
mod truncated_model;
mod vocabulary;

pub use rule::{Configuration, MatrixWork, Needs, Reading, Rule, Signal, Span, Wants};
pub use rules::*;
pub use schedules::ScheduleSpec;
