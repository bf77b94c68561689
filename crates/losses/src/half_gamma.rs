//! Half the deviance of the gamma distribution, logarithmic link.

use sgdlab_core::{Entry, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`HalfGamma`].
pub const ENTRY: Entry = Entry {
    name: "half-gamma",
    summary: "The negative log-likelihood of positive numbers of constant relative spread; the prediction is the \
              logarithm of their mean.",
    formula: "x + target e^(−x), where x = prediction",
    conventions: "scikit-learn's HalfGammaLoss: without the terms that do not depend on the prediction, so the \
                  minimum is 1 + ln target.",
    hyperparameters: &[],
    dialects: &[],
    cost: "1 exponential a term",
    reference: "P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd edition, Chapman and Hall, 1989",
};

/// Half the gamma deviance: x + y e^(−x), where x = prediction is the logarithm of the mean and
/// y = target > 0.
///
/// Conventions: terms without the prediction are left out: the minimum is 1 + ln y, at x = ln y.
/// [`HalfTweedie`](crate::HalfTweedie) with `power` = 2 is the same.
///
/// ```
/// use sgdlab_losses::{HalfGamma, Loss};
/// assert_eq!(HalfGamma.value(0.0, 3.0), 3.0);
/// assert_eq!(HalfGamma.slope(0.0, 3.0), -2.0);
/// assert_eq!(HalfGamma.curvature(0.0, 3.0), 3.0);
/// ```
///
/// Reference: P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd edition, Chapman and
/// Hall, 1989.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HalfGamma;

impl HalfGamma {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for HalfGamma {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        prediction + target * (-prediction).exp()
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        R::ONE - target * (-prediction).exp()
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        target * (-prediction).exp()
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Positive,
            convex: true,
            lipschitz: None,
            smoothness: None,
            strong_convexity: 0.0,
            kinks: vec![],
        }
    }
}
