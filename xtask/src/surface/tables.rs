//! The numbers of a map, and of the paths on it.

use std::io::IsTerminal;
use std::time::Instant;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sgdlab_core::{Layout, WIDTH};
use sgdlab_landscapes::surface::{Plane, along, even, map as evaluate, measure};
use sgdlab_sweeps::Problem;

use super::paths::Path;
use super::plane::{Scene, Size};
use super::quantity::Asked;
use crate::text::{complain, duration, grouped};

/// How often a map says how far it is.
const PARTS: usize = 100;

/// Problems of so many parameters times terms are slow enough to be timed before.
const LARGE: usize = 10_000_000;

/// Seconds from which on a map says how long it takes.
const LONG: f64 = 30.0;

/// A map: row by row, `x` within a row, a row for each of `y`; a curve has one row.
pub struct Sheet {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    pub z: Vec<f64>,
}

impl Sheet {
    /// Evaluates a quantity on a plane.
    pub fn compute(problem: &Problem, scene: &Scene, asked: &Asked, size: Size, quiet: bool) -> Result<Self> {
        let (wide, high) = size.of(scene, matches!(problem, Problem::Landscape(_)))?;
        let [[left, right], [low, top]] = scene.ends;
        let x = even(left, right, wide);
        let y = if scene.curve { vec![0.0] } else { even(low, top, high) };
        if let Some(seconds) = estimate(problem, scene, asked, [wide, y.len()]).filter(|_| !quiet) {
            complain(&format!("{} points take about {}", grouped((wide * y.len()) as u64), duration(seconds)));
        }
        let bar = bar(quiet, y.len() as u64);
        let mut z = Vec::with_capacity(x.len() * y.len());
        // At least a row for each thread.
        let rows = y.len().div_ceil(PARTS).max(rayon::current_num_threads());
        for rows in y.chunks(rows) {
            z.extend(evaluate(problem.wide(), &scene.plane, &asked.quantity(), (&x, rows)));
            bar.inc(rows.len() as u64);
        }
        bar.finish_and_clear();
        z.iter_mut().for_each(|z| *z *= asked.factor);
        Ok(Self { x, y, z })
    }

    /// How many numbers are not finite.
    pub fn holes(&self) -> usize {
        self.z.iter().filter(|z| !z.is_finite()).count()
    }

    /// The least and the greatest number with their places; `None` if there is no finite one.
    pub fn extremes(&self) -> Option<[(f64, [f64; 2]); 2]> {
        let place = |i: usize| [self.x[i % self.x.len()], self.y[i / self.x.len()]];
        let numbers = || self.z.iter().enumerate().filter(|(_, z)| z.is_finite());
        let (low, least) = numbers().min_by(|a, b| a.1.total_cmp(b.1))?;
        let (high, most) = numbers().max_by(|a, b| a.1.total_cmp(b.1))?;
        Some([(*least, place(low)), (*most, place(high))])
    }
}

/// About how long a map takes in seconds, by the time of a pack of its points; `None` where it is not long.
fn estimate(problem: &Problem, scene: &Scene, asked: &Asked, [wide, high]: [usize; 2]) -> Option<f64> {
    if problem.layout().size().saturating_mul(problem.terms()) < LARGE {
        return None;
    }
    let clock = Instant::now();
    measure(problem.wide(), &asked.quantity(), std::slice::from_ref(&scene.center));
    // Threads go through rows.
    let turns = wide.div_ceil(WIDTH) * high.div_ceil(rayon::current_num_threads());
    let seconds = clock.elapsed().as_secs_f64() * turns as f64;
    (seconds > LONG).then_some(seconds)
}

fn bar(quiet: bool, rows: u64) -> ProgressBar {
    let hidden = quiet || !std::io::stderr().is_terminal();
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let bar = ProgressBar::with_draw_target(Some(rows), target);
    let style = ProgressStyle::with_template("{percent:>3} % {wide_bar} {pos} of {len} rows, {eta} left");
    bar.set_style(style.expect("the template is well formed"));
    bar
}

/// A path as it is seen from a plane. Lists have a number for each point.
pub struct Track {
    pub name: String,
    pub style: usize,
    pub steps: Vec<u64>,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// How far the point is from the plane.
    pub distance: Vec<f64>,
    /// How far it is from the center.
    pub away: Vec<f64>,
    /// f there.
    pub loss: Vec<f64>,
    /// The quantity of the map there.
    pub there: Vec<f64>,
    /// The quantity of the map at the nearest point of the plane.
    pub on_plane: Vec<f64>,
    pub diverged: bool,
}

