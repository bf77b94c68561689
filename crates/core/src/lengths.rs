//! What every objective refuses, once a call.

use crate::{Lanes, Layout, Product};

/// Checks the lengths of a gradient's arguments.
///
/// # Panics
/// If a vector is not as long as the layout, or the batch is empty.
#[inline]
pub fn of_gradient<R, const N: usize>(layout: &Layout, at: &[Lanes<R, N>], batch: &[u32], out: &[Lanes<R, N>]) {
    of_value(layout, at, batch);
    assert_eq!(out.len(), layout.size(), "a slope for each parameter is written");
}

/// Checks the lengths of a product's arguments.
///
/// # Panics
/// If a vector is not as long as the layout, or the batch is empty.
#[inline]
pub fn of_product<R, const N: usize>(layout: &Layout, asked: &Product<'_, R, N>, batch: &[u32], out: &[Lanes<R, N>]) {
    of_gradient(layout, asked.at, batch, out);
    assert_eq!(asked.vector.len(), layout.size(), "as many numbers as the layout has are multiplied");
}

/// Checks the lengths of a value's arguments.
///
/// # Panics
/// If the vector is not as long as the layout, or the batch is empty.
#[inline]
pub fn of_value<R, const N: usize>(layout: &Layout, at: &[Lanes<R, N>], batch: &[u32]) {
    of_evaluation(layout, at);
    assert!(!batch.is_empty(), "a batch has at least one term");
}

/// Checks the length of an evaluation's point.
///
/// # Panics
/// If the vector is not as long as the layout.
#[inline]
pub fn of_evaluation<R, const N: usize>(layout: &Layout, at: &[Lanes<R, N>]) {
    assert_eq!(at.len(), layout.size(), "as many parameters as the layout has are needed");
}
