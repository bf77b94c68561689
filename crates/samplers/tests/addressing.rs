//! Any step at any time, with the same answer, in the same memory.

mod common;

use std::collections::BTreeSet;

use common::{addressed, bind, fill, law, spec, specs, variant, weights, with};
use proptest::prelude::*;
use sgdlab_core::Value;
use sgdlab_core::streams::Key;
use sgdlab_samplers::{BatchBuffer, SamplerError, SamplerSpec};

const STEPS: u64 = 40;

/// Samplers whose epochs go through an order.
const ORDERS: [(&str, &[(&str, &str)]); 7] = [
    ("reshuffle", &[]),
    ("reshuffle", &[("order", "bijection")]),
    ("shuffle-once", &[]),
    ("sequential", &[]),
    ("flip-flop", &[]),
    ("flip-flop", &[("base", "shuffle-once")]),
    ("flip-flop", &[("base", "sequential")]),
];

fn ordered(which: usize, remainder: &str) -> SamplerSpec {
    let (name, given) = ORDERS[which];
    variant(name, &[given, &[("remainder", remainder)]].concat())
}

proptest! {
    #[test]
    fn steps_in_any_order_are_steps_in_sequence(
        terms in 1_usize..60,
        batch in 1_usize..60,
        which in 0..addressed().len(),
        replicate in 0_u64..1000,
        asked in prop::collection::vec(0..STEPS, 1..60),
    ) {
        let (spec, key) = (&addressed()[which], Key::new("addressing").child(&replicate.to_string()));
        let mut sampler = match bind(spec, terms, batch, key) {
            Err(SamplerError::BatchTooLarge { .. } | SamplerError::NothingLeft { .. }) => {
                prop_assert!(batch > terms);
                return Ok(());
            }
            Err(SamplerError::OddBatch { .. }) => {
                prop_assert!(batch % 2 == 1);
                return Ok(());
            }
            Err(SamplerError::FewerThanStrata { strata, .. }) => {
                prop_assert!(batch < strata);
                return Ok(());
            }
            bound => bound.unwrap(),
        };
        let in_sequence: Vec<BatchBuffer> = (0..STEPS).map(|step| fill(&mut *sampler, step)).collect();
        let mut jumping = bind(spec, terms, batch, key).unwrap();
        for step in asked {
            prop_assert_eq!(&fill(&mut *jumping, step), &in_sequence[step as usize]);
            let (size, known) = (jumping.largest_batch(), &in_sequence[step as usize..]);
            if let Some(terms) = jumping.ahead(step) {
                prop_assert!(!terms.is_empty() && terms.len().is_multiple_of(size));
                for (terms, batch) in terms.chunks(size).zip(known) {
                    prop_assert_eq!(batch, &BatchBuffer { indices: terms.to_vec(), weights: Vec::new(), scale: 1.0 });
                }
            }
        }
        let largest = in_sequence.iter().map(|batch| batch.indices.len()).max();
        // The size of a Poisson sample is random, and a batch that grows may not have grown enough.
        let exact = !["poisson", "growing"].contains(&spec.entry().name);
        prop_assert!(largest <= Some(sampler.largest_batch()) && (!exact || largest == Some(sampler.largest_batch())));
        prop_assert_eq!(sampler.batches_per_epoch(), law(spec, terms, batch).unwrap().batches_per_epoch());
        prop_assert!(in_sequence.iter().flat_map(|batch| &batch.indices).all(|&i| (i as usize) < terms));
    }

    #[test]
    fn an_epoch_visits_every_term_once(
        terms in 1_usize..60,
        divisor in 1_usize..60,
        which in 0..ORDERS.len(),
        word in prop::sample::select(vec!["keep", "rescale"]),
        epoch in 0_u64..1000,
    ) {
        let batch = divisor.min(terms);
        let mut sampler = bind(&ordered(which, word), terms, batch, Key::new("epochs")).unwrap();
        let m = sampler.batches_per_epoch();
        let mut visited: Vec<u32> = (0..m).flat_map(|k| fill(&mut *sampler, epoch * m + k).indices).collect();
        visited.sort_unstable();
        prop_assert_eq!(visited, (0..terms as u32).collect::<Vec<_>>());
    }

    #[test]
    fn policies_differ_in_the_last_batch_only(terms in 2_usize..60, batch in 2_usize..60, epoch in 0_u64..50) {
        prop_assume!(batch < terms && terms % batch > 0);
        let (whole, left) = ((terms / batch) as u64, terms % batch);
        let run = |word: &str| {
            let mut sampler = bind(&spec("reshuffle", Some(word)), terms, batch, Key::new("policies")).unwrap();
            let m = sampler.batches_per_epoch();
            (0..m).map(|k| fill(&mut *sampler, epoch * m + k)).collect::<Vec<_>>()
        };
        let [keep, drop, rescale, wrap] = ["keep", "drop", "rescale", "wrap"].map(run);
        for other in [&keep, &rescale, &wrap] {
            prop_assert_eq!(&other[..whole as usize], &drop[..]);
        }
        let short = &keep[whole as usize];
        prop_assert_eq!((short.indices.len(), short.scale), (left, 1.0));
        let last = &rescale[whole as usize];
        prop_assert_eq!((&last.indices, last.scale), (&short.indices, left as f64 / batch as f64));
        let last = &wrap[whole as usize];
        let completed = [&short.indices[..], &keep[0].indices[..batch - left]].concat();
        prop_assert_eq!((&last.indices, last.scale), (&completed, 1.0));
    }
}

