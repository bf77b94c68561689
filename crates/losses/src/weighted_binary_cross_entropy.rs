//! Binary cross-entropy on logits with a weight for the positive class.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::logistic::sigmoid_slope;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`WeightedBinaryCrossEntropy`].
pub const ENTRY: Entry = Entry {
    name: "weighted-binary-cross-entropy",
    summary: "Binary cross-entropy on logits whose positive part is weighted, for classes of unequal size.",
    formula: "−pos-weight · target ln σ(x) − (1 − target) ln(1 − σ(x)), where x = prediction and σ(x) = 1/(1 + \
              e^(−x))",
    conventions: "torch's BCEWithLogitsLoss with pos_weight, without its loss of digits at small values. pos-weight \
                  = 1 is binary-cross-entropy.",
    hyperparameters: &[Hyperparameter {
        name: "pos-weight",
        meaning: "the weight of the positive class against the negative one",
        domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "value: 1 exponential and 1 logarithm a term; slope: 1 exponential and 1 division",
    reference: "D. R. Cox, The regression analysis of binary sequences, Journal of the Royal Statistical Society B \
                20, 1958",
};

/// Weighted binary cross-entropy: −w y ln σ(x) − (1 − y) ln(1 − σ(x)), with the logit
/// x = prediction, the probability y = target in [0, 1], w = `pos-weight` and σ(x) = 1/(1 + e^(−x)).
///
/// Conventions: natural logarithm; w = 1 is [`BinaryCrossEntropy`](crate::BinaryCrossEntropy).
/// At an infinite logit the value is ∞, or NaN where a factor 0 meets the infinite logit.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `pos-weight` | 1.0 | > 0 | 1 |
///
/// ```
/// use sgdlab_losses::{Loss, WeightedBinaryCrossEntropy};
/// let loss = WeightedBinaryCrossEntropy::new(3.0)?;
/// assert_eq!(loss.value(-1000.0, 1.0), 3000.0);
/// assert_eq!(loss.slope(0.0, 1.0), -1.5);
/// assert_eq!(loss.slope(0.0, 0.0), 0.5);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: D. R. Cox, The regression analysis of binary sequences, Journal of the Royal
/// Statistical Society B 20, 1958.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedBinaryCrossEntropy {
    pos_weight: f64,
}

impl WeightedBinaryCrossEntropy {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(pos_weight: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("pos-weight", Value::Number(pos_weight))])
            .map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { pos_weight: settings.number("pos-weight") }
    }
}

impl Loss for WeightedBinaryCrossEntropy {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let (positive, negative) = (R::of(self.pos_weight) * target, R::ONE - target);
        let wrong = if prediction < R::ZERO { positive } else { negative };
        let size = prediction.abs();
        wrong * size + (positive + negative) * (-size).exp().ln_1p()
    }

    /// (1 − y) σ(x) − w y σ(−x): unlike a difference of σ and y it does not cancel at y = 1.
    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let e = (-prediction.abs()).exp();
        let below = prediction < R::ZERO;
        let (up, down) = (if below { e } else { R::ONE }, if below { R::ONE } else { e });
        ((R::ONE - target) * up - R::of(self.pos_weight) * target * down) / (R::ONE + e)
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        (R::ONE - target + R::of(self.pos_weight) * target) * sigmoid_slope(prediction)
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Probabilities,
            convex: true,
            lipschitz: Some(self.pos_weight.max(1.0)),
            smoothness: Some(0.25 * self.pos_weight.max(1.0)),
            strong_convexity: 0.0,
            kinks: vec![],
        }
    }
}
