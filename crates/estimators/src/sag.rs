//! Stochastic average gradient.

use sgdlab_core::{Entry, Lanes, Oracle, Real, Settings};

use crate::table::{Initial, Table};
use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator};

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "sag",
    summary: "The mean of the last known gradients of all terms that were seen; biased.",
    formula: "t_i <- ∇f_i(x) for i in batch;  g = (1/m) Σ_{i seen} t_i, with m the number of terms seen so far",
    conventions: "The sum is divided by the number of terms that were seen, not by n, as the paper recommends for the \
                  first pass; with initial = gradients all are seen from the start. The table holds whole gradients, \
                  penalty included. Which terms are in a batch matters, how often does not. \
                  A rescaled short batch scales the estimate.",
    hyperparameters: &[Initial::hyperparameter("zeros")],
    dialects: &[],
    cost: "B term gradients a step, and n at the start with initial = gradients; memory of n + 2 numbers a parameter \
           and 1 a term.",
    reference: "Le Roux, Schmidt and Bach (2012), A stochastic gradient method with an exponential convergence rate \
                for finite training sets, NeurIPS; Schmidt, Le Roux and Bach (2017), Math. Program. 162.",
};

/// Stochastic average gradient: the mean of the last known gradients of all terms that were seen.
///
/// ```text
/// tᵢ ← ∇fᵢ(x) for i in batch
/// g = (1/m) Σ_{i seen} tᵢ
/// ```
///
/// m is the number of terms seen so far.
/// Biased: once all terms are seen, a uniform batch of B different ones has E g = B/n ∇f(x) + (1 − B/n) (1/n) Σᵢ tᵢ.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `initial` | zeros | zeros, gradients | – |
///
/// Memory: n + 2 numbers a parameter; B term gradients a step, and n at the start with [`Initial::Gradients`].
///
/// ```
/// # use sgdlab_core::{Batch, Oracle, streams::Key};
/// # use sgdlab_estimators::{Ask, Context, EstimatorSpec, Initial, Sag};
/// # use sgdlab_objectives::Quadratic;
/// let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
/// let mut oracle = Oracle::new(&mean, 1);
/// let mut sag = EstimatorSpec::from(Sag { initial: Initial::Zeros }).bind::<f64, 1>(&context);
/// let mut g = [[0.0]];
/// for (step, term, found) in [(0, 3, -2.0), (1, 0, 0.5), (2, 0, 0.5)] {
///     let ask = Ask { step, rates: &[0.1], batch: Batch::of(std::slice::from_ref(&term)) };
///     sag.estimate(&mut oracle, &[[3.0]], ask, &mut g);
///     assert_eq!(g, [[found]]); // −2, then (−2 + 3) / 2
/// }
/// ```
///
/// Reference: Le Roux, Schmidt and Bach (2012); Schmidt, Le Roux and Bach (2017), section 4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sag {
    /// The table at the start.
    pub initial: Initial,
}

impl Configuration for Sag {
    const KEEPS_TABLE: bool = true;

    fn new(settings: &Settings) -> Self {
        Self { initial: Initial::of(settings) }
    }

    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
        let seen = vec![false; context.terms];
        Box::new(State { initial: self.initial, table: Table::new(context), seen, count: 0 })
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        Cost::every(epoch.batch).after(self.initial.cost(epoch.terms))
    }
}

/// The estimator with its table.
struct State<R: Real, const N: usize> {
    initial: Initial,
    table: Table<R, N>,
    seen: Vec<bool>,
    count: usize,
}

impl<R: Real, const N: usize> Estimator<R, N> for State<R, N> {
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        at: &[Lanes<R, N>],
        ask: Ask<'_, N>,
        out: &mut [Lanes<R, N>],
    ) {
        if ask.step == 0 && self.initial == Initial::Gradients {
            self.table.refresh_all(oracle, at);
            self.seen.fill(true);
            self.count = self.seen.len();
        }
        for &term in ask.batch.indices {
            self.table.refresh(oracle, at, term);
            let seen = &mut self.seen[term as usize];
            self.count += usize::from(!*seen);
            *seen = true;
        }
        self.table.settle();
        let factor = R::of(ask.batch.scale * (self.seen.len() as f64 / self.count as f64));
        for (out, mean) in out.as_flattened_mut().iter_mut().zip(self.table.mean().as_flattened()) {
            *out = factor * *mean;
        }
    }
}
