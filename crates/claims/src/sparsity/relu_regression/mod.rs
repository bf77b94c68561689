//! Twelve points and a hundred relu units: a long phase of large steps leaves the kinks that the points need.

mod claims;
mod figures;
mod measures;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use sgdlab_core::streams::{Key, Uniform};
use sgdlab_core::{Value, WIDTH};
use sgdlab_objectives::{Problem, Stored};
use sgdlab_reports::statistics::median;

use self::claims::*;
use self::measures::{MEASURES, Measure, Measures};
use crate::sparsity::networks::{network, whole_square, word};
use crate::tools::pack::{Lane, Pack, chained, lane, schedule};
use crate::tools::problem::problem;
use crate::{Experiment, Measured, Outcome, Setting, Truth};

/// The experiment.
pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "relu-regression",
    title: "Twelve points, a hundred relu units, six kinks",
    sentence: "SGD with large steps learns sparse features: a long phase of large steps leaves a network that uses few of \
               its units.",
    reference: "Andriushchenko, Varre, Pillaud-Vivien and Flammarion (2023), SGD with large step sizes learns sparse \
                features, ICML, section 4: two-layer networks in one dimension, with the published code",
    statement: "f(x) = Σⱼ aⱼ relu(wⱼ x + bⱼ) with 100 units and no other bias; loss (1/12) Σᵢ (f(xᵢ) − yᵢ)², without ½; \
                SGD on one point a step, drawn with replacement. The step is g₀ (1 + (400 s − 1) t/T) up to t = s T, \
                g₀ = 0.0002, and the one reached there over q afterwards: s = 2 % and q = 2.5 (short), or s = 50 % and \
                q = 3 (long). Feature sparsity: share of activations that are not 0, after units that are dead, or \
                correlate by more than 0.999 with another that is still counted, are dropped.",
    setup: "Initial weights w = ±2.5, b normal with deviation 2.5, a normal with deviation 4. T = 31 623 steps; the \
            step is largest with 0.00023 (short) and 0.020 (long), and ends with 0.000091 and 0.0067. Eight initial \
            points a group, each with both phases; 4 groups, one with --quick.",
    exactness: "Sampled: a group of eight initial points, whose runs share the order of points; groups differ in both. \
                The Jacobian is that of the output at 300 inputs drawn between the first and the last point; ranks count \
                singular values above 0.0001 of the largest.",
    limits: "What is compared are schedules, which differ in the length of the large steps, in their size and in the \
             steps at the end; each alone is not told apart here. Kinks count if the slope changes by more than 5 % of \
             the largest change, and those nearer than 0.02 are one.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&figures::RUNS, &figures::COURSES],
    run,
};

/// Steps of a run.
const STEPS: u64 = 31_623;

/// The first step size, and how it would grow over the whole run.
const FIRST: f64 = 2e-4;
const GROWTH: f64 = 400.0;

/// Initial points of a group.
const SEEDS: usize = 8;

/// How often a course is looked at.
const EVERY: u64 = 300;

/// How long steps are large, as a share of the run, and what they are divided by then.
#[derive(Clone, Copy, Debug)]
struct Phase {
    name: &'static str,
    share: f64,
    divisor: f64,
}

const SHORT: Phase = Phase { name: "short", share: 0.02, divisor: 2.5 };
const LONG: Phase = Phase { name: "long", share: 0.5, divisor: 3.0 };

impl Phase {
    /// The largest step size.
    fn peak(self) -> f64 {
        FIRST * (1.0 + (GROWTH * self.share - 1.0) * self.share)
    }

    /// The run whose step sizes these are.
    fn lane(self, start: Vec<f64>) -> Lane {
        let rise = [
            ("initial", Value::Number(FIRST / self.peak())),
            ("final", Value::Number(1.0)),
            ("over", Value::Number(self.share)),
        ];
        let drop = [("gamma", Value::Number(1.0 / self.divisor)), ("at", Value::Number(self.share))];
        let schedule = chained(vec![schedule("linear", rise), schedule("large-then-drop", drop)]);
        Lane { start, rate: self.peak(), schedule }
    }
}

/// A run, as it ends and as it was on the way.
struct Run {
    phase: Phase,
    group: usize,
    seed: usize,
    at: Vec<f64>,
    end: Measures,
    course: Vec<(u64, Measures)>,
}

impl Run {
    fn diverged(&self) -> bool {
        !self.end.loss.is_finite()
    }

    /// The median loss in the phase of large steps, after its first 30 %.
    fn loss_of_phase(&self) -> f64 {
        let [low, high] = [0.3, 1.0].map(|part| part * self.phase.share * STEPS as f64);
        let inside = self.course.iter().filter(|(step, _)| (low..high).contains(&(*step as f64)));
        median(&inside.map(|(_, measures)| measures.loss).collect::<Vec<_>>())
    }
}

fn objective() -> Problem {
    problem(
        "mlp-regression",
        [
            ("loss", whole_square()),
            ("biases", word("first")),
            ("weight-deviations", Value::Numbers(vec![2.5, 4.0])),
            ("first-weights", word("signs")),
            ("bias-law", word("normal")),
            ("bias-scale", Value::Number(2.5)),
        ],
    )
}

