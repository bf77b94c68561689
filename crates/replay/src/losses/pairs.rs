//! Losses of pairs and triplets, of a mean with a variance, and divergences.

use sgdlab_core::Real;
use sgdlab_losses::structured::{self, Derivatives, Triplet};

use super::parameters::Parameters;
use super::{Record, Rounded, Slopes, Terms};
use crate::number::plain;

/// All terms of a record of one of these losses; `None` if it is of another one.
pub(super) fn terms(record: &Record, parameters: &Parameters<'_>) -> Result<Option<Terms>, String> {
    match record.loss.as_str() {
        "margin_ranking" => ranking(record, parameters.number("margin", 0.0)?),
        "gaussian_nll" => gaussian(record, parameters.number("eps", 1e-6)?, parameters.flag("full", false)?),
        "kl_div" => divergences(record, parameters.flag("log_target", false)?),
        "cosine_embedding" => cosine(record, parameters.number("margin", 0.0)?),
        "triplet_margin" => {
            let (margin, p) = (parameters.number("margin", 1.0)?, parameters.number("p", 2.0)?);
            let (eps, swap) = (parameters.number("eps", 1e-6)?, parameters.flag("swap", false)?);
            if p < 1.0 {
                return Err(format!("p = {p} is below 1"));
            }
            triplet(record, Triplet { margin, p, eps, swap })
        }
        _ => return Ok(None),
    }
    .map(Some)
}

/// The numbers of inputs, which must be as many of each.
fn columns<const N: usize>(record: &Record, names: [&str; N]) -> Result<[Vec<f64>; N], String> {
    let mut lists = names.map(|_| Vec::new());
    for (list, name) in lists.iter_mut().zip(names) {
        *list = plain(&record.input(name)?.data);
    }
    match lists.iter().position(|list| list.len() != lists[0].len()) {
        Some(i) => Err(format!("{} has {} numbers, and {} has {}", names[i], lists[i].len(), names[0], lists[0].len())),
        None => Ok(lists),
    }
}

fn zeros(size: usize) -> Vec<Rounded> {
    vec![Rounded::sharp(0.0); size]
}

/// max(0, margin − y (a − b)).
fn ranking(record: &Record, margin: f64) -> Result<Terms, String> {
    let [a, b, y] = columns(record, ["input1", "input2", "target"])?;
    let mut terms = Terms { values: Vec::new(), slopes: Vec::new(), weight: a.len() as f64 };
    let mut gradients = [zeros(a.len()), zeros(a.len())];
    for i in 0..a.len() {
        let (value, slopes) = structured::margin_ranking(a[i], b[i], y[i], margin);
        terms.values.push(Rounded::of(value, margin.abs() + (y[i] * a[i]).abs() + (y[i] * b[i]).abs()));
        (0..2).for_each(|k| gradients[k][i] = Rounded::sharp(slopes[k]));
    }
    for (input, gradient) in ["input1", "input2"].into_iter().zip(gradients) {
        terms.slopes.push(Slopes { input, gradient, curvature: zeros(a.len()) });
    }
    Ok(terms)
}

/// One variance a number, or one for every row of the last axis.
fn gaussian(record: &Record, eps: f64, full: bool) -> Result<Terms, String> {
    let [x, y] = columns(record, ["input", "target"])?;
    let variance = plain(&record.input("var")?.data);
    if variance.is_empty() || !x.len().is_multiple_of(variance.len()) {
        return Err(format!("{} variances do not fit {} numbers", variance.len(), x.len()));
    }
    let shared = x.len() / variance.len();
    let mut terms = Terms { values: Vec::new(), slopes: Vec::new(), weight: x.len() as f64 };
    let mut of_mean = [zeros(x.len()), zeros(x.len())];
    let mut of_variance = [zeros(variance.len()), zeros(variance.len())];
    for i in 0..x.len() {
        let (v, r) = (Real::max(variance[i / shared], eps), x[i] - y[i]);
        let (value, slopes, curvatures) = structured::gaussian_nll(x[i], variance[i / shared], y[i], eps, full);
        let constant = if full { 1.0 } else { 0.0 };
        terms.values.push(Rounded::of(value, 0.5 * (Real::ln(v).abs() + r * r / v) + constant));
        of_mean[0][i] = Rounded::sharp(slopes[0]);
        of_mean[1][i] = Rounded::sharp(curvatures[0]);
        // The derivatives in v are differences of 1 and r²/v.
        let sizes = [0.5 * (1.0 + r * r / v) / v, (0.5 + r * r / v) / (v * v)];
        for (order, number) in [slopes[1], curvatures[1]].into_iter().enumerate() {
            let sum = &mut of_variance[order][i / shared];
            *sum = Rounded::of(sum.number + number, sum.terms + sizes[order]);
        }
    }
    for (input, [gradient, curvature]) in [("input", of_mean), ("var", of_variance)] {
        terms.slopes.push(Slopes { input, gradient, curvature });
    }
    Ok(terms)
}

