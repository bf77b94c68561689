//! Figures and tables of the error surface and the paths on it.

use sgdlab_objectives::Stored;
use sgdlab_reports::figures::{Axis, Chart, Figure, Map, Mark, Series, Spot, Trajectory, surface};

use super::algorithms::{EPOCHS, Neuron, START};
use super::listings::Listing;
use super::{Done, Measurements, TARGETS};
use crate::tools::geometry::{length, overshoot, reversals};
use crate::tools::grid::{map, positions, transposed};
use crate::{Header, Outcome};

/// Where paths begin: the slides' start, a flat place, the far side, and close to the valley.
const STARTS: [[f64; 2]; 4] = [START, [-4.0, 3.0], [5.0, 4.0], [4.0, -5.0]];

/// What is drawn of the plane.
const WINDOW: [f64; 2] = [-6.0, 6.0];

/// The error with the bias upward.
fn errors_on_a_grid(neuron: &Neuron, points: usize) -> Map {
    errors_within(neuron, [WINDOW; 2], points)
}

/// The same in another window.
fn errors_within(neuron: &Neuron, window: [[f64; 2]; 2], points: usize) -> Map {
    let [x, y] = window.map(|ends| positions(ends, points));
    let n = neuron.problem.terms() as f64;
    let values = map(f64::model(&neuron.problem).objective(), &x, &y);
    let z = transposed(&values, points).into_iter().map(|value| n * value).collect();
    let levels = [0.001, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 1.0, 1.5, 2.0].to_vec();
    Map { x, y, z, axis: Axis::new("error", ""), levels, smooth: true, ..Map::default() }
}

fn coordinates(path: &[[f64; 2]]) -> [Vec<f64>; 2] {
    [0, 1].map(|j| path.iter().map(|at| at[j]).collect())
}

/// All algorithms from all starts on contours of the error.
pub(super) fn contours(measured: &Measurements) -> Figure {
    let [two, eight] = [&measured.two, &measured.eight].map(|neuron| errors_on_a_grid(neuron, 61));
    let chart = |(done, neuron): (&Done, &Neuron)| {
        let paths = STARTS.iter().enumerate().map(|(style, start)| {
            let run = neuron.run(&done.algorithm, *start, EPOCHS);
            let [x, y] = coordinates(&run.path);
            let name = format!("from ({}, {})", start[0], start[1]).replace('-', "−");
            Series { name, style, marks: vec![Mark::Path { x, y }] }
        });
        let small = neuron.problem.terms() == 2;
        let title =
            if small { done.algorithm.words.to_owned() } else { format!("{} of 8 points", done.algorithm.words) };
        let [x, y] = neuron.optimum;
        Chart {
            title,
            x: Axis::new("w", "").between(WINDOW[0], WINDOW[1]),
            y: Axis::new("b", "").between(WINDOW[0], WINDOW[1]),
            map: Some(if small { two.clone() } else { eight.clone() }),
            series: paths.collect(),
            spots: vec![Spot { name: "optimum".to_owned(), x, y }],
            ..Chart::default()
        }
    };
    let charts = measured.ten().into_iter().map(chart).collect();
    let figure = Figure::multiples("Ten algorithms on the error of a sigmoid neuron, from four starts", charts, 2);
    Figure { height: 290.0, ..figure }.with_subtitle("1000 epochs; one point an epoch; contours from 0.001 to 2.")
}

