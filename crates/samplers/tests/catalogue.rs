//! What is refused, what never changes, and that orders are uniform.

mod common;

use common::{Known, addressed, bind, fill, spec, specs, variant, with};
use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Settings, Value};
use sgdlab_samplers::{Context, SamplerError, SamplerSpec, entries, entry};

fn refused(spec: &SamplerSpec, context: &Context<'_>, batch: usize) -> Option<SamplerError> {
    let error = spec.bind(context, batch, Key::new("refused")).err();
    let expected = error.or_else(|| {
        let sampler = spec.entry().name;
        spec.wants().feedback.then_some(SamplerError::NoLaw { sampler })
    });
    assert_eq!(
        expected,
        spec.law(context, batch).err(),
        "a law exists where a sampler does, if batches do not depend on a run"
    );
    error
}

fn refusal(name: &str, remainder: Option<&str>, terms: usize, batch: usize) -> Option<SamplerError> {
    refused(&spec(name, remainder), &Known::of(terms).context(), batch)
}

#[test]
fn impossible_sizes_are_refused_with_their_numbers() {
    for spec in &specs() {
        let full = spec.entry().name == "full-batch";
        assert_eq!(refused(spec, &Known::of(0).context(), 1), Some(SamplerError::NoTerms));
        let terms = 1 << 32;
        assert_eq!(refused(spec, &Context::of(terms), 1), Some(SamplerError::TooManyTerms { terms }));
        let empty = (!full).then_some(SamplerError::EmptyBatch { terms: 6 });
        assert_eq!(refused(spec, &Known::of(6).context(), 0), empty);
    }
    for sampler in [
        "reshuffle",
        "shuffle-once",
        "sequential",
        "flip-flop",
        "grab",
        "per-batch",
        "poisson",
        "systematic",
        "block",
        "stratified",
    ] {
        let too_large = SamplerError::BatchTooLarge { sampler, batch: 7, terms: 6 };
        assert_eq!(refusal(sampler, None, 6, 7), Some(too_large));
    }
    let nothing = Some(SamplerError::NothingLeft { batch: 7, terms: 6 });
    assert_eq!(refusal("reshuffle", Some("drop"), 6, 7), nothing);
    for sampler in ["with-replacement", "full-batch", "importance", "weighted", "class-balanced", "sobol"] {
        assert_eq!(refusal(sampler, None, 6, 7), None);
    }
    let sampler = "antithetic";
    assert_eq!(refusal(sampler, None, 6, 7), Some(SamplerError::OddBatch { sampler, batch: 7 }));
    let sampler = "stratified";
    assert_eq!(refusal(sampler, None, 6, 2), Some(SamplerError::FewerThanStrata { sampler, batch: 2, strata: 3 }));
    let blocks = variant(sampler, &[("strata", "5")]);
    let few = SamplerError::FewerThanStrata { sampler, batch: 4, strata: 5 };
    assert_eq!(refused(&blocks, &Context::of(6), 4), Some(few));
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let unknown = |spec: &SamplerSpec| match refused(spec, &Context::of(6), 3) {
        Some(SamplerError::Unknown { what, .. }) => what,
        other => panic!("{spec}: {other:?}"),
    };
    for sampler in ["stratified", "class-balanced"] {
        assert_eq!(unknown(&spec(sampler, None)), "classes of the terms");
    }
    for sampler in ["importance", "weighted"] {
        assert_eq!(unknown(&spec(sampler, None)), "Lipschitz constants of its terms' gradients");
        assert_eq!(unknown(&variant(sampler, &[("by", "gradient-norms")])), "norms of its terms' gradients");
    }
    let neyman = variant("stratified", &[("allocation", "neyman"), ("strata", "2")]);
    assert_eq!(unknown(&neyman), "norms of its terms' gradients, or deviations,");
    assert!(neyman.wants().norms && !spec("stratified", None).wants().norms);
    assert!(spec("importance", None).wants().smoothness);
    assert!(variant("growing", &[("base", "importance")]).wants().smoothness);
    assert!(spec("grab", None).wants().feedback);
}

