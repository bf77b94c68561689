//! Estimators that are the same, bit for bit.

use sgdlab_estimators::{EstimatorSpec, Initial, Sample};
use sgdlab_objectives::Problem;

use crate::support::*;

/// The points of 40 steps of gradient descent at rate 0.1 with these batches.
fn descent(problem: &Problem, spec: EstimatorSpec, batch: impl Fn(u64) -> Vec<u32>) -> Vec<Vec<f64>> {
    let (mut estimator, mut oracle) = (bind(spec, problem), oracle(problem));
    let mut at = point(0, 1.0, problem.layout().size());
    let step = |step| {
        let g = estimate(&mut *estimator, &mut oracle, step, &at, (&batch(step), 1.0));
        at.iter_mut().zip(g).for_each(|(x, g)| *x -= 0.1 * g);
        at.clone()
    };
    (0..40).map(step).collect()
}

/// Gradient descent whose gradient is the mean of the terms' own, in order.
fn by_terms(problem: &Problem) -> Vec<Vec<f64>> {
    let mut at = point(0, 1.0, problem.layout().size());
    let share = 1.0 / problem.terms() as f64;
    let step = |_| {
        let mut sum = vec![0.0; at.len()];
        for term in 0..problem.terms() as u32 {
            sum.iter_mut().zip(gradient(problem, &at, &[term])).for_each(|(sum, g)| *sum += share * g);
        }
        at.iter_mut().zip(sum).for_each(|(x, g)| *x -= 0.1 * g);
        at.clone()
    };
    (0..40).map(step).collect()
}

/// A table that is renewed as a whole is the full gradient, without a trace of rounding.
#[test]
fn tables_with_batches_of_all_terms_are_gradient_descent() {
    for (name, problem) in &problems() {
        let everything = |_| (0..problem.terms() as u32).collect();
        let expected = by_terms(problem);
        for initial in [Initial::Gradients, Initial::Zeros] {
            for spec in [saga(initial), sag(initial)] {
                assert_eq!(descent(problem, spec, everything), expected, "{spec:?} on {name}");
            }
        }
    }
}

#[test]
fn what_changes_nothing_is_plain() {
    for (name, problem) in &problems() {
        let n = problem.terms() as u32;
        let batch = |step| vec![(7 * step as u32 + 1) % n, (3 * step as u32) % n];
        let expected = descent(problem, PLAIN, batch);
        for spec in [
            storm(1.0),
            extragradient(0.0, Sample::Same),
            extragradient(0.0, Sample::Independent),
            sam(0.0, false),
            sam(0.0, true),
        ] {
            assert_eq!(descent(problem, spec, batch), expected, "{spec:?} on {name}");
        }
        for spec in [storm(0.5), extragradient(1.0, Sample::Same), extragradient(1.0, Sample::Independent)] {
            assert_ne!(descent(problem, spec, batch), expected, "{spec:?} on {name}");
        }
    }
}

/// Where every step takes a full gradient, batches do not matter.
#[test]
fn full_gradients_in_every_step_are_gradient_descent() {
    for (name, problem) in &problems() {
        let expected = descent(problem, PLAIN, |_| (0..problem.terms() as u32).collect());
        for spec in [svrg(0.25), sarah(0.25), page(Some(1.0))] {
            assert_eq!(descent(problem, spec, |step| vec![step as u32 % 6, 2]), expected, "{spec:?} on {name}");
        }
    }
}

/// The recursion is the same: a coin that never falls is a period that never ends.
#[test]
fn coins_that_never_fall_are_periods_that_never_end() {
    for (name, problem) in &problems() {
        let of = |spec| descent(problem, spec, |step| vec![step as u32 % 6, 2]);
        assert_eq!(of(page(Some(1e-300))), of(sarah(1e9)), "{name}");
        assert_eq!(of(l_svrg(Some(1e-300))), of(svrg(1e9)), "{name}");
    }
}
