//! Losses whose prediction is a probability, a mean or a distance.
//!
//! A linear model predicts any number, so these are not in the catalogue; they are for models whose
//! last step puts the prediction into the stated range, and for scoring predictions.
//! Outside the range the value is NaN or meaningless.
//! `value`, `slope` and `curvature` are pure functions of one prediction and one target; slope and
//! curvature are derivatives with respect to the prediction.

use sgdlab_core::Real;

use crate::poisson_nll::stirling;

/// xᵃ for x ≥ 0.
#[inline(always)]
fn power<R: Real>(x: R, a: f64) -> R {
    if a == 0.0 { R::ONE } else { (R::of(a) * x.ln()).exp() }
}

/// Binary cross-entropy of a probability: −y ln p − (1 − y) ln(1 − p), with p = prediction and
/// y = target, both in \[0, 1\].
///
/// Conventions are those of torch's `BCELoss`: each logarithm is at least −100, so that the value
/// is finite at p = 0 and 1; the slope is (p − y)/max(p (1 − p), e) with e = 10⁻¹² in single
/// precision, and does not know of the bound.
/// [`BinaryCrossEntropy`](crate::BinaryCrossEntropy) takes the logit and needs neither.
///
/// ```
/// use sgdlab_losses::restricted::BinaryProbability;
/// assert_eq!(BinaryProbability.value(0.0, 1.0), 100.0);
/// assert_eq!(BinaryProbability.slope(0.5, 1.0), -2.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BinaryProbability;

impl BinaryProbability {
    /// The least p (1 − p) the slope divides by.
    const LEAST: f64 = 1e-12_f32 as f64;

    /// −y ln p − (1 − y) ln(1 − p), logarithms bounded.
    #[inline(always)]
    pub fn value<R: Real>(self, prediction: R, target: R) -> R {
        let floor = R::of(-100.0);
        let negative = (-prediction).ln_1p().max(floor);
        -(target * prediction.ln().max(floor)) - (R::ONE - target) * negative
    }

    /// (p − y)/max(p (1 − p), e).
    #[inline(always)]
    pub fn slope<R: Real>(self, prediction: R, target: R) -> R {
        let spread = (prediction * (R::ONE - prediction)).max(R::of(Self::LEAST));
        (prediction - target) / spread
    }

    /// (p² − 2 p y + y)/((p + e) (1 − p + e))² with e = 10⁻¹², torch's derivative of its slope.
    ///
    /// Near p = y the numerator cancels.
    #[inline(always)]
    pub fn curvature<R: Real>(self, prediction: R, target: R) -> R {
        let (p, e) = (prediction, R::of(1e-12));
        let spread = (p + e) * (R::ONE - p + e);
        (p * p - R::of(2.0) * p * target + target) / (spread * spread)
    }
}

/// Poisson negative log-likelihood of a mean: x − y ln(x + ε), with the mean x = prediction > −ε
/// and y = target ≥ 0.
///
/// With `full` the value has the further term y ln y − y + ½ ln(2πy) for y > 1.
/// [`PoissonNll`](crate::PoissonNll) takes the logarithm of the mean.
///
/// ```
/// use sgdlab_losses::restricted::PoissonRate;
/// let loss = PoissonRate { full: false, eps: 0.0 };
/// assert_eq!(loss.value(1.0, 3.0), 1.0);
/// assert_eq!(loss.slope(1.0, 3.0), -2.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoissonRate {
    /// Whether Stirling's term of the target is added.
    pub full: bool,
    /// What is added to the mean inside the logarithm.
    pub eps: f64,
}

impl PoissonRate {
    /// x − y ln(x + ε), and the Stirling term if `full`.
    #[inline(always)]
    pub fn value<R: Real>(self, prediction: R, target: R) -> R {
        let value = prediction - target * (prediction + R::of(self.eps)).ln();
        if self.full { value + stirling(target) } else { value }
    }

    /// (x − y + ε)/(x + ε), which is 1 − y/(x + ε) without its cancellation.
    #[inline(always)]
    pub fn slope<R: Real>(self, prediction: R, target: R) -> R {
        let eps = R::of(self.eps);
        (prediction - target + eps) / (prediction + eps)
    }

    /// y/(x + ε)².
    #[inline(always)]
    pub fn curvature<R: Real>(self, prediction: R, target: R) -> R {
        let mean = prediction + R::of(self.eps);
        target / mean / mean
    }
}

