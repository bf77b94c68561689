//! Exact laws of passage times: of a diffusion, and of steps with normal noise.

use std::f64::consts::PI;

use nalgebra::{DMatrix, DVector};

/// The mean time of a diffusion down U at a temperature from `start` to `end` above it:
/// (1/Θ) ∫ e^{U(y)/Θ} ∫_{−∞}^{y} e^{−U(z)/Θ} dz dy over y from start to end.
///
/// By the trapezoidal rule on 8000 steps from `low`, below which nothing may weigh.
pub(crate) fn diffusion(potential: impl Fn(f64) -> f64, temperature: f64, [low, start, end]: [f64; 3]) -> f64 {
    const STEPS: usize = 8000;
    let width = (end - low) / STEPS as f64;
    let at = |i: usize| low + width * i as f64;
    let (mut below, mut total) = (0.0, 0.0);
    let mut last = (0.0, (-potential(low) / temperature).exp());
    for i in 1..=STEPS {
        let weight = (-potential(at(i)) / temperature).exp();
        below += 0.5 * width * (last.1 + weight);
        let height = (potential(at(i)) / temperature).exp() * below;
        if at(i - 1) >= start - 1e-9 {
            total += 0.5 * width * (last.0 + height);
        }
        last = (height, weight);
    }
    total / temperature
}

/// Mean and standard deviation of a passage time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Law {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

/// Steps x ← x − rate · slope(x) + deviation · ξ with independent normal ξ.
pub(crate) struct Steps<S> {
    pub(crate) slope: S,
    pub(crate) rate: f64,
    /// Standard deviation of a step.
    pub(crate) deviation: f64,
}

impl<S: Fn(f64) -> f64> Steps<S> {
    /// The number of steps from `start` until x ≥ `end`.
    ///
    /// The mean T(x) solves T = 1 + K T, and the mean square S = 1 + 2 K T + K S, where K is the law of a step that
    /// stays below `end`: integrals by Simpson's rule, with four nodes a deviation, above `low`, where no step leads.
    pub(crate) fn law(&self, [low, start, end]: [f64; 3]) -> Law {
        let half = (2.0 * (end - low) / self.deviation).ceil() as usize;
        let width = (end - low) / (2 * half) as f64;
        let at = |i: usize| low + width * i as f64;
        let weight = |i: usize| match i {
            i if i == 0 || i == 2 * half => width / 3.0,
            i if i % 2 == 1 => 4.0 * width / 3.0,
            _ => 2.0 * width / 3.0,
        };
        let density = |from: f64, to: f64| {
            let z = (to - from + self.rate * (self.slope)(from)) / self.deviation;
            (-0.5 * z * z).exp() / (self.deviation * (2.0 * PI).sqrt())
        };
        let nodes = 2 * half + 1;
        let stays = DMatrix::from_fn(nodes, nodes, |i, j| weight(j) * density(at(i), at(j)));
        let factored = (DMatrix::identity(nodes, nodes) - &stays).lu();
        let solve = |right: &DVector<f64>| factored.solve(right).expect("walkers leave");
        let mean = solve(&DVector::from_element(nodes, 1.0));
        let square = solve(&(2.0 * &stays * &mean).add_scalar(1.0));
        let row = DVector::from_fn(nodes, |j, _| weight(j) * density(start, at(j)));
        let (first, second) = (1.0 + row.dot(&mean), 1.0 + 2.0 * row.dot(&mean) + row.dot(&square));
        Law { mean: first, deviation: (second - first * first).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diffusions_pass_as_another_program_says() {
        // By SciPy's quadrature, for x⁴/4 − x²/2 from −1 to 1.
        for (temperature, expected) in
            [(0.14, 33.3), (0.12, 44.5), (0.1, 66.3), (0.08, 120.0), (0.065, 239.0), (0.05, 729.7)]
        {
            let found = diffusion(|x| x.powi(4) / 4.0 - x * x / 2.0, temperature, [-3.0, -1.0, 1.0]);
            assert!((found - expected).abs() <= 2e-3 * expected, "{temperature}: {found} instead of {expected}");
        }
    }

    /// Half a unit a step up to 2.25, which is between four steps and five.
    #[test]
    fn a_drift_passes_when_its_steps_add_up() {
        let drift = Steps { slope: |_| -1.0, rate: 0.5, deviation: 0.05 };
        let law = drift.law([-1.0, 0.0, 2.25]);
        // After four steps it is at 2 ± 0.1, after five at 2.5 ± 0.11: P(T ≤ 4) = P(ξ > 2.5) and P(T > 5) = P(ξ < −2.236).
        let expected = 5.0 - 0.006_210 + 0.012_674;
        assert!((law.mean - expected).abs() < 2e-4, "{law:?}");
        assert!((law.deviation.powi(2) - (0.006_210 + 0.012_674)).abs() < 1e-3, "{law:?}");
    }

    #[test]
    fn small_steps_are_a_diffusion() {
        let well = |x: f64| x * (x * x - 1.0);
        let (temperature, rate) = (0.14f64, 0.01f64);
        let steps = Steps { slope: well, rate, deviation: (2.0 * temperature * rate).sqrt() };
        let time = rate * steps.law([-2.6, -1.0, 1.0]).mean;
        let expected = diffusion(|x| x.powi(4) / 4.0 - x * x / 2.0, temperature, [-3.0, -1.0, 1.0]);
        assert!((time / expected - 1.0).abs() < 0.03, "{time} instead of {expected}");
    }
}
