//! Every lane of a pack has the bits of the run alone.

use sgdlab_core::{Lanes, Real, WIDTH};
use sgdlab_objectives::{Problem, Stored};

use crate::products::{KINDS, product};
use crate::support::{CASES, batch, evaluate, gradient, load, point, value_of};

/// Equal bits, or both NaN.
fn same<R: Real>(a: R, b: R) -> bool {
    let (a, b) = (a.to_f64(), b.to_f64());
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// One parameter vector a lane: typical, tiny, large, 0, and with NaN or infinity in one place.
fn parameters<R: Real>(case: &str, length: usize) -> Vec<Lanes<R, WIDTH>> {
    let mut lanes: Vec<Vec<f64>> = (0..WIDTH as u64).map(|l| point(case, l, 0.3, length)).collect();
    lanes[2] = vec![0.0; length];
    lanes[4].iter_mut().for_each(|x| *x *= 1e-30);
    lanes[6].iter_mut().for_each(|x| *x *= 1e25);
    lanes[8][length - 1] = f64::NAN;
    lanes[9][0] = f64::NAN;
    lanes[11][0] = f64::INFINITY;
    lanes[12][length / 2] = f64::NEG_INFINITY;
    (0..length).map(|j| std::array::from_fn(|l| R::of(lanes[l][j]))).collect()
}

fn alone<R: Real>(at: &[Lanes<R, WIDTH>], lane: usize) -> Vec<Lanes<R, 1>> {
    at.iter().map(|x| [x[lane]]).collect()
}

fn check<R: Stored>(case: &str, problem: &Problem) {
    let at = parameters::<R>(case, problem.layout().size());
    let vector: Vec<_> = at.iter().rev().map(|x| std::array::from_fn(|l| x[(l + 1) % WIDTH])).collect();
    for size in [1, 19, 64] {
        let batch = batch(problem, size);
        let values = value_of(problem, &at, &batch);
        for lane in 0..WIDTH {
            let (a, b) = (values[lane], value_of(problem, &alone(&at, lane), &batch)[0]);
            assert!(same(a, b), "{case}, {}, batch of {size}, lane {lane}: value {a} or {b}", R::NAME);
        }
        let pack = gradient(problem, &at, &batch);
        for lane in 0..WIDTH {
            let single = gradient(problem, &alone(&at, lane), &batch);
            for (j, (pack, single)) in pack.iter().zip(&single).enumerate() {
                let (a, b) = (pack[lane], single[0]);
                assert!(same(a, b), "{case}, {}, batch of {size}, lane {lane}, parameter {j}: {a} or {b}", R::NAME);
            }
        }
    }
    let batch = batch(problem, 19);
    for kind in KINDS {
        let pack = product(problem, kind, (&at, &vector), &batch);
        for lane in 0..WIDTH {
            let single = product(problem, kind, (&alone(&at, lane), &alone(&vector, lane)), &batch);
            for (j, (pack, single)) in pack.iter().zip(&single).enumerate() {
                let (a, b) = (pack[lane], single[0]);
                assert!(same(a, b), "{case}, {}, {kind:?}, lane {lane}, parameter {j}: {a} or {b}", R::NAME);
            }
        }
    }
    let pack = evaluate(problem, &at);
    for lane in 0..WIDTH {
        let single = evaluate(problem, &alone(&at, lane));
        let (a, b) = (pack.value[lane], single.value[0]);
        assert!(same(a, b), "{case}, {}, lane {lane}: value {a} or {b}", R::NAME);
        assert_eq!(pack.error.map(|e| e[lane]), single.error.map(|e| e[0]), "{case}, {}, lane {lane}", R::NAME);
    }
    // A lane without NaN stays without it beside the lanes that have it.
    assert!([0, 1, 2, 3, 4, 5, 7].iter().all(|&lane| pack.value[lane].is_finite()), "{case}, {}", R::NAME);
}

#[test]
fn lanes_of_f32() {
    CASES.iter().for_each(|case| check::<f32>(case, &load(case)));
}

#[test]
fn lanes_of_f64() {
    CASES.iter().for_each(|case| check::<f64>(case, &load(case)));
}
