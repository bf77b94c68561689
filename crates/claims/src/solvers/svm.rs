//! The data of the support vector machine, and its minimum by dual coordinate ascent.

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_losses::{Hinge, LossSpec};
use sgdlab_objectives::{Linear, LinearSpec};

pub(super) const TERMS: usize = 200;
pub(super) const FEATURES: usize = 5;

/// Two normal clouds, half the points each.
pub(super) struct Clouds {
    pub(super) features: Vec<f64>,
    pub(super) signs: Vec<f64>,
}

/// What is known about the minimum.
pub(super) struct Optimum {
    /// The least value of a point of the problem.
    pub(super) value: f64,
    /// The largest value of a point of its dual, which no value is below.
    pub(super) bound: f64,
    /// How often every αᵢ was visited.
    pub(super) sweeps: usize,
}

impl Clouds {
    /// The same clouds for every key: the rate is a property of the sampling.
    pub(super) fn draw() -> Self {
        const CENTER: [f64; FEATURES] = [0.8, 0.4, 0.0, -0.4, 0.16];
        let mut stream = Key::new("points of two classes").stream(0);
        let sign = |i: usize| if i < TERMS / 2 { 1.0 } else { -1.0 };
        let signs: Vec<f64> = (0..TERMS).map(sign).collect();
        let features = signs.iter().flat_map(|sign| CENTER.map(|c| Normal.sample(&mut stream) + sign * c)).collect();
        Self { features, signs }
    }

    pub(super) fn row(&self, i: usize) -> &[f64] {
        &self.features[i * FEATURES..][..FEATURES]
    }

    /// ½ `l2` ‖w‖² + `factor`/n Σ max(0, 1 − sᵢ (w·aᵢ + b)), with b if there is an intercept.
    pub(super) fn objective(&self, factor: f64, l2: f64, intercept: bool) -> Linear<f64> {
        let spec = LinearSpec { loss: LossSpec::Hinge(Hinge), factor, l2, intercept, classes: true };
        Linear::new(spec, &self.features, FEATURES, &self.signs)
    }

    /// The largest ‖aᵢ‖.
    pub(super) fn longest(&self) -> f64 {
        (0..TERMS).map(|i| norm(self.row(i))).fold(0.0, f64::max)
    }

    /// The minimum of ½‖w‖² + c Σ max(0, 1 − sᵢ w·aᵢ), by exact steps in one αᵢ after the other.
    ///
    /// The dual is Σ αᵢ − ½ ‖Σ αᵢ sᵢ aᵢ‖² over 0 ≤ α ≤ c; w is the sum in it.
    pub(super) fn minimum(&self, c: f64) -> Optimum {
        let mut alpha = vec![0.0; TERMS];
        let mut w = [0.0; FEATURES];
        let mut optimum = Optimum { value: f64::INFINITY, bound: 0.0, sweeps: 0 };
        while optimum.value - optimum.bound > 1e-11 && optimum.sweeps < 1_000_000 {
            for i in 0..TERMS {
                let (row, sign) = (self.row(i), self.signs[i]);
                let new = (alpha[i] + (1.0 - sign * dot(row, &w)) / dot(row, row)).clamp(0.0, c);
                w.iter_mut().zip(row).for_each(|(w, a)| *w += (new - alpha[i]) * sign * a);
                alpha[i] = new;
            }
            let half = 0.5 * dot(&w, &w);
            let hinge: f64 = (0..TERMS).map(|i| (1.0 - self.signs[i] * dot(self.row(i), &w)).max(0.0)).sum();
            optimum.value = optimum.value.min(half + c * hinge);
            optimum.bound = optimum.bound.max(alpha.iter().sum::<f64>() - half);
            optimum.sweeps += 1;
        }
        optimum
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(super) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
