//! Nothing allocates inside a step.

use allocation_counter::measure;
use sgdlab_core::{Batch, Oracle, Settings, Value};
use sgdlab_estimators::{Ask, EstimatorSpec};
use sgdlab_objectives::{Problem, Stored, entries, entry};

use crate::support::{ESTIMATORS, context};

/// Allocations of three epochs of 4 steps after the first step.
fn allocations<R: Stored + sgdlab_objectives::Packs<N>, const N: usize>(problem: &Problem, spec: EstimatorSpec) -> u64 {
    let objective = R::model(problem).objective::<N>();
    let d = objective.layout().size();
    let mut oracle = Oracle::<R, N>::new(objective, 5);
    let mut estimator = spec.bind(&context(d, objective.terms(), 4));
    let (at, mut out) = (vec![[R::of(0.1); N]; d], vec![[R::ZERO; N]; d]);
    let indices = [0, 1, 1, 0, 1];
    let rates = &[0.1; N];
    let ask = Ask { step: 0, rates, batch: Batch::of(&indices) };
    estimator.estimate(&mut oracle, &at, ask, &mut out);
    let counted = measure(|| {
        for step in 1..12 {
            let batch = Batch { scale: 0.5, ..Batch::of(&indices[..1 + step % 5]) };
            estimator.estimate(&mut oracle, &at, Ask { step: step as u64, rates, batch }, &mut out);
        }
    });
    counted.count_total
}

/// An objective with its defaults, but for a network of 18 layers, which is made small.
fn problem(name: &str) -> Problem {
    let small = [("data", Value::Word("iris".into())), ("width", Value::Number(4.0)), ("blocks", Value::Number(1.0))];
    let given = if name == "residual" { small.to_vec() } else { Vec::new() };
    Problem::load(&Settings::new(entry(name).unwrap(), given).unwrap()).unwrap()
}

#[test]
fn no_estimate_allocates() {
    for name in entries().iter().map(|entry| entry.name) {
        let problem = problem(name);
        for spec in ESTIMATORS {
            assert_eq!(allocations::<f32, 1>(&problem, spec), 0, "{spec:?} on {name}");
            assert_eq!(allocations::<f64, 16>(&problem, spec), 0, "{spec:?} on {name}, a pack");
        }
    }
}

#[test]
fn no_evaluation_allocates() {
    for name in entries().iter().map(|entry| entry.name) {
        let problem = problem(name);
        let objective = f32::model(&problem).objective::<16>();
        let at = vec![[0.1; 16]; objective.layout().size()];
        let mut scratch = vec![[0.0; 16]; objective.scratch(1)];
        let counted = measure(|| {
            objective.evaluate(&at, true, &mut scratch);
        });
        assert_eq!(counted.count_total, 0, "{name}");
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![1.0_f64]))).count_total, 1);
}
