//! The catalogue, and settings that it refuses.

use sgdlab_core::{Settings, Value};
use sgdlab_estimators::{EstimatorSpec, entries};

fn message(name: &str, key: &str, value: Value) -> String {
    let entry = entries().into_iter().find(|entry| entry.name == name).unwrap();
    Settings::new(entry, [(key, value)]).unwrap_err().to_string()
}

#[test]
fn what_is_not_accepted_is_said() {
    for (name, key, value, expected) in [
        ("svrg", "period", 0.0, "period = 0.0 is not accepted: it takes a number > 0"),
        ("svrg", "period", -1.0, "period = -1.0 is not accepted: it takes a number > 0"),
        ("svrg", "period", f64::NAN, "period = NaN is not accepted: it takes a number > 0"),
        ("svrg", "period", f64::INFINITY, "period = inf is not accepted: it takes a number > 0"),
        ("sam", "rho", -0.1, "rho = -0.1 is not accepted: it takes a number ≥ 0"),
        ("sam", "rho", f64::NAN, "rho = NaN is not accepted: it takes a number ≥ 0"),
        ("sam", "adaptive", 1.0, "adaptive = 1.0 is not accepted: it takes true or false"),
        (
            "sam",
            "period",
            1.0,
            "period = 1.0 is not accepted: it takes no such key; sam has rho, adaptive, perturb-eps",
        ),
    ] {
        assert_eq!(message(name, key, Value::Number(value)), expected);
    }
}

#[test]
fn another_catalogues_settings_are_refused() {
    let sgd = sgdlab_optimizers::rules::entries()[0];
    assert_eq!(
        EstimatorSpec::new(&Settings::defaults(sgd)).unwrap_err().to_string(),
        "name = sgd is not accepted: it takes plain, svrg, sam"
    );
}

#[test]
fn the_catalogue_makes_what_it_lists() {
    let made: Vec<_> =
        entries().into_iter().map(|entry| EstimatorSpec::new(&Settings::defaults(entry)).unwrap()).collect();
    assert_eq!(
        made,
        [
            EstimatorSpec::Plain,
            EstimatorSpec::Svrg { period: 2.0 },
            EstimatorSpec::Sam { rho: 0.05, adaptive: false, perturb_eps: 1e-12 },
        ]
    );
    let sam = entries()[2];
    let given = Settings::new(sam, [("rho", Value::Number(0.0)), ("adaptive", Value::Flag(true))]).unwrap();
    assert_eq!(
        EstimatorSpec::new(&given).unwrap(),
        EstimatorSpec::Sam { rho: 0.0, adaptive: true, perturb_eps: 1e-12 }
    );
}
