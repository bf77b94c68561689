//! The projection that `AdamP` and SGDP share: no step along weights whose size does not matter.

use std::iter::zip;

use sgdlab_core::Real;

use crate::sums::{dot, norm, sum};

/// Which rows of a tensor look invariant to their size: those where the gradient is nearly
/// orthogonal to the weights.
///
/// Gives the length of these rows: that of a channel (everything but the first axis) if in each of
/// them the cosine is below `delta` / √length, otherwise the whole tensor if it is so there.
/// A vector has none.
///
/// Source: Heo et al. (2021), arXiv:2006.08217, section 3.3; here both norms of a cosine have `eps` added.
#[inline(always)]
pub(crate) fn invariant_rows<R: Real>(shape: &[usize], x: &[R], g: &[R], delta: f64, eps: f64) -> Option<usize> {
    if shape.len() < 2 || x.is_empty() {
        return None;
    }
    let eps = R::of(eps);
    let is_small = |cosine: R, length: usize| cosine < R::of(delta / (length as f64).sqrt());
    let channel = x.len() / shape[0];
    let rows = zip(x.chunks_exact(channel), g.chunks_exact(channel));
    let largest = rows.fold(R::ZERO, |largest, (x, g)| largest.max(cosine(x, g, eps)));
    if is_small(largest, channel) {
        Some(channel)
    } else if is_small(cosine(x, g, eps), x.len()) {
        Some(x.len())
    } else {
        None
    }
}

/// |x·g| / ((‖x‖ + eps) (‖g‖ + eps)).
#[inline(always)]
fn cosine<R: Real>(x: &[R], g: &[R], eps: R) -> R {
    dot(x, g).abs() / ((norm(x) + eps) * (norm(g) + eps))
}

/// Takes from each row of `u` its part along the row of `x`: u ← u − n (n·u), n = x / (‖x‖ + eps).
///
/// In short rows hardly anything is left, so n is rounded as it is written there.
#[inline(always)]
pub(crate) fn project<R: Real>(length: usize, x: &[R], u: &mut [R], eps: f64) {
    for (x, u) in zip(x.chunks_exact(length), u.chunks_exact_mut(length)) {
        let size = norm(x) + R::of(eps);
        let along = sum(length, |i| x[i] / size * u[i]);
        for (u, &x) in zip(u, x) {
            *u -= x / size * along;
        }
    }
}
