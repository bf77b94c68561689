//! Functions through the points, and how sparsity comes about.

use sgdlab_objectives::Network;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};
use sgdlab_reports::statistics::{median, quantile};

use super::measures::{MEASURES, Measures};
use super::{LONG, Run, SEEDS, STEPS};
use crate::tools::drawing::line;
use crate::tools::grid::positions;
use crate::{Header, Outcome};

pub(super) static RUNS: Header = Header {
    table: "runs",
    row: "one run",
    columns: &[
        ("group", "runs of a group share the order of points"),
        ("seed", "initial point within the group; both phases begin there"),
        ("phase", "short or long"),
        ("decay_frac", "share of the run that steps are large"),
        ("diverged", "whether the last loss is not finite"),
        ("phase_loss", "median loss after 30 % of the phase of large steps: (1/12) Σ (f − y)²"),
        ("train_loss", "the same loss at the end"),
        ("feature_sparsity", "share of non-zero activations after dropping dead and repeated units"),
        ("units_kept", "units that are neither dead nor repeated, of 100"),
        ("active_fraction", "share of non-zero activations of all units"),
        ("nuclear_norm", "sum of the singular values of the hidden layer times the weights behind it"),
        ("pattern_distance", "share of units and points that became active or inactive since the beginning"),
        ("jac_rank", "singular values of the Jacobian above 1e-4 of the largest"),
        ("kinks", "changes of the slope above 5 % of the largest"),
        ("path_norm", "Σ |a w|"),
    ],
};

pub(super) static COURSES: Header = Header {
    table: "courses",
    row: "one run at one time",
    columns: &[
        ("group", "as in runs"),
        ("seed", "as in runs"),
        ("phase", "short or long"),
        ("iter", "steps done"),
        ("train_loss", "(1/12) Σ (f − y)²"),
        ("feature_sparsity", "as in runs"),
        ("active_fraction", "as in runs"),
        ("kinks", "as in runs"),
    ],
};

pub(super) fn tabulate(runs: &[Run], out: &mut Outcome) {
    let name = |run: &Run| [run.group.to_string(), run.seed.to_string(), run.phase.name.to_owned()];
    let row = |run: &Run| {
        let numbers = [run.phase.share, f64::from(u8::from(run.diverged())), run.loss_of_phase(), run.end.loss];
        let measures = MEASURES.iter().map(|measure| (measure.of)(&run.end));
        name(run).into_iter().chain(numbers.into_iter().chain(measures).map(|x| x.to_string())).collect::<Vec<_>>()
    };
    out.tabulate(&RUNS, runs.iter().map(row));
    let rows = runs.iter().flat_map(|run| {
        run.course.iter().map(move |(step, now)| {
            let numbers = [*step as f64, now.loss, now.sparsity, now.active, now.kinks];
            name(run).into_iter().chain(numbers.map(|x| x.to_string())).collect::<Vec<_>>()
        })
    });
    out.tabulate(&COURSES, rows);
}

/// The function of a run on a fine grid.
fn function(network: &Network<f64>, run: &Run) -> [Vec<f64>; 2] {
    let points = network.inputs();
    let x = positions([points[0], points[points.len() - 1]], 400);
    let y = network.respond(&run.at, &x).swap_remove(1);
    [x, y]
}

/// What three seeds make of the points after each phase.
pub(super) fn fits(network: &Network<f64>, runs: &[Run]) -> Figure {
    let points = Mark::Points { x: network.inputs().to_vec(), y: network.numbers().expect("a regression").to_vec() };
    let chart = |(number, of_phase): (usize, &[Run])| {
        let drawn = of_phase.iter().take(3).enumerate().map(|(style, run)| {
            let [x, y] = function(network, run);
            Series { name: format!("seed {}", run.seed), style, marks: vec![line(&x, y)] }
        });
        let points = Series { name: "points".to_owned(), style: 6, marks: vec![points.clone()] };
        let kinks = median(&of_phase.iter().map(|run| run.end.kinks).collect::<Vec<_>>());
        let steps = if number == 0 { "few large steps" } else { "many large steps" };
        Chart {
            title: format!("{steps}: {kinks} kinks"),
            x: Axis::new("x", ""),
            y: Axis::new("f(x)", "").between(-3.0, 4.0),
            series: drawn.chain([points]).collect(),
            ..Chart::default()
        }
    };
    let charts = runs.chunks(SEEDS).take(2).enumerate().map(chart).collect();
    let figure = Figure::multiples("After many large steps the function has the kinks that the points need", charts, 2);
    Figure { height: 300.0, ..figure }
        .with_subtitle(
            "100 relu units through 12 points; steps are large for 2 % (left) and 50 % (right) of 31 623 steps.",
        )
        .with_note("Three of eight seeds; the number of kinks is the median of all eight.")
}

