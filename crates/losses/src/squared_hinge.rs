//! Squared hinge loss.

use sgdlab_core::{Entry, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`SquaredHinge`].
pub const ENTRY: Entry = Entry {
    name: "squared-hinge",
    summary: "The loss of the L2 support vector machine, targets ±1.",
    formula: "max(0, 1 − m)², where m = target · prediction",
    conventions: "No factor 1/2, as in scikit-learn and LIBLINEAR. m = 1 counts as outside (curvature 0).",
    hyperparameters: &[],
    dialects: &[],
    cost: "1 comparison and 3 multiplications a term",
    reference: "K.-W. Chang, C.-J. Hsieh and C.-J. Lin, Coordinate descent method for large-scale L2-loss linear \
                support vector machines, Journal of Machine Learning Research 9, 2008",
};

/// Squared hinge loss: max(0, 1 − m)² with the margin m = target · prediction; targets are ±1.
///
/// Conventions: no factor ½, so that the curvature is 2 below m = 1.
/// m = 1 counts as outside: the curvature there is 0.
///
/// ```
/// use sgdlab_losses::{Loss, SquaredHinge};
/// assert_eq!(SquaredHinge.value(-1.0, 1.0), 4.0);
/// assert_eq!(SquaredHinge.slope(-1.0, 1.0), -4.0);
/// assert_eq!(SquaredHinge.slope(2.0, 1.0), 0.0);
/// ```
///
/// Reference: K.-W. Chang, C.-J. Hsieh and C.-J. Lin, Coordinate descent method for large-scale
/// L2-loss linear support vector machines, Journal of Machine Learning Research 9, 2008.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SquaredHinge;

impl SquaredHinge {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for SquaredHinge {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let short = (R::ONE - target * prediction).max(R::ZERO);
        short * short
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let short = (R::ONE - target * prediction).max(R::ZERO);
        R::of(-2.0) * target * short
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        if target * prediction < R::ONE { R::of(2.0) * target * target } else { R::ZERO }
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Signs,
            convex: true,
            lipschitz: None,
            smoothness: Some(2.0),
            strong_convexity: 0.0,
            kinks: vec![1.0],
        }
    }
}
