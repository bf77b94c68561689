//! Sampled runs with averaging.

use nalgebra::{DMatrix, DVector};
use rand::distr::Distribution;
use rayon::prelude::*;
use sgdlab_core::streams::{Key, Normal, Uniform};
use sgdlab_core::{Batch, Curvature, Objective, Oracle, Product, Real, Settings, Value};
use sgdlab_losses::{Logistic as LogisticLoss, LossSpec};
use sgdlab_objectives::{Linear, LinearSpec};
use sgdlab_optimizers::{PolyakRuppert, Rule, RuleSpec, ScheduleSpec, Sgd, Signal, schedules};
use sgdlab_samplers::BatchBuffer;

use super::super::least_squares::LeastSquares;
use super::laws::Bound;
use crate::tools::moments::Mean;
use crate::tools::sampler::{WITH_REPLACEMENT, sampler};

/// Runs from 0 with batches of one term and rates `rate` · t^{−`power`}.
pub(crate) struct Runs {
    pub(crate) rate: f64,
    pub(crate) power: f64,
    pub(crate) steps: usize,
    pub(crate) runs: usize,
}

impl Runs {
    /// Errors over the bound of the mean of the iterates and of the last one, over runs.
    pub(crate) fn on_least_squares(&self, problem: &LeastSquares, key: Key) -> [Mean; 2] {
        let bound = Bound::new(&problem.hessian, &problem.noise());
        self.errors(&problem.objective, (&problem.solution, &bound), key)
    }

    /// The same on a logistic regression.
    pub(crate) fn on_logistic(&self, problem: &Logistic, key: Key) -> [Mean; 2] {
        let bound = Bound::new(&problem.hessian, &problem.noise);
        self.errors(&problem.objective, (&problem.solution, &bound), key)
    }

    fn errors(&self, objective: &Linear<f64>, (solution, bound): (&DVector<f64>, &Bound), key: Key) -> [Mean; 2] {
        let run = |run: usize| {
            let points = self.run(objective, key.child(&format!("run {run}")));
            points.map(|point| bound.of(&(point - solution), self.steps))
        };
        let found: Vec<[f64; 2]> = (0..self.runs).into_par_iter().map(run).collect();
        [0, 1].map(|i| Mean::of(&found.iter().map(|errors| errors[i]).collect::<Vec<_>>()))
    }

    /// The mean of the iterates of a run, and its last.
    fn run(&self, objective: &dyn Objective<f64, 1>, key: Key) -> [DVector<f64>; 2] {
        let size = objective.layout().size();
        let spec: RuleSpec = PolyakRuppert { base: Box::new(Sgd::default().into()), power: 0.0 }.into();
        let mut rule: Box<dyn Rule<f64, 1>> = RuleSpec::bind(&[spec], objective.layout());
        let mut sampler = sampler(WITH_REPLACEMENT, objective.terms(), 1, key);
        let given = [("p", Value::Number(self.power)), ("offset", Value::Number(1.0))];
        let entry = schedules::entries().into_iter().find(|entry| entry.name == "power").expect("a schedule");
        let schedule =
            ScheduleSpec::new(&Settings::new(entry, given).expect("its settings")).expect("they go together");
        let schedule = schedule.of_run(self.steps as u64, sampler.batches_per_epoch(), 1);
        let mut oracle = Oracle::new(objective, 1);
        let mut batch = BatchBuffer::with_capacity(1);
        let (mut at, mut gradient) = (vec![[0.0]; size], vec![[0.0]; size]);
        for step in 0..self.steps as u64 {
            sampler.fill(step, &mut batch);
            oracle.gradient(&at, batch.batch(), &mut gradient);
            rule.update(&mut at, Signal::of(&gradient), &[self.rate * schedule.factor(step)]);
        }
        let mean = rule.answer(&at).expect("it averages");
        [mean, &at].map(|point| DVector::from_iterator(size, point.iter().map(|[x]| *x)))
    }
}

