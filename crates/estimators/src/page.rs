//! The probabilistic gradient estimator.

use sgdlab_core::{Entry, Lanes, Oracle, Real, Settings};

use crate::coin::{self, Coin};
use crate::recursive::Recursive;
use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator};

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "page",
    summary: "SARAH without a period: in each step a coin decides between the full gradient and the recursion.",
    formula: "with `probability` v <- ∇f(x), else v <- ∇f_batch(x) + v - ∇f_batch(y), with y the last point;  g = v",
    conventions: "The paper's large batch is the full one. The first step takes a full gradient, and a full gradient \
                  takes the place of the step's batch. The coins depend on the replicate alone. Where the coin \
                  chooses the recursion, E g - ∇f(x) = v - ∇f(y). The paper's probability is B / (n + B); the default \
                  is close to it. A rescaled short batch scales g and not v.",
    hyperparameters: &[coin::PROBABILITY],
    dialects: &[],
    cost: "n term gradients in the first step and in those that the coin chooses, 2 B in the others: \
           probability · n + (1 - probability) · 2 B a step in expectation; memory of 3 numbers a parameter.",
    reference: "Li, Bao, Zhang and Richtárik (2021), PAGE: A simple and optimal probabilistic gradient estimator for \
                nonconvex optimization, ICML.",
};

/// PAGE: in each step a coin decides between the full gradient and SARAH's recursion.
///
/// ```text
/// with `probability`: v ← ∇f(x)
/// otherwise:          v ← ∇f_batch(x) + v − ∇f_batch(y), with y the last point
/// g = v
/// ```
///
/// The paper's large batch is the full one; the first step takes it.
/// Biased given the past by (1 − `probability`) (v − ∇f(y)).
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `probability` | `None`: one over the steps of an epoch | (0, 1] | 1 |
///
/// Memory: 3 numbers a parameter; `probability` · n + (1 − `probability`) · 2 B term gradients a step in expectation.
///
/// ```
/// # use sgdlab_core::{Batch, Oracle, streams::Key};
/// # use sgdlab_estimators::{Ask, Context, EstimatorSpec, Page};
/// # use sgdlab_objectives::Quadratic;
/// let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
/// let mut oracle = Oracle::new(&mean, 1);
/// let mut page = EstimatorSpec::from(Page { probability: Some(1.0) }).bind::<f64, 1>(&context);
/// let mut g = [[0.0]];
/// let ask = Ask { step: 0, rates: &[0.1], batch: Batch::of(&[3]) };
/// page.estimate(&mut oracle, &[[3.0]], ask, &mut g);
/// assert_eq!((g, oracle.evaluations()), ([[1.0]], 4));
/// ```
///
/// Reference: Li, Bao, Zhang and Richtárik (2021), algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Page {
    /// Probability of a full gradient; `None` is one over the number of steps of an epoch.
    pub probability: Option<f64>,
}

impl Configuration for Page {
    fn new(settings: &Settings) -> Self {
        Self { probability: coin::probability(settings) }
    }

    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
        let coin = Coin::new(self.probability, context);
        Box::new(State { coin, recursive: Recursive::new(context.parameters) })
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        let probability = coin::of_epoch(self.probability, epoch);
        let (full, recursion) = (epoch.terms as f64, 2.0 * epoch.batch);
        let step = probability * full + (1.0 - probability) * recursion;
        Cost::every(step).after(full - step)
    }
}

/// The estimator with its last estimate.
struct State<R: Real, const N: usize> {
    coin: Coin,
    recursive: Recursive<R, N>,
}

impl<R: Real, const N: usize> Estimator<R, N> for State<R, N> {
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        at: &[Lanes<R, N>],
        ask: Ask<'_, N>,
        out: &mut [Lanes<R, N>],
    ) {
        if ask.step == 0 || self.coin.falls(ask.step) {
            self.recursive.restart(oracle, at);
        } else {
            self.recursive.advance(oracle, at, (ask.batch, 1.0), out);
        }
        self.recursive.write(ask.batch.scale, out);
    }
}
