//! What features a network has, and how many.
//!
//! Features are the units of a layer after their activation, on a set of examples: a matrix of examples × units.
//!
//! Reference: Andriushchenko, Varre, Pillaud-Vivien and Flammarion (2023), SGD with large step sizes learns sparse
//! features, ICML, section 4 and the published code.

use nalgebra::DMatrix;

/// Units of a layer on examples, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Features {
    values: Vec<f64>,
    units: usize,
}

/// How sparse features are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sparsity {
    /// Non-zero activations of the units that are kept, over examples × all units.
    pub(crate) share: f64,
    /// Units that are neither 0 on all examples nor repeated by a later unit.
    pub(crate) kept: usize,
}

impl Features {
    /// # Panics
    /// If the values are not whole rows.
    pub(crate) fn new(values: Vec<f64>, units: usize) -> Self {
        assert!(units > 0 && values.len().is_multiple_of(units), "rows of {units} units");
        Self { values, units }
    }

    fn examples(&self) -> usize {
        self.values.len() / self.units
    }

    /// The activations of one unit.
    fn unit(&self, unit: usize) -> impl Iterator<Item = f64> {
        self.values.iter().skip(unit).step_by(self.units).copied()
    }

    /// The same with each example's activations divided by their length; an example on which nothing is active stays.
    pub(crate) fn normalized(&self) -> Self {
        let scale = |row: &[f64]| {
            let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
            let divisor = if length > 0.0 { length } else { 1.0 };
            row.iter().map(|x| x / divisor).collect::<Vec<_>>()
        };
        Self { values: self.values.chunks(self.units).flat_map(scale).collect(), units: self.units }
    }

    /// The share of activations that are not 0.
    pub(crate) fn active(&self) -> f64 {
        self.values.iter().filter(|x| **x != 0.0).count() as f64 / self.values.len() as f64
    }

    /// The share of examples × units that are active here and not there, or there and not here.
    pub(crate) fn pattern_distance(&self, other: &Self) -> f64 {
        let pairs = self.values.iter().zip(&other.values);
        pairs.filter(|(a, b)| (**a > 0.0) != (**b > 0.0)).count() as f64 / self.values.len() as f64
    }

    /// De-duplicated feature sparsity.
    ///
    /// Units that are 0 on every example are dropped.
    /// The others are looked at in order: one whose correlation over the examples with any unit that is still there
    /// exceeds `threshold` in absolute value is dropped.
    /// A unit that is constant, but not 0, correlates with nothing.
    pub(crate) fn sparsity(&self, threshold: f64) -> Sparsity {
        let columns: Vec<Vec<f64>> = (0..self.units).map(|unit| self.unit(unit).collect()).collect();
        let directions: Vec<Option<Vec<f64>>> = columns.iter().map(|column| direction(column)).collect();
        let mut kept: Vec<usize> = (0..self.units).filter(|&unit| columns[unit].iter().any(|x| *x != 0.0)).collect();
        let alike = |a: usize, b: usize| match (&directions[a], &directions[b]) {
            (Some(a), Some(b)) => a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>().abs() > threshold,
            _ => false,
        };
        let mut next = 0;
        while next < kept.len() {
            if kept.iter().any(|&other| other != kept[next] && alike(kept[next], other)) {
                kept.remove(next);
            } else {
                next += 1;
            }
        }
        let active = kept.iter().map(|&unit| columns[unit].iter().filter(|x| **x != 0.0).count()).sum::<usize>();
        Sparsity { share: active as f64 / (self.examples() * self.units) as f64, kept: kept.len() }
    }

    /// The sum of the singular values of the matrix whose columns are the units times these factors.
    pub(crate) fn nuclear_norm(&self, factors: &[f64]) -> f64 {
        let entry = |i: usize, j: usize| self.values[i * self.units + j] * factors[j];
        singular_values(&DMatrix::from_fn(self.examples(), self.units, entry)).iter().sum()
    }
}

/// The deviations of numbers from their mean, divided by the root of the sum of their squares; `None` for constants.
fn direction(numbers: &[f64]) -> Option<Vec<f64>> {
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let deviations: Vec<f64> = numbers.iter().map(|x| x - mean).collect();
    let length = deviations.iter().map(|x| x * x).sum::<f64>().sqrt();
    // Rounding leaves something of a constant.
    let constant = length <= 1e-14 * (1.0 + mean.abs()) * (numbers.len() as f64).sqrt();
    (!constant).then(|| deviations.into_iter().map(|x| x / length).collect())
}

