//! What estimators draw for themselves.

use sgdlab_core::streams::Key;
use sgdlab_core::{Batch, Oracle};
use sgdlab_estimators::{Ask, Context, EstimatorSpec, Sample};
use sgdlab_objectives::Quadratic;

use crate::support::*;

/// Which of the steps after the first cost more than 2 evaluations, in epochs of 4 steps: those with a full gradient.
fn falls(spec: EstimatorSpec, key: Key, steps: u64) -> Vec<bool> {
    let objective = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]);
    let mut oracle = Oracle::new(&objective, 1);
    let mut estimator = spec.bind::<f64, 1>(&Context { key, ..context(1, 4, 4) });
    let mut out = [[0.0]];
    let mut falls = Vec::new();
    for step in 0..=steps {
        let before = oracle.evaluations();
        let batch = Batch { indices: &[(step % 4) as u32], scale: 1.0 };
        estimator.estimate(&mut oracle, &[[1.0]], Ask { step, rates: &[0.1], batch }, &mut out);
        falls.push(oracle.evaluations() - before > 2);
    }
    falls.split_off(1)
}

/// The number of falls is within 4.5 standard deviations, which it misses once in 150 000 keys.
#[test]
fn coins_fall_as_often_as_they_should() {
    let steps = 4000;
    for (probability, p) in [(None, 0.25), (Some(0.25), 0.25), (Some(0.01), 0.01), (Some(0.9), 0.9), (Some(1.0), 1.0)] {
        for spec in [l_svrg(probability), page(probability)] {
            let found = falls(spec, Key::new("coins"), steps).into_iter().filter(|&fell| fell).count() as f64;
            let (mean, deviation) = (p * steps as f64, (p * (1.0 - p) * steps as f64).sqrt());
            assert!((found - mean).abs() <= 4.5 * deviation, "{spec:?}: {found} of {steps}");
        }
    }
}

/// Estimators and probabilities are compared on the same coins, replicates are independent.
#[test]
fn coins_depend_on_key_and_step_alone() {
    let key = Key::new("coins");
    let of = |spec| falls(spec, key, 400);
    let half = of(page(Some(0.5)));
    assert_eq!(half, of(l_svrg(Some(0.5))));
    let quarter = of(page(Some(0.25)));
    assert_eq!(quarter, of(page(None)));
    assert!(quarter.iter().zip(&half).all(|(quarter, half)| !quarter || *half));
    let other = falls(page(Some(0.5)), Key::new("other coins"), 400);
    let equal = half.iter().zip(&other).filter(|(a, b)| a == b).count() as f64;
    assert!((equal - 200.0).abs() <= 4.5 * 10.0, "{equal} of 400 are equal");
}

/// The centers that the extrapolation saw: on ½ (x − c)² at rate 1 it goes from 0 to the mean of them.
fn sampled(key: Key, steps: u64, batch: &[u32]) -> Vec<f64> {
    let objective = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 4.0, 16.0]);
    let mut oracle = Oracle::new(&objective, batch.len());
    let mut estimator = extragradient(1.0, Sample::Independent).bind::<f64, 1>(&Context { key, ..context(1, 4, 4) });
    let center = batch.iter().map(|&i| [0.0, 1.0, 4.0, 16.0][i as usize]).sum::<f64>() / batch.len() as f64;
    let mut of_step = |step| {
        let mut out = [[f64::NAN]];
        let batch = Batch { indices: batch, scale: 1.0 };
        estimator.estimate(&mut oracle, &[[0.0]], Ask { step, rates: &[1.0], batch }, &mut out);
        out[0][0] + center
    };
    (0..steps).map(&mut of_step).collect()
}

#[test]
fn extrapolations_see_independent_samples() {
    let found = sampled(Key::new("samples"), 4000, &[3]);
    for center in [0.0, 1.0, 4.0, 16.0] {
        let count = found.iter().filter(|&&x| x == center).count() as f64;
        assert!((count - 1000.0).abs() <= 4.5 * 750.0_f64.sqrt(), "{center}: {count} of 4000");
    }
    // Batches do not matter, keys do.
    assert_eq!(found[..100], sampled(Key::new("samples"), 100, &[0]));
    assert_ne!(found[..100], sampled(Key::new("other samples"), 100, &[3]));
}

/// A sample has as many terms as the batch: the variance of the mean of two is half.
#[test]
fn extrapolations_see_as_many_terms_as_the_batch() {
    let found = sampled(Key::new("samples"), 4000, &[3, 0]);
    let possible: Vec<f64> = laws(4)[2]
        .iter()
        .map(|pair| pair.iter().map(|&i| [0.0, 1.0, 4.0, 16.0][i as usize]).sum::<f64>() / 2.0)
        .collect();
    assert!(found.iter().all(|x| possible.contains(x)));
    // Twice the same center has probability 4/16.
    let count = found.iter().filter(|&&x| [0.0, 1.0, 4.0, 16.0].contains(&x)).count() as f64;
    assert!((count - 1000.0).abs() <= 4.5 * 750.0_f64.sqrt(), "{count} of 4000");
}
