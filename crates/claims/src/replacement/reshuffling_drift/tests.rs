//! The closed form, and claims made false by other modified losses.

use sgdlab_core::streams::Key;

use super::*;
use crate::testing::{assert_near, each_claim_can_fail};

#[test]
fn minima_are_closed_forms() {
    for drift in [Drift::Largest, Drift::Generic] {
        let of = Parabolas::with(drift);
        for rate in [0.1, 4e-4] {
            let half = rate / 2.0;
            let closed = half * of.mean(|a, b| a * b) / (of.mean(|a, _| a) + half * of.mean(|a, _| a * a));
            assert_near("minimum", of_terms(&of, rate / 4.0) / closed, 1.0, 1e-10);
        }
    }
}

#[test]
fn every_claim_can_fail() {
    let orders = all_orders();
    let of = Parabolas::with(Drift::Largest);
    let mean = |scheme: Scheme, rate: f64| scheme.stationary(&of, &orders, rate).mean;
    let (exact, rate) = (mean(Scheme::Reshuffled, 4e-4), 4e-4);
    let doubled =
        [0.1 / 128.0, 0.1 / 256.0].map(|rate| mean(Scheme::Reshuffled, rate) / of_terms(&of, rate / 2.0) - 1.0);
    let zero = Parabolas::with(Drift::Zero);
    let totals = [0.1 / 128.0, 0.1 / 256.0].map(|rate| Scheme::Reshuffled.stationary(&zero, &orders, rate).total());
    let runs: Vec<f64> = (0..2000)
        .map(|run: u32| Scheme::Reshuffled.run(&of, 0.1, (0.0, 40), Key::new(&run.to_string())).0[39])
        .collect();
    let found = Mean::of(&runs);
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            ("minimum-of-the-modified-loss", Measured::of(exact / of_terms(&of, rate / 2.0)), "η/2 for η/4"),
            ("minimum-of-the-modified-loss", Measured::of(exact / of_terms(&of, -rate / 4.0)), "the other sign"),
            ("first-order", Measured::of(slope(&doubled.map(f64::abs))), "η/2 for η/4"),
            ("independent-draws-have-none", Measured::of(exact), "reshuffling"),
            ("drift-wins", Measured::of(slope(&totals)), "no drift"),
            (
                "not-the-gradient-of-the-mean",
                Measured::of(of_terms(&of, rate / 4.0) / exact),
                "the loss of reshuffling",
            ),
            ("sampled", Measured::of(found.value).beside(0.0).give_or_take(found.error), "the minimum of F"),
        ],
    );
}
