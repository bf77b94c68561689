//! Damped Newton's method (Levenberg and Marquardt) for smooth convex functions of linear models.

use nalgebra::linalg::Cholesky;
use nalgebra::{DMatrix, DVector, Dyn};

use super::design::{dot, largest};
use super::{Solution, SolveError};

/// Gradient and Hessian.
type Derivatives = (DVector<f64>, DMatrix<f64>);

/// A twice differentiable convex function of some linear predictions.
pub(super) trait Smooth {
    fn value(&self, at: &[f64]) -> f64;
    fn derivatives(&self, at: &[f64]) -> Derivatives;
    /// The largest absolute prediction; linear, so it also measures how far a step moves them.
    fn reach(&self, at: &[f64]) -> f64;
}

const MAX_ITERATIONS: usize = 200;
/// Decreases below this share of the value drown in its rounding error.
const NOISE: f64 = 1e-14;
/// Damping up to here only makes a singular matrix regular.
const SLIGHT: f64 = 1e-8;
/// Towards a minimum at infinity every Newton step moves the predictions by as much as the last
/// one, however little the value falls; towards a minimum the steps shrink.
const STEADY: f64 = 0.9;
/// So many steady steps, the last one of a decrease below this share of the value, are the
/// signature of a minimum at infinity. (With a tiny penalty steps are steady for long, but the
/// value then consists of what still decreases.)
const STEADY_STEPS: u32 = 5;
const LITTLE: f64 = 1e-12;
/// Where the value itself goes to 0 the iterations run out; this share of the largest prediction
/// is then still added by a step.
const MOVING: f64 = 1e-3;

/// s with (H + μ diag H)s = −g, and the decrease −g·s − ½ sᵀHs that it promises.
struct Step {
    step: Vec<f64>,
    decrease: f64,
}

/// How many undamped steps in a row have not become shorter.
struct Pace {
    steady: u32,
    last: f64,
}

impl Pace {
    fn is_steady(&mut self, reach: f64, damping: f64) -> bool {
        self.steady = if damping == 0.0 && reach >= STEADY * self.last { self.steady + 1 } else { 0 };
        self.last = reach;
        self.steady >= STEADY_STEPS
    }
}

/// Minimizes from `start`.
pub(super) fn minimize(f: &impl Smooth, start: Vec<f64>) -> Result<Solution, SolveError> {
    let (mut at, mut damping) = (start, 0.0);
    let mut pace = Pace { steady: 0, last: f64::INFINITY };
    let mut value = f.value(&at);
    let mut derivatives = f.derivatives(&at);
    for iteration in 1..=MAX_ITERATIONS {
        let residual = largest(derivatives.0.as_slice());
        if residual == 0.0 {
            return Ok(Solution { parameters: at, value, residual });
        }
        let Some(step) = newton_step(&derivatives, &mut damping) else {
            return Err(SolveError::NotConverged { iterations: iteration, residual });
        };
        let next: Vec<f64> = at.iter().zip(&step.step).map(|(x, s)| x + s).collect();
        let next_value = f.value(&next);
        if pace.is_steady(f.reach(&step.step), damping) && step.decrease <= LITTLE * value.abs() {
            return Err(no_minimum(f, iteration, &next, next_value));
        }
        if step.decrease <= NOISE * value.abs() {
            if damping > SLIGHT {
                // The damping promises little, not the function.
                damping = 0.0;
                continue;
            }
            // The value cannot judge any more; the gradient can.
            let next_derivatives = f.derivatives(&next);
            if largest(next_derivatives.0.as_slice()) >= 0.5 * residual {
                return Ok(Solution { parameters: at, value, residual });
            }
            (at, value, derivatives) = (next, next_value, next_derivatives);
            continue;
        }
        let ratio = (value - next_value) / step.decrease;
        damping = adapt(damping, ratio);
        if ratio > 1e-4 {
            derivatives = f.derivatives(&next);
            (at, value) = (next, next_value);
        }
    }
    give_up(f, &at, value, &derivatives)
}

/// Less damping where the quadratic model is good, more where it is not (or the value is NaN).
fn adapt(damping: f64, ratio: f64) -> f64 {
    if ratio > 0.75 {
        if damping < 1e-12 { 0.0 } else { damping / 10.0 }
    } else if ratio > 0.25 {
        damping
    } else {
        (10.0 * damping).max(1e-4)
    }
}

fn no_minimum(f: &impl Smooth, iterations: usize, at: &[f64], value: f64) -> SolveError {
    SolveError::NoMinimum { iterations, value, prediction: f.reach(at) }
}

fn give_up(f: &impl Smooth, at: &[f64], value: f64, derivatives: &Derivatives) -> Result<Solution, SolveError> {
    let step = newton_step(derivatives, &mut 0.0);
    if step.is_some_and(|step| f.reach(&step.step) > MOVING * f.reach(at)) {
        return Err(no_minimum(f, MAX_ITERATIONS, at, value));
    }
    Err(SolveError::NotConverged { iterations: MAX_ITERATIONS, residual: largest(derivatives.0.as_slice()) })
}

/// The damped Newton step; `damping` is raised until the matrix can be factorized.
fn newton_step((gradient, hessian): &Derivatives, damping: &mut f64) -> Option<Step> {
    while *damping < 1e12 {
        if let Some(factor) = Factor::new(hessian, *damping) {
            let step = -factor.solve(gradient);
            let step = step.as_slice().to_vec();
            let curved = hessian * DVector::from_column_slice(&step);
            let decrease = -dot(gradient.as_slice(), &step) - 0.5 * dot(&step, curved.as_slice());
            return decrease.is_finite().then_some(Step { step, decrease });
        }
        *damping = (10.0 * *damping).max(1e-12);
    }
    None
}

/// A Cholesky factorization after scaling the diagonal to 1.
pub(super) struct Factor {
    cholesky: Cholesky<f64, Dyn>,
    scale: DVector<f64>,
}

impl Factor {
    /// Factorizes A + damping · diag A; `None` if that is numerically singular.
    pub fn new(matrix: &DMatrix<f64>, damping: f64) -> Option<Self> {
        let root = |x: f64| if x > 0.0 { x.sqrt() } else { 1.0 };
        let scale = matrix.diagonal().map(root);
        let n = matrix.nrows();
        let scaled =
            DMatrix::from_fn(n, n, |i, j| matrix[(i, j)] / (scale[i] * scale[j]) + if i == j { damping } else { 0.0 });
        let cholesky = Cholesky::new(scaled)?;
        // A squared pivot is 1 − R² of that column given the earlier ones.
        let regular = cholesky.l_dirty().diagonal().iter().all(|pivot| pivot * pivot > 1e-15);
        regular.then_some(Self { cholesky, scale })
    }

    pub fn solve(&self, b: &DVector<f64>) -> DVector<f64> {
        self.cholesky.solve(&b.component_div(&self.scale)).component_div(&self.scale)
    }
}
