//! Exact minima of the convex linear models, in double precision.
//!
//! Each function minimizes
//! f(w, b) = (1/n) Σ ℓ(xᵢ·w + b, yᵢ) + (λ/2)‖w‖²
//! for its own loss ℓ; the intercept b is never penalized (append a column of ones to the
//! features, and ask for no intercept, where it should be).
//! The linear support vector machine has its usual normalization, ½‖w‖² + (C/n) Σ hinge.
//!
//! Sums are taken in a fixed order and elementary functions are portable, so that the minima have
//! the same bits on every machine; where the platform's `hypot` takes part ([`spectrum`], and
//! [`ridge`] when the columns are linearly dependent) the last bits may differ.

mod absolute;
mod descent;
mod design;
mod newton;
mod ridge;
mod softmax;
mod spectrum;
mod svm;

pub use absolute::{least_absolute, pinball};
pub use newton::{TermLoss, newton};
pub use ridge::{least_squares, ridge};
pub use softmax::softmax;
pub use spectrum::{Spectrum, penalized_spectrum, spectrum};
pub use svm::hinge_svm;

/// A minimizer and the minimum.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The weights, then the intercept if there is one.
    /// With several classes: the weights of class 0, of class 1, …, then the intercepts.
    pub parameters: Vec<f64>,
    /// f at `parameters`.
    pub value: f64,
    /// How far from a minimum: the largest entry of the gradient for smooth losses, the duality
    /// gap for the support vector machine, 0 where the minimum is found by enumeration.
    pub residual: f64,
}

/// Why there is no solution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SolveError {
    /// The infimum is approached only at infinity, as for separable classes without a penalty.
    #[error(
        "there is no minimum: after {iterations} iterations the value {value} still falls while predictions grow (now {prediction})"
    )]
    NoMinimum {
        /// Iterations until this was noticed.
        iterations: usize,
        /// The value there, an upper bound of the infimum.
        value: f64,
        /// The largest prediction there.
        prediction: f64,
    },
    /// The method stopped short of a minimum.
    #[error("no minimum was found in {iterations} iterations: the residual is still {residual}")]
    NotConverged {
        /// Iterations done.
        iterations: usize,
        /// The residual there.
        residual: f64,
    },
    /// A problem outside what the method solves.
    #[error("{what} = {value} is not solved here: it takes {accepts}")]
    Unsupported {
        /// What is outside.
        what: &'static str,
        /// Its value.
        value: String,
        /// What is inside.
        accepts: &'static str,
    },
}
