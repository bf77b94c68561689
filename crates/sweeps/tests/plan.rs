//! Plans: what is accepted, what is refused and in which words.

#[path = "plan/good.rs"]
mod good;
#[path = "plan/properties.rs"]
mod properties;
#[path = "plan/support.rs"]
mod support;
#[path = "plan/wrong.rs"]
mod wrong;
