//! Pairs of libraries whose numbers were compared once, with the libraries themselves: the dialects agree and differ
//! alike.

use sgdlab_core::{Domain, Entry, Value};
use sgdlab_fingerprints::{Rates, Subject, parting};

/// What stands for a row of `data/reference/cross_check.csv`.
enum Row {
    /// A rate, and two rules with the hyperparameters that the row was computed with.
    Both(f64, &'static str, &'static str),
    /// A dialect that this registry does not have.
    Lacks(&'static str, &'static str),
}

use Row::{Both, Lacks};

/// One for every row, in the same order.
const ROWS: &[Row] = &[
    Both(0.01, "sgd/torch momentum=0.9", "sgd/optax momentum=0.9 nesterov=false"),
    Both(0.01, "sgd/torch momentum=0.9 nesterov=true", "sgd/optax momentum=0.9 nesterov=true"),
    Both(0.02, "adam/torch beta1=0.9 beta2=0.999 eps=1e-08", "adam/optax beta1=0.9 beta2=0.999 eps=1e-08 eps-root=0.0"),
    Both(
        0.02,
        "adamw/torch beta1=0.9 beta2=0.999 eps=1e-08 weight-decay=0.1",
        "adamw/optax beta1=0.9 beta2=0.999 eps=1e-08 eps-root=0.0 weight-decay=0.1",
    ),
    Both(
        0.02,
        "adam/torch beta1=0.9 beta2=0.9 eps=1e-08 amsgrad=true",
        "amsgrad/optax beta1=0.9 beta2=0.9 eps=1e-08 eps-root=0.0",
    ),
    Both(
        0.02,
        "adamax/torch beta1=0.9 beta2=0.999 eps=1e-08",
        "adamax/optax beta1=0.9 beta2=0.999 eps=1e-08 weight-decay=0.0",
    ),
    Both(
        0.02,
        "adamax/torch beta1=0.9 beta2=0.999 eps=1e-08 weight-decay=0.1",
        "adamax/optax beta1=0.9 beta2=0.999 eps=1e-08 weight-decay=0.1",
    ),
    Both(
        0.02,
        "nadam/torch beta1=0.9 beta2=0.999 eps=1e-08 momentum-decay=0.004",
        "nadam/optax beta1=0.9 beta2=0.999 eps=1e-08 eps-root=0.0 weight-decay=0.0",
    ),
    Both(
        0.02,
        "radam/torch beta1=0.9 beta2=0.999 eps=1e-08",
        "radam/optax beta1=0.9 beta2=0.999 eps=1e-08 eps-root=0.0 threshold=5.0",
    ),
    Both(
        0.1,
        "adagrad/torch initial-accumulator-value=0.1 eps=1e-07",
        "adagrad/optax initial-accumulator-value=0.1 eps=1e-07",
    ),
    Lacks("adadelta", "optax"),
    Both(
        0.01,
        "rmsprop/torch alpha=0.9 eps=1e-08",
        "rmsprop/optax alpha=0.9 eps=1e-08 eps-in-sqrt=true centered=false momentum=0.0 nesterov=false bias-correction=false initial-scale=0.0",
    ),
    Both(
        0.01,
        "rmsprop/torch alpha=0.9 eps=1e-08 momentum=0.9 centered=true",
        "rmsprop/optax alpha=0.9 eps=1e-08 eps-in-sqrt=false centered=true momentum=0.9 nesterov=false bias-correction=false initial-scale=0.0",
    ),
    Lacks("rprop", "optax"),
    Both(
        0.02,
        "lion/optax beta1=0.9 beta2=0.99 weight-decay=0.1",
        "lion/pytorch-optimizer beta1=0.9 beta2=0.99 weight-decay=0.1 weight-decouple=true",
    ),
    Both(
        0.02,
        "adabelief/optax beta1=0.9 beta2=0.999 eps=1e-16 eps-root=1e-16",
        "adabelief/pytorch-optimizer beta1=0.9 beta2=0.999 eps=1e-16",
    ),
    Both(
        0.02,
        "yogi/optax beta1=0.9 beta2=0.999 eps=0.001",
        "yogi/pytorch-optimizer beta1=0.9 beta2=0.999 eps=0.001 initial-accumulator=1e-06",
    ),
    Both(
        0.02,
        "lamb/optax beta1=0.9 beta2=0.999 eps=1e-06 eps-root=0.0 weight-decay=0.1",
        "lamb/pytorch-optimizer beta1=0.9 beta2=0.999 eps=1e-06 weight-decay=0.1 weight-decouple=false",
    ),
    Both(
        0.5,
        "lars/optax weight-decay=0.1 trust-coefficient=0.02 eps=0.0 momentum=0.9 nesterov=false",
        "lars/pytorch-optimizer weight-decay=0.1 trust-coefficient=0.02 momentum=0.9",
    ),
    Lacks("adan", "optax"),
    Both(
        0.02,
        "novograd/optax beta1=0.95 beta2=0.98 eps=1e-08 eps-root=0.0 weight-decay=0.1",
        "novograd/pytorch-optimizer beta1=0.95 beta2=0.98 eps=1e-08 weight-decay=0.1",
    ),
    Both(0.01, "adafactor/torch", "adafactor/pytorch-optimizer beta1=none relative-step=false eps1=1e-30"),
    Both(0.02, "signum/optax momentum=0.9", "signsgd/pytorch-optimizer momentum=0.9"),
    Lacks("lookahead", "optax"),
    Both(
        1.0,
        "dadapt-adam/optax beta1=0.9 beta2=0.999 eps=1e-08 d0=0.01 weight-decay=0.0",
        "dadapt-adam/pytorch-optimizer beta1=0.9 beta2=0.999 eps=1e-08 d0=0.01 bias-correction=true growth-rate=inf",
    ),
    Both(
        1.0,
        "prodigy/optax beta1=0.9 beta2=0.999 eps=1e-08 d0=0.01 d-coef=1.0 weight-decay=0.0 safeguard-warmup=false",
        "prodigy/pytorch-optimizer beta1=0.9 beta2=0.999 eps=1e-08 d0=0.01 bias-correction=true growth-rate=inf",
    ),
    Both(
        0.02,
        "adopt/optax beta1=0.9 beta2=0.999 eps=1e-06 clip=none",
        "adopt/pytorch-optimizer beta1=0.9 beta2=0.999 eps=1e-06 clip=none",
    ),
    Both(
        0.02,
        "adopt/optax beta1=0.9 beta2=0.999 eps=1e-06 clip=step^0.25",
        "adopt/pytorch-optimizer beta1=0.9 beta2=0.999 eps=1e-06 clip=step^0.25",
    ),
    Both(
        0.01,
        "ademamix/optax beta1=0.9 beta2=0.999 eps=1e-08 beta3=0.9999 alpha=5.0 eps-root=0.0 weight-decay=0.0",
        "ademamix/pytorch-optimizer beta1=0.9 beta2=0.999 eps=1e-08 beta3=0.9999 alpha=5.0",
    ),
    Both(
        0.02,
        "madgrad/optax momentum=0.9 weight-decay=0.0 eps=1e-06",
        "madgrad/pytorch-optimizer momentum=0.9 eps=1e-06",
    ),
    Both(
        0.02,
        "muon/torch weight-decay=0.0 momentum=0.95 nesterov=true ns-a=3.4445 ns-b=-4.775 ns-c=2.0315 eps=1e-07 ns-steps=5 adjust-lr-fn=original newton-schulz-dtype=float64",
        "muon/optax weight-decay=0.0 momentum=0.95 nesterov=true ns-a=3.4445 ns-b=-4.775 ns-c=2.0315 eps=1e-07 ns-steps=5",
    ),
    Both(
        0.02,
        "muon/torch weight-decay=0.0 momentum=0.95 nesterov=true ns-a=3.4445 ns-b=-4.775 ns-c=2.0315 eps=1e-07 ns-steps=5 adjust-lr-fn=original newton-schulz-dtype=float64",
        "muon/torch weight-decay=0.0 momentum=0.95 nesterov=true ns-a=3.4445 ns-b=-4.775 ns-c=2.0315 eps=1e-07 ns-steps=5 adjust-lr-fn=original newton-schulz-dtype=bfloat16",
    ),
    Both(
        0.01,
        "sophia/optax beta1=0.96 beta2=0.99 eps=1e-12 weight-decay=0.0 gamma=1.0 clip-threshold=0.01 update-period=10",
        "sophia/pytorch-optimizer beta1=0.96 beta2=0.99 eps=1e-12 p=0.01 update-period=10",
    ),
    Both(
        0.05,
        "schedule-free-sgd/optax momentum=0.9 weight-decay=0.1 weight-lr-power=2.0 warmup-steps=0",
        "schedule-free-sgd/pytorch-optimizer momentum=0.9 weight-decay=0.1 r=0.0 weight-lr-power=2.0 warmup-steps=0",
    ),
    Both(
        0.05,
        "schedule-free-sgd/optax momentum=0.9 weight-decay=0.0 weight-lr-power=2.0 warmup-steps=8",
        "schedule-free-sgd/pytorch-optimizer momentum=0.9 weight-decay=0.0 r=0.0 weight-lr-power=2.0 warmup-steps=8",
    ),
    Both(
        0.02,
        "schedule-free-adamw/optax beta1=0.9 beta2=0.999 eps=1e-08 weight-decay=0.1 weight-lr-power=2.0 warmup-steps=0",
        "schedule-free-adamw/pytorch-optimizer beta1=0.9 beta2=0.999 eps=1e-08 weight-decay=0.1 r=0.0 weight-lr-power=2.0 warmup-steps=0",
    ),
    Lacks("sm3", "pytorch-optimizer"),
];

