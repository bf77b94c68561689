//! Any smooth convex loss of one prediction.

use nalgebra::{DMatrix, DVector};
use ndarray::ArrayView2;

use super::descent::{Smooth, minimize};
use super::design::{Design, dot, largest, mean};
use super::{Solution, SolveError};

/// (prediction, target) ↦ (value, slope, curvature): a convex loss and its first two derivatives
/// by the prediction.
///
/// Where the slope has kinks (Huber, squared hinge), any curvature between its one-sided ones
/// will do.
pub type TermLoss<'a> = &'a dyn Fn(f64, f64) -> (f64, f64, f64);

struct Problem<'a> {
    design: Design,
    targets: &'a [f64],
    loss: TermLoss<'a>,
    l2: f64,
}

/// Minimizes (1/n) Σ ℓ(xᵢ·w + b, yᵢ) + (`l2`/2)‖w‖² by damped Newton steps.
///
/// `x` is n × d, `targets` has n entries; without `intercept` b is 0.
/// Where minimizers are not unique, some minimizer is returned.
///
/// # Errors
/// [`SolveError::NoMinimum`] if the infimum is not attained, which shows by Newton steps that
/// keep moving the predictions when the value hardly falls any more; [`SolveError::NotConverged`] if
/// 200 steps do not suffice, as for a loss that is not convex.
///
/// # Panics
/// If there are no rows, or not as many targets as rows.
///
/// ```
/// use ndarray::array;
/// use sgdlab_core::Real;
/// use sgdlab_objectives::solve::newton;
/// let logistic = |p: f64, s: f64| {
///     let q = Real::sigmoid(-s * p);
///     (Real::softplus(-s * p), -s * q, q * (1.0 - q))
/// };
/// // Three of four labels are +1: b = ln 3 and the value is the entropy.
/// let x = array![[0.0], [0.0], [0.0], [0.0]];
/// let solution = newton(x.view(), &[1.0, 1.0, 1.0, -1.0], &logistic, 0.1, true).unwrap();
/// assert!((solution.parameters[1] - 3f64.ln()).abs() < 1e-14);
/// // Separable labels without a penalty have no minimum.
/// let x = array![[-1.0], [1.0]];
/// assert!(newton(x.view(), &[-1.0, 1.0], &logistic, 0.0, true).is_err());
/// ```
pub fn newton(
    x: ArrayView2<'_, f64>,
    targets: &[f64],
    loss: TermLoss<'_>,
    l2: f64,
    intercept: bool,
) -> Result<Solution, SolveError> {
    let problem = Problem { design: Design::new(x, targets.len(), intercept), targets, loss, l2 };
    let start = vec![0.0; problem.design.width];
    minimize(&problem, start)
}

impl Smooth for Problem<'_> {
    fn value(&self, at: &[f64]) -> f64 {
        let weights = &at[..self.design.features];
        let loss = |i: usize| (self.loss)(dot(self.design.row(i), at), self.targets[i]).0;
        mean(self.design.rows, loss) + 0.5 * self.l2 * dot(weights, weights)
    }

    fn derivatives(&self, at: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        let predictions = self.design.predict(at);
        let (slopes, curvatures): (Vec<f64>, Vec<f64>) = predictions
            .iter()
            .zip(self.targets)
            .map(|(&prediction, &target)| {
                let (_, slope, curvature) = (self.loss)(prediction, target);
                (slope, curvature)
            })
            .unzip();
        let (mut gradient, mut hessian) = (self.design.combine(&slopes), self.design.gram(&curvatures));
        for j in 0..self.design.features {
            gradient[j] += self.l2 * at[j];
            hessian[(j, j)] += self.l2;
        }
        (gradient, hessian)
    }

    fn reach(&self, at: &[f64]) -> f64 {
        largest(&self.design.predict(at))
    }
}
