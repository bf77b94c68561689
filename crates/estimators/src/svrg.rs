//! Stochastic variance reduced gradient.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Batch, Domain, Entry, Hyperparameter, Lanes, Oracle, Range, Real, Settings};

use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator, whole_steps};

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "svrg",
    summary: "The batch's gradient, corrected by the same batch at a snapshot whose full gradient is known.",
    formula: "g = ∇f_batch(x) - ∇f_batch(s) + ∇f(s);  every `period` epochs s <- x",
    conventions: "The snapshot is the last iterate (option I of the paper). The first is the initial point. \
                  A rescaled short batch scales all three parts.",
    hyperparameters: &[Hyperparameter {
        name: "period",
        meaning: "epochs between snapshots, rounded to whole steps",
        domain: Domain::Number { default: 2.0, range: Range::above(0.0) },
    }],
    dialects: &[],
    cost: "2 B term gradients a step and n a snapshot; memory of 3 numbers a parameter.",
    reference: "Johnson and Zhang (2013), Accelerating stochastic gradient descent using predictive variance \
                reduction, NeurIPS.",
};

/// Stochastic variance reduced gradient.
///
/// ```text
/// every `period` epochs: s ← x
/// g = ∇f_batch(x) − ∇f_batch(s) + ∇f(s)
/// ```
///
/// The snapshot s is the last iterate (option I of the paper), at first the initial point.
/// The estimate is unbiased wherever the batches are, and its noise vanishes with x − s.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `period` | 2 | (0, ∞) | epochs, rounded to whole steps, at least one |
///
/// Memory: 3 numbers a parameter; 2 B term gradients a step, and n a snapshot.
/// The crate's documentation has an example.
///
/// Reference: Johnson and Zhang (2013).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Svrg {
    /// Epochs between snapshots.
    pub period: f64,
}

impl Configuration for Svrg {
    fn new(settings: &Settings) -> Self {
        Self { period: settings.number("period") }
    }

    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
        let steps = whole_steps(self.period, context.batches_per_epoch) as u64;
        Box::new(Periodic { steps, snapshot: Snapshot::new(context.parameters) })
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        let period = whole_steps(self.period, epoch.steps) as u64;
        Cost { full: epoch.terms as f64, period, ..Cost::every(2.0 * epoch.batch) }
    }
}

/// A point whose full gradient is known.
pub(crate) struct Snapshot<R: Real, const N: usize> {
    point: Vec<Lanes<R, N>>,
    full: Vec<Lanes<R, N>>,
    of_batch: Vec<Lanes<R, N>>,
}

impl<R: Real, const N: usize> Snapshot<R, N> {
    pub(crate) fn new(parameters: usize) -> Self {
        let zeros = vec![[R::ZERO; N]; parameters];
        Self { point: zeros.clone(), full: zeros.clone(), of_batch: zeros }
    }

    /// Moves it to `at`.
    pub(crate) fn take(&mut self, oracle: &mut Oracle<'_, R, N>, at: &[Lanes<R, N>]) {
        self.point.copy_from_slice(at);
        oracle.full_gradient(at, &mut self.full);
    }

    /// Writes the estimate ∇f_batch(x) − ∇f_batch(s) + scale · ∇f(s) to `out`.
    pub(crate) fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        at: &[Lanes<R, N>],
        batch: Batch<'_>,
        out: &mut [Lanes<R, N>],
    ) {
        oracle.gradient(at, batch, out);
        oracle.gradient(&self.point, batch, &mut self.of_batch);
        let (old, full) = (self.of_batch.as_flattened(), self.full.as_flattened());
        correct(R::of(batch.scale), old, full, out.as_flattened_mut());
    }
}

/// out ← out − `at_snapshot` + `scale` · `full`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn correct<R: Real>(scale: R, at_snapshot: &[R], full: &[R], out: &mut [R]) {
    for ((out, old), full) in out.iter_mut().zip(at_snapshot).zip(full) {
        *out = *out - *old + scale * *full;
    }
}

/// The estimator that takes a snapshot every `steps` steps.
struct Periodic<R: Real, const N: usize> {
    steps: u64,
    snapshot: Snapshot<R, N>,
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
            self.snapshot.take(oracle, at);
        }
        self.snapshot.estimate(oracle, at, ask.batch, out);
    }
}
