//! Numbers of the theory, and claims made false by other schemes.

use sgdlab_core::streams::Key;

use super::*;
use crate::testing::{assert_near, each_claim_can_fail};

#[test]
fn errors_are_those_of_the_theory() {
    let orders = all_orders();
    let of = Parabolas::with(Drift::Zero);
    let expected = [5.3e-2, 5.5e-2, 8.4e-3, 3.3e-3, 8.0e-3, 1.4e-3, 9.8e-4];
    for (scheme, expected) in SCHEMES.into_iter().zip(expected) {
        let found = scheme.stationary(&of, &orders, 0.1).total();
        assert_near(scheme.name(), found / expected, 1.0, 0.02);
    }
}

#[test]
fn every_claim_can_fail() {
    let orders = all_orders();
    let (of, generic) = (Parabolas::with(Drift::Zero), Parabolas::with(Drift::Generic));
    let small = [rates()[7], rates()[8]];
    let parts = |scheme: Scheme, of: &Parabolas| small.map(|rate| scheme.stationary(of, &orders, rate));
    let total = |scheme: Scheme, of: &Parabolas| slope(&parts(scheme, of).map(Stationary::total));
    let bias = |scheme: Scheme, of: &Parabolas| slope(&parts(scheme, of).map(|part| part.mean * part.mean));
    let key = Key::new("false");
    let (ends, terms) = Scheme::Reshuffled.run(&of, 0.1, (1.0, 40), key);
    let (_, other) = Scheme::Reshuffled.run(&of, 0.1, (1.0, 40), key.child("other"));
    let once = Scheme::Once.stationary(&of, &orders, 0.1).total();
    let runs: Vec<f64> = (0..500)
        .map(|run: u32| Scheme::Reshuffled.run(&of, 0.1, (1.0, 40), key.child(&run.to_string())).0[39].powi(2))
        .collect();
    let mean = Mean::of(&runs);
    let through = |scheme: Scheme| Measured::of(f64::from(u8::from(scheme.goes_through(&terms, 8))));
    let ratio = Scheme::Reshuffled.stationary(&of, &orders, 0.1).total() / once;
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            (
                "power-of-the-error",
                Measured::of(total(Scheme::Reshuffled, &of) - 2.0),
                "reshuffling as if it were one order",
            ),
            ("power-of-the-error", Measured::of(total(Scheme::FlipFlopReshuffled, &generic) - 5.0), "a drift"),
            ("power-of-the-bias", Measured::of(bias(Scheme::Reshuffled, &generic) - 4.0), "a drift"),
            ("power-of-the-variance", Measured::of(total(Scheme::Once, &of) - 3.0), "one order as if it were new"),
            ("generic-bias", Measured::of(bias(Scheme::Reshuffled, &of) - 2.0), "no drift"),
            ("independent-draws", Measured::of(0.5), "η σ²/ā"),
            ("ranking", Measured::of(ratio), "reshuffling worse than one order"),
            ("orders-of-samplers", through(Scheme::Once), "reshuffling as if it were one order"),
            ("orders-of-samplers", through(Scheme::FlipFlopReshuffled), "reshuffling without reverses"),
            ("passes-of-runs", Measured::of(apart(&of, 0.1, &ends, &other)), "the orders of another run"),
            (
                "sampled",
                Measured::of(mean.value).beside(once).give_or_take(mean.error),
                "reshuffling as if it were one order",
            ),
        ],
    );
}
