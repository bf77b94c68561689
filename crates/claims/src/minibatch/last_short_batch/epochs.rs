//! Epochs of seven gradients in batches of three: enumerated, by their laws, and sampled.

use sgdlab_core::streams::Key;
use sgdlab_core::{Oracle, Value};
use sgdlab_samplers::{BatchBuffer, Context, Cut, Law, Remainder, SamplerSpec};

use crate::tools::outcomes::{orders, weights};
use crate::tools::population::Population;
use crate::tools::sampler::sampler_spec;

pub(super) const TERMS: usize = 7;
pub(super) const BATCH: usize = 3;

/// The policies for the seventh term, by their words.
pub(super) const POLICIES: [(&str, Remainder); 4] =
    [("keep", Remainder::Keep), ("drop", Remainder::Drop), ("rescale", Remainder::Rescale), ("wrap", Remainder::Wrap)];

/// Samplers that go through orders: a name, the entry and its base.
pub(super) const SAMPLERS: [(&str, &str, Option<&str>); 6] = [
    ("reshuffle", "reshuffle", None),
    ("shuffle-once", "shuffle-once", None),
    ("flip-flop", "flip-flop", None),
    ("flip-flop, shuffle-once", "flip-flop", Some("shuffle-once")),
    ("sequential", "sequential", None),
    ("flip-flop, sequential", "flip-flop", Some("sequential")),
];

/// The gradients, in the plane; the last one is unlike the others.
pub(super) fn population() -> Population {
    Population::new(vec![1.0, 2.0, -3.0, 0.5, 0.0, 4.0, 2.5, -1.0, 0.5, 0.5, -1.0, 3.0, 5.0, -2.0], 2)
}

/// A sampler of the catalogue with a policy.
pub(super) fn spec((_, entry, base): (&str, &str, Option<&str>), policy: &str) -> SamplerSpec {
    let word = |word: &str| Value::Word(word.to_owned());
    let base = base.map(|base| ("base", word(base)));
    sampler_spec(entry, [("remainder", word(policy))].into_iter().chain(base))
}

/// Estimates of the batches of one order, cut with a policy: batch by batch, order by order.
pub(super) struct Enumerated {
    pub(super) cut: Cut,
    pub(super) batches: Vec<Vec<[f64; 2]>>,
}

impl Enumerated {
    /// All 5040 orders.
    pub(super) fn all(population: &Population, policy: Remainder) -> Self {
        Self::of(population, policy, &orders(TERMS))
    }

    /// Some orders.
    pub(super) fn of(population: &Population, policy: Remainder, orders: &[Vec<u32>]) -> Self {
        let cut = Cut::new("enumerated", TERMS, BATCH, policy).expect("batches of the terms");
        let mut buffer = BatchBuffer::with_capacity(BATCH);
        let mut estimate = |order: &Vec<u32>, k: usize| {
            cut.fill(order, k, &mut buffer);
            let weights = weights(&buffer, TERMS);
            [0, 1].map(|j| weights.iter().enumerate().map(|(i, a)| a * population.gradients[2 * i + j]).sum())
        };
        let batches = (0..cut.batches()).map(|k| orders.iter().map(|order| estimate(order, k)).collect()).collect();
        Self { cut, batches }
    }

    /// The mean estimate of each order's epoch: the sum over that of the scales.
    pub(super) fn epochs(&self) -> Vec<[f64; 2]> {
        let scales: f64 = (0..self.cut.batches()).map(|k| self.cut.scale(k)).sum();
        let mean = |order: usize| [0, 1].map(|j| self.batches.iter().map(|of| of[order][j]).sum::<f64>() / scales);
        (0..self.batches[0].len()).map(mean).collect()
    }
}

/// E |x − G|² over equally likely vectors.
pub(super) fn squared_error(of: &[[f64; 2]], gradient: &[f64]) -> f64 {
    let square = |x: &[f64; 2]| (x[0] - gradient[0]).powi(2) + (x[1] - gradient[1]).powi(2);
    of.iter().map(square).sum::<f64>() / of.len() as f64
}

/// E |ḡ − G|² of the mean estimate of so many epochs, by the law.
pub(super) fn by_law(law: &Law, population: &Population, epochs: u64) -> f64 {
    let m = law.batches_per_epoch();
    let weight = law.epoch_mean().expect("terms are alike").weight / epochs as f64;
    let coordinate = |j: usize| -> Vec<f64> { population.gradients.iter().skip(j).step_by(2).copied().collect() };
    let pairs = (0..m * epochs).flat_map(|s| (0..m * epochs).map(move |t| (s, t)));
    let factor: f64 = pairs.map(|(s, t)| law.factor(s, t).expect("terms are alike")).sum();
    let variance: f64 = weight * weight * factor * population.variances().iter().sum::<f64>();
    let bias = |j: usize| {
        let gradients = coordinate(j);
        let sum: f64 = (0..m * epochs).map(|s| law.expectation(s).of(&gradients)).sum();
        weight * sum - population.mean()[j]
    };
    variance + bias(0).powi(2) + bias(1).powi(2)
}

/// The mean estimate of each epoch of a run.
pub(super) fn epoch_means(spec: &SamplerSpec, population: &Population, epochs: u64, key: Key) -> Vec<[f64; 2]> {
    let (objective, at) = population.objective();
    let context = Context { parameters: 2, ..Context::of(TERMS) };
    let mut sampler = spec.bind(&context, BATCH, key).expect("batches of the terms");
    let mut oracle = Oracle::new(objective, BATCH);
    let mut buffer = BatchBuffer::with_capacity(BATCH);
    let mut out = [[0.0]; 2];
    let m = sampler.batches_per_epoch();
    let mut epoch = |epoch: u64| {
        let (mut sum, mut scales) = ([0.0; 2], 0.0);
        for step in epoch * m..(epoch + 1) * m {
            sampler.fill(step, &mut buffer);
            oracle.gradient(&at, buffer.batch(), &mut out);
            sampler.observe(step, out.as_flattened());
            scales += buffer.scale;
            (0..2).for_each(|j| sum[j] += out[j][0]);
        }
        sum.map(|x| x / scales)
    };
    (0..epochs).map(&mut epoch).collect()
}

/// Squared errors of the mean estimate of so many epochs, in runs with different keys.
pub(super) fn sampled(spec: &SamplerSpec, population: &Population, epochs: u64, (key, runs): (Key, u64)) -> Vec<f64> {
    let gradient = population.mean();
    let run = |run: u64| {
        let means = epoch_means(spec, population, epochs, key.child(&run.to_string()));
        let mean = [0, 1].map(|j| means.iter().map(|epoch| epoch[j]).sum::<f64>() / epochs as f64);
        squared_error(&[mean], &gradient)
    };
    (0..runs).map(run).collect()
}