#[test]
fn subsets_repeat_nothing_and_epochs_differ() {
    let mut sampler = bind(&spec("per-batch", None), 20, 12, Key::new("subsets")).unwrap();
    let mut reshuffle = bind(&spec("reshuffle", None), 20, 20, Key::new("subsets")).unwrap();
    let mut once = bind(&spec("shuffle-once", None), 20, 20, Key::new("subsets")).unwrap();
    let first = fill(&mut *reshuffle, 0);
    assert_eq!(fill(&mut *once, 0), first, "both begin with the same order");
    for step in 1..100 {
        let distinct: BTreeSet<u32> = fill(&mut *sampler, step).indices.into_iter().collect();
        assert_eq!(distinct.len(), 12);
        assert_ne!(fill(&mut *reshuffle, step), first);
        assert_eq!(fill(&mut *once, step), first);
    }
}

#[test]
fn flip_flop_goes_back_the_way_it_came() {
    for (base, same) in [("reshuffle", false), ("shuffle-once", true), ("sequential", true)] {
        let mut sampler = bind(&variant("flip-flop", &[("base", base)]), 12, 4, Key::new("flip-flop")).unwrap();
        let epochs: Vec<Vec<u32>> =
            (0..4).map(|e| (0..3).flat_map(|k| fill(&mut *sampler, 3 * e + k).indices).collect()).collect();
        for pair in epochs.chunks(2) {
            assert_eq!(pair[0], pair[1].iter().rev().copied().collect::<Vec<_>>(), "{base}");
        }
        assert_eq!(epochs[0] == epochs[2], same, "{base}");
        let plain = match base {
            "sequential" => spec("sequential", None),
            _ => spec("shuffle-once", None),
        };
        let mut plain = bind(&plain, 12, 4, Key::new("flip-flop")).unwrap();
        assert_eq!(fill(&mut *plain, 1).indices, epochs[0][4..8], "{base}: the first epoch is that of the base");
    }
}

#[test]
fn the_last_steps_can_be_asked_for() {
    for spec in &addressed() {
        let mut sampler = bind(spec, 10, 4, Key::new("far")).unwrap();
        let last = fill(&mut *sampler, u64::MAX);
        let first = fill(&mut *sampler, 0);
        assert_eq!(fill(&mut *sampler, u64::MAX), last, "{spec}");
        assert_eq!(fill(&mut *sampler, 0), first, "{spec}");
    }
}

fn places(out: &BatchBuffer) -> [(usize, usize); 2] {
    [(out.indices.as_ptr() as usize, out.indices.capacity()), (out.weights.as_ptr() as usize, out.weights.capacity())]
}