/// A logistic regression with drawn terms, and what is known about its minimizer.
pub(crate) struct Logistic {
    objective: Linear<f64>,
    solution: DVector<f64>,
    /// H and S there.
    hessian: DMatrix<f64>,
    noise: DMatrix<f64>,
}

impl Logistic {
    /// Normal rows, and classes that a logistic model with a random solution of length 1 draws.
    pub(crate) fn drawn(key: Key, terms: usize, dimension: usize) -> Self {
        let mut rng = key.stream(1);
        let features: Vec<f64> = (0..terms * dimension).map(|_| Normal.sample(&mut rng)).collect();
        let truth = DVector::from_fn(dimension, |_, _| Normal.sample(&mut rng)).normalize();
        let mut class = |row: &[f64]| {
            let z: f64 = row.iter().zip(truth.iter()).map(|(a, x)| a * x).sum();
            let unit = Uniform { low: 0.0, high: 1.0 }.sample(&mut rng);
            if unit < z.sigmoid() { 1.0 } else { -1.0 }
        };
        let targets: Vec<f64> = features.chunks(dimension).map(&mut class).collect();
        let spec = LinearSpec {
            loss: LossSpec::Logistic(LogisticLoss),
            factor: 1.0,
            l2: 0.0,
            intercept: false,
            classes: true,
        };
        let objective = Linear::new(spec, &features, dimension, &targets);
        let solution = minimizer(&objective);
        let hessian = hessian(&objective, &solution);
        let noise = noise(&objective, &solution);
        Self { objective, solution, hessian, noise }
    }
}

fn point(x: &DVector<f64>) -> Vec<[f64; 1]> {
    x.iter().map(|&x| [x]).collect()
}

/// By Newton's method from 0; twenty steps are many for a logistic regression whose classes overlap.
fn minimizer(objective: &dyn Objective<f64, 1>) -> DVector<f64> {
    let size = objective.layout().size();
    let mut at = DVector::zeros(size);
    for _ in 0..20 {
        let mut gradient = vec![[0.0]; size];
        Oracle::new(objective, 1).full_gradient(&point(&at), &mut gradient);
        let gradient = DVector::from_iterator(size, gradient.iter().map(|[g]| *g));
        at -= hessian(objective, &at).cholesky().expect("classes that overlap").solve(&gradient);
    }
    at
}

fn hessian(objective: &dyn Objective<f64, 1>, at: &DVector<f64>) -> DMatrix<f64> {
    let (size, terms) = (at.len(), objective.terms());
    let everything: Vec<u32> = (0..terms as u32).collect();
    let mut oracle = Oracle::new(objective, terms).with_products(terms);
    let mut column = |j: usize| {
        let vector: Vec<[f64; 1]> = (0..size).map(|i| [f64::from(u8::from(i == j))]).collect();
        let mut out = vec![[0.0]; size];
        let asked = Product { curvature: Curvature::Hessian, at: &point(at), vector: &vector };
        oracle.curvature_times(asked, Batch::of(&everything), &mut out);
        DVector::from_iterator(size, out.iter().map(|[x]| *x))
    };
    DMatrix::from_columns(&(0..size).map(&mut column).collect::<Vec<_>>())
}

/// The covariance of the gradients of terms where their mean is 0.
fn noise(objective: &dyn Objective<f64, 1>, at: &DVector<f64>) -> DMatrix<f64> {
    let (size, terms) = (at.len(), objective.terms());
    let mut oracle = Oracle::new(objective, 1);
    let mut sum = DMatrix::zeros(size, size);
    for term in 0..terms as u32 {
        let mut gradient = vec![[0.0]; size];
        oracle.gradient(&point(at), Batch::of(&[term]), &mut gradient);
        let gradient = DVector::from_iterator(size, gradient.iter().map(|[g]| *g));
        sum += &gradient * gradient.transpose();
    }
    sum / terms as f64
}
