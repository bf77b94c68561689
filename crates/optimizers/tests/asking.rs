//! Rules that ask for values, gradients and products themselves: how often, and what comes of it.

mod support;

use sgdlab_core::Value::{self, Flag, Item, Number, Word};
use sgdlab_core::{Lanes, Layout, Local, Product, Settings};
use sgdlab_optimizers::{Rule, RuleSpec, Signal, Span};
use support::{entry, rule, single};

/// A smooth function of two numbers with its Hessian, which writes down every point it is asked about.
struct Function {
    value: fn(f64, f64) -> f64,
    gradient: fn(f64, f64) -> [f64; 2],
    hessian: fn(f64, f64) -> [[f64; 2]; 2],
    asked: Vec<(&'static str, [f64; 2])>,
}

impl Function {
    fn asks(&self, what: &str) -> usize {
        self.asked.iter().filter(|(kind, _)| *kind == what).count()
    }
}

impl Local<f64, 1> for Function {
    fn value(&mut self, at: &[Lanes<f64, 1>]) -> Lanes<f64, 1> {
        self.asked.push(("value", [at[0][0], at[1][0]]));
        [(self.value)(at[0][0], at[1][0])]
    }

    fn gradient(&mut self, at: &[Lanes<f64, 1>], out: &mut [Lanes<f64, 1>]) -> Lanes<f64, 1> {
        self.asked.push(("gradient", [at[0][0], at[1][0]]));
        out.as_flattened_mut().copy_from_slice(&(self.gradient)(at[0][0], at[1][0]));
        [(self.value)(at[0][0], at[1][0])]
    }

