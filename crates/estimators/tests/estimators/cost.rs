//! Oracle calls, against what is documented.

use sgdlab_core::{Batch, Oracle};
use sgdlab_estimators::EstimatorSpec;
use sgdlab_objectives::Stored;

use crate::support::{estimate, neuron, oracle};

/// Evaluations of `steps` steps with batches of `size`, 8 terms and epochs of `batches` steps.
fn evaluations(spec: EstimatorSpec, batches: u64, steps: u64, size: usize) -> u64 {
    let problem = neuron();
    let (mut estimator, mut oracle) = (spec.bind(2, batches), oracle(&problem));
    for step in 0..steps {
        estimate(&mut *estimator, &mut oracle, step, &[0.5, -0.5], (&vec![3; size], 1.0));
    }
    oracle.evaluations()
}

#[test]
fn plain_costs_a_gradient_a_term() {
    assert_eq!(evaluations(EstimatorSpec::Plain, 8, 10, 1), 10);
    assert_eq!(evaluations(EstimatorSpec::Plain, 2, 7, 4), 28);
}

#[test]
fn sam_costs_two_gradients_a_term() {
    for adaptive in [false, true] {
        assert_eq!(evaluations(EstimatorSpec::Sam { rho: 0.05, adaptive, perturb_eps: 1e-12 }, 8, 10, 1), 20);
        assert_eq!(evaluations(EstimatorSpec::Sam { rho: 0.0, adaptive, perturb_eps: 1e-12 }, 2, 7, 4), 56);
    }
}

#[test]
fn svrg_costs_two_gradients_a_term_and_all_terms_a_snapshot() {
    // period in epochs, steps an epoch, steps, batch size; snapshots.
    for (period, batches, steps, size, snapshots) in [
        (2.0, 8, 16, 1, 1),
        (2.0, 8, 17, 1, 2),
        (1.0, 4, 12, 2, 3),
        (0.5, 4, 12, 2, 6),
        (1.5, 4, 12, 2, 2),
        (0.01, 4, 12, 2, 12),
        (0.2, 8, 10, 1, 5),
        (1e300, 8, 100, 1, 1),
    ] {
        let found = evaluations(EstimatorSpec::Svrg { period }, batches, steps, size);
        assert_eq!(found, 8 * snapshots + 2 * size as u64 * steps, "period {period}, {batches} batches an epoch");
    }
}

#[test]
fn the_cost_a_term_is_what_a_step_costs() {
    for (spec, expected) in [
        (EstimatorSpec::Plain, 1),
        (EstimatorSpec::Svrg { period: 2.0 }, 2),
        (EstimatorSpec::Sam { rho: 0.1, adaptive: false, perturb_eps: 1e-12 }, 2),
    ] {
        assert_eq!(spec.evaluations_per_term(), expected);
        assert_eq!(evaluations(spec, 8, 2, 1) - evaluations(spec, 8, 1, 1), expected);
    }
}

/// Budgets are per run: a pack of 16 pays what each of its runs would.
#[test]
fn a_pack_counts_as_one_run() {
    let problem = neuron();
    for spec in crate::support::ESTIMATORS {
        let mut oracle = Oracle::<f32, 16>::new(f32::model(&problem).objective(), 8);
        let mut estimator = spec.bind(2, 4);
        let mut out = [[0.0; 16]; 2];
        for step in 0..9 {
            estimator.estimate(&mut oracle, step, &[[0.5; 16]; 2], Batch::of(&[1, 2]), &mut out);
        }
        assert_eq!(oracle.evaluations(), evaluations(spec, 4, 9, 2), "{spec:?}");
    }
}
