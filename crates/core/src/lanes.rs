//! Several runs side by side.

/// One number of each of `N` runs that are executed together (a *pack*); `N` = 1 is a single run.
///
/// A parameter vector of a pack is `&[Lanes<R, N>]`: coordinate by coordinate, and within a
/// coordinate lane by lane.
pub type Lanes<R, const N: usize> = [R; N];

/// The number of lanes of a pack, and of scalars in a block of an elementwise kernel.
///
/// 16 `f32` fill one 512-bit register. Loops of 16 are also long enough for the compiler to
/// vectorize them as loops; with 8 it unrolls them first and then finds no vectors
/// (measured for SGD on `f64`: 1.4 ns against 0.5 ns per number).
pub const WIDTH: usize = 16;

/// The same number in every lane.
#[inline(always)]
pub const fn splat<R: Copy, const N: usize>(x: R) -> Lanes<R, N> {
    [x; N]
}

/// One lane of a vector, widened.
pub fn lane<R: crate::Real, const N: usize>(vector: &[Lanes<R, N>], lane: usize) -> Vec<f64> {
    vector.iter().map(|x| x[lane].to_f64()).collect()
}
