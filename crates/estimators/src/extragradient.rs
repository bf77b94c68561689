//! The extragradient.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::streams::{Key, index};
use sgdlab_core::{Domain, Entry, Hyperparameter, Lanes, Oracle, Range, Real, Settings};

use crate::batches::{mean_of, unscaled};
use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator};

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "extragradient",
    summary: "The batch's gradient at the point that a step along a gradient would lead to.",
    formula: "g = ∇f_batch(x - step · lr · ∇f_sample(x))",
    conventions: "The extrapolation is that of plain gradient descent, relative to the current rate of the rule, with \
                  every rule. The first gradient is of the same batch, or of a sample of its own: as many terms as the \
                  batch, drawn uniformly with replacement (independent, as in stochastic mirror-prox); the second is \
                  of the step's batch. A rescaled short batch scales g and not the extrapolation.",
    hyperparameters: &[
        Hyperparameter {
            name: "step",
            meaning: "length of the extrapolation, in units of the current rate times the gradient",
            domain: Domain::Number { default: 1.0, range: Range::at_least(0.0) },
        },
        Hyperparameter {
            name: "sample",
            meaning: "which terms the extrapolation sees: the same batch, or independent ones",
            domain: Domain::Choice { default: "same", accepts: &["same", "independent"] },
        },
    ],
    dialects: &[],
    cost: "2 B term gradients a step; memory of 1 number a parameter.",
    reference: "Korpelevich (1976), The extragradient method for finding saddle points and other problems; \
                Juditsky, Nemirovski and Tauvel (2011), Solving variational inequalities with stochastic mirror-prox \
                algorithm, Stoch. Syst. 1.",
};

/// Which terms the extrapolation sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Those of the step's batch.
    Same,
    /// As many, drawn uniformly with replacement; which ones depends on key and step alone.
    Independent,
}

/// The extragradient: the batch's gradient at the point that a step along a gradient would lead to.
///
/// ```text
/// g = ∇f_batch(x − step · lr · ∇f_sample(x))
/// ```
///
/// lr is the current rate of the run; with `sgd` and `step` = 1 this is the extragradient method.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `step` | 1 | [0, ∞) | rate |
/// | `sample` | same | same, independent | – |
///
/// Memory: 1 number a parameter; 2 B term gradients a step.
///
/// ```
/// # use sgdlab_core::{Batch, Oracle, streams::Key};
/// # use sgdlab_estimators::{Ask, Context, EstimatorSpec, Extragradient, Sample};
/// # use sgdlab_objectives::Quadratic;
/// let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
/// let extragradient = Extragradient { step: 1.0, sample: Sample::Same };
/// let mut extragradient = EstimatorSpec::from(extragradient).bind::<f64, 1>(&context);
/// let mut g = [[0.0]];
/// let ask = Ask { step: 0, rates: &[0.25], batch: Batch::of(&[3]) };
/// extragradient.estimate(&mut Oracle::new(&mean, 1), &[[3.0]], ask, &mut g);
/// assert_eq!(g, [[-1.5]]); // 3 + 2/4 − 5
/// ```
///
/// Reference: Korpelevich (1976); Juditsky, Nemirovski and Tauvel (2011).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extragradient {
    /// Length of the extrapolation, in units of the rate.
    pub step: f64,
    /// Which terms it sees.
    pub sample: Sample,
}

impl Configuration for Extragradient {
    fn new(settings: &Settings) -> Self {
        let same = settings.word("sample") == "same";
        Self { step: settings.number("step"), sample: if same { Sample::Same } else { Sample::Independent } }
    }

    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
        let independent = self.sample == Sample::Independent;
        Box::new(State {
            step: self.step,
            draws: independent.then(|| Draws {
                key: context.key.child("extrapolation"),
                terms: context.terms as u32,
                indices: Vec::with_capacity(context.largest_batch),
            }),
            point: vec![[R::ZERO; N]; context.parameters],
        })
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        Cost::every(2.0 * epoch.batch)
    }
}

/// Independent samples.
struct Draws {
    key: Key,
    terms: u32,
    indices: Vec<u32>,
}

impl Draws {
    /// The `count` terms of a step.
    fn at(&mut self, step: u64, count: usize) -> &[u32] {
        let mut stream = self.key.stream(step);
        self.indices.clear();
        self.indices.extend((0..count).map(|_| index(&mut stream, self.terms)));
        &self.indices
    }
}

/// The estimator with the extrapolated point.
struct State<R: Real, const N: usize> {
    step: f64,
    draws: Option<Draws>,
    point: Vec<Lanes<R, N>>,
}

/// `point` ← `at` − `lengths` · `gradient`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn extrapolate<R: Real, const N: usize>(
    lengths: &Lanes<R, N>,
    at: &[Lanes<R, N>],
    gradient: &[Lanes<R, N>],
    point: &mut [Lanes<R, N>],
) {
    for ((point, at), gradient) in point.iter_mut().zip(at).zip(gradient) {
        for l in 0..N {
            point[l] = at[l] - lengths[l] * gradient[l];
        }
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
        let sample = match &mut self.draws {
            None => unscaled(ask.batch),
            Some(draws) => mean_of(draws.at(ask.step, ask.batch.indices.len())),
        };
        oracle.gradient(at, sample, out);
        let lengths = ask.rates.map(|rate| R::of(self.step * rate));
        extrapolate(&lengths, at, out, &mut self.point);
        oracle.gradient(&self.point, ask.batch, out);
    }
}
