//! Rules that are other rules with some settings, answers that are averages, and settings that are refused.

mod support;

use std::slice;

use sgdlab_core::Settings;
use sgdlab_core::Value::{self, Flag, Number, Numbers};
use sgdlab_optimizers::{RuleSpec, Signal};
use support::{entry, rule, single, step};

/// A rule: its name, its dialect, and what is not the default.
type Case<'a> = (&'a str, Option<&'a str>, &'a [(&'static str, Value)]);

const OPTAX: Option<&str> = Some("optax");
const PYTORCH: Option<&str> = Some("pytorch-optimizer");

/// 60 iterates on a quadratic whose gradients never vanish all at once.
fn trajectory((name, dialect, given): Case<'_>) -> Vec<f64> {
    let mut x = [[-1.2], [1.0], [0.3]];
    let mut bound = single(&rule(name, dialect, given), x.len());
    let mut iterates = Vec::new();
    for _ in 0..60 {
        step(&mut *bound, &mut x, 0.02, |at| vec![6.0 * at[0] + at[1], at[0] + 3.0 * at[1] - 2.0, 0.1 * at[2] + 0.5]);
        iterates.extend(x.as_flattened());
    }
    iterates
}

fn check_same(a: Case<'_>, b: Case<'_>) {
    for (i, (x, y)) in trajectory(a).iter().zip(trajectory(b)).enumerate() {
        assert!((x - y).abs() <= 1e-12 * y.abs().max(1.0), "{} and {}, number {i}: {x} for {y}", a.0, b.0);
    }
}

#[test]
fn some_settings_make_other_rules() {
    let eps = ("eps", Number(0.0));
    let momentum = ("momentum", Number(0.8));
    let adam: Case<'_> = ("adam", None, &[]);
    check_same(("ademamix", OPTAX, &[("alpha", Number(0.0))]), adam);
    check_same(("qhadam", None, &[]), adam);
    check_same(("nadam", OPTAX, &[("nesterov", Flag(false))]), adam);
    check_same(("optimistic-adam", None, &[("nesterov", Flag(false)), ("beta", Number(0.0))]), adam);
    check_same(("padam", None, &[("partial", Number(0.5)), eps.clone()]), ("adam", None, slice::from_ref(&eps)));
    check_same(("optimistic-gd", None, &[("beta", Number(0.0))]), ("sgd", None, &[]));
    check_same(("aggmo", None, &[("betas", Numbers(vec![0.8]))]), ("sgd", None, slice::from_ref(&momentum)));
    check_same(("aggmo", None, &[("betas", Numbers(vec![0.8; 4]))]), ("sgd", None, slice::from_ref(&momentum)));
    let damped = [momentum.clone(), ("dampening", Number(0.2))];
    check_same(("qhm", None, &[momentum.clone(), ("nu", Number(0.0))]), ("sgd", None, &[]));
    check_same(("signum", None, slice::from_ref(&momentum)), ("signsgd", PYTORCH, slice::from_ref(&momentum)));
    assert_ne!(trajectory(("qhm", None, &[momentum.clone(), ("nu", Number(1.0))])), trajectory(("sgd", None, &damped)));
    let betas = [("beta1", Number(0.965)), ("beta2", Number(0.965)), ("weight-decay", Number(0.01))];
    check_same(("tiger", None, &[]), ("lion", None, &betas));
    let bounded = [("polyak-variant", Value::Word("sps+".to_owned())), ("f-min", Number(0.05))];
    check_same(("sps-max", None, &[("c", Number(1.0)), ("f-min", Number(0.05))]), ("polyak-sgd", None, &bounded));
    let delta = [bounded[0].clone(), ("eps", Number(0.3))];
    check_same(("ali-g", None, &[("delta", Number(0.3))]), ("polyak-sgd", None, &delta));
    // A loss far above its minimum, so that the rate is the step.
    let far = [momentum.clone(), ("f-min", Number(-1e9))];
    check_same(("ali-g", None, &far), ("sgd", None, &[momentum, ("nesterov", Flag(true))]));
    // Dense gradients list everything; eps is not at the same place.
    check_same(("sparse-adam", None, slice::from_ref(&eps)), ("adam", None, slice::from_ref(&eps)));
    check_same(("sgd-hd", None, &[("hypergradient-rate", Number(0.0))]), ("sgd", None, &[]));
    check_same(("adam-hd", None, &[("hypergradient-rate", Number(0.0))]), adam);
    check_same(("sgd-bb", None, &[("period", Number(30.0))]), ("sgd", None, &[]));
    // Two flags of one definition.
    let plain = [("weight-decay", Number(0.0))];
    check_same(("adan", None, &[("weight-decouple", Flag(true))]), ("adan", None, &plain));
}

#[test]
fn maximizing_goes_up_what_minimizing_goes_down() {
    for entry in sgdlab_optimizers::rules::entries() {
        // The first difference of gradients in Adan's library is not 0 when maximizing; its record is replayed instead.
        if entry.position("maximize").is_none() || entry.name == "adan" {
            continue;
        }
        for dialect in entry.dialects {
            let given = [("maximize", Flag(true))];
            let settings = Settings::in_dialect(entry, Some(dialect.name), given).expect("accepted");
            let Ok(up) = RuleSpec::new(&settings) else { continue };
            let down = rule(entry.name, Some(dialect.name), &[]);
            let (mut a, mut b) = (single(&up, 2), single(&down, 2));
            let (mut x, mut y) = ([[0.4], [-1.0]], [[0.4], [-1.0]]);
            for t in 0..6 {
                let g = [[0.3 * f64::from(t) - 0.7], [1.0]];
                let (up, curvature) = (g.map(|[g]| [-g]), Some(&[[0.5], [2.0]][..]));
                a.update(&mut x, Signal { curvature, ..Signal::of(&up) }, &[0.1]);
                b.update(&mut y, Signal { curvature, ..Signal::of(&g) }, &[0.1]);
                assert_eq!(x, y, "{} in {}", entry.name, dialect.name);
            }
        }
    }
}

#[test]
fn answers_are_averages_by_hand() {
    // Gradient 1 and rate ½: the plain sequence is ½, 0, −½, …
    let mut bound = single(&rule("schedule-free-sgd", None, &[("momentum", Number(0.5))]), 1);
    let mut y = [[1.0]];
    assert_eq!(bound.answer(&y), None);
    for (gone, average) in [(0.5, 0.5), (0.0, 0.25), (-0.5, 0.0)] {
        bound.update(&mut y, Signal::of(&[[1.0]]), &[0.5]);
        assert_eq!(bound.answer(&y), Some(&[[average]][..]));
        assert_eq!(y, [[0.5 * (average + gone)]]);
    }
    // The average of ASGD begins after step t0 + 2.
    let given = [("lambd", Number(0.0)), ("t0", Number(1.0))];
    let mut bound = single(&rule("asgd", None, &given), 1);
    let mut x = [[1.0]];
    for average in [0.5, 0.0, -0.5, -0.75, -1.0] {
        bound.update(&mut x, Signal::of(&[[1.0]]), &[0.5]);
        assert_eq!(bound.answer(&x), Some(&[[average]][..]));
    }
    assert_eq!(x, [[-1.5]]);
}

#[test]
fn a_new_rate_acts_a_step_late_in_asgd_of_torch() {
    // Without decay, steps are the rates.
    for (dialect, expected) in [("torch", [-0.5, -1.0, -1.25, -1.375]), ("paper", [-0.5, -0.75, -0.875, -1.875])] {
        let mut bound = single(&rule("asgd", Some(dialect), &[("lambd", Number(0.0))]), 1);
        let mut x = [[0.0]];
        for (rate, expected) in [0.5, 0.25, 0.125, 1.0].into_iter().zip(expected) {
            bound.update(&mut x, Signal::of(&[[1.0]]), &[rate]);
            assert_eq!(x, [[expected]], "{dialect}");
        }
    }
}

/// The settings are refused on account of `field`.
fn check_refused((name, dialect, given): Case<'_>, field: &str) {
    let settings = Settings::in_dialect(entry(name), dialect, given.iter().cloned());
    let error = settings.and_then(|settings| RuleSpec::new(&settings)).expect_err(name);
    assert_eq!(error.field, field, "{name}: {error}");
}

#[test]
fn what_has_no_meaning_is_refused() {
    check_refused(("rprop", Some("torch"), &[("step-min", Number(60.0))]), "step-min");
    check_refused(("rprop", Some("torch"), &[("eta-minus", Number(1.0))]), "eta-minus");
    check_refused(("rprop", Some("torch"), &[("form", Value::Word("plus".into()))]), "form");
    check_refused(("rprop", Some("paper"), &[("form", Value::Word("irprop".into()))]), "form");
    check_refused(("sparse-adam", Some("torch"), &[("beta1", Number(1.0))]), "beta1");
    check_refused(("adagrad-norm", None, &[("b0", Number(-0.1))]), "b0");
    check_refused(("normalized-sgd", None, &[("momentum", Number(1.0))]), "momentum");
    check_refused(("sps-max", None, &[("c", Number(0.0))]), "c");
    check_refused(("sps-max", None, &[("tau", Number(0.5))]), "tau");
    check_refused(("sps-max", None, &[("batches-per-epoch", Number(2.0))]), "batches-per-epoch");
    check_refused(("ali-g", Some("paper"), &[("delta", Number(-1e-5))]), "delta");
    check_refused(("sgd-bb", None, &[("beta", Number(0.0))]), "beta");
    check_refused(("sgd-bb", None, &[("period", Number(0.0))]), "period");
    check_refused(("sgd-hd", None, &[("hypergradient-rate", Number(-1.0))]), "hypergradient-rate");
    check_refused(("adam-hd", None, &[("beta1", Number(1.0))]), "beta1");
    check_refused(("aggmo", PYTORCH, &[("betas", Numbers(vec![]))]), "betas");
    check_refused(("aggmo", PYTORCH, &[("betas", Numbers(vec![0.9, 1.0]))]), "betas");
    check_refused(("signsgd", OPTAX, &[("momentum", Number(0.9))]), "momentum");
    check_refused(("ftrl", PYTORCH, &[("lr-power", Number(0.5))]), "lr-power");
    check_refused(("padam", PYTORCH, &[("partial", Number(1.5))]), "partial");
    check_refused(("radam", OPTAX, &[("threshold", Number(3.0))]), "threshold");
    check_refused(("radam", Some("torch"), &[("threshold", Number(6.0))]), "threshold");
    check_refused(("ademamix", OPTAX, &[("t-alpha-beta3", Number(20.0))]), "t-alpha-beta3");
    check_refused(("schedule-free-sgd", OPTAX, &[("r", Number(1.0))]), "r");
    check_refused(("adopt", OPTAX, &[("clip", Value::Word("step".into()))]), "clip");
}
