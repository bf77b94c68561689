//! Exact minima against recorded ones, and against what defines a minimum.

use ndarray::{Array2, array};
use serde_json::Value;
use sgdlab_core::Real;
use sgdlab_core::streams::Key;
use sgdlab_objectives::data::synthetic::{gaussian_classification, gaussian_regression};
use sgdlab_objectives::data::{Dataset, Standardizer, Targets, bundled};
use sgdlab_objectives::solve::{
    Solution, SolveError, hinge_svm, least_absolute, least_squares, newton, penalized_spectrum, pinball, ridge,
    softmax, spectrum,
};

fn reference(path: &str) -> Value {
    let path = format!("{}/../../data/reference/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("no number {key} in {value}"))
}

/// A number or a nested list of numbers, flat.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(entries) => entries.iter().flat_map(numbers).collect(),
        Value::Number(x) => vec![x.as_f64().unwrap()],
        _ => vec![],
    }
}

fn standardized(name: &str) -> Dataset {
    let mut set = bundled(&name.replace('_', "-")).unwrap();
    Standardizer::fit(&set).apply(&mut set);
    set
}

fn logistic(prediction: f64, sign: f64) -> (f64, f64, f64) {
    let q = Real::sigmoid(-sign * prediction);
    (Real::softplus(-sign * prediction), -sign * q, q * (1.0 - q))
}

fn huber(prediction: f64, target: f64) -> (f64, f64, f64) {
    let r = prediction - target;
    if r.abs() < 1.0 { (0.5 * r * r, r, 1.0) } else { (r.abs() - 0.5, r.signum(), 0.0) }
}

fn squared_hinge(prediction: f64, sign: f64) -> (f64, f64, f64) {
    let gap = (1.0 - sign * prediction).max(0.0);
    (gap * gap, -2.0 * sign * gap, if gap > 0.0 { 2.0 } else { 0.0 })
}

fn solve(record: &Value, set: &Dataset) -> Solution {
    let x = set.features.view();
    let signs = || set.targets.signs(number(record, "positive_class") as u32).unwrap();
    let solution = match record["problem"].as_str().unwrap() {
        "ridge" => ridge(x, &set.targets.to_numbers(), number(record, "lambda"), true),
        "logistic" => newton(x, &signs(), &logistic, number(record, "lambda"), true),
        "softmax" => match &set.targets {
            Targets::Classes { labels, names } => {
                softmax(x, labels, names.len() as u32, number(record, "lambda"), true)
            }
            Targets::Numbers(_) => panic!("softmax needs classes"),
        },
        "svm" => hinge_svm(x, &signs(), number(record, "C")),
        other => panic!("unknown problem {other}"),
    };
    solution.unwrap_or_else(|error| panic!("{}: {error}", record["id"]))
}

fn check_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (k, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}, entry {k}: {a} instead of {b}");
    }
}

/// How far weights may be from the recorded ones: where the objective is flat (small λ, or a
/// margin with many points) equal values allow different weights.
fn weight_tolerance(id: &str) -> f64 {
    match id {
        "logistic/breast_cancer/class1/0.0001" => 1e-11,
        _ => 1e-12,
    }
}

fn check_record(record: &Value) {
    let id = record["id"].as_str().unwrap();
    let set = standardized(record["dataset"].as_str().unwrap());
    let solution = solve(record, &set);
    let optimum = number(record, "optimum");
    let error = (solution.value - optimum).abs() / optimum;
    println!("{id}: relative error {error:.1e}, residual {:.1e}", solution.residual);
    assert!(error <= 1e-14, "{id}: {} instead of {optimum}", solution.value);
    assert!(solution.residual <= 1e-12 * optimum.max(1.0), "{id}: residual {}", solution.residual);
    let d = set.features.ncols();
    let classes = solution.parameters.len() / (d + 1);
    let (weights, intercepts) = solution.parameters.split_at(classes * d);
    if !record["w"].is_null() {
        check_close(weights, &numbers(&record["w"]), weight_tolerance(id), id);
    }
    let intercept = if record["b"].is_array() { numbers(&record["b"]) } else { vec![number(record, "b")] };
    check_close(intercepts, &intercept, weight_tolerance(id), id);
    if let Some(norm) = record["w_frobenius"].as_f64() {
        let found = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
        check_close(&[found], &[norm], 1e-12, id);
    }
}

#[test]
fn recorded_optima_are_met() {
    let document = reference("optima/optima.json");
    let records = document["records"].as_array().unwrap();
    assert_eq!(records.len(), 18);
    records.iter().for_each(check_record);
}

