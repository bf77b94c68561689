//! Claims made false by the wrong targets.

use super::*;
use crate::testing::{assert_near, each_claim_can_fail};

#[test]
fn expectations_of_six_gradients_by_hand() {
    // |G|² = 0 + 1.5², tr S = 5.75.
    let six = Population::new(vec![1.0, 2.0, -3.0, 0.5, 0.0, 4.0, 2.5, -1.0, 0.5, 0.5, -1.0, 3.0], 2);
    let (norm, trace) = moments(&six);
    assert_near("|G|²", norm, 2.25, 1e-14);
    assert_near("tr S", trace, 5.75, 1e-14);
    assert_near("|ĝ|² of one", mean_square(&six, 1, false), 8.0, 1e-14);
    assert_near("|ĝ|² of all", mean_square(&six, 6, true), 2.25, 1e-14);
}

#[test]
fn every_claim_can_fail() {
    let key = Key::new("false");
    let population = population(key);
    let (norm, trace) = moments(&population);
    let of = |kind: usize| Estimates::of(&population, KINDS[kind], (key, 60_000));
    let (with, without) = (of(0), of(2));
    let z = |of: &Estimates| (Mean::of(&of.norms).value - norm) / Mean::of(&of.norms).error;
    let mean = Mean::of(&without.norms);
    let face = Measured::of(mean.value).beside(norm).give_or_take(mean.error);
    let exact = expected((norm, trace), None).1;
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            ("diversity", Measured::of(diversity(&population)).beside(trace / norm), "without the 1"),
            ("expectations", Measured::of(exact).beside(exact * 400.0 / 399.0), "a law with divisor N − 1"),
            ("two-batches", face, "draws without replacement at face value"),
            ("naive-target", Measured::of(z(&with)), "independent draws"),
            ("negative-estimates", Measured::of(0.0), "estimates of something positive"),
            (
                "signal-to-noise",
                Measured::of(0.91).beside(0.58).give_or_take(0.005),
                "the other sampler's law at B = 16",
            ),
            ("while-training", Measured::of(300.0).beside(2000.0).give_or_take(20.0), "the scale of another step"),
            ("grows", Measured::of(1.0), "gradients that do not vanish"),
        ],
    );
}
