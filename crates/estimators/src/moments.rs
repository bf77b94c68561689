//! Bias and noise of an estimate, by enumeration.

use sgdlab_core::{Batch, Lanes, Objective, Oracle};

use crate::{Ask, Context, EstimatorSpec};

/// What an estimator went through, and where it is asked next.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// What is minimized.
    pub objective: &'a dyn Objective<f64, 1>,
    /// What the estimator is bound to.
    pub context: Context,
    /// The current rate.
    pub rate: f64,
    /// The points and batches of the steps from 0 on.
    pub past: &'a [(&'a [Lanes<f64, 1>], Batch<'a>)],
    /// The point of the step after them.
    pub at: &'a [Lanes<f64, 1>],
}

/// The law of an estimate over equally probable batches, given the past.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// E g.
    pub mean: Vec<f64>,
    /// E g − ∇f(x).
    pub bias: Vec<f64>,
    /// E |g − E g|², the trace of the covariance.
    pub variance: f64,
    /// `variance` / |∇f(x)|²: for plain batches, how many of them average to a noise as large as the gradient.
    pub noise_scale: f64,
}

/// The exact law of the estimate that `spec` gives in a situation, if each of `batches` is equally probable there.
///
/// The past is gone through once for every batch; coins and samples of the estimator are those of the context's key.
///
/// ```
/// use sgdlab_core::streams::Key;
/// use sgdlab_core::Batch;
/// use sgdlab_estimators::{Context, Plain, Situation, moments};
/// use sgdlab_objectives::Quadratic;
///
/// let objective = &Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
/// let situation = Situation { objective, context, rate: 0.1, past: &[], at: &[[3.0]] };
/// let terms = [0, 1, 2, 3].map(|i| [i]);
/// let batches = terms.each_ref().map(|indices| Batch { indices, scale: 1.0 });
/// let law = moments(Plain.into(), &situation, &batches);
/// assert_eq!((law.bias[0], law.variance, law.noise_scale), (0.0, 3.5, 3.5));
/// ```
///
/// # Panics
/// If there is no batch, or lengths do not fit the objective.
#[must_use]
pub fn moments(spec: EstimatorSpec, situation: &Situation<'_>, batches: &[Batch<'_>]) -> Moments {
    assert!(!batches.is_empty(), "a law has outcomes");
    let estimates: Vec<Vec<f64>> = batches.iter().map(|&batch| estimate(spec, situation, batch)).collect();
    let count = batches.len() as f64;
    let parameters = situation.at.len();
    let mean: Vec<f64> = (0..parameters).map(|j| estimates.iter().map(|g| g[j]).sum::<f64>() / count).collect();
    let square = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>();
    let variance = estimates.iter().map(|g| square(&mut g.iter().zip(&mean).map(|(g, mean)| g - mean))).sum::<f64>();
    let variance = variance / count;
    let mut full = vec![[0.0]; parameters];
    Oracle::new(situation.objective, 1).full_gradient(situation.at, &mut full);
    let full = full.into_flattened();
    let bias = mean.iter().zip(&full).map(|(mean, full)| mean - full).collect();
    let noise_scale = variance / square(&mut full.iter().copied());
    Moments { mean, bias, variance, noise_scale }
}

/// One estimate after the past.
fn estimate(spec: EstimatorSpec, situation: &Situation<'_>, batch: Batch<'_>) -> Vec<f64> {
    let mut oracle = Oracle::new(situation.objective, situation.context.largest_batch);
    let mut estimator = spec.bind::<f64, 1>(&situation.context);
    let mut out = vec![[0.0]; situation.at.len()];
    let rates = &[situation.rate];
    let now = std::iter::once((situation.at, batch));
    for (step, (at, batch)) in situation.past.iter().copied().chain(now).enumerate() {
        estimator.estimate(&mut oracle, at, Ask { step: step as u64, rates, batch }, &mut out);
    }
    out.into_flattened()
}
