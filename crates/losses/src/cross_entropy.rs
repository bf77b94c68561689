//! Softmax cross-entropy: the negative log-likelihood of one of several classes.
//!
//! ℓ(z, y) = ln Σ_c e^(z_c) − z_y, with the logits z and the class y = `label`.
//! The slopes are p − e_y and the diagonal of the Hessian p (1 − p), with p = softmax(z); the
//! whole Hessian is diag(p) − p pᵀ, whose largest eigenvalue is at most [`SMOOTHNESS`].
//!
//! Conventions: natural logarithm; the largest logit is subtracted first, so nothing overflows.
//! A logit of −∞ is a class of probability 0; +∞ or NaN makes everything NaN.
//! Sums over classes are in the canonical order of [`sgdlab_core::reduce`].
//! No label smoothing, class weights or ignored labels; the mean over terms is the objective's.
//!
//! Cost: C exponentials, one logarithm and one division, each per lane.
//!
//! Reference: J. S. Bridle, Probabilistic interpretation of feedforward classification network
//! outputs, with relationships to statistical pattern recognition, Neurocomputing, 1990.
//!
//! ```
//! use sgdlab_losses::cross_entropy;
//! let mut logits = [[0.0], [0.0], [0.0], [0.0]];
//! assert_eq!(cross_entropy::value_and_slopes(&mut logits, 1), [4.0_f64.ln()]);
//! assert_eq!(logits, [[0.25], [-0.75], [0.25], [0.25]]);
//! ```

use sgdlab_core::reduce::sum_of;
use sgdlab_core::{Entry, Lanes, Real};

/// How the catalogue describes this loss.
pub const ENTRY: Entry = Entry {
    name: "softmax-cross-entropy",
    summary: "The negative log-likelihood of one of several classes, given their logits.",
    formula: "ln Σ_c e^(z_c) − z_label",
    conventions: "Natural logarithm; the target is a class, not a distribution; no label smoothing, class weights or \
                  ignored labels. Same values as torch's CrossEntropyLoss with these left at their defaults.",
    hyperparameters: &[],
    dialects: &[],
    cost: "C exponentials, 1 logarithm and 1 division a term, for C classes",
    reference: "J. S. Bridle, Probabilistic interpretation of feedforward classification network outputs, with \
                relationships to statistical pattern recognition, Neurocomputing, 1990",
};

/// √2, the supremum of the Euclidean norm of the slopes: approached when a class that is not the
/// label has all the probability.
pub const LIPSCHITZ: f64 = std::f64::consts::SQRT_2;

/// ½, the supremum of the largest eigenvalue of the Hessian in the logits: attained when two
/// classes share all the probability.
pub const SMOOTHNESS: f64 = 0.5;

/// The value, and in place of the logits the slopes softmax(z) − e_label.
///
/// # Panics
/// If `label` is not below `logits.len()`.
#[inline(always)]
pub fn value_and_slopes<R: Real, const N: usize>(logits: &mut [Lanes<R, N>], label: usize) -> Lanes<R, N> {
    let largest = largest(logits);
    let mut value = logits[label];
    let sum = softmax(logits, &largest);
    for l in 0..N {
        value[l] = (largest[l] - value[l]) + sum[l].ln();
        logits[label][l] -= R::ONE;
    }
    value
}

/// The value alone; in place of the logits it leaves e^(z − largest).
///
/// It has the bits of [`value_and_slopes`].
///
/// # Panics
/// If `label` is not below `logits.len()`.
#[inline(always)]
pub fn value<R: Real, const N: usize>(logits: &mut [Lanes<R, N>], label: usize) -> Lanes<R, N> {
    let largest = largest(logits);
    let mut value = logits[label];
    let sum = exponentials(logits, &largest);
    for l in 0..N {
        value[l] = (largest[l] - value[l]) + sum[l].ln();
    }
    value
}

/// In place of the logits the diagonal of the Hessian, p (1 − p) with p = softmax(z).
///
/// It does not depend on the label.
#[inline(always)]
pub fn curvatures<R: Real, const N: usize>(logits: &mut [Lanes<R, N>]) {
    let largest = largest(logits);
    softmax(logits, &largest);
    for p in logits {
        for l in 0..N {
            p[l] = p[l] * (R::ONE - p[l]);
        }
    }
}

/// In place of the logits p = softmax(z), and in place of the vector u the Hessian times it: p (u − p·u).
///
/// It does not depend on the label.
///
/// # Panics
/// If the vector is not as long as the logits.
#[inline(always)]
pub fn curvature_times<R: Real, const N: usize>(logits: &mut [Lanes<R, N>], vector: &mut [Lanes<R, N>]) {
    assert_eq!(logits.len(), vector.len(), "one number a logit");
    let largest = largest(logits);
    softmax(logits, &largest);
    let mean = sum_of(logits.len(), |c| {
        let mut product = [R::ZERO; N];
        for l in 0..N {
            product[l] = logits[c][l] * vector[c][l];
        }
        product
    });
    for (u, p) in vector.iter_mut().zip(logits) {
        for l in 0..N {
            u[l] = p[l] * (u[l] - mean[l]);
        }
    }
}

/// The largest logit, lane by lane; NaN if there is one.
#[inline(always)]
fn largest<R: Real, const N: usize>(logits: &[Lanes<R, N>]) -> Lanes<R, N> {
    let mut largest = [R::of(f64::NEG_INFINITY); N];
    for z in logits {
        for l in 0..N {
            largest[l] = largest[l].max(z[l]);
        }
    }
    largest
}

/// z ← e^(z − largest); returns the sum.
///
/// The exponentials are one flat loop over classes and lanes, so that it is vectorized.
#[inline(always)]
fn exponentials<R: Real, const N: usize>(z: &mut [Lanes<R, N>], largest: &Lanes<R, N>) -> Lanes<R, N> {
    for z in z.iter_mut() {
        for l in 0..N {
            z[l] -= largest[l];
        }
    }
    for z in z.as_flattened_mut() {
        *z = z.exp();
    }
    sum_of(z.len(), |c| z[c])
}

/// z ← softmax(z); returns Σ e^(z − largest).
#[inline(always)]
fn softmax<R: Real, const N: usize>(z: &mut [Lanes<R, N>], largest: &Lanes<R, N>) -> Lanes<R, N> {
    let sum = exponentials(z, largest);
    let inverse = sum.map(|sum| R::ONE / sum);
    for z in z {
        for l in 0..N {
            z[l] *= inverse[l];
        }
    }
    sum
}
