//! Rules with one rate for all coordinates that comes from norms and values, and Adam for sparse gradients, by hand.

mod support;

use sgdlab_core::Layout;
use sgdlab_core::Value::{self, Flag, Number};
use sgdlab_optimizers::{Rule, RuleSpec, Signal};
use support::{rule, single};

fn bound(name: &str, given: &[(&'static str, Value)], parameters: usize) -> Box<dyn Rule<f64, 1>> {
    single(&rule(name, None, given), parameters)
}

/// One step of a rule with this gradient and value.
fn advance<const P: usize>(rule: &mut dyn Rule<f64, 1>, x: &mut [[f64; 1]; P], g: [f64; P], value: f64, rate: f64) {
    let gradient = g.map(|g| [g]);
    rule.update(x, Signal { value: Some(&[value]), ..Signal::of(&gradient) }, &[rate]);
}

fn check_close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-15 * b.abs().max(1.0), "{a} for {b}");
}

#[test]
fn adagrad_norm_divides_by_the_root_of_the_sum_of_squares() {
    // b: 3, 5, 13, 85.
    let mut rule = bound("adagrad-norm", &[("b0", Number(3.0))], 2);
    let mut x = [[0.0], [0.0]];
    let steps = [([0.0, 4.0], [0.0, -0.4]), ([12.0, 0.0], [-6.0 / 13.0, -0.4]), ([0.0, 0.0], [-6.0 / 13.0, -0.4])];
    for (g, expected) in steps {
        advance(&mut *rule, &mut x, g, 0.0, 0.5);
        (0..2).for_each(|i| check_close(x[i][0], expected[i]));
    }
    advance(&mut *rule, &mut x, [0.0, -84.0], 0.0, 0.5);
    check_close(x[1][0], 42.0 / 85.0 - 0.4);
}

#[test]
fn adagrad_norm_of_one_coordinate_is_adagrad() {
    let mut norm = bound("adagrad-norm", &[("b0", Number(0.5))], 1);
    let start = [("initial-accumulator-value", Number(0.25)), ("eps", Number(0.0))];
    let mut adagrad = single(&rule("adagrad", Some("torch"), &start), 1);
    let (mut x, mut y) = ([[1.0]], [[1.0]]);
    for t in 0..50 {
        let g = [f64::from(t % 7) - 2.5];
        advance(&mut *norm, &mut x, g, 0.0, 0.1);
        advance(&mut *adagrad, &mut y, g, 0.0, 0.1);
        check_close(x[0][0], y[0][0]);
    }
}

#[test]
fn adagrad_norm_from_zero_does_not_see_the_scale() {
    // The first step has length lr; before there is a gradient, there is no step.
    for scale in [1.0, 1e-100, 1e100] {
        let mut rule = bound("adagrad-norm", &[("b0", Number(0.0))], 2);
        let mut x = [[0.0], [0.0]];
        advance(&mut *rule, &mut x, [0.0, 0.0], 0.0, 0.5);
        assert_eq!(x, [[0.0], [0.0]]);
        advance(&mut *rule, &mut x, [3.0 * scale, 4.0 * scale], 0.0, 0.5);
        (0..2).for_each(|i| check_close(x[i][0], [-0.3, -0.4][i]));
    }
}

#[test]
fn normalized_steps_are_as_long_as_the_rate() {
    let layout = Layout::new([("first", vec![2]), ("second", vec![1]), ("third", vec![1])]);
    for (per_tensor, expected) in [(false, [-0.3, -0.4, 0.0, 0.0]), (true, [-0.3, -0.4, 0.0, 0.5])] {
        for scale in [1.0, 1e-9, 1e9] {
            let spec = rule("normalized-sgd", None, &[("per-tensor", Flag(per_tensor))]);
            let mut bound = RuleSpec::bind::<f64, 1>(std::array::from_ref(&spec), &layout);
            let mut x = [[0.0]; 4];
            // The last tensor is 10¹² times smaller, and moves as far if it is looked at alone.
            advance(&mut *bound, &mut x, [3.0 * scale, 4.0 * scale, 0.0, -5e-12 * scale], 0.0, 0.5);
            (0..4).for_each(|i| assert!((x[i][0] - expected[i]).abs() <= 1e-12, "{x:?} at scale {scale}"));
        }
    }
}

