//! Least squares whose second moments are computed exactly.

use nalgebra::{DMatrix, DVector};
use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_objectives::Linear;

/// f(x) = 1/(2n) Σ (aᵢ·x − yᵢ)².
pub(crate) struct LeastSquares {
    pub(crate) objective: Linear<f64>,
    /// aᵢ.
    pub(crate) rows: Vec<DVector<f64>>,
    /// x*.
    pub(crate) solution: DVector<f64>,
    /// aᵢ·x* − yᵢ.
    pub(crate) residuals: Vec<f64>,
    /// H.
    pub(crate) hessian: DMatrix<f64>,
}

impl LeastSquares {
    pub(crate) fn new(rows: Vec<DVector<f64>>, targets: &[f64]) -> Self {
        let (count, dimension) = (rows.len() as f64, rows[0].len());
        let spec = crate::tools::problem::least_squares();
        let features: Vec<f64> = rows.iter().flat_map(|row| row.iter().copied()).collect();
        let objective = Linear::new(spec, &features, dimension, targets);
        let hessian = rows.iter().map(|row| row * row.transpose()).sum::<DMatrix<f64>>() / count;
        let right = rows.iter().zip(targets).map(|(row, y)| row * *y).sum::<DVector<f64>>() / count;
        let solution = hessian.clone().cholesky().expect("rows that span everything").solve(&right);
        let residuals = rows.iter().zip(targets).map(|(row, y)| row.dot(&solution) - y).collect();
        Self { objective, rows, solution, residuals, hessian }
    }

    /// Random rows of length 1, and targets that are fitted up to normal noise by a random solution.
    pub(crate) fn drawn(key: Key, terms: usize, dimension: usize, noise: f64) -> Self {
        let mut rng = key.stream(0);
        let mut normal = || Normal.sample(&mut rng);
        let rows: Vec<_> = (0..terms).map(|_| DVector::from_fn(dimension, |_, _| normal()).normalize()).collect();
        let truth = DVector::from_fn(dimension, |_, _| normal()).normalize();
        let targets: Vec<f64> = rows.iter().map(|row| row.dot(&truth) + noise * normal()).collect();
        Self::new(rows, &targets)
    }

    pub(crate) fn dimension(&self) -> usize {
        self.hessian.nrows()
    }

    /// L, the largest smoothness of a term.
    pub(crate) fn term_smoothness(&self) -> f64 {
        self.rows.iter().map(DVector::norm_squared).fold(0.0, f64::max)
    }

    /// μ.
    pub(crate) fn strong_convexity(&self) -> f64 {
        self.hessian.symmetric_eigenvalues().min()
    }

    /// S, the covariance of the gradients of terms at the solution.
    pub(crate) fn noise(&self) -> DMatrix<f64> {
        let terms = self.rows.iter().zip(&self.residuals);
        terms.map(|(row, residual)| row * row.transpose() * (residual * residual)).sum::<DMatrix<f64>>()
            / self.rows.len() as f64
    }

    /// ½ tr HM: f − f* of points whose second moment about the solution begins with M.
    pub(crate) fn gap(&self, moment: &DMatrix<f64>) -> f64 {
        let d = self.dimension();
        0.5 * self.hessian.component_mul(&moment.view((0, 0), (d, d))).sum()
    }

    /// A step of SGD with one term, as what it does to (x − x*, 1): one matrix for each term.
    pub(crate) fn sgd(&self, rate: f64) -> Vec<DMatrix<f64>> {
        let d = self.dimension();
        let step = |(row, residual): (&DVector<f64>, &f64)| {
            let mut step = DMatrix::identity(d + 1, d + 1);
            step.view_mut((0, 0), (d, d)).ger(-rate, row, row, 1.0);
            step.view_mut((0, d), (d, 1)).copy_from(&(row * (-rate * residual)));
            step
        };
        self.rows.iter().zip(&self.residuals).map(step).collect()
    }
}

/// E z zᵀ after a step z ← Aᵢ z with a random i: (1/n) Σ Aᵢ M Aᵢᵀ.
pub(crate) fn advance(steps: &[DMatrix<f64>], moment: &DMatrix<f64>) -> DMatrix<f64> {
    let mut sum = DMatrix::zeros(moment.nrows(), moment.ncols());
    for step in steps {
        sum += step * moment * step.transpose();
    }
    sum / steps.len() as f64
}

#[cfg(test)]
mod tests {
    use sgdlab_core::{Batch, Objective, Oracle};

    use super::*;

    #[test]
    fn the_solution_and_the_steps_are_those_of_the_objective() {
        let problem = LeastSquares::drawn(Key::new("test"), 6, 2, 0.5);
        let objective: &dyn Objective<f64, 1> = &problem.objective;
        let mut oracle = Oracle::new(objective, 1);
        let (at, mut gradient) = ([[0.3], [-0.7]], [[0.0]; 2]);
        let offset = DVector::from_column_slice(&[0.3, -0.7]) - &problem.solution;
        for (i, step) in problem.sgd(0.1).iter().enumerate() {
            oracle.gradient(&at, Batch::of(&[i as u32]), &mut gradient);
            let moved = step * offset.push(1.0);
            for j in 0..2 {
                assert!((moved[j] - (offset[j] - 0.1 * gradient[j][0])).abs() < 1e-15);
            }
        }
        let at: Vec<[f64; 1]> = problem.solution.iter().map(|&x| [x]).collect();
        oracle.full_gradient(&at, &mut gradient);
        assert!(gradient.as_flattened().iter().all(|g| g.abs() < 1e-15), "{gradient:?}");
    }

    /// All pairs of terms of two steps.
    #[test]
    fn moments_are_those_of_all_sequences() {
        let problem = LeastSquares::drawn(Key::new("test"), 3, 2, 0.5);
        let steps = problem.sgd(0.3);
        let start = DVector::from_column_slice(&[1.0, 2.0, 1.0]);
        let mut expected = DMatrix::zeros(3, 3);
        for first in &steps {
            for second in &steps {
                let z = second * (first * &start);
                expected += &z * z.transpose() / 9.0;
            }
        }
        let found = advance(&steps, &advance(&steps, &(&start * start.transpose())));
        assert!((found - expected).abs().max() < 1e-14);
    }
}