#[test]
fn lists_that_do_not_fit_are_refused() {
    let numbers = |list: &[f64]| Value::Numbers(list.to_vec());
    let given =
        |list: &[f64]| with("importance", vec![("by", Value::Word("weights".into())), ("weights", numbers(list))]);
    let text = |spec: &SamplerSpec| refused(spec, &Known::of(3).context(), 3).map(|error| error.to_string());
    assert_eq!(text(&given(&[1.0, 2.0])).unwrap(), "importance was given 2 weights, and needs 3");
    assert_eq!(
        text(&given(&[0.0, 0.0, 0.0])).unwrap(),
        "importance cannot draw by these weights: their sum is not a number > 0"
    );
    assert_eq!(
        text(&given(&[1.0, 0.0, 2.0])).unwrap(),
        "importance cannot draw by these weights: a term of probability 0 is never seen: give it mix > 0"
    );
    assert_eq!(text(&given(&[1.0, 0.5, 2.0])), None);
    let deviations = [("allocation", Value::Word("neyman".into())), ("deviations", numbers(&[1.0]))];
    assert_eq!(text(&with("stratified", deviations.into())).unwrap(), "stratified was given 1 deviations, and needs 3");
    let grid = with("sobol", vec![("grid", Value::Integers(vec![2, 2]))]);
    assert_eq!(text(&grid).unwrap(), "sobol was given 4 cells of a grid, and needs 3");
    let grid = with("sobol", vec![("grid", Value::Integers(vec![1; 9]))]);
    assert_eq!(text(&grid).unwrap(), "sobol was given 9 axes of a grid, and needs 8");
}

#[test]
fn growing_wraps_neither_itself_nor_what_observes() {
    for base in ["growing", "grab"] {
        let item = Value::Item(spec(base, None).settings().clone());
        let error = Settings::new(entry("growing").unwrap(), [("base", item)]).unwrap_err();
        assert!(error.accepts.contains("reshuffle") && !error.accepts.contains(base), "{error}");
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
    let expected = [
        "with-replacement",
        "reshuffle",
        "shuffle-once",
        "sequential",
        "flip-flop",
        "grab",
        "per-batch",
        "poisson",
        "systematic",
        "block",
        "stratified",
        "class-balanced",
        "importance",
        "weighted",
        "antithetic",
        "sobol",
        "growing",
        "full-batch",
    ];
    assert_eq!(names, expected);
    for entry in entries() {
        for text in [entry.summary, entry.formula, entry.conventions, entry.cost, entry.reference] {
            assert!(!text.is_empty(), "{}", entry.name);
        }
        let spec = SamplerSpec::new(&Settings::defaults(entry)).unwrap();
        assert_eq!(spec.entry().name, entry.name);
    }
    assert_eq!(spec("reshuffle", None).to_string(), "reshuffle(remainder=keep, order=memory)");
}

/// The first batches of 10 terms in fours. Changing them changes every published run.
#[test]
fn first_batches_never_change() {
    let mut found = String::new();
    for spec in addressed() {
        if spec.entry().position("remainder").is_some() && spec.settings().word("remainder") != "keep" {
            continue;
        }
        let mut sampler = bind(&spec, 10, 4, Key::new("stability")).unwrap();
        found += &format!("{spec}\n");
        for step in 0..4 {
            let batch = fill(&mut *sampler, step);
            found += &format!("    {:?}", batch.indices);
            found += &if batch.weights.is_empty() { String::new() } else { format!(" weights {:.4?}", batch.weights) };
            found += &if batch.scale == 1.0 { "\n".to_owned() } else { format!(" scale {}\n", batch.scale) };
        }
    }
    assert_eq!(found, include_str!("first_batches.txt"));
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
        let mut sampler = bind(&spec(name, None), 4, 4, Key::new("uniform")).unwrap();
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
    let mut sampler = bind(&spec("with-replacement", None), 24, 100, Key::new("uniform")).unwrap();
    let mut counts = [0; 24];
    for step in 0..240 {
        fill(&mut *sampler, step).indices.into_iter().for_each(|i| counts[i as usize] += 1);
    }
    let statistic = chi_square(&counts);
    assert!(CHI_SQUARE_23.contains(&statistic), "chi-square {statistic}");
}
