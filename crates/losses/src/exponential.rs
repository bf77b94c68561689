//! Exponential loss.

use sgdlab_core::{Entry, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Exponential`].
pub const ENTRY: Entry = Entry {
    name: "exponential",
    summary: "The loss that boosting descends, targets ±1.",
    formula: "e^(−m), where m = target · prediction",
    conventions: "Targets are ±1. scikit-learn's ExponentialLoss has targets 0 and 1 and is the same function at −1 \
                  and 1. No bound on slope or curvature: an outlier's weight grows exponentially.",
    hyperparameters: &[],
    dialects: &[],
    cost: "1 exponential a term",
    reference: "Y. Freund and R. Schapire, A decision-theoretic generalization of on-line learning and an \
                application to boosting, Journal of Computer and System Sciences 55, 1997",
};

/// Exponential loss: e^(−m) with the margin m = target · prediction; targets are ±1.
///
/// Conventions: with targets 0 and 1, as scikit-learn has them, it is the same at −1 and 1.
/// Slope and curvature are unbounded; all overflow to infinities beyond m = −709 in `f64`.
///
/// ```
/// use sgdlab_losses::{Exponential, Loss};
/// assert_eq!(Exponential.value(0.0, 1.0), 1.0);
/// assert_eq!(Exponential.slope(0.0, -1.0), 1.0);
/// assert_eq!(Exponential.curvature(0.0, 1.0), 1.0);
/// ```
///
/// Reference: Y. Freund and R. Schapire, A decision-theoretic generalization of on-line learning
/// and an application to boosting, Journal of Computer and System Sciences 55, 1997.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Exponential;

impl Exponential {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for Exponential {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        (-(target * prediction)).exp()
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        -(target * (-(target * prediction)).exp())
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        target * target * (-(target * prediction)).exp()
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Signs,
            convex: true,
            lipschitz: None,
            smoothness: None,
            strong_convexity: 0.0,
            kinks: vec![],
        }
    }
}
