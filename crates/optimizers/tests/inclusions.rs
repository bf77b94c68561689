//! Which rules contain which others, and what leaves their steps as they are.

mod support;

use sgdlab_core::Value::{self, Flag, Number};
use sgdlab_core::{Entry, Settings};
use support::problem::Problem;
use support::{entry, rule, single, step};

/// A rule: its name, its dialect, and what is not the default.
type Case<'a> = (&'a str, Option<&'a str>, &'a [(&'static str, Value)]);

/// Points where gradients are taken, and iterates, of 40 steps on a quadratic.
fn run((name, dialect, given): Case<'_>, rate: f64) -> [Vec<f64>; 2] {
    let a = vec![vec![6.0, 1.0, 0.5], vec![1.0, 3.0, 0.2], vec![0.5, 0.2, 0.1]];
    let problem = Problem::Quadratic { a, b: vec![1.0, -2.0, 0.5] };
    let mut x = [[-1.2], [1.0], [0.3]];
    let mut bound = single(&rule(name, dialect, given), 3);
    let mut lists = [Vec::new(), Vec::new()];
    for _ in 0..40 {
        lists[0].extend(step(&mut *bound, &mut x, rate, |at| problem.gradient(at)));
        lists[1].extend(x.as_flattened());
    }
    lists
}

fn check_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "number {i}: {a} for {b}");
    }
}

#[test]
fn qhm_contains_sgd_the_heavy_ball_and_nesterov() {
    const BETA: f64 = 0.8;
    let momentum = ("momentum", Number(BETA));
    let qhm = |nu: f64, rate: f64| run(("qhm", None, &[momentum.clone(), ("nu", Number(nu))]), rate)[1].clone();
    let sgd = |given: &[_], rate: f64| run(("sgd", None, given), rate)[1].clone();
    check_close(&qhm(0.0, 0.02), &sgd(&[], 0.02), 1e-15);
    // The mean of gradients is the velocity of these, times 1 − beta, if that starts at 0 as the mean does.
    check_close(
        &qhm(1.0, 0.05),
        &run(("heavy-ball", None, std::slice::from_ref(&momentum)), 0.05 * (1.0 - BETA))[1],
        1e-14,
    );
    let nesterov = [momentum.clone(), ("nesterov", Flag(true))];
    check_close(&qhm(BETA, 0.05), &sgd(&nesterov, 0.05 * (1.0 - BETA)), 1e-14);
}

#[test]
fn nesterovs_two_forms_are_one_method_in_shifted_variables() {
    for momentum in [0.5, 0.9] {
        let momentum = ("momentum", Number(momentum));
        let [points, _] = run(("nag", None, std::slice::from_ref(&momentum)), 0.02);
        let [iterates, _] = run(("sgd", None, &[momentum, ("nesterov", Flag(true))]), 0.02);
        check_close(&points, &iterates, 1e-15);
    }
}

#[test]
fn adam_with_huge_eps_is_momentum() {
    const EPS: f64 = 1e14;
    let given = [("eps", Number(EPS)), ("beta1", Number(0.9))];
    let [_, adam] = run(("adam", None, &given), 0.02 * EPS);
    // The corrected mean of gradients, by hand.
    let (mut x, mut m, mut power) = ([-1.2, 1.0, 0.3], [0.0; 3], 1.0);
    for t in 0..40 {
        power *= 0.9;
        let g = [
            6.0 * x[0] + x[1] + 0.5 * x[2] - 1.0,
            x[0] + 3.0 * x[1] + 0.2 * x[2] + 2.0,
            0.5 * x[0] + 0.2 * x[1] + 0.1 * x[2] - 0.5,
        ];
        for i in 0..3 {
            m[i] = 0.9 * m[i] + 0.1 * g[i];
            x[i] -= 0.02 * m[i] / (1.0 - power);
        }
        check_close(&adam[3 * t..3 * t + 3], &x, 1e-12);
    }
}

/// Rules whose steps do not change when every coordinate of the gradient is scaled by its own number, without eps.
const DIAGONAL: &[(&str, Option<&str>)] = &[
    ("adagrad", Some("torch")),
    ("rmsprop", Some("torch")),
    ("rmsprop", Some("optax")),
    ("adam", Some("torch")),
    ("adam", Some("optax")),
    ("adamw", Some("torch")),
    ("amsgrad", Some("optax")),
    ("adamax", None),
    ("nadam", Some("torch")),
    ("lion", None),
    ("signsgd", None),
];

/// Zeros for every eps and decay that the rule has.
fn without_eps(entry: &'static Entry, dialect: Option<&str>) -> Vec<(&'static str, Value)> {
    let takes = |name: &&str| Settings::in_dialect(entry, dialect, [(*name, Number(0.0))]).is_ok();
    let names = entry.hyperparameters.iter().map(|h| h.name);
    let zero = names.filter(|name| name.starts_with("eps") || name.starts_with("weight-decay")).filter(takes);
    zero.filter(|name| *name != "weight-decouple").map(|name| (name, Number(0.0))).collect()
}

#[test]
fn diagonal_scaling_leaves_adaptive_steps_alone() {
    // Powers of two scale without rounding, except under the root of an odd power.
    let scales = [1024.0, 1.0, 2.0_f64.powi(-14)];
    for &(name, dialect) in DIAGONAL {
        let given = without_eps(entry(name), dialect);
        let spec = rule(name, dialect, &given);
        let walk = |scales: [f64; 3]| {
            let (mut bound, mut x) = (single(&spec, 3), [[0.0]; 3]);
            for t in 0..40_u32 {
                let g = |i: usize| f64::from((7 * i as u32 + 5 * t) % 11) / 11.0 - 0.4;
                step(&mut *bound, &mut x, 0.1, |_| (0..3).map(|i| scales[i] * g(i)).collect());
            }
            x.map(|[x]| x)
        };
        check_close(&walk(scales), &walk([1.0; 3]), 1e-14);
    }
}
