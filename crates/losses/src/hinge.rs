//! Hinge loss.

use sgdlab_core::{Entry, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Hinge`].
pub const ENTRY: Entry = Entry {
    name: "hinge",
    summary: "The loss of the support vector machine, targets ±1.",
    formula: "max(0, 1 − m), where m = target · prediction",
    conventions: "The slope at m = 1 is 0, out of the subgradients between −target and 0; it is also 0 at NaN.",
    hyperparameters: &[],
    dialects: &[],
    cost: "1 comparison and 1 multiplication a term",
    reference: "C. Cortes and V. Vapnik, Support-vector networks, Machine Learning 20, 1995",
};

/// Hinge loss: max(0, 1 − m) with the margin m = target · prediction; targets are ±1.
///
/// Conventions: the slope at m = 1 is 0, out of the subgradients between −target and 0, and 0 at
/// NaN.
///
/// ```
/// use sgdlab_losses::{Hinge, Loss};
/// assert_eq!(Hinge.value(0.25, -1.0), 1.25);
/// assert_eq!(Hinge.slope(0.25, -1.0), 1.0);
/// assert_eq!(Hinge.slope(1.0, 1.0), 0.0);
/// ```
///
/// Reference: C. Cortes and V. Vapnik, Support-vector networks, Machine Learning 20, 1995.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hinge;

impl Hinge {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for Hinge {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        (R::ONE - target * prediction).max(R::ZERO)
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        if target * prediction < R::ONE { -target } else { R::ZERO }
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, _prediction: R, _target: R) -> R {
        R::ZERO
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Signs,
            convex: true,
            lipschitz: Some(1.0),
            smoothness: None,
            strong_convexity: 0.0,
            kinks: vec![1.0],
        }
    }
}
