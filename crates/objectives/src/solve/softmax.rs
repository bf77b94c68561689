//! Multinomial logistic regression.

use nalgebra::{DMatrix, DVector};
use ndarray::ArrayView2;
use sgdlab_core::Real;

use super::descent::{Smooth, minimize};
use super::design::{Design, dot, largest, mean};
use super::{Solution, SolveError};

/// Parameters are class by class: (weights, intercept) of class 0, of class 1, …
struct Problem<'a> {
    design: Design,
    labels: &'a [u32],
    classes: usize,
    l2: f64,
}

/// Minimizes (1/n) Σ (logsumexp(zᵢ) − entry yᵢ of zᵢ) + (`l2`/2)‖W‖², zᵢ = W xᵢ + b, by damped
/// Newton steps.
///
/// `x` is n × d, `labels` has n entries below `classes`.
/// The intercepts sum to 0; without a penalty so do the weights of each feature.
/// The Hessian has (classes · (d + 1))² entries and is factorized at each of about ten steps.
///
/// # Errors
/// [`SolveError::NoMinimum`] if the infimum is not attained (a class that is separable from the
/// others, without a penalty), [`SolveError::NotConverged`] if 200 steps do not suffice.
///
/// # Panics
/// If there are no rows, not as many labels as rows, or a label is not below `classes`.
///
/// ```
/// use ndarray::array;
/// use sgdlab_objectives::solve::softmax;
/// let x = array![[0.0], [0.0], [0.0]];
/// let solution = softmax(x.view(), &[0, 1, 2], 3, 0.1, true).unwrap();
/// assert!((solution.value - 3f64.ln()).abs() < 1e-15);
/// ```
pub fn softmax(
    x: ArrayView2<'_, f64>,
    labels: &[u32],
    classes: u32,
    l2: f64,
    intercept: bool,
) -> Result<Solution, SolveError> {
    assert!(labels.iter().all(|&label| label < classes), "every label is below the number of classes");
    let design = Design::new(x, labels.len(), intercept);
    let problem = Problem { design, labels, classes: classes as usize, l2 };
    let (width, features) = (problem.design.width, problem.design.features);
    let solution = minimize(&problem, vec![0.0; problem.classes * width])?;
    let blocks = || solution.parameters.chunks_exact(width);
    let weights = blocks().flat_map(|block| &block[..features]);
    let mut parameters: Vec<f64> = weights.copied().collect();
    let intercepts = blocks().flat_map(|block| &block[features..]);
    parameters.extend(intercepts);
    Ok(Solution { parameters, ..solution })
}

impl Problem<'_> {
    fn scores(&self, at: &[f64], i: usize, out: &mut [f64]) {
        let row = self.design.row(i);
        for (score, block) in out.iter_mut().zip(at.chunks_exact(self.design.width)) {
            *score = dot(row, block);
        }
    }

    /// Probabilities, row by row for each class: entry `class · n + i`.
    fn probabilities(&self, at: &[f64]) -> Vec<f64> {
        let n = self.design.rows;
        let mut out = vec![0.0; self.classes * n];
        let mut scores = vec![0.0; self.classes];
        for i in 0..n {
            self.scores(at, i, &mut scores);
            let total = log_sum_exp(&scores);
            for (class, &score) in scores.iter().enumerate() {
                out[class * n + i] = Real::exp(score - total);
            }
        }
        out
    }

    /// The Hessian of the mean loss: block (a, b) is the Gram matrix weighted by pₐ(1 [a = b] − p_b).
    fn curvature(&self, probabilities: &[f64]) -> DMatrix<f64> {
        let (n, width) = (self.design.rows, self.design.width);
        let mut hessian = DMatrix::zeros(self.classes * width, self.classes * width);
        for (a, p) in probabilities.chunks_exact(n).enumerate() {
            for (b, q) in probabilities.chunks_exact(n).enumerate().take(a + 1) {
                let same = if a == b { 1.0 } else { 0.0 };
                let weights: Vec<f64> = p.iter().zip(q).map(|(p, q)| p * (same - q)).collect();
                let block = self.design.gram(&weights);
                hessian.view_mut((a * width, b * width), (width, width)).copy_from(&block);
                hessian.view_mut((b * width, a * width), (width, width)).copy_from(&block);
            }
        }
        hessian
    }
}

impl Smooth for Problem<'_> {
    fn value(&self, at: &[f64]) -> f64 {
        let mut scores = vec![0.0; self.classes];
        let loss = mean(self.design.rows, |i| {
            self.scores(at, i, &mut scores);
            log_sum_exp(&scores) - scores[self.labels[i] as usize]
        });
        let features = self.design.features;
        let squares = at.chunks_exact(self.design.width).map(|block| dot(&block[..features], &block[..features]));
        loss + 0.5 * self.l2 * squares.sum::<f64>()
    }

    fn derivatives(&self, at: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        let (n, width) = (self.design.rows, self.design.width);
        let mut slopes = self.probabilities(at);
        let mut hessian = self.curvature(&slopes);
        for (i, &label) in self.labels.iter().enumerate() {
            slopes[label as usize * n + i] -= 1.0;
        }
        let mut gradient = DVector::zeros(self.classes * width);
        for (class, slopes) in slopes.chunks_exact(n).enumerate() {
            gradient.rows_mut(class * width, width).copy_from(&self.design.combine(slopes));
        }
        for k in 0..self.classes * width {
            if k % width < self.design.features {
                gradient[k] += self.l2 * at[k];
                hessian[(k, k)] += self.l2;
            }
            // Adding the same number to every class changes no probability; from a start at 0 the
            // gradient has no such component, and this makes the matrix regular without changing
            // the step.
            for other in (k % width..self.classes * width).step_by(width) {
                hessian[(k, other)] += 1.0 / self.classes as f64;
            }
        }
        (gradient, hessian)
    }

    fn reach(&self, at: &[f64]) -> f64 {
        let reaches = at.chunks_exact(self.design.width).map(|block| largest(&self.design.predict(block)));
        largest(&reaches.collect::<Vec<_>>())
    }
}

fn log_sum_exp(scores: &[f64]) -> f64 {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + Real::ln(scores.iter().map(|&score| Real::exp(score - top)).sum::<f64>())
}
