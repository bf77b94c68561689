//! Sampled runs in batches of B terms.

use nalgebra::DVector;
use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Oracle, Value};
use sgdlab_landscapes::curvature::{Hessian, Operator, extremes};
use sgdlab_objectives::Stored;
use sgdlab_optimizers::{Rule, RuleSpec, Sgd, Signal};
use sgdlab_samplers::{BatchBuffer, Context, Sampler};

use super::super::least_squares::LeastSquares;
use crate::tools::moments::Mean;
use crate::tools::problem::problem;
use crate::tools::sampler::{WITH_REPLACEMENT, sampler, sampler_spec};

/// Where a run is after so many steps from 0.
fn run(
    objective: &dyn Objective<f64, 1>,
    (mut sampler, batch): (Box<dyn Sampler>, usize),
    (rate, steps): (f64, usize),
) -> Vec<[f64; 1]> {
    let mut rule: Box<dyn Rule<f64, 1>> = RuleSpec::bind(&[Sgd::default().into()], objective.layout());
    let mut oracle = Oracle::new(objective, batch);
    let mut buffer = BatchBuffer::with_capacity(batch);
    let mut at = vec![[0.0]; objective.layout().size()];
    let mut gradient = at.clone();
    for step in 0..steps as u64 {
        sampler.fill(step, &mut buffer);
        oracle.gradient(&at, buffer.batch(), &mut gradient);
        rule.update(&mut at, Signal::of(&gradient), &[rate]);
    }
    at
}

/// The mean factor of |x − x*|² in the first step of so many runs.
pub(crate) fn factor(problem: &LeastSquares, batch: usize, rate: f64, (key, runs): (Key, usize)) -> Mean {
    let key = key.child(&format!("factor: B = {batch}, η = {rate}"));
    let one = |i: usize| {
        let sampler = sampler(WITH_REPLACEMENT, problem.rows.len(), batch, key.child(&i.to_string()));
        let at = run(&problem.objective, (sampler, batch), (rate, 1));
        let left = DVector::from_iterator(at.len(), at.iter().map(|[x]| *x)) - &problem.solution;
        left.norm_squared() / problem.solution.norm_squared()
    };
    Mean::of(&(0..runs).into_par_iter().map(one).collect::<Vec<_>>())
}

/// Rows of a bundled least-squares problem with its intercept.
///
/// The Hessian of a term is a aᵀ, and the intercept's feature is 1: its column is a.
pub(crate) fn bundled_rows() -> Vec<DVector<f64>> {
    let diabetes = problem("least-squares", [("data", Value::Word("diabetes".to_owned()))]);
    let objective: &dyn Objective<f64, 1> = f64::model(&diabetes).objective();
    let size = objective.layout().size();
    let (at, mut one, mut row) = (vec![0.0; size], vec![0.0; size], vec![0.0; size]);
    one[size - 1] = 1.0;
    let mut of_term = |term: u32| {
        Hessian::of_terms(objective, &at, &[term]).times(&one, &mut row);
        DVector::from_column_slice(&row)
    };
    (0..objective.terms() as u32).map(&mut of_term).collect()
}

/// Softmax regression on the bundled digits.
pub(crate) struct Digits {
    problem: sgdlab_objectives::Problem,
}

impl Digits {
    pub(crate) fn new() -> Self {
        Self { problem: problem("softmax", [("data", Value::Word("digits".to_owned()))]) }
    }

    fn objective(&self) -> &dyn Objective<f64, 1> {
        f64::model(&self.problem).objective()
    }

    /// The largest eigenvalue of the Hessian at 0.
    pub(crate) fn sharpness(&self) -> f64 {
        let at = vec![0.0; self.objective().layout().size()];
        extremes(&mut Hessian::new(self.objective(), &at), Key::new("sharpness"), 30).largest.value
    }

    /// The losses of runs after some epochs of reshuffled batches at a rate.
    ///
    /// What is left of an epoch is a batch as `remainder` says.
    pub(crate) fn losses(
        &self,
        (batch, remainder): (usize, &str),
        rate: f64,
        (epochs, runs): (usize, usize),
        key: Key,
    ) -> Vec<f64> {
        let objective = self.objective();
        let steps = epochs * objective.terms().div_ceil(batch);
        let spec = sampler_spec("reshuffle", [("remainder", Value::Word(remainder.to_owned()))]);
        let one = |i: usize| {
            let key = key.child(&format!("digits {batch}, {i}"));
            let sampler = spec.bind(&Context::of(objective.terms()), batch, key).expect("batches of the digits");
            let at = run(objective, (sampler, batch), (rate, steps));
            let mut scratch = vec![[0.0]; objective.scratch(1)];
            objective.evaluate(&at, false, &mut scratch).value[0]
        };
        (0..runs).into_par_iter().map(one).collect()
    }
}
