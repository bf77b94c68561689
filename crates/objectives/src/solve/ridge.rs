//! Least squares and ridge regression.

use nalgebra::{DMatrix, DVector, SymmetricEigen};
use ndarray::ArrayView2;

use super::descent::Factor;
use super::design::{Design, dot, largest, mean};
use super::{Solution, SolveError};

/// Minimizes (1/2n) Σ (xᵢ·w + b − yᵢ)²; of several minimizers the one with the smallest ‖w‖.
///
/// # Errors
/// As [`ridge`].
///
/// # Panics
/// If there are no rows, or not as many targets as rows.
pub fn least_squares(x: ArrayView2<'_, f64>, y: &[f64], intercept: bool) -> Result<Solution, SolveError> {
    ridge(x, y, 0.0, intercept)
}

/// Minimizes (1/2n) Σ (xᵢ·w + b − yᵢ)² + (`lambda`/2)‖w‖².
///
/// `x` is n × d, `y` has n entries; without `intercept` b is 0.
/// The normal equations of the centered data are solved by a Cholesky factorization and refined
/// by residuals of the data; linearly dependent columns are left to an eigendecomposition.
///
/// # Errors
/// [`SolveError::Unsupported`] if `lambda` is negative, [`SolveError::NotConverged`] if numbers
/// overflow.
///
/// # Panics
/// If there are no rows, or not as many targets as rows.
///
/// ```
/// use ndarray::array;
/// use sgdlab_objectives::solve::least_squares;
/// let solution = least_squares(array![[0.0], [1.0], [2.0]].view(), &[1.0, 3.0, 5.0], true).unwrap();
/// assert!((solution.parameters[0] - 2.0).abs() < 1e-14 && (solution.parameters[1] - 1.0).abs() < 1e-14);
/// ```
pub fn ridge(x: ArrayView2<'_, f64>, y: &[f64], lambda: f64, intercept: bool) -> Result<Solution, SolveError> {
    if !(lambda >= 0.0 && lambda.is_finite()) {
        return Err(SolveError::Unsupported { what: "lambda", value: lambda.to_string(), accepts: "a number ≥ 0" });
    }
    let (n, d) = x.dim();
    assert!(n > 0, "a model is fitted to at least one row");
    assert_eq!(n, y.len(), "as many targets as rows are needed");
    let center = |column: &dyn Fn(usize) -> f64| if intercept { mean(n, column) } else { 0.0 };
    let means: Vec<f64> = (0..d).map(|j| center(&|i| x[(i, j)])).collect();
    let middle = center(&|i| y[i]);
    let mut centered = x.to_owned();
    centered.rows_mut().into_iter().for_each(|mut row| row.iter_mut().zip(&means).for_each(|(x, mean)| *x -= mean));
    let design = Design::new(centered.view(), n, false);
    let targets: Vec<f64> = y.iter().map(|y| y - middle).collect();
    let w = weights(&design, &targets, lambda);

    let errors: Vec<f64> = design.predict(&w).iter().zip(&targets).map(|(p, y)| p - y).collect();
    let value = 0.5 * mean(n, |i| errors[i] * errors[i]) + 0.5 * lambda * dot(&w, &w);
    let residual = largest(gradient(&design, &errors, &w, lambda).as_slice());
    let b = middle - dot(&means, &w);
    if !(value.is_finite() && residual.is_finite() && b.is_finite()) {
        return Err(SolveError::NotConverged { iterations: 1, residual });
    }
    let parameters = w.into_iter().chain(intercept.then_some(b)).collect();
    Ok(Solution { parameters, value, residual })
}

/// b ↦ A⁻¹ b.
type Inverse = Box<dyn Fn(&DVector<f64>) -> DVector<f64>>;

fn gradient(design: &Design, errors: &[f64], w: &[f64], lambda: f64) -> DVector<f64> {
    design.combine(errors) + lambda * DVector::from_column_slice(w)
}

fn weights(design: &Design, y: &[f64], lambda: f64) -> Vec<f64> {
    let d = design.width;
    let matrix = design.gram(&vec![1.0; design.rows]) + lambda * DMatrix::identity(d, d);
    let solve: Inverse = match Factor::new(&matrix, 0.0) {
        Some(factor) => Box::new(move |b| factor.solve(b)),
        None => pseudo_inverse(matrix),
    };
    let mut w = vec![0.0; d];
    // The first pass solves, the others remove what rounding left over.
    for _ in 0..4 {
        let errors: Vec<f64> = design.predict(&w).iter().zip(y).map(|(p, y)| p - y).collect();
        let step = solve(&gradient(design, &errors, &w, lambda));
        w.iter_mut().zip(step.iter()).for_each(|(w, s)| *w -= s);
    }
    w
}

/// The pseudoinverse of a positive semidefinite matrix: gives the solution of smallest norm.
fn pseudo_inverse(matrix: DMatrix<f64>) -> Inverse {
    // An eigendecomposition of NaNs would not end.
    if matrix.iter().any(|x| !x.is_finite()) {
        return Box::new(|b| b * f64::NAN);
    }
    let eigen = SymmetricEigen::new(matrix);
    let cutoff = eigen.eigenvalues.len() as f64 * f64::EPSILON * largest(eigen.eigenvalues.as_slice());
    Box::new(move |b| {
        let mut coordinates = eigen.eigenvectors.tr_mul(b);
        for (x, &value) in coordinates.iter_mut().zip(eigen.eigenvalues.iter()) {
            *x = if value > cutoff { *x / value } else { 0.0 };
        }
        &eigen.eigenvectors * coordinates
    })
}
