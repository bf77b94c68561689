//! Paths of a Gaussian process as sums of kernels, whose derivatives are exact.

use sgdlab_core::{Lanes, Product, Real, Sample, reduce};

/// Paths of n terms: path i at x is Σₖ wᵢₖ exp(−‖x − cₖ‖²/(2 ℓ²)) with the same centers for all.
///
/// Weights are large where centers are close together, and almost cancel: everything here is in double precision, and
/// only the results are rounded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Paths {
    dimension: usize,
    length_scale: f64,
    /// Row by row.
    centers: Vec<f64>,
    terms: usize,
    /// Center by center, one number for each term.
    weights: Vec<f64>,
    /// The mean of each center's weights.
    means: Vec<f64>,
}

/// exp(−‖x − y‖²/(2 ℓ²)) of points of any dimension.
pub(crate) fn kernel(length_scale: f64, x: &[f64], y: &[f64]) -> f64 {
    let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
    Real::exp(-square / (2.0 * length_scale * length_scale))
}

/// L with L Lᵀ = the kernel between all centers, with `jitter` added to the diagonal; row by row.
pub(crate) fn factor((dimension, length_scale): (usize, f64), centers: &[f64], jitter: f64) -> Vec<f64> {
    let n = centers.len() / dimension;
    let point = |i: usize| &centers[i * dimension..][..dimension];
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
            let entry = kernel(length_scale, point(i), point(j)) + if i == j { jitter } else { 0.0 };
            lower[i * n + j] = if i == j { (entry - known).sqrt() } else { (entry - known) / lower[j * n + j] };
        }
    }
    lower
}

/// Replaces x by L⁻¹ x.
pub(crate) fn solve_lower(lower: &[f64], x: &mut [f64]) {
    let n = x.len();
    for i in 0..n {
        let known: f64 = (0..i).map(|k| lower[i * n + k] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i * n + i];
    }
}

/// Replaces x by L⁻ᵀ x.
pub(crate) fn solve_upper(lower: &[f64], x: &mut [f64]) {
    let n = x.len();
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| lower[k * n + i] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i * n + i];
    }
}

impl Paths {
    /// Paths with these weights, term by term, times `scale`.
    pub(crate) fn new(
        (dimension, length_scale): (usize, f64),
        centers: Vec<f64>,
        of_terms: &[Vec<f64>],
        scale: f64,
    ) -> Self {
        let (terms, count) = (of_terms.len(), centers.len() / dimension);
        let weights: Vec<f64> =
            (0..count).flat_map(|center| of_terms.iter().map(move |weights| scale * weights[center])).collect();
        let means = weights.chunks_exact(terms).map(|weights| weights.iter().sum::<f64>() / terms as f64).collect();
        Self { dimension, length_scale, centers, terms, weights, means }
    }

    /// How far the centers reach, and a few lengths further, where paths have died out.
    pub(crate) fn reach(&self) -> f64 {
        self.centers.iter().fold(0.0, |reach: f64, center| reach.max(center.abs())) + 8.0 * self.length_scale
    }

    /// A center's weight in the mean of a sample whose terms are p of themselves and 1 − p of the mean.
    #[inline(always)]
    pub(crate) fn mean(&self, center: usize, sample: Sample<'_>, mix: f64) -> f64 {
        let weights = &self.weights[center * self.terms..][..self.terms];
        let mut sum = 0.0;
        for (k, &term) in sample.indices.iter().enumerate() {
            sum += sample.weights.map_or(1.0, |factors| factors[k]) * weights[term as usize];
        }
        let chosen = mix * (sum / sample.indices.len() as f64);
        if mix == 1.0 { chosen } else { chosen + (1.0 - mix) * sample.mean_weight() * self.means[center] }
    }

    /// The centers, row by row.
    #[cfg(test)]
    pub(crate) fn centers(&self) -> &[f64] {
        &self.centers
    }

    /// A center's weight in the mean of all terms.
    pub(crate) fn mean_of_all(&self, center: usize) -> f64 {
        self.means[center]
    }

    /// x − c of a lane.
    #[inline(always)]
    fn apart<R: Real, const N: usize>(&self, center: usize, at: &[Lanes<R, N>], j: usize, l: usize) -> f64 {
        at[j][l].to_f64() - self.centers[center * self.dimension + j]
    }

    /// The kernel of a center.
    #[inline(always)]
    fn kernel<R: Real, const N: usize>(&self, center: usize, at: &[Lanes<R, N>], l: usize) -> f64 {
        let mut square = 0.0;
        for j in 0..at.len() {
            let apart = self.apart(center, at, j, l);
            square += apart * apart;
        }
        Real::exp(square * (-0.5 / (self.length_scale * self.length_scale)))
    }

    /// Σₖ f(k, lane), weighted.
    #[inline(always)]
    fn sum<const N: usize>(&self, weight: impl Fn(usize) -> f64, f: impl Fn(usize, usize) -> f64) -> Lanes<f64, N> {
        reduce::sum_of(self.means.len(), |center| {
            let weight = weight(center);
            std::array::from_fn(|l| weight * f(center, l))
        })
    }

    /// The path with these weights.
    pub(crate) fn value<R: Real, const N: usize>(
        &self,
        weight: impl Fn(usize) -> f64,
        at: &[Lanes<R, N>],
    ) -> Lanes<R, N> {
        self.sum(weight, |center, l| self.kernel(center, at, l)).map(R::of)
    }

    /// Adds the slope of the path with these weights to `out`.
    pub(crate) fn add_slope<R: Real, const N: usize>(
        &self,
        weight: impl Fn(usize) -> f64,
        at: &[Lanes<R, N>],
        out: &mut [Lanes<R, N>],
    ) {
        let precision = 1.0 / (self.length_scale * self.length_scale);
        for (j, out) in out.iter_mut().enumerate() {
            let slope: Lanes<f64, N> =
                self.sum(&weight, |center, l| -precision * self.apart(center, at, j, l) * self.kernel(center, at, l));
            for l in 0..N {
                out[l] += R::of(slope[l]);
            }
        }
    }

    /// Adds the product of the Hessian of the path with these weights to `out`.
    pub(crate) fn add_product<R: Real, const N: usize>(
        &self,
        weight: impl Fn(usize) -> f64,
        asked: &Product<'_, R, N>,
        out: &mut [Lanes<R, N>],
    ) {
        let precision = 1.0 / (self.length_scale * self.length_scale);
        for (j, out) in out.iter_mut().enumerate() {
            let product: Lanes<f64, N> = self.sum(&weight, |center, l| {
                let mut inner = 0.0;
                for (i, v) in asked.vector.iter().enumerate() {
                    inner += self.apart(center, asked.at, i, l) * v[l].to_f64();
                }
                let bent = precision * self.apart(center, asked.at, j, l) * inner - asked.vector[j][l].to_f64();
                precision * bent * self.kernel(center, asked.at, l)
            });
            for l in 0..N {
                out[l] += R::of(product[l]);
            }
        }
    }
}
