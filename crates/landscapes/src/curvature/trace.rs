//! The trace of a matrix, estimated by products with random vectors.

use sgdlab_core::streams::Key;

use super::{Operator, Probe, dot, norm, orthogonalize};

/// A mean over independent random vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The variance of one vector's number (divisor: vectors − 1); NaN for a single one.
    pub variance: f64,
    /// How many vectors there were.
    pub probes: usize,
}

impl Estimate {
    pub(super) fn of(samples: impl IntoIterator<Item = f64>) -> Self {
        // Welford's recursion, which does not cancel.
        let (mut mean, mut squares, mut probes) = (0.0, 0.0, 0_usize);
        for sample in samples {
            probes += 1;
            let before = sample - mean;
            mean += before / probes as f64;
            squares += before * (sample - mean);
        }
        Self { mean, variance: squares / (probes as f64 - 1.0), probes }
    }

    /// The standard error of the mean.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        (self.variance / self.probes as f64).sqrt()
    }
}

/// The mean of zᵀ A z over random vectors z.
///
/// Its expectation is the trace; one vector has the variance 2 (‖A‖² − Σ aᵢᵢ²) with signs and 2 ‖A‖² with normal numbers,
/// ‖A‖ being the Frobenius norm.
///
/// Reference: Hutchinson (1990), A stochastic estimator of the trace of the influence matrix for Laplacian smoothing
/// splines, Commun. Stat. Simul. 19; Avron and Toledo (2011), J. ACM 58, for the variances.
///
/// # Panics
/// If there are no vectors.
pub fn hutchinson(matrix: &mut (impl Operator + ?Sized), probe: Probe, key: Key, probes: usize) -> Estimate {
    assert!(probes > 0, "an estimate needs a random vector");
    let mut product = vec![0.0; matrix.dimension()];
    Estimate::of((0..probes as u64).map(|index| {
        let vector = probe.draw(key, index, matrix.dimension());
        matrix.times(&vector, &mut product);
        dot(&vector, &product)
    }))
}

/// The trace on the range of a sketch, exactly, and [`hutchinson`]'s estimate of the rest; by `products` products.
///
/// A third of the products makes the sketch, another one its exact trace, and the last the estimate, with random signs.
/// The expectation is the trace, and the variance is that of the rest P A P, P being the projection across the sketch:
/// small, if few eigenvalues make up most of the matrix.
///
/// Reference: Meyer, Musco, Musco and Woodruff (2021), Hutch++: optimal stochastic trace estimation, SOSA, algorithm 1.
///
/// # Panics
/// If there are fewer than 3 products.
pub fn hutch_plus_plus(matrix: &mut (impl Operator + ?Sized), key: Key, products: usize) -> Estimate {
    assert!(products >= 3, "a sketch, its trace and an estimate need three products");
    let (n, third) = (matrix.dimension(), products / 3);
    let (sketched, probed) = (key.child("sketch"), key.child("probes"));
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for index in 0..third.min(n) as u64 {
        let mut column = vec![0.0; n];
        matrix.times(&Probe::Signs.draw(sketched, index, n), &mut column);
        let before = norm(&column);
        orthogonalize(&mut column, &basis);
        let left = norm(&column);
        // Otherwise it lies in the span of the others.
        if left > 1e-12 * before {
            column.iter_mut().for_each(|x| *x /= left);
            basis.push(column);
        }
    }
    let mut product = vec![0.0; n];
    let mut exact = 0.0;
    for direction in &basis {
        matrix.times(direction, &mut product);
        exact += dot(direction, &product);
    }
    let rest = Estimate::of((0..(products - 2 * third) as u64).map(|index| {
        let mut vector = Probe::Signs.draw(probed, index, n);
        orthogonalize(&mut vector, &basis);
        matrix.times(&vector, &mut product);
        dot(&vector, &product)
    }));
    Estimate { mean: exact + rest.mean, ..rest }
}
