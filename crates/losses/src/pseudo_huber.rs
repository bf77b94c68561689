//! Pseudo-Huber loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::loss::bounded;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`PseudoHuber`].
pub const ENTRY: Entry = Entry {
    name: "pseudo-huber",
    summary: "A smooth loss between the squared error near 0 and the absolute error far away.",
    formula: "delta² (√(1 + (r/delta)²) − 1), where r = prediction − target",
    conventions: "Curvature 1 at 0 and slopes up to ±delta, as huber. delta² times what optimization libraries call \
                  soft_l1 is twice this.",
    hyperparameters: &[Hyperparameter {
        name: "delta",
        meaning: "the residual where the slope bends, in units of the target",
        domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "1 square root and 2 divisions a term",
    reference: "P. Charbonnier, L. Blanc-Féraud, G. Aubert and M. Barlaud, Deterministic edge-preserving \
                regularization in computed imaging, IEEE Transactions on Image Processing 6, 1997",
};

/// Pseudo-Huber loss: δ² (√(1 + (r/δ)²) − 1), with r = prediction − target and δ = `delta`.
///
/// Neither small residuals cancel nor large ones overflow before the loss itself does.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `delta` | 1.0 | > 0 | of the target |
///
/// ```
/// use sgdlab_losses::{Loss, PseudoHuber};
/// let loss = PseudoHuber::new(4.0)?;
/// assert_eq!(loss.value(3.0, 0.0), 4.0);
/// assert_eq!(loss.slope(3.0, 0.0), 2.4);
/// assert_eq!(loss.curvature(0.0, 0.0), 1.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: P. Charbonnier, L. Blanc-Féraud, G. Aubert and M. Barlaud, Deterministic edge-
/// preserving regularization in computed imaging, IEEE Transactions on Image Processing 6, 1997.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PseudoHuber {
    delta: f64,
}

impl PseudoHuber {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(delta: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("delta", Value::Number(delta))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { delta: settings.number("delta") }
    }
}

/// √(1 + q²), which is |q| to the last digit before q² overflows.
#[inline(always)]
fn root<R: Real>(q: R) -> R {
    if q.abs() > R::of(1e10) { q.abs() } else { (R::ONE + q * q).sqrt() }
}

impl Loss for PseudoHuber {
    /// δ |r| q/(1 + √(1 + q²)) with q = |r|/δ; the quotient is 1 to the last digit where it would be ∞/∞.
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let size = (prediction - target).abs();
        let q = size / R::of(self.delta);
        let share = if q > R::of(1e30) { R::ONE } else { q / (R::ONE + root(q)) };
        R::of(self.delta) * (size * share)
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let q = bounded((prediction - target) / R::of(self.delta));
        R::of(self.delta) * (q / root(q))
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let inverse = R::ONE / root((prediction - target) / R::of(self.delta));
        inverse * inverse * inverse
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: true,
            lipschitz: Some(self.delta),
            smoothness: Some(1.0),
            strong_convexity: 0.0,
            kinks: vec![],
        }
    }
}
