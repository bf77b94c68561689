//! Absolute error.

use sgdlab_core::{Entry, Real, Settings};

use crate::loss::sign_or_zero;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Absolute`].
pub const ENTRY: Entry = Entry {
    name: "absolute",
    summary: "Absolute error, the loss of least absolute deviations.",
    formula: "|r|, where r = prediction − target",
    conventions: "The slope at r = 0 is 0, the middle of the subgradients [−1, 1]; so it is at NaN, as in torch's \
                  L1Loss, while the value is NaN.",
    hyperparameters: &[],
    dialects: &[],
    cost: "2 comparisons a term",
    reference: "R. Koenker and G. Bassett, Regression quantiles, Econometrica 46, 1978 (the quantile 1/2)",
};

/// Absolute error: |r|; r = prediction − target.
///
/// Conventions: the slope at r = 0 is 0, out of the subgradients [−1, 1].
/// At NaN the value is NaN and the slope 0, as in torch's `L1Loss`.
///
/// ```
/// use sgdlab_losses::{Absolute, Loss};
/// assert_eq!(Absolute.value(-1.0, 2.0), 3.0);
/// assert_eq!(Absolute.slope(-1.0, 2.0), -1.0);
/// assert_eq!(Absolute.slope(2.0, 2.0), 0.0);
/// ```
///
/// Reference: R. Koenker and G. Bassett, Regression quantiles, Econometrica 46, 1978; this is
/// twice the quantile loss of ½.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Absolute;

impl Absolute {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for Absolute {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        (prediction - target).abs()
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        sign_or_zero(prediction - target)
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, _prediction: R, _target: R) -> R {
        R::ZERO
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: true,
            lipschitz: Some(1.0),
            smoothness: None,
            strong_convexity: 0.0,
            kinks: vec![0.0],
        }
    }
}
