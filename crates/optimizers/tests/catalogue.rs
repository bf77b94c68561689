//! The registries: every file is in them, every entry is complete, and what does not go together is refused.

mod support;

use std::collections::BTreeSet;

use sgdlab_core::Value::{self, Flag, Number, Word};
use sgdlab_core::{Entry, Settings};
use sgdlab_optimizers::{RuleSpec, rules, schedules};
use support::{entries_and_dialects, entry, rule};

fn is_kebab_case(name: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.split('-').all(word)
}

/// The entries are the files of `folder`, apart from those that are no entries.
fn check_registered(folder: &str, others: &[&str], entries: &[&Entry]) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let stem = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.expect("a file").path();
        path.file_stem().expect("a name").to_str().expect("ASCII").replace('_', "-")
    };
    let mut files: BTreeSet<_> = folder.read_dir().expect("a folder").map(stem).collect();
    for other in others {
        assert!(files.remove(*other), "{other} is not there");
    }
    let names: BTreeSet<_> = entries.iter().map(|entry| entry.name.to_owned()).collect();
    assert_eq!(names, files);
    assert_eq!(names.len(), entries.len(), "names are unique");
}

#[test]
fn every_file_is_registered() {
    check_registered("rules", &["mod"], &rules::entries());
    check_registered("schedules", &["mod", "clock", "plateau", "portable", "warmup"], &schedules::entries());
}

#[test]
fn every_entry_is_complete() {
    for entry in rules::entries().into_iter().chain(schedules::entries()) {
        let names = entry.hyperparameters.iter().map(|h| h.name).chain([entry.name]);
        let names: Vec<_> = names.chain(entry.dialects.iter().map(|dialect| dialect.name)).collect();
        assert!(names.iter().all(|name| is_kebab_case(name)), "{names:?}");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        assert!(entry.summary.ends_with('.') && entry.conventions.ends_with('.') && entry.cost.ends_with('.'));
        assert!(!entry.formula.is_empty() && !entry.reference.is_empty());
    }
}

#[test]
fn lines_of_dialects_differ_from_those_of_their_entry() {
    for entry in rules::entries() {
        let lines = entry.lines(None);
        for dialect in entry.dialects {
            let numbers: Vec<_> = dialect.formula.iter().map(|(number, _)| *number).collect();
            assert!(numbers.is_sorted_by(|a, b| a < b), "{}/{}: {numbers:?}", entry.name, dialect.name);
            for (number, line) in dialect.formula {
                let of_entry = lines.get(number - 1).unwrap_or_else(|| panic!("{} has no line {number}", entry.name));
                assert_ne!(of_entry, line, "{}/{}", entry.name, dialect.name);
            }
        }
    }
}

#[test]
fn every_rule_has_authors_and_a_year() {
    for entry in rules::entries() {
        let (authors, year) = entry.publication().unwrap_or_else(|| panic!("{}: {}", entry.name, entry.reference));
        assert!(!authors.is_empty() && (1847..=2100).contains(&year), "{}: {authors} ({year})", entry.name);
    }
}

#[test]
fn defaults_are_accepted_in_every_dialect() {
    for (entry, dialect) in entries_and_dialects() {
        assert_eq!(rule(entry.name, dialect, &[]).entry().name, entry.name);
    }
    for entry in schedules::entries() {
        assert!(schedules::ScheduleSpec::new(&Settings::defaults(entry)).is_ok(), "{}", entry.name);
        for dialect in entry.dialects {
            let settings = Settings::in_dialect(entry, Some(dialect.name), []).expect(entry.name);
            assert!(schedules::ScheduleSpec::new(&settings).is_ok(), "{} of {}", entry.name, dialect.name);
        }
    }
}

#[test]
fn defaults_of_types_are_those_of_entries() {
    assert_eq!(RuleSpec::from(rules::AdamW::default()), rule("adamw", Some("torch"), &[]));
    assert_eq!(rules::AdamW::default().weight_decay, 0.01);
    assert_eq!(RuleSpec::from(rules::Amsgrad::default()), rule("amsgrad", Some("optax"), &[]));
}

