//! Every lane of a pack has the bits of the run alone.

use sgdlab_core::{Batch, Lanes, Oracle, Real, Value, WIDTH};
use sgdlab_objectives::{Problem, Stored};

use sgdlab_estimators::{Ask, EstimatorSpec};

use crate::support::{ESTIMATORS, context, load, neuron, point};

const STEPS: u64 = 12;

/// Gradient descent with a rate of its own in every lane; the last batches of an epoch are rescaled.
fn run<R: Stored + sgdlab_objectives::Packs<N>, const N: usize>(
    spec: EstimatorSpec,
    problem: &Problem,
    mut at: Vec<Lanes<R, N>>,
    rates: Lanes<R, N>,
) -> Vec<Lanes<R, N>> {
    let mut oracle = Oracle::<R, N>::new(R::model(problem).objective(), 3);
    let mut estimator = spec.bind(&context(at.len(), problem.terms(), 4));
    let current = rates.map(Real::to_f64);
    let mut g = vec![[R::of(f64::NAN); N]; at.len()];
    for step in 0..STEPS {
        let indices: [u32; 3] = std::array::from_fn(|i| (5 * step as u32 + 3 * i as u32) % problem.terms() as u32);
        let last = step % 4 == 3;
        let batch = Batch::of(&indices[..if last { 2 } else { 3 }]);
        let batch = Batch { scale: if last { 2.0 / 3.0 } else { 1.0 }, ..batch };
        estimator.estimate(&mut oracle, &at, Ask { step, rates: &current, batch }, &mut g);
        for (x, g) in at.iter_mut().zip(&g) {
            for l in 0..N {
                x[l] -= rates[l] * g[l];
            }
        }
    }
    at
}

fn same<R: Real>(a: R, b: R) -> bool {
    let (a, b) = (a.to_f64(), b.to_f64());
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Lanes with different points; one begins at 0, one with NaN, one with infinity, one diverges.
fn check<R: Stored>(spec: EstimatorSpec, name: &str, problem: &Problem) {
    let d = problem.layout().size();
    let mut points: Vec<_> = (0..WIDTH as u64).map(|lane| point(lane, 0.5, d)).collect();
    points[3] = vec![0.0; d];
    points[6][0] = f64::NAN;
    points[9][d - 1] = f64::INFINITY;
    points[10].iter_mut().for_each(|x| *x *= 1e18);
    let rates: Lanes<R, WIDTH> = std::array::from_fn(|l| R::of(if l == 12 { 1e20 } else { 0.02 * (l + 1) as f64 }));
    let start = (0..d).map(|j| std::array::from_fn(|l| R::of(points[l][j]))).collect();
    let pack = run::<R, WIDTH>(spec, problem, start, rates);
    for lane in 0..WIDTH {
        let alone = points[lane].iter().map(|&x| [R::of(x)]).collect();
        let alone = run::<R, 1>(spec, problem, alone, [rates[lane]]);
        for (j, (pack, alone)) in pack.iter().zip(&alone).enumerate() {
            let (a, b) = (pack[lane], alone[0]);
            assert!(same(a, b), "{spec:?} on {name}, {}, lane {lane}, parameter {j}: {a} or {b}", R::NAME);
        }
    }
}

#[test]
fn lanes_have_the_bits_of_the_run_alone() {
    let iris = |name: &str| load(name, &[("data", Value::Word("iris".into()))]);
    for (name, problem) in
        [("neuron", neuron()), ("softmax", iris("softmax")), ("mlp", iris("mlp")), ("logistic", load("logistic", &[]))]
    {
        for spec in ESTIMATORS {
            check::<f32>(spec, name, &problem);
            check::<f64>(spec, name, &problem);
        }
    }
}
