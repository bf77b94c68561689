//! Binary cross-entropy on logits.

use sgdlab_core::{Entry, Real, Settings};

use crate::logistic::sigmoid_slope;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`BinaryCrossEntropy`].
pub const ENTRY: Entry = Entry {
    name: "binary-cross-entropy",
    summary: "The negative log-likelihood of a probability given by its logit; targets from 0 to 1.",
    formula: "−target ln σ(x) − (1 − target) ln(1 − σ(x)), where x = prediction and σ(x) = 1/(1 + e^(−x))",
    conventions: "Takes logits, not probabilities. Natural logarithm. At targets 0 and 1 it is logistic at −1 and 1; in \
                  between its minimum is the entropy of the target, not 0. torch's BCEWithLogitsLoss is the same \
                  function, but loses the digits of small values.",
    hyperparameters: &[],
    dialects: &[],
    cost: "value: 1 exponential and 1 logarithm a term; slope: 1 exponential and 1 division",
    reference: "D. R. Cox, The regression analysis of binary sequences, Journal of the Royal Statistical Society B 20, \
                1958",
};

/// Binary cross-entropy: −y ln σ(x) − (1 − y) ln(1 − σ(x)), with the logit x = prediction, the
/// probability y = target in [0, 1], and σ(x) = 1/(1 + e^(−x)).
///
/// Conventions: natural logarithm.
/// At y = 0 and 1 it is [`Logistic`](crate::Logistic) at −1 and 1; in between its minimum is the
/// entropy of y, not 0.
/// Values and slopes keep their digits where they are tiny.
/// At an infinite logit the value is ∞, or NaN where a factor 0 meets the infinite logit.
///
/// ```
/// use sgdlab_losses::{BinaryCrossEntropy, Loss};
/// assert_eq!(BinaryCrossEntropy.value(0.0, 0.25), std::f64::consts::LN_2);
/// assert_eq!(BinaryCrossEntropy.value(-1000.0, 1.0), 1000.0);
/// assert_eq!(BinaryCrossEntropy.slope(0.0, 0.25), 0.25);
/// ```
///
/// Reference: D. R. Cox, The regression analysis of binary sequences, Journal of the Royal
/// Statistical Society B 20, 1958.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BinaryCrossEntropy;

impl BinaryCrossEntropy {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for BinaryCrossEntropy {
    /// (1 − y) softplus(x) + y softplus(−x), with the logarithm they share taken once.
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let wrong = if prediction < R::ZERO { target } else { R::ONE - target };
        let size = prediction.abs();
        wrong * size + (-size).exp().ln_1p()
    }

    /// (1 − y) σ(x) − y σ(−x): unlike σ(x) − y it does not cancel at y = 1.
    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let e = (-prediction.abs()).exp();
        let negative = prediction < R::ZERO;
        let (up, down) = (if negative { e } else { R::ONE }, if negative { R::ONE } else { e });
        ((R::ONE - target) * up - target * down) / (R::ONE + e)
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, _target: R) -> R {
        sigmoid_slope(prediction)
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Probabilities,
            convex: true,
            lipschitz: Some(1.0),
            smoothness: Some(0.25),
            strong_convexity: 0.0,
            kinks: vec![],
        }
    }
}
