//! Samplers of the catalogue, and independent estimates of each.

use sgdlab_core::streams::Key;
use sgdlab_core::{Oracle, Value};
use sgdlab_samplers::{BatchBuffer, Context, SamplerSpec};

use crate::tools::moments::Central;
use crate::tools::population::{Population, label};
use crate::tools::sampler::sampler_spec;

/// Where a sampler's next independent batch is.
#[derive(Clone, Copy)]
enum Fresh {
    /// In the next step.
    Step,
    /// In the next epoch, or the one after so many.
    Epoch(u64),
    /// At this step of a run with another key, of which there are fewer by a factor, but 500.
    Run(u64, usize),
}

/// A sampler, and how it is called.
pub(super) struct Way {
    pub(super) name: String,
    spec: SamplerSpec,
    fresh: Fresh,
}

/// What some samplers know about the terms.
pub(super) struct Known {
    pub(super) population: Population,
    classes: Vec<u32>,
    norms: Vec<f64>,
}

impl Known {
    /// Three classes of a tenth, three tenths and the rest; norms of the gradients.
    pub(super) fn of(population: Population) -> Self {
        let terms = population.terms();
        let class = |i: usize| u32::from(i >= terms / 10) + u32::from(i >= 2 * terms / 5);
        let norms = population.gradients.iter().map(|g| g.abs()).collect();
        Self { classes: (0..terms).map(class).collect(), norms, population }
    }

    fn context(&self) -> Context<'_> {
        Context {
            terms: self.classes.len(),
            parameters: 1,
            classes: Some(&self.classes),
            norms: Some(&self.norms),
            smoothness: None,
        }
    }
}

fn word(name: &'static str, word: &str) -> (&'static str, Value) {
    (name, Value::Word(word.to_owned()))
}

/// Every sampler of the catalogue.
pub(super) fn catalogue() -> Vec<Way> {
    let way = |fresh: Fresh, spec: SamplerSpec| Way { name: label(&spec), spec, fresh };
    let by_norms = || [word("by", "gradient-norms"), ("mix", Value::Number(0.5))];
    let doubled = [word("unit", "steps"), ("every", Value::Number(1.0)), ("limit", Value::Number(2.0))];
    let once = Fresh::Run(0, 4);
    vec![
        way(Fresh::Step, sampler_spec("with-replacement", [])),
        way(Fresh::Epoch(1), sampler_spec("reshuffle", [])),
        way(Fresh::Epoch(1), sampler_spec("reshuffle", [word("order", "bijection")])),
        way(once, sampler_spec("shuffle-once", [])),
        way(Fresh::Step, sampler_spec("sequential", [])),
        way(Fresh::Epoch(2), sampler_spec("flip-flop", [])),
        way(once, sampler_spec("flip-flop", [word("base", "shuffle-once")])),
        way(Fresh::Step, sampler_spec("flip-flop", [word("base", "sequential")])),
        way(once, sampler_spec("grab", [])),
        way(Fresh::Step, sampler_spec("per-batch", [])),
        way(Fresh::Step, sampler_spec("poisson", [])),
        way(Fresh::Step, sampler_spec("poisson", [word("estimator", "ratio")])),
        way(Fresh::Step, sampler_spec("systematic", [])),
        way(Fresh::Step, sampler_spec("block", [])),
        way(once, sampler_spec("block", [word("order", "cyclic")])),
        way(Fresh::Step, sampler_spec("stratified", [])),
        way(Fresh::Step, sampler_spec("stratified", [word("allocation", "neyman")])),
        way(Fresh::Step, sampler_spec("class-balanced", [])),
        way(Fresh::Step, sampler_spec("class-balanced", [("reweight", Value::Flag(true))])),
        way(Fresh::Step, sampler_spec("importance", by_norms())),
        way(Fresh::Step, sampler_spec("weighted", by_norms())),
        way(Fresh::Step, sampler_spec("antithetic", [])),
        way(Fresh::Run(0, 20), sampler_spec("sobol", [])),
        way(Fresh::Run(1, 4), sampler_spec("growing", doubled)),
        way(Fresh::Step, sampler_spec("full-batch", [])),
    ]
}

impl Way {
    /// Whether its estimates are not random.
    pub(super) fn is_fixed(&self) -> bool {
        ["sequential", "flip-flop, sequential", "full-batch"].contains(&self.name.as_str())
    }