/// Optax's `MadGrad` takes a root in single precision, which is what it differs by; here it is in double precision.
const SINGLE_PRECISION: &str = "madgrad";

fn entry(name: &str) -> &'static Entry {
    let found = sgdlab_optimizers::entries().into_iter().find(|entry| entry.name == name);
    found.unwrap_or_else(|| panic!("no rule is called {name}"))
}

/// `rule/dialect key=value …`.
fn subject(text: &'static str) -> Subject {
    let mut words = text.split(' ');
    let (name, dialect) = words.next().and_then(|word| word.split_once('/')).expect("a rule and its dialect");
    let entry = entry(name);
    let value = |word: &'static str| {
        let (key, text) = word.split_once('=').expect("key=value");
        let domain = entry.position(key).map(|position| entry.hyperparameters[position].domain);
        let value = match domain {
            Some(Domain::Flag { .. }) => Value::Flag(text == "true"),
            Some(Domain::Optional { absent, .. }) if text == absent => Value::Word(text.to_owned()),
            _ => text.parse().map_or_else(|_| Value::Word(text.to_owned()), Value::Number),
        };
        (key, value)
    };
    Subject::new(entry, Some(dialect), words.map(value)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn verdicts_on_pairs_of_libraries_are_met() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/reference/cross_check.csv");
    let records: Vec<csv::StringRecord> =
        csv::Reader::from_path(path).expect("the table").records().collect::<Result<_, _>>().expect("rows");
    assert_eq!(records.len(), ROWS.len());
    let mut wrong = Vec::new();
    for (record, row) in records.iter().zip(ROWS) {
        let dialect = |i: usize| format!("{}/{}", &record[i], &record[i + 1]).replace('_', "-");
        match row {
            Both(rate, first, second) => {
                assert!(first.starts_with(&dialect(0)) && second.starts_with(&dialect(2)), "{record:?}");
                let found = parting(&subject(first), &subject(second), Rates::Constant(*rate));
                let expected = &record[6] == "agree" || &record[0] == SINGLE_PRECISION;
                if found.agrees() != expected {
                    wrong.push(format!("{record:?}: {:?}", found.first));
                }
            }
            Lacks(rule, library) => {
                assert!([dialect(0), dialect(2)].contains(&format!("{rule}/{library}")), "{record:?}");
                assert!(entry(rule).dialect(library).is_err(), "{rule} has the dialect {library} by now");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
