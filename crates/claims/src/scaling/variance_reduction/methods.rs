//! Estimators on least squares as random linear maps, and runs of them.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Oracle};
use sgdlab_estimators::{Ask, Context, EstimatorSpec, Initial, Plain, Saga, Sarah, Svrg};
use sgdlab_optimizers::{Rule, RuleSpec, Sgd, Signal};
use sgdlab_samplers::BatchBuffer;

use super::super::least_squares::{LeastSquares, advance};
use crate::tools::sampler::{WITH_REPLACEMENT, sampler};

/// An estimator with its rate, and what it does to a state that begins with x − x*.
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) spec: EstimatorSpec,
    pub(crate) rate: f64,
    /// The state of a run from the point 0.
    start: DVector<f64>,
    /// One step for each term.
    steps: Vec<DMatrix<f64>>,
    period: Option<Period>,
    /// Term gradients of the start and of a step.
    costs: [usize; 2],
    /// Steps, and the factor of E[f − f*] that theory guarantees over them.
    pub(crate) bound: Option<(u64, f64)>,
}

/// What happens again and again.
struct Period {
    steps: u64,
    map: DMatrix<f64>,
    /// Whether it takes the place of a step.
    instead: bool,
}

/// Epochs between full gradients.
pub(crate) const SVRG_PERIOD: f64 = 12.0;
pub(crate) const SARAH_PERIOD: f64 = 4.0;

/// `map` in the block of a larger matrix of d × d blocks that starts there.
fn put(into: &mut DMatrix<f64>, [row, column]: [usize; 2], map: &DMatrix<f64>) {
    into.view_mut((row, column), map.shape()).copy_from(map);
}

impl Method {
    /// Plain batches of one term.
    pub(crate) fn sgd(problem: &LeastSquares, rate: f64) -> Self {
        let (spec, start) = (Plain.into(), (-&problem.solution).push(1.0));
        let steps = problem.sgd(rate);
        Self { name: "SGD", spec, rate, start, steps, period: None, costs: [0, 1], bound: None }
    }

    /// State (e, w) with the snapshot w: e ← e − η [aᵢaᵢᵀ(e − w) + H w].
    pub(crate) fn svrg(problem: &LeastSquares) -> Self {
        let (d, n) = (problem.dimension(), problem.rows.len());
        let smoothness = problem.term_smoothness();
        let rate = 1.0 / (8.0 * smoothness);
        let steps = n as u64 * SVRG_PERIOD as u64;
        let step = |row: &DVector<f64>| {
            let of_term = row * row.transpose();
            let mut step = DMatrix::identity(2 * d, 2 * d);
            put(&mut step, [0, 0], &(DMatrix::identity(d, d) - &of_term * rate));
            put(&mut step, [0, d], &((of_term - &problem.hessian) * rate));
            step
        };
        let mut map = DMatrix::zeros(2 * d, 2 * d);
        put(&mut map, [0, 0], &DMatrix::identity(d, d));
        put(&mut map, [d, 0], &DMatrix::identity(d, d));
        let two = 2.0 * smoothness * rate;
        let factor = 1.0 / (problem.strong_convexity() * rate * (1.0 - two) * steps as f64) + two / (1.0 - two);
        let mut start = DVector::zeros(2 * d);
        start.rows_mut(0, d).copy_from(&-&problem.solution);
        Self {
            name: "SVRG",
            spec: Svrg { period: SVRG_PERIOD }.into(),
            rate,
            start,
            steps: problem.rows.iter().map(step).collect(),
            period: Some(Period { steps, map, instead: false }),
            costs: [0, 2],
            bound: Some((steps, factor)),
        }
    }

    /// State (e, s) with the known slopes sⱼ of terms about those at x*: e ← e − η [aᵢ(aᵢ·e − sᵢ) + (1/n) Σ aⱼ sⱼ], then
    /// sᵢ ← aᵢ·e of before.
    pub(crate) fn saga(problem: &LeastSquares) -> Self {
        let (d, n) = (problem.dimension(), problem.rows.len());
        let (smoothness, convexity) = (problem.term_smoothness(), problem.strong_convexity());
        let rate = 1.0 / (3.0 * smoothness);
        let step = |(i, row): (usize, &DVector<f64>)| {
            let mut step = DMatrix::identity(d + n, d + n);
            step.view_mut((0, 0), (d, d)).ger(-rate, row, row, 1.0);
            for (j, other) in problem.rows.iter().enumerate() {
                let share = if i == j { rate * (1.0 - 1.0 / n as f64) } else { -rate / n as f64 };
                put(&mut step, [0, d + j], &DMatrix::from_columns(&[other * share]));
            }
            step[(d + i, d + i)] = 0.0;
            put(&mut step, [d + i, 0], &DMatrix::from_rows(&[row.transpose()]));
            step
        };
        let mut start = DVector::zeros(d + n);
        start.rows_mut(0, d).copy_from(&-&problem.solution);
        for (j, row) in problem.rows.iter().enumerate() {
            start[d + j] = -row.dot(&problem.solution);
        }
        let factor = 1.0 - (0.25 / n as f64).min(convexity / (3.0 * smoothness));
        Self {
            name: "SAGA",
            spec: Saga { initial: Initial::Gradients }.into(),
            rate,
            start,
            steps: problem.rows.iter().enumerate().map(step).collect(),
            period: None,
            costs: [n, 1],
            bound: Some((n as u64, factor.powi(n as i32))),
        }
    }