#[test]
fn filling_moves_no_buffer() {
    for spec in &specs() {
        let mut sampler = bind(spec, 23, 6, Key::new("memory")).unwrap();
        let mut out = BatchBuffer::with_capacity(sampler.largest_batch());
        let place = places(&out);
        let jumps = [7, 3, 1 << 40, 0].into_iter().filter(|_| !sampler.observes());
        for step in (0..50).chain(jumps.collect::<Vec<_>>()) {
            sampler.fill(step, &mut out);
            sampler.observe(step, &[0.5, step as f64 - 20.0]);
            assert_eq!(places(&out), place, "{spec}, step {step}");
        }
    }
}

/// The average of the estimates of consecutive batches of the base, as weights of terms.
#[test]
fn growing_batches_are_averages_of_their_base() {
    let bases = addressed().into_iter().filter(|spec| spec.entry().name != "growing");
    for base in bases {
        for unit in ["epochs", "steps"] {
            let given = [("base", Value::Item(base.settings().clone())), ("every", Value::Number(2.0))];
            let unit = ("unit", Value::Word(unit.to_owned()));
            let growing = with("growing", Vec::from_iter(given.into_iter().chain([unit])));
            let [mut growing, mut base] = [&growing, &base].map(|spec| bind(spec, 10, 4, Key::new("growing")).unwrap());
            let mut used = 0;
            for step in 0..20 {
                assert_eq!(growing.batches(step), used);
                let count = growing.batches(step + 1) - used;
                assert_eq!(growing.steps(used + 1), step + 1);
                let estimates = (used..used + count).map(|batch| weights(&fill(&mut *base, batch), 10));
                let mean = estimates
                    .fold(vec![0.0; 10], |sum, x| sum.iter().zip(x).map(|(sum, x)| sum + x / count as f64).collect());
                let batch = fill(&mut *growing, step);
                for (found, expected) in weights(&batch, 10).into_iter().zip(mean) {
                    assert!((found - expected).abs() <= 1e-15, "step {step}: {found}, not {expected}");
                }
                used += count;
            }
        }
    }
}

#[test]
fn batches_grow_as_they_should() {
    let counts = |given: &[(&str, &str)], steps: u64| -> Vec<u64> {
        let sampler = bind(&variant("growing", given), 10, 2, Key::new("growing")).unwrap();
        (0..steps).map(|step| sampler.batches(step + 1) - sampler.batches(step)).collect()
    };
    // Epochs of 5 batches: 5 steps of 1, 3 of 2 (one batch over), 2 of 4, 1 of 8, 1 of 16.
    assert_eq!(counts(&[], 14), [1, 1, 1, 1, 1, 2, 2, 2, 4, 4, 8, 16, 16, 16]);
    assert_eq!(
        counts(&[("unit", "steps"), ("every", "2"), ("factor", "1.5"), ("limit", "3")], 9),
        [1, 1, 2, 2, 2, 2, 3, 3, 3]
    );
    assert_eq!(counts(&[("limit", "1")], 3), [1, 1, 1]);
    let sampler = bind(&variant("growing", &[]), 10, 2, Key::new("growing")).unwrap();
    assert_eq!([0, 5, 6, 7, 11, 12].map(|batches| sampler.steps(batches)), [0, 5, 6, 6, 8, 9]);
}

#[test]
fn epochs_have_as_many_terms_as_samplers_say() {
    const EPOCHS: u64 = 2000;
    for spec in addressed() {
        let mut sampler = bind(&spec, 13, 4, Key::new("epochs")).unwrap_or_else(|error| panic!("{spec:?}: {error}"));
        let steps = sampler.steps(EPOCHS * sampler.batches_per_epoch());
        let terms: usize = (0..steps).map(|step| fill(&mut *sampler, step).indices.len()).sum();
        let epochs = sampler.batches(steps) as f64 / sampler.batches_per_epoch() as f64;
        let (found, said) = (terms as f64 / epochs, sampler.terms_per_epoch() as f64);
        // The mean of Poisson sampling strays by half a percent; a batch that is short or is not makes twenty.
        assert!((found / said - 1.0).abs() < 0.02, "{spec:?}: {found}, and not {said}");
    }
}
