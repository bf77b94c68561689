//! The listings of the slides as they are printed, beside what they mean.

use sgdlab_core::{Batch, Oracle, Settings};
use sgdlab_samplers::{Context, SamplerSpec};

use super::algorithms::{Algorithm, Batches, EPOCHS, START, descent};
use super::claims::{EMPTY_BATCH, LISTED_BATCHES, LISTED_COUNTER, LISTED_MOMENTUM};
use super::{Measurements, figures};
use crate::tools::course::Course;
use crate::tools::geometry::{minus, norm};
use crate::{Measured, Outcome};

/// Runs the listings and decides about them.
pub(super) fn run(measured: &Measurements, out: &mut Outcome) {
    let momentum = momentum(measured);
    let [listed, meant] = [momentum[EPOCHS], measured.momentum.run.path[EPOCHS]];
    let errors = measured.two.errors(&[listed, meant]);
    out.decide(&LISTED_MOMENTUM, "last error over 0.01", Measured::of(errors[0] / 1e-2));
    let ratio = 1e-6 / errors[1].max(f64::MIN_POSITIVE);
    out.decide(&LISTED_MOMENTUM, "corrected: 1e-6 over its last error", Measured::of(ratio));
    let batches = batches(measured);
    let updates = measured.mini_batch.run.updates;
    let distance = |at: [f64; 2]| norm(minus(at, measured.eight.optimum));
    let ratio = distance(batches[updates]) / distance(measured.mini_batch.run.path[EPOCHS]);
    out.decide(&LISTED_BATCHES, "distance from the optimum", Measured::of(ratio));
    let (points, size) = (measured.eight.problem.terms(), 3);
    let seen: usize = Batches::Counter(size).cycle(points).iter().flatten().map(Vec::len).sum();
    let lost = (size * points - seen) as f64;
    out.decide(&LISTED_COUNTER, "points that are lost", Measured::of(lost).beside(3.0));
    out.decide(&EMPTY_BATCH, "refused", Measured::of(f64::from(empty_batches_are_refused(points))));
    out.draw("listings", figures::listings(measured, &momentum, &batches));
}

/// Both velocities are fed with the slope in w, so that b moves by the velocity of w.
fn momentum(measured: &Measurements) -> Vec<[f64; 2]> {
    let Algorithm { rule, rate, .. } = &measured.momentum.algorithm;
    let objective = measured.two.objective();
    let mut oracle = Oracle::new(objective, 2);
    let course = Course { objective, rule: rule.clone(), rate: *rate, start: START };
    course.follow(EPOCHS as u64, |_, at, gradient| {
        oracle.gradient(at, Batch { scale: 2.0, ..Batch::of(&[0, 1]) }, gradient);
        gradient[1] = gradient[0];
    })
}

/// Sums go on from update to update and begin anew with an epoch.
fn batches(measured: &Measurements) -> Vec<[f64; 2]> {
    let cycle = measured.mini_batch.algorithm.batches.cycle(measured.eight.problem.terms());
    let epoch = &cycle[0];
    let objective = measured.eight.objective();
    let mut oracle = Oracle::new(objective, 2);
    let Algorithm { rule, rate, .. } = descent();
    let mut sum = [[0.0]; 2];
    Course { objective, rule, rate, start: START }.follow(
        measured.mini_batch.run.updates as u64,
        |step, at, gradient| {
            let place = step as usize % epoch.len();
            if place == 0 {
                sum = [[0.0]; 2];
            }
            let batch = &epoch[place];
            oracle.gradient(at, Batch { scale: batch.len() as f64, ..Batch::of(batch) }, gradient);
            sum.iter_mut().zip(gradient.iter()).for_each(|(sum, g)| sum[0] += g[0]);
            gradient.copy_from_slice(&sum);
        },
    )
}

fn empty_batches_are_refused(points: usize) -> bool {
    let chosen = ["reshuffle", "sequential", "with-replacement"];
    chosen.into_iter().all(|name| {
        let entry = sgdlab_samplers::entry(name).expect("a sampler");
        let sampler = SamplerSpec::new(&Settings::defaults(entry)).expect("its defaults");
        sampler.law(&Context::of(points), 0).is_err()
    })
}
