//! Figures and tables of covariances.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::enumerate::{Enumerated, mean};
use super::{spread, trace};
use crate::tools::drawing::fields;
use crate::{Header, Outcome};

/// tr Cov of the first step of every sampler at B = 2.
pub(super) fn noise(all: &[Enumerated]) -> Figure {
    let mut of: Vec<(&str, f64, bool)> = all
        .iter()
        .filter(|of| of.batch == 2)
        .map(|of| (of.sampler.as_str(), trace(&of.covariance(0, 0)), bias(of) > 1e-12))
        .collect();
    of.sort_by(|a, b| a.1.total_cmp(&b.1));
    let points = |name: &str, style: usize, biased: bool| {
        let shown = of.iter().enumerate().filter(|(_, row)| row.2 == biased);
        let (x, y) = shown.map(|(i, row)| (row.1, i as f64)).unzip();
        Series { name: name.to_owned(), style, marks: vec![Mark::Points { x, y }] }
    };
    let half = trace(&spread()) / 2.0;
    let most = of.iter().map(|row| row.1).fold(0.0, f64::max);
    let chart = Chart {
        x: Axis::new("trace of the covariance of the estimate", "").between(-0.05 * most, 1.05 * most),
        y: Axis { names: of.iter().map(|row| row.0.to_owned()).collect(), ..Axis::default() },
        references: vec![
            Reference { name: "tr S/B".to_owned(), guide: Guide::Vertical(half) },
            Reference { name: "tr S/B · (N − B)/(N − 1)".to_owned(), guide: Guide::Vertical(0.8 * half) },
        ],
        series: vec![points("unbiased", 0, false), points("biased", 1, true)],
        ..Chart::default()
    };
    let figure = Figure::of("Two of six gradients: the sampler decides how noisy the estimate is", chart);
    Figure { height: 22.0 * of.len() as f64 + 60.0, ..figure }.with_subtitle(
        "Every batch of two that each sampler can draw; the laws of the catalogue say the same to 12 digits.",
    )
}

/// The largest deviation of a coordinate of the first step's mean from G.
fn bias(of: &Enumerated) -> f64 {
    let ([a, b], [x, y]) = (mean(&of.steps[0]), mean(&super::GRADIENTS));
    (a - x).abs().max((b - y).abs())
}

/// Correlations of the batches of an epoch.
pub(super) fn correlation(all: &[Enumerated]) -> Figure {
    let (mut series, mut references) = (Vec::new(), Vec::new());
    for (style, of) in all.iter().filter(|of| of.sampler == "reshuffle").enumerate() {
        let lags: Vec<f64> = (1..of.steps.len()).map(|lag| lag as f64).collect();
        let y = (1..of.steps.len()).map(|l| trace(&of.covariance(0, l)) / trace(&of.covariance(0, 0))).collect();
        let name = format!("{} batches of {}", of.steps.len(), of.batch);
        series.push(Series { name, style, marks: vec![Mark::Points { x: lags, y }] });
        let guide = Guide::Horizontal(-1.0 / (of.steps.len() as f64 - 1.0));
        references.push(Reference { name: "−1/(batches − 1)".to_owned(), guide });
    }
    let chart = Chart {
        x: Axis::new("lag", "batches").between(0.0, 6.0),
        y: Axis::new("correlation with the first batch", "").between(-1.1, 0.0),
        references,
        series,
        ..Chart::default()
    };
    Figure::of("Batches of one epoch make up for each other, near or far alike", chart)
        .with_subtitle("All 720 orders of six gradients, cut into batches of 1, 2 and 3.")
}

pub(super) static COVARIANCES: Header = Header {
    table: "covariances",
    row: "one sampler, batch size and pair of steps",
    columns: &[
        ("sampler", "how batches are drawn"),
        ("batch_size", "B"),
        ("step", "the first step, from 0"),
        ("other_step", "the second step; the same for the covariance of one estimate"),
        ("outcomes", "equally likely outcomes that were enumerated"),
        ("bias_1", "first coordinate of the mean of the first step's estimates, minus that of G"),
        ("bias_2", "the same of the second coordinate"),
        ("covariance_11", "covariance of first with first coordinate, over everything"),
        ("covariance_12", "of first with second coordinate"),
        ("covariance_22", "of second with second coordinate"),
        ("trace_law", "trace of the covariance by the law of the catalogue"),
    ],
};

pub(super) static CORRELATIONS: Header = Header {
    table: "correlations",
    row: "one batch size and lag",
    columns: &[
        ("batch_size", "B"),
        ("lag", "batches between the two"),
        ("correlation", "trace of the covariance with the first batch, over the trace of one batch"),
        ("law", "−1/(batches − 1)"),
    ],
};

/// Both tables.
pub(super) fn covariances(all: &[Enumerated], out: &mut Outcome) {
    let [x, y] = mean(&super::GRADIENTS);
    let row = |of: &Enumerated, k: usize, l: usize| {
        let (found, [a, b]) = (of.covariance(k, l), mean(&of.steps[k]));
        let sizes = [of.batch, k, l, of.steps[k].len()].map(|x| x as f64);
        let entries = [a - x, b - y, found[0][0], found[0][1], found[1][1], trace(&of.law(k, l))];
        fields(&[&of.sampler], &[&sizes[..], &entries].concat())
    };
    let mut rows = Vec::new();
    for of in all {
        rows.extend(
            (0..of.steps.len()).flat_map(|k| (k..of.steps.len()).map(move |l| (k, l))).map(|(k, l)| row(of, k, l)),
        );
    }
    out.tabulate(&COVARIANCES, rows);
    let lags = all.iter().filter(|of| of.sampler == "reshuffle").flat_map(|of| {
        (1..of.steps.len()).map(move |l| {
            let correlation = trace(&of.covariance(0, l)) / trace(&of.covariance(0, 0));
            fields(&[], &[of.batch as f64, l as f64, correlation, -1.0 / (of.steps.len() as f64 - 1.0)])
        })
    });
    out.tabulate(&CORRELATIONS, lags);
}
