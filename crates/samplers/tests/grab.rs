//! The order that gradients choose, by hand.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{fill, variant};
use sgdlab_core::streams::Key;
use sgdlab_samplers::{Context, Sampler};

fn sampler(balance: &str, terms: usize, batch: usize) -> Box<dyn Sampler> {
    let context = Context { parameters: 1, ..Context::of(terms) };
    variant("grab", &[("balance", balance)]).bind(&context, batch, Key::new("grab")).unwrap()
}

/// Orders of epochs after the first, as numbers of batches of the first; batch b has the gradient `gradients[b]`.
fn orders(balance: &str, gradients: &[f64], epochs: u64) -> Vec<Vec<usize>> {
    let m = gradients.len();
    let mut sampler = sampler(balance, 2 * m, 2);
    let mut first = Vec::new();
    let mut orders = Vec::new();
    for epoch in 0..epochs {
        let mut order = Vec::new();
        for k in 0..m as u64 {
            let step = epoch * m as u64 + k;
            let indices = fill(&mut *sampler, step).indices;
            if epoch == 0 {
                first.push(indices.clone());
            }
            let batch = first.iter().position(|known| *known == indices).expect("a batch of the first epoch");
            sampler.observe(step, &[gradients[batch]]);
            order.push(batch);
        }
        orders.push(order);
    }
    orders.split_off(1)
}

/// Mean: s = 0, −1, 1, 0, −3 sends the batches back, front, front, back; then the mean is 5/4, and
/// s = 0, −¾, 3/2, −¼, 0 sends all back.
#[test]
fn means_are_balanced_as_by_hand() {
    assert_eq!(orders("mean", &[1.0, 2.0, -1.0, 3.0], 3), [[1, 2, 3, 0], [0, 3, 2, 1]]);
}

/// Pairs: c = −1 with s = 0 is subtracted: the second goes first; c = −4 with s = 1 is added: the first goes first.
/// Then c = 3 with s = 0 is subtracted, and c = 2 with s = −3 is added.
#[test]
fn pairs_are_balanced_as_by_hand() {
    assert_eq!(orders("pair", &[1.0, 2.0, -1.0, 3.0], 3), [[1, 2, 3, 0], [2, 3, 0, 1]]);
    // The fifth has no partner and takes the place between.
    assert_eq!(orders("pair", &[1.0, 2.0, -1.0, 3.0, 7.0], 2), [[1, 2, 4, 3, 0]]);
}

#[test]
fn every_epoch_visits_every_term_once() {
    for balance in ["mean", "pair"] {
        for (terms, batch) in [(12, 3), (13, 3), (7, 1), (5, 5)] {
            let mut sampler = sampler(balance, terms, batch);
            let m = sampler.batches_per_epoch();
            for epoch in 0..6 {
                let mut seen = Vec::new();
                for step in epoch * m..(epoch + 1) * m {
                    seen.extend(fill(&mut *sampler, step).indices);
                    sampler.observe(step, &[(step as f64 * 1.7).rem_euclid(3.1) - 1.5]);
                }
                seen.sort_unstable();
                assert_eq!(seen, (0..terms as u32).collect::<Vec<_>>(), "{balance}, {batch} of {terms}");
            }
        }
    }
}

#[test]
fn the_first_epoch_is_that_of_shuffle_once() {
    let mut once = common::bind(&common::spec("shuffle-once", None), 10, 4, Key::new("grab")).unwrap();
    let mut grab = sampler("mean", 10, 4);
    for step in 0..3 {
        assert_eq!(fill(&mut *grab, step), fill(&mut *once, step));
    }
}

#[test]
fn epochs_that_are_not_known_are_refused() {
    let refused = |f: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(f)).is_err();
    let mut grab = sampler("mean", 6, 2);
    assert!(refused(&mut || drop(fill(&mut *grab, 3))), "the first epoch was not seen");
    assert!(refused(&mut || grab.observe(1, &[0.0])), "the first step was not seen");
    assert!(refused(&mut || grab.observe(0, &[0.0, 0.0])), "two slopes for one parameter");
    (0..3).for_each(|step| grab.observe(step, &[1.0]));
    assert!(!refused(&mut || drop(fill(&mut *grab, 3))));
    assert!(refused(&mut || drop(fill(&mut *grab, 2))), "the epoch before is gone");
}
