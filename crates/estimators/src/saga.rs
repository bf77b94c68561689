//! SAGA.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Entry, Lanes, Oracle, Real, Settings};

use crate::batches::members;
use crate::table::{Initial, Table, add};
use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator};

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "saga",
    summary: "The batch's gradient, corrected by the last known gradients of the same terms; unbiased.",
    formula: "g = (1/B) Σ_{i in batch} (∇f_i(x) - t_i) + (1/n) Σ_i t_i;  then t_i <- ∇f_i(x) for i in batch",
    conventions: "The paper has batches of one term. In a batch, all terms are corrected by the table of before the \
                  step, also those that are in it twice. The table holds whole gradients, penalty included, for \
                  every kind of model. The paper starts with the gradients at the initial point. \
                  A rescaled short batch scales both parts.",
    hyperparameters: &[Initial::hyperparameter("gradients")],
    dialects: &[],
    cost: "B term gradients a step, and n at the start with initial = gradients; memory of n + 3 numbers a parameter.",
    reference: "Defazio, Bach and Lacoste-Julien (2014), SAGA: A fast incremental gradient method with support for \
                non-strongly convex composite objectives, NeurIPS.",
};

/// SAGA: the batch's gradient, corrected by the last known gradients of the same terms.
///
/// ```text
/// g = (1/B) Σ_{i in batch} (∇fᵢ(x) − tᵢ) + (1/n) Σᵢ tᵢ
/// tᵢ ← ∇fᵢ(x) for i in batch
/// ```
///
/// All terms of a batch are corrected by the table of before the step, also those that are in it twice.
/// Unbiased given the table, wherever the batches are.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `initial` | gradients | zeros, gradients | – |
///
/// Memory: n + 3 numbers a parameter; B term gradients a step, and n at the start with [`Initial::Gradients`].
///
/// ```
/// # use sgdlab_core::{Batch, Oracle, streams::Key};
/// # use sgdlab_estimators::{Ask, Context, EstimatorSpec, Initial, Saga};
/// # use sgdlab_objectives::Quadratic;
/// let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
/// let mut oracle = Oracle::new(&mean, 1);
/// let mut saga = EstimatorSpec::from(Saga { initial: Initial::Zeros }).bind::<f64, 1>(&context);
/// let mut g = [[0.0]];
/// for (step, found) in [-2.0, -2.5].into_iter().enumerate() {
///     let ask = Ask { step: step as u64, rates: &[0.1], batch: Batch::of(&[3]) };
///     saga.estimate(&mut oracle, &[[3.0 - 2.0 * step as f64]], ask, &mut g);
///     assert_eq!(g, [[found]]); // −2 − 0 + 0, then −4 + 2 − 2/4
/// }
/// assert_eq!(oracle.evaluations(), 2);
/// ```
///
/// Reference: Defazio, Bach and Lacoste-Julien (2014).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saga {
    /// The table at the start.
    pub initial: Initial,
}

impl Configuration for Saga {
    const KEEPS_TABLE: bool = true;

    fn new(settings: &Settings) -> Self {
        Self { initial: Initial::of(settings) }
    }

    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
        let correction = vec![[R::ZERO; N]; context.parameters];
        Box::new(State { initial: self.initial, table: Table::new(context), correction })
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        Cost::every(epoch.batch).after(self.initial.cost(epoch.terms))
    }
}

/// The estimator with its table.
struct State<R: Real, const N: usize> {
    initial: Initial,
    table: Table<R, N>,
    correction: Vec<Lanes<R, N>>,
}

/// `old` ← `scale` · `mean` − `old`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn correction<R: Real>(scale: R, mean: &[R], old: &mut [R]) {
    for (old, mean) in old.iter_mut().zip(mean) {
        *old = scale * *mean - *old;
    }
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
        }
        // A batch of all terms has the mean's own sum, so that the correction is exactly 0.
        self.correction.fill([R::ZERO; N]);
        for (term, share) in members(ask.batch) {
            add(share, self.table.row(term).as_flattened(), self.correction.as_flattened_mut());
        }
        let mean = self.table.mean().as_flattened();
        correction(R::of(ask.batch.scale), mean, self.correction.as_flattened_mut());
        out.fill([R::ZERO; N]);
        for (term, share) in members(ask.batch) {
            add(share, self.table.refresh(oracle, at, term).as_flattened(), out.as_flattened_mut());
        }
        add(R::ONE, self.correction.as_flattened(), out.as_flattened_mut());
        self.table.settle();
    }
}
