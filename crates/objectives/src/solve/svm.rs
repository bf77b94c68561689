//! The linear support vector machine, by a primal–dual interior-point method.
//!
//! Primal: ½‖w‖² + c Σ max(0, 1 − sᵢ(xᵢ·w + b)), c = C/n.
//! Dual: max Σ αᵢ − ½‖Gᵀα‖² over 0 ≤ α ≤ c, Σ αᵢ sᵢ = 0, where row i of G is sᵢ xᵢ; w = Gᵀα.
//! With slacks z, u ≥ 0 of the two bounds, optimality is G w + b s − 1 − z + u = 0, α z = 0 and
//! (c − α) u = 0. Newton steps on these, the products set to a falling μ, need one matrix of
//! order d + 1 (S. Mehrotra, "On the implementation of a primal-dual interior point method",
//! SIAM J. Optimization 2, 1992; M. Ferris and T. Munson, "Interior-point methods for massive
//! support vector machines", SIAM J. Optimization 13, 2002).

use nalgebra::{DMatrix, DVector};
use ndarray::{ArrayView1, ArrayView2, Axis};

use super::descent::Factor;
use super::design::{Design, dot, mean};
use super::{Solution, SolveError};

const MAX_ITERATIONS: usize = 100;
/// The relative duality gap at which the interior-point method stops.
const GAP: f64 = 1e-14;
/// The relative duality gap up to which a result is returned.
const ACCEPTED_GAP: f64 = 1e-10;

/// Rows (sᵢ xᵢ, sᵢ), so that G w + b s is one product.
struct Problem {
    rows: Design,
    c: f64,
}

/// The best (w, b) and α found, with the values they give.
struct Best {
    value: f64,
    bound: f64,
    alpha: Vec<f64>,
    wb: Vec<f64>,
}

/// A point of the method; w and b together are the last vector.
struct Point {
    alpha: Vec<f64>,
    z: Vec<f64>,
    u: Vec<f64>,
    wb: Vec<f64>,
}

/// A linearization: with D = `weights`⁻¹, the matrix diag(1, …, 1, 0) + (G s)ᵀ D⁻¹ (G s) factorized,
/// c − α, and the residuals of w = Gᵀα, Σ α s = 0 (`outer`) and G w + b s − 1 − z + u = 0 (`slack`).
struct System {
    factor: Factor,
    weights: Vec<f64>,
    room: Vec<f64>,
    outer: DVector<f64>,
    slack: Vec<f64>,
}

/// Minimizes ½‖w‖² + (`c`/n) Σ max(0, 1 − sᵢ(xᵢ·w + b)).
///
/// `x` is n × d, `signs` are n numbers ±1; the intercept b is not penalized.
/// After the interior-point method the points on the margin are known, and a linear system in
/// them sharpens the result.
/// [`Solution::residual`] is the duality gap, a bound of the value's error.
///
/// # Errors
/// [`SolveError::Unsupported`] if `c` is not positive or a sign is not ±1,
/// [`SolveError::NotConverged`] if the relative duality gap stays above 10⁻¹⁰.
///
/// # Panics
/// If there are no rows, or not as many signs as rows.
///
/// ```
/// use ndarray::array;
/// use sgdlab_objectives::solve::hinge_svm;
/// let solution = hinge_svm(array![[-1.0], [1.0]].view(), &[-1.0, 1.0], 10.0).unwrap();
/// assert!((solution.value - 0.5).abs() < 1e-14);
/// ```
pub fn hinge_svm(x: ArrayView2<'_, f64>, signs: &[f64], c: f64) -> Result<Solution, SolveError> {
    if !(c > 0.0 && c.is_finite()) {
        return Err(SolveError::Unsupported { what: "c", value: c.to_string(), accepts: "a number > 0" });
    }
    if let Some(sign) = signs.iter().find(|s| s.abs() != 1.0) {
        return Err(SolveError::Unsupported { what: "sign", value: sign.to_string(), accepts: "1 or -1" });
    }
    assert_eq!(x.nrows(), signs.len(), "as many signs as rows are needed");
    assert!(!signs.is_empty(), "a model is fitted to at least one row");
    if signs.iter().all(|sign| *sign == signs[0]) {
        // The dual has no interior, but the minimum is plain: a constant prediction costs nothing.
        let mut parameters = vec![0.0; x.ncols() + 1];
        parameters[x.ncols()] = signs[0];
        return Ok(Solution { parameters, value: 0.0, residual: 0.0 });
    }
    let column = ArrayView1::from(signs).insert_axis(Axis(1));
    let signed = ndarray::concatenate![Axis(1), &x * &column, column];
    let problem = Problem { c: c / signs.len() as f64, rows: Design::new(signed.view(), signs.len(), false) };
    problem.minimize()
}

impl Problem {
    fn n(&self) -> usize {
        self.rows.rows
    }

