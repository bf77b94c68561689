//! Step sizes, and claims that are made false on purpose.

use sgdlab_core::streams::Key;

use super::study::{Run, THREE_LAYERS, TWO_LAYERS};
use super::{ALL, decide_three_layers, decide_two_layers};
use crate::testing::{assert_near, each_claim_can_fail};
use crate::{Measured, Outcome};

#[test]
fn step_sizes_follow_the_square_root() {
    let arm = &THREE_LAYERS.arms[2];
    let lane = arm.lane(Vec::new());
    let schedule = lane.schedule.of_run(10_000, 50, 1);
    let rate = |step: u64| lane.rate * schedule.factor(step);
    for step in [0u64, 188, 750, 1500, 2999] {
        let expected = 0.04 * (1.0 + 5.0 * (step as f64 / 10_000.0).sqrt());
        assert_near(&format!("step {step}"), rate(step) / expected, 1.0, 0.02);
    }
    assert_near("afterwards", rate(3000) / (rate(2999) / 2.5), 1.0, 1e-3);
    assert_eq!(rate(3001), rate(9999));
    let constant = TWO_LAYERS.arms[0].lane(Vec::new());
    let schedule = constant.schedule.of_run(10_000, 50, 1);
    assert!([0, 4999, 5000, 9999].iter().all(|&step| schedule.factor(step) == 1.0));
}

/// Runs with these measures in all four arms.
fn alike(arms: [&'static str; 4], run: &Run) -> Vec<Run> {
    arms.into_iter().map(|arm| Run { arm, ..run.clone() }).collect()
}

fn failed(out: &Outcome) -> Vec<&'static str> {
    out.findings.iter().filter(|finding| !finding.holds()).map(|finding| finding.claim.name).collect()
}

/// Schedules that make no difference are told so.
#[test]
fn equal_arms_are_not_told_apart() {
    let run = TWO_LAYERS.run(Key::new("made false"), 0).swap_remove(0);
    assert!(run.usable && run.train < 1.0, "{run:?}");
    let mut out = Outcome::default();
    decide_two_layers(&alike(TWO_LAYERS.arms.map(|arm| arm.name), &run), &TWO_LAYERS, &mut out);
    let names = ["edge-of-divergence", "survivors-lower-rank", "survivors-sparser"];
    assert!(names.iter().all(|name| failed(&out).contains(name)), "{:?}", failed(&out));
    let mut out = Outcome::default();
    let still = Run { phase: run.train, ..run };
    decide_three_layers(&alike(THREE_LAYERS.arms.map(|arm| arm.name), &still), &THREE_LAYERS, &mut out);
    let names = ["sparser", "lower-rank", "loss-stabilizes"];
    assert!(names.iter().all(|name| failed(&out).contains(name)), "{:?}", failed(&out));
}

#[test]
fn every_claim_can_fail() {
    each_claim_can_fail(
        ALL,
        &[
            ("sparser", Measured::of(1.0), "small steps against themselves"),
            ("lower-rank", Measured::of(1.0), "small steps against themselves"),
            ("loss-stabilizes", Measured::of(1.0), "steps that are not made small"),
            ("most-fit", Measured::of(0.2), "steps five times as large"),
            ("edge-of-divergence", Measured::of(0.0), "the step 0.13"),
            ("below-the-edge", Measured::of(0.8), "the step 0.455"),
            ("survivors-sparser", Measured::of(1.0), "small steps against themselves"),
            ("survivors-lower-rank", Measured::of(1.0), "small steps against themselves"),
        ],
    );
}
