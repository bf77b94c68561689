//! Stochastic recursive momentum.

use sgdlab_core::{Domain, Entry, Hyperparameter, Lanes, Oracle, Range, Real, Settings};

use crate::recursive::Recursive;
use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator};

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "storm",
    summary: "Momentum whose past is corrected by the batch's change of gradient; needs no full gradient.",
    formula: "v <- ∇f_batch(x) + (1 - a) (v - ∇f_batch(y)), with y the last point;  g = v",
    conventions: "The first v is the gradient of the first batch. The paper couples a to an adaptive rate; here it is \
                  a constant, and the rate is the rule's. The estimate is biased by \
                  E g - ∇f(x) = (1 - a) (v - ∇f(y)): a = 1 is plain, a = 0 is SARAH without full gradients. \
                  A rescaled short batch scales g and not v.",
    hyperparameters: &[Hyperparameter {
        name: "a",
        meaning: "share of the past that is forgotten in a step",
        domain: Domain::Number { default: 0.1, range: Range::closed(0.0, 1.0) },
    }],
    dialects: &[],
    cost: "2 B term gradients a step, but B in the first; memory of 3 numbers a parameter.",
    reference: "Cutkosky and Orabona (2019), Momentum-based variance reduction in non-convex SGD, NeurIPS.",
};

/// STORM: momentum whose past is corrected by the batch's change of gradient.
///
/// ```text
/// v ← ∇f_batch(x) + (1 − a) (v − ∇f_batch(y)), with y the last point
/// g = v
/// ```
///
/// The first v is the gradient of the first batch.
/// The paper couples a to an adaptive rate; here it is a constant, and the rate is the rule's.
/// Biased given the past by (1 − a) (v − ∇f(y)).
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `a` | 0.1 | [0, 1] | 1 |
///
/// Memory: 3 numbers a parameter; 2 B term gradients a step, but B in the first.
///
/// ```
/// # use sgdlab_core::{Batch, Oracle, streams::Key};
/// # use sgdlab_estimators::{Ask, Context, EstimatorSpec, Storm};
/// # use sgdlab_objectives::Quadratic;
/// let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
/// let mut oracle = Oracle::new(&mean, 1);
/// let mut storm = EstimatorSpec::from(Storm { a: 0.5 }).bind::<f64, 1>(&context);
/// let mut g = [[0.0]];
/// for (step, term, found) in [(0, 3, -2.0), (1, 0, 0.5)] {
///     let ask = Ask { step, rates: &[0.1], batch: Batch::of(std::slice::from_ref(&term)) };
///     storm.estimate(&mut oracle, &[[3.0]], ask, &mut g);
///     assert_eq!(g, [[found]]); // −2, then 3 + ½ (−2 − 3)
/// }
/// assert_eq!(oracle.evaluations(), 1 + 2);
/// ```
///
/// Reference: Cutkosky and Orabona (2019), algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Storm {
    /// Share of the past that is forgotten in a step.
    pub a: f64,
}

impl Configuration for Storm {
    fn new(settings: &Settings) -> Self {
        Self { a: settings.number("a") }
    }

    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
        Box::new(State { keep: 1.0 - self.a, recursive: Recursive::new(context.parameters) })
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        Cost::every(2.0 * epoch.batch).after(-epoch.batch)
    }
}

/// The estimator with its last estimate.
struct State<R: Real, const N: usize> {
    keep: f64,
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
        if ask.step == 0 {
            self.recursive.restart_from(oracle, at, ask.batch);
        } else {
            self.recursive.advance(oracle, at, (ask.batch, self.keep), out);
        }
        self.recursive.write(ask.batch.scale, out);
    }
}
