//! Pinball loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Pinball`].
pub const ENTRY: Entry = Entry {
    name: "pinball",
    summary: "The loss of quantile regression: its minimizer is the quantile tau of the targets.",
    formula: "(1 − tau) r if r > 0, otherwise −tau r, where r = prediction − target",
    conventions: "Papers write it in target − prediction, which mirrors the two slopes. The slope at r = 0 is 0, which \
                  is one of the subgradients [−tau, 1 − tau]; it is also 0 at NaN. tau = 1/2 is half the absolute \
                  error.",
    hyperparameters: &[Hyperparameter {
        name: "tau",
        meaning: "the quantile that is estimated",
        domain: Domain::Number { default: 0.5, range: Range::open(0.0, 1.0) },
    }],
    dialects: &[],
    cost: "2 comparisons and 1 multiplication a term",
    reference: "R. Koenker and G. Bassett, Regression quantiles, Econometrica 46, 1978",
};

/// Pinball loss: (1 − τ) r if r > 0, otherwise −τ r; r = prediction − target, τ = `tau`.
///
/// Conventions: a prediction that is too high costs 1 − τ per unit, one that is too low τ, so that
/// the minimizer of the mean over terms is the τ-quantile of the targets.
/// The slope at r = 0 is 0, out of the subgradients [−τ, 1 − τ], and 0 at NaN.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `tau` | ½ | (0, 1) | probability |
///
/// ```
/// use sgdlab_losses::{Loss, Pinball};
/// let upper_quartile = Pinball::new(0.75)?;
/// assert_eq!(upper_quartile.value(3.0, 1.0), 0.5);
/// assert_eq!(upper_quartile.value(-1.0, 1.0), 1.5);
/// assert_eq!(upper_quartile.slope(-1.0, 1.0), -0.75);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: R. Koenker and G. Bassett, Regression quantiles, Econometrica 46, 1978.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pinball {
    tau: f64,
}

impl Pinball {
    /// The loss of the quantile `tau`.
    ///
    /// # Errors
    /// Unless 0 < `tau` < 1.
    pub fn new(tau: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("tau", Value::Number(tau))]).map(|settings| Self::from_settings(&settings))
    }

    /// The quantile.
    #[must_use]
    pub const fn tau(&self) -> f64 {
        self.tau
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { tau: settings.number("tau") }
    }
}

impl Loss for Pinball {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let r = prediction - target;
        let price = if r > R::ZERO { R::of(1.0 - self.tau) } else { R::of(self.tau) };
        price * r.abs()
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let r = prediction - target;
        let above = if r > R::ZERO { R::of(1.0 - self.tau) } else { R::ZERO };
        if r < R::ZERO { -R::of(self.tau) } else { above }
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, _prediction: R, _target: R) -> R {
        R::ZERO
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: true,
            lipschitz: Some(self.tau.max(1.0 - self.tau)),
            smoothness: None,
            strong_convexity: 0.0,
            kinks: vec![0.0],
        }
    }
}
