//! Estimates that samplers give of a population of gradients.

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Objective, Oracle, Settings, Value};
use sgdlab_objectives::Quadratic;
use sgdlab_samplers::{BatchBuffer, Context, Law, SamplerSpec};

use super::sampler::sampler_spec;

/// Gradients of N terms with d coordinates, which do not depend on the point.
///
/// They are those of ½ |x − c|² at x = 0, with −c for the gradient.
pub(crate) struct Population {
    pub(crate) gradients: Vec<f64>,
    pub(crate) dimension: usize,
    objective: Quadratic<f64>,
}

impl Population {
    /// `terms` gradients around `mean` with a standard deviation, normal.
    pub(crate) fn draw(key: Key, terms: usize, mean: &[f64], deviation: f64) -> Self {
        let mut rng = key.stream(0);
        let mut coordinate = |mean: &f64| mean + deviation * Normal.sample(&mut rng);
        Self::new((0..terms).flat_map(|_| mean.iter().map(&mut coordinate).collect::<Vec<_>>()).collect(), mean.len())
    }

    /// The population with these gradients, one after another.
    pub(crate) fn new(gradients: Vec<f64>, dimension: usize) -> Self {
        let centers: Vec<f64> = gradients.iter().map(|g| -g).collect();
        Self { objective: Quadratic::new(&vec![1.0; dimension], &centers), gradients, dimension }
    }

    /// Their objective, and the point where its terms have these gradients.
    pub(crate) fn objective(&self) -> (&dyn Objective<f64, 1>, Vec<[f64; 1]>) {
        (&self.objective, vec![[0.0]; self.dimension])
    }

    pub(crate) fn terms(&self) -> usize {
        self.gradients.len() / self.dimension
    }

    /// G, the mean.
    pub(crate) fn mean(&self) -> Vec<f64> {
        let coordinate = |j: usize| self.gradients.iter().skip(j).step_by(self.dimension).sum::<f64>();
        (0..self.dimension).map(|j| coordinate(j) / self.terms() as f64).collect()
    }

    /// The diagonal of S, the covariance with divisor N.
    pub(crate) fn variances(&self) -> Vec<f64> {
        let mean = self.mean();
        let coordinate = |j: usize| self.gradients.iter().skip(j).step_by(self.dimension);
        let variance = |j: usize| coordinate(j).map(|g| (g - mean[j]).powi(2)).sum::<f64>() / self.terms() as f64;
        (0..self.dimension).map(variance).collect()
    }

    /// The estimates of steps, one after another.
    pub(crate) fn estimates(
        &self,
        sampler: (&str, usize),
        key: Key,
        steps: impl Iterator<Item = u64>,
        take: impl FnMut(&[[f64; 1]]),
    ) {
        estimates((&self.objective, &vec![[0.0]; self.dimension]), sampler, key, steps, take);
    }

    /// Independent estimates: of all steps with replacement, of the first of each epoch otherwise.
    pub(crate) fn independent(
        &self,
        (sampler, batch): (&str, usize),
        key: Key,
        count: usize,
        take: impl FnMut(&[[f64; 1]]),
    ) {
        let stride = if sampler == WITH { 1 } else { law(sampler, self.terms(), batch).batches_per_epoch() };
        self.estimates((sampler, batch), key, (0..count as u64).map(|i| i * stride), take);
    }
}

/// Independent draws.
pub(crate) const WITH: &str = "with-replacement";

/// Draws without replacement: the batches of a random order.
pub(crate) const WITHOUT: &str = "reshuffle";

/// The gradients that the batches of steps give of an objective at a point.
pub(crate) fn estimates(
    (objective, at): (&dyn Objective<f64, 1>, &[[f64; 1]]),
    (sampler, batch): (&str, usize),
    key: Key,
    steps: impl Iterator<Item = u64>,
    mut take: impl FnMut(&[[f64; 1]]),
) {
    let context = Context::of(objective.terms());
    let mut sampler = sampler_spec(sampler, []).bind(&context, batch, key).expect("batches of these terms");
    let mut oracle = Oracle::new(objective, batch);
    let mut buffer = BatchBuffer::with_capacity(batch);
    let mut out = vec![[0.0]; at.len()];
    for step in steps {
        sampler.fill(step, &mut buffer);
        oracle.gradient(at, buffer.batch(), &mut out);
        take(&out);
    }
}

/// A sampler's name, and the words and switches that are not its defaults.
pub(crate) fn label(spec: &SamplerSpec) -> String {
    let defaults = Settings::defaults(spec.entry());
    let both = spec.settings().values().iter().zip(defaults.values());
    let other = both.filter(|(given, default)| given.1 != default.1).filter_map(|((name, value), _)| match value {
        Value::Word(word) => Some(format!(", {word}")),
        Value::Flag(_) => Some(format!(", {name}")),
        _ => None,
    });
    std::iter::once(spec.entry().name.to_owned()).chain(other).collect()
}

/// The exact law of a sampler's estimates.
pub(crate) fn law(sampler: &str, terms: usize, batch: usize) -> Law {
    sampler_spec(sampler, []).law(&Context::of(terms), batch).expect("batches of these terms")
}

/// Sampler, batch size and what for, as a key.
pub(crate) fn key_of(key: Key, purpose: &str, sampler: &str, batch: usize) -> Key {
    key.child(&format!("{purpose}: {sampler}, {batch}"))
}
