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

/// The number of lanes of a narrow pack, for few runs or many parameters.
pub const NARROW: usize = 4;

/// Replaces each lane `x` of `lanes` by `f(x, lane)`.
///
/// In a loop over coordinates or terms the compiler unrolls the 16 lanes and then vectorizes over
/// the *outer* loop, with gathers (measured: 3 times slower).
/// Passing the address through a black box leaves it no choice but to vectorize over lanes.
#[inline(always)]
pub fn update_lanes<R: Copy, const N: usize>(lanes: &mut Lanes<R, N>, f: impl Fn(R, usize) -> R) {
    let lanes = if N == 1 { lanes } else { std::hint::black_box(lanes) };
    for l in 0..N {
        lanes[l] = f(lanes[l], l);
    }
}
