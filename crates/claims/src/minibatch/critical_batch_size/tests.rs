//! Claims made false by other noise.

use super::*;
use crate::testing::{assert_near, each_claim_can_fail};

#[test]
fn parabolas_have_their_vertex() {
    let (rate, gain) = vertex(|x| 3.0 * x - 0.5 * x * x * 4.0, 0.3);
    assert_near("rate", rate, 0.75, 1e-14);
    assert_near("gain", gain, 1.125, 1e-14);
}

#[test]
fn a_bowl_has_the_gradient_of_its_population() {
    let (_, bowl) = six();
    // G = (0, 1.5): GᵀHG = 4.5, |G|² = 2.25.
    assert_near("rate", bowl.full().0, 0.5, 1e-14);
    assert_near("most", bowl.full().1, 0.5625, 1e-14);
    let gain = bowl.value(&[0.0; 2]) - bowl.value(&[0.0, -0.5 * 1.5]);
    assert_near("gain of the full gradient", gain, 0.5625, 1e-14);
}

#[test]
fn every_claim_can_fail() {
    let six = six();
    let (rate, most) = six.1.full();
    let found = vertex(|rate| mean_gain(&six, 2, true, rate), rate);
    let share = six.1.share(0.5);
    let bowl = many(Key::new("false"));
    let (grid_rate, grid_gain) = grid_search(|rate| bowl.gain(rate, 0.0), 2.0 * bowl.full().0);
    let descent = Descent::of(&bowl);
    let one = descent.cost(16.0).relative_to((1.0, 1.0));
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            (
                "best-rate",
                Measured::of(found.0 / (share * rate)).beside(1.0),
                "subsets under the law of independent draws",
            ),
            (
                "best-gain",
                Measured::of(found.1 / (share * most)).beside(1.0),
                "subsets under the law of independent draws",
            ),
            (
                "half-at-the-critical-size",
                Measured::of(mean_gain(&six, 2, true, 2.0 * share * rate) / (share * most)).beside(0.0),
                "subsets under the law of independent draws",
            ),
            ("grid-rate", Measured::of(grid_rate / (bowl.share(1.0) * bowl.full().0)), "no noise"),
            ("grid-gain", Measured::of(grid_gain / (bowl.share(1.0) * bowl.full().1)), "no noise"),
            ("hyperbola", Measured::of((1.0 / bowl.share(1.0) - 1.0) * (1.0 / bowl.share(1.0) - 1.0)), "E over steps"),
            ("whole-descents", Measured::of(one.product()), "steps and examples that are not over the fewest"),
            ("perfect-scaling", Measured::of(2.0), "the critical batch size itself"),
            ("wasted", Measured::of(2.0), "the critical batch size itself"),
        ],
    );
}
