//! Exact parts against recorded numbers, and claims that are made false on purpose.

use super::*;
use crate::testing::{assert_near, each_claim_can_fail};

#[test]
fn every_claim_can_fail() {
    let objective = neurons(6);
    let slopes = slopes_of_the_map(&objective);
    assert_near("reshuffling", apart(&slopes, &drifts(&objective, Scheme::Dealt(1))), 0.0, 1e-4);
    let drawn = apart(&slopes, &drifts(&objective, Scheme::Drawn));
    let [corrected, plain] = errors(4, 0.005);
    let time = 0.02f64;
    let of_descent = minimum(&objective, Correction::NONE, SLOW).map(|x| x[0]);
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            ("gradient-is-the-drift", Measured::of(drawn), "independent draws, whose drift has no variance"),
            ("corrected-error-in-m", Measured::of(plain / time.powi(3)), "the plain flow"),
            ("plain-error-in-m", Measured::of(corrected / (time * 0.005)), "the corrected flow"),
            ("means-settle-there", Measured::of(settled(&objective, SLOW, of_descent)), "the minimum of the loss"),
        ],
    );
}
