//! Finite sums: data + model + penalty + loss, with known optimum and constants where they exist.

pub mod data;
pub mod solve;
