//! Students under four schedules, as boxes.

use sgdlab_reports::figures::{Axis, Chart, Figure, Mark, Series};
use sgdlab_reports::statistics::quantile;

use super::study::{Arm, Run, Study, THREE_LAYERS, TWO_LAYERS};
use super::{compared, share};
use crate::{Header, Outcome};

pub(super) static RUNS: Header = Header {
    table: "runs",
    row: "one student under one schedule",
    columns: &[
        ("model", "three layers or two layers"),
        ("step", "first step size and time of the decay"),
        ("data_set", "a teacher with its inputs"),
        ("seed", "initial student, the same for all steps"),
        ("diverged", "whether a parameter is not finite at the end"),
        ("usable", "whether it is compared: finite, and half of the variance explained"),
        ("phase_loss", "median training error in the phase of large steps, over the variance of the answers"),
        ("train_loss", "mean (f - t)^2 of the training terms at the end, over the variance of the answers"),
        ("test_loss", "the same of the held-out terms"),
        ("feature_sparsity", "of the last hidden layer: non-zero activations of distinct units over all"),
        ("units_kept", "units that are neither dead nor repeated"),
        ("jac_rank", "singular values of the Jacobian above 1e-4 of the largest"),
    ],
};

pub(super) fn tabulate(studies: &[(&Study, &Vec<Run>)], out: &mut Outcome) {
    let rows = studies.iter().flat_map(|(study, runs)| {
        runs.iter().map(|run| {
            let words = [study.name.to_owned(), run.arm.to_owned(), run.set.to_string(), run.student.to_string()];
            let flags = [run.diverged, run.usable].map(|flag| f64::from(u8::from(flag)));
            let numbers = [run.phase, run.train, run.test, run.sparsity, run.kept, run.rank];
            words.into_iter().chain(flags.into_iter().chain(numbers).map(|x| x.to_string())).collect::<Vec<_>>()
        })
    });
    out.tabulate(&RUNS, rows);
}

/// The least that a logarithmic axis of errors shows: what is below stands there.
const FLOOR: f64 = 1e-6;

/// A box for each arm.
fn chart(title: &str, x: Axis, of: fn(&Run) -> f64, (runs, arms): (&[Run], &[Arm])) -> Chart {
    let boxed = |(at, arm): (usize, &Arm)| {
        let values: Vec<f64> = compared(runs, arm).into_iter().map(of).collect();
        let quantiles = [0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&values, q)).to_vec();
        let marks = if values.is_empty() { Vec::new() } else { vec![Mark::Box { at: at as f64, quantiles, values }] };
        Series { name: String::new(), style: at, marks }
    };
    Chart {
        title: title.to_owned(),
        x,
        y: Axis { names: arms.iter().map(|arm| arm.name.to_owned()).collect(), ..Axis::default() },
        series: arms.iter().enumerate().map(boxed).collect(),
        ..Chart::default()
    }
}

fn charts(runs: &[Run], study: &Study) -> Vec<Chart> {
    let of = (runs, &study.arms[..]);
    vec![
        chart("feature sparsity", Axis::new("share of activations", ""), |run| run.sparsity, of),
        chart("rank of the Jacobian", Axis::new("rank", ""), |run| run.rank, of),
        chart("held-out error", Axis::new("error / variance", "").log(), |run| run.test.max(FLOOR), of),
        chart("training error", Axis::new("error / variance", "").log(), |run| run.train.max(FLOOR), of),
    ]
}

fn note(runs: &[Run], study: &Study, what: &str) -> String {
    let shares = study.arms.iter().map(|arm| format!("{:.0} % at {}", 100.0 * share(runs, arm), arm.name));
    format!("{what}: {}.", shares.collect::<Vec<_>>().join("; "))
}

pub(super) fn three_layers(runs: &[Run]) -> Figure {
    let title = "Large steps leave students with fewer features and a lower rank";
    Figure::multiples(title, charts(runs, &THREE_LAYERS), 2)
        .with_subtitle(
            "Three layers, students of 10 and 10 units, teachers of 2 and 2; one box a schedule of the step.",
        )
        .with_note(&note(runs, &THREE_LAYERS, "Students that fit, which are shown"))
}

pub(super) fn two_layers(runs: &[Run]) -> Figure {
    let title = "At the edge of divergence few students survive, and these have few features";
    Figure::multiples(title, charts(runs, &TWO_LAYERS), 2)
        .with_subtitle("Two layers, students of 20 units, teachers of 3; one box a schedule of the step.")
        .with_note(&note(runs, &TWO_LAYERS, "Students that survive and fit, which are shown"))
}