#[test]
fn normalized_momentum_starts_as_the_first_gradient() {
    // m: (3, 4), then (0, 4), then (4, 3).
    let mut rule = bound("normalized-sgd", &[("momentum", Number(0.5))], 2);
    let mut x = [[0.0], [0.0]];
    for (g, expected) in [([3.0, 4.0], [-0.6, -0.8]), ([-3.0, 4.0], [-0.6, -1.8]), ([8.0, 2.0], [-1.4, -2.4])] {
        advance(&mut *rule, &mut x, g, 0.0, 1.0);
        (0..2).for_each(|i| check_close(x[i][0], expected[i]));
    }
}

/// Iterates on x²/2 + `least` from 1.
fn on_a_parabola(rule: &mut dyn Rule<f64, 1>, least: f64, rate: f64, steps: usize) -> Vec<f64> {
    let mut x = [[1.0]];
    let next = |_| {
        let at = x[0][0];
        advance(rule, &mut x, [at], at * at / 2.0 + least, rate);
        x[0][0]
    };
    (0..steps).map(next).collect()
}

#[test]
fn sps_max_on_a_parabola() {
    let iterates = |given: &[_], least, rate| on_a_parabola(&mut *bound("sps-max", given, 1), least, rate, 3);
    // (f − f-min)/(c g²) = 1/(2c).
    assert_eq!(iterates(&[], 0.0, 10.0), [0.0, 0.0, 0.0]);
    assert_eq!(iterates(&[("c", Number(1.0))], 0.0, 10.0), [0.5, 0.25, 0.125]);
    assert_eq!(iterates(&[("c", Number(2.0)), ("f-min", Number(3.0))], 3.0, 10.0), [0.75, 0.5625, 0.421875]);
    // Bounded by the rate; and no step where the loss is below what it is thought to be at least.
    assert_eq!(iterates(&[("c", Number(1.0))], 0.0, 0.25), [0.75, 0.5625, 0.421875]);
    assert_eq!(iterates(&[("f-min", Number(3.0))], 0.0, 10.0), [1.0, 1.0, 1.0]);
}

#[test]
fn sps_max_grows_by_tau_in_an_epoch() {
    // Twice the last step at most, from 1/16: 1/8, 1/4, 1/2, and then what the parabola allows, 1.
    let given = [("tau", Number(4.0)), ("batches-per-epoch", Number(2.0))];
    let mut rule = bound("sps-max", &given, 1);
    let iterates = on_a_parabola(&mut *rule, 0.0, 0.0625, 4);
    let expected = [7.0 / 8.0, 21.0 / 32.0, 21.0 / 64.0, 0.0];
    iterates.iter().zip(expected).for_each(|(&x, expected)| check_close(x, expected));
    // Steps without a move are not the last ones: 2 · 1 is what follows.
    let mut x = [[3.0]];
    advance(&mut *rule, &mut x, [1.0], 0.0, 0.0625);
    advance(&mut *rule, &mut x, [0.0], 1.0, 0.0625);
    assert_eq!(x, [[3.0]]);
    advance(&mut *rule, &mut x, [1.0], 5.0, 0.0625);
    check_close(x[0][0], 1.0);
}

