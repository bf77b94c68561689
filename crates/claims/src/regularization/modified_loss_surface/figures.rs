//! Maps with paths, the surface in space, and errors over the number of terms.

use sgdlab_landscapes::surface::{Plane, Quantity, even, map};
use sgdlab_objectives::Linear;
use sgdlab_reports::figures::{Axis, Chart, Figure, Map, Mark, Picture, Series, Spot, Trajectory, surface as in_space};

use super::super::flow::Correction;
use super::super::order::same;
use super::super::terms::{START, Terms};
use super::{RATE, minimum};
use crate::tools::drawing::curve;

/// What is drawn of the plane.
const WINDOW: [[f64; 2]; 2] = [[-0.15, 0.5], [-0.4, 0.15]];

/// Points of the path of a flow, after its start.
const POINTS: usize = 40;

/// A path with its name.
pub(super) type Named = (&'static str, [Vec<f64>; 2]);

fn axes() -> [Axis; 2] {
    [("w₁", WINDOW[0]), ("w₂", WINDOW[1])].map(|(name, [low, high])| Axis::new(name, "").between(low, high))
}

/// A quantity over the window, times a factor.
fn quantity(objective: &Linear<f64>, (quantity, factor): (&Quantity<'_>, f64), points: usize) -> Map {
    let [x, y] = WINDOW.map(|[low, high]| even(low, high, points));
    let z: Vec<f64> = map(objective, &Plane::axes(&[0.0, 0.0], 0, 1), quantity, (&x, &y));
    let z: Vec<f64> = z.into_iter().map(|z| factor * z).collect();
    let (low, high) = z.iter().fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), z| (low.min(*z), high.max(*z)));
    // Closer together where it is low.
    let levels = (1..12).map(|k| low + (high - low) * (f64::from(k) / 12.0).powi(2)).collect();
    Map { x, y, z, axis: Axis::new("", ""), levels, smooth: true, ..Map::default() }
}

/// The flow of a modified loss for the time of the paths.
fn flow(objective: &Linear<f64>, correction: Correction, time: f64) -> [Vec<f64>; 2] {
    let mut terms = Terms::new(objective);
    let mut at = START;
    let (mut x, mut y) = (vec![at[0][0]], vec![at[1][0]]);
    for _ in 0..POINTS {
        at = correction.flow(&mut terms, &same(RATE), &same(time / POINTS as f64), at);
        x.push(at[0][0]);
        y.push(at[1][0]);
    }
    [x, y]
}

/// Both flows and both mean paths, of reshuffled and of independent terms.
pub(super) fn paths(objective: &Linear<f64>, means: &[Vec<[f64; 2]>; 2]) -> Vec<Named> {
    let time = 6.0 * RATE * (means[0].len() - 1) as f64;
    let split = |path: &[[f64; 2]]| [0, 1].map(|j| path.iter().map(|at| at[j]).collect());
    vec![
        ("flow on C", flow(objective, Correction::NONE, time)),
        ("flow on C̃", flow(objective, Correction::RESHUFFLING, time)),
        ("mean of reshuffled runs", split(&means[0])),
        ("mean of independent draws", split(&means[1])),
    ]
}

