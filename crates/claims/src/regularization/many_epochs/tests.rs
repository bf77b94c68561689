//! Claims that are made false on purpose.

use super::*;
use crate::testing::each_claim_can_fail;

#[test]
fn every_claim_can_fail() {
    let neurons = two_neurons();
    let [dealt, drawn] = CASES.each_ref().map(|one| {
        let short = Case { epochs: &[2, 4, 8], ..DEALT };
        let one = if one.power == 3 { &short } else { one };
        let predicted = Predicted { scheme: one.scheme, factor: 2.0 }.feedback(&mut Terms::new(&neurons), TIME);
        case(&neurons, one, &predicted)
    });
    let (away, _) = feedback(&mut Terms::new(&neurons), Scheme::Drawn, (4, 0.0625));
    let of = |found: &[Found], what: fn(&Found) -> f64| Measured::of(slope(found, what));
    let size = 2.0 * drawn[2].ratio - drawn[1].ratio;
    each_claim_can_fail(
        EXPERIMENT.claims,
        &[
            ("exact-for-quadratics", Measured::of(length(&away, 0)), "neurons, which have third derivatives"),
            ("reshuffling-follows-second-order", of(&drawn, |found| found.modified), "independent draws"),
            ("plain-first-order", of(&dealt, |found| found.modified), "the modified loss"),
            ("feedback-of-reshuffling", of(&drawn, |found| found.feedback), "independent draws"),
            ("feedback-of-draws", of(&dealt, |found| found.feedback), "reshuffled terms"),
            ("feedback-size", Measured::of(size).beside(1.0), "twice the noise"),
            ("draws-leave-descent", of(&dealt, |found| found.modified), "reshuffled terms"),
            ("draws-follow-with-feedback", of(&drawn, |found| found.with_feedback), "twice the feedback"),
            ("spread-order", Measured::of(1.0).give_or_take(0.1).beside(3.0), "independent draws for reshuffled terms"),
        ],
    );
}