#[test]
fn standardized_sets_are_the_ones_the_optima_refer_to() {
    let document = reference("optima/optima.json");
    for record in document["records"].as_array().unwrap() {
        let name = record["dataset"].as_str().unwrap();
        let (set, print) = (standardized(name), &record["fingerprint"]);
        let (x, y) = (&set.features, set.targets.to_numbers());
        assert_eq!(x.dim(), (number(print, "n") as usize, number(print, "d") as usize), "{name}");
        let constant = x.columns().into_iter().filter(|column| column.iter().all(|&x| x == 0.0)).count();
        assert_eq!(constant as f64, number(record, "constant_columns"), "{name}");
        let sums = [
            x.iter().map(|x| x.abs()).sum::<f64>(),
            x.iter().map(|x| x * x).sum::<f64>().sqrt(),
            y.iter().sum(),
            y.iter().map(|y| y * y).sum(),
        ];
        let expected = ["sum_abs_X", "frobenius_X", "sum_y", "sum_y_squared"].map(|key| number(print, key));
        check_close(&sums, &expected, 1e-12, name);
        let first = numbers(&print["X_first_row"]);
        check_close(&x.row(0).to_vec()[..first.len()], &first, 1e-13, name);
    }
}

/// The line fitted to 50 points; with weight decay the intercept is penalized too, so it becomes
/// the weight of a column of ones.
fn fit_line(loss: &str, decay: f64) -> Option<Solution> {
    let line = bundled("line-50").unwrap();
    let y = line.targets.to_numbers();
    let x = Array2::from_shape_fn((50, 2), |(i, j)| if j == 0 { line.features[(i, 0)] } else { 1.0 });
    let solution = match loss {
        // Mean squares are twice the objective of `ridge`.
        "mse" => ridge(x.view(), &y, decay / 2.0, false).map(|s| Solution { value: 2.0 * s.value, ..s }),
        "l1" if decay == 0.0 => least_absolute(line.features.view(), &y, true),
        "huber_delta1" | "smooth_l1_beta1" => newton(x.view(), &y, &huber, decay, false),
        _ => return None,
    };
    Some(solution.unwrap())
}

#[test]
fn minima_of_the_toy_regression_are_met() {
    let document = reference("toy_regression/reference.json");
    let mut left_out = vec![];
    for record in document["minima"].as_array().unwrap() {
        let (loss, decay) = (record["loss_fn"].as_str().unwrap(), number(record, "weight_decay"));
        let Some(solution) = fit_line(loss, decay) else {
            left_out.push((loss, decay));
            continue;
        };
        let found = [&solution.parameters[..], &[solution.value]].concat();
        let expected = ["w", "b", "objective"].map(|key| number(record, key));
        check_close(&found, &expected, 1e-13, &format!("{loss}, decay {decay}"));
    }
    // Absolute deviations with a penalty are not among the problems solved here.
    assert_eq!(left_out, [("l1", 2.0)]);
}

#[test]
fn separable_classes_without_penalty_have_no_minimum() {
    let cases = [("iris", 0), ("breast-cancer", 1), ("wine", 2)];
    for (name, class) in cases {
        let set = standardized(name);
        let found = newton(set.features.view(), &set.targets.signs(class).unwrap(), &logistic, 0.0, true);
        assert!(matches!(found, Err(SolveError::NoMinimum { .. })), "{name}: {found:?}");
    }
    let made = gaussian_classification(40, 3, 0.0, Key::new("separable"));
    let signs = made.dataset.targets.signs(1).unwrap();
    let found = newton(made.dataset.features.view(), &signs, &logistic, 0.0, true);
    assert!(matches!(found, Err(SolveError::NoMinimum { .. })), "{found:?}");
    // One class of three is separable from the others: the infimum is positive and not attained.
    let iris = standardized("iris");
    let Targets::Classes { labels, .. } = &iris.targets else { panic!("iris has classes") };
    let found = softmax(iris.features.view(), labels, 3, 0.0, true);
    assert!(matches!(found, Err(SolveError::NoMinimum { .. })), "{found:?}");
}

#[test]
fn tiny_penalties_still_give_a_minimum() {
    let x = array![[-1.0], [1.0]];
    for l2 in [1e-2, 1e-6, 1e-12] {
        let found = newton(x.view(), &[-1.0, 1.0], &logistic, l2, true).unwrap();
        let w = found.parameters[0];
        // By symmetry b = 0 and λ w = 1/(1 + eʷ).
        assert!((l2 * w * (1.0 + w.exp()) - 1.0).abs() < 1e-9, "λ = {l2}: w = {w}");
    }
}

