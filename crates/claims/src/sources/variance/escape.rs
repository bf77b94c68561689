//! How long noise takes to leave a saddle or a minimum.

use rand::distr::Distribution;
use rayon::prelude::*;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Layout, WIDTH};
use sgdlab_optimizers::{Rule, RuleSpec, Sgd, Signal};

/// Stochastic gradient descent on a line, with normal noise of one size, from a point until it is beyond another.
#[derive(Clone, Copy)]
pub(crate) struct Escape<S, O> {
    /// The derivative of what is descended.
    pub(crate) slope: S,
    pub(crate) rate: f64,
    /// Standard deviation of a gradient's noise.
    pub(crate) noise: f64,
    pub(crate) start: f64,
    /// Whether a point is outside.
    pub(crate) outside: O,
}

impl<S: Fn(f64) -> f64 + Sync, O: Fn(f64) -> bool + Sync> Escape<S, O> {
    /// Steps of each of `rounds` · 16 · `packs` walkers; packs run in parallel, and each has a stream of its own.
    ///
    /// The walkers of a lane go one after another, so that fast ones do not wait for slow ones.
    pub(crate) fn steps(&self, key: Key, packs: u64, rounds: usize) -> Vec<f64> {
        (0..packs).into_par_iter().flat_map_iter(|pack| self.pack(key, pack, rounds)).collect()
    }

    fn pack(&self, key: Key, pack: u64, rounds: usize) -> Vec<f64> {
        let mut rng = key.stream(pack);
        let rules: [RuleSpec; WIDTH] = std::array::from_fn(|_| Sgd::default().into());
        let mut rule: Box<dyn Rule<f64, WIDTH>> = RuleSpec::bind(&rules, &Layout::vector(1));
        let mut at = [[self.start; WIDTH]];
        let (mut since, mut left) = ([0u32; WIDTH], [rounds; WIDTH]);
        let mut steps = Vec::with_capacity(WIDTH * rounds);
        while steps.len() < WIDTH * rounds {
            let gradient = [at[0].map(|x| (self.slope)(x) + self.noise * Normal.sample(&mut rng))];
            rule.update(&mut at, Signal::of(&gradient), &[self.rate; WIDTH]);
            for lane in 0..WIDTH {
                since[lane] += 1;
                if !(self.outside)(at[0][lane]) {
                    continue;
                }
                if left[lane] > 0 {
                    left[lane] -= 1;
                    steps.push(f64::from(since[lane]));
                }
                // Walkers of a lane that has had its number walk on unseen.
                (at[0][lane], since[lane]) = (self.start, 0);
            }
        }
        steps
    }
}

/// The mean time of a diffusion down U at a temperature from `start` to `end` above it:
/// (1/Θ) ∫ e^{U(y)/Θ} ∫_{−∞}^{y} e^{−U(z)/Θ} dz dy over y from start to end.
///
/// By the trapezoidal rule on 4000 steps from −3, below which nothing weighs; errors are below 1e-5.
pub(crate) fn passage_time(potential: impl Fn(f64) -> f64, temperature: f64, [start, end]: [f64; 2]) -> f64 {
    const STEPS: usize = 4000;
    const LOW: f64 = -3.0;
    let width = (end - LOW) / STEPS as f64;
    let at = |i: usize| LOW + width * i as f64;
    let (mut below, mut total) = (0.0, 0.0);
    let mut last = (0.0, (-potential(LOW) / temperature).exp());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passage_times_are_those_of_another_program() {
        // By SciPy's quadrature, for x⁴/4 − x²/2 from −1 to 1.
        for (temperature, expected) in
            [(0.14, 33.3), (0.12, 44.5), (0.1, 66.3), (0.08, 120.0), (0.065, 239.0), (0.05, 729.7)]
        {
            let found = passage_time(|x| x.powi(4) / 4.0 - x * x / 2.0, temperature, [-1.0, 1.0]);
            assert!((found - expected).abs() <= 2e-3 * expected, "{temperature}: {found} instead of {expected}");
        }
    }

    #[test]
    fn without_noise_the_time_is_known() {
        // x grows by a tenth of itself: 1.1^8 > 2.
        let escape = Escape { slope: |x: f64| -x, rate: 0.1, noise: 0.0, start: 1.0, outside: |x| x > 2.0 };
        assert_eq!(escape.steps(Key::new("unused"), 2, 3), [8.0; 96]);
    }
}
