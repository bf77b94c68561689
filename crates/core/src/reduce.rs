//! Sums in one canonical order.
//!
//! A sum of one term is the term. Otherwise term `i` goes to accumulator `i mod 16`, and the accumulators are added as a fixed
//! binary tree: 8 apart, 4 apart, 2 apart, 1 apart.
//! A single run vectorizes over the accumulators, a pack over its lanes, and both have the same
//! bits.
//! Sums over the terms of a batch that go into a *vector* (a gradient) are added term by term in
//! the order of the batch instead: they vectorize over coordinates.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;

use crate::{Lanes, Real, update_lanes};

/// How many accumulators a sum has.
pub const ACCUMULATORS: usize = 16;

/// The sum of the accumulators, as a tree.
///
/// Only the first `used` accumulators are added; the others hold 0 and would not change the sum.
#[inline(always)]
fn tree<R: Real, const N: usize>(mut acc: [Lanes<R, N>; ACCUMULATORS], used: usize) -> Lanes<R, N> {
    let mut apart = ACCUMULATORS / 2;
    while apart > 0 {
        for k in 0..apart {
            if k + apart < used {
                let other = acc[k + apart];
                update_lanes(&mut acc[k], |sum, l| sum + other[l]);
            }
        }
        apart /= 2;
    }
    acc[0]
}

/// Σ f(i) over `0..n` in the canonical order.
#[inline(always)]
pub fn sum_of<R: Real, const N: usize>(n: usize, mut f: impl FnMut(usize) -> Lanes<R, N>) -> Lanes<R, N> {
    if n == 1 {
        return f(0);
    }
    let mut acc = [[R::ZERO; N]; ACCUMULATORS];
    if N > 1 {
        for i in 0..n {
            let term = f(i);
            update_lanes(&mut acc[i % ACCUMULATORS], |sum, l| sum + term[l]);
        }
        return tree(acc, n.min(ACCUMULATORS));
    }
    let whole = n / ACCUMULATORS * ACCUMULATORS;
    let mut i = 0;
    while i < whole {
        for (k, acc) in acc.iter_mut().enumerate() {
            acc[0] += f(i + k)[0];
        }
        i += ACCUMULATORS;
    }
    for (k, i) in (whole..n).enumerate() {
        acc[k][0] += f(i)[0];
    }
    tree(acc, n.min(ACCUMULATORS))
}

/// [`sum_of`] of f(i, lane), for a function that does not care which terms it sees first.
///
/// A pack goes from accumulator to accumulator instead of from term to term, so that each is in registers until it is
/// whole (measured for 50 squares of 16 `f64`: 5 ns against 15 ns a lane, half of it stores).
#[inline(always)]
pub fn sum_by<R: Real, const N: usize>(n: usize, f: impl Fn(usize, usize) -> R) -> Lanes<R, N> {
    let term = |i: usize| {
        let mut term = [R::ZERO; N];
        for l in 0..N {
            term[l] = f(i, l);
        }
        term
    };
    if N == 1 || n == 1 {
        return sum_of(n, term);
    }
    const HALF: usize = ACCUMULATORS / 2;
    let mut pairs = [[R::ZERO; N]; HALF];
    for (k, pair) in pairs.iter_mut().enumerate().take(n) {
        // Two at a time, which the tree adds first: they do not wait for each other.
        let (mut first, mut second) = ([R::ZERO; N], [R::ZERO; N]);
        let mut i = k;
        while i < n {
            for l in 0..N {
                first[l] += f(i, l);
            }
            if i + HALF < n {
                for l in 0..N {
                    second[l] += f(i + HALF, l);
                }
            }
            i += ACCUMULATORS;
        }
        for l in 0..N {
            pair[l] = first[l] + second[l];
        }
    }
    let mut apart = HALF / 2;
    while apart > 0 {
        for k in 0..apart {
            let (own, other) = (pairs[k], pairs[k + apart]);
            for l in 0..N {
                pairs[k][l] = own[l] + other[l];
            }
        }
        apart /= 2;
    }
    pairs[0]
}

/// Σ xᵢ, lane by lane.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub fn sum<R: Real, const N: usize>(x: &[Lanes<R, N>]) -> Lanes<R, N> {
    sum_by(x.len(), |i, l| x[i][l])
}

/// Σ xᵢ yᵢ, lane by lane.
///
/// # Panics
/// If the lengths differ.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub fn dot<R: Real, const N: usize>(x: &[Lanes<R, N>], y: &[Lanes<R, N>]) -> Lanes<R, N> {
    assert_eq!(x.len(), y.len(), "dot product of vectors of different lengths");
    sum_by(x.len(), |i, l| x[i][l] * y[i][l])
}

/// ‖x‖₂, lane by lane.
pub fn norm<R: Real, const N: usize>(x: &[Lanes<R, N>]) -> Lanes<R, N> {
    dot(x, x).map(R::sqrt)
}

/// Σ wⱼ xⱼ where `x` is the same in every lane: one row of data times the parameters.
///
/// # Panics
/// If `w` is shorter than `x`.
#[inline(always)]
pub fn project<R: Real, const N: usize>(w: &[Lanes<R, N>], x: &[R]) -> Lanes<R, N> {
    let w = &w[..x.len()];
    sum_by(x.len(), |j, l| w[j][l] * x[j])
}

/// `out` += `d` xᵀ for one row of data: the gradient of a linear model, one term at a time.
#[inline(always)]
pub fn accumulate<R: Real, const N: usize>(out: &mut [Lanes<R, N>], d: &Lanes<R, N>, x: &[R]) {
    for (out, &x) in out.iter_mut().zip(x) {
        update_lanes(out, |sum, l| sum + d[l] * x);
    }
}
