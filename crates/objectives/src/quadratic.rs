//! A quadratic bowl with a chosen spectrum and noise.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Evaluation, Lanes, Layout, Objective, Product, Real, Sample, lengths, reduce, update_lanes};

/// f(x) = (1/n) Σ ½ (x − cᵢ)ᵀ Λ (x − cᵢ) with Λ diagonal.
///
/// The gradient of term i is Λ (x − cᵢ): its covariance Λ Cov(c) Λ does not depend on x.
/// The centers have mean 0 up to rounding, so the minimizer is 0 and the minimum ½ Σⱼ λⱼ (1/n) Σᵢ cᵢⱼ².
pub struct Quadratic<R> {
    layout: Layout,
    spectrum: Vec<R>,
    centers: Vec<R>,
    /// Mean and mean square of each coordinate of the centers.
    moments: Vec<(R, R)>,
}

impl<R: Real> Quadratic<R> {
    /// A bowl with these eigenvalues around these centers (row-major, one row per term).
    ///
    /// # Panics
    /// If there is no eigenvalue or no center, or the lengths do not fit.
    #[must_use]
    pub fn new(spectrum: &[f64], centers: &[f64]) -> Self {
        assert!(!spectrum.is_empty() && !centers.is_empty(), "a quadratic has eigenvalues and centers");
        assert_eq!(centers.len() % spectrum.len(), 0, "centers are not terms × dimension");
        let rounded: Vec<R> = centers.iter().map(|&c| R::of(c)).collect();
        let terms = (centers.len() / spectrum.len()) as f64;
        let moment = |j: usize, power: i32| {
            let column = rounded.iter().skip(j).step_by(spectrum.len());
            R::of(column.map(|c| c.to_f64().powi(power)).sum::<f64>() / terms)
        };
        Self {
            layout: Layout::vector(spectrum.len()),
            spectrum: spectrum.iter().map(|&x| R::of(x)).collect(),
            moments: (0..spectrum.len()).map(|j| (moment(j, 1), moment(j, 2))).collect(),
            centers: rounded,
        }
    }
}

/// out[j] = λⱼ (xⱼ − mean of the batch's centers), centers added in the order of the batch.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn gradient<R: Real, const N: usize>(
    (spectrum, centers): (&[R], &[R]),
    at: &[Lanes<R, N>],
    batch: &[u32],
    out: &mut [Lanes<R, N>],
) {
    let dimension = spectrum.len();
    out.fill([R::ZERO; N]);
    for &term in batch {
        let center = &centers[term as usize * dimension..][..dimension];
        for (out, &c) in out.iter_mut().zip(center) {
            update_lanes(out, |sum, _| sum + c);
        }
    }
    let share = R::ONE / R::of(batch.len() as f64);
    for ((out, x), &lambda) in out.iter_mut().zip(at).zip(spectrum) {
        for l in 0..N {
            out[l] = lambda * (x[l] - share * out[l]);
        }
    }
}

/// out[j] = λⱼ (w̄ xⱼ − mean of wᵢ cᵢⱼ), weighted centers added in the order of the batch.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn weighted_gradient<R: Real, const N: usize>(
    (spectrum, centers): (&[R], &[R]),
    at: &[Lanes<R, N>],
    (sample, weights): (Sample<'_>, &[f64]),
    out: &mut [Lanes<R, N>],
) {
    assert_eq!(weights.len(), sample.indices.len(), "a weight for each term");
    let dimension = spectrum.len();
    out.fill([R::ZERO; N]);
    for (&term, &weight) in sample.indices.iter().zip(weights) {
        let center = &centers[term as usize * dimension..][..dimension];
        let weight = R::of(weight);
        for (out, &c) in out.iter_mut().zip(center) {
            update_lanes(out, |sum, _| sum + weight * c);
        }
    }
    let (share, mean) = (R::ONE / R::of(weights.len() as f64), R::of(sample.mean_weight()));
    for ((out, x), &lambda) in out.iter_mut().zip(at).zip(spectrum) {
        for l in 0..N {
            out[l] = lambda * (mean * x[l] - share * out[l]);
        }
    }
}

impl<R: Real, const N: usize> Objective<R, N> for Quadratic<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn terms(&self) -> usize {
        self.centers.len() / self.spectrum.len()
    }

    fn scratch(&self, _: usize) -> usize {
        0
    }

    fn gradient(&self, at: &[Lanes<R, N>], sample: Sample<'_>, _: &mut [Lanes<R, N>], out: &mut [Lanes<R, N>]) {
        lengths::of_gradient(&self.layout, at, sample.indices, out);
        let bowl = (self.spectrum.as_slice(), self.centers.as_slice());
        match sample.weights {
            None => gradient(bowl, at, sample.indices, out),
            Some(weights) => weighted_gradient(bowl, at, (sample, weights), out),
        }
    }

    fn value(&self, at: &[Lanes<R, N>], sample: Sample<'_>, _: &mut [Lanes<R, N>]) -> Lanes<R, N> {
        let batch = sample.indices;
        lengths::of_value(&self.layout, at, batch);
        let half = R::of(0.5);
        let sum = reduce::sum_of(batch.len(), |i| {
            let center = &self.centers[batch[i] as usize * at.len()..][..at.len()];
            let value: Lanes<R, N> = reduce::sum_of(at.len(), |j| {
                at[j].map(|x| half * self.spectrum[j] * ((x - center[j]) * (x - center[j])))
            });
            match sample.weights {
                None => value,
                Some(weights) => value.map(|value| R::of(weights[i]) * value),
            }
        });
        sum.map(|sum| sum / R::of(batch.len() as f64))
    }

    fn has_products(&self) -> bool {
        true
    }

    fn curvature_scratch(&self, _: usize) -> usize {
        0
    }

    /// All matrices are Λ, for every term and everywhere.
    fn curvature_times(
        &self,
        asked: Product<'_, R, N>,
        sample: Sample<'_>,
        _: &mut [Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        lengths::of_product(&self.layout, &asked, sample.indices, out);
        let weight = R::of(sample.mean_weight());
        for ((out, v), &lambda) in out.iter_mut().zip(asked.vector).zip(&self.spectrum) {
            *out = v.map(|v| weight * (lambda * v));
        }
    }

    fn evaluate(&self, at: &[Lanes<R, N>], _: bool, _: &mut [Lanes<R, N>]) -> Evaluation<R, N> {
        lengths::of_evaluation(&self.layout, at);
        let half = R::of(0.5);
        let value = reduce::sum_of(at.len(), |j| {
            let (mean, square) = self.moments[j];
            at[j].map(|x| half * self.spectrum[j] * (x * (x - mean - mean) + square))
        });
        Evaluation { value, error: None }
    }
}
