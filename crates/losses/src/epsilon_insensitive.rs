//! Epsilon-insensitive loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::loss::sign_or_zero;
use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`EpsilonInsensitive`].
pub const ENTRY: Entry = Entry {
    name: "epsilon-insensitive",
    summary: "The absolute error beyond a tube in which residuals cost nothing: support vector regression.",
    formula: "max(0, |r| − epsilon), where r = prediction − target",
    conventions: "|r| = epsilon counts as inside (slope 0), as in scikit-learn; the slope is also 0 at NaN. epsilon \
                  = 0 is absolute.",
    hyperparameters: &[Hyperparameter {
        name: "epsilon",
        meaning: "the half-width of the tube, in units of the target",
        domain: Domain::Number { default: 0.1, range: Range::at_least(0.0) },
    }],
    dialects: &[],
    cost: "2 comparisons a term",
    reference: "V. Vapnik, The Nature of Statistical Learning Theory, Springer, 1995",
};

/// Epsilon-insensitive loss: max(0, |r| − ε), with r = prediction − target and ε = `epsilon`.
///
/// Conventions: |r| = ε counts as inside: the slope there is 0, out of the subgradients [0, 1] or
/// [−1, 0]; it is also 0 at NaN.
/// ε = 0 is [`Absolute`](crate::Absolute).
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `epsilon` | 0.1 | ≥ 0 | of the target |
///
/// ```
/// use sgdlab_losses::{EpsilonInsensitive, Loss};
/// let tube = EpsilonInsensitive::new(0.5)?;
/// assert_eq!(tube.value(2.0, 0.0), 1.5);
/// assert_eq!(tube.value(0.25, 0.0), 0.0);
/// assert_eq!(tube.slope(-2.0, 0.0), -1.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: V. Vapnik, The Nature of Statistical Learning Theory, Springer, 1995.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpsilonInsensitive {
    epsilon: f64,
}

impl EpsilonInsensitive {
    /// The loss with these hyperparameters.
    ///
    /// # Errors
    /// If one is outside its range.
    pub fn new(epsilon: f64) -> Result<Self, Invalid> {
        Settings::new(&ENTRY, [("epsilon", Value::Number(epsilon))]).map(|settings| Self::from_settings(&settings))
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { epsilon: settings.number("epsilon") }
    }
}

impl Loss for EpsilonInsensitive {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        ((prediction - target).abs() - R::of(self.epsilon)).max(R::ZERO)
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let r = prediction - target;
        if r.abs() > R::of(self.epsilon) { sign_or_zero(r) } else { R::ZERO }
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, _prediction: R, _target: R) -> R {
        R::ZERO
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: true,
            lipschitz: Some(1.0),
            smoothness: None,
            strong_convexity: 0.0,
            kinks: if self.epsilon > 0.0 { vec![-self.epsilon, self.epsilon] } else { vec![0.0] },
        }
    }
}
