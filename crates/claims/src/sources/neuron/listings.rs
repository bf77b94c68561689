//! The listings of the slides as they are printed, beside what they mean.

use sgdlab_core::{Batch, Oracle};
use sgdlab_samplers::Context;

use super::algorithms::{Algorithm, Batches, EPOCHS, Neuron, START, descent};
use super::claims::*;
use super::{Measurements, figures};
use crate::tools::course::Course;
use crate::tools::geometry::{minus, norm};
use crate::tools::sampler::sampler_spec;
use crate::{Measured, Outcome};

/// How the slides print the neuron, which no interpreter accepts, and how it is meant.
const SIGMOID: [(&str, &str); 2] = [
    ("as printed", "return 1.0 / (1.0 + np.exp(-(w*x + b))"),
    ("corrected", "return 1.0 / (1.0 + np.exp(-(w*x + b)))"),
];

/// A listing beside what it means.
pub(super) struct Listing<'a> {
    pub(super) title: &'static str,
    pub(super) neuron: &'a Neuron,
    /// What is drawn of the plane of w and b.
    pub(super) window: [[f64; 2]; 2],
    pub(super) meant: Vec<[f64; 2]>,
    pub(super) listed: Vec<[f64; 2]>,
}

/// Runs the listings and decides about them.
pub(super) fn run(measured: &Measurements, out: &mut Outcome) {
    for ((words, listing), open) in SIGMOID.into_iter().zip([1.0, 0.0]) {
        out.decide(&LISTED_SIGMOID, words, Measured::of(left_open(listing)).beside(open));
    }
    let momentum = momentum(measured);
    let [listed, meant] = [momentum[EPOCHS], measured.momentum.run.path[EPOCHS]];
    let errors = measured.two.errors(&[listed, meant]);
    out.decide(&LISTED_MOMENTUM, "last error over 0.01", Measured::of(errors[0] / 1e-2));
    let ratio = 1e-6 / errors[1].max(f64::MIN_POSITIVE);
    out.decide(&LISTED_MOMENTUM, "corrected: 1e-6 over its last error", Measured::of(ratio));
    for (batch, single) in [&measured.descent, &measured.momentum, &measured.nag].into_iter().zip(&measured.stochastic)
    {
        let words = single.algorithm.words;
        out.decide(&LISTED_STOCHASTIC, words, farthest(&stochastic(measured, &single.algorithm), &batch.run.path));
        out.decide(&MEANT_STOCHASTIC, words, farthest(&single.run.path, &batch.run.path));
    }
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
    let cut = |batches: Batches| measured.eight.run(&Algorithm { batches, ..descent() }, START, EPOCHS).path;
    let listing = |(title, window), neuron, meant: &[[f64; 2]], listed| Listing {
        title,
        neuron,
        window,
        meant: meant.to_vec(),
        listed,
    };
    let [_, single, _] = &measured.stochastic;
    let near = [[-2.3, 1.5], [-2.8, -0.6]];
    out.draw(
        "listings",
        figures::listings(&[
            listing(
                ("momentum that moves b by the velocity of w", [[-6.0, 6.0]; 2]),
                &measured.two,
                &measured.momentum.run.path,
                momentum,
            ),
            listing(
                ("stochastic momentum with one update an epoch", [[-3.0, 4.5], [-6.0, 1.0]]),
                &measured.two,
                &single.run.path,
                stochastic(measured, &single.algorithm),
            ),
            listing(("sums that are not cleared", near), &measured.eight, &measured.mini_batch.run.path, batches),
            listing(
                ("a counter that loses points", near),
                &measured.eight,
                &cut(Batches::Keep(3)),
                cut(Batches::Counter(3)),
            ),
        ]),
    );
}

/// Parentheses that are opened and not closed.
fn left_open(listing: &str) -> f64 {
    let count = |which: char| listing.chars().filter(|c| *c == which).count() as f64;
    count('(') - count(')')
}

/// The largest distance of two paths.
fn farthest(a: &[[f64; 2]], b: &[[f64; 2]]) -> Measured {
    Measured::of(a.iter().zip(b).map(|(a, b)| norm(minus(*a, *b))).fold(0.0, f64::max))
}

/// The stochastic listings: a loop over points adds up slopes, and what should be in it, the update, stands after it.
fn stochastic(measured: &Measurements, Algorithm { rule, rate, .. }: &Algorithm) -> Vec<[f64; 2]> {
    let objective = measured.two.objective();
    let mut oracle = Oracle::new(objective, 1);
    let course = Course { objective, rule: rule.clone(), rate: *rate, start: START };
    course.follow(EPOCHS as u64, |_, at, gradient| {
        let (mut sum, mut single) = ([[0.0]; 2], [[0.0]; 2]);
        for point in 0..2 {
            oracle.gradient(at, Batch::of(&[point]), &mut single);
            sum.iter_mut().zip(&single).for_each(|(sum, g)| sum[0] += g[0]);
        }
        gradient.copy_from_slice(&sum);
    })
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
    chosen.into_iter().all(|name| sampler_spec(name, []).law(&Context::of(points), 0).is_err())
}