    fn primal(&self, wb: &[f64]) -> f64 {
        let w = &wb[..wb.len() - 1];
        let hinge = mean(self.n(), |i| (1.0 - dot(self.rows.row(i), wb)).max(0.0));
        0.5 * dot(w, w) + self.c * self.n() as f64 * hinge
    }

    /// Σ α − ½‖Gᵀα‖²: a lower bound of the minimum where Σ α s = 0.
    fn dual(&self, alpha: &[f64]) -> f64 {
        let w = self.combine(alpha);
        let w = &w[..w.len() - 1];
        mean(self.n(), |i| alpha[i]) * self.n() as f64 - 0.5 * dot(w, w)
    }

    /// (Gᵀα, Σ α s).
    fn combine(&self, alpha: &[f64]) -> Vec<f64> {
        (self.rows.combine(alpha) * self.n() as f64).as_slice().to_vec()
    }

    fn minimize(&self) -> Result<Solution, SolveError> {
        let (mut best, iterations) = self.interior();
        if let Some((wb, alpha)) = self.polish(&best.alpha) {
            let value = self.primal(&wb);
            if value < best.value {
                (best.value, best.wb) = (value, wb);
            }
            best.bound = best.bound.max(self.dual(&alpha));
        }
        let gap = (best.value - best.bound).max(0.0);
        if gap <= ACCEPTED_GAP * best.value.abs() {
            return Ok(Solution { parameters: best.wb, value: best.value, residual: gap });
        }
        Err(SolveError::NotConverged { iterations, residual: gap })
    }

    /// The best point of the interior-point method, and the number of its iterations.
    fn interior(&self) -> (Best, usize) {
        let n = self.n();
        let (half, ones) = (vec![0.5 * self.c; n], vec![1.0; n]);
        let mut point = Point { alpha: half, z: ones.clone(), u: ones, wb: vec![0.0; self.rows.width] };
        let (value, bound) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut best = Best { value, bound, alpha: point.alpha.clone(), wb: point.wb.clone() };
        for iteration in 1..=MAX_ITERATIONS {
            let Some(next) = self.step(&point) else { return (best, iteration) };
            point = next;
            // Σ α s = 0 holds only after a full step, and the dual is a bound only then.
            if self.combine(&point.alpha)[self.rows.width - 1].abs() > 1e-12 * self.c * n as f64 {
                continue;
            }
            let (value, bound) = (self.primal(&point.wb), self.dual(&point.alpha));
            if value - bound < best.value - best.bound {
                best = Best { value, bound, alpha: point.alpha.clone(), wb: point.wb.clone() };
            }
            if value - bound <= GAP * value.abs() {
                return (best, iteration);
            }
        }
        (best, MAX_ITERATIONS)
    }

    /// One predictor–corrector step; `None` where the matrix is numerically singular.
    fn step(&self, point: &Point) -> Option<Point> {
        let system = self.linearize(point)?;
        let (Point { alpha, z, u, .. }, room) = (point, &system.room);
        let guess = self.direction(point, &system, &|i| -alpha[i] * z[i], &|i| -room[i] * u[i]);
        let mu = self.complementarity(point);
        let reached = self.complementarity(&self.moved(point, &guess, self.longest(point, &guess).min(1.0)));
        let target = mu * (reached / mu).powi(3);
        let direction =
            self.direction(point, &system, &|i| target - alpha[i] * z[i] - guess.alpha[i] * guess.z[i], &|i| {
                target - room[i] * u[i] + guess.alpha[i] * guess.u[i]
            });
        let length = (0.995 * self.longest(point, &direction)).min(1.0);
        let next = self.moved(point, &direction, length);
        let finite = next.wb.iter().chain(&next.alpha).all(|x| x.is_finite());
        let inside = next.alpha.iter().all(|&alpha| alpha > 0.0 && alpha < self.c);
        (finite && inside).then_some(next)
    }

    /// The matrix and residuals of a Newton step; `None` if the matrix is numerically singular.
    fn linearize(&self, point: &Point) -> Option<System> {
        let (n, width) = (self.n(), self.rows.width);
        let Point { alpha, z, u, wb } = point;
        let room: Vec<f64> = alpha.iter().map(|alpha| self.c - alpha).collect();
        let weights: Vec<f64> = (0..n).map(|i| 1.0 / (z[i] / alpha[i] + u[i] / room[i])).collect();
        let mut matrix = self.rows.gram(&weights) * n as f64;
        let mut outer = DVector::from_vec(self.combine(alpha));
        for j in 0..width - 1 {
            matrix[(j, j)] += 1.0;
            outer[j] -= wb[j];
        }
        let margins = self.rows.predict(wb);
        let slack = (0..n).map(|i| margins[i] - 1.0 - z[i] + u[i]).collect();
        Some(System { factor: Factor::new(&matrix, 0.0)?, weights, room, outer, slack })
    }

