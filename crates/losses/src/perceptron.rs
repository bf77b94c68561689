//! Perceptron loss.

use sgdlab_core::{Entry, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Perceptron`].
pub const ENTRY: Entry = Entry {
    name: "perceptron",
    summary: "The loss whose stochastic subgradient method is the perceptron, targets ±1.",
    formula: "max(0, −m), where m = target · prediction",
    conventions: "The slope at m = 0 is 0, as in scikit-learn: a run that starts at 0 stays there; Rosenblatt \
                  updates at m = 0 too. The slope is also 0 at NaN.",
    hyperparameters: &[],
    dialects: &[],
    cost: "1 comparison a term",
    reference: "F. Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the \
                brain, Psychological Review 65, 1958",
};

/// Perceptron loss: max(0, −m) with the margin m = target · prediction; targets are ±1.
///
/// Conventions: the slope at m = 0 is 0, out of the subgradients [−1, 0], and 0 at NaN.
/// So 0 is a minimizer, and a run that starts there stays there.
///
/// ```
/// use sgdlab_losses::{Loss, Perceptron};
/// assert_eq!(Perceptron.value(-2.0, 1.0), 2.0);
/// assert_eq!(Perceptron.slope(-2.0, 1.0), -1.0);
/// assert_eq!(Perceptron.slope(0.0, 1.0), 0.0);
/// ```
///
/// Reference: F. Rosenblatt, The perceptron: a probabilistic model for information storage and
/// organization in the brain, Psychological Review 65, 1958.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Perceptron;

impl Perceptron {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for Perceptron {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        (-(target * prediction)).max(R::ZERO)
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        if target * prediction < R::ZERO { -target } else { R::ZERO }
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
            kinks: vec![0.0],
        }
    }
}
