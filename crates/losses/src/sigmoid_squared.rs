//! Squared error of a sigmoid neuron.

use sgdlab_core::{Entry, Real, Settings};

use crate::{Loss, LossFacts, Targets};

/// How the catalogue describes [`SigmoidSquared`].
pub const ENTRY: Entry = Entry {
    name: "sigmoid-squared",
    summary: "Half the squared error of a sigmoid neuron, as a function of its input.",
    formula: "½ (σ(z) − y)², where σ(z) = 1/(1 + e⁻ᶻ)",
    conventions: "With the factor ½; the prediction z is the input of the sigmoid. Not convex: far from the target's \
                  side it is flat.",
    hyperparameters: &[],
    dialects: &[],
    cost: "1 exponential and 1 division a term",
    reference: "D. Rumelhart, G. Hinton and R. Williams, Learning representations by back-propagating errors, \
                Nature 323, 1986",
};

/// Half the squared error of a sigmoid neuron: ½ (σ(z) − y)² with σ(z) = 1/(1 + e⁻ᶻ), y in [0, 1].
///
/// The slope is (σ − y) σ (1 − σ); the curvature σ (1 − σ) (σ (1 − σ) + (σ − y) (1 − 2σ)).
///
/// ```
/// use sgdlab_losses::{Loss, SigmoidSquared};
/// assert_eq!(SigmoidSquared.value(0.0, 1.0), 0.125);
/// assert_eq!(SigmoidSquared.slope(0.0, 1.0), -0.125);
/// assert_eq!(SigmoidSquared.curvature(0.0, 1.0), 0.0625);
/// ```
///
/// Reference: D. Rumelhart, G. Hinton and R. Williams, Learning representations by
/// back-propagating errors, Nature 323, 1986.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SigmoidSquared;

impl SigmoidSquared {
    pub(crate) fn from_settings(_settings: &Settings) -> Self {
        Self
    }
}

impl Loss for SigmoidSquared {
    #[inline(always)]
    fn value<R: Real>(&self, prediction: R, target: R) -> R {
        let r = prediction.sigmoid() - target;
        R::of(0.5) * r * r
    }

    #[inline(always)]
    fn slope<R: Real>(&self, prediction: R, target: R) -> R {
        let f = prediction.sigmoid();
        (f - target) * f * (R::ONE - f)
    }

    #[inline(always)]
    fn curvature<R: Real>(&self, prediction: R, target: R) -> R {
        let f = prediction.sigmoid();
        let slope = f * (R::ONE - f);
        slope * (slope + (f - target) * (R::ONE - f - f))
    }

    /// The extremes over z are at target 0 (and, mirrored, 1): of the slope at σ = 2/3, of the
    /// curvature σ² (1 − σ) (2 − 3σ) at the roots of 12σ² − 15σ + 4.
    fn facts(&self) -> LossFacts {
        let curvature = |f: f64| f * f * (1.0 - f) * (2.0 - 3.0 * f);
        LossFacts {
            targets: Targets::Probabilities,
            convex: false,
            lipschitz: Some(4.0 / 27.0),
            smoothness: Some(curvature((15.0 - 33f64.sqrt()) / 24.0)),
            strong_convexity: curvature((15.0 + 33f64.sqrt()) / 24.0),
            kinks: vec![],
        }
    }
}
