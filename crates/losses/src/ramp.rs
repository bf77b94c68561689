//! Ramp loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Ramp`].
pub const ENTRY: Entry = Entry {
    name: "ramp",
    summary: "The hinge loss cut off at a largest value, targets ±1: outliers stop pulling.",
    formula: "min(cap, max(0, 1 − m)), where m = target · prediction",
    conventions: "cap = 1 − s in the notation of Collobert et al., whose s is −1 to 0. Not convex. The slope is 0 at \
                  both kinks and at NaN.",
    hyperparameters: &[Hyperparameter {
        name: "cap",
        meaning: "the largest loss",
        domain: Domain::Number { default: 2.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "2 comparisons a term",
    reference: "R. Collobert, F. Sinz, J. Weston and L. Bottou, Trading convexity for scalability, ICML 2006",
};

/// Ramp loss: min(c, max(0, 1 − m)) with the margin m = target · prediction and c = `cap`; targets
/// are ±1.
///
/// Conventions: the slope is 0 at m = 1 and m = 1 − c, and at NaN.
/// Below m = 1 − c the loss is constant: it is not convex.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `cap` | 2.0 | > 0 | of the margin |
///
/// ```
/// use sgdlab_losses::{Loss, Ramp};
/// let ramp = Ramp::new(2.0)?;
/// assert_eq!(ramp.value(0.0, 1.0), 1.0);
/// assert_eq!(ramp.value(-5.0, 1.0), 2.0);
/// assert_eq!(ramp.slope(-5.0, 1.0), 0.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: R. Collobert, F. Sinz, J. Weston and L. Bottou, Trading convexity for scalability,
/// ICML 2006.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    cap: f64,
}

impl Ramp {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(cap: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("cap", Value::Number(cap))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { cap: settings.number("cap") }
    }
}

impl Loss for Ramp {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        (R::ONE - target * prediction).max(R::ZERO).min(R::of(self.cap))
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let short = R::ONE - target * prediction;
        let inside = if short < R::of(self.cap) { -target } else { R::ZERO };
        if short > R::ZERO { inside } else { R::ZERO }
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, _prediction: R, _target: R) -> R {
        R::ZERO
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Signs,
            convex: false,
            lipschitz: Some(1.0),
            smoothness: None,
            strong_convexity: 0.0,
            kinks: vec![1.0 - self.cap, 1.0],
        }
    }
}
