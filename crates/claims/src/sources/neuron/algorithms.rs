//! The algorithms of the slides.

use sgdlab_core::{Objective, Settings, Value};
use sgdlab_objectives::{Problem, Stored};
use sgdlab_optimizers::{RuleSpec, entries};

use crate::tools::course::{Course, values};
use crate::tools::geometry::first_at_most;
use crate::tools::problem::problem;

/// Epochs of a run.
pub(crate) const EPOCHS: usize = 1000;

/// Weight and bias that the slides begin with.
pub(crate) const START: [f64; 2] = [-2.0, -2.0];

/// Which points make an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Batches {
    /// All.
    All,
    /// So many, in order; the last batch of an epoch is as short as it must be.
    Keep(usize),
    /// The same without a short one.
    Drop(usize),
    /// An update whenever the number of points seen since the beginning is a multiple, as the listing counts, with
    /// sums that begin anew with every epoch.
    Counter(usize),
}

impl Batches {
    /// The batches of each of some epochs, which repeat.
    pub(crate) fn cycle(self, terms: usize) -> Vec<Vec<Vec<u32>>> {
        let points: Vec<u32> = (0..terms as u32).collect();
        let cut = |size: usize| points.chunks(size).map(<[u32]>::to_vec).collect::<Vec<_>>();
        match self {
            Self::All => vec![vec![points]],
            Self::Keep(size) => vec![cut(size)],
            Self::Drop(size) => vec![points.chunks_exact(size).map(<[u32]>::to_vec).collect()],
            Self::Counter(size) => {
                let epoch = |epoch: usize| {
                    let (mut batches, mut batch) = (Vec::new(), Vec::new());
                    for &point in &points {
                        batch.push(point);
                        if (epoch * terms + point as usize + 1).is_multiple_of(size) {
                            batches.push(std::mem::take(&mut batch));
                        }
                    }
                    batches
                };
                (0..size).map(epoch).collect()
            }
        }
    }
}

/// A rule with its rate and its batches.
#[derive(Clone, Debug)]
pub(crate) struct Algorithm {
    pub(crate) words: &'static str,
    pub(crate) rule: RuleSpec,
    pub(crate) rate: f64,
    pub(crate) batches: Batches,
}

