//! Exact covariances of iterates and of their mean.

use nalgebra::{DMatrix, DVector};

use super::super::least_squares::{LeastSquares, advance};

/// n · variance · h² of the mean of the iterates and of the last one, for x ← x − ηₜ (h x + ξ) with noise of variance 1.
///
/// Noise ξₖ is in xᵢ with the weight ηₖ Π (1 − ηⱼ h) over k < j ≤ i, and in the sum with ηₖ Gₖ, where
/// Gₖ = 1 + (1 − ηₖ₊₁ h) Gₖ₊₁. The bound of Cramér and Rao would be 1 for both.
pub(crate) fn on_a_line(curvature: f64, rates: &[f64]) -> [f64; 2] {
    let n = rates.len() as f64;
    let (mut sum, mut product) = (0.0, 1.0);
    let (mut of_mean, mut of_last) = (0.0, 0.0);
    for &rate in rates.iter().rev() {
        // What this step's noise is multiplied with, in the sum and in the last iterate.
        sum += 1.0;
        of_mean += (rate * sum).powi(2);
        of_last += (rate * product).powi(2);
        let kept = 1.0 - rate * curvature;
        sum *= kept;
        product *= kept;
    }
    [of_mean / n, of_last * n].map(|variance| variance * curvature * curvature)
}

/// t^{−p} · first for t = 1, …, n.
pub(crate) fn powers(first: f64, p: f64, n: usize) -> Vec<f64> {
    (1..=n).map(|t| first * (t as f64).powf(-p)).collect()
}

/// What errors are measured with: n eᵀ H S⁻¹ H e / d, whose mean is 1 where n E e eᵀ = H⁻¹ S H⁻¹.
pub(crate) struct Bound {
    whitened: DMatrix<f64>,
}

impl Bound {
    pub(crate) fn new(hessian: &DMatrix<f64>, noise: &DMatrix<f64>) -> Self {
        let inverse = noise.clone().try_inverse().expect("noise in all directions");
        Self { whitened: hessian * inverse * hessian / hessian.nrows() as f64 }
    }

    /// For one error after n steps.
    pub(crate) fn of(&self, error: &DVector<f64>, n: usize) -> f64 {
        n as f64 * error.dot(&(&self.whitened * error))
    }

    /// For the second moment of errors.
    fn of_moment(&self, moment: &DMatrix<f64>, n: usize) -> f64 {
        n as f64 * self.whitened.component_mul(moment).sum()
    }
}

/// Errors over the bound of the mean and of the last iterate after each of these numbers of steps, ascending, of SGD on
/// least squares from 0 with batches of one term.
pub(crate) fn on_least_squares(problem: &LeastSquares, rates: &[f64], logged: &[usize]) -> Vec<[f64; 2]> {
    let d = problem.dimension();
    let bound = Bound::new(&problem.hessian, &problem.noise());
    // (e, mean of e, 1).
    let mut start = DVector::zeros(2 * d + 1);
    start.rows_mut(0, d).copy_from(&-&problem.solution);
    start[2 * d] = 1.0;
    let mut moment = &start * start.transpose();
    let mut found = Vec::with_capacity(logged.len());
    for (step, &rate) in rates.iter().enumerate() {
        let share = 1.0 / (step + 1) as f64;
        let steps: Vec<_> = problem.sgd(rate).iter().map(|step| averaging(step, share, d)).collect();
        moment = advance(&steps, &moment);
        if logged.contains(&(step + 1)) {
            let block = |from: usize| moment.view((from, from), (d, d)).into_owned();
            found.push([block(d), block(0)].map(|block| bound.of_moment(&block, step + 1)));
        }
    }
    found
}

/// A step on (e, 1) as one on (e, mean of e, 1), where the mean goes by this share toward the new e.
fn averaging(step: &DMatrix<f64>, share: f64, d: usize) -> DMatrix<f64> {
    let mut out = DMatrix::zeros(2 * d + 1, 2 * d + 1);
    out[(2 * d, 2 * d)] = 1.0;
    out.view_mut((0, 0), (d, d)).copy_from(&step.view((0, 0), (d, d)));
    out.view_mut((0, 2 * d), (d, 1)).copy_from(&step.view((0, d), (d, 1)));
    let moved = out.rows(0, d) * share;
    out.rows_mut(d, d).copy_from(&moved);
    for j in 0..d {
        out[(d + j, d + j)] += 1.0 - share;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x₁ = −η₁ ξ₁, x₂ = −η₁ (1 − η₂ h) ξ₁ − η₂ ξ₂.
    #[test]
    fn two_steps_by_hand() {
        let (h, rates) = (0.5, [1.0, 0.6]);
        let kept: f64 = 1.0 - 0.6 * 0.5;
        let of_last = kept * kept + 0.36;
        let of_mean = ((1.0 + kept).powi(2) + 0.36) / 4.0;
        let [mean, last] = on_a_line(h, &rates);
        assert!((mean - 2.0 * of_mean * 0.25).abs() < 1e-15 && (last - 2.0 * of_last * 0.25).abs() < 1e-15);
    }
}
