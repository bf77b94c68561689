//! Whole descents at the best constant rate, by mean squares of all coordinates.

use super::Bowl;

/// Where descents start and end, above the minimum.
const START: f64 = 1.0;
const END: f64 = 0.02;

/// Descents on a bowl whose terms have shifted centers: the covariance of gradients is the same everywhere.
pub(super) struct Descent {
    spectrum: Vec<f64>,
    variances: Vec<f64>,
}

/// What a descent costs.
#[derive(Clone, Copy)]
pub(super) struct Cost {
    pub(super) batch: f64,
    pub(super) steps: f64,
    pub(super) examples: f64,
}

impl Cost {
    /// As multiples of the fewest steps and examples.
    pub(super) fn relative_to(self, (steps, examples): (f64, f64)) -> Self {
        Self { steps: self.steps / steps, examples: self.examples / examples, ..self }
    }

    /// (S/S_min − 1)(E/E_min − 1).
    pub(super) fn product(self) -> f64 {
        (self.steps - 1.0) * (self.examples - 1.0)
    }
}

impl Descent {
    pub(super) fn of(bowl: &Bowl) -> Self {
        Self { spectrum: bowl.spectrum.clone(), variances: bowl.variances.clone() }
    }

    /// The fewest steps, of batches of 10¹², and the fewest examples, of batches of 10⁻³.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.cost(1e12).steps, self.cost(1e-3).examples)
    }

    /// The cost with batches of this size, which need not be whole, at the constant rate for which it is least.
    ///
    /// The rate is found on a grid of 61 that is refined four times.
    pub(super) fn cost(&self, batch: f64) -> Cost {
        const POINTS: usize = 60;
        let largest = self.spectrum.iter().copied().fold(0.0, f64::max);
        let mut ends = (1e-7, 2.0 / largest);
        let mut least = f64::INFINITY;
        for _ in 0..5 {
            let rate = |i: usize| ends.0 * (ends.1 / ends.0).powf(i as f64 / POINTS as f64);
            let steps: Vec<f64> = (0..=POINTS).map(|i| self.steps(rate(i), batch)).collect();
            let best = (0..=POINTS).min_by(|&i, &j| steps[i].total_cmp(&steps[j])).expect("there are rates");
            least = steps[best];
            ends = (rate(best.saturating_sub(1)), rate((best + 1).min(POINTS)));
        }
        Cost { batch, steps: least, examples: least * batch }
    }

    /// How many steps, not necessarily whole, until the mean loss is that of the goal; infinite if it does not stay below.
    ///
    /// A step of rate ε makes E xⱼ² (1 − ε hⱼ)² E xⱼ² + ε² sⱼ/B: a geometric approach to what stays.
    fn steps(&self, rate: f64, batch: f64) -> f64 {
        let start = START / self.spectrum.iter().map(|h| 0.5 * h).sum::<f64>();
        let of_coordinate = |(h, s): (&f64, &f64)| {
            let shrink = (1.0 - rate * h).powi(2);
            (0.5 * h, shrink, rate * rate * s / batch / (1.0 - shrink))
        };
        let all: Vec<_> = self.spectrum.iter().zip(&self.variances).map(of_coordinate).collect();
        if all.iter().any(|of| of.1 >= 1.0) || all.iter().map(|of| of.0 * of.2).sum::<f64>() >= END {
            return f64::INFINITY;
        }
        let loss = |t: f64| -> f64 {
            let of = |&(weight, shrink, stays): &(f64, f64, f64)| {
                let left = shrink.powf(t);
                weight * (left * start + stays * (1.0 - left))
            };
            all.iter().map(of).sum()
        };
        let (mut low, mut high) = (0.0, 1.0);
        while loss(high) > END {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..45 {
            let middle = 0.5 * (low + high);
            if loss(middle) > END { low = middle } else { high = middle }
        }
        high
    }
}
