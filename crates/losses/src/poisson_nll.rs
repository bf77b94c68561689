//! Poisson negative log-likelihood.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Real, Settings, Value};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`PoissonNll`].
pub const ENTRY: Entry = Entry {
    name: "poisson-nll",
    summary: "The negative log-likelihood of counts, the prediction being the logarithm of their mean.",
    formula: "e^x − target x, plus target ln target − target + ½ ln(2π target) if full and target > 1, where x = \
              prediction",
    conventions: "torch's PoissonNLLLoss with log_input, and scikit-learn's HalfPoissonLoss. full adds Stirling's \
                  approximation of ln(target!), which does not depend on the prediction, for targets above 1 only, \
                  as torch does.",
    hyperparameters: &[Hyperparameter {
        name: "full",
        meaning: "whether the Stirling term of the target is added",
        domain: Domain::Flag { default: false },
    }],
    dialects: &[],
    cost: "1 exponential a term, with full also 2 logarithms for values",
    reference: "P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd edition, Chapman and Hall, 1989",
};

/// Poisson negative log-likelihood: e^x − y x, where x = prediction is the logarithm of the mean
/// and y = target ≥ 0.
///
/// With `full` the value has the further term y ln y − y + ½ ln(2πy) for y > 1, Stirling's
/// approximation of ln y!; slope and curvature are the same.
/// [`restricted::PoissonRate`](crate::restricted::PoissonRate) takes the mean itself.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `full` | false |  |  |
///
/// ```
/// use sgdlab_losses::{Loss, PoissonNll};
/// let loss = PoissonNll::new(false)?;
/// assert_eq!(loss.value(0.0, 3.0), 1.0);
/// assert_eq!(loss.slope(0.0, 3.0), -2.0);
/// assert_eq!(loss.curvature(0.0, 3.0), 1.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd edition, Chapman and
/// Hall, 1989.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoissonNll {
    full: bool,
}

impl PoissonNll {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(full: bool) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("full", Value::Flag(full))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { full: settings.flag("full") }
    }
}

/// y ln y − y + ½ ln(2πy) above 1, otherwise 0.
#[inline(always)]
pub(crate) fn stirling<R: Real>(y: R) -> R {
    let term = y * y.ln() - y + R::of(0.5) * (R::of(std::f64::consts::TAU) * y).ln();
    if y > R::ONE { term } else { R::ZERO }
}

impl Loss for PoissonNll {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let value = prediction.exp() - target * prediction;
        if self.full { value + stirling(target) } else { value }
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        prediction.exp() - target
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, _target: R) -> R {
        prediction.exp()
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Counts,
            convex: true,
            lipschitz: None,
            smoothness: None,
            strong_convexity: 0.0,
            kinks: vec![],
        }
    }
}
