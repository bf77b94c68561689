//! Schedules by closed forms, and what they refuse.

use sgdlab_core::{Entry, Settings, Value};
use sgdlab_optimizers::schedules::{ScheduleSpec, entries};

/// Hyperparameters that differ from the defaults.
type Given = [(&'static str, f64)];

fn schedule(name: &str, given: &Given) -> ScheduleSpec {
    with_values(name, None, &given.iter().map(|&(name, value)| (name, Value::Number(value))).collect::<Vec<_>>())
}

fn entry(name: &str) -> &'static Entry {
    entries().into_iter().find(|entry| entry.name == name).expect("a schedule")
}

fn settings(
    name: &str,
    dialect: Option<&str>,
    given: &[(&'static str, Value)],
) -> Result<Settings, sgdlab_core::Invalid> {
    match dialect {
        Some(_) => Settings::in_dialect(entry(name), dialect, given.iter().cloned()),
        None => Settings::new(entry(name), given.iter().cloned()),
    }
}

fn with_values(name: &str, dialect: Option<&str>, given: &[(&'static str, Value)]) -> ScheduleSpec {
    ScheduleSpec::new(&settings(name, dialect, given).expect("accepted")).expect("accepted")
}

fn word(word: &str) -> Value {
    Value::Word(word.to_owned())
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
        ("cosine", &[("over", 0.4)], 20, 0.5),
        ("cosine", &[("over", 8.0)], 40, 0.0),
        ("cosine", &[("exponent", 2.0)], 50, 0.25),
        ("exponential", &[("gamma", 0.25), ("least", 0.1)], 10, 0.1),
        ("step", &[("gamma", 0.5), ("every", 2.0), ("least", 0.3)], 20, 0.3),
        ("inverse-sqrt", &[], 0, 1.0),
        ("inverse-sqrt", &[], 3, 0.5),
        ("inverse-sqrt", &[("offset", 10.0), ("warmup", 10.0)], 40, 0.5),
        ("multi-step", &[("gamma", 0.5)], 49, 1.0),
        ("multi-step", &[("gamma", 0.5)], 50, 0.5),
        ("multi-step", &[("gamma", 0.5)], 75, 0.25),
        ("linear", &[("final", 0.2)], 25, 0.8),
        ("linear", &[("initial", 0.2), ("final", 1.0), ("over", 2.0)], 5, 0.6),
        ("linear", &[("initial", 0.2), ("final", 1.0), ("over", 2.0)], 10, 1.0),
        ("polynomial", &[], 50, 0.25),
        ("polynomial", &[("power", 0.5), ("final", 0.2)], 75, 0.6),
        ("polynomial", &[("power", 0.5)], 100, 0.0),
        ("cosine-restarts", &[], 24, 0.5 * (1.0 + (0.96 * std::f64::consts::PI).cos())),
        ("cosine-restarts", &[], 25, 1.0),
        ("cosine-restarts", &[("period", 2.0), ("growth", 2.0), ("final", 0.2)], 20, 0.6),
        ("cosine-restarts", &[("period", 2.0), ("growth", 2.0)], 30, 1.0),
        ("cosine-restarts", &[("period", 2.0), ("growth", 3.0)], 40, 1.0),
        ("cosine-restarts", &[("period", 0.07)], 7, 1.0),
        ("cyclic", &[("up", 2.0)], 5, 0.55),
        ("cyclic", &[("up", 2.0)], 10, 1.0),
        ("cyclic", &[("up", 2.0), ("down", 4.0)], 20, 0.55),
        ("cyclic", &[("up", 0.1), ("low", 0.0)], 20, 0.0),
        ("one-cycle", &[("peak", 0.31)], 0, 0.04),
        ("one-cycle", &[("peak", 0.31)], 15, 0.52),
        ("one-cycle", &[("peak", 0.31)], 30, 1.0),
        ("one-cycle", &[], 99, 4e-6),
        ("one-cycle", &[], 1000, 4e-6),
        ("piecewise-constant", &[], 49, 1.0),
        ("piecewise-constant", &[], 50, 0.1),
        ("piecewise-constant", &[], 75, 0.01),
        ("piecewise-interpolate", &[], 25, 0.55),
        ("piecewise-interpolate", &[], 50, 0.1),
        ("piecewise-interpolate", &[], 200, 0.01),
        ("inverse-time", &[("k", 0.5)], 2, 0.5),
        ("power", &[("p", 2.0)], 1, 0.25),
        ("power", &[("p", 0.5), ("offset", 10.0)], 30, 0.5),
        ("noam", &[], 0, 0.1),
        ("noam", &[], 9, 1.0),
        ("noam", &[("rise", 5.0)], 19, 0.5),
        ("trapezoid", &[], 80, 1.0),
        ("trapezoid", &[("final", 0.2)], 90, 0.6),
        ("trapezoid", &[("stable", 2.0), ("decay", 2.0)], 15, 0.5),
        ("trapezoid", &[("stable", 2.0), ("decay", 2.0)], 20, 0.0),
        ("trapezoid", &[("warmup", 20.0), ("decay", 0.5)], 80, 0.5),
        ("rex", &[], 50, 2.0 / 3.0),
        ("rex", &[("final", 0.25)], 50, 0.75),
        ("chebyshev", &[("nodes", 1.0), ("kappa", 3.0)], 7, 0.5),
        ("large-then-drop", &[], 49, 1.0),
        ("large-then-drop", &[], 50, 0.1),
        ("large-then-drop", &[("at", 3.0), ("gamma", 0.0)], 15, 0.0),
    ];
    for &(name, given, step, expected) in cases {
        let factor = schedule(name, given).of_run(100, 5, 4).factor(step);
        assert!((factor - expected).abs() <= 1e-15, "{name} {given:?} at {step}: {factor} for {expected}");
    }
}

#[test]
fn factors_stay_between_zero_and_one() {
    for entry in entries() {
        let schedule = schedule(entry.name, &[("warmup", 7.0)]);
        for step in 0..200 {
            let factor = schedule.of_run(100, 9, 4).factor(step);
            assert!((0.0..=1.0).contains(&factor), "{} at {step}: {factor}", entry.name);
        }
    }
}

#[test]
fn a_warm_up_may_be_as_long_as_the_run() {
    assert_eq!(schedule("cosine", &[("warmup", 200.0)]).of_run(100, 5, 4).factor(50), 0.25);
}

#[test]
fn a_warm_up_of_one_and_a_half_steps_is_refused() {
    let settings = Settings::new(entries()[0], [("warmup", Value::Number(1.5))]).expect("in range");
    let error = ScheduleSpec::new(&settings).expect_err("no whole number");
    assert_eq!((error.field.as_str(), error.value.as_str()), ("warmup", "1.5"));
}

#[test]
fn words_choose_the_form() {
    let list = |list: &[f64]| Value::Numbers(list.to_vec());
    let number = Value::Number;
    // (schedule, dialect, hyperparameters, step, factor) in a run of 100 updates with 5 an epoch.
    type Case<'a> = (&'a str, Option<&'a str>, Vec<(&'static str, Value)>, u64, f64);
    let cases: Vec<Case<'_>> = vec![
        ("cosine", None, vec![("over", number(4.0)), ("after-end", word("climb"))], 30, 0.5),
        ("cosine", None, vec![("over", number(4.0)), ("after-end", word("climb"))], 40, 1.0),
        ("cyclic", None, vec![("up", number(1.0)), ("low", number(0.0)), ("mode", word("triangular2"))], 15, 0.5),
        ("cyclic", None, vec![("up", number(1.0)), ("mode", word("exp-range")), ("gamma", number(0.0))], 5, 0.1),
        ("trapezoid", None, vec![("shape", word("cosine"))], 90, 0.5),
        ("trapezoid", None, vec![("shape", word("1-sqrt"))], 85, 0.5),
        ("trapezoid", None, vec![("shape", word("1-square"))], 90, 0.75),
        ("trapezoid", Some("pytorch-optimizer"), vec![("final", number(0.2))], 90, 0.5),
        ("trapezoid", Some("pytorch-optimizer"), vec![("final", number(0.2))], 100, 0.2),
        ("one-cycle", Some("optax"), vec![("phases", word("three")), ("fallen", number(0.85))], 85, 0.04),
        ("one-cycle", Some("optax"), vec![], 30, 1.0),
        ("one-cycle", Some("optax"), vec![], 100, 4e-6),
        ("one-cycle", Some("torch"), vec![("phases", word("three"))], 58, 0.04),
        ("one-cycle", Some("torch"), vec![("phases", word("three")), ("shape", word("linear"))], 99, 4e-6),
        ("piecewise-interpolate", None, vec![("shape", word("cosine"))], 25, 0.55),
        ("piecewise-constant", None, vec![("boundaries", list(&[])), ("factors", list(&[0.5]))], 3, 0.5),
        ("multi-step", None, vec![("milestones", list(&[1.0, 1.0])), ("gamma", number(0.5))], 5, 0.25),
        (
            "chebyshev",
            None,
            vec![("order", word("increasing")), ("nodes", number(2.0)), ("kappa", number(1.0))],
            0,
            1.0,
        ),
    ];
    for (name, dialect, given, step, expected) in cases {
        let factor = with_values(name, dialect, &given).of_run(100, 5, 4).factor(step);
        assert!((factor - expected).abs() <= 1e-15, "{name} {given:?} at {step}: {factor} for {expected}");
    }
}

/// The factors of a run of 100 updates and of 20 after it.
fn factors(name: &str, given: &[(&'static str, Value)]) -> Vec<f64> {
    let schedule = with_values(name, None, given);
    (0..120).map(|step| schedule.of_run(100, 5, 4).factor(step)).collect()
}

#[test]
fn decays_begin_at_one_and_never_rise() {
    let decays = [
        "constant",
        "step",
        "exponential",
        "cosine",
        "inverse-sqrt",
        "multi-step",
        "linear",
        "polynomial",
        "piecewise-constant",
        "piecewise-interpolate",
        "inverse-time",
        "power",
        "trapezoid",
        "rex",
        "large-then-drop",
    ];
    for name in decays {
        let factors = factors(name, &[]);
        assert_eq!(factors[0], 1.0, "{name}");
        let rises = factors.windows(2).position(|pair| pair[1] > pair[0]);
        assert_eq!(rises, None, "{name}: {factors:?}");
    }
}

#[test]
fn decays_to_the_end_of_the_run_stay_at_their_final_factor() {
    for name in ["cosine", "linear", "polynomial", "rex", "trapezoid", "one-cycle"] {
        let factors = factors(name, &[("final", Value::Number(0.25))]);
        assert!(factors[100..].iter().all(|&factor| factor == 0.25), "{name}: {:?}", &factors[100..]);
        assert!(factors[98] > 0.25, "{name}");
    }
}

#[test]
fn joins_are_continuous() {
    let three = [("phases", word("three")), ("final", Value::Number(0.0))];
    let shapes = ["linear", "cosine", "1-square"].map(|shape| ("trapezoid", vec![("shape", word(shape))], 0.11));
    let cases = [
        ("piecewise-interpolate", vec![], 0.02),
        ("piecewise-interpolate", vec![("shape", word("cosine"))], 0.03),
        ("cyclic", vec![], 0.08),
        ("one-cycle", vec![], 0.06),
        ("one-cycle", three.to_vec(), 0.06),
        ("noam", vec![], 0.101),
        ("cosine", vec![("over", Value::Number(0.3)), ("after-end", word("climb"))], 0.06),
    ];
    for (name, given, largest) in cases.into_iter().chain(shapes) {
        let factors = factors(name, &given);
        let jump = factors.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        assert!(jump <= largest, "{name} {given:?} jumps by {jump}");
    }
}

#[test]
fn restarts_are_where_periods_add_up() {
    for growth in [1.0, 1.5, 2.0, 3.0] {
        let schedule = schedule("cosine-restarts", &[("period", 8.0), ("growth", growth)]);
        let run = schedule.of_run(10_000, 1, 4);
        let (mut start, mut period) = (0.0, 8.0);
        while start < 9_000.0 {
            if f64::fract(start) == 0.0 {
                assert!((run.factor(start as u64) - 1.0).abs() <= 1e-12, "growth {growth} at {start}");
                assert!(start == 0.0 || run.factor(start as u64 - 1) < 0.05, "growth {growth} before {start}");
            }
            (start, period) = (start + period, period * growth);
        }
    }
}

#[test]
fn a_cycle_of_chebyshev_steps_is_the_chebyshev_polynomial() {
    // On the curvature h the product of 1 − factor · h is T(x)/T(x_0), x = (kappa + 1 − 2 h)/(kappa − 1).
    let (kappa, nodes): (f64, _) = (20.0, 8);
    let chebyshev = |x: f64| if x.abs() <= 1.0 { (8.0 * x.acos()).cos() } else { (8.0 * x.acosh()).cosh() };
    for order in ["fractal", "increasing", "decreasing"] {
        let given = [("kappa", Value::Number(kappa)), ("nodes", Value::Number(8.0)), ("order", word(order))];
        let schedule = with_values("chebyshev", None, &given);
        for h in [1.0, 2.5, 7.0, 13.0, 20.0] {
            let product: f64 = (0..nodes).map(|step| 1.0 - h * schedule.of_run(100, 5, 4).factor(step)).product();
            let expected =
                chebyshev((kappa + 1.0 - 2.0 * h) / (kappa - 1.0)) / chebyshev((kappa + 1.0) / (kappa - 1.0));
            assert!((product - expected).abs() <= 1e-11, "{order}, h = {h}: {product} for {expected}");
        }
    }
}

#[test]
fn momentum_is_cycled_against_the_rate() {
    // (schedule, step, momentum between 0.8 and 0.9) in a run of 100 updates with 5 an epoch.
    let cases = [
        ("one-cycle", 0, Some(0.9)),
        ("one-cycle", 39, Some(0.8)),
        ("one-cycle", 109, Some(0.9)),
        ("cyclic", 5, Some(0.9)),
        ("cyclic", 10, Some(0.9)),
        ("cosine", 50, None),
    ];
    for (name, step, expected) in cases {
        let schedule = schedule(name, &[("warmup", 10.0)]);
        let momentum = schedule.of_run(110, 5, 4).momentum(step, 0.8, 0.9);
        let near = momentum.zip(expected).is_none_or(|(a, b)| (a - b).abs() <= 1e-3);
        assert!(near && momentum.is_some() == expected.is_some(), "{name} at {step}: {momentum:?}");
    }
}

#[test]
fn runs_may_be_empty_or_all_warm_up() {
    for entry in entries() {
        for (total, warmup) in [(0, 0.0), (1, 0.0), (2, 0.0), (0, 0.5), (1, 0.5), (3, 200.0), (200, 200.0)] {
            let schedule = schedule(entry.name, &[("warmup", warmup)]);
            for step in 0..300 {
                let factor = schedule.of_run(total, 1, 4).factor(step);
                assert!((0.0..=1.0).contains(&factor), "{} at {step} of {total}: {factor}", entry.name);
            }
        }
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    let list = |list: &[f64]| Value::Numbers(list.to_vec());
    let cases = [
        ("piecewise-constant", vec![("factors", list(&[1.0]))], "factors"),
        ("piecewise-interpolate", vec![("boundaries", list(&[0.75, 0.5]))], "boundaries"),
        ("one-cycle", vec![("fallen", Value::Number(0.5))], "fallen"),
        ("one-cycle", vec![("phases", word("three")), ("peak", Value::Number(0.6))], "fallen"),
        ("chebyshev", vec![("nodes", Value::Number(12.0))], "nodes"),
        ("cosine-restarts", vec![("growth", Value::Number(0.5))], "growth"),
        ("polynomial", vec![("over", Value::Number(0.0))], "over"),
        ("trapezoid", vec![("shape", word("quick"))], "shape"),
    ];
    for (name, given, field) in cases {
        let error = settings(name, None, &given).and_then(|settings| ScheduleSpec::new(&settings)).expect_err(name);
        assert_eq!(error.field, field, "{name}");
    }
}

/// A schedule's settings.
fn part(name: &str, given: &[(&'static str, Value)]) -> Settings {
    settings(name, None, given).expect("accepted")
}

fn number(x: f64) -> Value {
    Value::Number(x)
}

#[test]
fn a_clock_says_what_lengths_and_times_count() {
    // (schedule, hyperparameters, clock, step, factor) in a run of 100 updates with 5 an epoch of 4 samples each.
    let drop = |at: f64| vec![("at", number(at)), ("gamma", number(0.25))];
    let cases = [
        ("large-then-drop", drop(8.0), "stated", 39, 1.0),
        ("large-then-drop", drop(8.0), "stated", 40, 0.25),
        ("large-then-drop", drop(8.0), "epochs", 40, 0.25),
        ("large-then-drop", drop(8.0), "steps", 7, 1.0),
        ("large-then-drop", drop(8.0), "steps", 8, 0.25),
        ("large-then-drop", drop(8.0), "samples", 1, 1.0),
        ("large-then-drop", drop(8.0), "samples", 2, 0.25),
        // Below 1 a length is a fraction of the run, whatever the clock.
        ("large-then-drop", drop(0.5), "samples", 49, 1.0),
        ("large-then-drop", drop(0.5), "samples", 50, 0.25),
        ("constant", vec![("warmup", number(8.0))], "stated", 4, 0.5),
        ("constant", vec![("warmup", number(8.0))], "steps", 4, 0.5),
        ("constant", vec![("warmup", number(8.0))], "epochs", 4, 0.1),
        ("constant", vec![("warmup", number(2.4))], "epochs", 6, 0.5),
        ("constant", vec![("warmup", number(8.0))], "samples", 1, 0.5),
        ("step", vec![("every", number(3.0)), ("gamma", number(0.5))], "steps", 7, 0.25),
        ("exponential", vec![("every", number(2.0)), ("gamma", number(0.25))], "epochs", 10, 0.25),
        ("exponential", vec![("every", number(8.0)), ("gamma", number(0.25))], "samples", 1, 0.5),
        ("linear", vec![("over", number(16.0))], "steps", 4, 0.75),
        ("multi-step", vec![("milestones", Value::Numbers(vec![2.0, 3.0])), ("gamma", number(0.5))], "steps", 3, 0.25),
        ("noam", vec![("rise", number(2.0))], "epochs", 4, 0.5),
        ("noam", vec![("rise", number(10.0))], "stated", 4, 0.5),
        ("inverse-time", vec![("k", number(0.5))], "stated", 2, 0.5),
        ("inverse-time", vec![("k", number(0.5))], "epochs", 10, 0.5),
        ("inverse-time", vec![("k", number(0.125))], "samples", 2, 0.5),
        ("inverse-sqrt", vec![("offset", number(1.0))], "epochs", 15, 0.5),
        ("power", vec![("p", number(1.0))], "epochs", 15, 0.25),
    ];
    for (name, mut given, clock, step, expected) in cases {
        given.push(("clock", word(clock)));
        let factor = with_values(name, None, &given).of_run(100, 5, 4).factor(step);
        assert!((factor - expected).abs() <= 1e-15, "{name} {given:?} at {step}: {factor} for {expected}");
    }
}

#[test]
fn the_clock_that_is_stated_leaves_the_text_of_settings_alone() {
    let text = part("large-then-drop", &[]).to_string();
    assert_eq!(text, "large-then-drop(gamma=0.1, at=0.5, warmup=0.0, warmup-start=0.0)");
    assert_eq!(part("large-then-drop", &[("clock", word("stated"))]).to_string(), text);
    let steps = part("large-then-drop", &[("clock", word("steps"))]).to_string();
    assert_eq!(steps, "large-then-drop(gamma=0.1, at=0.5, warmup=0.0, warmup-start=0.0, clock=steps)");
}

#[test]
fn a_sequence_is_its_schedules_on_their_own_clocks() {
    let parts = vec![
        part("linear", &[("final", number(0.5))]),
        part("constant", &[("warmup", number(0.5)), ("warmup-start", number(0.25))]),
        part("step", &[("every", number(3.0)), ("gamma", number(0.5)), ("clock", word("steps"))]),
    ];
    let given = [("schedules", Value::Items(parts)), ("boundaries", Value::Numbers(vec![0.2, 10.0]))];
    let schedule = with_values("sequence", None, &given);
    // Boundaries at 20 updates, and at 10 epochs of 5.
    for (step, expected) in [
        (0, 1.0),
        (10, 0.75),
        (19, 0.525),
        (20, 0.25),
        (34, 0.95),
        (35, 1.0),
        (49, 1.0),
        (50, 1.0),
        (53, 0.5),
        (59, 0.125),
    ] {
        let factor = schedule.of_run(100, 5, 4).factor(step);
        assert!((factor - expected).abs() <= 1e-15, "at {step}: {factor} for {expected}");
    }
    // Of a sequence, steps are those of boundaries; a warm-up comes before all.
    let given = [("boundaries", Value::Numbers(vec![4.0])), ("clock", word("steps")), ("warmup", number(2.0))];
    let schedule = with_values("sequence", None, &given);
    for (step, expected) in [(1, 0.5), (2, 1.0), (5, 1.0), (6, 1.0), (10, 0.5), (14, 0.0)] {
        assert_eq!(schedule.of_run(14, 5, 4).factor(step), expected, "at {step}");
    }
}

#[test]
fn a_chain_is_the_product_of_its_schedules() {
    let parts = vec![
        part("step", &[("every", number(2.0)), ("gamma", number(0.5))]),
        part("linear", &[]),
        part("constant", &[("warmup", number(20.0))]),
    ];
    let schedule = with_values("chained", None, &[("schedules", Value::Items(parts))]);
    for step in [0_u32, 5, 10, 19, 25, 60, 99] {
        let expected =
            0.5_f64.powi(step as i32 / 10) * (1.0 - f64::from(step) / 100.0) * (f64::from(step) / 20.0).min(1.0);
        let factor = schedule.of_run(100, 5, 4).factor(u64::from(step));
        assert!((factor - expected).abs() <= 1e-15, "at {step}: {factor} for {expected}");
    }
}

#[test]
fn sequences_refuse_boundaries_that_do_not_fit() {
    let numbers = |list: &[f64]| Value::Numbers(list.to_vec());
    let three = Value::Items(["constant", "linear", "constant"].map(|name| part(name, &[])).to_vec());
    for (schedules, boundaries) in [
        (None, vec![0.25, 0.5]),
        (Some(three.clone()), vec![0.25]),
        (Some(three.clone()), vec![0.5, 0.25]),
        (Some(three), vec![5.0, 3.0]),
    ] {
        let mut given = vec![("boundaries", numbers(&boundaries))];
        given.extend(schedules.map(|schedules| ("schedules", schedules)));
        let error = ScheduleSpec::new(&part("sequence", &given)).expect_err("a refusal");
        assert_eq!(error.field, "boundaries", "{boundaries:?}");
    }
    let error = settings("chained", None, &[("schedules", Value::Items(vec![]))]).expect_err("an empty list");
    assert_eq!(error.field, "schedules");
}
