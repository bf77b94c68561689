//! Expectations by enumeration of all batches.

use sgdlab_core::Value;
use sgdlab_estimators::EstimatorSpec;
use sgdlab_objectives::Problem;

use crate::support::{ESTIMATORS, close, estimate, full_gradient, load, neuron, oracle, point};

const SVRG: EstimatorSpec = EstimatorSpec::Svrg { period: 4.0 };

/// All batches of one term, all of two different ones, and all of two, drawn with replacement.
fn laws(n: u32) -> [Vec<Vec<u32>>; 3] {
    let pairs: Vec<_> = (0..n).flat_map(|i| (0..n).map(move |j| vec![i, j])).collect();
    let different = pairs.iter().filter(|pair| pair[0] < pair[1]).cloned().collect();
    [(0..n).map(|i| vec![i]).collect(), different, pairs]
}

fn problems() -> [(&'static str, Problem); 3] {
    let small = [("terms", Value::Number(6.0)), ("dimension", Value::Number(4.0))];
    let cross_entropy = load("mlp", &[("data", Value::Word("iris".into())), ("hidden", Value::Integers(vec![3]))]);
    [("neuron", neuron()), ("quadratic", load("noisy-quadratic", &small)), ("mlp", cross_entropy)]
}

/// The estimate at `x` after a snapshot at `s`.
fn after_snapshot(problem: &Problem, s: &[f64], x: &[f64], batch: &[u32]) -> Vec<f64> {
    let mut svrg = SVRG.bind(x.len(), 4);
    let mut oracle = oracle(problem);
    estimate(&mut *svrg, &mut oracle, 0, s, (&[0], 1.0));
    estimate(&mut *svrg, &mut oracle, 1, x, (batch, 1.0))
}

fn mean(estimates: &[Vec<f64>]) -> Vec<f64> {
    let share = 1.0 / estimates.len() as f64;
    (0..estimates[0].len()).map(|j| estimates.iter().map(|g| share * g[j]).sum()).collect()
}

#[test]
fn plain_and_svrg_are_unbiased() {
    for (name, problem) in &problems()[..2] {
        let d = problem.layout().size();
        let (s, x) = (point(0, 1.0, d), point(1, 1.0, d));
        let full = full_gradient(problem, &x);
        for law in laws(problem.terms() as u32) {
            let svrg: Vec<_> = law.iter().map(|batch| after_snapshot(problem, &s, &x, batch)).collect();
            close(&mean(&svrg), &full, 1e-14, name);
            let plain = |batch: &Vec<u32>| {
                let mut plain = EstimatorSpec::Plain.bind(d, 4);
                estimate(&mut *plain, &mut oracle(problem), 0, &x, (batch, 1.0))
            };
            close(&mean(&law.iter().map(plain).collect::<Vec<_>>()), &full, 1e-14, name);
        }
    }
}

/// The corrections are the estimates' only noise: without distance to the snapshot there is none.
#[test]
fn svrg_at_the_snapshot_is_the_full_gradient() {
    for (name, problem) in &problems() {
        let s = point(0, 1.0, problem.layout().size());
        for batch in [&[0][..], &[3, 3, 5], &[1, 2]] {
            assert_eq!(after_snapshot(problem, &s, &s, batch), full_gradient(problem, &s), "{name}");
        }
    }
}

/// Between snapshots it is ∇f_batch(x) − ∇f_batch(s) + ∇f(s), from plain gradients.
#[test]
fn svrg_is_its_formula() {
    for (name, problem) in &problems() {
        let d = problem.layout().size();
        let (s, x) = (point(0, 1.0, d), point(1, 1.0, d));
        let batch = [4, 1, 1];
        let plain =
            |at: &[f64]| estimate(&mut *EstimatorSpec::Plain.bind(d, 4), &mut oracle(problem), 0, at, (&batch, 1.0));
        let (new, old, full) = (plain(&x), plain(&s), full_gradient(problem, &s));
        let expected: Vec<_> = (0..d).map(|j| new[j] - old[j] + full[j]).collect();
        assert_eq!(after_snapshot(problem, &s, &x, &batch), expected, "{name}");
        assert_ne!(expected, new, "{name}");
    }
}

/// The snapshot is the iterate at every second step of four, and nothing else is.
#[test]
fn snapshots_are_taken_every_period() {
    let problem = neuron();
    let mut svrg = EstimatorSpec::Svrg { period: 0.5 }.bind(2, 4);
    let mut oracle = oracle(&problem);
    for step in 0..8 {
        let x = point(step, 1.0, 2);
        let found = estimate(&mut *svrg, &mut oracle, step, &x, (&[5], 1.0));
        let full = full_gradient(&problem, &x);
        if step % 2 == 0 {
            assert_eq!(found, full, "step {step}");
        } else {
            assert_ne!(found, full, "step {step}");
            assert_eq!(found, after_snapshot(&problem, &point(step - 1, 1.0, 2), &x, &[5]), "step {step}");
        }
    }
}

/// The scale of a short batch multiplies the estimate: for SAM not the perturbation.
#[test]
fn rescaled_batches_scale_the_estimate() {
    for (name, problem) in &problems() {
        let d = problem.layout().size();
        let (s, x) = (point(0, 1.0, d), point(1, 1.0, d));
        for spec in ESTIMATORS {
            let at_scale = |scale: f64| {
                let (mut estimator, mut oracle) = (spec.bind(d, 4), oracle(problem));
                estimate(&mut *estimator, &mut oracle, 0, &s, (&[0, 2], 1.0));
                estimate(&mut *estimator, &mut oracle, 1, &x, (&[3, 4, 4], scale))
            };
            // A power of 2 is exact.
            let expected: Vec<_> = at_scale(1.0).iter().map(|g| 0.25 * g).collect();
            assert_eq!(at_scale(0.25), expected, "{spec:?} on {name}");
        }
    }
}

#[test]
fn a_ball_of_radius_0_changes_nothing() {
    for (name, problem) in &problems() {
        let x = point(0, 1.0, problem.layout().size());
        let of =
            |spec: EstimatorSpec| estimate(&mut *spec.bind(x.len(), 4), &mut oracle(problem), 0, &x, (&[2, 3], 1.0));
        for adaptive in [false, true] {
            assert_eq!(
                of(EstimatorSpec::Sam { rho: 0.0, adaptive, perturb_eps: 1e-12 }),
                of(EstimatorSpec::Plain),
                "{name}"
            );
        }
    }
}

/// The perturbation has length rho: in units of x where it is adaptive.
#[test]
fn sam_looks_rho_away() {
    for (name, problem) in &problems() {
        let d = problem.layout().size();
        let x = point(0, 1.0, d);
        let of = |spec: EstimatorSpec, at: &[f64]| {
            estimate(&mut *spec.bind(d, 4), &mut oracle(problem), 0, at, (&[2, 3], 1.0))
        };
        let g = of(EstimatorSpec::Plain, &x);
        for adaptive in [false, true] {
            let size = |j: usize| if adaptive { x[j].abs() } else { 1.0 };
            let norm = (0..d).map(|j| (size(j) * g[j]).powi(2)).sum::<f64>().sqrt();
            let perturbed: Vec<_> = (0..d).map(|j| x[j] + 0.3 * size(j).powi(2) * g[j] / norm).collect();
            let found = of(EstimatorSpec::Sam { rho: 0.3, adaptive, perturb_eps: 1e-12 }, &x);
            close(&found, &of(EstimatorSpec::Plain, &perturbed), 1e-11, name);
            assert_ne!(found, g, "{name}");
        }
    }
}