impl Track {
    /// How many points are outside of what is seen.
    pub fn outside(&self, scene: &Scene) -> usize {
        let [[left, right], [low, high]] = scene.ends;
        let seen = |x: f64, y: f64| (left..=right).contains(&x) && (scene.curve || (low..=high).contains(&y));
        self.x.iter().zip(&self.y).filter(|(x, y)| !seen(**x, **y)).count()
    }
}

/// Paths as they are seen from the plane.
pub fn tracks(problem: &Problem, scene: &Scene, asked: &Asked, paths: &[Path]) -> Vec<Track> {
    let objective = problem.wide();
    let scaled = |points: &[Vec<f64>]| -> Vec<f64> {
        measure(objective, &asked.quantity(), points).into_iter().map(|z| z * asked.factor).collect()
    };
    let track = |(i, path): (usize, &Path)| {
        let places: Vec<_> = path.points.iter().map(|point| scene.plane.project(point)).collect();
        let loss = along(objective, &path.points);
        let there = if asked.is_value() { loss.clone() } else { scaled(&path.points) };
        let shadows: Vec<Vec<f64>> = places.iter().map(|at| scene.plane.point(at.a, at.b)).collect();
        let on_plane = if scene.whole { there.clone() } else { scaled(&shadows) };
        let away = |point: &Vec<f64>| {
            point.iter().zip(&scene.center).map(|(x, center)| (x - center) * (x - center)).sum::<f64>().sqrt()
        };
        Track {
            name: path.name.clone(),
            // The seventh style is that of curves.
            style: i + usize::from(i >= 6),
            steps: path.steps.clone(),
            x: places.iter().map(|at| at.a).collect(),
            y: places.iter().map(|at| at.b).collect(),
            distance: places.iter().map(|at| if scene.whole { 0.0 } else { at.distance }).collect(),
            away: path.points.iter().map(away).collect(),
            loss,
            there,
            on_plane,
            diverged: path.diverged,
        }
    };
    paths.iter().enumerate().map(track).collect()
}

/// The share of the squared distances from the center that the plane holds; `None` where there is no distance.
pub fn held(tracks: &[Track]) -> Option<f64> {
    let sum = |numbers: fn(&Track) -> &Vec<f64>| tracks.iter().flat_map(numbers).map(|x| x * x).sum::<f64>();
    let (total, beside) = (sum(|track| &track.away), sum(|track| &track.distance));
    (total > 0.0 && total.is_finite()).then_some(1.0 - beside / total)
}

fn written(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(header)?;
    for row in rows {
        out.write_record(row)?;
    }
    out.into_inner().context("a table in memory")
}

/// The map as CSV.
pub fn map(sheet: &Sheet, scene: &Scene) -> Result<Vec<u8>> {
    let place = |i: usize| [sheet.x[i % sheet.x.len()], sheet.y[i / sheet.x.len()], sheet.z[i]].map(|x| x.to_string());
    if scene.curve {
        let row = |i: usize| [0, 2].map(|column| place(i)[column].clone()).to_vec();
        return written(&["x", "value"], (0..sheet.z.len()).map(row));
    }
    written(&["x", "y", "value"], (0..sheet.z.len()).map(|i| place(i).to_vec()))
}

/// The paths as CSV.
pub fn paths(tracks: &[Track]) -> Result<Vec<u8>> {
    let header = ["path", "step", "x", "y", "off_plane", "loss", "value", "value_on_plane"];
    let rows = tracks.iter().flat_map(|track| {
        (0..track.steps.len()).map(|i| {
            let columns = [&track.x, &track.y, &track.distance, &track.loss, &track.there, &track.on_plane];
            let numbers = columns.map(|column| column[i].to_string());
            [track.name.clone(), track.steps[i].to_string()].into_iter().chain(numbers).collect()
        })
    });
    written(&header, rows)
}

/// The plane as CSV: where in parameter space a point (x, y) of the map is.
pub fn plane(layout: &Layout, plane: &Plane) -> Result<Vec<u8>> {
    let rows = layout.tensors().iter().flat_map(|tensor| {
        (0..tensor.size()).map(move |index| {
            let at = tensor.offset + index;
            let numbers = [plane.origin[at], plane.first[at], plane.second[at]].map(|x| x.to_string());
            [tensor.name.clone(), index.to_string()].into_iter().chain(numbers).collect()
        })
    });
    written(&["tensor", "index", "origin", "x", "y"], rows)
}
