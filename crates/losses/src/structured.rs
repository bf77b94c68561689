//! Losses of several inputs: of classes, of several labels, of pairs and triplets, of a mean and a
//! variance.
//!
//! Every function is of one term and in double precision; it returns the value and writes the
//! gradient, into slices of the same length as the inputs.
//! [`Reduction`] makes one number of the values of many terms; the gradient of a term is then
//! multiplied by [`Reduction::factor`].
//! At a kink the slope is that of the side where the loss is 0.
//! Conventions are those of torch, which each function states.

mod classes;
mod pairs;

pub use classes::{
    ClassWeights, cross_entropy, cross_entropy_soft, kl_divergence, multi_margin, multilabel_margin,
    multilabel_soft_margin, negative_log_likelihood,
};
pub use pairs::{Triplet, cosine_embedding, gaussian_nll, margin_ranking, triplet_margin};

/// How the values of many terms become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// The sum of values divided by the sum of the terms' weights, 1 each unless the loss has weights.
    Mean,
    /// The sum of values.
    Sum,
}

impl Reduction {
    /// What the sum of values, and each gradient, is multiplied by; `weight` is the sum of weights.
    ///
    /// With `weight` = 0, as where all labels are ignored, the mean is NaN or infinite.
    #[must_use]
    pub fn factor(self, weight: f64) -> f64 {
        match self {
            Self::Mean => 1.0 / weight,
            Self::Sum => 1.0,
        }
    }

    /// The reduced value.
    #[must_use]
    pub fn value(self, values: &[f64], weight: f64) -> f64 {
        values.iter().sum::<f64>() * self.factor(weight)
    }
}
