//! Losses of several inputs: of classes, of several labels, of pairs and triplets, of a mean and a
//! variance.
//!
//! Every function is of one term and in double precision; it returns the value and writes the
//! gradient and the diagonal of the Hessian into [`Derivatives`].
//! [`Reduction`] makes one number of the values of many terms; the derivatives of a term are then
//! multiplied by [`Reduction::factor`].
//! At a kink the slope is that of the side where the loss is 0, and curvatures are those beside it.
//! Conventions are those of torch, which each function states.

mod classes;
mod margins;
mod pairs;

pub use classes::{
    ClassWeights, cross_entropy, cross_entropy_soft, focal, kl_divergence, multilabel_soft_margin,
    negative_log_likelihood,
};
pub use margins::{Margin, Rivals, multi_margin, multilabel_margin};
pub use pairs::{Triplet, cosine_embedding, gaussian_nll, margin_ranking, triplet_margin};

/// Where a loss writes its derivatives with respect to one input, as long as that input.
#[derive(Debug)]
pub struct Derivatives<'a> {
    /// The gradient.
    pub gradient: &'a mut [f64],
    /// The diagonal of the Hessian.
    pub curvature: &'a mut [f64],
}

impl Derivatives<'_> {
    /// Panics unless there is one of each for `length` numbers.
    fn check(&self, length: usize) {
        assert_eq!((self.gradient.len(), self.curvature.len()), (length, length), "one number an input");
    }

    fn set(&mut self, i: usize, gradient: f64, curvature: f64) {
        self.gradient[i] = gradient;
        self.curvature[i] = curvature;
    }
}

/// How the values of many terms become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// The sum of values divided by the sum of the terms' weights, 1 each unless the loss has weights.
    Mean,
    /// The sum of values.
    Sum,
    /// The sum of values divided by the number of rows, for losses that are computed entry by entry.
    BatchMean {
        /// The number of rows.
        rows: usize,
    },
}

impl Reduction {
    /// What the sum of values, and each derivative, is multiplied by; `weight` is the sum of weights.
    ///
    /// With `weight` = 0, as where all labels are ignored, the mean is NaN or infinite.
    #[must_use]
    pub fn factor(self, weight: f64) -> f64 {
        match self {
            Self::Mean => 1.0 / weight,
            Self::Sum => 1.0,
            Self::BatchMean { rows } => 1.0 / rows as f64,
        }
    }

    /// The reduced value.
    #[must_use]
    pub fn value(self, values: &[f64], weight: f64) -> f64 {
        values.iter().sum::<f64>() * self.factor(weight)
    }
}
