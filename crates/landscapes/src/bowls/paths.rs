//! Paths of a Gaussian process as sums of kernels, whose derivatives are exact.

use sgdlab_core::{Lanes, Product, Real, Sample, reduce};

/// Paths of n terms: path i at x is Σₖ wᵢₖ exp(−‖x − cₖ‖²/(2 ℓₖ²)) with the same centers for all.
///
/// Weights are large where centers are close together, and almost cancel: everything here is in double precision, and
/// only the results are rounded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Paths {
    dimension: usize,
    /// ℓₖ of each center.
    scales: Vec<f64>,
    /// 1/ℓₖ² of each center.
    precisions: Vec<f64>,
    /// −1/(2 ℓₖ²) of each center.
    exponents: Vec<f64>,
    /// Row by row.
    centers: Vec<f64>,
    terms: usize,
    /// Center by center, one number for each term.
    weights: Vec<f64>,
    /// The mean of each center's weights.
    means: Vec<f64>,
}

/// Centers whose kernels are equally wide, with the weights of all terms.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// ℓ.
    pub(crate) length_scale: f64,
    /// Row by row.
    pub(crate) centers: Vec<f64>,
    /// Term by term, a number for each center.
    pub(crate) weights: Vec<Vec<f64>>,
}

/// exp(−‖x − y‖²/(2 ℓ²)) of points of any dimension.
pub(crate) fn kernel(length_scale: f64, x: &[f64], y: &[f64]) -> f64 {
    let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
    Real::exp(-square / (2.0 * length_scale * length_scale))
}

/// L with L Lᵀ = the kernel between all centers, with `jitter` added to the diagonal; row by row.
pub(crate) fn factor((dimension, length_scale): (usize, f64), centers: &[f64], jitter: f64) -> Vec<f64> {
    let point = |i: usize| &centers[i * dimension..][..dimension];
    let entry = |i: usize, j: usize| kernel(length_scale, point(i), point(j)) + if i == j { jitter } else { 0.0 };
    cholesky(centers.len() / dimension, entry)
}

/// L with L Lᵀ = a positive definite matrix of n rows; row by row.
pub(crate) fn cholesky(n: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
            let left = entry(i, j) - known;
            lower[i * n + j] = if i == j { left.sqrt() } else { left / lower[j * n + j] };
        }
    }
    lower
}

/// (L Lᵀ)⁻¹ x.
pub(crate) fn solve(lower: &[f64], mut x: Vec<f64>) -> Vec<f64> {
    solve_lower(lower, &mut x);
    solve_upper(lower, &mut x);
    x
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
    /// Sums of these parts, times `scale`.
    ///
    /// # Panics
    /// If the parts do not have the same terms.
    pub(crate) fn new(dimension: usize, parts: &[Part], scale: f64) -> Self {
        let terms = parts[0].weights.len();
        assert!(parts.iter().all(|part| part.weights.len() == terms), "every part has all terms");
        let lengths = parts.iter().flat_map(|part| {
            let count = part.centers.len() / dimension;
            std::iter::repeat_n(part.length_scale, count)
        });
        let scales: Vec<f64> = lengths.collect();
        let of_part = |part: &Part| -> Vec<f64> {
            let count = part.centers.len() / dimension;
            (0..count).flat_map(|center| part.weights.iter().map(move |weights| scale * weights[center])).collect()
        };
        let weights: Vec<f64> = parts.iter().flat_map(of_part).collect();
        let means = weights.chunks_exact(terms).map(|weights| weights.iter().sum::<f64>() / terms as f64).collect();
        Self {
            dimension,
            precisions: scales.iter().map(|scale| 1.0 / (scale * scale)).collect(),
            exponents: scales.iter().map(|scale| -0.5 / (scale * scale)).collect(),
            scales,
            centers: parts.iter().flat_map(|part| part.centers.iter().copied()).collect(),
            terms,
            weights,
            means,
        }
    }

    /// How far the centers reach, and a few lengths further, where paths have died out.
    pub(crate) fn reach(&self) -> f64 {
        let of_center = |(center, scale): (&[f64], &f64)| {
            center.iter().fold(0.0, |reach: f64, center| reach.max(center.abs())) + 8.0 * scale
        };
        self.centers.chunks_exact(self.dimension).zip(&self.scales).map(of_center).fold(0.0, f64::max)
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
        Real::exp(square * self.exponents[center])
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
        for (j, out) in out.iter_mut().enumerate() {
            let slope: Lanes<f64, N> = self.sum(&weight, |center, l| {
                -self.precisions[center] * self.apart(center, at, j, l) * self.kernel(center, at, l)
            });
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
        for (j, out) in out.iter_mut().enumerate() {
            let product: Lanes<f64, N> = self.sum(&weight, |center, l| {
                let mut inner = 0.0;
                for (i, v) in asked.vector.iter().enumerate() {
                    inner += self.apart(center, asked.at, i, l) * v[l].to_f64();
                }
                let precision = self.precisions[center];
                let bent = precision * self.apart(center, asked.at, j, l) * inner - asked.vector[j][l].to_f64();
                precision * bent * self.kernel(center, asked.at, l)
            });
            for l in 0..N {
                out[l] += R::of(product[l]);
            }
        }
    }
}
