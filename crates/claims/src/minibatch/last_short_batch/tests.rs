//! Claims made false by other policies and samplers.

use super::*;
use crate::testing::{assert_near, each_claim_can_fail};

#[test]
fn factors_by_hand() {
    // N = 7, B = 3, b = 1: keep (7 (2/3 + 1)/9 − 1)/6, drop 1/36, wrap 2 · 5/(81 · 6).
    assert_near("keep", of_epoch(Remainder::Keep), (7.0 * (5.0 / 3.0) / 9.0 - 1.0) / 6.0, 1e-15);
    assert_near("drop", of_epoch(Remainder::Drop), 1.0 / 36.0, 1e-15);
    assert_near("wrap", of_epoch(Remainder::Wrap), 10.0 / 486.0, 1e-15);
}

#[test]
fn every_claim_can_fail() {
    let population = population();
    let identity = [(0..TERMS as u32).collect::<Vec<_>>()];
    let keep = Enumerated::all(&population, Remainder::Keep);
    let fixed = Enumerated::of(&population, Remainder::Keep, &identity).epochs();
    let apart = difference(&population);
    let bias = fixed[0][0] - population.mean()[0];
    let short = errors(&keep.batches[2], &population, (1.0, (7.0 - 3.0) / (3.0 * 6.0))).1;
    let rescaled = errors(&fixed, &population, (1.0, 0.0)).0;
    let law = |name| spec((name, name, None), "drop").law(&Context::of(TERMS), BATCH).unwrap();
    let once = by_law(&law("shuffle-once"), &population, 8);
    let fresh = by_law(&law("reshuffle"), &population, 8);
    let key = sgdlab_core::streams::Key::new("false");
    let found = Mean::of(&sampled(&spec(SAMPLERS[1], "drop"), &population, 8, (key, 500)));
    let end = end_of_run(&population, "keep");
    let distance = (end[0] + population.mean()[0]).hypot(end[1] + population.mean()[1]);
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            ("short-batch", Measured::of(short), "the law of a whole batch"),
            ("unbiased", Measured::of(rescaled), "a fixed order"),
            ("epoch", Measured::of(errors(&keep.epochs(), &population, (1.0, 0.0)).1), "an epoch without noise"),
            ("rescaled-is-exact", Measured::of(rescaled), "a short batch that is kept"),
            ("fixed-order", Measured::of(bias).beside(-apart[0] / 7.0), "keep with the bias of drop"),
            ("many-epochs", Measured::of(once).beside(fresh), "one order as if it were new every time"),
            (
                "sampled",
                Measured::of(found.value).beside(fresh).give_or_take(found.error),
                "one order as if it were new",
            ),
            ("balanced-orders", Measured::of(apart_from_once(&population, "drop", key, "reshuffle")), "new orders"),
            ("runs-end-there", Measured::of(distance).beside(0.0), "no bias"),
        ],
    );
}