    /// State (e, v) with the estimate v: v ← (I − η aᵢaᵢᵀ) v, then e ← e − η v.
    pub(crate) fn sarah(problem: &LeastSquares) -> Self {
        let (d, n) = (problem.dimension(), problem.rows.len());
        let smoothness = problem.term_smoothness();
        let rate = 1.0 / (2.0 * smoothness);
        let steps = n as u64 * SARAH_PERIOD as u64;
        let step = |row: &DVector<f64>| {
            let kept = DMatrix::identity(d, d) - row * row.transpose() * rate;
            let mut step = DMatrix::identity(2 * d, 2 * d);
            put(&mut step, [0, d], &(&kept * -rate));
            put(&mut step, [d, d], &kept);
            step
        };
        let mut map = DMatrix::zeros(2 * d, 2 * d);
        put(&mut map, [0, 0], &(DMatrix::identity(d, d) - &problem.hessian * rate));
        put(&mut map, [d, 0], &problem.hessian);
        let product = rate * smoothness;
        let factor = 1.0 / (problem.strong_convexity() * rate * (steps + 1) as f64) + product / (2.0 - product);
        let mut start = DVector::zeros(2 * d);
        start.rows_mut(0, d).copy_from(&-&problem.solution);
        Self {
            name: "SARAH",
            spec: Sarah { period: SARAH_PERIOD }.into(),
            rate,
            start,
            steps: problem.rows.iter().map(step).collect(),
            period: Some(Period { steps, map, instead: true }),
            costs: [0, 2],
            bound: Some((steps, factor)),
        }
    }

    /// E[f − f*] before the first and after each of so many steps, with the term gradients that it cost.
    pub(crate) fn exact(&self, problem: &LeastSquares, steps: u64) -> Vec<(usize, f64)> {
        let mut moment = &self.start * self.start.transpose();
        let mut cost = 0;
        let mut gaps = vec![(0, problem.gap(&moment))];
        for step in 0..steps {
            cost += if step == 0 { self.costs[0] } else { 0 };
            let again = self.period.as_ref().filter(|period| step.is_multiple_of(period.steps));
            if let Some(Period { map, .. }) = again {
                moment = map * moment * map.transpose();
                cost += problem.rows.len();
            }
            if !again.is_some_and(|period| period.instead) {
                moment = advance(&self.steps, &moment);
                cost += self.costs[1];
            }
            gaps.push((cost, problem.gap(&moment)));
        }
        gaps
    }

    /// f − f* of `runs` sampled runs after `steps` steps, and after as many again, …, `times` times; a list for each run.
    pub(crate) fn sample(&self, problem: &LeastSquares, key: Key, [runs, steps, times]: [usize; 3]) -> Vec<Vec<f64>> {
        let run = |run: usize| self.run(problem, key.child(&format!("{}, run {run}", self.name)), steps, times);
        (0..runs).into_par_iter().map(run).collect()
    }

    fn run(&self, problem: &LeastSquares, key: Key, steps: usize, times: usize) -> Vec<f64> {
        let (parameters, terms) = (problem.dimension(), problem.rows.len());
        let objective: &dyn Objective<f64, 1> = &problem.objective;
        let mut sampler = sampler(WITH_REPLACEMENT, terms, 1, key.child("batches"));
        let batches_per_epoch = sampler.batches_per_epoch();
        let context = Context { parameters, terms, batches_per_epoch, largest_batch: 1, key: key.child("estimator") };
        let mut estimator = self.spec.bind::<f64, 1>(&context);
        let mut rule: Box<dyn Rule<f64, 1>> = RuleSpec::bind(&[Sgd::default().into()], objective.layout());
        let mut oracle = Oracle::new(objective, 1);
        let mut batch = BatchBuffer::with_capacity(1);
        let (mut at, mut gradient) = (vec![[0.0]; parameters], vec![[0.0]; parameters]);
        let rates = [self.rate];
        let mut gaps = Vec::with_capacity(times);
        for step in 0..(steps * times) as u64 {
            sampler.fill(step, &mut batch);
            let ask = Ask { step, rates: &rates, batch: batch.batch() };
            estimator.estimate(&mut oracle, &at, ask, &mut gradient);
            rule.update(&mut at, Signal::of(&gradient), &rates);
            if (step + 1).is_multiple_of(steps as u64) {
                let e = DVector::from_iterator(parameters, at.iter().map(|[x]| *x)) - &problem.solution;
                gaps.push(0.5 * e.dot(&(&problem.hessian * &e)));
            }
        }
        gaps
    }

    /// The factor of E[f − f*] over so many steps in the long run, from an exact course.
    pub(crate) fn factor(&self, problem: &LeastSquares, steps: u64, times: u64) -> f64 {
        let gaps = self.exact(problem, steps * times);
        gaps[(steps * times) as usize].1 / gaps[(steps * (times - 1)) as usize].1
    }
}

/// E[f − f*] that SGD stays at: the fixed point of its second moments.
pub(crate) fn floor(problem: &LeastSquares, rate: f64) -> f64 {
    let steps = problem.sgd(rate);
    let d = problem.dimension();
    let mut moment = DMatrix::zeros(d + 1, d + 1);
    moment[(d, d)] = 1.0;
    let mut last = f64::INFINITY;
    loop {
        moment = advance(&steps, &moment);
        let gap = problem.gap(&moment);
        if (gap - last).abs() <= 1e-14 * gap {
            return gap;
        }
        last = gap;
    }
}
