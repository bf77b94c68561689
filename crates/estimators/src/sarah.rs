//! Stochastic recursive gradient.

use sgdlab_core::{Domain, Entry, Hyperparameter, Lanes, Oracle, Range, Real, Settings};

use crate::recursive::Recursive;
use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator, whole_steps};

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "sarah",
    summary: "The last estimate plus the batch's change of gradient since then, with a full gradient every period.",
    formula: "v <- ∇f_batch(x) + v - ∇f_batch(y), with y the last point;  every `period` epochs v <- ∇f(x);  g = v",
    conventions: "A full gradient takes the place of the step's batch. The paper goes on from a random iterate of the \
                  period; here it is the last one. Between full gradients the estimate is biased by what the last \
                  estimate was wrong: E g - ∇f(x) = v - ∇f(y). A rescaled short batch scales g and not v.",
    hyperparameters: &[Hyperparameter {
        name: "period",
        meaning: "epochs between full gradients, rounded to whole steps",
        domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "n term gradients in a step with a full gradient, 2 B in the others; memory of 3 numbers a parameter.",
    reference: "Nguyen, Liu, Scheinberg and Takáč (2017), SARAH: A novel method for machine learning problems using \
                stochastic recursive gradient, ICML.",
};

/// SARAH: the last estimate plus the batch's change of gradient since then.
///
/// ```text
/// every `period` epochs: v ← ∇f(x)
/// otherwise:             v ← ∇f_batch(x) + v − ∇f_batch(y), with y the last point
/// g = v
/// ```
///
/// The paper goes on from a random iterate of the period; here it is the last one.
/// Biased given the past by v − ∇f(y), the error of the last estimate; unbiased over a period.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `period` | 1 | (0, ∞) | epochs, rounded to whole steps, at least one |
///
/// Memory: 3 numbers a parameter; n term gradients in a step with a full gradient, 2 B in the others.
///
/// ```
/// # use sgdlab_core::{Batch, Oracle, streams::Key};
/// # use sgdlab_estimators::{Ask, Context, EstimatorSpec, Sarah};
/// # use sgdlab_objectives::Quadratic;
/// let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
/// let mut oracle = Oracle::new(&mean, 1);
/// let mut sarah = EstimatorSpec::from(Sarah { period: 1.0 }).bind::<f64, 1>(&context);
/// let mut g = [[0.0]];
/// for (step, x, found) in [(0, 3.0, 1.0), (1, 2.5, 0.5)] {
///     let ask = Ask { step, rates: &[0.1], batch: Batch::of(&[3]) };
///     sarah.estimate(&mut oracle, &[[x]], ask, &mut g);
///     assert_eq!(g, [[found]]); // x − 2: on a quadratic there is no noise.
/// }
/// assert_eq!(oracle.evaluations(), 4 + 2);
/// ```
///
/// Reference: Nguyen, Liu, Scheinberg and Takáč (2017), algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sarah {
    /// Epochs between full gradients.
    pub period: f64,
}

impl Configuration for Sarah {
    fn new(settings: &Settings) -> Self {
        Self { period: settings.number("period") }
    }

    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
        let steps = whole_steps(self.period, context.batches_per_epoch) as u64;
        Box::new(Periodic { steps, recursive: Recursive::new(context.parameters) })
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        let (period, step) = (whole_steps(self.period, epoch.steps) as u64, 2.0 * epoch.batch);
        Cost { full: epoch.terms as f64 - step, period, ..Cost::every(step) }
    }
}

/// The estimator that takes a full gradient every `steps` steps.
struct Periodic<R: Real, const N: usize> {
    steps: u64,
    recursive: Recursive<R, N>,
}

impl<R: Real, const N: usize> Estimator<R, N> for Periodic<R, N> {
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        at: &[Lanes<R, N>],
        ask: Ask<'_, N>,
        out: &mut [Lanes<R, N>],
    ) {
        if ask.step.is_multiple_of(self.steps) {
            self.recursive.restart(oracle, at);
        } else {
            self.recursive.advance(oracle, at, (ask.batch, 1.0), out);
        }
        self.recursive.write(ask.batch.scale, out);
    }
}
