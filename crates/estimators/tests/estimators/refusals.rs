//! The catalogue, and settings that it refuses.

use sgdlab_core::{Settings, Value};
use sgdlab_estimators::{EstimatorSpec, Initial, Sample, entries};

use crate::support::*;

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
        ("l-svrg", "probability", 0.0, "probability = 0.0 is not accepted: it takes a number in (0, 1], or \"epoch\""),
        ("page", "probability", 1.5, "probability = 1.5 is not accepted: it takes a number in (0, 1], or \"epoch\""),
        ("saga", "initial", 0.0, "initial = 0.0 is not accepted: it takes \"zeros\", \"gradients\""),
        ("sag", "initial", 1.0, "initial = 1.0 is not accepted: it takes \"zeros\", \"gradients\""),
        ("sarah", "period", 0.0, "period = 0.0 is not accepted: it takes a number > 0"),
        ("storm", "a", 1.1, "a = 1.1 is not accepted: it takes a number in [0, 1]"),
        ("storm", "a", f64::NAN, "a = NaN is not accepted: it takes a number in [0, 1]"),
        ("extragradient", "step", -1.0, "step = -1.0 is not accepted: it takes a number ≥ 0"),
        ("extragradient", "sample", 0.0, "sample = 0.0 is not accepted: it takes \"same\", \"independent\""),
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
        "name = sgd is not accepted: it takes plain, svrg, l-svrg, saga, sag, sarah, page, storm, sam, extragradient"
    );
}

#[test]
fn the_catalogue_makes_what_it_lists() {
    let made: Vec<_> =
        entries().into_iter().map(|entry| EstimatorSpec::new(&Settings::defaults(entry)).unwrap()).collect();
    assert_eq!(
        made,
        [
            PLAIN,
            svrg(2.0),
            l_svrg(None),
            saga(Initial::Gradients),
            sag(Initial::Zeros),
            sarah(1.0),
            page(None),
            storm(0.1),
            sam(0.05, false),
            extragradient(1.0, Sample::Same),
        ]
    );
    let word = |word: &str| Value::Word(word.to_owned());
    for (name, key, value, expected) in [
        ("svrg", "period", Value::Number(0.5), svrg(0.5)),
        ("l-svrg", "probability", Value::Number(0.25), l_svrg(Some(0.25))),
        ("saga", "initial", word("zeros"), saga(Initial::Zeros)),
        ("sag", "initial", word("gradients"), sag(Initial::Gradients)),
        ("sarah", "period", Value::Number(3.0), sarah(3.0)),
        ("page", "probability", Value::Number(1.0), page(Some(1.0))),
        ("storm", "a", Value::Number(0.5), storm(0.5)),
        ("sam", "adaptive", Value::Flag(true), sam(0.05, true)),
        ("extragradient", "sample", word("independent"), extragradient(1.0, Sample::Independent)),
    ] {
        let entry = entries().into_iter().find(|entry| entry.name == name).unwrap();
        let settings = Settings::new(entry, [(key, value)]).unwrap();
        assert_eq!(EstimatorSpec::new(&settings).unwrap(), expected);
    }
}
