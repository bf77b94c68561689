//! More terms than orders can be enumerated for.

use rand::Rng;
use rand::distr::Distribution;
use rayon::prelude::*;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Layout, Objective, Oracle, WIDTH};
use sgdlab_optimizers::{Rule, RuleSpec, Sgd, Signal};
use sgdlab_samplers::{BatchBuffer, Context};

use super::super::passes::Parabolas;
use super::super::schemes::Scheme;
use super::geometric;
use crate::Setting;

/// K.
pub(super) const EPOCHS: u64 = 64;

/// The best mean x² of independent draws and of reshuffling, and their standard errors.
pub(super) struct Ratio {
    pub(super) terms: usize,
    pub(super) with: (f64, f64),
    pub(super) without: (f64, f64),
}

/// aᵢ uniform on [½, 3⁄2], bᵢ normal and centered.
fn parabolas(key: Key, terms: usize) -> Parabolas {
    let mut rng = key.stream(0);
    let curvatures = (0..terms).map(|_| 0.5 + rng.random::<f64>()).collect();
    let slopes: Vec<f64> = (0..terms).map(|_| Normal.sample(&mut rng)).collect();
    let mean = slopes.iter().sum::<f64>() / terms as f64;
    Parabolas { curvatures, slopes: slopes.iter().map(|b| b - mean).collect() }
}

impl Ratio {
    pub(super) fn of(setting: &Setting, terms: usize) -> Self {
        let runs = setting.choose(128, 400);
        let key = setting.key.child(&format!("{terms} terms"));
        let of = parabolas(key.child("terms"), terms);
        let [with, without] = [Scheme::With, Scheme::Reshuffled].map(|scheme| best(scheme, &of, (key, runs)));
        Self { terms, with, without }
    }
}

/// The least mean over runs of x² after [`EPOCHS`] epochs, over rates, with its standard error.
pub(super) fn best(scheme: Scheme, of: &Parabolas, (key, runs): (Key, u64)) -> (f64, f64) {
    let key = key.child(scheme.name());
    let squares: Vec<[f64; WIDTH]> =
        (0..runs).into_par_iter().map(|run| run_at_all_rates(scheme, of, key.child(&run.to_string()))).collect();
    let count = runs as f64;
    let at = |lane: usize| {
        let mean = squares.iter().map(|of| of[lane]).sum::<f64>() / count;
        let variance = squares.iter().map(|of| (of[lane] - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, (variance / count).sqrt())
    };
    (0..WIDTH).map(at).min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are rates")
}

/// x² after a run from 1 at 16 rates, which share their batches.
fn run_at_all_rates(scheme: Scheme, of: &Parabolas, key: Key) -> [f64; WIDTH] {
    let model = of.objective();
    let objective: &dyn Objective<f64, WIDTH> = &model;
    let layout: &Layout = objective.layout();
    let rules: [RuleSpec; WIDTH] = std::array::from_fn(|_| Sgd::default().into());
    let mut rule: Box<dyn Rule<f64, WIDTH>> = RuleSpec::bind(&rules, layout);
    let steps = of.terms() as u64 * EPOCHS;
    let grid = geometric([1.0, 30.0], WIDTH);
    let rates: [f64; WIDTH] = std::array::from_fn(|lane| grid[lane] / steps as f64);
    let mut sampler = scheme.sampler().bind(&Context::of(of.terms()), 1, key).expect("single terms");
    let mut oracle = Oracle::new(objective, 1);
    let mut batch = BatchBuffer::with_capacity(1);
    let (mut at, mut gradient) = ([[1.0; WIDTH]], [[0.0; WIDTH]]);
    for step in 0..steps {
        sampler.fill(step, &mut batch);
        oracle.gradient(&at, batch.batch(), &mut gradient);
        rule.update(&mut at, Signal::of(&gradient), &rates);
    }
    at[0].map(|x| x * x)
}
