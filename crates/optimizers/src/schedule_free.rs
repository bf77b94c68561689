//! The averaging that the schedule-free rules share.
//!
//! Reference: Defazio et al. (2024), arXiv:2405.15682.

use sgdlab_core::Real;

use crate::kernels::{choose, power};

/// The rate of this step and the share of its point in the average.
///
/// The numbers are the powers of the step and of the largest rate in the weights, the steps over which the rate grows,
/// and 1 if it grows from 0 instead of from lr/warmup.
/// `memory` holds the sum of all weights and the largest rate so far.
#[inline(always)]
pub(crate) fn rate_and_share(
    [r, exponent, warmup, from_zero]: [f64; 4],
    rate: f64,
    step: u64,
    memory: &mut [f64],
) -> (f64, f64) {
    let t = step as f64;
    let reached = |t: f64| if t < warmup { rate * (t / warmup) } else { rate };
    memory[1] = memory[1].max(reached(t));
    let weight = power(t, r) * power(memory[1], exponent);
    memory[0] += weight;
    let share = if memory[0] == 0.0 { 0.0 } else { weight / memory[0] };
    (reached(t - from_zero), share)
}

/// The next point for gradients, the next z and the next average, after one along `direction` from z.
#[inline(always)]
pub(crate) fn step<R: Real>([first, rate, share, momentum]: [R; 4], direction: R, y: R, z: R, average: R) -> (R, R, R) {
    let (z, average) = (choose(first, y, z), choose(first, y, average));
    let z = z - rate * direction;
    // As increments, so that nothing moves where there is nothing to do.
    let average = average + share * (z - average);
    (z + momentum * (average - z), z, average)
}