    /// The Newton step that changes the products α z and (c − α) u by `lower` and `upper`.
    fn direction(
        &self,
        point: &Point,
        system: &System,
        lower: &dyn Fn(usize) -> f64,
        upper: &dyn Fn(usize) -> f64,
    ) -> Point {
        let (n, Point { alpha, z, u, .. }) = (self.n(), point);
        let System { factor, weights, room, outer, slack } = system;
        let q: Vec<f64> = (0..n).map(|i| lower(i) / alpha[i] - upper(i) / room[i] - slack[i]).collect();
        let weighted: Vec<f64> = (0..n).map(|i| weights[i] * q[i]).collect();
        let wb = factor.solve(&(DVector::from_vec(self.combine(&weighted)) + outer)).as_slice().to_vec();
        let moved = self.rows.predict(&wb);
        let d: Vec<f64> = (0..n).map(|i| weights[i] * (q[i] - moved[i])).collect();
        let z = (0..n).map(|i| (lower(i) - z[i] * d[i]) / alpha[i]).collect();
        let u = (0..n).map(|i| (upper(i) + u[i] * d[i]) / room[i]).collect();
        Point { alpha: d, z, u, wb }
    }

    /// The mean of the products α z and (c − α) u.
    fn complementarity(&self, point: &Point) -> f64 {
        mean(self.n(), |i| 0.5 * (point.alpha[i] * point.z[i] + (self.c - point.alpha[i]) * point.u[i]))
    }

    /// The longest step that keeps α, c − α, z and u from becoming negative.
    fn longest(&self, point: &Point, direction: &Point) -> f64 {
        let limit = |x: f64, d: f64| if d < 0.0 { -x / d } else { f64::INFINITY };
        (0..self.n()).fold(f64::INFINITY, |longest, i| {
            let alpha = limit(point.alpha[i], direction.alpha[i]);
            let room = limit(self.c - point.alpha[i], -direction.alpha[i]);
            let slack = limit(point.z[i], direction.z[i]).min(limit(point.u[i], direction.u[i]));
            longest.min(alpha).min(room).min(slack)
        })
    }

    fn moved(&self, point: &Point, direction: &Point, length: f64) -> Point {
        let go = |x: &[f64], d: &[f64]| x.iter().zip(d).map(|(x, d)| x + length * d).collect();
        Point {
            alpha: go(&point.alpha, &direction.alpha),
            z: go(&point.z, &direction.z),
            u: go(&point.u, &direction.u),
            wb: go(&point.wb, &direction.wb),
        }
    }

    /// The solution for given sets of points on the margin and at the bound c, both read off
    /// `alpha`: margins are exactly 1 on the former, and Σ α s = 0.
    ///
    /// Returns (w, b) and a feasible α, or `None` if the sets do not determine them.
    fn polish(&self, alpha: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
        const NEAR: f64 = 1e-6;
        const MOST: usize = 2000;
        let (low, high) = (NEAR * self.c, (1.0 - NEAR) * self.c);
        let margin: Vec<usize> = (0..self.n()).filter(|&i| alpha[i] > low && alpha[i] < high).collect();
        if margin.is_empty() || margin.len() > MOST {
            return None;
        }
        let mut sharp: Vec<f64> = alpha.iter().map(|&a| if a >= high { self.c } else { 0.0 }).collect();
        let solution = self.margin_system(&margin, &self.combine(&sharp))?;
        for (position, &i) in margin.iter().enumerate() {
            sharp[i] = solution[position];
        }
        let mut wb = self.combine(&sharp);
        wb[self.rows.width - 1] = solution[margin.len()];
        let feasible = sharp.iter().all(|alpha| *alpha >= -1e-12 * self.c && *alpha <= self.c * (1.0 + 1e-12));
        feasible.then_some((wb, sharp))
    }

    /// α on the margin and b, where `bound` is (Gᵀα, Σ α s) of the points at the bound.
    fn margin_system(&self, margin: &[usize], bound: &[f64]) -> Option<DVector<f64>> {
        let (k, sign) = (margin.len(), self.rows.width - 1);
        let row = |i: usize| self.rows.row(margin[i]);
        let product = |i: usize, other: &[f64]| dot(&row(i)[..sign], &other[..sign]);
        let matrix = DMatrix::from_fn(k + 1, k + 1, |i, j| match (i < k, j < k) {
            (true, true) => product(i, row(j)),
            (true, false) => row(i)[sign],
            (false, true) => row(j)[sign],
            (false, false) => 0.0,
        });
        let right = DVector::from_fn(k + 1, |i, _| if i < k { 1.0 - product(i, bound) } else { -bound[sign] });
        let factor = matrix.clone().lu();
        let mut solution = factor.solve(&right)?;
        for _ in 0..3 {
            solution += factor.solve(&(&right - &matrix * &solution))?;
        }
        Some(solution)
    }
}