#[test]
fn overlapping_classes_without_penalty_have_a_minimum() {
    let set = standardized("iris");
    let signs = set.targets.signs(1).unwrap();
    let free = newton(set.features.view(), &signs, &logistic, 0.0, true).unwrap();
    let held = newton(set.features.view(), &signs, &logistic, 1e-9, true).unwrap();
    assert!(free.residual < 1e-15 && free.value < held.value && held.value - free.value < 1e-7);
}

#[test]
fn kinked_slopes_and_flat_losses_are_solved() {
    // Separable classes: every line with all margins at least 1 has squared hinge loss 0.
    let x = array![[-3.0], [-2.0], [2.0], [5.0]];
    let found = newton(x.view(), &[-1.0, -1.0, 1.0, 1.0], &squared_hinge, 0.0, true).unwrap();
    assert_eq!((found.value, found.residual), (0.0, 0.0));
    let set = standardized("breast-cancer");
    let found = newton(set.features.view(), &set.targets.signs(1).unwrap(), &squared_hinge, 0.01, true).unwrap();
    assert!(found.residual < 1e-14, "{}", found.residual);
    // Huber's loss far from its quadratic part: at the start every curvature is 0.
    let y = [1000.0, 1001.0, 1002.5, 1003.0];
    let x = array![[0.0], [1.0], [2.0], [3.0]];
    let (robust, plain) = (newton(x.view(), &y, &huber, 0.0, true), least_squares(x.view(), &y, true));
    // All errors of the least-squares line are below 1, so it is Huber's line too.
    check_close(&robust.unwrap().parameters, &plain.unwrap().parameters, 1e-10, "huber");
}

