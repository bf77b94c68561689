//! What holds for rules by definition: identities between them, zero gradients, NaN.

mod support;

use sgdlab_core::Layout;
use sgdlab_core::Value::{self, Flag, Number};
use sgdlab_optimizers::{RuleSpec, Signal};
use support::problem::Problem;
use support::{entries_and_dialects, rule, single, step};

/// Iterates and the points where gradients were taken, of 60 steps on a problem.
fn trajectory(
    (name, dialect, given): (&str, Option<&str>, &[(&'static str, Value)]),
    problem: &Problem,
    rate: f64,
) -> (Vec<f64>, Vec<f64>) {
    let mut x = [[-1.2], [1.0], [0.3]];
    let mut bound = single(&rule(name, dialect, given), x.len());
    let (mut iterates, mut points) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        iterates.extend(x.as_flattened());
        points.extend(step(&mut *bound, &mut x, rate, |at| problem.gradient(at)));
    }
    (iterates, points)
}

fn check_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "number {i}: {a} for {b}");
    }
}

const ROSENBROCK: Problem = Problem::Rosenbrock { a: 1.0, b: 100.0 };

fn quadratic() -> Problem {
    Problem::Quadratic {
        a: vec![vec![6.0, 1.0, 0.5], vec![1.0, 3.0, 0.2], vec![0.5, 0.2, 0.1]],
        b: vec![1.0, -2.0, 0.5],
    }
}

#[test]
fn adam_with_decoupled_decay_is_adamw() {
    let decay = ("weight-decay", Number(0.1));
    let adam = ("adam", None, &[decay.clone(), ("decoupled-weight-decay", Flag(true))][..]);
    let (adam, _) = trajectory(adam, &ROSENBROCK, 0.02);
    let (adamw, _) = trajectory(("adamw", None, &[decay]), &ROSENBROCK, 0.02);
    assert_eq!(adam, adamw);
}

#[test]
fn lookahead_points_of_nag_are_the_iterates_of_nesterov_sgd() {
    let momentum = ("momentum", Number(0.8));
    for (problem, rate) in [(ROSENBROCK, 1e-3), (quadratic(), 0.02)] {
        let (_, points) = trajectory(("nag", None, std::slice::from_ref(&momentum)), &problem, rate);
        let nesterov = [momentum.clone(), ("nesterov", Flag(true))];
        let (iterates, _) = trajectory(("sgd", None, &nesterov), &problem, rate);
        check_close(&points, &iterates, 1e-13);
    }
}

#[test]
fn the_heavy_ball_is_sgd_with_momentum_at_a_constant_rate() {
    let momentum = ("momentum", Number(0.8));
    let (ball, _) = trajectory(("heavy-ball", None, std::slice::from_ref(&momentum)), &quadratic(), 0.02);
    let (sgd, _) = trajectory(("sgd", None, &[momentum]), &quadratic(), 0.02);
    check_close(&ball, &sgd, 1e-13);
}

#[test]
fn sgdw_without_decay_is_sgd() {
    let given = [("momentum", Number(0.8)), ("dampening", Number(0.3))];
    let (sgdw, _) = trajectory(("sgdw", None, &given), &quadratic(), 0.02);
    let (sgd, _) = trajectory(("sgd", None, &given), &quadratic(), 0.02);
    assert_eq!(sgdw, sgd);
}

#[test]
fn amsgrad_of_the_paper_by_hand() {
    // One coordinate, gradients 2 and 1, beta1 = ½, beta2 = ¾, eps = 0: m = 1 and 1, v = 1 and 1.
    let given = [("beta1", Number(0.5)), ("beta2", Number(0.75)), ("eps", Number(0.0))];
    let mut bound = single(&rule("amsgrad", Some("paper"), &given), 1);
    let mut x = [[10.0]];
    bound.update(&mut x, Signal::of(&[[2.0]]), &[1.0]);
    assert_eq!(x, [[9.0]]);
    bound.update(&mut x, Signal::of(&[[1.0]]), &[1.0]);
    assert_eq!(x, [[8.0]]);
    // Gradient 0: m = ½, v = ¾, and the largest v is still 1.
    bound.update(&mut x, Signal::of(&[[0.0]]), &[1.0]);
    assert_eq!(x, [[7.5]]);
}

