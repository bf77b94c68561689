//! The catalogue, and what it refuses.

use std::collections::BTreeSet;

use sgdlab_core::{Domain, Entry, Settings, Value};
use sgdlab_losses::{Huber, LossSpec, MulticlassSpec, Pinball, SmoothL1, Squared, entries, multiclass_entries};

const HYPERPARAMETERS: [(&str, &str); 3] = [("huber", "delta"), ("smooth-l1", "beta"), ("pinball", "tau")];

fn entry(name: &str) -> &'static Entry {
    entries().into_iter().find(|entry| entry.name == name).unwrap()
}

#[track_caller]
fn check(loss: &str, key: &str, refused: &[f64], accepted: &[f64]) {
    for &x in refused {
        let error = Settings::new(entry(loss), [(key, Value::Number(x))]).unwrap_err();
        assert_eq!((error.field.as_str(), error.value), (key, format!("{x:?}")));
    }
    for &x in accepted {
        let settings = Settings::new(entry(loss), [(key, Value::Number(x))]).unwrap();
        assert_eq!(LossSpec::new(&settings).unwrap().entry().name, loss);
    }
}

#[test]
fn ranges() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    check("huber", "delta", &[0.0, -0.0, -1.0, inf, -inf, nan], &[1e-300, 1.0, 1e300]);
    check("smooth-l1", "beta", &[-1e-300, -1.0, inf, -inf, nan], &[0.0, 1e-300, 1.0, 1e300]);
    check("pinball", "tau", &[0.0, 1.0, -0.5, 2.0, inf, -inf, nan], &[1e-300, 0.5, 1.0 - f64::EPSILON]);
}

#[test]
fn constructors_refuse_what_settings_refuse() {
    for x in [0.0, -1.0, 0.5, 1.0, 3.0, f64::INFINITY, f64::NAN] {
        let made = [
            Huber::new(x).map(LossSpec::Huber),
            SmoothL1::new(x).map(LossSpec::SmoothL1),
            Pinball::new(x).map(LossSpec::Pinball),
        ];
        for ((loss, key), made) in HYPERPARAMETERS.into_iter().zip(made) {
            let settings = Settings::new(entry(loss), [(key, Value::Number(x))]);
            // NaN in an error text is equal to itself.
            assert_eq!(made, settings.map(|settings| LossSpec::new(&settings).unwrap()), "{loss} at {x}");
        }
    }
}

#[test]
fn squared_is_halved_by_default() {
    let settings = Settings::defaults(entry("squared"));
    assert_eq!(LossSpec::new(&settings), Ok(LossSpec::Squared(Squared::new(true))));
    assert!(Settings::new(entry("squared"), [("half", Value::Number(1.0))]).is_err());
}

#[test]
fn every_entry_makes_the_loss_of_its_name() {
    for entry in entries() {
        let loss = LossSpec::new(&Settings::defaults(entry)).unwrap();
        assert_eq!(loss.entry().name, entry.name);
    }
}

#[test]
fn every_multiclass_entry_makes_the_loss_of_its_name() {
    for entry in multiclass_entries() {
        let loss = MulticlassSpec::new(&Settings::defaults(entry)).unwrap();
        assert_eq!(loss.entry().name, entry.name);
    }
    let error = MulticlassSpec::new(&Settings::defaults(entry("huber"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "loss = huber is not accepted: it takes cross-entropy, focal, crammer-singer, weston-watkins, one-hot"
    );
}

#[test]
fn other_settings_are_no_scalar_loss() {
    let error = LossSpec::new(&Settings::defaults(multiclass_entries()[0])).unwrap_err();
    assert_eq!((error.field.as_str(), error.value.as_str()), ("loss", "cross-entropy"));
    assert!(error.accepts.starts_with("squared, absolute, huber,"), "{}", error.accepts);
}

#[test]
fn entries_are_complete() {
    let all: Vec<&Entry> = entries().into_iter().chain(multiclass_entries()).collect();
    let names: BTreeSet<&str> = all.iter().map(|entry| entry.name).collect();
    assert_eq!(names.len(), all.len(), "names repeat");
    for entry in all {
        let texts = [entry.summary, entry.formula, entry.conventions, entry.cost, entry.reference];
        assert!(texts.iter().all(|text| !text.is_empty()), "{} lacks a text", entry.name);
        assert!(entry.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", entry.name);
        for h in entry.hyperparameters {
            assert!(h.domain.accepts(&h.domain.default_value()), "default of {}", h.name);
            let in_formula = entry.formula.contains(h.name);
            assert!(in_formula || !matches!(h.domain, Domain::Number { .. }), "{} is not in the formula", h.name);
        }
    }
}

#[test]
fn every_file_with_an_entry_is_registered() {
    let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    let mut on_disk = BTreeSet::new();
    for path in sources.map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        if std::fs::read_to_string(&path).unwrap().contains("\npub const ENTRY: Entry") {
            on_disk.insert(path.file_stem().unwrap().to_str().unwrap().replace('_', "-"));
        }
    }
    let all = entries().into_iter().chain(multiclass_entries());
    let registered: BTreeSet<String> = all.map(|entry| entry.name.to_owned()).collect();
    assert_eq!(on_disk, registered);
}
