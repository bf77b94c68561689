//! What is refused, what never changes, and that orders are uniform.

mod common;

use common::{fill, spec, specs};
use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Settings, Value};
use sgdlab_samplers::{SamplerError, SamplerSpec, entries, entry};

fn refusal(name: &str, remainder: Option<&str>, terms: usize, batch: usize) -> Option<SamplerError> {
    let spec = spec(name, remainder);
    let error = spec.bind(terms, batch, Key::new("refused")).err();
    assert_eq!(error, spec.law(terms, batch).err(), "a law exists exactly where a sampler does");
    error
}

#[test]
fn impossible_sizes_are_refused_with_their_numbers() {
    for spec in specs() {
        let name = spec.entry().name;
        assert_eq!(refusal(name, None, 0, 1), Some(SamplerError::NoTerms));
        let terms = 1 << 32;
        assert_eq!(refusal(name, None, terms, 1), Some(SamplerError::TooManyTerms { terms }));
        let empty = (name != "full-batch").then_some(SamplerError::EmptyBatch { terms: 6 });
        assert_eq!(refusal(name, None, 6, 0), empty);
    }
    for sampler in ["reshuffle", "shuffle-once", "sequential", "per-batch"] {
        let too_large = SamplerError::BatchTooLarge { sampler, batch: 7, terms: 6 };
        assert_eq!(refusal(sampler, None, 6, 7), Some(too_large));
    }
    let nothing = Some(SamplerError::NothingLeft { batch: 7, terms: 6 });
    assert_eq!(refusal("reshuffle", Some("drop"), 6, 7), nothing);
    for sampler in ["with-replacement", "full-batch"] {
        assert_eq!(refusal(sampler, None, 6, 7), None);
    }
}

#[test]
fn errors_name_the_numbers() {
    let text = |error: Option<SamplerError>| error.expect("a refusal").to_string();
    assert_eq!(
        text(refusal("per-batch", None, 6, 7)),
        "per-batch does not repeat terms within a batch: it cannot draw 7 of 6"
    );
    assert_eq!(
        text(refusal("sequential", Some("drop"), 6, 7)),
        "dropping the short batch of 6 terms leaves no batch of 7"
    );
    assert_eq!(text(refusal("reshuffle", None, 6, 0)), "a batch of 0 of 6 terms has no mean");
}

#[test]
fn unknown_samplers_and_policies_are_refused() {
    let error = entry("bernoulli").unwrap_err();
    assert_eq!((error.field.as_str(), error.value.as_str()), ("sampler", "bernoulli"));
    assert!(error.accepts.contains("reshuffle"), "{error}");
    let error = Settings::new(entry("reshuffle").unwrap(), [("remainder", Value::Word("pad".into()))]).unwrap_err();
    assert_eq!(error.accepts, "\"keep\", \"drop\", \"rescale\", \"wrap\"");
    static STRANGER: Entry = Entry {
        name: "stranger",
        summary: "",
        formula: "",
        conventions: "",
        hyperparameters: &[],
        dialects: &[],
        cost: "",
        reference: "",
    };
    assert_eq!(SamplerSpec::new(&Settings::defaults(&STRANGER)).unwrap_err().value, "stranger");
}

#[test]
fn entries_are_complete() {
    let names: Vec<&str> = entries().iter().map(|entry| entry.name).collect();
    let expected = ["with-replacement", "reshuffle", "shuffle-once", "sequential", "per-batch", "full-batch"];
    assert_eq!(names, expected);
    for entry in entries() {
        for text in [entry.summary, entry.formula, entry.conventions, entry.cost, entry.reference] {
            assert!(!text.is_empty(), "{}", entry.name);
        }
        let spec = SamplerSpec::new(&Settings::defaults(entry)).unwrap();
        assert_eq!(spec.entry().name, entry.name);
    }
    assert_eq!(spec("reshuffle", None).to_string(), "reshuffle(remainder=keep)");
}

/// The first batches of 10 terms in fours. Changing them changes every published run.
#[test]
fn first_batches_never_change() {
    let expected: [(&str, [&[u32]; 4]); 6] = [
        ("with-replacement", [&[9, 2, 0, 9], &[9, 6, 7, 2], &[4, 5, 9, 6], &[5, 0, 9, 8]]),
        ("reshuffle", [&[1, 8, 7, 4], &[3, 5, 6, 0], &[2, 9], &[7, 8, 1, 2]]),
        ("shuffle-once", [&[1, 8, 7, 4], &[3, 5, 6, 0], &[2, 9], &[1, 8, 7, 4]]),
        ("sequential", [&[0, 1, 2, 3], &[4, 5, 6, 7], &[8, 9], &[0, 1, 2, 3]]),
        ("per-batch", [&[9, 3, 2, 0], &[6, 4, 7, 2], &[1, 5, 4, 0], &[6, 1, 3, 2]]),
        ("full-batch", [&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]; 4]),
    ];
    for (name, batches) in expected {
        let mut sampler = spec(name, None).bind(10, 4, Key::new("stability")).unwrap();
        for (step, indices) in (0..).zip(batches) {
            assert_eq!(fill(&mut *sampler, step).indices, indices, "{name}, step {step}");
        }
    }
}

/// Pearson's chi-square of equally likely outcomes that were counted.
fn chi_square(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
}

/// The 0.001 and 0.999 quantiles of chi-square with 23 degrees of freedom.
const CHI_SQUARE_23: std::ops::Range<f64> = 7.529..49.728;

#[test]
fn orders_are_uniform() {
    // Reshuffled epochs and subsets of 4 of 4 terms: 24 orders each.
    for name in ["reshuffle", "per-batch"] {
        let mut sampler = spec(name, None).bind(4, 4, Key::new("uniform")).unwrap();
        let mut counts = std::collections::BTreeMap::<Vec<u32>, u32>::new();
        for epoch in 0..24_000 {
            *counts.entry(fill(&mut *sampler, epoch).indices).or_default() += 1;
        }
        assert_eq!(counts.len(), 24, "{name}");
        let statistic = chi_square(&counts.into_values().collect::<Vec<_>>());
        assert!(CHI_SQUARE_23.contains(&statistic), "{name}: chi-square {statistic}");
    }
}

#[test]
fn draws_with_replacement_are_uniform() {
    let mut sampler = spec("with-replacement", None).bind(24, 100, Key::new("uniform")).unwrap();
    let mut counts = [0; 24];
    for step in 0..240 {
        fill(&mut *sampler, step).indices.into_iter().for_each(|i| counts[i as usize] += 1);
    }
    let statistic = chi_square(&counts);
    assert!(CHI_SQUARE_23.contains(&statistic), "chi-square {statistic}");
}
