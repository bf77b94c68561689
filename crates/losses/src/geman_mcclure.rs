//! Geman-McClure loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::loss::bounded;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`GemanMcclure`].
pub const ENTRY: Entry = Entry {
    name: "geman-mcclure",
    summary: "A robust loss that levels off: far residuals cost nearly the same.",
    formula: "½ r²/(1 + (r/c)²), where r = prediction − target",
    conventions: "Curvature 1 at 0, limit c²/2 far away. Geman and McClure have no factor 1/2.",
    hyperparameters: &[Hyperparameter {
        name: "c",
        meaning: "the scale of the residual, in units of the target",
        domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "2 divisions a term",
    reference: "S. Geman and D. E. McClure, Bayesian image analysis: an application to single photon emission \
                tomography, Proceedings of the American Statistical Association, Statistical Computing Section, 1985",
};

/// Geman-McClure loss: ½ r²/(1 + (r/c)²) with r = prediction − target.
///
/// It tends to c²/2 far away; not convex beyond |r| = c/√3, where the slope is steepest.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `c` | 1.0 | > 0 | of the target |
///
/// ```
/// use sgdlab_losses::{GemanMcclure, Loss};
/// let loss = GemanMcclure::new(1.0)?;
/// assert_eq!(loss.value(1.0, 0.0), 0.25);
/// assert_eq!(loss.slope(1.0, 0.0), 0.25);
/// assert_eq!(loss.curvature(0.0, 0.0), 1.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: S. Geman and D. E. McClure, Bayesian image analysis: an application to single photon
/// emission tomography, Proceedings of the American Statistical Association, Statistical Computing
/// Section, 1985.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GemanMcclure {
    c: f64,
}

impl GemanMcclure {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(c: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("c", Value::Number(c))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { c: settings.number("c") }
    }
}

impl Loss for GemanMcclure {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let q = bounded((prediction - target) / R::of(self.c));
        let square = q * q;
        R::of(0.5 * self.c * self.c) * (square / (R::ONE + square))
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let q = bounded((prediction - target) / R::of(self.c));
        let s = R::ONE / (R::ONE + q * q);
        R::of(self.c) * (q * s * s)
    }

    /// s² (4s − 3) with s = 1/(1 + (r/c)²).
    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let q = bounded((prediction - target) / R::of(self.c));
        let s = R::ONE / (R::ONE + q * q);
        s * s * (R::of(4.0) * s - R::of(3.0))
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: false,
            lipschitz: Some(self.c * 3.0 * 3f64.sqrt() / 16.0),
            smoothness: Some(1.0),
            strong_convexity: -0.25,
            kinks: vec![],
        }
    }
}
