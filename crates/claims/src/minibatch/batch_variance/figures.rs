//! Figures and tables of variances.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::ways::Size;
use super::{SIZES, TERMS};
use crate::tools::drawing::{fields, line};
use crate::{Header, Outcome};

/// Who is drawn, from the noisiest down.
const SHOWN: [(&str, &str); 7] = [
    ("block", "neighbors"),
    ("poisson", "each term by itself"),
    ("with-replacement", "independent draws"),
    ("reshuffle", "without replacement"),
    ("stratified", "strata"),
    ("antithetic", "mirrored pairs"),
    ("systematic", "every (N/B)-th term"),
];

/// Variances over batch sizes, in two scales.
pub(super) fn variance(sizes: &[Size], text: &impl Fn(usize) -> f64) -> Figure {
    let chart = |title: &str, share: bool| {
        let series = |(style, (sampler, words)): (usize, &(&str, &str))| {
            let of: Vec<&Size> = sizes.iter().filter(|size| size.sampler == *sampler).collect();
            let x: Vec<f64> = of.iter().map(|size| size.batch as f64).collect();
            let unit = |size: &Size| if share { text(size.batch) } else { 1.0 };
            let law = of.iter().map(|size| size.law.1 / unit(size)).collect();
            let side = |sign: f64| {
                // Below a quarter of the law bands of small samples are cut: the axis is logarithmic.
                let end = |size: &&Size| (size.law.1 + 4.0 * sign * size.error).max(0.25 * size.law.1) / unit(size);
                of.iter().map(end).collect()
            };
            let band = Mark::Band { x: x.clone(), low: side(-1.0), high: side(1.0) };
            let y = of.iter().map(|size| size.variance / unit(size)).collect();
            Series { name: (*words).to_owned(), style, marks: vec![band, line(&x, law), Mark::Points { x, y }] }
        };
        let y = Axis::new(if share { "variance · B/σ²" } else { "variance" }, "").log();
        Chart {
            title: title.to_owned(),
            x: Axis::new("batch size B", "").log(),
            y,
            series: SHOWN.iter().enumerate().map(series).collect(),
            ..Chart::default()
        }
    };
    let charts = vec![chart("variance of the estimate", false), chart("as a multiple of σ²/B", true)];
    let figure = Figure::multiples("σ²/B is the law of independent draws; other samplers have others", charts, 2);
    Figure { height: 340.0, ..figure }.with_subtitle(&format!(
        "{TERMS} sorted gradients. Points are measured, lines are laws, bands ± 4 standard errors."
    ))
}

/// How far every measured variance is from its law, in standard errors.
pub(super) fn deviations(sizes: &[Size]) -> Figure {
    let mut names: Vec<String> = sizes.iter().map(|size| size.sampler.clone()).collect();
    names.dedup();
    let series = |(style, batch): (usize, &usize)| {
        let of = sizes.iter().filter(|size| size.batch == *batch);
        let place = |size: &Size| names.iter().position(|name| *name == size.sampler).expect("a sampler") as f64;
        let (x, y) = of.map(|size| (size.z(), place(size))).unzip();
        Series { name: format!("B = {batch}"), style, marks: vec![Mark::Points { x, y }] }
    };
    let end = |at: f64| Reference { name: "± 4".to_owned(), guide: Guide::Vertical(at) };
    let chart = Chart {
        x: Axis::new("(measured − law) over the standard error", "").between(-5.0, 5.0),
        y: Axis { names: names.clone(), ..Axis::default() },
        references: vec![end(-4.0), end(4.0)],
        series: SIZES.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    let figure = Figure::of("Every sampler of the catalogue has the variance that its law says", chart);
    Figure { height: 20.0 * names.len() as f64 + 60.0, ..figure }
        .with_subtitle("Measured variances of independent batches; chance leaves ± 4 once in 16 000.")
}

pub(super) static VARIANCES: Header = Header {
    table: "batch_variance",
    row: "one sampler and batch size",
    columns: &[
        ("sampler", "how batches are drawn"),
        ("terms", "N"),
        ("batch_size", "B"),
        ("replicate_count", "independent batches"),
        ("mean", "mean of the estimates"),
        ("mean_law", "their expectation by the law"),
        ("variance", "variance of the estimates, divisor their number − 1"),
        ("variance_law", "variance by the law"),
        ("ratio", "measured variance over the law's"),
        ("standard_error", "of the measured variance, by the law's variance and the measured kurtosis"),
        ("z", "(variance − law) over the standard error"),
    ],
};

pub(super) fn variances(sizes: &[Size], out: &mut Outcome) {
    let row = |size: &Size| {
        let counts = [TERMS, size.batch, size.count].map(|x| x as f64);
        let ratio = size.variance / size.law.1;
        let moments = [size.mean, size.law.0, size.variance, size.law.1, ratio, size.error, size.z()];
        fields(&[&size.sampler], &[&counts[..], &moments].concat())
    };
    out.tabulate(&VARIANCES, sizes.iter().map(row));
}