#[test]
fn ali_g_by_hand() {
    // γ = ½ on a parabola from 2: v = −1, then −½ − ¼.
    let mut rule = bound("ali-g", &[("momentum", Number(0.5)), ("delta", Number(0.0))], 1);
    let mut x = [[2.0]];
    for expected in [0.5, -0.125] {
        let at = x[0][0];
        advance(&mut *rule, &mut x, [at], at * at / 2.0, 1.0);
        assert_eq!(x, [[expected]]);
    }
    // At the least loss there is no γ, but the velocity goes on: v = −⅜.
    advance(&mut *rule, &mut x, [-0.125], 0.0, 1.0);
    assert_eq!(x, [[-0.125 - 0.1875]]);
    // delta makes steps shorter, the rate bounds them.
    for (delta, rate, expected) in [(4.0, 1.0, 1.5), (0.0, 0.25, 1.5), (0.0, 10.0, 1.0), (12.0, 0.0625, 1.875)] {
        let mut x = [[2.0]];
        advance(&mut *bound("ali-g", &[("delta", Number(delta))], 1), &mut x, [2.0], 2.0, rate);
        assert_eq!(x, [[expected]]);
    }
}

/// beta1 = ½, beta2 = ¾, eps = 0: after the gradient 2, m = v = 1 and x = −1.
fn sparse_adam() -> (Box<dyn Rule<f64, 1>>, [[f64; 1]; 2]) {
    let given = [("beta1", Number(0.5)), ("beta2", Number(0.75)), ("eps", Number(0.0))];
    let (mut rule, mut x) = (bound("sparse-adam", &given, 2), [[0.0], [0.0]]);
    advance(&mut *rule, &mut x, [2.0, 2.0], 0.0, 1.0);
    assert_eq!(x, [[-1.0], [-1.0]]);
    (rule, x)
}

#[test]
fn sparse_adam_updates_what_is_listed() {
    let (mut rule, mut x) = sparse_adam();
    // Both gradients are 0; only the first is listed: m = ½, v = ¾.
    rule.update(&mut x, Signal { present: Some(&[true, false]), ..Signal::of(&[[0.0], [0.0]]) }, &[1.0]);
    check_close(x[0][0], -1.0 - 0.5 * 7.0_f64.sqrt() / 3.0 / 0.75_f64.sqrt());
    assert_eq!(x[1], [-1.0]);
    // The moments of the second are still 1, and t is 3.
    rule.update(&mut x, Signal { present: Some(&[false, true]), ..Signal::of(&[[0.0], [1.0]]) }, &[1.0]);
    check_close(x[1][0], -1.0 - 37.0_f64.sqrt() / 7.0);
}

#[test]
fn sparse_adam_takes_zeros_of_dense_gradients_to_be_absent() {
    let ((mut dense, mut x), (mut sparse, mut y)) = (sparse_adam(), sparse_adam());
    for g in [[0.0, 1.0], [-0.0, 0.0], [3.0, 0.0], [-1.0, 2.0]] {
        let gradient = g.map(|g| [g]);
        dense.update(&mut x, Signal::of(&gradient), &[0.1]);
        let present = g.map(|g| g != 0.0);
        sparse.update(&mut y, Signal { present: Some(&present), ..Signal::of(&gradient) }, &[0.1]);
        assert_eq!(x, y);
    }
}

#[test]
fn lanes_share_what_is_listed() {
    let spec = rule("sparse-adam", None, &[]);
    let mut pack = RuleSpec::bind::<f64, 16>(&std::array::from_fn(|_| spec.clone()), &Layout::vector(2));
    let mut alone = single(&spec, 2);
    let (mut xs, mut x) = ([[1.0; 16]; 2], [[1.0]; 2]);
    for present in [[true, true], [true, false], [false, false], [false, true]] {
        let (gradients, gradient) = ([[0.5; 16], [0.0; 16]], [[0.5], [0.0]]);
        pack.update(&mut xs, Signal { present: Some(&present), ..Signal::of(&gradients) }, &[0.1; 16]);
        alone.update(&mut x, Signal { present: Some(&present), ..Signal::of(&gradient) }, &[0.1]);
        assert_eq!(xs, x.map(|[x]| [x; 16]));
    }
}

#[test]
#[should_panic(expected = "as many flags as parameters")]
fn flags_of_other_lengths_are_no_flags() {
    let mut rule = bound("sparse-adam", &[], 2);
    rule.update(&mut [[0.0]; 2], Signal { present: Some(&[true]), ..Signal::of(&[[1.0], [1.0]]) }, &[0.1]);
}
