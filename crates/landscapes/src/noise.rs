//! The noise of terms: one table of numbers whose columns add up to 0.

use std::f64::consts::PI;

use rand::RngCore;
use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal, Uniform, shuffle};
use sgdlab_core::{Invalid, Real, Sample, Settings};

/// Most numbers in a table.
const MOST_NUMBERS: u64 = 1 << 27;

/// What the numbers ξ of a term do to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Effect<R> {
    /// Term i is f + ξᵢ·x.
    Isotropic,
    /// Term i is (1 + ξᵢ) f.
    Multiplicative,
    /// Term i is f + Σⱼ ξᵢⱼ φ(xⱼ) with φ' = quiet + (1 − quiet) sigmoid(steepness x).
    Sided { quiet: R, steepness: R },
}

/// The numbers of all terms and what they do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Noise<R> {
    pub(crate) effect: Effect<R>,
    terms: usize,
    /// Column by column, one number for each term.
    numbers: Vec<R>,
}

/// Refuses settings of noise that do not go together.
pub(crate) fn check(settings: &Settings, dimension: usize) -> Result<(), Invalid> {
    let terms = settings.integer("terms");
    if !terms.is_multiple_of(2) {
        return Err(Invalid::new("terms", terms, "an even number"));
    }
    if terms.saturating_mul(dimension as u64) > MOST_NUMBERS || terms > u64::from(u32::MAX) {
        let accepts = format!("with {dimension} dimensions at most {MOST_NUMBERS} numbers");
        return Err(Invalid::new("terms", terms, accepts));
    }
    if settings.word("noise-law") == "stable" && settings.number("tail-index") > 2.0 {
        return Err(Invalid::new("tail-index", settings.number("tail-index"), "α ≤ 2 with noise-law = \"stable\""));
    }
    Ok(())
}

impl Noise<f64> {
    /// Draws the noise of terms in so many dimensions.
    ///
    /// The draws depend on law, sizes and kind only, so that landscapes are compared on the same ones.
    pub(crate) fn new(settings: &Settings, dimension: usize) -> Self {
        let effect = match settings.word("noise-kind") {
            "isotropic" => Effect::Isotropic,
            "multiplicative" => Effect::Multiplicative,
            _ => Effect::Sided { quiet: settings.number("quiet"), steepness: settings.number("steepness") },
        };
        let terms = settings.integer("terms") as usize;
        let columns = if effect == Effect::Multiplicative { 1 } else { dimension };
        let (law, scale, index) = (settings.word("noise-law"), settings.number("noise"), settings.number("tail-index"));
        let key = Key::new("noise of landscapes").child(&format!("{law}, {terms} terms of {columns}"));
        // Terms with opposite noise are partners; their places are random, so that no sampler meets them in step.
        let mut places: Vec<usize> = (0..terms).collect();
        shuffle(&mut places, &mut key.child("partners").stream(0));
        let mut numbers = vec![0.0; terms * columns];
        for (column, numbers) in numbers.chunks_exact_mut(terms).enumerate() {
            let mut rng = key.stream(column as u64);
            if law == "equispaced" {
                numbers.iter_mut().enumerate().for_each(|(k, x)| *x = scale * equispaced(k, terms));
                shuffle(numbers, &mut rng);
                continue;
            }
            for partners in places.chunks_exact(2) {
                let drawn = scale * draw(law, index, &mut rng);
                (numbers[partners[0]], numbers[partners[1]]) = (drawn, -drawn);
            }
        }
        Self { effect, terms, numbers }
    }

    /// The same in another precision, where opposite numbers are still opposite.
    pub(crate) fn rounded<R: Real>(&self) -> Noise<R> {
        let effect = match self.effect {
            Effect::Isotropic => Effect::Isotropic,
            Effect::Multiplicative => Effect::Multiplicative,
            Effect::Sided { quiet, steepness } => Effect::Sided { quiet: R::of(quiet), steepness: R::of(steepness) },
        };
        let numbers = self.numbers.iter().map(|&x| R::of(x)).collect();
        Noise { effect, terms: self.terms, numbers }
    }

    /// Whether all terms are equal.
    pub(crate) fn is_silent(&self) -> bool {
        self.numbers.iter().all(|&x| x == 0.0)
    }

    /// The numbers of a column.
    pub(crate) fn column(&self, column: usize) -> &[f64] {
        &self.numbers[column * self.terms..][..self.terms]
    }
}

impl<R: Real> Noise<R> {
    pub(crate) fn terms(&self) -> usize {
        self.terms
    }

