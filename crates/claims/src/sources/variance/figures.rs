//! Figures and tables of variances, correlations, gains and times.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::leaving::Time;
use super::{SIZES, Size, TERMS};
use crate::tools::drawing::{fields, means, reference};
use crate::tools::moments::Mean;
use crate::tools::population::WITH;
use crate::{Header, Outcome};

/// Measured variances over both laws, and as shares of the text's.
pub(super) fn variance(sizes: &[Size], count: usize) -> Figure {
    let between: Vec<f64> = (0..=64).map(|i| 256f64.powf(f64::from(i) / 64.0)).collect();
    let text = sizes[0].text;
    let dealt = |m: f64| (TERMS as f64 - m) / (TERMS as f64 - 1.0);
    let chart = |title: &str, share: bool| {
        let unit = |size: &Size| if share { size.text } else { 1.0 };
        let series = |(style, sampler): (usize, &str)| {
            let of: Vec<&Size> = sizes.iter().filter(|size| size.sampler == sampler).collect();
            let x: Vec<f64> = of.iter().map(|size| size.batch as f64).collect();
            let side = |sign: f64| {
                of.iter().map(|size| (size.moments.second + 4.0 * sign * size.error) / unit(size)).collect::<Vec<_>>()
            };
            let band = Mark::Band { x: x.clone(), low: side(-1.0), high: side(1.0) };
            let y = of.iter().map(|size| size.variance / unit(size)).collect();
            let name = if sampler == WITH { "independent draws" } else { "without replacement (the script)" };
            Series { name: name.to_owned(), style, marks: vec![band, Mark::Points { x, y }] }
        };
        let scale = move |m: f64| if share { 1.0 } else { text / m };
        let y = Axis::new(if share { "variance · m/σ²" } else { "variance" }, "");
        Chart {
            title: title.to_owned(),
            x: Axis::new("batch size m", "").log(),
            y: if share { y.between(0.6, 1.3) } else { y.log() },
            references: vec![
                reference("σ²/m (the text)", &between, scale),
                reference("σ²/m · (N − m)/(N − 1)", &between, move |m| scale(m) * dealt(m)),
            ],
            series: [WITH, "reshuffle"].into_iter().enumerate().map(series).collect(),
            ..Chart::default()
        }
    };
    let charts = vec![chart("variance of the mean of a batch", false), chart("as a share of the text's law", true)];
    let figure = Figure::multiples("The text's law and the script's are told apart at m = 256", charts, 2);
    Figure { height: 320.0, ..figure }
        .with_subtitle(&format!("{count} batches of each size from {TERMS} gradients; bands are ± 4 standard errors."))
}

/// The measured variances.
pub(super) static VARIANCES: Header = Header {
    table: "variances",
    row: "one sampler and batch size",
    columns: &[
        ("sampler", "how batches are drawn"),
        ("terms", "N"),
        ("batch_size", "m"),
        ("mean", "mean of the estimates"),
        ("variance", "variance of the estimates, divisor their number"),
        ("law", "variance by the sampler's law"),
        ("standard_error", "of the measured variance, by fourth moments"),
        ("text", "σ²/m"),
        ("ratio_to_text", "measured variance over σ²/m"),
        ("z", "(variance − law) over the standard error"),
    ],
};

pub(super) fn variances(sizes: &[Size], out: &mut Outcome) {
    let row = |size: &Size| {
        let law = size.moments.second;
        let z = (size.variance - law) / size.error;
        let numbers = [size.mean.value, size.variance, law, size.error, size.text, size.variance / size.text, z];
        let words = [size.sampler.to_owned(), TERMS.to_string(), size.batch.to_string()];
        words.into_iter().chain(numbers.map(|x| x.to_string()))
    };
    debug_assert_eq!(sizes.len(), 2 * SIZES.len());
    out.tabulate(&VARIANCES, sizes.iter().map(row));
}

/// Correlations by batch size and lag.
type Correlation = (usize, usize, Mean, f64);

pub(super) fn correlation(rows: &[Correlation], epochs: usize) -> Figure {
    let mut series = Vec::new();
    let mut references = Vec::new();
    for (style, batch) in [100, 250, 500].into_iter().enumerate() {
        let of: Vec<&Correlation> = rows.iter().filter(|row| row.0 == batch).collect();
        let x: Vec<f64> = of.iter().map(|row| row.1 as f64).collect();
        let name = format!("{} batches of {batch}", TERMS / batch);
        series.push(means(&name, style, &x, &of.iter().map(|row| row.2).collect::<Vec<_>>()));
        references.push(Reference { name: "−1/(batches − 1)".to_owned(), guide: Guide::Horizontal(of[0].3) });
    }
    let chart = Chart {
        x: Axis::new("lag", "batches").between(0.0, 10.0),
        y: Axis::new("correlation of two batches", ""),
        references,
        series,
        ..Chart::default()
    };
    Figure::of("Batches of one epoch make up for each other, near or far", chart)
        .with_subtitle(&format!("{epochs} reshuffled epochs of {TERMS} gradients; bands are ± 4 standard errors."))
}

