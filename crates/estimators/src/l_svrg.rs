//! Loopless SVRG.

use sgdlab_core::{Entry, Lanes, Oracle, Real, Settings};

use crate::coin::{self, Coin};
use crate::svrg::Snapshot;
use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator};

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "l-svrg",
    summary: "SVRG without a period: after each step a coin decides whether its point becomes the snapshot.",
    formula: "g = ∇f_batch(x) - ∇f_batch(s) + ∇f(s);  then, with `probability`, s <- x",
    conventions: "The first snapshot is the initial point. The snapshot is the point of the gradient, before the \
                  update, and its full gradient is paid for in the same step. The coins depend on the replicate \
                  alone: all runs of a replicate with the same probability move their snapshots at the same steps. \
                  A rescaled short batch scales all three parts.",
    hyperparameters: &[coin::PROBABILITY],
    dialects: &[],
    cost: "2 B term gradients a step, n in the first step and n a snapshot: 2 B + probability · n a step in \
           expectation; memory of 3 numbers a parameter.",
    reference: "Kovalev, Horváth and Richtárik (2020), Don't jump through hoops and remove those loops: SVRG and \
                Katyusha are better without the outer loop, ALT.",
};

/// Loopless SVRG.
///
/// ```text
/// g = ∇f_batch(x) − ∇f_batch(s) + ∇f(s)
/// s ← x with `probability`, else s
/// ```
///
/// The first snapshot s is the initial point.
/// Unbiased given everything that happened before, whatever the coins say.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `probability` | `None`: one over the steps of an epoch | (0, 1] | 1 |
///
/// Memory: 3 numbers a parameter; 2 B + `probability` · n term gradients a step in expectation, and n at the start.
///
/// ```
/// # use sgdlab_core::{Batch, Oracle, streams::Key};
/// # use sgdlab_estimators::{Ask, Context, EstimatorSpec, LSvrg};
/// # use sgdlab_objectives::Quadratic;
/// let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
/// let mut oracle = Oracle::new(&mean, 1);
/// let mut l_svrg = EstimatorSpec::from(LSvrg { probability: Some(1.0) }).bind::<f64, 1>(&context);
/// let mut g = [[0.0]];
/// let ask = Ask { step: 0, rates: &[0.1], batch: Batch::of(&[3]) };
/// l_svrg.estimate(&mut oracle, &[[3.0]], ask, &mut g);
/// assert_eq!((g, oracle.evaluations()), ([[1.0]], 4 + 2));
/// ```
///
/// Reference: Kovalev, Horváth and Richtárik (2020), algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LSvrg {
    /// Probability that a step's point becomes the snapshot; `None` is one over the number of steps of an epoch.
    pub probability: Option<f64>,
}

impl Configuration for LSvrg {
    fn new(settings: &Settings) -> Self {
        Self { probability: coin::probability(settings) }
    }

    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
        let coin = Coin::new(self.probability, context);
        Box::new(Loopless { coin, snapshot: Snapshot::new(context.parameters) })
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        let snapshot = coin::of_epoch(self.probability, epoch) * epoch.terms as f64;
        Cost::every(2.0 * epoch.batch + snapshot).after(epoch.terms as f64 - snapshot)
    }
}

/// The estimator with its snapshot.
struct Loopless<R: Real, const N: usize> {
    coin: Coin,
    snapshot: Snapshot<R, N>,
}

impl<R: Real, const N: usize> Estimator<R, N> for Loopless<R, N> {
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        at: &[Lanes<R, N>],
        ask: Ask<'_, N>,
        out: &mut [Lanes<R, N>],
    ) {
        if ask.step == 0 {
            self.snapshot.take(oracle, at);
        }
        self.snapshot.estimate(oracle, at, ask.batch, out);
        // At the start the point is the snapshot.
        if ask.step > 0 && self.coin.falls(ask.step) {
            self.snapshot.take(oracle, at);
        }
    }
}
