//! Cauchy loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::loss::bounded;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Cauchy`].
pub const ENTRY: Entry = Entry {
    name: "cauchy",
    summary: "A robust loss that grows like the logarithm: the negative log-likelihood of Cauchy noise.",
    formula: "(c²/2) ln(1 + (r/c)²), where r = prediction − target",
    conventions: "Curvature 1 at 0, as half the squared error. Not convex beyond |r| = c. Also called Lorentzian.",
    hyperparameters: &[Hyperparameter {
        name: "c",
        meaning: "the residual of steepest slope, in units of the target",
        domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "value: 1 logarithm and 1 division a term; slope: 2 divisions",
    reference: "M. J. Black and P. Anandan, The robust estimation of multiple motions, Computer Vision and Image \
                Understanding 63, 1996",
};

/// Cauchy loss: (c²/2) ln(1 + (r/c)²) with r = prediction − target.
///
/// The slope r/(1 + (r/c)²) is steepest at |r| = c and vanishes far away.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `c` | 1.0 | > 0 | of the target |
///
/// ```
/// use sgdlab_losses::{Cauchy, Loss};
/// let loss = Cauchy::new(1.0)?;
/// assert_eq!(loss.value(1.0, 0.0), 0.5 * std::f64::consts::LN_2);
/// assert_eq!(loss.slope(1.0, 0.0), 0.5);
/// assert_eq!(loss.curvature(1.0, 0.0), 0.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: M. J. Black and P. Anandan, The robust estimation of multiple motions, Computer
/// Vision and Image Understanding 63, 1996.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cauchy {
    c: f64,
}

impl Cauchy {
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

impl Loss for Cauchy {
    /// From q = |r|/c = 10¹⁰ on, ln(1 + q²) is 2 ln q to the last digit.
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let c = R::of(self.c);
        let q = (prediction - target).abs() / c;
        let near = q.min(R::of(1e10));
        let logarithm = if q > R::of(1e10) { R::of(2.0) * q.ln() } else { (near * near).ln_1p() };
        R::of(0.5) * c * (c * logarithm)
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let q = bounded((prediction - target) / R::of(self.c));
        R::of(self.c) * (q / (R::ONE + q * q))
    }

    /// s (2s − 1) with s = 1/(1 + (r/c)²).
    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let q = bounded((prediction - target) / R::of(self.c));
        let s = R::ONE / (R::ONE + q * q);
        s * (s + s - R::ONE)
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: false,
            lipschitz: Some(0.5 * self.c),
            smoothness: Some(1.0),
            strong_convexity: -0.125,
            kinks: vec![],
        }
    }
}
