//! Sums over vectors of one run, in the canonical order of [`reduce`].

use sgdlab_core::{Real, reduce};

/// Σ f(i) over `0..n`.
#[inline(always)]
pub(crate) fn sum<R: Real>(n: usize, mut f: impl FnMut(usize) -> R) -> R {
    reduce::sum_of(n, |i| [f(i)])[0]
}

/// The mean of f(i) over `0..n`.
#[inline(always)]
pub(crate) fn mean<R: Real>(n: usize, f: impl FnMut(usize) -> R) -> R {
    sum(n, f) / R::of(n as f64)
}

/// Σ xᵢ yᵢ.
#[inline(always)]
pub(crate) fn dot<R: Real>(x: &[R], y: &[R]) -> R {
    reduce::dot(x.as_chunks::<1>().0, y.as_chunks::<1>().0)[0]
}

/// ‖x‖₂.
#[inline(always)]
pub(crate) fn norm<R: Real>(x: &[R]) -> R {
    reduce::norm(x.as_chunks::<1>().0)[0]
}

/// √(mean xᵢ²).
#[inline(always)]
pub(crate) fn root_mean_square<R: Real>(x: &[R]) -> R {
    norm(x) / R::of(x.len() as f64).sqrt()
}