/// Rules that move without gradients by definition: means that start above 0, a start that is forgotten, a decay of
/// another name, a shrinking of everything, noise.
const RESTLESS: &[&str] = &["yogi", "ftrl", "asgd", "fromage", "perturbed", "sgld"];

#[test]
fn zero_gradients_move_nothing() {
    for (entry, dialect) in entries_and_dialects().into_iter().filter(|(entry, _)| !RESTLESS.contains(&entry.name)) {
        let names = entry.hyperparameters.iter().map(|h| h.name);
        let given: Vec<_> = names.filter(|name| name.starts_with("weight-decay")).map(|n| (n, Number(0.0))).collect();
        let mut bound = single(&rule(entry.name, dialect, &given), 3);
        let start = [[1.5], [-0.25], [0.0]];
        let mut x = start;
        for _ in 0..5 {
            step(&mut *bound, &mut x, 0.1, |_| vec![0.0; 3]);
        }
        assert_eq!(x, start, "{} in {dialect:?}", entry.name);
    }
}

/// Rules whose steps depend on sums over all tensors, or solve for them together, so that what is not a number spreads.
const COUPLED: &[&str] = &[
    "adagrad-norm",
    "adam-hd",
    "ali-g",
    "dog",
    "dowg",
    "irls",
    "momo",
    "momo-adam",
    "newton",
    "normalized-sgd",
    "polyak-sgd",
    "sgd-hd",
    "sps-max",
];

#[test]
fn nan_stays_nan_in_its_tensor_only() {
    // Two tensors of one number each.
    let layout = Layout::new([("first", vec![1]), ("second", vec![1])]);
    for (entry, dialect) in entries_and_dialects() {
        let mut bound = RuleSpec::bind::<f64, 1>(&[rule(entry.name, dialect, &[])], &layout);
        let mut x = [[1.0], [1.0]];
        // Some rules do not move in their first step.
        step(&mut *bound, &mut x, 0.1, |_| vec![1.0, 1.0]);
        for gradient in [f64::NAN, 1.0, 1.0] {
            step(&mut *bound, &mut x, 0.1, |_| vec![gradient, 1.0]);
            let spreads = COUPLED.contains(&entry.name);
            assert!(x[0][0].is_nan() && x[1][0].is_nan() == spreads, "{} in {dialect:?}: {x:?}", entry.name);
        }
    }
}

#[test]
fn muon_treats_rows_and_columns_alike() {
    let shape = ("adjust-lr-fn", Value::Word("match-rms-adamw".to_owned()));
    let spec = rule("muon", None, &[shape]);
    let bind = |shape: Vec<usize>| RuleSpec::bind::<f64, 1>(std::array::from_ref(&spec), &Layout::new([("x", shape)]));
    let (mut tall, mut wide) = (bind(vec![3, 2]), bind(vec![2, 3]));
    let transposed = |x: [[f64; 1]; 6]| [x[0], x[2], x[4], x[1], x[3], x[5]];
    let mut x = [[1.0], [-2.0], [0.5], [3.0], [0.25], [-1.5]];
    let mut y = transposed(x);
    for _ in 0..10 {
        let (g, h) = (x, y);
        tall.update(&mut x, Signal::of(&g), &[0.1]);
        wide.update(&mut y, Signal::of(&h), &[0.1]);
    }
    assert_eq!(transposed(x), y);
}

#[test]
fn polyak_steps_are_capped_by_the_rate() {
    // f = x²/2 at 2: η = f/g² = ½ without the cap.
    for (rate, expected) in [(1.0, 1.0), (0.5, 1.0), (0.25, 1.5)] {
        let mut x = [[2.0]];
        step(&mut *single(&rule("polyak-sgd", None, &[]), 1), &mut x, rate, |at| at.to_vec());
        assert_eq!(x, [[expected]]);
    }
}

#[test]
fn curvature_is_wanted_once_a_period() {
    let mut bound = single(&rule("sophia", None, &[("update-period", Number(3.0))]), 1);
    let mut wanted = Vec::new();
    for _ in 0..7 {
        wanted.push(bound.wants().curvature);
        step(&mut *bound, &mut [[1.0]], 0.1, |at| at.to_vec());
    }
    assert_eq!(wanted, [true, false, false, true, false, false, true]);
}
