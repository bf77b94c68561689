//! Half the Tweedie deviance, logarithmic link.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::loss::bounded;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`HalfTweedie`].
pub const ENTRY: Entry = Entry {
    name: "half-tweedie",
    summary: "The loss of counts and amounts whose variance is a power of the mean; the prediction is the logarithm \
              of the mean.",
    formula: "e^((2 − power) x)/(2 − power) − target e^((1 − power) x)/(1 − power), where x = prediction; the limits \
              at 1 and 2 are e^x − target x and x + target e^(−x)",
    conventions: "scikit-learn's HalfTweedieLoss: without the terms that do not depend on the prediction. 0 is half \
                  the squared error of the mean, with its term target²/2, 1 poisson-nll, 2 half-gamma, 3 the inverse \
                  Gaussian; between 0 and 1 there is no such distribution. Targets are at least 0 for powers from 1 to \
                  below 2, and positive from there on. Not convex below 1 and above 2.",
    hyperparameters: &[Hyperparameter {
        name: "power",
        meaning: "the exponent of the mean in the variance",
        domain: Domain::Number { default: 1.5, range: Range::closed(0.0, 4.0) },
    }],
    dialects: &[],
    cost: "2 exponentials a term",
    reference: "B. Jørgensen, Exponential dispersion models, Journal of the Royal Statistical Society B 49, 1987",
};

/// Half the Tweedie deviance: e^((2−p)x)/(2 − p) − y e^((1−p)x)/(1 − p), where x = prediction is
/// the logarithm of the mean, y = target and p = `power`.
///
/// Conventions: terms without the prediction are left out; at p = 1 and 2 these are
/// [`PoissonNll`](crate::PoissonNll) and [`HalfGamma`](crate::HalfGamma).
/// Targets are ≥ 0 for 1 ≤ p < 2 and > 0 otherwise.
/// p = 0 is ½ (eˣ − y)², the one case with its term of the target alone.
/// For p < 1 and p > 2 it is not convex, and the curvature is not bounded below over all targets.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `power` | 1.5 | [0, 4] | 1 |
///
/// ```
/// use sgdlab_losses::{HalfTweedie, Loss};
/// let loss = HalfTweedie::new(1.5)?;
/// assert_eq!(loss.value(0.0, 3.0), 8.0);
/// assert_eq!(loss.slope(0.0, 3.0), -2.0);
/// assert_eq!(loss.curvature(0.0, 3.0), 2.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: B. Jørgensen, Exponential dispersion models, Journal of the Royal Statistical Society
/// B 49, 1987.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HalfTweedie {
    power: f64,
}

impl HalfTweedie {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(power: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("power", Value::Number(power))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { power: settings.number("power") }
    }

    /// a e^((2−p)x) + b y e^((1−p)x), with the exponential outside that no 0 multiplies when it is ∞.
    #[inline(always)]
    fn scaled<R: Real>(&self, prediction: R, target: R, a: R, b: R) -> R {
        let x = bounded(prediction);
        let ratio = (-x.abs()).exp();
        let negative = x < R::ZERO && target != R::ZERO;
        let exponent = if negative { R::of(1.0 - self.power) } else { R::of(2.0 - self.power) };
        let terms = if negative { a * ratio + b * target } else { a + b * target * ratio };
        (exponent * x).exp() * terms
    }
}

impl Loss for HalfTweedie {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let (x, p) = (prediction, self.power);
        if p == 0.0 {
            let r = x.exp() - target;
            R::of(0.5) * r * r
        } else if p == 1.0 {
            x.exp() - target * x
        } else if p == 2.0 {
            x + target * (-x).exp()
        } else {
            self.scaled(x, target, R::of(1.0 / (2.0 - p)), R::of(1.0 / (p - 1.0)))
        }
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        self.scaled(prediction, target, R::ONE, -R::ONE)
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        self.scaled(prediction, target, R::of(2.0 - self.power), R::of(self.power - 1.0))
    }

    fn facts(&self) -> LossFacts {
        let p = self.power;
        LossFacts {
            targets: if (1.0..2.0).contains(&p) { Targets::Counts } else { Targets::Positive },
            convex: (1.0..=2.0).contains(&p),
            lipschitz: None,
            smoothness: None,
            strong_convexity: if (1.0..=2.0).contains(&p) { 0.0 } else { f64::NEG_INFINITY },
            kinks: vec![],
        }
    }
}
