//! Numbers of the theory, and claims made false by other schemes.

use super::many_terms::best;
use super::*;
use crate::testing::{assert_near, each_claim_can_fail};

#[test]
fn errors_are_those_of_the_theory() {
    let orders = all_orders();
    for (scheme, expected) in [(Scheme::With, 4.59e-2), (Scheme::Once, 8.44e-3), (Scheme::Reshuffled, 4.49e-3)] {
        let found = Best::of(Drift::Generic, scheme, 4, &orders).error;
        assert_near(scheme.name(), found / expected, 1.0, 2e-3);
    }
}

#[test]
fn every_claim_can_fail() {
    let (of, orders) = (Parabolas::with(Drift::Zero), all_orders());
    let both = |scheme: Scheme| [4, 8].map(|epochs| Best::of(Drift::Zero, scheme, epochs, &orders));
    let (with, once) = (both(Scheme::With), both(Scheme::Once));
    let power = powers(&[&with[0], &with[1]])[0];
    let key = sgdlab_core::streams::Key::new("false");
    let independent = best(Scheme::With, &of, (key, 64)).0 / best(Scheme::With, &of, (key.child("other"), 64)).0;
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            ("order-of-methods", Measured::of(once[0].error / with[0].error), "the other way around"),
            ("slopes", Measured::of(power - 1.4), "independent draws as one order"),
            ("slopes-rise", Measured::of(-0.1), "powers that fall"),
            ("any-number-of-terms", Measured::of(independent), "independent draws twice"),
            ("best-rate-is-inside", Measured::of(59.0), "an end of the grid"),
        ],
    );
}

#[test]
fn an_error_without_steps_is_the_start() {
    let (of, orders) = (Parabolas::with(Drift::Zero), all_orders());
    for (scheme, ..) in METHODS {
        assert_near(scheme.name(), scheme.after(4, &of, &orders, 1e-12), 1.0, 1e-9);
    }
}