/// Half the Tweedie deviance of a mean: y^(2−p)/((1 − p)(2 − p)) − y x^(1−p)/(1 − p) +
/// x^(2−p)/(2 − p), with the mean x = prediction > 0, y = target > 0 and p = `power`.
///
/// The limits are y ln(y/x) − y + x at p = 1 and ln(x/y) + y/x − 1 at p = 2; p = 0 is ½ (x − y)².
/// It is 0 at x = y. Twice this is the deviance.
/// [`HalfTweedie`](crate::HalfTweedie) takes the logarithm of the mean.
///
/// ```
/// use sgdlab_losses::restricted::TweedieMean;
/// assert_eq!(TweedieMean { power: 0.0 }.value(3.0, 1.0), 2.0);
/// assert_eq!(TweedieMean { power: 2.0 }.deviance(1.0, 1.0), 0.0);
/// assert_eq!(TweedieMean { power: 2.0 }.slope(2.0, 4.0), -0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TweedieMean {
    /// The exponent of the mean in the variance: 0, or at least 1.
    pub power: f64,
}

impl TweedieMean {
    /// Half the deviance.
    #[inline(always)]
    pub fn value<R: Real>(self, prediction: R, target: R) -> R {
        let (x, y, p) = (prediction, target, self.power);
        if p == 0.0 {
            R::of(0.5) * (x - y) * (x - y)
        } else if p == 1.0 {
            // y ln y is 0 at 0.
            let entropy = if y == R::ZERO { R::ZERO } else { y * (y / x).ln() };
            entropy - y + x
        } else if p == 2.0 {
            (x / y).ln() + y / x - R::ONE
        } else {
            let constant = power(y, 2.0 - p) / R::of((1.0 - p) * (2.0 - p));
            constant - y * power(x, 1.0 - p) / R::of(1.0 - p) + power(x, 2.0 - p) / R::of(2.0 - p)
        }
    }

    /// The deviance.
    #[inline(always)]
    pub fn deviance<R: Real>(self, prediction: R, target: R) -> R {
        R::of(2.0) * self.value(prediction, target)
    }

    /// x^(−p) (x − y), of half the deviance.
    #[inline(always)]
    pub fn slope<R: Real>(self, prediction: R, target: R) -> R {
        power(prediction, -self.power) * (prediction - target)
    }

    /// x^(−p−1) ((1 − p) x + p y), of half the deviance.
    #[inline(always)]
    pub fn curvature<R: Real>(self, prediction: R, target: R) -> R {
        let terms = R::of(1.0 - self.power) * prediction + R::of(self.power) * target;
        power(prediction, -self.power - 1.0) * terms
    }
}

/// Hinge embedding loss of a distance x = prediction: x at target 1, max(0, margin − x) at
/// target −1.
///
/// The slope of the second is 0 at x = margin. At target 1 a negative x has a negative loss.
///
/// ```
/// use sgdlab_losses::restricted::HingeEmbedding;
/// let loss = HingeEmbedding { margin: 1.0 };
/// assert_eq!(loss.value(0.25, 1.0), 0.25);
/// assert_eq!(loss.value(0.25, -1.0), 0.75);
/// assert_eq!(loss.slope(0.25, -1.0), -1.0);
/// ```
///
/// Reference: R. Hadsell, S. Chopra and Y. LeCun, Dimensionality reduction by learning an invariant
/// mapping, CVPR 2006 (squared distances).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HingeEmbedding {
    /// The distance from which unlike pairs cost nothing.
    pub margin: f64,
}

impl HingeEmbedding {
    /// x or max(0, margin − x).
    #[inline(always)]
    pub fn value<R: Real>(self, prediction: R, target: R) -> R {
        let unlike = (R::of(self.margin) - prediction).max(R::ZERO);
        if target > R::ZERO { prediction } else { unlike }
    }

    /// 1, −1 or 0.
    #[inline(always)]
    pub fn slope<R: Real>(self, prediction: R, target: R) -> R {
        let unlike = if prediction < R::of(self.margin) { -R::ONE } else { R::ZERO };
        if target > R::ZERO { R::ONE } else { unlike }
    }

    /// 0.
    #[inline(always)]
    pub fn curvature<R: Real>(self, _prediction: R, _target: R) -> R {
        R::ZERO
    }
}
