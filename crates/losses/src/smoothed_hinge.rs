//! Smoothed hinge loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`SmoothedHinge`].
pub const ENTRY: Entry = Entry {
    name: "smoothed-hinge",
    summary: "The hinge loss with its kink rounded off by a parabola, targets ±1.",
    formula: "0 if m ≥ 1, (1 − m)²/(2 gamma) if 1 − gamma < m < 1, otherwise 1 − m − gamma/2, where m = target · \
              prediction",
    conventions: "gamma = 1 is the smooth hinge of Rennie and Srebro. m = 1 − gamma counts as linear, m = 1 as \
                  outside (curvature 0).",
    hyperparameters: &[Hyperparameter {
        name: "gamma",
        meaning: "the width of the parabola, in units of the margin",
        domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "3 comparisons and 1 division a term",
    reference: "S. Shalev-Shwartz and T. Zhang, Stochastic dual coordinate ascent methods for regularized loss \
                minimization, Journal of Machine Learning Research 14, 2013",
};

/// Smoothed hinge loss: with the margin m = target · prediction and γ = `gamma`, 0 if m ≥ 1,
/// (1 − m)²/(2γ) if 1 − γ < m < 1, otherwise 1 − m − γ/2; targets are ±1.
///
/// Conventions: m = 1 − γ counts as linear and m = 1 as outside: the curvature there is 0.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `gamma` | 1.0 | > 0 | of the margin |
///
/// ```
/// use sgdlab_losses::{Loss, SmoothedHinge};
/// let hinge = SmoothedHinge::new(1.0)?;
/// assert_eq!(hinge.value(0.5, 1.0), 0.125);
/// assert_eq!(hinge.value(-2.0, 1.0), 2.5);
/// assert_eq!(hinge.slope(0.5, 1.0), -0.5);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: S. Shalev-Shwartz and T. Zhang, Stochastic dual coordinate ascent methods for
/// regularized loss minimization, Journal of Machine Learning Research 14, 2013.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothedHinge {
    gamma: f64,
}

impl SmoothedHinge {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(gamma: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("gamma", Value::Number(gamma))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { gamma: settings.number("gamma") }
    }
}

impl Loss for SmoothedHinge {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let gamma = R::of(self.gamma);
        let half = R::of(0.5);
        let short = (R::ONE - target * prediction).max(R::ZERO);
        if short < gamma { half * short * (short / gamma) } else { short - half * gamma }
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let short = (R::ONE - target * prediction).max(R::ZERO);
        -(target * (short / R::of(self.gamma)).min(R::ONE))
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let gamma = R::of(self.gamma);
        let short = R::ONE - target * prediction;
        let rounded = if short < gamma { target * target / gamma } else { R::ZERO };
        if short > R::ZERO { rounded } else { R::ZERO }
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Signs,
            convex: true,
            lipschitz: Some(1.0),
            smoothness: Some(1.0 / self.gamma),
            strong_convexity: 0.0,
            kinks: vec![1.0 - self.gamma, 1.0],
        }
    }
}
