//! The double well: from one minimum over the barrier to the other.

use std::f64::consts::{PI, SQRT_2};

use sgdlab_core::streams::Key;
use sgdlab_landscapes::Packs;

use super::passage::{Law, Steps, diffusion};
use super::walk::Walk;
use crate::tools::landscape::noisy;

/// Where nothing weighs any more, a minimum, and the other.
const PLACES: [f64; 3] = [-2.6, -1.0, 1.0];

fn slope(x: f64) -> f64 {
    x * (x * x - 1.0)
}

/// Descent of x⁴/4 − x²/2 with noise, from −1 until x ≥ 1.
#[derive(Clone, Copy)]
pub(crate) struct Passage {
    pub(crate) rate: f64,
    pub(crate) batch: usize,
    /// Θ = rate · σ²/(2 B).
    pub(crate) temperature: f64,
}

impl Passage {
    /// σ, the standard deviation of the gradients of terms.
    fn noise(&self) -> f64 {
        (2.0 * self.temperature * self.batch as f64 / self.rate).sqrt()
    }

    /// Standard deviation of a step.
    pub(crate) fn deviation(&self) -> f64 {
        (2.0 * self.temperature * self.rate).sqrt()
    }

    /// Times rate · steps of so many runs, by the landscape `double-well` in batches.
    pub(crate) fn sample(&self, key: Key, runs: usize) -> Vec<f64> {
        let well = noisy("double-well", &[], self.noise());
        let outside = |at: &[[f64; 1]]| at[0][0] >= PLACES[2];
        let (objective, rate) = (f64::objective(&well), self.rate);
        let walk = Walk { objective, batch: self.batch, rate, start: &PLACES[1..2], outside };
        let Self { batch, temperature, .. } = self;
        let key = key.child(&format!("well: Θ = {temperature}, η = {rate}, B = {batch}"));
        walk.steps(key, runs).into_iter().map(|steps| rate * steps).collect()
    }

    /// The exact law of rate · steps until x ≥ `end`, if each step's noise is normal.
    pub(crate) fn law(&self, end: f64) -> Law {
        let steps = Steps { slope, rate: self.rate, deviation: self.deviation() };
        let Law { mean, deviation } = steps.law([PLACES[0], PLACES[1], end]);
        Law { mean: self.rate * mean, deviation: self.rate * deviation }
    }
}

/// The mean time of the diffusion from −1 to `end`.
pub(crate) fn exact(temperature: f64, end: f64) -> f64 {
    diffusion(|x| x.powi(4) / 4.0 - x * x / 2.0, temperature, [PLACES[0], PLACES[1], end])
}

/// Kramers' formula: 2π/√(U''(−1) |U''(0)|) e^{1/(4Θ)}.
pub(crate) fn kramers(temperature: f64) -> f64 {
    2.0 * PI / SQRT_2 * (0.25 / temperature).exp()
}