/// The surface in space with the paths of a few algorithms.
fn space(title: &str, neuron: &Neuron, done: &[&Done]) -> Figure {
    let paths: Vec<[Vec<f64>; 2]> = done.iter().map(|done| coordinates(&done.run.path)).collect();
    let one = |(done, [x, y]): (&&Done, &'_ [Vec<f64>; 2])| (done.algorithm.words, x.clone(), y.clone());
    let owned: Vec<(&str, Vec<f64>, Vec<f64>)> = done.iter().zip(&paths).map(one).collect();
    let paths: Vec<Trajectory<'_>> = owned.iter().map(|(name, x, y)| Trajectory { name, x, y }).collect();
    let axes = [Axis::new("w", ""), Axis::new("b", "")];
    surface(title, axes, errors_on_a_grid(neuron, 61), &paths, &[neuron.optimum])
        .with_subtitle("From (−2, −2), 1000 epochs.")
}

/// The surfaces with their file names.
pub(super) fn surfaces(measured: &Measurements) -> [(&'static str, Figure); 4] {
    let Measurements { two, eight, descent, momentum, nag, adagrad, rmsprop, adam, mini_batch, .. } = measured;
    let [a, b, c] = &measured.stochastic;
    [
        (
            "surface",
            space("Momentum runs past the valley and back, Nesterov's method less", two, &[descent, momentum, nag]),
        ),
        ("surface-stochastic", space("Single points as batches", two, &[a, b, c])),
        ("surface-mini-batch", space("Mini-batches of two of eight points", eight, &[mini_batch])),
        ("surface-adaptive", space("Adaptive rules leave the plateau with full steps", two, &[adagrad, rmsprop, adam])),
    ]
}

/// Epochs that are drawn over time.
const SHOWN: usize = 400;

/// The least error that is drawn.
const LEAST: f64 = 1e-6;

/// The styles of the ten, so that no two differ by a shade only.
const STYLES: [usize; 10] = [0, 1, 2, 3, 4, 5, 10, 7, 13, 9];

/// How the errors fall.
pub(super) fn errors(measured: &Measurements) -> Figure {
    let series = |place: usize| {
        let (done, neuron) = measured.ten()[place];
        let x = (0..=SHOWN).map(|epoch| epoch as f64).collect();
        let shown = |error: &f64| if *error >= LEAST { *error } else { f64::NAN };
        let marks = vec![Mark::Line { x, y: done.run.errors[..=SHOWN].iter().map(shown).collect(), steps: false }];
        let eight = if neuron.problem.terms() == 8 { ", 8 points" } else { "" };
        Series { name: format!("{}{eight}", done.algorithm.words), style: STYLES[place], marks }
    };
    let chart = |title: &str, places: &[usize]| Chart {
        title: title.to_owned(),
        x: Axis::new("epoch", "").between(0.0, SHOWN as f64),
        y: Axis::new("error", "").log().between(LEAST, 1.0),
        series: places.iter().copied().map(series).collect(),
        ..Chart::default()
    };
    let charts = vec![
        chart("all points, rate 1", &[0, 1, 2]),
        chart("batches, rate 1", &[3, 4, 5, 6]),
        chart("adaptive, rate 0.1", &[7, 8, 9]),
    ];
    let title = "Velocity and moving averages win; RMSProp does not come to rest";
    Figure { height: 300.0, ..Figure::multiples(title, charts, 3) }
        .with_subtitle("From (−2, −2), errors down to 10⁻⁶. No neuron meets eight points exactly.")
}

/// The listings as printed beside what they mean.
pub(super) fn listings(listings: &[Listing<'_>]) -> Figure {
    let chart = |listing: &Listing<'_>| {
        let path = |name: &str, style: usize, path: &[[f64; 2]]| {
            let [x, y] = coordinates(path);
            Series { name: name.to_owned(), style, marks: vec![Mark::Path { x, y }] }
        };
        let ([x, y], [w, b]) = (listing.neuron.optimum, listing.window);
        Chart {
            title: listing.title.to_owned(),
            x: Axis::new("w", "").between(w[0], w[1]),
            y: Axis::new("b", "").between(b[0], b[1]),
            map: Some(errors_within(listing.neuron, listing.window, 61)),
            series: vec![path("what is meant", 0, &listing.meant), path("as listed", 1, &listing.listed)],
            spots: vec![Spot { name: "optimum".to_owned(), x, y }],
            ..Chart::default()
        }
    };
    let figure = Figure::multiples("Four listings, and what they mean", listings.iter().map(chart).collect(), 2);
    Figure { height: 300.0, ..figure }
        .with_subtitle("From (−2, −2), 1000 epochs; above on two points, below on eight, in batches of 2 and 3.")
}

pub(super) static ALGORITHMS: Header = Header {
    table: "algorithms",
    row: "one algorithm from (−2, −2)",
    columns: &[
        ("algorithm", "update rule and how batches are made"),
        ("points", "N"),
        ("updates_per_epoch", "updates in one pass over the points"),
        ("epochs_to_0.01", "until the error is at most 0.01; empty if never"),
        ("epochs_to_0.001", "until the error is at most 0.001; empty if never"),
        ("epochs_to_0.0001", "until the error is at most 0.0001; empty if never"),
        ("path_length", "in the plane of w and b"),
        ("overshoot", "how far the path goes beyond the optimum, as seen from the start"),
        ("reversals", "steps that turn back: ⟨Δ, next Δ⟩ < 0"),
        ("last_error", "Σ ½ (f − y)² after 1000 epochs"),
    ],
};

pub(super) fn numbers(measured: &Measurements, out: &mut Outcome) {
    let row = |(done, neuron): (&Done, &Neuron)| {
        let run = &done.run;
        let mut fields = vec![done.algorithm.words.to_owned(), neuron.problem.terms().to_string()];
        fields.push((run.updates / EPOCHS).to_string());
        let epochs = TARGETS.map(|target| run.epochs_to(target));
        fields.extend(epochs.map(|epochs| if epochs.is_finite() { epochs.to_string() } else { String::new() }));
        fields.push(length(&run.path).to_string());
        fields.push(overshoot(&run.path, neuron.optimum).to_string());
        fields.push(reversals(&run.path).to_string());
        fields.push(run.errors[EPOCHS].to_string());
        fields
    };
    let fast = (&measured.fast_adagrad, &measured.two);
    out.tabulate(&ALGORITHMS, measured.ten().into_iter().chain([fast]).map(row));
}

pub(super) static TRAJECTORIES: Header = Header {
    table: "trajectories",
    row: "one epoch of one algorithm",
    columns: &[
        ("algorithm", "update rule and how batches are made"),
        ("epoch", "passes over the points"),
        ("w", "weight"),
        ("b", "bias"),
        ("error", "Σ ½ (f − y)²"),
    ],
};

pub(super) fn trajectories(measured: &Measurements, out: &mut Outcome) {
    let mut rows = Vec::new();
    for (done, _) in measured.ten() {
        for (epoch, ([w, b], error)) in done.run.path.iter().zip(&done.run.errors).enumerate() {
            let numbers = [w, b, error].map(f64::to_string);
            rows.push([done.algorithm.words.to_owned(), epoch.to_string()].into_iter().chain(numbers));
        }
    }
    out.tabulate(&TRAJECTORIES, rows);
}
