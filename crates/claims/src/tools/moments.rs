//! Moments of a population, and of means of what is drawn from it.

use crate::Measured;

/// Second and fourth moments about the mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Central {
    pub(crate) second: f64,
    pub(crate) fourth: f64,
}

impl Central {
    /// Those of numbers; also their mean.
    pub(crate) fn of(numbers: &[f64]) -> (f64, Self) {
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let power = |exponent: i32| numbers.iter().map(|x| (x - mean).powi(exponent)).sum::<f64>() / n;
        (mean, Self { second: power(2), fourth: power(4) })
    }

    /// Those of the mean of `m` independent draws.
    pub(crate) fn with_replacement(self, m: usize) -> Self {
        let (m, square) = (m as f64, self.second * self.second);
        Self { second: self.second / m, fourth: (self.fourth + 3.0 * (m - 1.0) * square) / (m * m * m) }
    }

    /// Those of the mean of `m` of `n` numbers, drawn without replacement.
    ///
    /// With z = x − mean, whose sum is 0, sums over different indices come down to A = Σ z⁴ and B = (Σ z²)²: pairs of
    /// cubes give −A, of squares B − A, a square and two others 2A − B, and four others 3B − 6A.
    pub(crate) fn without_replacement(self, m: usize, n: usize) -> Self {
        let (draws, all) = (m as f64, n as f64);
        // The probability that so many given indices are all drawn.
        let drawn = |k: i32| (0..k).map(|i| (draws - f64::from(i)).max(0.0) / (all - f64::from(i))).product::<f64>();
        let (a, b) = (all * self.fourth, (all * self.second).powi(2));
        let pairs = drawn(2) * (3.0 * (b - a) - 4.0 * a);
        let sum = drawn(1) * a + pairs + drawn(3) * 6.0 * (2.0 * a - b) + drawn(4) * (3.0 * b - 6.0 * a);
        let second = self.second / draws * (all - draws) / (all - 1.0);
        Self { second, fourth: sum / draws.powi(4) }
    }

    /// The standard error of the variance, with divisor R, of R independent numbers with these moments.
    pub(crate) fn error_of_variance(self, count: usize) -> f64 {
        let r = count as f64;
        let (one, three) = (r - 1.0, r - 3.0);
        (one * one * self.fourth / r.powi(3) - one * three * self.second.powi(2) / r.powi(3)).sqrt()
    }
}

/// A mean and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mean {
    pub(crate) value: f64,
    pub(crate) error: f64,
}

impl Mean {
    /// That of independent numbers.
    pub(crate) fn of(numbers: &[f64]) -> Self {
        let (value, central) = Central::of(numbers);
        Self { value, error: (central.second / (numbers.len() as f64 - 1.0)).sqrt() }
    }
}

impl Mean {
    /// What a claim decides about, beside what it is expected to be.
    pub(crate) fn beside(self, expected: f64) -> Measured {
        Measured::of(self.value).beside(expected).give_or_take(self.error)
    }

    /// The mean of numbers that are a factor larger.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self { value: factor * self.value, error: factor.abs() * self.error }
    }

    /// The ratio of two independent means, by its first derivatives.
    pub(crate) fn over(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, error: value * (self.error / self.value).hypot(other.error / other.value) }
    }

    /// The logarithm, by its first derivative.
    pub(crate) fn ln(self) -> Self {
        Self { value: self.value.ln(), error: self.error / self.value }
    }
}

/// The slope of the line of least squares through points whose heights have standard errors.
pub(crate) fn slope(x: &[f64], y: &[Mean]) -> Mean {
    let n = x.len() as f64;
    let middle = x.iter().sum::<f64>() / n;
    let square: f64 = x.iter().map(|x| (x - middle).powi(2)).sum();
    let value = x.iter().zip(y).map(|(x, y)| (x - middle) * y.value).sum::<f64>() / square;
    let error = x.iter().zip(y).map(|(x, y)| ((x - middle) * y.error).powi(2)).sum::<f64>().sqrt() / square;
    Mean { value, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way to draw two or three of five numbers.
    #[test]
    fn draws_without_replacement_are_enumerated() {
        let numbers = [1.0, -2.0, 0.5, 4.0, 7.0];
        let (mean, central) = Central::of(&numbers);
        for m in 1..=5usize {
            let subsets = (0..32u32).filter(|set| set.count_ones() as usize == m);
            let means: Vec<f64> = subsets
                .map(|set| (0..5).filter(|i| set >> i & 1 == 1).map(|i| numbers[i]).sum::<f64>() / m as f64)
                .collect();
            let power = |k: i32| means.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / means.len() as f64;
            let found = central.without_replacement(m, 5);
            assert!((found.second - power(2)).abs() < 1e-12, "{m}: {found:?}");
            assert!((found.fourth - power(4)).abs() < 1e-11, "{m}: {found:?} {}", power(4));
        }
    }

    #[test]
    fn a_line_has_its_slope() {
        let y = [1.0, 3.0, 5.0].map(|value| Mean { value, error: 1.0 });
        assert_eq!(slope(&[0.0, 1.0, 2.0], &y), Mean { value: 2.0, error: 0.5f64.sqrt() });
    }
}
