//! Reduction on a plateau, observation by observation.

use sgdlab_optimizers::schedules::{Goal, Plateau, ThresholdMode};

/// The rates after each metric, from the rate 1.
fn check(plateau: Plateau, metrics: &[f64], rates: &[f64]) {
    let mut state = plateau.begin(1.0);
    let found: Vec<f64> = metrics.iter().map(|&metric| state.observe(metric)).collect();
    assert_eq!(found, rates, "{plateau:?}");
    assert_eq!(state.lr(), *rates.last().expect("rates"));
}

fn plateau() -> Plateau {
    Plateau { factor: 0.5, patience: 1, threshold: 0.0, ..Plateau::default() }
}

#[test]
fn the_rate_falls_when_patience_is_exceeded() {
    check(plateau(), &[1.0, 1.0, 1.0, 1.0, 1.0], &[1.0, 1.0, 0.5, 0.5, 0.25]);
    check(plateau(), &[1.0, 1.0, 0.5, 0.5, 0.25], &[1.0; 5]);
    check(Plateau { patience: 0, ..plateau() }, &[3.0, 4.0, 2.0, 2.0], &[1.0, 0.5, 0.5, 0.25]);
    check(Plateau { goal: Goal::Maximum, ..plateau() }, &[1.0, 2.0, 1.5, 1.5, 3.0], &[1.0, 1.0, 1.0, 0.5, 0.5]);
    check(plateau(), &[f64::NAN, f64::NAN, 1.0], &[1.0, 0.5, 0.5]);
}

#[test]
fn a_metric_that_ties_the_threshold_is_no_improvement() {
    let (absolute, relative) = (ThresholdMode::Absolute, ThresholdMode::Relative);
    let case = |goal, threshold_mode, metrics: &[f64], falls: bool| {
        let plateau = Plateau { goal, threshold: 0.25, threshold_mode, patience: 0, ..plateau() };
        check(plateau, metrics, &[1.0, if falls { 0.5 } else { 1.0 }]);
    };
    case(Goal::Minimum, absolute, &[1.0, 0.75], true);
    case(Goal::Minimum, absolute, &[1.0, 0.7], false);
    case(Goal::Minimum, relative, &[4.0, 3.0], true);
    case(Goal::Minimum, relative, &[4.0, 2.9], false);
    case(Goal::Maximum, absolute, &[4.0, 4.25], true);
    case(Goal::Maximum, absolute, &[4.0, 4.3], false);
    case(Goal::Maximum, relative, &[4.0, 5.0], true);
    case(Goal::Maximum, relative, &[4.0, 5.1], false);
}

#[test]
fn a_cooldown_puts_off_the_next_reduction() {
    let cooling = Plateau { patience: 0, cooldown: 2, ..plateau() };
    check(cooling, &[1.0; 6], &[1.0, 0.5, 0.5, 0.5, 0.25, 0.25]);
}

#[test]
fn the_rate_has_a_least_value_and_a_least_change() {
    check(Plateau { patience: 0, min_lr: 0.3, ..plateau() }, &[1.0; 4], &[1.0, 0.5, 0.3, 0.3]);
    check(Plateau { patience: 0, eps: 0.3, ..plateau() }, &[1.0; 4], &[1.0, 0.5, 0.5, 0.5]);
}
