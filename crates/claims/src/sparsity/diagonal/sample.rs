//! Runs of several seeds: numbers over them, their table, and curves of their medians.

use sgdlab_reports::figures::{Mark, Series};

use super::runs::{Course, Run, THRESHOLDS, median, quantile};
use crate::tools::drawing::line;
use crate::{Header, Outcome};

/// The runs of every seed, in the order of the lanes of their pack.
pub(super) type Seeds = [Vec<Run>];

/// A number of each seed's run at a normalized step, beside the seed's first run; NaN where the run has diverged.
pub(super) fn at(seeds: &Seeds, c: f64, number: impl Fn(&Run, &Run) -> f64) -> Vec<f64> {
    let lane = seeds[0].iter().position(|run| run.lane.c == c).expect("a step that was run");
    of_lane(seeds, lane, number)
}

/// The same for a lane by its number.
pub(super) fn of_lane(seeds: &Seeds, lane: usize, number: impl Fn(&Run, &Run) -> f64) -> Vec<f64> {
    let of_seed = |runs: &Vec<Run>| {
        let run = &runs[lane];
        if run.diverged_at.is_some() { f64::NAN } else { number(run, &runs[0]) }
    };
    seeds.iter().map(of_seed).collect()
}

/// The test loss over that of the seed's first run.
pub(super) fn ratio(run: &Run, reference: &Run) -> f64 {
    run.ratio(reference)
}

/// How many weights are above 10⁻³.
pub(super) fn support(run: &Run, _: &Run) -> f64 {
    run.last().support[0] as f64
}

/// ln(α²/|u² − v²|), the middle one of all coordinates.
pub(super) fn shrinking(run: &Run, _: &Run) -> f64 {
    let start = super::runs::ALPHA * super::runs::ALPHA;
    median(run.imbalance().into_iter().map(|now| (start / now).ln()))
}

/// The middle training loss while the step is large, but for the first tenth of the run.
pub(super) fn phase_loss(run: &Run, _: &Run) -> f64 {
    let end = run.last().step as f64;
    let large = end * run.lane.decay.unwrap_or(1.0);
    let phase = run.points.iter().filter(|point| point.step as f64 > 0.1 * end && point.step as f64 <= large);
    median(phase.map(|point| point.train))
}

/// Every run of an experiment.
pub(super) static RUNS: Header = Header {
    table: "runs",
    row: "one run: a seed, a sampler and a step",
    columns: &[
        ("seed", "which data, counted from 0"),
        ("sampler", "how batches are drawn"),
        ("batch_size", "terms of a batch"),
        ("steps", "updates"),
        ("c", "normalized step: the rate times ‖θ*‖₁"),
        ("decay_at", "when the rate is divided by 4, as a share of the run; empty if never"),
        ("diverged_at", "the measured step at which the loss had exceeded 10¹⁰; empty if it did not"),
        ("train", "1/(2n) Σ r² at the end, or before it diverged"),
        ("test", "½ ‖u∘v − θ*‖² there: the expected loss of new data"),
        ("test_ratio", "that over the test loss of SGD with c = 0.05 on the same data; NaN if one has diverged"),
        ("phase_loss", "median training loss while the rate is large, without the first tenth of the run"),
        ("l0_1e_3", "weights with |uⱼ vⱼ| > 10⁻³ at the end, or before it diverged"),
        ("l0_1e_6", "the same for 10⁻⁶"),
        ("l0_1e_50", "the same for 10⁻⁵⁰"),
        ("shrinking", "median over coordinates of ln(α²/|uⱼ² − vⱼ²|) at the end; NaN if it diverged"),
    ],
};

/// The rows of a course; `references` has the run of each seed that ratios refer to.
pub(super) fn rows(course: &Course<'_>, seeds: &Seeds, references: &[Run]) -> Vec<Vec<String>> {
    let (sampler, batch) = course.sampler;
    let some = |number: Option<String>| number.unwrap_or_default();
    let row = |seed: usize, run: &Run| {
        let gone = run.diverged_at.is_some();
        let last = run.last();
        let mut row = vec![seed.to_string(), sampler.to_owned(), batch.to_string(), course.steps.to_string()];
        row.extend([run.lane.c.to_string(), some(run.lane.decay.map(|at| at.to_string()))]);
        row.push(some(run.diverged_at.map(|step| step.to_string())));
        row.extend([last.train, last.test, run.ratio(&references[seed]), phase_loss(run, run)].map(|x| x.to_string()));
        row.extend(last.support.map(|count| count.to_string()));
        row.push(if gone { f64::NAN } else { shrinking(run, run) }.to_string());
        row
    };
    debug_assert_eq!(THRESHOLDS, [1e-3, 1e-6, 1e-50], "the names of the columns");
    seeds.iter().enumerate().flat_map(|(seed, runs)| runs.iter().map(move |run| row(seed, run))).collect()
}

/// Fills the table of one course whose first lane is the reference.
pub(super) fn tabulate(course: &Course<'_>, seeds: &Seeds, out: &mut Outcome) {
    out.tabulate(&RUNS, rows(course, seeds, &references(seeds)));
}

/// The first run of each seed.
pub(super) fn references(seeds: &Seeds) -> Vec<Run> {
    seeds.iter().map(|runs| runs[0].clone()).collect()
}

/// Numbers of the same seeds, one over the other.
pub(super) fn quotients(above: Vec<f64>, below: Vec<f64>) -> Vec<f64> {
    above.into_iter().zip(below).map(|(above, below)| above / below).collect()
}

/// Medians over seeds with the quartiles around them.
pub(super) fn medians(name: &str, style: usize, x: &[f64], of: &[Vec<f64>]) -> Series {
    let side = |share: f64| of.iter().map(|numbers| quantile(numbers.iter().copied(), share)).collect::<Vec<_>>();
    let band = Mark::Band { x: x.to_vec(), low: side(0.25), high: side(0.75) };
    let points = Mark::Points { x: x.to_vec(), y: side(0.5) };
    Series { name: name.to_owned(), style, marks: vec![band, line(x, side(0.5)), points] }
}