/// Each map with the paths that belong to it, as places in `paths`.
pub(super) fn maps(objective: &Linear<f64>, paths: &[Named]) -> Figure {
    let squared = Quantity::Modified { rate: RATE, batch: 6 };
    let sum = Quantity::Modified { rate: RATE, batch: 1 };
    let shown = [
        ("the loss C", (Quantity::Value, 1.0), &[0, 3][..], Some(Correction::NONE)),
        ("C + ε/4 |G|²", (squared, 1.0), &[3], None),
        ("ε/4 tr S", (Quantity::GradientVariance, RATE / 4.0), &[2, 3], None),
        ("C̃, the sum", (sum, 1.0), &[1, 2], Some(Correction::RESHUFFLING)),
    ];
    let spot = |correction: Correction| {
        let [x, y] = minimum(objective, correction, RATE).map(|x| x[0]);
        Spot { name: "its minimum".to_owned(), x, y }
    };
    let path = |&style: &usize| {
        let (name, [x, y]) = &paths[style];
        Series { name: (*name).to_owned(), style, marks: vec![Mark::Path { x: x.clone(), y: y.clone() }] }
    };
    let chart = |(title, what, which, least): (&str, (Quantity<'_>, f64), &[usize], Option<Correction>)| {
        let [x, y] = axes();
        Chart {
            title: title.to_owned(),
            x,
            y,
            map: Some(quantity(objective, (&what.0, what.1), 81)),
            series: which.iter().map(path).collect(),
            spots: least.into_iter().map(spot).collect(),
            ..Chart::default()
        }
    };
    let figure = Figure::multiples(
        "The modified loss is the loss with a squared gradient and a variance on it",
        shown.map(chart).into(),
        2,
    );
    Figure { height: 320.0, ..figure }
        .with_subtitle("Six neurons at ε = 0.3, 20 epochs of batches of one; each map has its own colors and paths.")
}

/// A figure of a surface, seen across the way of the paths, from where its highest corner covers nothing, and from high
/// enough to see into it. Paths have the styles that they have on maps.
fn turned(mut figure: Figure, styles: &[usize]) -> Figure {
    if let Picture::Surface(surface) = &mut figure.picture {
        (surface.azimuth, surface.elevation) = (105.0, 50.0);
        surface.series.iter_mut().zip(styles).for_each(|(series, style)| series.style = *style);
    }
    figure
}

/// The modified loss and the term of the variance in space, with their file names.
pub(super) fn surfaces(objective: &Linear<f64>, paths: &[Named]) -> [(&'static str, Figure); 2] {
    let space = |title: &str, what: (&Quantity<'_>, f64), name: &str, (which, minima): (&[usize], &[[f64; 2]])| {
        let map = Map { axis: Axis::new(name, ""), ..quantity(objective, what, 61) };
        let path = |&place: &usize| {
            let (name, [x, y]) = &paths[place];
            Trajectory { name, x, y }
        };
        let paths: Vec<Trajectory<'_>> = which.iter().map(path).collect();
        turned(in_space(title, axes(), map, &paths, minima), which)
            .with_subtitle("Six neurons at ε = 0.3, 20 epochs of batches of one.")
    };
    let modified = Quantity::Modified { rate: RATE, batch: 1 };
    let minimum = minimum(objective, Correction::RESHUFFLING, RATE).map(|x| x[0]);
    let sum = "The modified loss of reshuffling, and what descends it";
    let term = "The term of the variance, which lifts a ridge across the way";
    [
        ("surface", space(sum, (&modified, 1.0), "C̃", (&[1, 2], &[minimum]))),
        ("surface-variance", space(term, (&Quantity::GradientVariance, RATE / 4.0), "ε/4 tr S", (&[2, 3], &[]))),
    ]
}

/// Errors over the number of terms, divided by the law of each.
pub(super) fn scaling(rows: &[[f64; 5]]) -> Figure {
    let column = |j: usize| rows.iter().map(|row| row[j]).collect::<Vec<f64>>();
    let m = column(0);
    let chart = Chart {
        x: Axis::new("terms m", "").between(1.0, 8.0),
        y: Axis::new("error over m\u{a0}ε², or over (m\u{a0}ε)³", "").log(),
        series: vec![
            curve("plain flow, over m ε²", 0, &m, column(4)),
            curve("corrected flow, over (m\u{a0}ε)³", 1, &m, column(2)),
        ],
        ..Chart::default()
    };
    Figure::of("The plain error is of order m\u{a0}ε², the corrected one at most of order (m\u{a0}ε)³", chart)
        .with_subtitle("One epoch of the first m neurons at ε = 0.005, the mean over all m! orders.")
}
