//! Smooth L1 loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::loss::sign_or_zero;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`SmoothL1`].
pub const ENTRY: Entry = Entry {
    name: "smooth-l1",
    summary: "The absolute error with its kink rounded off by a parabola.",
    formula: "r²/(2 beta) if |r| < beta, otherwise |r| − beta/2, where r = prediction − target",
    conventions: "The slope of the linear part is 1: huber with delta = beta is beta times this. |r| = beta counts as \
                  outside (curvature 0), as in torch's SmoothL1Loss. beta = 0 is absolute, also at NaN, where the \
                  slope is then 0.",
    hyperparameters: &[Hyperparameter {
        name: "beta",
        meaning: "the residual where the loss becomes linear, in units of the target",
        domain: Domain::Number { default: 1.0, range: Range::at_least(0.0) },
    }],
    dialects: &[],
    cost: "3 comparisons and 1 division a term",
    reference: "R. Girshick, Fast R-CNN, ICCV 2015 (beta = 1)",
};

/// Smooth L1 loss: r²/(2β) if |r| < β, otherwise |r| − β/2; r = prediction − target, β = `beta`.
///
/// Conventions: the slope of the linear part is ±1;
/// [`Huber`](crate::Huber) with `delta` = β is β times this.
/// |r| = β counts as outside: the curvature there is 0.
/// β = 0 is [`Absolute`](crate::Absolute), also at NaN.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta` | 1 | ≥ 0 | of the target |
///
/// ```
/// use sgdlab_losses::{Loss, SmoothL1};
/// let smooth = SmoothL1::new(2.0)?;
/// assert_eq!(smooth.value(1.0, 0.0), 0.25);
/// assert_eq!(smooth.value(5.0, 0.0), 4.0);
/// assert_eq!(smooth.slope(5.0, 0.0), 1.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: R. Girshick, Fast R-CNN, ICCV 2015.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothL1 {
    beta: f64,
}

impl SmoothL1 {
    /// The loss that is linear for residuals of at least `beta`.
    ///
    /// # Errors
    /// Unless `beta` is finite and not negative.
    pub fn new(beta: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("beta", Value::Number(beta))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { beta: settings.number("beta") }
    }
}

impl Loss for SmoothL1 {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let beta = R::of(self.beta);
        let half = R::of(0.5);
        let size = (prediction - target).abs();
        if size < beta { half * size * (size / beta) } else { size - half * beta }
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let beta = R::of(self.beta);
        let r = prediction - target;
        // Clipping keeps a NaN; a choice between the quotient and its limits would not be vectorized.
        if beta > R::ZERO { (r / beta).max(-R::ONE).min(R::ONE) } else { sign_or_zero(r) }
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let beta = R::of(self.beta);
        if (prediction - target).abs() < beta { R::ONE / beta } else { R::ZERO }
    }

    fn facts(&self) -> LossFacts {
        let smooth = self.beta > 0.0;
        LossFacts {
            targets: Targets::Numbers,
            convex: true,
            lipschitz: Some(1.0),
            smoothness: smooth.then_some(1.0 / self.beta),
            strong_convexity: 0.0,
            kinks: if smooth { vec![-self.beta, self.beta] } else { vec![0.0] },
        }
    }
}
