//! Any step at any time, with the same answer, in the same memory.

mod common;

use std::collections::BTreeSet;

use common::{fill, spec, specs};
use proptest::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_samplers::{BatchBuffer, SamplerError};

const STEPS: u64 = 40;

proptest! {
    #[test]
    fn steps_in_any_order_are_steps_in_sequence(
        terms in 1_usize..60,
        batch in 1_usize..60,
        which in 0..specs().len(),
        replicate in 0_u64..1000,
        asked in prop::collection::vec(0..STEPS, 1..60),
    ) {
        let (spec, key) = (&specs()[which], Key::new("addressing").child(&replicate.to_string()));
        let mut sampler = match spec.bind(terms, batch, key) {
            Err(SamplerError::BatchTooLarge { .. } | SamplerError::NothingLeft { .. }) => {
                prop_assert!(batch > terms);
                return Ok(());
            }
            bound => bound.unwrap(),
        };
        let in_sequence: Vec<BatchBuffer> = (0..STEPS).map(|step| fill(&mut *sampler, step)).collect();
        let mut jumping = spec.bind(terms, batch, key).unwrap();
        for step in asked {
            prop_assert_eq!(&fill(&mut *jumping, step), &in_sequence[step as usize]);
        }
        let largest = in_sequence.iter().map(|batch| batch.indices.len()).max();
        prop_assert_eq!(largest, Some(sampler.largest_batch()));
        prop_assert_eq!(sampler.batches_per_epoch(), spec.law(terms, batch).unwrap().batches_per_epoch());
        prop_assert!(in_sequence.iter().flat_map(|batch| &batch.indices).all(|&i| (i as usize) < terms));
    }

    #[test]
    fn an_epoch_visits_every_term_once(
        terms in 1_usize..60,
        divisor in 1_usize..60,
        name in prop::sample::select(vec!["reshuffle", "shuffle-once", "sequential"]),
        word in prop::sample::select(vec!["keep", "rescale"]),
        epoch in 0_u64..1000,
    ) {
        let batch = divisor.min(terms);
        let mut sampler = spec(name, Some(word)).bind(terms, batch, Key::new("epochs")).unwrap();
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
            let mut sampler = spec("reshuffle", Some(word)).bind(terms, batch, Key::new("policies")).unwrap();
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
    let mut sampler = spec("per-batch", None).bind(20, 12, Key::new("subsets")).unwrap();
    let mut reshuffle = spec("reshuffle", None).bind(20, 20, Key::new("subsets")).unwrap();
    let mut once = spec("shuffle-once", None).bind(20, 20, Key::new("subsets")).unwrap();
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
fn the_last_steps_can_be_asked_for() {
    for spec in specs() {
        let mut sampler = spec.bind(10, 4, Key::new("far")).unwrap();
        let last = fill(&mut *sampler, u64::MAX);
        let first = fill(&mut *sampler, 0);
        assert_eq!(fill(&mut *sampler, u64::MAX), last, "{spec}");
        assert_eq!(fill(&mut *sampler, 0), first, "{spec}");
    }
}

#[test]
fn filling_moves_no_buffer() {
    for spec in specs() {
        let mut sampler = spec.bind(23, 5, Key::new("memory")).unwrap();
        let mut out = BatchBuffer::with_capacity(sampler.largest_batch());
        let place = (out.indices.as_ptr(), out.indices.capacity());
        for step in (0..50).chain([7, 3, 1 << 40, 0]) {
            sampler.fill(step, &mut out);
            assert_eq!((out.indices.as_ptr(), out.indices.capacity()), place, "{spec}, step {step}");
        }
    }
}
