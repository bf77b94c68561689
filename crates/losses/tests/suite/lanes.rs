//! Each lane has the bits of the loss evaluated alone, for every loss and any input.

use sgdlab_core::{Lanes, Real, WIDTH, reduce};
use sgdlab_losses::{Loss, LossKernel, LossSpec, Packs, weight};

use crate::variants::{targets, variants};

/// More than two blocks, and a remainder.
const TERMS: usize = 37;

/// Bits; any NaN equals any other.
fn bits<R: Real>(x: R) -> Option<u64> {
    (x == x).then(|| x.to_f64().to_bits())
}

/// What may happen to a prediction, the kinks and their neighborhoods included.
fn inputs<R: Real>(loss: &LossSpec) -> Vec<R> {
    let mut all = vec![
        0.0,
        -0.0,
        1e-300,
        -1e-40,
        1e-9,
        0.25,
        -0.5,
        0.99,
        1.0,
        -1.0,
        1.5,
        2.0,
        -3.0,
        10.0,
        -36.0,
        37.5,
        89.0,
        -105.0,
        709.0,
        -750.0,
        1000.0,
        1e30,
        -1e154,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    for kink in loss.facts().kinks {
        all.extend([kink, -kink, kink.next_up(), kink.next_down(), kink * (1.0 + 1e-7), kink * (1.0 - 1e-7)]);
    }
    all.into_iter().map(R::of).collect()
}

struct Case<R> {
    loss: LossSpec,
    targets: Vec<R>,
    batch: Vec<u32>,
    z: Vec<Lanes<R, WIDTH>>,
}

/// Term i, lane l holds input number 5i + l, so that neighbors differ and all inputs meet all lanes.
fn case<R: Real>(loss: LossSpec) -> Case<R> {
    let inputs = inputs::<R>(&loss);
    let mut targets: Vec<R> = targets(loss.facts().targets).iter().map(|&t| R::of(t)).collect();
    targets.push(R::of(f64::NAN));
    let batch = (0..TERMS).map(|i| (i * 7 % targets.len()) as u32).collect();
    let z = (0..TERMS).map(|i| std::array::from_fn(|l| inputs[(5 * i + l) % inputs.len()])).collect();
    Case { loss, targets, batch, z }
}

/// One operation on a pack, on each lane as a single run, and number by number.
fn check<R: Packs<1> + Packs<WIDTH>>(
    case: &Case<R>,
    pack: impl Fn(&dyn LossKernel<R, WIDTH>, &mut [Lanes<R, WIDTH>]),
    single: impl Fn(&dyn LossKernel<R, 1>, &mut [Lanes<R, 1>]),
    alone: impl Fn(R, R) -> R,
) {
    let mut wide = case.z.clone();
    pack(case.loss.kernel(), &mut wide);
    for l in 0..WIDTH {
        let mut narrow: Vec<Lanes<R, 1>> = case.z.iter().map(|z| [z[l]]).collect();
        single(case.loss.kernel(), &mut narrow);
        for i in 0..TERMS {
            let (x, y) = (case.z[i][l], case.targets[case.batch[i] as usize]);
            let expected = alone(x, y);
            assert_eq!(bits(wide[i][l]), bits(expected), "lane {l} of {:?} at {x}, {y} in {}", case.loss, R::NAME);
            assert_eq!(bits(narrow[i][0]), bits(expected), "{:?} alone at {x}, {y} in {}", case.loss, R::NAME);
        }
    }
}

fn check_all<R: Packs<1> + Packs<WIDTH>>() {
    for variant in variants() {
        let case = case::<R>(variant.loss);
        let (loss, targets, batch) = (case.loss, &case.targets, &case.batch);
        let in_order: Vec<R> = batch.iter().map(|&index| targets[index as usize]).collect();
        check(&case, |k, z| k.slopes(targets, batch, z), |k, z| k.slopes(targets, batch, z), |x, y| loss.slope(x, y));
        check(
            &case,
            |k, z| k.curvatures(targets, batch, z),
            |k, z| k.curvatures(targets, batch, z),
            |x, y| loss.curvature(x, y),
        );
        let floor = R::of(1e-6);
        check(
            &case,
            |k, z| k.weights(floor, targets, batch, z),
            |k, z| k.weights(floor, targets, batch, z),
            |x, y| weight(loss, (loss.facts().targets, floor), x, y),
        );
        check(&case, |k, z| k.values(&in_order, z), |k, z| k.values(&in_order, z), |x, y| loss.value(x, y));
    }
}

/// Sums over terms on a line against values written out and added in the canonical order.
fn check_sums<R: Packs<1> + Packs<{ WIDTH }>>() {
    for variant in variants() {
        let Case { loss, targets, batch, z } = case::<R>(variant.loss);
        let targets: Vec<R> = batch.iter().map(|&index| targets[index as usize]).collect();
        let inputs: Vec<R> = (0..TERMS).map(|i| R::of(0.25 * i as f64 - 4.0)).collect();
        let (slope, intercept): (Lanes<R, WIDTH>, Lanes<R, WIDTH>) = (z[3], z[4]);
        for terms in [1, 5, 16, TERMS] {
            let (targets, inputs) = (&targets[..terms], &inputs[..terms]);
            let pack = loss.kernel().sum_on_line((&slope, &intercept), inputs, targets);
            for l in 0..WIDTH {
                let alone = loss.kernel().sum_on_line((&[slope[l]], &[intercept[l]]), inputs, targets)[0];
                let value = |(&x, &y): (&R, &R)| [loss.value(slope[l] * x + intercept[l], y)];
                let stated: Vec<[R; 1]> = inputs.iter().zip(targets).map(value).collect();
                assert_eq!(bits(pack[l]), bits(alone), "lane {l} of {terms} terms of {loss:?} in {}", R::NAME);
                assert_eq!(bits(alone), bits(reduce::sum(&stated)[0]), "{terms} terms of {loss:?} in {}", R::NAME);
            }
        }
    }
}

#[test]
fn sums_on_lines_are_those_of_values() {
    check_sums::<f32>();
    check_sums::<f64>();
}

#[test]
fn lanes_have_the_bits_of_single_runs_in_f32() {
    check_all::<f32>();
}

#[test]
fn lanes_have_the_bits_of_single_runs_in_f64() {
    check_all::<f64>();
}

#[test]
fn nan_predictions_have_nan_values() {
    for variant in variants() {
        let loss = variant.loss;
        let facts = loss.facts();
        for &target in targets(facts.targets) {
            assert!(loss.value(f64::NAN, target).is_nan(), "value of {}", variant.settings);
            assert!(loss.value(f32::NAN, target as f32).is_nan(), "value of {}", variant.settings);
            // Piecewise linear losses have no curvature and a slope that jumps.
            let piecewise_linear = facts.smoothness.is_none() && !facts.kinks.is_empty();
            assert_eq!(loss.slope(f64::NAN, target).is_nan(), !piecewise_linear, "slope of {}", variant.settings);
        }
    }
}

#[test]
#[should_panic(expected = "one index a prediction")]
fn lengths_must_agree() {
    let loss = variants()[0].loss;
    loss.kernel::<f64, 1>().slopes(&[0.0], &[0, 0], &mut [[0.0]]);
}