pub(super) static CORRELATIONS: Header = Header {
    table: "correlations",
    row: "one batch size and lag",
    columns: &[
        ("batch_size", "m"),
        ("lag", "batches between the two, within an epoch"),
        ("correlation", "covariance of the estimates over their variance, of the same epochs"),
        ("standard_error", "of the correlation, over epochs"),
        ("law", "−1/(batches − 1)"),
    ],
};

pub(super) fn correlations(rows: &[Correlation], out: &mut Outcome) {
    let row = |(batch, lag, mean, expected): &Correlation| {
        [*batch as f64, *lag as f64, mean.value, mean.error, *expected].map(|x| x.to_string())
    };
    out.tabulate(&CORRELATIONS, rows.iter().map(row));
}

pub(super) static TWO_BATCHES: Header = Header {
    table: "two_batches",
    row: "one estimator and sampler",
    columns: &[
        ("sampler", "how batches are drawn"),
        ("quantity", "what is estimated from two batches"),
        ("estimate", "mean of the estimates"),
        ("standard_error", "of that mean"),
        ("law", "its expectation"),
    ],
};

pub(super) fn two_batches(rows: &[(&str, &str, Mean, f64)], out: &mut Outcome) {
    let row = |(sampler, what, mean, expected): &(&str, &str, Mean, f64)| {
        fields(&[sampler, what], &[mean.value, mean.error, *expected])
    };
    out.tabulate(&TWO_BATCHES, rows.iter().map(row));
}

pub(super) fn gain(rows: &[(usize, Mean, f64)], critical: f64, count: usize) -> Figure {
    let x: Vec<f64> = rows.iter().map(|row| row.0 as f64).collect();
    let between: Vec<f64> = (0..=64).map(|i| 256f64.powf(f64::from(i) / 64.0)).collect();
    let chart = Chart {
        x: Axis::new("batch size", "").log(),
        y: Axis::new("gain of a step at the best rate, of the most", "").between(0.0, 1.0),
        references: vec![
            reference("1/(1 + B*/B)", &between, |b| 1.0 / (1.0 + critical / b)),
            Reference { name: "critical batch size B*".to_owned(), guide: Guide::Vertical(critical) },
        ],
        series: vec![means("measured", 0, &x, &rows.iter().map(|row| row.1).collect::<Vec<_>>())],
        ..Chart::default()
    };
    Figure::of("Beyond the critical batch size larger batches gain little", chart).with_subtitle(&format!(
        "A quadratic with 400 noisy terms, {count} steps each; the band is ± 4 standard errors."
    ))
}

pub(super) static GAINS: Header = Header {
    table: "gains",
    row: "one batch size, with the best step for it",
    columns: &[
        ("batch_size", "m"),
        ("gain", "mean decrease of the loss in one step"),
        ("standard_error", "of that mean"),
        ("law", "gain by the law"),
        ("critical_batch_size", "tr(HΣ) / (gᵀHg)"),
    ],
};

pub(super) fn gains(rows: &[(usize, Mean, f64)], critical: f64, out: &mut Outcome) {
    let row = |(batch, mean, expected): &(usize, Mean, f64)| {
        [*batch as f64, mean.value, mean.error, *expected, critical].map(|x| x.to_string())
    };
    out.tabulate(&GAINS, rows.iter().map(row));
}

pub(super) static ESCAPES: Header = Header {
    table: "escapes",
    row: "one batch size or temperature",
    columns: &[
        ("left", "saddle, or well"),
        ("setting", "batch size m of a saddle; temperature Θ = η σ²/(2 m) of a well"),
        ("mean_time", "steps until a saddle is left; η · steps from one minimum of a well to the other"),
        ("standard_error", "of that mean"),
        ("law", "mean time by the law of the saddle, or by the exact integral"),
        ("ratio", "measured over law"),
    ],
};

pub(super) fn escapes(rows: &[Time], out: &mut Outcome) {
    let row = |(left, setting, mean, law): &Time| {
        fields(&[left], &[*setting, mean.value, mean.error, *law, mean.value / law])
    };
    out.tabulate(&ESCAPES, rows.iter().map(row));
}
