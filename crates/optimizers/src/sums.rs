//! Sums over the parameters of one run, in the canonical order of [`reduce`].

use sgdlab_core::{Real, reduce};

/// Σ f(i) over `0..n`, summed in `R`.
#[inline(always)]
pub(crate) fn sum<R: Real>(n: usize, mut f: impl FnMut(usize) -> R) -> f64 {
    reduce::sum_of(n, |i| [f(i)])[0].to_f64()
}

/// Σ xᵢ yᵢ, summed in `R`.
#[inline(always)]
pub(crate) fn dot<R: Real>(x: &[R], y: &[R]) -> f64 {
    reduce::dot(x.as_chunks::<1>().0, y.as_chunks::<1>().0)[0].to_f64()
}