/// The runs of one group: the first phase from each initial point, then the second.
fn group(problem: &Problem, number: usize, key: Key, phases: [Phase; 2]) -> Vec<Run> {
    let network = network(Some(f64::model(problem)));
    let key = key.child(&format!("relu regression, group {number}"));
    let starts: Vec<_> = (0..SEEDS).map(|seed| problem.initial(key.child(&format!("seed {seed}")))).collect();
    let lanes: Vec<Lane> =
        phases.iter().flat_map(|phase| starts.iter().map(|start| phase.lane(start.clone()))).collect();
    let pack = Pack {
        objective: f64::model(problem).objective::<WIDTH>(),
        lanes,
        sampler: "with-replacement",
        batch: 1,
        steps: STEPS,
        key: key.child("points"),
    };
    let mut courses: Vec<Vec<(u64, Measures)>> = vec![Vec::new(); 2 * SEEDS];
    let end = pack.run(|step, at| {
        if step.is_multiple_of(EVERY) {
            for (l, course) in courses.iter_mut().enumerate() {
                course.push((step, Measures::of(network, &lane(at, l), &starts[l % SEEDS], None)));
            }
        }
    });
    let points = network.inputs();
    let ends = Uniform { low: points[0], high: points[points.len() - 1] };
    let inputs: Vec<f64> =
        rand::distr::Distribution::sample_iter(ends, key.child("inputs").stream(0)).take(300).collect();
    let run = |(l, course): (usize, Vec<(u64, Measures)>)| {
        let at = lane(&end, l);
        let start = &starts[l % SEEDS];
        let end = Measures::of(network, &at, start, Some(&inputs));
        Run { phase: phases[l / SEEDS], group: number, seed: l % SEEDS, at, end, course }
    };
    courses.into_par_iter().enumerate().map(run).collect()
}

/// The smallest number of the larger side over the largest of the smaller side: above 1 the ranges are apart.
fn gap(short: &[&Run], long: &[&Run], measure: &Measure) -> f64 {
    let [more, less] = if measure.grows { [long, short] } else { [short, long] };
    let of = |runs: &[&Run]| runs.iter().map(|run| (measure.of)(&run.end)).collect::<Vec<_>>();
    let smallest = of(more).into_iter().fold(f64::INFINITY, f64::min);
    smallest / of(less).into_iter().fold(f64::NEG_INFINITY, f64::max)
}

fn decide(runs: &[Run], groups: usize, out: &mut Outcome) {
    let side = |which: usize, group: Option<usize>| -> Vec<&Run> {
        let own = |run: &&Run| group.is_none_or(|group| run.group == group);
        runs.chunks(SEEDS).skip(which).step_by(2).flatten().filter(own).collect()
    };
    let [short, long] = [0, 1].map(|which| side(which, None));
    let of_median = |runs: &[&Run], of: fn(&Run) -> f64| median(&runs.iter().map(|run| of(run)).collect::<Vec<_>>());
    let diverged = runs.iter().filter(|run| run.diverged()).count();
    out.decide(&NONE_DIVERGES, "diverged runs", Measured::of(diverged as f64));
    let ratio = of_median(&long, |run| run.end.sparsity) / of_median(&short, |run| run.end.sparsity);
    out.decide(&SPARSER, "long over short", Measured::of(ratio));
    for measure in &MEASURES {
        let gaps = (0..groups).map(|group| gap(&side(0, Some(group)), &side(1, Some(group)), measure));
        out.decide(&APART, measure.name, Measured::of(gaps.fold(f64::INFINITY, f64::min)));
    }
    let kinks = |runs: &[&Run]| runs.iter().map(|run| run.end.kinks).collect::<Vec<_>>();
    out.decide(&FEW_KINKS, "most after long", Measured::of(kinks(&long).into_iter().fold(0.0, f64::max)));
    out.decide(
        &MANY_KINKS,
        "fewest after short",
        Measured::of(kinks(&short).into_iter().fold(f64::INFINITY, f64::min)),
    );
    for (name, side) in [("short", &short), ("long", &long)] {
        out.decide(&FITS, name, Measured::of(of_median(side, |run| run.end.loss)));
    }
    let fall = of_median(&long, |run| run.loss_of_phase() / run.end.loss);
    out.decide(&STABILIZES, "long", Measured::of(fall));
}

fn run(setting: &Setting, out: &mut Outcome) {
    let groups = setting.choose(1, 4);
    let problem = objective();
    let runs: Vec<Run> = (0..groups)
        .into_par_iter()
        .flat_map_iter(|number| group(&problem, number, setting.key, [SHORT, LONG]))
        .collect();
    decide(&runs, groups, out);
    figures::tabulate(&runs, out);
    out.draw("fits", figures::fits(network(Some(f64::model(&problem))), &runs));
    out.draw("courses", figures::courses(&runs));
    out.draw("measures", figures::measures(&runs));
}
