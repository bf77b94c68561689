//! A constructor for every kind of figure, from plain numbers.

use super::model::{
    Axis, Chart, Charts, Figure, Guide, Map, Mark, Picture, Ranks, Reference, Scale, Series, Spot, Surface,
};
use super::scale::three;
use crate::quantile;

/// The width of a figure, in pixels: a column of text.
pub const WIDTH: f64 = 720.0;

/// The height of a chart, in pixels.
const HEIGHT: f64 = 400.0;

/// A line with a name, and with a band around it where its edges are given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Curve<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Positions, ascending.
    pub x: &'a [f64],
    /// Heights; +∞ where a run has diverged, NaN where nothing is known.
    pub y: &'a [f64],
    /// Lower and upper heights of a band.
    pub band: Option<(&'a [f64], &'a [f64])>,
}

/// Numbers with a name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample<'a> {
    /// Their name.
    pub name: &'a str,
    /// The numbers.
    pub values: &'a [f64],
}

/// A power law: factor · x ^ exponent.
#[derive(Clone, Copy, Debug)]
pub struct Law<'a> {
    /// Its name in the legend, such as O(1/t).
    pub name: &'a str,
    /// Its value at x = 1.
    pub factor: f64,
    /// Its slope in a plot with two logarithmic axes.
    pub exponent: f64,
}

/// A path in a plane with a name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trajectory<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Positions to the right, in order of time.
    pub x: &'a [f64],
    /// Positions upward.
    pub y: &'a [f64],
}

/// Eigenvalues with their weights.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spectrum<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Eigenvalues, or nodes of a quadrature.
    pub eigenvalues: &'a [f64],
    /// Their weights; empty if all are alike.
    pub weights: &'a [f64],
}

impl Axis {
    /// An axis with numbers; the unit may be empty.
    #[must_use]
    pub fn new(label: &str, unit: &str) -> Self {
        Self { label: label.to_owned(), unit: unit.to_owned(), ..Self::default() }
    }

    /// The same with a logarithmic scale.
    #[must_use]
    pub fn log(self) -> Self {
        Self { scale: Scale::Log, ..self }
    }

    /// The same with fixed ends.
    #[must_use]
    pub fn between(self, low: f64, high: f64) -> Self {
        Self { range: Some([low, high]), ..self }
    }
}

impl Figure {
    fn new(title: &str, picture: Picture) -> Self {
        Self {
            title: title.to_owned(),
            subtitle: String::new(),
            note: String::new(),
            width: WIDTH,
            height: HEIGHT,
            picture,
        }
    }

    /// One chart.
    #[must_use]
    pub fn of(title: &str, chart: Chart) -> Self {
        Self::new(title, Picture::Charts(Charts { charts: vec![chart], columns: 1 }))
    }

    /// Charts side by side, in rows of so many; series of the same name are one entry of the legend.
    #[must_use]
    pub fn multiples(title: &str, charts: Vec<Chart>, columns: usize) -> Self {
        let figure = Self::new(title, Picture::Charts(Charts { charts, columns: columns.max(1) }));
        Self { height: 230.0, ..figure }
    }

    /// The same with a line of text below the title.
    #[must_use]
    pub fn with_subtitle(self, subtitle: &str) -> Self {
        Self { subtitle: subtitle.to_owned(), ..self }
    }

    /// The same with a line of text below the picture.
    #[must_use]
    pub fn with_note(self, note: &str) -> Self {
        Self { note: note.to_owned(), ..self }
    }
}

