//! Random affine maps, x ← B x + c: what stochastic gradient descent is on least squares.
//!
//! Their first two moments are computed and not sampled.

use nalgebra::{DMatrix, DVector};

/// One of the maps, with its probability.
struct Affine {
    probability: f64,
    matrix: DMatrix<f64>,
    shift: DVector<f64>,
}

/// Symmetric maps, one of which is drawn at each step.
pub(crate) struct Maps {
    maps: Vec<Affine>,
    dimension: usize,
}

impl Maps {
    /// The maps x ↦ `step(i, x)`, found by applying each to 0 and to unit vectors.
    pub(crate) fn of(
        probabilities: &[f64],
        dimension: usize,
        mut step: impl FnMut(usize, &DVector<f64>) -> DVector<f64>,
    ) -> Self {
        let one = |(i, &probability): (usize, &f64)| {
            let shift = step(i, &DVector::zeros(dimension));
            let column =
                |j: usize| step(i, &DVector::from_fn(dimension, |k, _| if j == k { 1.0 } else { 0.0 })) - &shift;
            let matrix = DMatrix::from_columns(&(0..dimension).map(column).collect::<Vec<_>>());
            Affine { probability, matrix, shift }
        };
        Self { maps: probabilities.iter().enumerate().map(one).collect(), dimension }
    }

    fn sum(&self, rows: usize, columns: usize, of: impl Fn(&Affine) -> DMatrix<f64>) -> DMatrix<f64> {
        self.maps.iter().fold(DMatrix::zeros(rows, columns), |sum, map| sum + of(map) * map.probability)
    }

    /// E B.
    pub(crate) fn mean_matrix(&self) -> DMatrix<f64> {
        self.sum(self.dimension, self.dimension, |map| map.matrix.clone())
    }

    /// E B ⊗ B, which moves the second moments of differences.
    pub(crate) fn operator(&self) -> DMatrix<f64> {
        let square = self.dimension * self.dimension;
        self.sum(square, square, |map| map.matrix.kronecker(&map.matrix))
    }

    /// The x with E (B x + c) = x.
    pub(crate) fn mean(&self) -> DVector<f64> {
        let shift =
            self.sum(self.dimension, 1, |map| DMatrix::from_column_slice(self.dimension, 1, map.shift.as_slice()));
        let matrix = DMatrix::identity(self.dimension, self.dimension) - self.mean_matrix();
        let mean = matrix.lu().solve(&shift).expect("the mean settles");
        DVector::from_column_slice(mean.as_slice())
    }

    /// The stationary covariance: C = E B C Bᵀ + E q qᵀ, where q = B x̄ + c − x̄ moves the mean x̄.
    pub(crate) fn covariance(&self) -> DMatrix<f64> {
        let (mean, square) = (self.mean(), self.dimension * self.dimension);
        let noise = self.sum(self.dimension, self.dimension, |map| {
            let moved = &map.matrix * &mean + &map.shift - &mean;
            &moved * moved.transpose()
        });
        let matrix = DMatrix::identity(square, square) - self.operator();
        let solution = matrix.lu().solve(&DVector::from_column_slice(noise.as_slice())).expect("it settles");
        DMatrix::from_column_slice(self.dimension, self.dimension, solution.as_slice())
    }
}

/// The largest |eigenvalue| of a symmetric matrix.
pub(crate) fn radius(symmetric: &DMatrix<f64>) -> f64 {
    symmetric.symmetric_eigenvalues().amax()
}

/// Where an increasing function crosses 1, between two ends, to the last digits.
pub(crate) fn crossing([mut low, mut high]: [f64; 2], of: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if of(middle) <= 1.0 { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x ← ½ x ± 1 has variance 1/(1 − ¼).
    #[test]
    fn a_walk_toward_zero_has_its_variance() {
        let maps = Maps::of(&[0.5, 0.5], 1, |i, x| x * 0.5 + DVector::from_element(1, if i == 0 { 1.0 } else { -1.0 }));
        assert_eq!((maps.mean()[0], maps.covariance()[(0, 0)]), (0.0, 4.0 / 3.0));
        assert_eq!(radius(&maps.operator()), 0.25);
        assert_eq!(crossing([0.0, 3.0], |x| x - 1.0), 2.0);
    }
}
