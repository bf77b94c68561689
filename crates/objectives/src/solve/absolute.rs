//! Least absolute deviations and quantile regression on a line.

use ndarray::ArrayView2;

use super::design::mean;
use super::{Solution, SolveError};

/// Minimizes (1/n) Σ |xᵢ w + b − yᵢ| for at most one feature: [`pinball`] at ½, doubled.
///
/// # Errors
/// As [`pinball`].
///
/// # Panics
/// If there are no rows, or not as many targets as rows.
pub fn least_absolute(x: ArrayView2<'_, f64>, y: &[f64], intercept: bool) -> Result<Solution, SolveError> {
    let solution = pinball(x, y, 0.5, intercept)?;
    Ok(Solution { value: 2.0 * solution.value, ..solution })
}

/// Minimizes (1/n) Σ ρ(yᵢ − xᵢ w − b), ρ(r) = `quantile` · r for r ≥ 0 and (`quantile` − 1) · r
/// below, for at most one feature.
///
/// Some minimizer passes through a data point.
/// For each point the best line through it is a weighted quantile of the slopes to the others, so
/// the exact minimum costs O(n² log n), by enumeration.
///
/// # Errors
/// [`SolveError::Unsupported`] if there are two or more features or `quantile` is not in (0, 1).
///
/// # Panics
/// If there are no rows, or not as many targets as rows.
///
/// ```
/// use ndarray::array;
/// use sgdlab_objectives::solve::pinball;
/// let x = array![[0.0], [1.0], [2.0], [1.0]];
/// let solution = pinball(x.view(), &[1.0, 2.0, 3.0, 9.0], 0.5, true).unwrap();
/// assert_eq!(solution.parameters, [1.0, 1.0]);
/// ```
pub fn pinball(x: ArrayView2<'_, f64>, y: &[f64], quantile: f64, intercept: bool) -> Result<Solution, SolveError> {
    let (n, d) = x.dim();
    assert!(n > 0, "a model is fitted to at least one row");
    assert_eq!(n, y.len(), "as many targets as rows are needed");
    if d > 1 {
        return Err(SolveError::Unsupported { what: "features", value: d.to_string(), accepts: "at most 1" });
    }
    if !(quantile > 0.0 && quantile < 1.0) {
        let value = quantile.to_string();
        return Err(SolveError::Unsupported { what: "quantile", value, accepts: "a number in (0, 1)" });
    }
    let x: Vec<f64> = (0..n).map(|i| if d == 1 { x[(i, 0)] } else { 0.0 }).collect();
    let value = |(w, b): (f64, f64)| {
        mean(n, |i| {
            let r = y[i] - (x[i] * w + b);
            if r < 0.0 { (quantile - 1.0) * r } else { quantile * r }
        })
    };
    let through = |px: f64, py: f64| {
        let w = best_slope(&x, y, (px, py), quantile);
        (w, py - px * w)
    };
    let candidates = if intercept { x.iter().copied().zip(y.iter().copied()).collect() } else { vec![(0.0, 0.0)] };
    let lines = candidates.into_iter().map(|(px, py)| through(px, py));
    let best = lines.map(|line| (value(line), line)).min_by(|a, b| a.0.total_cmp(&b.0));
    let (value, (w, b)) = best.expect("there is at least one candidate");
    let parameters = (d == 1).then_some(w).into_iter().chain(intercept.then_some(b)).collect();
    Ok(Solution { parameters, value, residual: 0.0 })
}

/// The slope w that minimizes Σ ρ(yⱼ − py − (xⱼ − px) w).
///
/// The derivative is a step function of w that rises by |xⱼ − px| at the slope to point j; the
/// minimum is where it crosses 0.
fn best_slope(x: &[f64], y: &[f64], (px, py): (f64, f64), quantile: f64) -> f64 {
    let mut slopes: Vec<(f64, f64)> = Vec::with_capacity(x.len());
    let mut derivative = 0.0;
    for (&x, &y) in x.iter().zip(y) {
        let run = x - px;
        if run != 0.0 {
            slopes.push(((y - py) / run, run.abs()));
            // Far to the left, points to the right lie above the line and points to the left below.
            derivative -= if run > 0.0 { quantile * run } else { (quantile - 1.0) * run };
        }
    }
    slopes.sort_by(|a, b| a.0.total_cmp(&b.0));
    for &(slope, weight) in &slopes {
        derivative += weight;
        if derivative >= 0.0 {
            return slope;
        }
    }
    slopes.last().map_or(0.0, |&(slope, _)| slope)
}
