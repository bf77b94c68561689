//! The figures and tables of the article.

use sgdlab_reports::figures::{Axis, Chart, Colors, Figure, Map, Mark, Series, Spot};

use super::Measurements;
use super::runs::{Loss, Run};
use crate::tools::geometry::{first_at_most, length, minus, norm, overshoot, reversals};
use crate::{Header, Outcome};

/// A map in the colors of the article: bias across, weight upward.
fn chart(title: &str, (places, loss): &(Vec<f64>, Vec<f64>), of: &Loss) -> Chart {
    // Levels at equal distances of the root, since losses grow with the square at first.
    let largest = loss.iter().copied().fold(0.0, f64::max);
    let levels = (1..8).map(|i| of.minimum + (largest - of.minimum) * (f64::from(i) / 8.0).powi(2)).collect();
    let map = Map {
        x: places.clone(),
        y: places.clone(),
        z: loss.clone(),
        axis: Axis::new("loss", ""),
        levels,
        smooth: true,
        colors: Colors::Terrain,
    };
    let [low, high] = [places[0], places[places.len() - 1]];
    let [w, b] = of.minimizer;
    Chart {
        title: title.to_owned(),
        x: Axis::new("bias", "").between(low, high),
        y: Axis::new("weight", "").between(low, high),
        map: Some(map),
        spots: vec![Spot { name: "minimum of the loss".to_owned(), x: b, y: w }],
        ..Chart::default()
    }
}

fn path(run: &Run) -> Series {
    let [y, x] = [0, 1].map(|j| run.path.iter().map(|at| at[j]).collect::<Vec<_>>());
    let marks = vec![Mark::Points { x: x.clone(), y: y.clone() }, Mark::Path { x, y }];
    Series { name: "one point an epoch".to_owned(), style: 1, marks }
}

fn square(figure: Figure) -> Figure {
    Figure { height: 300.0, ..figure }
}

/// The four losses without a path.
pub(super) fn maps(measured: &Measurements) -> Figure {
    let charts = measured.losses.iter().zip(&measured.maps).map(|(loss, map)| chart(loss.title, map, loss));
    square(Figure::multiples("Four losses of a line through 50 points", charts.collect(), 2))
        .with_subtitle("The mean over the points of y = ¾ x² + x + 2 + noise, for every weight and bias.")
}

/// The path of one setting on the four losses.
pub(super) fn paths(measured: &Measurements, rule: usize) -> Figure {
    let chart = |(i, loss): (usize, &Loss)| Chart {
        series: vec![path(&measured.runs[rule][i])],
        ..chart(loss.title, &measured.maps[i], loss)
    };
    let charts = measured.losses.iter().enumerate().map(chart).collect();
    square(Figure::multiples(&format!("The path of {}", measured.rules[rule].words), charts, 2))
        .with_subtitle("100 epochs of all points at rate 0.1, from weight 6 and bias −3.")
}

/// How the losses fall.
pub(super) fn losses(measured: &Measurements) -> Figure {
    let epochs: Vec<f64> = (0..measured.runs[0][0].path.len()).map(|epoch| epoch as f64).collect();
    let series = |loss: usize| {
        let one = |(style, rule): (usize, &super::runs::Rule)| {
            let gap = |value: &f64| value - measured.losses[loss].minimum;
            let y = measured.runs[style][loss].loss.iter().map(gap).collect();
            let marks = vec![Mark::Line { x: epochs.clone(), y, steps: false }];
            Series { name: rule.words.to_owned(), style, marks }
        };
        measured.rules.iter().enumerate().map(one).collect()
    };
    let chart = |(i, loss): (usize, &Loss)| Chart {
        title: loss.title.to_owned(),
        x: Axis::new("epoch", ""),
        y: Axis::new("loss − minimum", "").log().between(1e-6, 1e2),
        series: series(i),
        ..Chart::default()
    };
    let charts = measured.losses.iter().enumerate().map(chart).collect();
    square(Figure::multiples("Momentum helps the losses with small gradients, and slows L2 down", charts, 2))
        .with_subtitle("Loss above its minimum, without the penalty, before each of 100 epochs and after the last.")
}