/// A rule of the catalogue with some of its numbers and flags.
fn rule(name: &str, dialect: Option<&str>, given: &[(&'static str, Value)]) -> RuleSpec {
    let entry = entries().into_iter().find(|entry| entry.name == name).expect("a rule");
    let dialect = dialect.or(entry.dialects.first().map(|dialect| dialect.name));
    let settings = Settings::in_dialect(entry, dialect, given.iter().cloned()).expect("settings of the rule");
    RuleSpec::new(&settings).expect("they go together")
}

impl Algorithm {
    fn new(words: &'static str, rule: RuleSpec, rate: f64, batches: Batches) -> Self {
        Self { words, rule, rate, batches }
    }

    /// One whose every point is a batch.
    fn stochastic(self, words: &'static str) -> Self {
        Self { words, batches: Batches::Keep(1), ..self }
    }
}

pub(crate) fn descent() -> Algorithm {
    Algorithm::new("gradient descent", rule("sgd", None, &[]), 1.0, Batches::All)
}

pub(crate) fn momentum() -> Algorithm {
    Algorithm::new("momentum", rule("sgd", None, &[("momentum", Value::Number(0.9))]), 1.0, Batches::All)
}

pub(crate) fn nag() -> Algorithm {
    Algorithm::new("Nesterov", rule("nag", None, &[("momentum", Value::Number(0.9))]), 1.0, Batches::All)
}

pub(crate) fn stochastic() -> [Algorithm; 3] {
    [
        descent().stochastic("stochastic descent"),
        momentum().stochastic("stochastic momentum"),
        nag().stochastic("stochastic Nesterov"),
    ]
}

/// Batches of two of eight points.
pub(crate) fn mini_batch() -> Algorithm {
    Algorithm { words: "mini-batches of 2", batches: Batches::Keep(2), ..descent() }
}

/// `AdaGrad`, with eps under the root as the slides write it.
pub(crate) fn adagrad(rate: f64) -> Algorithm {
    let rule = rule(
        "adagrad",
        Some("optax"),
        &[("initial-accumulator-value", Value::Number(0.0)), ("eps", Value::Number(1e-8))],
    );
    Algorithm::new("AdaGrad", rule, rate, Batches::All)
}

pub(crate) fn rmsprop() -> Algorithm {
    let rule = rule(
        "rmsprop",
        Some("optax"),
        &[("alpha", Value::Number(0.9)), ("eps", Value::Number(1e-8)), ("eps-in-sqrt", Value::Flag(true))],
    );
    Algorithm::new("RMSProp", rule, 0.1, Batches::All)
}

pub(crate) fn adam() -> Algorithm {
    let rule = rule("adam", Some("optax"), &[("eps", Value::Number(0.0)), ("eps-root", Value::Number(1e-8))]);
    Algorithm::new("Adam", rule, 0.1, Batches::All)
}

/// The points of the slides, and eight for batches that are neither one nor all.
pub(crate) struct Neuron {
    pub(crate) problem: Problem,
    /// The optimum.
    pub(crate) optimum: [f64; 2],
}

impl Neuron {
    /// Two points, which the neuron meets exactly.
    pub(crate) fn two() -> Self {
        // w x + b = ln (y/(1 − y)) at (0.5, 0.2) and (2.5, 0.9).
        let (low, high) = ((0.25f64).ln(), 9f64.ln());
        let w = (high - low) / 2.0;
        Self { problem: load("neuron-2"), optimum: [w, low - 0.5 * w] }
    }

    /// Eight points, which no neuron meets.
    pub(crate) fn eight() -> Self {
        // Where the gradient vanishes; a test compares it with the recorded optimum.
        Self { problem: load("neuron-8"), optimum: [1.086_167_211_343_583_8, -0.920_296_814_060_906_5] }
    }

    pub(crate) fn objective(&self) -> &dyn Objective<f64, 1> {
        f64::model(&self.problem).objective()
    }

    /// Σ ½ (f − y)² at points: the objective is the mean.
    pub(crate) fn errors(&self, points: &[[f64; 2]]) -> Vec<f64> {
        let n = self.problem.terms() as f64;
        values(self.objective(), points).into_iter().map(|value| n * value).collect()
    }

    pub(crate) fn run(&self, algorithm: &Algorithm, start: [f64; 2], epochs: usize) -> Run {
        let cycle = algorithm.batches.cycle(self.problem.terms());
        let in_order = || (0..epochs).map(|epoch| &cycle[epoch % cycle.len()]);
        let batches: Vec<&[u32]> = in_order().flatten().map(Vec::as_slice).collect();
        let Algorithm { rule, rate, .. } = algorithm;
        let course = Course { objective: self.objective(), rule: rule.clone(), rate: *rate, start };
        let updates = course.run(batches.len() as u64, |step, buffer| {
            let batch = batches[step as usize];
            buffer.clear();
            buffer.indices.extend_from_slice(batch);
            // The slides add slopes, the objective takes their mean.
            buffer.scale = batch.len() as f64;
        });
        let mut done = 0;
        let after = |batches: &Vec<Vec<u32>>| {
            done += batches.len();
            updates[done]
        };
        let path: Vec<[f64; 2]> = [start].into_iter().chain(in_order().map(after)).collect();
        Run { errors: self.errors(&path), updates: updates.len() - 1, path }
    }
}

fn load(data: &str) -> Problem {
    problem("sigmoid-neuron", [("data", Value::Word(data.to_owned()))])
}

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Weight and bias before the first and after each epoch.
    pub(crate) path: Vec<[f64; 2]>,
    /// The error there.
    pub(crate) errors: Vec<f64>,
    /// Updates of all epochs.
    pub(crate) updates: usize,
}

impl Run {
    /// Epochs until the error is at most `target`; infinite if it never is.
    pub(crate) fn epochs_to(&self, target: f64) -> f64 {
        first_at_most(&self.errors, target).map_or(f64::INFINITY, |epochs| epochs as f64)
    }
}