#[test]
fn dependent_columns_get_the_smallest_weights() {
    let x = array![[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [3.0, 6.0, 0.0], [5.0, 10.0, 0.0]];
    let y = [3.0, 5.0, 7.0, 11.0];
    // y = 2 (x₁ + 2 x₂)/5 · 1 + 1 with the weights along (1, 2, 0).
    let found = least_squares(x.view(), &y, true).unwrap();
    check_close(&found.parameters, &[0.4, 0.8, 0.0, 1.0], 1e-13, "pseudoinverse");
    assert!(found.value < 1e-26);
    // More columns than rows.
    let made = gaussian_regression(10, 30, 0.0, Key::new("wide"));
    let found = least_squares(made.dataset.features.view(), &made.dataset.targets.to_numbers(), false).unwrap();
    assert!(found.value < 1e-24);
    let norm: f64 = found.parameters.iter().map(|w| w * w).sum();
    assert!(norm < made.weights.dot(&made.weights));
}

#[test]
fn quantile_lines_beat_every_line_through_two_points() {
    let line = bundled("line-50").unwrap();
    let (x, y) = (line.features.column(0).to_vec(), line.targets.to_numbers());
    for quantile in [0.1, 0.5, 0.75] {
        let value = |w: f64, b: f64| {
            let rho = |r: f64| if r < 0.0 { (quantile - 1.0) * r } else { quantile * r };
            x.iter().zip(&y).map(|(x, y)| rho(y - x * w - b)).sum::<f64>() / 50.0
        };
        let mut best = f64::INFINITY;
        for i in 0..50 {
            for j in 0..i {
                let w = (y[i] - y[j]) / (x[i] - x[j]);
                best = best.min(value(w, y[i] - x[i] * w));
            }
        }
        let found = pinball(line.features.view(), &y, quantile, true).unwrap();
        check_close(&[found.value], &[best], 1e-14, &format!("quantile {quantile}"));
        let through_origin = pinball(line.features.view(), &y, quantile, false).unwrap();
        let w = through_origin.parameters[0];
        for other in x.iter().zip(&y).map(|(x, y)| y / x) {
            assert!(value(w, 0.0) <= value(other, 0.0) + 1e-14, "{other} is better than {w}");
        }
    }
}

#[test]
fn intercepts_alone_are_quantiles() {
    let y = [3.0, 1.0, 10.0];
    let found = least_absolute(Array2::zeros((3, 0)).view(), &y, true).unwrap();
    assert_eq!(found.parameters, [3.0]);
    check_close(&[found.value], &[3.0], 1e-15, "mean distance to the median");
    let constant = pinball(array![[2.0], [2.0], [2.0]].view(), &y, 0.9, true).unwrap();
    assert_eq!(constant.parameters, [0.0, 10.0]);
}

#[test]
fn what_is_not_solved_is_refused() {
    let x = array![[0.0, 1.0], [1.0, 0.0]];
    let found = [
        least_absolute(x.view(), &[0.0, 1.0], true),
        pinball(array![[0.0]].view(), &[1.0], 1.0, true),
        ridge(x.view(), &[0.0, 1.0], -1.0, true),
        hinge_svm(x.view(), &[1.0, -1.0], 0.0),
        hinge_svm(x.view(), &[1.0, 0.5], 1.0),
    ];
    for outcome in found {
        assert!(matches!(outcome, Err(SolveError::Unsupported { .. })), "{outcome:?}");
    }
    let overflow = ridge(array![[1e300], [-1e300]].view(), &[0.0, 1.0], 0.0, true);
    assert!(matches!(overflow, Err(SolveError::NotConverged { .. })), "{overflow:?}");
    // Not convex, unbounded below: the slopes grow without end.
    let concave =
        newton(array![[1.0], [2.0]].view(), &[0.0, 0.0], &|p, _| (p - p * p, 1.0 - 2.0 * p, -2.0), 0.0, false);
    assert!(concave.is_err(), "{concave:?}");
}

#[test]
fn support_vector_machines_of_easy_data() {
    // Two points 2 apart: the widest margin.
    let x = array![[0.0, -1.0], [0.0, 1.0]];
    let wide = hinge_svm(x.view(), &[-1.0, 1.0], 100.0).unwrap();
    check_close(&wide.parameters, &[0.0, 1.0, 0.0], 1e-13, "separable");
    // A penalty so strong that both points lie inside: w = (c/n) Σ s x.
    let held = hinge_svm(x.view(), &[-1.0, 1.0], 0.1).unwrap();
    check_close(&held.parameters[..2], &[0.0, 0.1], 1e-9, "inside the margin");
    check_close(&[held.value], &[0.005 + 0.1 * 0.9], 1e-12, "inside the margin");
    // One class only: a constant is free.
    let constant = hinge_svm(x.view(), &[1.0, 1.0], 1.0).unwrap();
    assert_eq!((constant.parameters, constant.value), (vec![0.0, 0.0, 1.0], 0.0));
    // Points that coincide but for their sign leave only the loss of 1.
    let clash = hinge_svm(array![[1.0], [1.0]].view(), &[1.0, -1.0], 2.0).unwrap();
    check_close(&[clash.value], &[2.0], 1e-12, "contradiction");
}

#[test]
fn support_vector_machines_close_their_gap_on_random_data() {
    for (n, d, noise, scale) in [(60, 4, 0.5, 1.0), (30, 50, 0.0, 1.0), (200, 3, 5.0, 100.0), (40, 2, 0.0, 1e-3)] {
        let made = gaussian_classification(n, d, noise, Key::new("machines"));
        let (x, signs) = (&made.dataset.features * scale, made.dataset.targets.signs(1).unwrap());
        for c in [1e-3, 0.1, 1.0, 10.0, 1e4] {
            let found = hinge_svm(x.view(), &signs, c);
            let found = found.unwrap_or_else(|error| panic!("n = {n}, d = {d}, c = {c}: {error}"));
            let gap = found.residual / found.value;
            println!("n = {n}, d = {d}, c = {c}: gap {gap:.1e}");
            assert!(gap <= 1e-12, "n = {n}, d = {d}, c = {c}: relative gap {gap}");
        }
    }
}

#[test]
fn spectra_bound_the_curvature() {
    // Standardized columns and a column of ones: the trace is d + 1, and ones are orthogonal to the rest.
    let set = standardized("iris");
    let found = spectrum(set.features.view(), true);
    let expected = [2.91849782, 0.02071484];
    assert!((found.largest - expected[0]).abs() < 1e-7 && (found.smallest - expected[1]).abs() < 1e-7, "{found:?}");
    let penalized = penalized_spectrum(set.features.view(), 0.25, 0.1, true);
    check_close(&[penalized.largest], &[0.25 * found.largest + 0.1], 1e-14, "L");
    check_close(&[penalized.smallest], &[0.25 * found.smallest + 0.1], 1e-14, "mu");
    let digits = spectrum(standardized("digits").features.view(), true);
    assert!(digits.smallest < 1e-13, "three columns are constant: {}", digits.smallest);
    assert!(digits.largest_term >= digits.largest);
}
