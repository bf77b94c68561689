//! The four forms of Rprop, by hand.

mod support;

use sgdlab_core::Layout;
use sgdlab_core::Value::{Flag, Number, Word};
use sgdlab_optimizers::{RuleSpec, Signal};
use support::rule;

/// From 0 with steps of 1 at first, twice as long where the sign stays, half as long where it changes, in [¼, 4].
///
/// The gradients are those of the first coordinate; the second has the opposite ones, and goes the opposite way.
fn check(form: &str, maximize: bool, gradients: &[f64], values: &[f64], expected: &[f64]) {
    let given = [
        ("form", Word(form.to_owned())),
        ("eta-minus", Number(0.5)),
        ("eta-plus", Number(2.0)),
        ("step-min", Number(0.25)),
        ("step-max", Number(4.0)),
        ("maximize", Flag(maximize)),
    ];
    let spec = rule("rprop", Some("paper"), &given);
    let mut bound = RuleSpec::bind::<f64, 1>(std::array::from_ref(&spec), &Layout::vector(2));
    assert_eq!(bound.wants().value, form == "improved-plus");
    let sign = if maximize { -1.0 } else { 1.0 };
    let mut x = [[0.0], [0.0]];
    assert_eq!((gradients.len(), values.len()), (expected.len(), expected.len()));
    for (t, ((g, value), &expected)) in gradients.iter().zip(values).zip(expected).enumerate() {
        let (gradient, value) = ([[sign * g], [-sign * g]], [sign * value]);
        // Only the first rate counts.
        let rate = if t == 0 { 1.0 } else { 7.0 };
        bound.update(&mut x, Signal { value: Some(&value), ..Signal::of(&gradient) }, &[rate]);
        assert_eq!(x, [[expected], [-expected]], "{form}, step {}", t + 1);
    }
}

fn check_both(form: &str, gradients: &[f64], values: &[f64], expected: &[f64]) {
    check(form, false, gradients, values, expected);
    check(form, true, gradients, values, expected);
}

/// Signs that stay and change, at once and again, and a zero; of sizes that do not matter.
const SIGNS: [f64; 13] = [0.5, 3.0, -1.0, -0.1, -9.0, -1.0, 2.0, -1e-3, 1.0, -1.0, 5.0, 0.0, -1.0];
/// Larger than the value before at the changes of steps 3 and 9, equal at step 7, smaller at step 11.
const VALUES: [f64; 13] = [5.0, 4.0, 6.0, 5.0, 4.0, 3.0, 3.0, 2.0, 7.0, 6.0, 5.0, 5.0, 5.0];

#[test]
fn minus_moves_by_the_smaller_step_where_the_sign_changes() {
    // Steps 1 2 | 1 2 4 4 | 2 | 1 | ½ | ¼ | ¼, none at the zero, and ¼.
    let expected = [-1.0, -3.0, -2.0, 0.0, 4.0, 8.0, 6.0, 7.0, 6.5, 6.75, 6.5, 6.5, 6.75];
    check_both("minus", &SIGNS, &VALUES, &expected);
}

#[test]
fn improved_minus_waits_where_the_sign_changes() {
    // Steps 1 2 | – 1 2 4 | – 2 | – 1 | – – ½: after a wait the size stays.
    let expected = [-1.0, -3.0, -3.0, -2.0, 0.0, 4.0, 4.0, 6.0, 6.0, 7.0, 7.0, 7.0, 7.5];
    check_both("improved-minus", &SIGNS, &VALUES, &expected);
}

#[test]
fn plus_takes_the_last_move_back_where_the_sign_changes() {
    // Back from −3 to −1, from 6 to 2, from 4 to 2 and from 3 to 2.
    let expected = [-1.0, -3.0, -1.0, 0.0, 2.0, 6.0, 2.0, 4.0, 2.0, 3.0, 2.0, 2.0, 2.5];
    check_both("plus", &SIGNS, &VALUES, &expected);
}

#[test]
fn improved_plus_takes_the_last_move_back_where_the_loss_has_grown() {
    // Back from −3 to −1 and from 8 to 6; waits at 6, where the loss is the same, and at 7, where it is smaller.
    let expected = [-1.0, -3.0, -1.0, 0.0, 2.0, 6.0, 6.0, 8.0, 6.0, 7.0, 7.0, 7.0, 7.5];
    check_both("improved-plus", &SIGNS, &VALUES, &expected);
}

#[test]
fn steps_stay_within_their_bounds() {
    // Up to 4 and no further, then down to ¼ and no further.
    let gradients = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0];
    let growing: Vec<f64> = (0..16).map(f64::from).collect();
    let waits = [-1.0, -3.0, -7.0, -11.0, -11.0, -9.0, -9.0, -10.0, -10.0, -9.5, -9.5, -9.75, -9.75, -9.5, -9.5, -9.75];
    check_both("improved-minus", &gradients, &growing, &waits);
    let back = [-1.0, -3.0, -7.0, -11.0, -7.0, -5.0, -7.0, -8.0, -7.0, -6.5, -7.0, -7.25, -7.0, -6.75, -7.0, -7.25];
    check_both("plus", &gradients, &growing, &back);
    check_both("improved-plus", &gradients, &growing, &back);
    // Without waits the sign changes at every other step: 4 → 2, 4 → 2, …
    let at_once = [-1.0, -3.0, -7.0, -11.0, -9.0, -5.0, -7.0, -11.0, -9.0, -5.0, -7.0, -11.0, -9.0, -5.0, -7.0, -11.0];
    check_both("minus", &gradients, &growing, &at_once);
}

#[test]
fn the_first_rate_is_clipped_too() {
    for form in ["plus", "minus", "improved-plus", "improved-minus"] {
        for (rate, step) in [(100.0, 50.0), (1e-9, 1e-6), (0.3, 0.3)] {
            let spec = rule("rprop", Some("paper"), &[("form", Word(form.to_owned()))]);
            let mut bound = RuleSpec::bind::<f64, 1>(std::array::from_ref(&spec), &Layout::vector(1));
            let mut x = [[0.0]];
            bound.update(&mut x, Signal { value: Some(&[1.0]), ..Signal::of(&[[2.0]]) }, &[rate]);
            assert_eq!(x, [[-step]], "{form}");
        }
    }
}

#[test]
fn what_is_not_a_number_stays_so_in_every_form() {
    for form in ["plus", "minus", "improved-plus", "improved-minus"] {
        let spec = rule("rprop", Some("paper"), &[("form", Word(form.to_owned()))]);
        let mut bound = RuleSpec::bind::<f64, 1>(std::array::from_ref(&spec), &Layout::vector(2));
        let mut x = [[0.0], [0.0]];
        for g in [1.0, f64::NAN, -1.0, -1.0] {
            bound.update(&mut x, Signal { value: Some(&[1.0]), ..Signal::of(&[[g], [1.0]]) }, &[0.1]);
        }
        assert!(x[0][0].is_nan() && x[1][0].is_finite(), "{form}: {x:?}");
    }
}
