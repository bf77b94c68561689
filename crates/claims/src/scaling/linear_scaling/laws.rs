//! How fast least squares forgets its start in batches of B terms, exactly.

use nalgebra::{DMatrix, DVector};

/// The factor of E|x − x*|² in a step on orthogonal rows: n = d of them, √d times the axes, so that H = I.
///
/// 1 − 2η + η² (1 + (d − 1)/B), where d − 1 is the noise scale tr E[g gᵀ]/|∇f|² − 1 of a term's gradient.
pub(crate) fn factor(dimension: usize, rate: f64, batch: usize) -> f64 {
    1.0 - 2.0 * rate + rate * rate * (1.0 + (dimension as f64 - 1.0) / batch as f64)
}

/// The rate of the least factor: B/(B + d − 1).
pub(crate) fn best_rate(dimension: usize, batch: usize) -> f64 {
    batch as f64 / (batch + dimension - 1) as f64
}

/// Terms that it takes to make E|x − x*|² e times smaller at the best rate.
pub(crate) fn terms_to_target(dimension: usize, batch: usize) -> f64 {
    -(batch as f64) / factor(dimension, best_rate(dimension, batch), batch).ln()
}

/// Rows of least squares in the basis in which the Hessian is diagonal.
pub(crate) struct Spectrum {
    pub(crate) eigenvalues: Vec<f64>,
    rows: Vec<DVector<f64>>,
}

impl Spectrum {
    pub(crate) fn new(rows: &[DVector<f64>]) -> Self {
        let hessian = rows.iter().map(|row| row * row.transpose()).sum::<DMatrix<f64>>() / rows.len() as f64;
        let decomposed = hessian.symmetric_eigen();
        let rows = rows.iter().map(|row| decomposed.eigenvectors.tr_mul(row)).collect();
        Self { eigenvalues: decomposed.eigenvalues.iter().copied().collect(), rows }
    }

    /// λ₁.
    pub(crate) fn largest(&self) -> f64 {
        self.eigenvalues.iter().copied().fold(0.0, f64::max)
    }

    /// The largest rate at which second moments stay bounded, for batches with replacement.
    ///
    /// A step makes M ← M − η (HM + MH) + η² G M of a second moment M, with G M = (1 − 1/B) HMH + (1/B) E[a aᵀM a aᵀ].
    /// At the limit some M stays as it is: 1/η is the largest eigenvalue of G against M ↦ HM + MH, by power iteration.
    pub(crate) fn stable_rate(&self, batch: usize) -> f64 {
        let d = self.eigenvalues.len();
        let mut moment = DMatrix::identity(d, d);
        let mut last = 0.0;
        loop {
            let mut next = self.grown(&moment, batch as f64);
            for i in 0..d {
                for j in 0..d {
                    next[(i, j)] /= self.eigenvalues[i] + self.eigenvalues[j];
                }
            }
            let size = next.norm();
            moment = next / size;
            if (size - last).abs() <= 1e-12 * size {
                return 1.0 / size;
            }
            last = size;
        }
    }

    /// G M.
    fn grown(&self, moment: &DMatrix<f64>, batch: f64) -> DMatrix<f64> {
        let share = 1.0 / (batch * self.rows.len() as f64);
        let mut out = DMatrix::from_fn(moment.nrows(), moment.ncols(), |i, j| {
            (1.0 - 1.0 / batch) * self.eigenvalues[i] * self.eigenvalues[j] * moment[(i, j)]
        });
        for row in &self.rows {
            let weight = share * row.dot(&(moment * row));
            out.ger(weight, row, row, 1.0);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::orthogonal;
    use super::*;

    #[test]
    fn the_limit_on_orthogonal_rows_is_twice_the_best_rate() {
        let spectrum = Spectrum::new(&orthogonal(5));
        for batch in [1, 2, 7, 100] {
            let (found, expected) = (spectrum.stable_rate(batch), 2.0 * best_rate(5, batch));
            assert!((found - expected).abs() < 1e-9, "{batch}: {found} instead of {expected}");
            assert!((factor(5, expected, batch) - 1.0).abs() < 1e-12);
        }
    }

    /// All nine batches of two of three rows.
    #[test]
    fn the_factor_is_that_of_all_batches() {
        let rate = 0.4;
        let mut sum = 0.0;
        for first in 0..3 {
            for second in 0..3 {
                let hit = |j: usize| f64::from(u8::from(first == j)) + f64::from(u8::from(second == j));
                sum += (0..3).map(|j| (1.0 - rate * 3.0 * hit(j) / 2.0).powi(2) / 3.0).sum::<f64>() / 9.0;
            }
        }
        assert!((sum - factor(3, rate, 2)).abs() < 1e-15);
    }
}
