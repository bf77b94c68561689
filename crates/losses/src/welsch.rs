//! Welsch loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::loss::bounded;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Welsch`].
pub const ENTRY: Entry = Entry {
    name: "welsch",
    summary: "A robust loss that levels off exponentially fast.",
    formula: "(c²/2) (1 − e^(−(r/c)²)), where r = prediction − target",
    conventions: "Curvature 1 at 0, limit c²/2 far away. Also called Leclerc loss and, up to scale, correntropy.",
    hyperparameters: &[Hyperparameter {
        name: "c",
        meaning: "the scale of the residual, in units of the target",
        domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "1 exponential or hyperbolic tangent and 1 division a term",
    reference: "J. E. Dennis and R. E. Welsch, Techniques for nonlinear least squares and robust regression, \
                Communications in Statistics B 7, 1978",
};

/// Welsch loss: (c²/2) (1 − e^(−(r/c)²)) with r = prediction − target.
///
/// It tends to c²/2 far away; not convex beyond |r| = c/√2, where the slope is steepest.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `c` | 1.0 | > 0 | of the target |
///
/// ```
/// use sgdlab_losses::{Loss, Welsch};
/// let loss = Welsch::new(1.0)?;
/// assert_eq!(loss.value(40.0, 0.0), 0.5);
/// assert_eq!(loss.slope(1.0, 0.0), (-1.0_f64).exp());
/// assert_eq!(loss.curvature(0.0, 0.0), 1.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: J. E. Dennis and R. E. Welsch, Techniques for nonlinear least squares and robust
/// regression, Communications in Statistics B 7, 1978.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welsch {
    c: f64,
}

impl Welsch {
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

impl Loss for Welsch {
    /// 1 − e^(−2a) = 2t/(1 + t) with t = tanh a, which does not cancel at small residuals.
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let q = bounded((prediction - target) / R::of(self.c));
        let t = (R::of(0.5) * q * q).tanh();
        R::of(self.c * self.c) * (t / (R::ONE + t))
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let q = bounded((prediction - target) / R::of(self.c));
        R::of(self.c) * (q * (-(q * q)).exp())
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let q = bounded((prediction - target) / R::of(self.c));
        let square = q * q;
        (R::ONE - square - square) * (-square).exp()
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: false,
            lipschitz: Some(self.c * (-0.5_f64).exp() / 2f64.sqrt()),
            smoothness: Some(1.0),
            strong_convexity: -2.0 * (-1.5_f64).exp(),
            kinks: vec![],
        }
    }
}
