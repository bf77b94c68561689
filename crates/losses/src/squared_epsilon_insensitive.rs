//! Squared epsilon-insensitive loss.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Real, Settings, Value};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`SquaredEpsilonInsensitive`].
pub const ENTRY: Entry = Entry {
    name: "squared-epsilon-insensitive",
    summary: "The squared error beyond a tube in which residuals cost nothing.",
    formula: "max(0, |r| − epsilon)², where r = prediction − target",
    conventions: "No factor 1/2, as in scikit-learn and LIBLINEAR. |r| = epsilon counts as inside (curvature 0).",
    hyperparameters: &[Hyperparameter {
        name: "epsilon",
        meaning: "the half-width of the tube, in units of the target",
        domain: Domain::Number { default: 0.1, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "2 comparisons and 1 multiplication a term",
    reference: "C.-H. Ho and C.-J. Lin, Large-scale linear support vector regression, Journal of Machine Learning \
                Research 13, 2012",
};

/// Squared epsilon-insensitive loss: max(0, |r| − ε)², with r = prediction − target and
/// ε = `epsilon`.
///
/// Conventions: no factor ½; |r| = ε counts as inside: the curvature there is 0.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `epsilon` | 0.1 | > 0 | of the target |
///
/// ```
/// use sgdlab_losses::{Loss, SquaredEpsilonInsensitive};
/// let tube = SquaredEpsilonInsensitive::new(0.5)?;
/// assert_eq!(tube.value(2.0, 0.0), 2.25);
/// assert_eq!(tube.slope(-2.0, 0.0), -3.0);
/// assert_eq!(tube.curvature(0.5, 0.0), 0.0);
/// # Ok::<(), sgdlab_core::Invalid>(())
/// ```
///
/// Reference: C.-H. Ho and C.-J. Lin, Large-scale linear support vector regression, Journal of
/// Machine Learning Research 13, 2012.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquaredEpsilonInsensitive {
    epsilon: f64,
}

impl SquaredEpsilonInsensitive {
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

impl Loss for SquaredEpsilonInsensitive {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let beyond = ((prediction - target).abs() - R::of(self.epsilon)).max(R::ZERO);
        beyond * beyond
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let r = prediction - target;
        let beyond = (r.abs() - R::of(self.epsilon)).max(R::ZERO);
        R::of(2.0) * r.sign() * beyond
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        if (prediction - target).abs() > R::of(self.epsilon) { R::of(2.0) } else { R::ZERO }
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: true,
            lipschitz: None,
            smoothness: Some(2.0),
            strong_convexity: 0.0,
            kinks: vec![-self.epsilon, self.epsilon],
        }
    }
}
