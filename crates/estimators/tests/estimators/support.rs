//! Problems, estimators and single estimates.

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Batch, Oracle, Settings, Value};
use sgdlab_estimators::{Estimator, EstimatorSpec};
use sgdlab_objectives::{Problem, Stored, entry};

/// Every estimator; three epochs of the tests' problems fit between the snapshots of no variant.
pub const ESTIMATORS: [EstimatorSpec; 6] = [
    EstimatorSpec::Plain,
    EstimatorSpec::Svrg { period: 1.0 },
    EstimatorSpec::Svrg { period: 0.5 },
    EstimatorSpec::Sam { rho: 0.05, adaptive: false, perturb_eps: 1e-12 },
    EstimatorSpec::Sam { rho: 0.5, adaptive: true, perturb_eps: 1e-12 },
    EstimatorSpec::Sam { rho: 0.0, adaptive: false, perturb_eps: 1e-12 },
];

/// A problem with these settings.
pub fn load(name: &str, given: &[(&str, Value)]) -> Problem {
    let settings = Settings::new(entry(name).unwrap(), given.iter().cloned()).unwrap();
    Problem::load(&settings).unwrap()
}

/// The sigmoid neuron on 8 points: gradients depend on where they are taken.
pub fn neuron() -> Problem {
    load("sigmoid-neuron", &[("data", Value::Word("neuron-8".into()))])
}

/// The objective in `f64` of a single run.
pub fn oracle(problem: &Problem) -> Oracle<'_, f64, 1> {
    Oracle::new(f64::model(problem).objective(), 8)
}

/// One estimate.
pub fn estimate(
    estimator: &mut dyn Estimator<f64, 1>,
    oracle: &mut Oracle<'_, f64, 1>,
    step: u64,
    at: &[f64],
    (indices, scale): (&[u32], f64),
) -> Vec<f64> {
    let at: Vec<_> = at.iter().map(|&x| [x]).collect();
    let mut out = vec![[f64::NAN]; at.len()];
    estimator.estimate(oracle, step, &at, Batch { scale, ..Batch::of(indices) }, &mut out);
    out.into_flattened()
}

/// ∇f.
pub fn full_gradient(problem: &Problem, at: &[f64]) -> Vec<f64> {
    let at: Vec<_> = at.iter().map(|&x| [x]).collect();
    let mut out = vec![[f64::NAN]; at.len()];
    oracle(problem).full_gradient(&at, &mut out);
    out.into_flattened()
}

/// Normal numbers of standard deviation `size`.
pub fn point(index: u64, size: f64, length: usize) -> Vec<f64> {
    let mut rng = Key::new("points of the estimator tests").stream(index);
    Normal.sample_iter(&mut rng).take(length).map(|x: f64| size * x).collect()
}

pub fn close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance, "{what}: {found:?} instead of {expected:?}");
    }
}