    /// (1/b) Σ wᵢ ξᵢ of a column over a batch, in its order.
    #[inline(always)]
    pub(crate) fn mean(&self, column: usize, sample: Sample<'_>) -> R {
        let numbers = &self.numbers[column * self.terms..][..self.terms];
        let mut sum = R::ZERO;
        match sample.weights {
            None => sample.indices.iter().for_each(|&term| sum += numbers[term as usize]),
            Some(weights) => {
                let weighted = sample.indices.iter().zip(weights);
                weighted.for_each(|(&term, &weight)| sum += R::of(weight) * numbers[term as usize]);
            }
        }
        sum * (R::ONE / R::of(sample.indices.len() as f64))
    }
}

/// Number k of n evenly spaced ones with the mean 0 and the mean square 1.
fn equispaced(k: usize, n: usize) -> f64 {
    let n = n as f64;
    (2.0 * k as f64 + 1.0 - n) * (3.0 / (n * n - 1.0)).sqrt()
}

/// One draw of a law with the scale 1.
fn draw(law: &str, index: f64, rng: &mut impl RngCore) -> f64 {
    // In (0, 1): a logarithm is taken of it.
    let mut unit = || 1.0 - Uniform { low: 0.0, high: 1.0 }.sample(rng);
    match law {
        "student-t" => {
            // Bailey (1994), Polar generation of random variates with the t-distribution, Math. Comput. 62.
            let (u, v) = (unit(), unit());
            let square = index * (Real::exp(-2.0 / index * Real::ln(u)) - 1.0);
            square.sqrt() * Real::cos(2.0 * PI * v)
        }
        "stable" => {
            // Chambers, Mallows and Stuck (1976), A method for simulating stable random variables, J. Am. Stat. Assoc. 71.
            let (angle, waiting) = (PI * (unit() - 0.5), -Real::ln(unit()));
            let power = |x: f64, exponent: f64| Real::exp(exponent * Real::ln(x));
            let stretch = power(Real::cos((1.0 - index) * angle) / waiting, (1.0 - index) / index);
            Real::sin(index * angle) / power(Real::cos(angle), 1.0 / index) * stretch
        }
        _ => Normal.sample(rng),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(law: &str, index: f64) -> Vec<f64> {
        let mut rng = Key::new("laws of noise").child(law).stream(0);
        (0..40_000).map(|_| draw(law, index, &mut rng)).collect()
    }

    /// The share of draws that something is true of, within 4 standard errors.
    #[track_caller]
    fn check_share(draws: &[f64], expected: f64, is: impl Fn(f64) -> bool) {
        let n = draws.len() as f64;
        let share = draws.iter().filter(|&&x| is(x)).count() as f64 / n;
        let error = (expected * (1.0 - expected) / n).sqrt();
        assert!((share - expected).abs() <= 4.0 * error, "{share} against {expected}");
    }

    #[test]
    fn student_t_has_its_distribution() {
        // P(T ≤ x) is ½ + arctan(x)/π with one degree of freedom, ½ + x/(2 √(2 + x²)) with two.
        for x in [0.3_f64, 1.0, 3.0, 10.0] {
            check_share(&draws("student-t", 1.0), 0.5 + x.atan() / PI, |t| t <= x);
            check_share(&draws("student-t", 2.0), 0.5 + x / (2.0 * (2.0 + x * x).sqrt()), |t| t <= x);
        }
        // Nearly normal with many.
        check_share(&draws("student-t", 100.0), 0.841_345 - 0.000_61, |t| t <= 1.0);
    }

    /// E cos(t ξ) = exp(−|t|^α), within 4 standard errors.
    #[test]
    fn stable_numbers_have_their_characteristic_function() {
        for alpha in [0.5, 1.0, 1.5, 2.0] {
            let drawn = draws("stable", alpha);
            for t in [0.2_f64, 1.0, 2.0] {
                let cosines: Vec<f64> = drawn.iter().map(|x| (t * x).cos()).collect();
                let n = cosines.len() as f64;
                let mean = cosines.iter().sum::<f64>() / n;
                let variance = cosines.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / n;
                let expected = (-t.powf(alpha)).exp();
                assert!(
                    (mean - expected).abs() <= 4.0 * (variance / n).sqrt(),
                    "α = {alpha}, t = {t}: {mean} {expected}"
                );
            }
        }
        // Cauchy's law has its quartiles at ±1.
        check_share(&draws("stable", 1.0), 0.5, |x| x.abs() <= 1.0);
    }

    #[test]
    fn equispaced_numbers_have_the_mean_square_of_one() {
        for n in [2, 10, 100] {
            let numbers: Vec<f64> = (0..n).map(|k| equispaced(k, n)).collect();
            let square = numbers.iter().map(|x| x * x).sum::<f64>() / n as f64;
            assert!((square - 1.0).abs() < 1e-14 && (0..n).all(|k| numbers[k] == -numbers[n - 1 - k]));
        }
    }
}
