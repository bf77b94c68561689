//! Gradients against finite differences, values against formulas, and where runs begin.

use sgdlab_objectives::Problem;

use crate::naive::Naive;
use crate::support::{
    CASES, batch, close, evaluate, everything, gradient, gradient_at, largest, load, point, settings, single, value_at,
    value_of,
};

/// A point where logits and sigmoids are neither saturated nor all alike.
fn typical(case: &str, problem: &Problem) -> Vec<f64> {
    let size = if case.contains("features=unit") { 1.0 } else { 0.3 };
    point(case, 0, size, problem.layout().size())
}

fn mean(naive: &Naive, batch: &[u32], at: &[f64]) -> f64 {
    batch.iter().map(|&i| naive.term(i as usize, at)).sum::<f64>() / batch.len() as f64
}

/// ∂f/∂xⱼ by the five-point formula: its error is h⁴/30 times the fifth derivative.
fn slope(f: impl Fn(&[f64]) -> f64, at: &[f64], j: usize, h: f64) -> f64 {
    let shifted = |steps: f64| {
        let mut at = at.to_vec();
        at[j] += steps * h;
        f(&at)
    };
    (8.0 * (shifted(1.0) - shifted(-1.0)) - (shifted(2.0) - shifted(-2.0))) / (12.0 * h)
}

/// The step makes h⁴ vanish against rounding, which is 1.5 ε f / h for each ε of relative error of
/// f: with some 40 additions of rounding error ε/2 to a value it is 10⁻¹⁰ f at the most.
const STEP: f64 = 1e-4;
const ROUNDING: f64 = 1e-10;

fn check_differences(case: &str) {
    let problem = load(case);
    let (naive, at) = (Naive::new(case, &problem), typical(case, &problem));
    assert_eq!(naive.terms(), problem.terms(), "{case}");
    for size in [1, 2, 17] {
        let batch = batch(&problem, size);
        let found = gradient_at(&problem, &at, &batch);
        let tolerance = ROUNDING * mean(&naive, &batch, &at).max(1.0);
        // Of large models every k-th parameter, in all tensors and columns.
        for j in (0..at.len()).step_by(at.len() / 150 * 2 + 1) {
            let expected = slope(|at| mean(&naive, &batch, at), &at, j, STEP);
            close(found[j], expected, tolerance, &format!("{case}, batch of {size}, parameter {j}"));
        }
    }
}

#[test]
fn gradients_are_the_slopes_of_the_mean_of_terms() {
    CASES.iter().for_each(|case| check_differences(case));
}

#[test]
fn values_are_the_means_of_all_terms() {
    for case in CASES {
        let problem = load(case);
        let (naive, at) = (Naive::new(case, &problem), typical(case, &problem));
        let expected = mean(&naive, &everything(&problem), &at);
        close(value_at(&problem, &at), expected, 1e-12 * expected.abs(), case);
        for size in [1, 7, 40] {
            let batch = batch(&problem, size);
            let expected = mean(&naive, &batch, &at);
            close(value_of::<f64, 1>(&problem, &single(&at), &batch)[0], expected, 1e-12 * expected.abs(), case);
        }
    }
}

#[test]
fn the_full_gradient_is_the_mean_of_the_terms_gradients() {
    for case in CASES {
        let problem = load(case);
        let (at, n) = (typical(case, &problem), problem.terms());
        let full = gradient_at(&problem, &at, &everything(&problem));
        let (mut sum, mut size) = (vec![0.0; at.len()], 0.0f64);
        for term in 0..n as u32 {
            let own = gradient_at(&problem, &at, &[term]);
            size = size.max(largest(&own));
            sum.iter_mut().zip(&own).for_each(|(sum, g)| *sum += g);
        }
        for (j, (found, sum)) in full.iter().zip(&sum).enumerate() {
            close(*found, sum / n as f64, 1e-12 * size, &format!("{case}, parameter {j}"));
        }
    }
}

/// The rounding of a pass in single precision, in units of the largest term: some 300 roundings
/// of 2⁻²⁴ in a row for the widest layer are 2·10⁻⁵ at the most.
const SINGLE: f64 = 2e-5;

#[test]
fn single_precision_is_near_double_precision() {
    for case in CASES {
        let problem = load(case);
        let at: Vec<f64> = typical(case, &problem).iter().map(|&x| f64::from(x as f32)).collect();
        let batch = batch(&problem, 17);
        let double = gradient_at(&problem, &at, &batch);
        let size = batch.iter().map(|&i| largest(&gradient_at(&problem, &at, &[i]))).fold(0.0, f64::max);
        for (j, (found, expected)) in gradient::<f32, 1>(&problem, &single(&at), &batch).iter().zip(&double).enumerate()
        {
            close(f64::from(found[0]), *expected, SINGLE * size, &format!("{case}, parameter {j}"));
        }
        let (found, expected) = (evaluate::<f32, 1>(&problem, &single(&at)), value_at(&problem, &at));
        close(f64::from(found.value[0]), expected, SINGLE * expected.abs(), case);
        assert_eq!(found.error.is_some(), problem.has_classes(), "{case}");
    }
}