/// A number of all runs of a phase over time: the median, and the range as a band.
fn over_time(runs: &[Run], phase: &str, style: usize, of: fn(&Measures) -> f64) -> Series {
    let own: Vec<&Run> = runs.iter().filter(|run| run.phase.name == phase).collect();
    let x: Vec<f64> = own[0].course.iter().map(|(step, _)| *step as f64).collect();
    let at = |i: usize, q: f64| quantile(&own.iter().map(|run| of(&run.course[i].1)).collect::<Vec<_>>(), q);
    let [low, middle, high] = [0.0, 0.5, 1.0].map(|q| (0..x.len()).map(|i| at(i, q)).collect::<Vec<_>>());
    let marks = vec![Mark::Band { x: x.clone(), low, high }, line(&x, middle)];
    Series { name: format!("{phase} phase"), style, marks }
}

/// Loss, sparsity, active fraction and kinks over time.
pub(super) fn courses(runs: &[Run]) -> Figure {
    let chart = |title: &str, y: Axis, of: fn(&Measures) -> f64| Chart {
        title: title.to_owned(),
        x: Axis::new("step", "").between(0.0, STEPS as f64),
        y,
        references: vec![Reference {
            name: "the long phase ends".to_owned(),
            guide: Guide::Vertical(LONG.share * STEPS as f64),
        }],
        series: ["short", "long"].into_iter().enumerate().map(|(k, phase)| over_time(runs, phase, k, of)).collect(),
        ..Chart::default()
    };
    let charts = vec![
        chart("training loss", Axis::new("loss", "").log(), |m| m.loss),
        chart("feature sparsity", Axis::new("share", "").between(0.0, 0.5), |m| m.sparsity),
        chart("active fraction", Axis::new("share", "").between(0.0, 0.6), |m| m.active),
        chart("kinks of the function", Axis::new("kinks", "").between(0.0, 80.0), |m| m.kinks),
    ];
    Figure::multiples("Features become sparse while the loss does not fall", charts, 2)
        .with_subtitle("Medians over all seeds; bands reach from the smallest to the largest.")
}

/// Every measure of every run, relative to the median of the short phase.
pub(super) fn measures(runs: &[Run]) -> Figure {
    let of = |phase: &str, k: usize| {
        let own = runs.iter().filter(move |run| run.phase.name == phase);
        own.map(|run| (MEASURES[k].of)(&run.end)).collect::<Vec<_>>()
    };
    let series = ["short", "long"].into_iter().enumerate().map(|(style, phase)| {
        let marks = (0..MEASURES.len()).map(|k| {
            let middle = median(&of("short", k));
            let x: Vec<f64> = of(phase, k).into_iter().map(|value| value / middle).collect();
            let y = vec![k as f64 + [-0.15, 0.15][style]; x.len()];
            Mark::Points { x, y }
        });
        Series { name: format!("{phase} phase"), style, marks: marks.collect() }
    });
    let names = MEASURES.iter().map(|measure| measure.name.to_owned()).collect();
    let chart = Chart {
        x: Axis::new("measure / median after the short phase", "").log(),
        y: Axis { names, ..Axis::default() },
        series: series.collect(),
        ..Chart::default()
    };
    Figure::of("Every measure of sparsity tells the phases apart", chart)
        .with_subtitle("One point a run. The distance of patterns from the beginning grows; all others shrink.")
}
