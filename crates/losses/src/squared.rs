//! Squared error.

use sgdlab_core::{Domain, Entry, Hyperparameter, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`Squared`].
pub const ENTRY: Entry = Entry {
    name: "squared",
    summary: "Squared error, the loss of least squares.",
    formula: "r²/2 if half, otherwise r², where r = prediction − target",
    conventions: "half = true is what textbooks on optimization use (curvature 1); half = false is the mean squared \
                  error of torch, TensorFlow and scikit-learn's metrics (curvature 2). The mean over terms is the \
                  objective's.",
    hyperparameters: &[Hyperparameter {
        name: "half",
        meaning: "whether the square is halved",
        domain: Domain::Flag { default: true },
    }],
    dialects: &[],
    cost: "2 multiplications a term",
    reference: "C. F. Gauss, Theoria combinationis observationum erroribus minimis obnoxiae, 1821",
};

/// Squared error: r²/2 with `half`, otherwise r²; r = prediction − target.
///
/// Conventions: the slope is r with `half`, otherwise 2r, and the minimizer of the mean over terms
/// is the mean of the targets either way.
/// torch's `MSELoss` is `half` = false; a rate tuned for one is twice or half the other's.
///
/// | hyperparameter | default | range | unit |
/// | --- | --- | --- | --- |
/// | `half` | true | true or false | – |
///
/// ```
/// use sgdlab_losses::{Loss, Squared};
/// assert_eq!(Squared::new(true).value(5.0, 2.0), 4.5);
/// assert_eq!(Squared::new(false).value(5.0, 2.0), 9.0);
/// assert_eq!(Squared::new(false).slope(5.0, 2.0), 6.0);
/// ```
///
/// Reference: C. F. Gauss, Theoria combinationis observationum erroribus minimis obnoxiae, 1821.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Squared {
    half: bool,
}

impl Squared {
    /// r²/2 if `half`, otherwise r².
    #[must_use]
    pub const fn new(half: bool) -> Self {
        Self { half }
    }

    /// Whether there is a factor ½.
    #[must_use]
    pub const fn half(&self) -> bool {
        self.half
    }

    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self { half: settings.flag("half") }
    }

    #[inline(always)]
    fn second_derivative(self) -> f64 {
        if self.half { 1.0 } else { 2.0 }
    }
}

impl Loss for Squared {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let r = prediction - target;
        // The factor goes first: r² may overflow where r²/2 does not.
        R::of(0.5 * self.second_derivative()) * r * r
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        R::of(self.second_derivative()) * (prediction - target)
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, _prediction: R, _target: R) -> R {
        R::of(self.second_derivative())
    }

    fn facts(&self) -> LossFacts {
        LossFacts {
            targets: Targets::Numbers,
            convex: true,
            lipschitz: None,
            smoothness: Some(self.second_derivative()),
            strong_convexity: self.second_derivative(),
            kinks: vec![],
        }
    }
}
