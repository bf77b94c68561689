//! One run of any dimension, step by step.

use sgdlab_core::{Objective, Oracle};
use sgdlab_optimizers::{Rule, RuleSpec, Signal};
use sgdlab_samplers::{BatchBuffer, Sampler};

/// A run: an objective, a rule, who fills the batches, and where it is.
pub(crate) struct Machine<'a> {
    oracle: Oracle<'a, f64, 1>,
    rule: Box<dyn Rule<f64, 1>>,
    sampler: Box<dyn Sampler>,
    batch: BatchBuffer,
    gradient: Vec<[f64; 1]>,
    at: Vec<[f64; 1]>,
    step: u64,
}

impl<'a> Machine<'a> {
    /// A run that has not begun.
    pub(crate) fn new(
        objective: &'a dyn Objective<f64, 1>,
        rule: RuleSpec,
        sampler: Box<dyn Sampler>,
        start: &[f64],
    ) -> Self {
        Self {
            oracle: Oracle::new(objective, sampler.largest_batch()),
            rule: RuleSpec::bind(&[rule], objective.layout()),
            batch: BatchBuffer::with_capacity(sampler.largest_batch()),
            sampler,
            gradient: vec![[0.0]; start.len()],
            at: start.iter().map(|&x| [x]).collect(),
            step: 0,
        }
    }

    /// Makes one update at this rate.
    pub(crate) fn step(&mut self, rate: f64) {
        self.sampler.fill(self.step, &mut self.batch);
        let point = self.rule.probe(&self.at).unwrap_or(&self.at);
        self.oracle.gradient(point, self.batch.batch(), &mut self.gradient);
        self.rule.update(&mut self.at, Signal::of(&self.gradient), &[rate]);
        self.step += 1;
    }

    /// How many updates were made.
    pub(crate) fn steps(&self) -> u64 {
        self.step
    }

    /// The iterate.
    pub(crate) fn at(&self) -> &[f64] {
        self.at.as_flattened()
    }

    /// What the rule gives as its answer: the iterate, or an average.
    pub(crate) fn answer(&mut self) -> &[f64] {
        self.rule.answer(&self.at).unwrap_or(&self.at).as_flattened()
    }

    /// The first term of the last batch.
    pub(crate) fn term(&self) -> usize {
        self.batch.indices[0] as usize
    }
}

/// f at a point.
pub(crate) fn value(objective: &dyn Objective<f64, 1>, at: &[f64]) -> f64 {
    let at: Vec<[f64; 1]> = at.iter().map(|&x| [x]).collect();
    objective.evaluate(&at, false, &mut vec![[0.0]; objective.scratch(1)]).value[0]
}
