//! The gradient of the batch.

use sgdlab_core::{Entry, Lanes, Oracle, Real, Settings};

use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator};

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "plain",
    summary: "The mean gradient of the batch.",
    formula: "g = (1/B) Σ_{i in batch} ∇f_i(x)",
    conventions: "Unbiased for every sampler whose batches are unbiased.",
    hyperparameters: &[],
    dialects: &[],
    cost: "B term gradients a step; no memory.",
    reference: "Robbins and Monro (1951), A stochastic approximation method.",
};

/// The mean gradient of the batch.
///
/// It has no hyperparameters and no memory, and costs B term gradients a step.
///
/// ```
/// # use sgdlab_core::{Batch, Oracle, streams::Key};
/// # use sgdlab_estimators::{Ask, Context, EstimatorSpec, Plain};
/// # use sgdlab_objectives::Quadratic;
/// let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 2, largest_batch: 2, key: Key::new("example") };
/// let mut plain = EstimatorSpec::from(Plain).bind::<f64, 1>(&context);
/// let mut g = [[0.0]];
/// let ask = Ask { step: 0, rates: &[0.1], batch: Batch { indices: &[2, 3], scale: 1.0 } };
/// plain.estimate(&mut Oracle::new(&mean, 2), &[[3.0]], ask, &mut g);
/// assert_eq!(g, [[-0.5]]); // 3 − (2 + 5) / 2
/// ```
///
/// Reference: Robbins and Monro (1951).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plain;

impl Configuration for Plain {
    fn new(_: &Settings) -> Self {
        Self
    }

    fn bind<R: Real, const N: usize>(&self, _: &Context) -> Box<dyn Estimator<R, N>> {
        Box::new(*self)
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        Cost::every(epoch.batch)
    }
}

impl<R: Real, const N: usize> Estimator<R, N> for Plain {
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        at: &[Lanes<R, N>],
        ask: Ask<'_, N>,
        out: &mut [Lanes<R, N>],
    ) {
        oracle.gradient(at, ask.batch, out);
    }
}
