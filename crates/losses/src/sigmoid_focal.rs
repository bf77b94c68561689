//! Sigmoid focal loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::loss::bounded;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`SigmoidFocal`].
pub const ENTRY: Entry = Entry {
    name: "sigmoid-focal",
    summary: "Binary cross-entropy that gives terms already predicted well less weight.",
    formula: "−target alpha (1 − σ)^gamma ln σ − (1 − target) (1 − alpha) σ^gamma ln(1 − σ), where σ = 1/(1 + \
              e^(−prediction))",
    conventions: "Takes logits. alpha = 1/2 is half the focal loss without class weights. For targets between 0 and 1 \
                  it is the mixture of the two classes. Not convex unless gamma = 0: terms that are predicted very \
                  wrong lose curvature.",
    hyperparameters: &[
        Hyperparameter {
            name: "alpha",
            meaning: "the weight of the positive class; the other has 1 − alpha",
            domain: Domain::Number { default: 0.25, range: Range::open(0.0, 1.0) },
        },
        Hyperparameter {
            name: "gamma",
            meaning: "how strongly well-predicted terms are discounted",
            domain: Domain::Number { default: 2.0, range: Range::at_least(0.0) },
        },
    ],
    dialects: &[],
    cost: "3 exponentials and 2 logarithms a term and class",
    reference: "T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, Focal loss for dense object detection, ICCV \
                2017",
};

/// Sigmoid focal loss: −y α (1 − σ)^γ ln σ − (1 − y) (1 − α) σ^γ ln(1 − σ), with σ = 1/(1 + e^(−x)),
/// the logit x = prediction, y = target in [0, 1], α = `alpha` and γ = `gamma`.
///
/// Conventions: natural logarithm; linear in y, so that y between 0 and 1 mixes the two classes.
/// α = ½ is half the focal loss without class weights.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `alpha` | 0.25 | (0, 1) | 1 |
/// | `gamma` | 2.0 | ≥ 0 | 1 |
///
/// ```
/// use sgdlab_losses::{Loss, SigmoidFocal};
/// let loss = SigmoidFocal::new(0.25, 2.0)?;
/// let quarter = 0.25 * std::f64::consts::LN_2;
/// assert!((loss.value(0.0, 1.0) - 0.25 * quarter).abs() < 1e-16);
/// assert!((loss.value(0.0, 0.0) - 0.75 * quarter).abs() < 1e-16);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, Focal loss for dense object
/// detection, ICCV 2017.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SigmoidFocal {
    alpha: f64,
    gamma: f64,
}

impl SigmoidFocal {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(alpha: f64, gamma: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("alpha", Value::Number(alpha)), ("gamma", Value::Number(gamma))])
            .map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { alpha: settings.number("alpha"), gamma: settings.number("gamma") }
    }

    /// (1 − y) (1 − α) negative + y α positive.
    #[inline(always)]
    fn mixed<R: Real>(&self, target: R, negative: R, positive: R) -> R {
        (R::ONE - target) * R::of(1.0 - self.alpha) * negative + target * R::of(self.alpha) * positive
    }
}

/// −σ^γ ln(1 − σ), the loss at target 0 without its weight; σ^γ is e^(−γ softplus(−x)).
#[inline(always)]
pub(crate) fn of_negative<R: Real>(gamma: f64, x: R) -> R {
    (-(R::of(gamma) * (-x).softplus())).exp() * x.softplus()
}

/// Its slope σ^γ (γ (1 − σ) s + σ) with s = softplus(x).
#[inline(always)]
pub(crate) fn slope_of_negative<R: Real>(gamma: f64, x: R) -> R {
    let (x, gamma) = (bounded(x), R::of(gamma));
    let (p, q) = (x.sigmoid(), (-x).sigmoid());
    (-(gamma * (-x).softplus())).exp() * (gamma * q * x.softplus() + p)
}

/// Its curvature σ^γ (1 − σ) (γ s (γ (1 − σ) − σ) + (2γ + 1) σ) with s = softplus(x).
#[inline(always)]
pub(crate) fn curvature_of_negative<R: Real>(gamma: f64, x: R) -> R {
    let (x, gamma) = (bounded(x), R::of(gamma));
    let (p, q) = (x.sigmoid(), (-x).sigmoid());
    let inner = gamma * x.softplus() * (gamma * q - p) + (gamma + gamma + R::ONE) * p;
    (-(gamma * (-x).softplus())).exp() * q * inner
}

/// The maximum over the logits: it has no closed form, so the best of a grid is refined by
/// dividing its neighborhood in three until the digits are exhausted.
/// Beyond the grid every function here is within rounding of its limits, reached at its ends.
fn maximum(f: &dyn Fn(f64) -> f64) -> f64 {
    let step = 0.05;
    let grid = (-2000..=2000).map(|i| f64::from(i) * step);
    let best = grid.max_by(|a, b| f(*a).total_cmp(&f(*b))).unwrap_or(0.0);
    let (mut low, mut high) = (best - step, best + step);
    for _ in 0..80 {
        let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if f(left) < f(right) { low = left } else { high = right }
    }
    f(best).max(f((low + high) / 2.0))
}

impl Loss for SigmoidFocal {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        self.mixed(target, of_negative(self.gamma, prediction), of_negative(self.gamma, -prediction))
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        self.mixed(target, slope_of_negative(self.gamma, prediction), -slope_of_negative(self.gamma, -prediction))
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        self.mixed(
            target,
            curvature_of_negative(self.gamma, prediction),
            curvature_of_negative(self.gamma, -prediction),
        )
    }

    fn facts(&self) -> LossFacts {
        let weight = self.alpha.max(1.0 - self.alpha);
        let extreme = |f: &dyn Fn(f64) -> f64| weight * maximum(f);
        LossFacts {
            targets: Targets::Probabilities,
            convex: self.gamma == 0.0,
            lipschitz: Some(extreme(&|x| slope_of_negative(self.gamma, x))),
            smoothness: Some(extreme(&|x| curvature_of_negative(self.gamma, x))),
            strong_convexity: -extreme(&|x| -curvature_of_negative(self.gamma, x)),
            kinks: vec![],
        }
    }
}
