//! The noise scale while logistic regression is trained.

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Batch, Layout, Objective, Oracle};
use sgdlab_objectives::{Problem, Stored};
use sgdlab_optimizers::{Rule, RuleSpec, Sgd, Signal};

use super::{diversity, moments};
use crate::Setting;
use crate::tools::moments::Mean;
use crate::tools::noise::{TwoSizes, square};
use crate::tools::population::{Population, WITH, estimates};
use crate::tools::problem::problem;

/// The noise scale at one step.
pub(super) struct Checkpoint {
    pub(super) step: usize,
    /// |G|² and tr S of all terms.
    pub(super) norm: f64,
    pub(super) trace: f64,
    /// tr S/|G|².
    pub(super) scale: f64,
    /// N Δ.
    pub(super) diversity: f64,
    /// Means of the two estimates.
    pub(super) means: (f64, f64),
    /// The ratio of these means.
    pub(super) estimate: Mean,
}

/// The steps that are looked at.
const STEPS: [usize; 9] = [0, 2, 4, 8, 16, 32, 64, 128, 256];

/// Batch sizes of the estimates.
pub(super) const SIZES: TwoSizes = TwoSizes { small: 16, big: 1024 };

const RATE: f64 = 0.1;

/// The checkpoints of a run.
pub(super) fn run(setting: &Setting) -> Vec<Checkpoint> {
    let problem = problem("logistic", []);
    let points = points(&problem);
    let pairs = setting.choose(1000, 4000);
    let checkpoint = |(step, point): (usize, &Vec<[f64; 1]>)| {
        let key = setting.key.child(&format!("training, {step}"));
        checkpoint(f64::model(&problem).objective(), (step, point), key, pairs)
    };
    STEPS.par_iter().copied().zip(points.par_iter()).map(checkpoint).collect()
}

/// Where gradient descent is at each of the steps.
fn points(problem: &Problem) -> Vec<Vec<[f64; 1]>> {
    let objective: &dyn Objective<f64, 1> = f64::model(problem).objective();
    let layout: &Layout = objective.layout();
    let mut rule: Box<dyn Rule<f64, 1>> = RuleSpec::bind(&[Sgd::default().into()], layout);
    let mut at: Vec<[f64; 1]> = problem.initial(Key::new("start")).into_iter().map(|x| [x]).collect();
    let mut gradient = at.clone();
    let mut oracle = Oracle::new(objective, 1);
    let mut points = Vec::new();
    for step in 0..=STEPS[STEPS.len() - 1] {
        if STEPS.contains(&step) {
            points.push(at.clone());
        }
        oracle.full_gradient(&at, &mut gradient);
        rule.update(&mut at, Signal::of(&gradient), &[RATE]);
    }
    points
}

fn checkpoint(objective: &dyn Objective<f64, 1>, (step, at): (usize, &[[f64; 1]]), key: Key, pairs: u64) -> Checkpoint {
    let population = of_terms(objective, at);
    let (norm, trace) = moments(&population);
    let squares = |batch: usize| {
        let mut squares = Vec::with_capacity(pairs as usize);
        let take = |estimate: &[[f64; 1]]| squares.push(square(estimate.as_flattened()));
        estimates((objective, at), (WITH, batch), key.child(&batch.to_string()), 0..pairs, take);
        squares
    };
    let both = squares(SIZES.small).into_iter().zip(squares(SIZES.big));
    let both: Vec<(f64, f64)> = both.map(|(small, big)| SIZES.estimate(small, big)).collect();
    let (norms, traces): (Vec<f64>, Vec<f64>) = both.iter().copied().unzip();
    let means = (Mean::of(&norms).value, Mean::of(&traces).value);
    let ratio = means.1 / means.0;
    let residuals: Vec<f64> = both.iter().map(|(norm, trace)| (trace - ratio * norm) / means.0).collect();
    let estimate = Mean { value: ratio, error: Mean::of(&residuals).error };
    Checkpoint { step, norm, trace, scale: trace / norm, diversity: diversity(&population), means, estimate }
}

/// The gradients of all terms at a point.
fn of_terms(objective: &dyn Objective<f64, 1>, at: &[[f64; 1]]) -> Population {
    let mut oracle = Oracle::new(objective, 1);
    let mut out = at.to_vec();
    let mut gradients = Vec::with_capacity(objective.terms() * at.len());
    for term in 0..objective.terms() as u32 {
        oracle.gradient(at, Batch::of(&[term]), &mut out);
        gradients.extend_from_slice(out.as_flattened());
    }
    Population::new(gradients, at.len())
}
