//! The averaging that the schedule-free rules share.
//!
//! Reference: Defazio et al. (2024), arXiv:2405.15682.

use sgdlab_core::Real;

use crate::kernels::{choose, power};

/// How iterates are averaged, and how the rate grows at first.
pub(crate) struct Averaging {
    /// Share of the average in the point where gradients are taken.
    pub(crate) momentum: f64,
    /// Power of the step in the weights.
    pub(crate) r: f64,
    /// Power of the largest rate in the weights.
    pub(crate) power: f64,
    /// Steps over which the rate grows.
    pub(crate) warmup: f64,
    /// Whether it grows from 0 instead of from lr/warmup.
    pub(crate) from_zero: bool,
}

impl Averaging {
    /// [momentum, r, power, warmup, 1 if from zero].
    pub(crate) fn numbers(&self) -> [f64; 5] {
        [self.momentum, self.r, self.power, self.warmup, if self.from_zero { 1.0 } else { 0.0 }]
    }
}

/// The rate of this step and the share of its point in the average.
///
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