/// t (ln t − l), entry by entry.
fn divergences(record: &Record, log_target: bool) -> Result<Terms, String> {
    let [log, target] = columns(record, ["input", "target"])?;
    let mut terms = Terms { values: Vec::new(), slopes: Vec::new(), weight: log.len() as f64 };
    let mut gradient = Vec::new();
    for (&l, &t) in log.iter().zip(&target) {
        let (value, slope) = structured::kl_divergence(l, t, log_target);
        let of_target = if log_target {
            t
        } else if t > 0.0 {
            Real::ln(t)
        } else {
            0.0
        };
        terms.values.push(Rounded::of(value, slope.abs() * (of_target.abs() + l.abs())));
        gradient.push(Rounded::sharp(slope));
    }
    terms.slopes.push(Slopes { input: "input", gradient, curvature: zeros(log.len()) });
    Ok(terms)
}

/// Derivatives of some inputs while they are filled, row by row.
struct Filled<const N: usize> {
    gradients: [Vec<f64>; N],
    curvatures: [Vec<f64>; N],
}

impl<const N: usize> Filled<N> {
    fn new(size: usize) -> Self {
        let zeros = || std::array::from_fn(|_| vec![0.0; size]);
        Self { gradients: zeros(), curvatures: zeros() }
    }

    fn row(&mut self, range: std::ops::Range<usize>) -> [Derivatives<'_>; N] {
        let mut gradients = self.gradients.each_mut().map(|list| &mut list[range.clone()]).into_iter();
        self.curvatures.each_mut().map(|list| {
            let gradient = gradients.next().expect("as many gradients as curvatures");
            Derivatives { gradient, curvature: &mut list[range.clone()] }
        })
    }

    /// With the rounding of these sizes, entry by entry, for gradients and for curvatures.
    fn finish(self, names: [&'static str; N], sizes: &[[f64; 2]]) -> Vec<Slopes> {
        let rounded = |list: Vec<f64>, order: usize| {
            list.into_iter().zip(sizes).map(|(x, size)| Rounded::of(x, size[order].max(x.abs()))).collect()
        };
        let lists = names.into_iter().zip(self.gradients.into_iter().zip(self.curvatures));
        let slopes = |(input, (gradient, curvature))| Slopes {
            input,
            gradient: rounded(gradient, 0),
            curvature: rounded(curvature, 1),
        };
        lists.map(slopes).collect()
    }
}

/// The length of the vectors of an input: its last axis.
fn width(record: &Record, name: &str) -> Result<usize, String> {
    let width = record.input(name)?.shape.last().copied().unwrap_or(1);
    if width == 0 { Err(format!("{name} is empty")) } else { Ok(width) }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn cosine(record: &Record, margin: f64) -> Result<Terms, String> {
    let [a, b] = columns(record, ["input1", "input2"])?;
    let (target, width) = (plain(&record.input("target")?.data), width(record, "input1")?);
    if target.len() * width != a.len() {
        return Err(format!("{} vectors have {} targets", a.len() / width, target.len()));
    }
    let (mut values, mut filled, mut sizes) = (Vec::new(), Filled::<2>::new(a.len()), vec![[0.0; 2]; a.len()]);
    for (i, &y) in target.iter().enumerate() {
        let range = i * width..(i + 1) * width;
        let rows = [&a[range.clone()], &b[range.clone()]];
        let value = structured::cosine_embedding(rows, y, margin, filled.row(range.clone()));
        values.push(Rounded::of(value, 1.0 + margin.abs()));
        // Slopes are differences of numbers of the size of an inverse length.
        let short = Real::min(norm(rows[0]), norm(rows[1])).max(1e-6);
        sizes[range].fill([2.0 / short, 4.0 / (short * short)]);
    }
    let weight = values.len() as f64;
    Ok(Terms { values, slopes: filled.finish(["input1", "input2"], &sizes), weight })
}

fn triplet(record: &Record, how: Triplet) -> Result<Terms, String> {
    const NAMES: [&str; 3] = ["anchor", "positive", "negative"];
    let lists = columns(record, NAMES)?;
    let width = width(record, "anchor")?;
    let size = lists[0].len();
    let (mut values, mut filled, mut sizes) = (Vec::new(), Filled::<3>::new(size), vec![[0.0; 2]; size]);
    for start in (0..size).step_by(width) {
        let range = start..start + width;
        let rows = lists.each_ref().map(|list| &list[range.clone()]);
        let value = structured::triplet_margin(rows, how, filled.row(range.clone()));
        let longest = rows.iter().map(|row| norm(row)).fold(0.0, f64::max);
        values.push(Rounded::of(value, how.margin.abs() + 4.0 * longest));
        // A slope is a difference of coordinates over a distance, and a difference of two such.
        let between = |x: &[f64], y: &[f64]| norm(&x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<_>>());
        let distances = [between(rows[0], rows[1]), between(rows[0], rows[2]), between(rows[1], rows[2])];
        let short = distances.into_iter().fold(f64::INFINITY, f64::min).max(1e-12);
        let ratio = 1.0 + longest / short;
        sizes[range].fill([2.0 * ratio, 2.0 * ratio / short]);
    }
    let weight = values.len() as f64;
    Ok(Terms { values, slopes: filled.finish(NAMES, &sizes), weight })
}
