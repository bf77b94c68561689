//! Steps along the solution of a linear system with a curvature matrix: Newton, Gauss–Newton, reweighted least squares.

use nalgebra::linalg::Cholesky;
use nalgebra::{DMatrix, DVector, Dyn};
use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Curvature, Layout, Range, Real};

use crate::Needs;
use crate::asking::Ask;
use crate::vocabulary::number;

/// Most parameters: a step takes as many products, and two matrices of 8 MB.
pub(crate) const MOST_PARAMETERS: usize = 1024;

/// What is added to the diagonal.
pub(crate) const DAMPING: sgdlab_core::Hyperparameter =
    number("damping", "added to the diagonal of the matrix", 0.0, Range::at_least(0.0));

/// A squared pivot below this share of what its diagonal entry is a sum of is rounding.
const ROUNDING: f64 = 1e-14;

/// A gradient and as many products as there are parameters.
pub(crate) fn needs() -> Needs {
    Needs {
        asking: true,
        products: true,
        evaluations_per_parameter: 1.0,
        most_parameters: MOST_PARAMETERS,
        ..Needs::default()
    }
}

/// The buffers of a step.
pub struct State<R> {
    gradient: Vec<R>,
    unit: Vec<R>,
    column: Vec<R>,
    matrix: DMatrix<f64>,
}

impl<R: Real> Kept for State<R> {
    /// Every step begins anew.
    fn tape(&mut self, _: &mut Tape<'_>) {}
}

impl<R: Real> State<R> {
    pub(crate) fn new(layout: &Layout) -> Self {
        let size = layout.size();
        assert!(size <= MOST_PARAMETERS, "{size} parameters, where at most {MOST_PARAMETERS} are accepted");
        let zeros = vec![R::ZERO; size];
        Self { gradient: zeros.clone(), unit: zeros.clone(), column: zeros, matrix: DMatrix::zeros(size, size) }
    }

    /// x ← x − `rate` (C + `damping` I)⁻¹ g.
    pub(crate) fn step(
        &mut self,
        (curvature, damping): (Curvature, f64),
        at: &mut [R],
        local: &mut dyn Ask<R>,
        rate: f64,
    ) {
        local.gradient(at, &mut self.gradient);
        for j in 0..at.len() {
            self.unit[j] = R::ONE;
            local.curvature_times(curvature, at, &self.unit, &mut self.column);
            self.unit[j] = R::ZERO;
            for (entry, product) in self.matrix.column_mut(j).iter_mut().zip(&self.column) {
                *entry = product.to_f64();
            }
        }
        let gradient = DVector::from_iterator(at.len(), self.gradient.iter().map(|g| g.to_f64()));
        match factor(&self.matrix, damping) {
            Some(factor) => {
                let step = factor.solve(&gradient);
                at.iter_mut().zip(step.iter()).for_each(|(x, step)| *x = R::of(x.to_f64() - rate * step));
            }
            None => at.fill(R::of(f64::NAN)),
        }
    }
}

/// The Cholesky factor of a symmetric matrix with something added to its diagonal: `damping`, or ten times as much (at
/// first 10⁻¹² of the largest diagonal entry) until it is numerically positive definite; none where it is not finite.
fn factor(matrix: &DMatrix<f64>, damping: f64) -> Option<Cholesky<f64, Dyn>> {
    if !matrix.iter().all(|x| x.is_finite()) {
        return None;
    }
    let largest = matrix.amax();
    let mut added = damping;
    loop {
        let mut shifted = matrix.clone();
        (0..matrix.nrows()).for_each(|j| shifted[(j, j)] += added);
        let regular = |factor: &Cholesky<f64, Dyn>| {
            let pivots = factor.l_dirty().diagonal();
            let sizes = matrix.diagonal().map(|entry| entry.abs() + added);
            pivots.iter().zip(&sizes).all(|(pivot, size)| pivot * pivot > ROUNDING * size)
        };
        if let Some(factor) = Cholesky::new(shifted).filter(regular) {
            return Some(factor);
        }
        // A matrix of zeros says nothing about scales.
        let least = if largest > 0.0 { 1e-12 * largest } else { 1.0 };
        added = Real::max(10.0 * added, least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(matrix: &[f64], damping: f64) -> Vec<f64> {
        let matrix = DMatrix::from_row_slice(2, 2, matrix);
        let factor = factor(&matrix, damping).expect("finite");
        factor.solve(&DVector::from_column_slice(&[1.0, 1.0])).as_slice().to_vec()
    }

    #[test]
    fn damping_is_added_to_the_diagonal() {
        assert_eq!(solved(&[3.0, 0.0, 0.0, 15.0], 1.0), [0.25, 0.0625]);
    }

    #[test]
    fn indefinite_and_singular_matrices_are_damped() {
        // After 1, which makes a 0 of the negative entry, comes 10.
        let [up, down] = solved(&[1.0, 0.0, 0.0, -1.0], 0.0)[..] else { panic!("two numbers") };
        assert!((up - 1.0 / 11.0).abs() < 1e-15 && (down - 1.0 / 9.0).abs() < 1e-15, "{up}, {down}");
        let [a, b] = solved(&[1.0, 1.0, 1.0, 1.0], 0.0)[..] else { panic!("two numbers") };
        assert!((a - 0.5).abs() < 1e-3 && (b - 0.5).abs() < 1e-3, "{a}, {b}");
        assert_eq!(solved(&[0.0; 4], 0.0), [1.0, 1.0]);
    }

    #[test]
    fn what_is_not_finite_has_no_factor() {
        assert!(factor(&DMatrix::from_element(2, 2, f64::NAN), 1.0).is_none());
    }
}