#[test]
fn initial_points_are_what_the_catalogue_says() {
    use sgdlab_core::streams::Key;
    for (case, expected) in [
        ("ridge data=iris", vec![0.0; 5]),
        ("logistic data=iris positive=setosa intercept=false", vec![0.0; 4]),
        ("svm data=iris positive=setosa", vec![0.0; 5]),
        ("softmax data=iris", vec![0.0; 15]),
        ("line", vec![6.0, -3.0]),
        ("line weight=1.5 bias=2", vec![1.5, 2.0]),
        ("sigmoid-neuron", vec![-2.0, -2.0]),
        ("sigmoid-neuron weight=0 bias=4 data=neuron-8", vec![0.0, 4.0]),
        ("noisy-quadratic dimension=3 start=2.5", vec![2.5; 3]),
        ("diagonal-network dimension=2 sparsity=1 alpha=0.5", vec![0.5, 0.5, 0.0, 0.0]),
        ("diagonal-network-on-data data=neuron-8", vec![0.1, 0.0]),
    ] {
        let problem = load(case);
        assert_eq!(problem.initial(Key::new("one")), expected, "{case}");
        assert_eq!(problem.initial(Key::new("two")), expected, "{case}");
    }
}

/// Normal draws: the mean square of m of them has the standard error √(2/m).
#[test]
fn initial_weights_of_networks_have_the_variance_that_their_inputs_ask_for() {
    use sgdlab_core::streams::Key;
    for (case, gain) in [("mlp hidden=[100,40]", 2.0), ("mlp hidden=[100,40] activation=tanh", 1.0)] {
        let problem = load(case);
        let at = problem.initial(Key::new("one"));
        assert_eq!(at, problem.initial(Key::new("one")));
        let other = problem.initial(Key::new("two"));
        for tensor in problem.layout().tensors() {
            let range = tensor.offset..tensor.offset + tensor.size();
            let (own, other) = (&at[range.clone()], &other[range]);
            if tensor.name.starts_with("bias") {
                assert!(own.iter().all(|&b| b == 0.0), "{case}: {}", tensor.name);
                continue;
            }
            assert!(own.iter().zip(other).all(|(a, b)| a != b), "{case}: {}", tensor.name);
            let (m, unit) = (own.len() as f64, (gain / tensor.shape[0] as f64).sqrt());
            let mean = own.iter().map(|w| w / unit).sum::<f64>() / m;
            let square = own.iter().map(|w| (w / unit).powi(2)).sum::<f64>() / m;
            close(mean, 0.0, 5.0 / m.sqrt(), &tensor.name);
            close(square, 1.0, 5.0 * (2.0 / m).sqrt(), &tensor.name);
        }
    }
}

#[test]
fn centers_of_a_quadratic_have_mean_0_and_the_asked_deviation() {
    let case = "noisy-quadratic dimension=4 terms=2000 noise=0.5";
    let problem = load(case);
    let naive = Naive::new(case, &problem);
    for j in 0..4 {
        let n = naive.terms() as f64;
        let column: Vec<f64> = naive.rows().iter().map(|row| row[j]).collect();
        close(column.iter().sum::<f64>() / n, 0.0, 1e-15, case);
        let square = column.iter().map(|c| c * c).sum::<f64>() / n;
        close(square / 0.25, 1.0, 5.0 * (2.0 / n).sqrt(), case);
    }
}

#[test]
fn held_out_terms_are_evaluated_without_the_penalty() {
    for case in
        ["ridge l2=0.5 test=0.25", "softmax data=iris l2=0.5 test=0.2", "mlp data=iris hidden=[3] test=0.2 l2=1"]
    {
        let problem = load(case);
        let (share, n) = (settings(case).number("test"), problem.terms() + problem.held_out_terms());
        assert_eq!(problem.held_out_terms(), (share * n as f64).round() as usize, "{case}");
        let held_out = |case: &str, at: &[f64]| {
            let problem = load(case);
            let objective = <f64 as sgdlab_objectives::Stored>::held_out(&problem).unwrap().objective::<1>();
            objective.evaluate(&single(at), true, &mut vec![[0.0]; objective.scratch(1)])
        };
        let at = typical(case, &problem);
        let unpenalized = case.replace("l2=0.5", "l2=0").replace("l2=1", "l2=0");
        assert_eq!(held_out(case, &at), held_out(&unpenalized, &at), "{case}");
        assert_ne!(value_at(&problem, &at), value_at(&load(&unpenalized), &at), "{case}");
    }
}