/// The points, and the line of each loss.
pub(super) fn fits(measured: &Measurements, points: &[[f64; 2]]) -> Figure {
    let [x, y] = [0, 1].map(|j| points.iter().map(|point| point[j]).collect::<Vec<_>>());
    let ends = [x.iter().copied().fold(f64::INFINITY, f64::min), x.iter().copied().fold(f64::NEG_INFINITY, f64::max)];
    let line = |(style, loss): (usize, &Loss)| {
        let [w, b] = loss.minimizer;
        let marks = vec![Mark::Line { x: ends.to_vec(), y: ends.map(|x| w * x + b).to_vec(), steps: false }];
        Series { name: loss.title.to_owned(), style, marks }
    };
    let mut series: Vec<Series> = measured.losses.iter().enumerate().take(3).map(line).collect();
    series.push(Series { name: "points".to_owned(), style: 6, marks: vec![Mark::Points { x, y }] });
    let chart = Chart { x: Axis::new("x", ""), y: Axis::new("y", ""), series, ..Chart::default() };
    Figure::of("The loss decides which line is best", chart).with_note("Smooth L1 has the line of Huber.")
}

pub(super) static TRAJECTORIES: Header = Header {
    table: "trajectories",
    row: "one epoch of one setting on one loss",
    columns: &[
        ("setting", "parameters of the rule"),
        ("loss", "what is minimized"),
        ("epoch", "updates done"),
        ("weight", "w"),
        ("bias", "b"),
        ("value", "mean loss of the 50 points"),
    ],
};

pub(super) fn trajectories(measured: &Measurements, out: &mut Outcome) {
    let mut rows = Vec::new();
    for (rule, runs) in measured.rules.iter().zip(&measured.runs) {
        for (loss, run) in measured.losses.iter().zip(runs) {
            for (epoch, ([w, b], value)) in run.path.iter().zip(&run.loss).enumerate() {
                let numbers = [w, b, value].map(f64::to_string);
                rows.push([rule.name, loss.name, &epoch.to_string()].map(str::to_owned).into_iter().chain(numbers));
            }
        }
    }
    out.tabulate(&TRAJECTORIES, rows);
}

pub(super) static PATHS: Header = Header {
    table: "paths",
    row: "one setting on one loss",
    columns: &[
        ("setting", "parameters of the rule"),
        ("loss", "what is minimized"),
        ("overshoot", "how far the path goes beyond the minimizer, as seen from the start"),
        ("length", "of the path, in the plane of weight and bias"),
        ("reversals", "steps that turn back: ⟨Δ, next Δ⟩ < 0"),
        ("epochs_to_0.01", "until the loss is within 0.01 of its minimum; empty if never"),
        ("last_distance", "from the minimizer after 100 epochs"),
        ("last_norm", "‖(w, b)‖ after 100 epochs"),
    ],
};

pub(super) fn paths_in_numbers(measured: &Measurements, out: &mut Outcome) {
    let mut rows = Vec::new();
    for (rule, runs) in measured.rules.iter().zip(&measured.runs) {
        for (loss, Run { path, loss: values }) in measured.losses.iter().zip(runs) {
            let last = path[path.len() - 1];
            let epochs = first_at_most(values, loss.minimum + 0.01).map(|epoch| epoch.to_string());
            rows.push([
                rule.name.to_owned(),
                loss.name.to_owned(),
                overshoot(path, loss.minimizer).to_string(),
                length(path).to_string(),
                reversals(path).to_string(),
                epochs.unwrap_or_default(),
                norm(minus(last, loss.minimizer)).to_string(),
                norm(last).to_string(),
            ]);
        }
    }
    out.tabulate(&PATHS, rows);
}

pub(super) static MAPS: Header = Header {
    table: "maps",
    row: "one point of the grid for one loss",
    columns: &[("loss", "what is minimized"), ("weight", "w"), ("bias", "b"), ("value", "mean loss of the 50 points")],
};

pub(super) fn map_table(measured: &Measurements, out: &mut Outcome) {
    let mut rows = Vec::new();
    for (loss, (places, values)) in measured.losses.iter().zip(&measured.maps) {
        for (i, value) in values.iter().enumerate() {
            let (weight, bias) = (places[i / places.len()], places[i % places.len()]);
            rows.push([loss.name.to_owned(), weight.to_string(), bias.to_string(), value.to_string()]);
        }
    }
    out.tabulate(&MAPS, rows);
}
