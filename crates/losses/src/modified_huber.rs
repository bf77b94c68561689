//! Modified Huber loss.

use sgdlab_core::{Entry, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`ModifiedHuber`].
pub const ENTRY: Entry = Entry {
    name: "modified-huber",
    summary: "The squared hinge made linear where the margin is below −1, targets ±1.",
    formula: "max(0, 1 − m)² if m ≥ −1, otherwise −4m, where m = target · prediction",
    conventions: "As in scikit-learn: no factor 1/2, slope −4 in the linear part. m = −1 counts as quadratic \
                  (curvature 2) and m = 1 as outside (curvature 0).",
    hyperparameters: &[],
    dialects: &[],
    cost: "2 comparisons and 2 multiplications a term",
    reference: "T. Zhang, Solving large scale linear prediction problems using stochastic gradient descent \
                algorithms, ICML 2004",
};

/// Modified Huber loss: max(0, 1 − m)² if m ≥ −1, otherwise −4m, with the margin
/// m = target · prediction; targets are ±1.
///
/// Conventions: no factor ½; the curvature is 2 at m = −1 and 0 at m = 1.
///
/// ```
/// use sgdlab_losses::{Loss, ModifiedHuber};
/// assert_eq!(ModifiedHuber.value(0.0, 1.0), 1.0);
/// assert_eq!(ModifiedHuber.value(-2.0, 1.0), 8.0);
/// assert_eq!(ModifiedHuber.slope(2.0, -1.0), 4.0);
/// ```
///
/// Reference: T. Zhang, Solving large scale linear prediction problems using stochastic gradient
/// descent algorithms, ICML 2004.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ModifiedHuber;

impl ModifiedHuber {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for ModifiedHuber {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let m = target * prediction;
        let short = (R::ONE - m).max(R::ZERO);
        if m < -R::ONE { R::of(-4.0) * m } else { short * short }
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let short = (R::ONE - target * prediction).max(R::ZERO).min(R::of(2.0));
        R::of(-2.0) * target * short
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let m = target * prediction;
        let quadratic = if m < R::ONE { R::of(2.0) * target * target } else { R::ZERO };
        if m < -R::ONE { R::ZERO } else { quadratic }
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Signs,
            convex: true,
            lipschitz: Some(4.0),
            smoothness: Some(2.0),
            strong_convexity: 0.0,
            kinks: vec![-1.0, 1.0],
        }
    }
}