    fn curvature_times(&mut self, asked: Product<'_, f64, 1>, out: &mut [Lanes<f64, 1>]) {
        self.asked.push(("product", [asked.at[0][0], asked.at[1][0]]));
        let rows = (self.hessian)(asked.at[0][0], asked.at[1][0]);
        for (out, row) in out.iter_mut().zip(rows) {
            out[0] = row[0] * asked.vector[0][0] + row[1] * asked.vector[1][0];
        }
    }
}

/// ½ x² + 5 y².
fn bowl() -> Function {
    Function {
        value: |x, y| 0.5 * x * x + 5.0 * y * y,
        gradient: |x, y| [x, 10.0 * y],
        hessian: |_, _| [[1.0, 0.0], [0.0, 10.0]],
        asked: Vec::new(),
    }
}

/// 100 (y − x²)² + (1 − x)².
fn rosenbrock() -> Function {
    Function {
        value: |x, y| 100.0 * (y - x * x).powi(2) + (1.0 - x).powi(2),
        gradient: |x, y| [-400.0 * x * (y - x * x) - 2.0 * (1.0 - x), 200.0 * (y - x * x)],
        hessian: |x, y| [[1200.0 * x * x - 400.0 * y + 2.0, -400.0 * x], [-400.0 * x, 200.0]],
        asked: Vec::new(),
    }
}

fn bound(name: &str, given: &[(&'static str, Value)]) -> Box<dyn Rule<f64, 1>> {
    single(&rule(name, None, given), 2)
}

fn close(found: [[f64; 1]; 2], expected: [f64; 2], tolerance: f64) {
    for (found, expected) in found.iter().zip(expected) {
        assert!((found[0] - expected).abs() <= tolerance, "{found:?} for {expected}");
    }
}

#[test]
fn newton_solves_a_quadratic_in_one_step_and_asks_for_each_column() {
    for name in ["newton", "irls"] {
        let (mut function, mut x) = (bowl(), [[3.0], [-2.0]]);
        bound(name, &[]).search(&mut x, &mut function, &[1.0]);
        close(x, [0.0, 0.0], 1e-15);
        assert_eq!([function.asks("gradient"), function.asks("product"), function.asked.len()], [1, 2, 3]);
        // Half a step at the rate ½, and the shares 1/(1 + 1) and 10/(10 + 1) with a damping of 1.
        let mut x = [[3.0], [-2.0]];
        bound(name, &[]).search(&mut x, &mut function, &[0.5]);
        close(x, [1.5, -1.0], 1e-15);
        let mut x = [[3.0], [-2.0]];
        bound(name, &[("damping", Number(1.0))]).search(&mut x, &mut function, &[1.0]);
        close(x, [1.5, -2.0 / 11.0], 1e-15);
    }
}

#[test]
fn newton_goes_down_where_the_hessian_is_indefinite() {
    // At (0, 1) Rosenbrock's Hessian has the entry −398.
    let (mut function, mut x) = (rosenbrock(), [[0.0], [1.0]]);
    let before = (function.value)(0.0, 1.0);
    let mut newton = bound("newton", &[]);
    newton.search(&mut x, &mut function, &[1.0]);
    assert!((function.value)(x[0][0], x[1][0]) < before);
    (0..40).for_each(|_| newton.search(&mut x, &mut function, &[1.0]));
    close(x, [1.0, 1.0], 1e-12);
}

#[test]
fn lbfgs_reaches_the_bottom_of_the_valley() {
    let search = ("line-search-fn", Word("strong-wolfe".to_owned()));
    let (mut function, mut x) = (rosenbrock(), [[-1.2], [1.0]]);
    let mut lbfgs = bound(
        "lbfgs",
        &[search, ("max-iter", Number(60.0)), ("max-eval", Number(200.0)), ("tolerance-change", Number(0.0))],
    );
    lbfgs.search(&mut x, &mut function, &[1.0]);
    close(x, [1.0, 1.0], 1e-7);
    assert!(function.asks("gradient") <= 60 && function.asked.len() == function.asks("gradient"));
    assert!(lbfgs.iterations().is_some_and(|n| n <= 45));
}

#[test]
fn a_search_ends_where_the_strong_wolfe_conditions_hold() {
    let search = ("line-search-fn", Word("strong-wolfe".to_owned()));
    for rate in [1e-3, 0.1, 1.0, 30.0] {
        let mut lbfgs = bound("lbfgs", &[search.clone(), ("max-iter", Number(1.0)), ("max-eval", Number(26.0))]);
        let mut x = [[-1.2], [1.0]];
        for _ in 0..15 {
            let (before, mut function) = ([x[0][0], x[1][0]], rosenbrock());
            lbfgs.search(&mut x, &mut function, &[rate]);
            let step = [x[0][0] - before[0], x[1][0] - before[1]];
            let slope = |at: [f64; 2]| {
                let g = (function.gradient)(at[0], at[1]);
                g[0] * step[0] + g[1] * step[1]
            };
            let [old, new] = [before, [x[0][0], x[1][0]]];
            let fallen = (function.value)(new[0], new[1]) - (function.value)(old[0], old[1]);
            assert!(fallen <= 1e-4 * slope(old) && slope(new).abs() <= -0.9 * slope(old), "{before:?} to {x:?}");
            assert!(function.asked.contains(&("gradient", new)), "the step ends at a point that was tried");
        }
    }
}

#[test]
fn lbfgs_without_a_search_asks_once_an_iteration() {
    // The last iteration of a step needs no gradient; the next step begins with one.
    for (iterations, evaluations) in [(1.0, 25.0), (4.0, 25.0), (9.0, 3.0)] {
        let mut lbfgs = bound("lbfgs", &[("max-iter", Number(iterations)), ("max-eval", Number(evaluations))]);
        let (mut function, mut x) = (rosenbrock(), [[-1.2], [1.0]]);
        for step in 1..=3 {
            lbfgs.search(&mut x, &mut function, &[0.01]);
            assert_eq!(function.asked.len(), step * iterations.min(evaluations) as usize);
        }
    }
}

#[test]
fn armijo_by_hand() {
    // f = ½ x² from 1: (1 − η)² ≤ 1 − 2 c η is η ≤ 2 − 2 c, with c = ¼: η ≤ 1.5.
    let given = |reset: &str| {
        let reset = ("reset", Word(reset.to_owned()));
        [reset, ("c", Number(0.25)), ("backtrack", Number(0.5)), ("gamma", Number(4.0))]
    };
    for (reset, sizes, values) in [
        ("keep", [1.0, 1.0, 1.0], [3, 1, 1]),
        ("rate", [1.0, 1.0, 1.0], [3, 3, 3]),
        ("grow", [1.0, 1.0, 1.0], [3, 2, 2]),
    ] {
        let mut armijo = bound("armijo", &given(reset));
        // Two steps an epoch: η doubles in each.
        armijo.begin(&Span { steps_per_epoch: 2, ..Span::default() });
        for (size, values) in sizes.into_iter().zip(values) {
            let (mut function, mut x) = (bowl(), [[1.0], [0.0]]);
            armijo.search(&mut x, &mut function, &[4.0]);
            assert_eq!(x, [[1.0 - size], [0.0]], "{reset}");
            assert_eq!([function.asks("gradient"), function.asks("value")], [1, values], "{reset}");
        }
    }
}

#[test]
fn armijo_adds_momentum_and_takes_the_last_size_when_it_has_enough() {
    let given = [("momentum", Number(0.5)), ("backtrack", Number(0.5)), ("max-backtracks", Number(2.0))];
    let (mut function, mut x) = (bowl(), [[1.0], [0.0]]);
    let mut armijo = bound("armijo", &given);
    // 16 and 8 are too long, and there are no more values.
    armijo.search(&mut x, &mut function, &[16.0]);
    assert_eq!((x, function.asks("value")), ([[-7.0], [0.0]], 2));
    // From −7 by the size 1 to 0, and half of −8 in addition.
    armijo.search(&mut x, &mut function, &[1.0]);
    assert_eq!(x, [[-4.0], [0.0]]);
    // A gradient of 0 needs no value.
    let (asked, mut origin) = (function.asks("value"), [[0.0], [0.0]]);
    bound("armijo", &[]).search(&mut origin, &mut function, &[1.0]);
    assert_eq!((origin, function.asks("value")), ([[0.0], [0.0]], asked));
}

#[test]
fn lookahead_follows_a_rule_that_asks() {
    let base = ("base", Item(Settings::defaults(entry("newton"))));
    let (mut function, mut x) = (bowl(), [[4.0], [-2.0]]);
    let mut lookahead = bound("lookahead", &[base, ("k", Number(2.0)), ("alpha", Number(0.25))]);
    lookahead.search(&mut x, &mut function, &[1.0]);
    close(x, [0.0, 0.0], 1e-15);
    lookahead.search(&mut x, &mut function, &[1.0]);
    close(x, [3.0, -1.5], 1e-15);
}

#[test]
fn adahessian_divides_by_the_mean_curvature_of_a_block() {
    // Blocks (1, −3) and (5), and (−2) of another tensor: the first step is g over mean |h|.
    let layout = Layout::new([("first", vec![3]), ("second", vec![1])]);
    let given = [("block", Number(2.0)), ("eps", Number(1e-300))];
    let mut bound = RuleSpec::bind::<f64, 1>(&[rule("adahessian", None, &given)], &layout);
    let mut x = [[0.0]; 4];
    let signal =
        Signal { curvature: Some(&[[1.0], [-3.0], [5.0], [-2.0]]), ..Signal::of(&[[1.0], [2.0], [5.0], [2.0]]) };
    bound.update(&mut x, signal, &[1.0]);
    for (x, expected) in x.iter().zip([-0.5, -1.0, -1.0, -1.0]) {
        assert!((x[0] - expected).abs() < 1e-14, "{x:?} for {expected}");
    }
    // Without a power of the curvature it is the mean of gradients.
    let plain = [("hessian-power", Number(0.0)), ("eps", Number(1e-300)), ("weight-decouple", Flag(false))];
    let mut bound = RuleSpec::bind::<f64, 1>(&[rule("adahessian", None, &plain)], &layout);
    let mut x = [[0.0]; 4];
    bound.update(&mut x, signal, &[1.0]);
    close([x[0], x[2]], [-1.0, -5.0], 1e-14);
}

#[test]
#[should_panic(expected = "asks for its gradients itself")]
fn a_rule_that_asks_is_not_told() {
    bound("newton", &[]).update(&mut [[1.0], [1.0]], Signal::of(&[[1.0], [1.0]]), &[1.0]);
}

#[test]
#[should_panic(expected = "is told its gradients")]
fn a_rule_that_is_told_does_not_ask() {
    bound("sgd", &[]).search(&mut [[1.0], [1.0]], &mut bowl(), &[1.0]);
}

#[test]
#[should_panic(expected = "1025 parameters, where at most 1024 are accepted")]
fn newton_has_a_limit() {
    let _ = single(&rule("newton", None, &[]), 1025);
}
