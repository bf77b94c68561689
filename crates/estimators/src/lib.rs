//! From oracle calls to the gradient an update rule sees.
//!
//! An estimator changes *which gradient* a rule is given, not what the rule does with it, so every
//! estimator combines with every rule.
//! Its cost is what the oracle counts.
//!
//! ```
//! use sgdlab_core::{Batch, Evaluation, Lanes, Layout, Objective, Oracle, Sample};
//! use sgdlab_estimators::EstimatorSpec;
//!
//! /// f(x) = mean of ½ (x − cᵢ)².
//! struct Mean([f64; 4], Layout);
//! impl Objective<f64, 1> for Mean {
//!     fn layout(&self) -> &Layout { &self.1 }
//!     fn terms(&self) -> usize { 4 }
//!     fn scratch(&self, _: usize) -> usize { 0 }
//!     fn gradient(&self, at: &[[f64; 1]], batch: Sample<'_>, _: &mut [[f64; 1]], out: &mut [[f64; 1]]) {
//!         let mean = batch.indices.iter().map(|&i| self.0[i as usize]).sum::<f64>() / batch.indices.len() as f64;
//!         out[0][0] = at[0][0] - mean;
//!     }
//!     fn value(&self, at: &[[f64; 1]], batch: Sample<'_>, _: &mut [[f64; 1]]) -> Lanes<f64, 1> {
//!         let values = batch.indices.iter().map(|&i| 0.5 * (at[0][0] - self.0[i as usize]).powi(2));
//!         [values.sum::<f64>() / batch.indices.len() as f64]
//!     }
//!     fn evaluate(&self, at: &[[f64; 1]], _: bool, _: &mut [[f64; 1]]) -> Evaluation<f64, 1> {
//!         let value = self.0.iter().map(|c| 0.5 * (at[0][0] - c).powi(2)).sum::<f64>() / 4.0;
//!         Evaluation { value: [value], error: None }
//!     }
//! }
//!
//! let mean = Mean([0.0, 1.0, 2.0, 5.0], Layout::vector(1));
//! let mut oracle = Oracle::new(&mean, 1);
//! let mut svrg = EstimatorSpec::Svrg { period: 2.0 }.bind(1, 4);
//! let mut gradient = [[0.0]];
//! svrg.estimate(&mut oracle, 0, &[[3.0]], Batch::of(&[3]), &mut gradient);
//! assert_eq!(gradient[0][0], 1.0); // The full gradient 3 − 2: on a quadratic SVRG has no noise.
//! assert_eq!(oracle.evaluations(), 4 + 1 + 1);
//! ```

mod plain;
mod sam;
mod svrg;

use sgdlab_core::{Batch, Entry, Invalid, Lanes, Oracle, Real, Settings};

/// A gradient estimator of a run, with its memory.
pub trait Estimator<R: Real, const N: usize>: Send {
    /// Writes the gradient that the rule sees at step `step` (from 0) and iterate `at` to `out`.
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        step: u64,
        at: &[Lanes<R, N>],
        batch: Batch<'_>,
        out: &mut [Lanes<R, N>],
    );
}

/// How checked settings become a specification.
type Build = fn(&Settings) -> EstimatorSpec;

/// One line per estimator.
const REGISTRY: &[(&Entry, Build)] = &[
    (&plain::ENTRY, |_| EstimatorSpec::Plain),
    (&svrg::ENTRY, |s| EstimatorSpec::Svrg { period: s.number("period") }),
    (&sam::ENTRY, |s| EstimatorSpec::Sam {
        rho: s.number("rho"),
        adaptive: s.flag("adaptive"),
        perturb_eps: s.number("perturb-eps"),
    }),
];

/// The catalogue of estimators.
#[must_use]
pub fn entries() -> Vec<&'static Entry> {
    REGISTRY.iter().map(|(entry, _)| *entry).collect()
}

/// An estimator and its hyperparameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EstimatorSpec {
    /// The gradient of the batch.
    Plain,
    /// Stochastic variance reduced gradient.
    Svrg {
        /// Epochs between snapshots.
        period: f64,
    },
    /// Sharpness-aware minimization.
    Sam {
        /// Length of the perturbation.
        rho: f64,
        /// Whether it is scaled by the size of the parameters (ASAM).
        adaptive: bool,
        /// What is added to the norm of the gradient.
        perturb_eps: f64,
    },
}

impl EstimatorSpec {
    /// The specification these settings describe.
    ///
    /// # Errors
    /// If no estimator has the settings' name.
    pub fn new(settings: &Settings) -> Result<Self, Invalid> {
        let found = REGISTRY.iter().find(|(entry, _)| entry.name == settings.name());
        let names = || entries().iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
        found.map(|(_, build)| build(settings)).ok_or_else(|| Invalid::new("name", settings.name(), names()))
    }

    /// An estimator for `parameters` parameters and epochs of `batches_per_epoch` steps.
    #[must_use]
    pub fn bind<R: Real, const N: usize>(&self, parameters: usize, batches_per_epoch: u64) -> Box<dyn Estimator<R, N>> {
        match *self {
            Self::Plain => Box::new(plain::Plain),
            Self::Svrg { period } => Box::new(svrg::Svrg::new(period, parameters, batches_per_epoch)),
            Self::Sam { rho, adaptive, perturb_eps } => {
                Box::new(sam::Sam::new((rho, perturb_eps), adaptive, parameters))
            }
        }
    }

    /// Term gradients that one step with a batch of one term costs, snapshots aside.
    #[must_use]
    pub fn evaluations_per_term(&self) -> u64 {
        match self {
            Self::Plain => 1,
            Self::Svrg { .. } | Self::Sam { .. } => 2,
        }
    }
}
