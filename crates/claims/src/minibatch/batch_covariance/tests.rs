//! Numbers of the theory, and claims made false by the experiment's own functions with something wrong.

use super::*;
use crate::testing::{assert_near, each_claim_can_fail};

#[test]
fn traces_are_those_of_the_theory() {
    assert_near("tr S", trace(&spread()), 5.75, 1e-14);
    assert_near("best", law_of_norms(0.0), 4.719086, 2e-7);
    assert_near("half", law_of_norms(0.5), 5.049975, 2e-7);
    let two = all(2);
    let of = |name: &'static str| trace(&named(&two, name).next().unwrap().covariance(0, 0));
    assert_near("stratified", of("stratified"), 1.75, 1e-12);
    assert_near("without", of("per-batch"), 2.3, 1e-12);
    assert_near("with", of("with-replacement"), 2.875, 1e-12);
}

#[test]
fn every_claim_can_fail() {
    let two = all(2);
    let one = |name: &'static str| named(&two, name).next().unwrap();
    let wrong =
        |name: &'static str, of: &Matrix, factor: f64| Measured::of(apart(&one(name).covariance(0, 0), of, factor));
    let (with, reshuffle) = (one("with-replacement"), one("reshuffle"));
    let mixed = Enumerated { law: one("weighted, weights").law.clone(), steps: with.steps.clone(), ..all(2).remove(0) };
    let epoch = apart(&reshuffle.covariance(0, 1), &spread(), 0.0);
    let first = prefix(&reshuffle.steps[..2]);
    let independent = apart(&covariance(&first, &first), &spread(), 0.25);
    let correlation = trace(&with.covariance(0, 0)) / trace(&with.covariance(0, 0));
    let biased = furthest(mean(&one("weighted, weights").steps[0]), mean(&GRADIENTS));
    let unbiased = furthest(mean(&with.steps[0]), mean(&GRADIENTS));
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            ("catalogue", Measured::of(mixed.error_of_law()), "draws under the law of weighted draws"),
            ("unbiased", Measured::of(biased), "weighted draws without reweighting"),
            ("biased", Measured::of(unbiased), "independent draws"),
            ("with-replacement", wrong("per-batch", &spread(), 0.5), "subsets"),
            ("without-replacement", wrong("per-batch", &spread(), 4.0 / 12.0), "divisor N for N − 1"),
            ("epoch", Measured::of(epoch), "independent batches"),
            ("correlation", Measured::of(correlation).beside(-0.5), "the same batch twice"),
            ("prefix", Measured::of(independent), "independent batches"),
            ("independent-inclusion", wrong("poisson", &spread(), 2.0 / 6.0), "S for raw second moments"),
            ("importance-trace", Measured::of(5.75).beside(4.719086), "uniform draws"),
            ("importance-is-best", Measured::of(law_of_norms(0.0) / law_of_norms(0.5)), "half-uniform as the best"),
            ("half-uniform", Measured::of(2.5), "probabilities that leave a term out"),
            (
                "stratified",
                Measured::of(apart(&one("per-batch").covariance(0, 0), &by_strata(&[1, 1]), 1.0)),
                "subsets",
            ),
            ("neyman", Measured::of(0.0654 / 0.1854), "the allocation in proportion to sizes"),
        ],
    );
}
