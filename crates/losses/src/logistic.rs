//! Logistic loss.

use sgdlab_core::{Entry, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Logistic`].
pub const ENTRY: Entry = Entry {
    name: "logistic",
    summary: "The loss of logistic regression with targets ±1.",
    formula: "ln(1 + e^(−m)), where m = target · prediction",
    conventions: "Natural logarithm, so that the loss is ln 2 at m = 0. torch's SoftMarginLoss is the same function but \
                  overflows beyond m = −709. With targets 0 and 1 it is binary-cross-entropy.",
    hyperparameters: &[],
    dialects: &[],
    cost: "value: 1 exponential and 1 logarithm a term; slope: 1 exponential and 1 division",
    reference: "D. R. Cox, The regression analysis of binary sequences, Journal of the Royal Statistical Society B 20, \
                1958",
};

/// Logistic loss: ln(1 + e^(−m)) with the margin m = target · prediction; targets are ±1.
///
/// Conventions: natural logarithm, so that the loss is ln 2 at m = 0.
/// [`BinaryCrossEntropy`](crate::BinaryCrossEntropy) is the same with targets 0 and 1.
/// It neither overflows for large −m nor loses digits for large m.
///
/// ```
/// use sgdlab_losses::{Logistic, Loss};
/// assert_eq!(Logistic.value(0.0, 1.0), std::f64::consts::LN_2);
/// assert_eq!(Logistic.value(-1000.0, 1.0), 1000.0);
/// assert_eq!(Logistic.slope(0.0, -1.0), 0.5);
/// ```
///
/// Reference: D. R. Cox, The regression analysis of binary sequences, Journal of the Royal
/// Statistical Society B 20, 1958.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Logistic;

impl Logistic {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

/// σ'(x) = e/(1 + e)² with e = e^(−|x|), which does not cancel as σ(x) (1 − σ(x)) does.
#[inline(always)]
pub(crate) fn sigmoid_slope<R: Real>(x: R) -> R {
    let e = (-x.abs()).exp();
    let sum = R::ONE + e;
    e / (sum * sum)
}

impl Loss for Logistic {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        (-(target * prediction)).softplus()
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        -(target * (-(target * prediction)).sigmoid())
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        target * target * sigmoid_slope(target * prediction)
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Signs,
            convex: true,
            lipschitz: Some(1.0),
            smoothness: Some(0.25),
            strong_convexity: 0.0,
            kinks: vec![],
        }
    }
}
