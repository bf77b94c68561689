//! Step sizes, and claims that are made false on purpose.

use sgdlab_core::streams::Key;

use super::{ALL, LONG, Phase, SHORT, STEPS, decide, group, objective};
use crate::testing::{assert_near, each_claim_can_fail};
use crate::{Measured, Outcome};

#[test]
fn step_sizes_are_the_published_ones() {
    for (phase, [peak, after]) in [(SHORT, [2.28e-4, 9.12e-5]), (LONG, [2.01e-2, 6.70e-3])] {
        let lane = phase.lane(Vec::new());
        let schedule = lane.schedule.of_run(STEPS, 12, 1);
        let rate = |step: u64| lane.rate * schedule.factor(step);
        let end = (phase.share * STEPS as f64) as u64;
        assert_near("first", rate(0) * 1e4, 2.0, 1e-12);
        let share = 1000.0 / STEPS as f64;
        let within = if end > 1000 { 2e-4 * (1.0 + (400.0 * phase.share - 1.0) * share) } else { rate(1000) };
        assert_near("on the way", rate(1000) * 1e4, within * 1e4, 1e-9);
        assert_near("peak", rate(end) / peak, 1.0, 2e-3);
        assert_near("after", rate(end + 2) / after, 1.0, 2e-3);
        assert_eq!(rate(STEPS - 1), rate(end + 2));
    }
}

fn failing(phases: [Phase; 2]) -> Vec<&'static str> {
    let problem = objective();
    let runs = group(&problem, 0, Key::new("made false"), phases);
    let mut out = Outcome::default();
    decide(&runs, 1, &mut out);
    let mut failed: Vec<_> = out.findings.iter().filter(|f| !f.holds()).map(|f| f.claim.name).collect();
    failed.dedup();
    failed
}

/// Long phases of steps that are not large, and short ones of the peak of the long phase, change nothing.
#[test]
fn short_phases_against_each_other_are_not_told_apart() {
    let failed = failing([SHORT, Phase { divisor: 2.0, ..SHORT }]);
    for name in ["sparser", "ranges-apart", "few-kinks"] {
        assert!(failed.contains(&name), "{name} holds: {failed:?}");
    }
}

#[test]
fn every_claim_can_fail() {
    each_claim_can_fail(
        ALL,
        &[
            ("sparser", Measured::of(1.0), "a short phase in place of the long one"),
            ("ranges-apart", Measured::of(0.8), "ranges that overlap"),
            ("few-kinks", Measured::of(41.0), "a short phase in place of the long one"),
            ("many-kinks", Measured::of(7.0), "a long phase in place of the short one"),
            ("both-fit", Measured::of(0.4), "large steps to the end"),
            ("loss-stabilizes", Measured::of(1.3), "steps that are not made small"),
            ("none-diverges", Measured::of(3.0), "steps four times as large"),
        ],
    );
}