    /// The step whose law the estimates have.
    fn step(&self) -> u64 {
        if let Fresh::Run(step, _) = self.fresh { step } else { 0 }
    }

    /// Mean and variance of an estimate, exactly.
    pub(super) fn law(&self, known: &Known, batch: usize) -> (f64, f64) {
        let (gradients, context) = (&known.population.gradients, known.context());
        if self.name == "sobol" {
            return (known.population.mean()[0], in_intervals(gradients, batch));
        }
        // The first epoch of grab is one of shuffle-once.
        let once = (self.name == "grab").then(|| sampler_spec("shuffle-once", []));
        let law = once.as_ref().unwrap_or(&self.spec).law(&context, batch).expect("batches of the terms");
        let step = self.step();
        let variance = match law.factor(step, step) {
            Some(factor) => factor * known.population.variances()[0],
            None => law.covariance((step, gradients), (step, gradients)),
        };
        (law.expectation(step).of(gradients), variance)
    }

    /// Independent estimates.
    pub(super) fn estimates(&self, known: &Known, batch: usize, (key, count): (Key, usize)) -> Vec<f64> {
        let (objective, at) = known.population.objective();
        let context = known.context();
        let bind = |key: Key| self.spec.bind(&context, batch, key).expect("batches of the terms");
        let mut sampler = bind(key);
        let mut oracle = Oracle::new(objective, sampler.largest_batch());
        let mut buffer = BatchBuffer::with_capacity(sampler.largest_batch());
        let mut out = [[0.0]];
        let epoch = sampler.batches_per_epoch();
        let count = if let Fresh::Run(_, fewer) = self.fresh { (count / fewer).max(count.min(500)) } else { count };
        let one = |i: usize| {
            let step = match self.fresh {
                Fresh::Step => i as u64,
                Fresh::Epoch(epochs) => i as u64 * epochs * epoch,
                Fresh::Run(step, _) => {
                    sampler = bind(key.child(&i.to_string()));
                    step
                }
            };
            sampler.fill(step, &mut buffer);
            oracle.gradient(&at, buffer.batch(), &mut out);
            out[0][0]
        };
        (0..count).map(one).collect()
    }
}

/// The mean, over B equal intervals of the order, of the variance of g at a uniform place of it, over B.
fn in_intervals(gradients: &[f64], batch: usize) -> f64 {
    let of_interval = |h: usize| {
        // In units of which there are N · B: terms are B long, intervals N.
        let (start, end) = (h * gradients.len(), (h + 1) * gradients.len());
        let cells = start / batch..end.div_ceil(batch);
        let share = |i: usize| (end.min((i + 1) * batch) - start.max(i * batch)) as f64 / gradients.len() as f64;
        let mean: f64 = cells.clone().map(|i| share(i) * gradients[i]).sum();
        cells.map(|i| share(i) * (gradients[i] - mean).powi(2)).sum::<f64>()
    };
    (0..batch).map(of_interval).sum::<f64>() / (batch * batch) as f64
}

/// What was measured of one sampler and batch size.
pub(super) struct Size {
    pub(super) sampler: String,
    pub(super) batch: usize,
    pub(super) count: usize,
    pub(super) mean: f64,
    pub(super) variance: f64,
    /// Of the measured variance, by the measured kurtosis.
    pub(super) error: f64,
    /// Mean and variance of the law.
    pub(super) law: (f64, f64),
}

impl Size {
    pub(super) fn of(way: &Way, known: &Known, batch: usize, drawn: (Key, usize)) -> Self {
        let estimates = way.estimates(known, batch, drawn);
        let count = estimates.len();
        let (mean, central) = Central::of(&estimates);
        let variance = central.second * count as f64 / (count as f64 - 1.0);
        let law = way.law(known, batch);
        // The shape is measured, the size is the law's: otherwise small variances would have small errors too.
        let size = law.1 / central.second;
        let sized = Central { second: law.1, fourth: central.fourth * size * size };
        let error = sized.error_of_variance(count);
        Self { sampler: way.name.clone(), batch, count, mean, variance, error, law }
    }

    /// The standard error of the mean, by the law.
    pub(super) fn error_of_mean(&self) -> f64 {
        (self.law.1 / self.count as f64).sqrt()
    }

    /// (Measured variance − law) over its standard error; 0 where nothing is random.
    pub(super) fn z(&self) -> f64 {
        if self.law.1 == 0.0 { 0.0 } else { (self.variance - self.law.1) / self.error }
    }
}