/// Singular values, as roots of eigenvalues of the smaller of A Aᵀ and Aᵀ A: good to 10⁻⁸ of the largest.
///
/// One that is NaN if an entry is not finite, for which the decomposition would not end.
fn singular_values(matrix: &DMatrix<f64>) -> Vec<f64> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return vec![f64::NAN];
    }
    let squares = if matrix.nrows() <= matrix.ncols() { matrix * matrix.transpose() } else { matrix.tr_mul(matrix) };
    squares.symmetric_eigenvalues().iter().map(|value| value.max(0.0).sqrt()).collect()
}

/// How many singular values of a matrix of rows are above `tolerance` times the largest; none of one that is not finite.
///
/// # Panics
/// If the tolerance is below what the singular values are good for.
pub(crate) fn rank(rows: &[Vec<f64>], tolerance: f64) -> usize {
    assert!(tolerance >= 1e-7, "singular values are good to 1e-8 of the largest");
    let columns = rows.first().map_or(0, Vec::len);
    let singular = singular_values(&DMatrix::from_fn(rows.len(), columns, |i, j| rows[i][j]));
    let largest = singular.iter().copied().fold(0.0, f64::max);
    singular.iter().filter(|value| **value > tolerance * largest).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(units: usize, values: &[f64]) -> Features {
        Features::new(values.to_vec(), units)
    }

    #[test]
    fn dead_and_repeated_units_do_not_count() {
        // The second unit is twice the first, the third is dead, the fourth its own.
        let phi = features(4, &[1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 2.0, 4.0, 0.0, 1.0]);
        assert_eq!(phi.sparsity(0.99), Sparsity { share: 4.0 / 12.0, kept: 2 });
        assert_eq!(phi.active(), 6.0 / 12.0);
        // At a threshold that nothing exceeds only the dead unit goes.
        assert_eq!(phi.sparsity(1.1), Sparsity { share: 6.0 / 12.0, kept: 3 });
    }

    #[test]
    fn of_three_alike_the_last_stays() {
        let phi = features(3, &[1.0, 2.0, 3.0, 2.0, 4.0, 6.0, 0.0, 0.0, 0.0]);
        assert_eq!(phi.sparsity(0.99).kept, 1);
        // A chain: the first is like the second, the second like the third, the first and the third are less alike.
        let chain = features(3, &[1.0, 1.0, 1.0, 0.0, 0.3, 0.6, 0.0, 0.0, 0.0]);
        let correlation = |a: usize, b: usize| {
            let [a, b] = [a, b].map(|unit| direction(&chain.unit(unit).collect::<Vec<_>>()).unwrap());
            a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>()
        };
        let [near, next, far] = [correlation(0, 1), correlation(1, 2), correlation(0, 2)];
        assert!(near > 0.93 && next > 0.93 && far < 0.85);
        assert_eq!(
            chain.sparsity(0.9).kept,
            1,
            "the first goes because of the second, the second because of the third"
        );
    }

    #[test]
    fn a_constant_unit_is_kept() {
        assert_eq!(features(2, &[0.1, 0.1, 0.1, 0.1, 0.1, 0.1]).sparsity(0.99), Sparsity { share: 1.0, kept: 2 });
    }

    #[test]
    fn normalized_examples_have_length_one() {
        let phi = features(2, &[3.0, 4.0, 0.0, 0.0]).normalized();
        assert_eq!(phi.values, [0.6, 0.8, 0.0, 0.0]);
    }

    #[test]
    fn patterns_differ_where_one_is_active() {
        let (a, b) = (features(2, &[1.0, 0.0, 2.0, 0.0]), features(2, &[5.0, 1.0, 0.0, 0.0]));
        assert_eq!((a.pattern_distance(&b), a.pattern_distance(&a)), (0.5, 0.0));
    }

    #[test]
    fn singular_values_are_counted_and_added() {
        // diag(3, 4) turned by a rotation on one side.
        let (c, s) = (0.6, 0.8);
        let phi = features(2, &[3.0 * c, 4.0 * s, -3.0 * s, 4.0 * c]);
        assert!((phi.nuclear_norm(&[1.0, 1.0]) - 7.0).abs() < 1e-12);
        assert!((phi.nuclear_norm(&[1.0, 0.0]) - 3.0).abs() < 1e-7);
        let rows = [vec![1.0, 0.0, 0.0], vec![0.0, 1e-3, 0.0], vec![0.0, 0.0, 1e-5], vec![1.0, 1.0, 0.0]];
        assert_eq!([1e-2, 1e-4, 1e-6].map(|tolerance| rank(&rows, tolerance)), [2, 2, 3]);
    }
}
