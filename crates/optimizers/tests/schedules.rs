//! Schedules by closed forms, and what they refuse.

use sgdlab_core::{Settings, Value};
use sgdlab_optimizers::schedules::{ScheduleSpec, entries};

/// Hyperparameters that differ from the defaults.
type Given = [(&'static str, f64)];

fn schedule(name: &str, given: &Given) -> ScheduleSpec {
    let entry = entries().into_iter().find(|entry| entry.name == name).expect("a schedule");
    let given = given.iter().map(|&(name, value)| (name, Value::Number(value)));
    ScheduleSpec::new(&Settings::new(entry, given).expect("accepted")).expect("accepted")
}

#[test]
fn factors_are_the_closed_forms() {
    // (schedule, hyperparameters, step, factor) in a run of 100 updates with 5 an epoch.
    let cases: &[(&str, &Given, u64, f64)] = &[
        ("constant", &[], 0, 1.0),
        ("constant", &[], 99, 1.0),
        ("constant", &[("warmup", 0.1)], 5, 0.5),
        ("constant", &[("warmup", 0.1), ("warmup-start", 0.5)], 5, 0.75),
        ("constant", &[("warmup", 1.0)], 0, 0.0),
        ("constant", &[("warmup", 1.0)], 1, 1.0),
        ("step", &[("gamma", 0.5), ("every", 0.07)], 6, 1.0),
        ("step", &[("gamma", 0.5), ("every", 0.07)], 7, 0.5),
        ("step", &[("gamma", 0.5), ("every", 2.0)], 9, 1.0),
        ("step", &[("gamma", 0.5), ("every", 2.0)], 10, 0.5),
        ("step", &[("gamma", 0.5), ("every", 2.0), ("warmup", 3.0)], 12, 1.0),
        ("step", &[("gamma", 0.5), ("every", 2.0), ("warmup", 3.0)], 13, 0.5),
        ("step", &[("gamma", 0.5), ("every", 0.5), ("warmup", 20.0)], 59, 1.0),
        ("step", &[("gamma", 0.5), ("every", 0.5), ("warmup", 20.0)], 60, 0.5),
        ("exponential", &[("gamma", 0.25)], 5, 0.25),
        ("exponential", &[("gamma", 0.25), ("every", 0.5)], 25, 0.5),
        ("cosine", &[], 0, 1.0),
        ("cosine", &[("final", 0.2)], 50, 0.6),
        ("cosine", &[("final", 0.2)], 100, 0.2),
        ("cosine", &[("final", 0.2)], 1000, 0.2),
        ("cosine", &[("warmup", 0.2)], 60, 0.5),
        ("inverse-sqrt", &[], 0, 1.0),
        ("inverse-sqrt", &[], 3, 0.5),
        ("inverse-sqrt", &[("offset", 10.0), ("warmup", 10.0)], 40, 0.5),
    ];
    for &(name, given, step, expected) in cases {
        let factor = schedule(name, given).of_run(100, 5).factor(step);
        assert!((factor - expected).abs() <= 1e-15, "{name} {given:?} at {step}: {factor} for {expected}");
    }
}

#[test]
fn factors_stay_between_zero_and_one() {
    for entry in entries() {
        let schedule = schedule(entry.name, &[("warmup", 7.0)]);
        for step in 0..200 {
            let factor = schedule.of_run(100, 9).factor(step);
            assert!((0.0..=1.0).contains(&factor), "{} at {step}: {factor}", entry.name);
        }
    }
}

#[test]
fn a_warm_up_may_be_as_long_as_the_run() {
    assert_eq!(schedule("cosine", &[("warmup", 200.0)]).of_run(100, 5).factor(50), 0.25);
}

#[test]
fn a_warm_up_of_one_and_a_half_steps_is_refused() {
    let settings = Settings::new(entries()[0], [("warmup", Value::Number(1.5))]).expect("in range");
    let error = ScheduleSpec::new(&settings).expect_err("no whole number");
    assert_eq!((error.field.as_str(), error.value.as_str()), ("warmup", "1.5"));
}