/// The settings are refused on account of `field`.
fn check_refused(name: &str, dialect: &str, given: &[(&'static str, Value)], field: &str) {
    let settings = Settings::in_dialect(entry(name), Some(dialect), given.iter().cloned());
    let error = settings.and_then(|settings| RuleSpec::new(&settings)).expect_err(name);
    assert_eq!(error.field, field, "{name}: {error}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let damped = [("nesterov", Flag(true)), ("momentum", Number(0.9)), ("dampening", Number(0.1))];
    check_refused("sgd", "torch", &[("nesterov", Flag(true))], "nesterov");
    check_refused("sgd", "torch", &damped, "nesterov");
    check_refused("sgd", "torch", &[("momentum", Number(1.0))], "momentum");
    check_refused("sgd", "torch", &[("weight-decay", Number(-0.1))], "weight-decay");
    check_refused("sgd", "torch", &[("weight-decay", Number(f64::NAN))], "weight-decay");
    check_refused("sgd", "torch", &[("lr", Number(0.1))], "lr");
    check_refused("sgd", "paper", &[], "dialect");
    check_refused("sgd", "optax", &[("dampening", Number(0.1))], "dampening");
    check_refused("sgd", "optax", &[("maximize", Flag(true))], "maximize");
    check_refused("adagrad", "optax", &[("lr-decay", Number(0.1))], "lr-decay");
    check_refused("rmsprop", "torch", &[("nesterov", Flag(true))], "nesterov");
    check_refused("rmsprop", "torch", &[("eps-in-sqrt", Flag(true))], "eps-in-sqrt");
    check_refused("rmsprop", "optax", &[("weight-decay", Number(0.1))], "weight-decay");
    check_refused("adam", "torch", &[("eps-root", Number(0.1))], "eps-root");
    check_refused("adam", "torch", &[("beta2", Number(1.0))], "beta2");
    check_refused("adam", "torch", &[("eps", Number(-1e-8))], "eps");
    check_refused("adam", "optax", &[("amsgrad", Flag(true))], "amsgrad");
    check_refused("adam", "paper", &[("weight-decay", Number(0.1))], "weight-decay");
    check_refused("adamw", "optax", &[("maximize", Flag(true))], "maximize");
    check_refused("amsgrad", "paper", &[("eps-root", Number(0.1))], "eps-root");
    check_refused("lion", "optax", &[("weight-decouple", Flag(false))], "weight-decouple");
    check_refused("dowg", "optax", &[("eps", Number(0.0))], "eps");
    check_refused("dadapt-adam", "optax", &[("growth-rate", Number(2.0))], "growth-rate");
    check_refused("prodigy", "pytorch-optimizer", &[("growth-rate", Number(0.5))], "growth-rate");
    check_refused("prodigy", "optax", &[("bias-correction", Flag(true))], "bias-correction");
    check_refused("sophia", "pytorch-optimizer", &[("gamma", Number(1.0))], "gamma");
    check_refused("sophia", "optax", &[("p", Number(1.0))], "p");
    check_refused("sophia", "optax", &[("update-period", Number(0.0))], "update-period");
    check_refused("muon", "optax", &[("newton-schulz-dtype", Word("bfloat16".into()))], "newton-schulz-dtype");
    check_refused("shampoo", "pytorch-optimizer", &[("matrix-eps", Number(0.0))], "matrix-eps");
    check_refused("lamb", "optax", &[("weight-decouple", Flag(true))], "weight-decouple");
    check_refused("lars", "pytorch-optimizer", &[("eps", Number(1e-6))], "eps");
    check_refused("adafactor", "torch", &[("beta1", Number(0.9))], "beta1");
    check_refused("adafactor", "torch", &[("beta2-decay", Number(0.8))], "beta2-decay");
    check_refused("adafactor", "torch", &[("clip-threshold", Number(2.0))], "clip-threshold");
    check_refused("adafactor", "pytorch-optimizer", &[("d", Number(2.0))], "d");
    check_refused("adafactor", "pytorch-optimizer", &[("eps1", Value::Word("machine-epsilon".to_owned()))], "eps1");
    check_refused("mars", "pytorch-optimizer", &[("mars-type", Value::Word("shampoo".to_owned()))], "mars-type");
}

#[test]
fn what_libraries_accept_is_accepted() {
    let damped = [("nesterov", Flag(true)), ("momentum", Number(0.9)), ("dampening", Number(0.1))];
    rule("sgdw", None, &damped);
    rule("sgd", Some("optax"), &[("nesterov", Flag(true))]);
    rule("adam", Some("optax"), &[("eps-root", Number(0.1))]);
    rule("lion", Some("pytorch-optimizer"), &[("weight-decouple", Flag(false))]);
    rule("dowg", None, &[("eps", Number(0.0)), ("init-estim-sq-dist", Number(1e-4))]);
    rule("prodigy", None, &[("growth-rate", Word("inf".into()))]);
    rule("sophia", Some("optax"), &[("clip-threshold", Word("none".into()))]);
    rule("soap", None, &[("shampoo-beta", Number(0.0))]);
}

#[test]
fn settings_of_other_catalogues_are_refused() {
    let error = RuleSpec::new(&Settings::defaults(schedules::entries()[0])).expect_err("no rule");
    assert_eq!((error.field.as_str(), error.value.as_str()), ("rule", "constant"));
    let error = schedules::ScheduleSpec::new(&Settings::defaults(entry("sgd"))).expect_err("no schedule");
    assert_eq!((error.field.as_str(), error.value.as_str()), ("schedule", "sgd"));
}

#[test]
fn packs_share_the_structure_of_their_rule() {
    let sgd = |given: &[(&'static str, Value)]| rule("sgd", None, given);
    let momentum = |x| ("momentum", Number(x));
    let cases = [
        (sgd(&[]), sgd(&[("weight-decay", Number(0.1))]), true),
        (sgd(&[]), sgd(&[momentum(0.5)]), false),
        (sgd(&[momentum(0.9)]), sgd(&[momentum(0.5)]), true),
        (sgd(&[momentum(0.9)]), sgd(&[momentum(0.9), ("nesterov", Flag(true))]), false),
        (rule("adam", None, &[]), rule("adamw", None, &[]), false),
        (rule("adam", None, &[]), rule("adam", Some("optax"), &[("eps-root", Number(0.1))]), true),
        (rule("adam", None, &[]), rule("adam", None, &[("amsgrad", Flag(true))]), false),
        (rule("adagrad", None, &[]), rule("adagrad", Some("optax"), &[]), false),
        (rule("rmsprop", None, &[]), rule("rmsprop", None, &[momentum(0.9)]), false),
        (rule("rprop", None, &[]), rule("rprop", Some("paper"), &[("eta-plus", Number(1.5))]), true),
        (rule("rprop", None, &[]), rule("rprop", Some("paper"), &[("form", Word("minus".into()))]), false),
    ];
    for (a, b, expected) in cases {
        assert_eq!(a.can_share_pack(&b), expected, "{a:?} and {b:?}");
        assert_eq!(b.can_share_pack(&a), expected, "{b:?} and {a:?}");
    }
}

#[test]
fn rules_that_ask_run_alone_and_so_does_what_is_around_them() {
    for name in ["lbfgs", "armijo", "newton", "irls"] {
        let base = [("base", Value::Item(Settings::defaults(entry(name))))];
        for spec in [rule(name, None, &[]), rule("lookahead", None, &base), rule("polyak-ruppert", None, &base)] {
            assert!(!spec.can_share_pack(&spec));
            assert!(spec.needs().asking);
            assert!(RuleSpec::bind::<f32, 1>(&[spec], &sgdlab_core::Layout::vector(2)).asks());
        }
        // Nobody can change gradients that a rule computes itself.
        for layer in ["clipped", "centralized", "coupled-decay", "perturbed", "sgld", "driven", "drop-on-plateau"] {
            let settings = Settings::new(entry(layer), base.iter().cloned()).expect("accepted one by one");
            assert_eq!(RuleSpec::new(&settings).expect_err(layer).field, "base", "{layer} around {name}");
        }
    }
    assert!(!rule("sophia", None, &[]).needs().asking && rule("sophia", None, &[]).needs().products);
}

#[test]
#[should_panic(expected = "cannot share a pack")]
fn a_pack_of_rules_that_ask_is_not_bound() {
    let pack = std::array::from_fn(|_| rule("lbfgs", None, &[]));
    let _ = RuleSpec::bind::<f64, 16>(&pack, &sgdlab_core::Layout::vector(1));
}

#[test]
#[should_panic(expected = "cannot share a pack")]
fn a_mixed_pack_is_not_bound() {
    let pack = std::array::from_fn(|lane| rule(if lane == 7 { "adam" } else { "sgd" }, None, &[]));
    let _ = RuleSpec::bind::<f64, 16>(&pack, &sgdlab_core::Layout::vector(1));
}
