//! Huber loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Huber`].
pub const ENTRY: Entry = Entry {
    name: "huber",
    summary: "Half the squared error for small residuals, linear with slope ±delta for large ones.",
    formula: "r²/2 if |r| < delta, otherwise delta (|r| − delta/2), where r = prediction − target",
    conventions: "The slope of the linear part is delta, not 1: smooth-l1 with beta = delta is this divided by delta. \
                  |r| = delta counts as outside (curvature 0), as in torch's HuberLoss.",
    hyperparameters: &[Hyperparameter {
        name: "delta",
        meaning: "the residual where the loss becomes linear, in units of the target",
        domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "2 comparisons and 2 multiplications a term",
    reference: "P. J. Huber, Robust estimation of a location parameter, Annals of Mathematical Statistics 35, 1964",
};

/// Huber loss: r²/2 if |r| < δ, otherwise δ (|r| − δ/2); r = prediction − target, δ = `delta`.
///
/// Conventions: the slope of the linear part is ±δ;
/// [`SmoothL1`](crate::SmoothL1) with `beta` = δ is this divided by δ.
/// |r| = δ counts as outside: the curvature there is 0.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `delta` | 1 | > 0 | of the target |
///
/// ```
/// use sgdlab_losses::{Huber, Loss};
/// let huber = Huber::new(2.0)?;
/// assert_eq!(huber.value(1.0, 0.0), 0.5);
/// assert_eq!(huber.value(5.0, 0.0), 8.0);
/// assert_eq!(huber.slope(5.0, 0.0), 2.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: P. J. Huber, Robust estimation of a location parameter, Annals of Mathematical
/// Statistics 35, 1964.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    delta: f64,
}

impl Huber {
    /// The loss that is linear for residuals of at least `delta`.
    ///
    /// # Errors
    /// Unless `delta` is positive and finite.
    pub fn new(delta: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("delta", Value::Number(delta))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { delta: settings.number("delta") }
    }
}

impl Loss for Huber {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let delta = R::of(self.delta);
        let half = R::of(0.5);
        let size = (prediction - target).abs();
        if size < delta { half * size * size } else { delta * (size - half * delta) }
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let delta = R::of(self.delta);
        (prediction - target).max(-delta).min(delta)
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        if (prediction - target).abs() < R::of(self.delta) { R::ONE } else { R::ZERO }
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: true,
            lipschitz: Some(self.delta),
            smoothness: Some(1.0),
            strong_convexity: 0.0,
            kinks: vec![-self.delta, self.delta],
        }
    }
}
