//! Claims made false by other samplers' laws and by biased estimates.

use super::*;
use crate::testing::each_claim_can_fail;

#[test]
fn every_claim_can_fail() {
    let key = Key::new("false");
    let known = Known::of(population(key));
    let ways = catalogue();
    let way = |name: &str| ways.iter().find(|way| way.name == name).unwrap();
    let size = |name: &str, batch: usize| Size::of(way(name), &known, batch, (key, 2000));
    let (with, without) = (size("with-replacement", 256), size("reshuffle", 256));
    let variance = Measured::of(without.variance).beside(with.law.1).give_or_take(without.error);
    let weighted = size("weighted, gradient-norms", 64);
    let mean = known.population.mean()[0];
    let unequal = Measured::of(weighted.mean).beside(mean).give_or_take(weighted.error_of_mean());
    let text = |batch: usize| known.population.variances()[0] / batch as f64;
    let setting = Setting { quick: true, key };
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            ("variance", variance, "a random order under the law of independent draws"),
            ("mean", unequal, "weighted draws as if they were unbiased"),
            ("no-noise", Measured::of(differences(way("reshuffle"), &known, 4, &setting)), "random orders"),
            ("text-is-too-large", Measured::of(with.variance / text(256)), "independent draws"),
            ("order-helps", Measured::of(size("per-batch", 64).variance / text(64)), "subsets, which know no order"),
            ("order-harms", Measured::of(size("per-batch", 64).variance / text(64)), "subsets, which know no order"),
        ],
    );
}
