//! Prefix norms by hand, and claims made false by random orders.

use super::*;
use crate::testing::{assert_near, each_claim_can_fail};

#[test]
fn prefix_norms_by_hand() {
    let of = Population::new(vec![3.0, 4.0, -3.0, -4.0, 1.0, 0.0, -1.0, 0.0], 2);
    assert_near("in pairs", herding(&of, &[0, 1, 2, 3]), 5.0, 1e-15);
    assert_near("together", herding(&of, &[0, 2, 1, 3]), 32f64.sqrt(), 1e-15);
}

#[test]
fn every_claim_can_fail() {
    let setting = Setting { quick: true, key: Key::new("false") };
    let size = Size::of(&setting, (400, 16));
    let share = |mean: &Mean| Measured::of(mean.value / size.random.value);
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            ("random-orders", Measured::of(size.mean[6].value / 20.0), "balanced orders"),
            ("balanced-in-16", share(&size.mean[0]), "the first, random order"),
            ("balanced-in-128", share(&size.mean[0]), "the first, random order"),
            ("every-pass-helps", Measured::of(size.mean[10].value / size.mean[9].value), "passes at the floor"),
            ("balanced-pairs", share(&size.pair[0]), "the first, random order"),
            ("does-not-grow", Measured::of(2.0), "random orders"),
        ],
    );
}
