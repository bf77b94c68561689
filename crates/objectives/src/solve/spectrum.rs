//! Constants of linear models: smoothness and strong convexity.

use ndarray::ArrayView2;

use super::design::{Design, dot};

/// The extreme eigenvalues of a matrix of second moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spectrum {
    /// The smallest eigenvalue: strong convexity μ of the least-squares objective.
    pub smallest: f64,
    /// The largest eigenvalue: smoothness L of the least-squares objective.
    pub largest: f64,
    /// max ‖zᵢ‖², the largest smoothness of a single term.
    pub largest_term: f64,
}

/// Eigenvalues of ZᵀZ/n, where Z is `x` with a column of ones if there is an intercept.
///
/// For a loss whose curvature lies in [c, C] the objective without a penalty has L ≤ C · largest
/// and μ ≥ c · smallest (least squares: c = C = 1; logistic: C = ¼).
/// Eigenvalues are exact up to about 10⁻¹⁵ of the largest; negative rounding errors become 0.
///
/// # Panics
/// If there are no rows.
///
/// ```
/// use ndarray::array;
/// use sgdlab_objectives::solve::spectrum;
/// let found = spectrum(array![[1.0], [-1.0]].view(), true);
/// assert_eq!((found.smallest, found.largest, found.largest_term), (1.0, 1.0, 2.0));
/// ```
#[must_use]
pub fn spectrum(x: ArrayView2<'_, f64>, intercept: bool) -> Spectrum {
    penalized_spectrum(x, 1.0, 0.0, intercept)
}

/// Eigenvalues of `curvature` · ZᵀZ/n + `l2` · diag(1, …, 1, 0): the Hessian of a penalized
/// objective with that constant curvature of the loss, whose intercept is not penalized.
///
/// `largest_term` is the largest eigenvalue bound `curvature` · ‖zᵢ‖² + `l2` of a term.
///
/// # Panics
/// If there are no rows, or the entries overflow.
#[must_use]
pub fn penalized_spectrum(x: ArrayView2<'_, f64>, curvature: f64, l2: f64, intercept: bool) -> Spectrum {
    let design = Design::new(x, x.nrows(), intercept);
    let mut matrix = design.gram(&vec![curvature; design.rows]);
    for j in 0..design.features {
        matrix[(j, j)] += l2;
    }
    assert!(matrix.iter().all(|x| x.is_finite()), "second moments overflow");
    let values = matrix.symmetric_eigenvalues();
    let largest_row = (0..design.rows).map(|i| dot(design.row(i), design.row(i))).fold(0.0, f64::max);
    Spectrum {
        smallest: values.iter().copied().fold(f64::INFINITY, f64::min).max(0.0),
        largest: values.iter().copied().fold(0.0, f64::max),
        largest_term: curvature * largest_row + l2,
    }
}