/// Series of curves: the band first, then the line.
fn series(curves: &[Curve<'_>], steps: bool, symbols: bool) -> Vec<Series> {
    let one = |(style, curve): (usize, &Curve<'_>)| {
        let (x, y) = (curve.x.to_vec(), curve.y.to_vec());
        let band = curve.band.map(|(low, high)| Mark::Band { x: x.clone(), low: low.to_vec(), high: high.to_vec() });
        let points = symbols.then(|| Mark::Points { x: x.clone(), y: y.clone() });
        let marks = band.into_iter().chain([Mark::Line { x, y, steps }]).chain(points).collect();
        Series { name: curve.name.to_owned(), style, marks }
    };
    curves.iter().enumerate().map(one).collect()
}

/// Curves with bands: how something goes over time.
///
/// ```
/// use sgdlab_reports::figures::{Axis, Curve, curves};
/// let (x, y) = ([1.0, 10.0, 100.0], [0.5, 0.2, 0.1]);
/// let band = Some((&[0.4, 0.1, 0.05][..], &[0.7, 0.4, 0.2][..]));
/// let loss = Axis::new("loss", "");
/// let figure = curves("SGD learns", Axis::new("steps", "updates").log(), loss, &[Curve { name: "sgd", x: &x, y: &y, band }]);
/// assert_eq!(figure.title, "SGD learns");
/// ```
#[must_use]
pub fn curves(title: &str, x: Axis, y: Axis, curves: &[Curve<'_>]) -> Figure {
    Figure::of(title, Chart { x, y, series: series(curves, false, false), ..Chart::default() })
}

/// Curves on two logarithmic axes beside what theory says.
#[must_use]
pub fn rates_of_convergence(title: &str, x: Axis, y: Axis, curves: &[Curve<'_>], laws: &[Law<'_>]) -> Figure {
    let positions = || curves.iter().flat_map(|curve| curve.x).copied().filter(|x| *x > 0.0 && x.is_finite());
    let (first, last) = (positions().fold(f64::INFINITY, f64::min), positions().fold(0.0, f64::max));
    let line = |law: &Law<'_>| {
        let x = vec![first, last];
        let y = x.iter().map(|x| law.factor * x.powf(law.exponent)).collect();
        Reference { name: law.name.to_owned(), guide: Guide::Curve { x, y } }
    };
    let references = laws.iter().filter(|_| first <= last).map(line).collect();
    let series = series(curves, false, false);
    Figure::of(title, Chart { x: x.log(), y: y.log(), references, series, ..Chart::default() })
}

/// How good settings are: a curve with a symbol at every setting that was tried, on a logarithmic axis; settings at
/// which nothing came of it are at ∞.
#[must_use]
pub fn sensitivity(title: &str, x: Axis, y: Axis, curves: &[Curve<'_>]) -> Figure {
    Figure::of(title, Chart { x: x.log(), y, series: series(curves, false, true), ..Chart::default() })
}

/// A function of two variables as colors with contours, and what methods do on it.
#[must_use]
pub fn landscape(title: &str, [x, y]: [Axis; 2], map: Map, paths: &[Trajectory<'_>], minima: &[[f64; 2]]) -> Figure {
    let range = |axis: Axis, ends: &[f64]| match (ends.first(), ends.last()) {
        (Some(&low), Some(&high)) if axis.range.is_none() => axis.between(low, high),
        _ => axis,
    };
    let spots = minima.iter().map(|&[x, y]| Spot { name: "minimum".to_owned(), x, y }).collect();
    let (x, y) = (range(x, &map.x), range(y, &map.y));
    let series = trajectories(paths);
    Figure::of(title, Chart { x, y, map: Some(map), series, spots, ..Chart::default() })
}

fn trajectories(paths: &[Trajectory<'_>]) -> Vec<Series> {
    let one = |(style, path): (usize, &Trajectory<'_>)| Series {
        name: path.name.to_owned(),
        style,
        marks: vec![Mark::Path { x: path.x.to_vec(), y: path.y.to_vec() }],
    };
    paths.iter().enumerate().map(one).collect()
}

/// A number for every pair of settings, as colored cells with the numbers in them; NaN leaves a cell empty, and +∞ is
/// gray.
///
/// Where there are few settings along an axis, each has its own label.
#[must_use]
pub fn heat_map(title: &str, [mut x, mut y]: [Axis; 2], mut map: Map) -> Figure {
    const FEW: usize = 16;
    map.smooth = false;
    let columns = map.x.len();
    if columns <= FEW && x.names.is_empty() {
        x.names = map.x.iter().map(|&x| three(x)).collect();
        map.x = (0..columns).map(|i| i as f64).collect();
    }
    if map.y.len() <= FEW && y.names.is_empty() {
        // Names go from top to bottom, numbers upward.
        y.names = map.y.iter().rev().map(|&y| three(y)).collect();
        map.y = (0..map.y.len()).map(|i| i as f64).collect();
        map.z = map.z.chunks(columns.max(1)).rev().flatten().copied().collect();
    }
    Figure::of(title, Chart { x, y, map: Some(map), ..Chart::default() })
}

/// A function of two variables as a surface in space, and what methods do on it.
#[must_use]
pub fn surface(title: &str, [x, y]: [Axis; 2], map: Map, paths: &[Trajectory<'_>], minima: &[[f64; 2]]) -> Figure {
    let spots = minima.iter().map(|&[x, y]| Spot { name: "minimum".to_owned(), x, y }).collect();
    let series = trajectories(paths);
    Figure::new(
        title,
        Picture::Surface(Box::new(Surface { x, y, map, series, spots, azimuth: -60.0, elevation: 32.0, beside: None })),
    )
}

/// Performance or data profiles: which share of the problems is solved at a cost, or a ratio to the best cost, of at
/// most x.
#[must_use]
pub fn profiles(title: &str, x: Axis, curves: &[Curve<'_>]) -> Figure {
    let y = Axis::new("share of problems", "").between(0.0, 1.0);
    Figure::of(title, Chart { x, y, series: series(curves, true, false), ..Chart::default() })
}

/// Which share of numbers is at most x; infinite ones are never reached.
#[must_use]
pub fn ecdf(title: &str, x: Axis, what: &str, samples: &[Sample<'_>]) -> Figure {
    let one = |(style, sample): (usize, &Sample<'_>)| {
        let mut values: Vec<f64> = sample.values.iter().copied().filter(|x| !x.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        let all = values.len() as f64;
        values.retain(|x| *x < f64::INFINITY);
        // What nobody reached has a share of nothing.
        if values.is_empty() && all > 0.0 {
            values.push(f64::INFINITY);
            let marks = vec![Mark::Line { x: values, y: vec![0.0], steps: true }];
            return Series { name: sample.name.to_owned(), style, marks };
        }
        // From nothing at the first of them.
        let y = (0..=values.len()).filter(|_| !values.is_empty()).map(|below| below as f64 / all).collect();
        values.splice(..0, values.first().copied());
        Series { name: sample.name.to_owned(), style, marks: vec![Mark::Line { x: values, y, steps: true }] }
    };
    let series = samples.iter().enumerate().map(one).collect();
    let y = Axis::new(what, "").between(0.0, 1.0);
    Figure::of(title, Chart { x, y, series, ..Chart::default() })
}

/// Mean ranks over problems; what a bar joins cannot be told apart.
///
/// # Panics
/// If there are not as many ranks as names.
#[must_use]
pub fn critical_difference(title: &str, names: &[&str], ranks: &[f64], critical_difference: f64) -> Figure {
    assert_eq!(names.len(), ranks.len(), "a rank for each name");
    let names = names.iter().map(|&name| name.to_owned()).collect();
    Figure::new(title, Picture::Ranks(Ranks { names, ranks: ranks.to_vec(), critical_difference }))
}

/// Boxes over replicates, one below the other, with the replicates as points.
///
/// A box reaches from the lower to the upper quartile, the whiskers to the smallest and the largest number.
#[must_use]
pub fn boxes(title: &str, x: Axis, samples: &[Sample<'_>]) -> Figure {
    let mut names = Vec::new();
    let mut series = Vec::new();
    for (at, sample) in samples.iter().enumerate() {
        names.push(sample.name.to_owned());
        let values: Vec<f64> = sample.values.iter().copied().filter(|x| !x.is_nan()).collect();
        let quantiles = [0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&values, q)).to_vec();
        // One color for all: what a box is stands beside it.
        series.push(Series {
            name: String::new(),
            style: 0,
            marks: vec![Mark::Box { at: at as f64, quantiles, values }],
        });
    }
    let height = 80.0 + 34.0 * samples.len().max(1) as f64;
    let y = Axis { names, ..Axis::default() };
    Figure { height, ..Figure::of(title, Chart { x, y, series, ..Chart::default() }) }
}

/// Densities of eigenvalues: sums of normal densities around them, with the eigenvalues as strokes at the lower edge.
///
/// On a logarithmic axis the densities are those of the decimal logarithm.
/// The width of a normal density is a hundredth of the range.
#[must_use]
pub fn spectra(title: &str, x: Axis, spectra: &[Spectrum<'_>]) -> Figure {
    let log = x.scale == Scale::Log;
    let place = |x: f64| if log { x.log10() } else { x };
    let places = || spectra.iter().flat_map(|s| s.eigenvalues).map(|&x| place(x)).filter(|x| x.is_finite());
    let (low, high) = (places().fold(f64::INFINITY, f64::min), places().fold(f64::NEG_INFINITY, f64::max));
    let width = if high > low { (high - low) / 100.0 } else { 0.1 };
    let series = spectra.iter().enumerate().filter(|_| low <= high).map(|(style, spectrum)| {
        let weight = |i: usize| spectrum.weights.get(i).copied().unwrap_or(1.0);
        let total: f64 = (0..spectrum.eigenvalues.len()).map(weight).sum();
        let grid = (0..=400).map(|i| low - 4.0 * width + (high - low + 8.0 * width) * f64::from(i) / 400.0);
        let density = |at: f64| -> f64 {
            let near = |(i, &x): (usize, &f64)| {
                let z = (at - place(x)) / width;
                if z.abs() < 8.0 { weight(i) * (-0.5 * z * z).exp() } else { 0.0 }
            };
            let sum: f64 = spectrum.eigenvalues.iter().enumerate().map(near).sum();
            sum / (total * width * std::f64::consts::TAU.sqrt())
        };
        let y: Vec<f64> = grid.clone().map(density).collect();
        let x: Vec<f64> = grid.map(|x| if log { 10f64.powf(x) } else { x }).collect();
        let band = Mark::Band { x: x.clone(), low: vec![0.0; y.len()], high: y.clone() };
        let rug = Mark::Rug { x: spectrum.eigenvalues.to_vec() };
        Series { name: spectrum.name.to_owned(), style, marks: vec![band, Mark::Line { x, y, steps: false }, rug] }
    });
    let series = series.collect();
    let unit = if log { "per decade" } else { "" };
    Figure::of(title, Chart { x, y: Axis::new("density of eigenvalues", unit), series, ..Chart::default() })
}
