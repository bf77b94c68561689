//! Figures and tables of noise scales.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::training::{Checkpoint, SIZES};
use super::{DIMENSION, Estimates, TERMS};
use crate::tools::drawing::{fields, means, reference};
use crate::tools::moments::Mean;
use crate::{Header, Outcome};

/// The noise scale over the steps of training.
pub(super) fn training(of: &[Checkpoint]) -> Figure {
    // The start is drawn at half a step, since the axis is logarithmic.
    let x: Vec<f64> = of.iter().map(|at| (at.step as f64).max(0.5)).collect();
    let estimates: Vec<Mean> = of.iter().map(|at| at.estimate).collect();
    let place = |x: f64| of.iter().find(|at| (at.step as f64).max(0.5) == x).expect("a step").scale;
    let chart = Chart {
        x: Axis::new("step of gradient descent", "0 drawn at ½").log(),
        y: Axis::new("noise scale tr S/|G|²", "terms").log(),
        references: vec![reference("of all terms", &x, place)],
        series: vec![means("from two batch sizes", 0, &x, &estimates)],
        ..Chart::default()
    };
    Figure::of("Noise takes over as training goes on, and two batch sizes see it", chart).with_subtitle(&format!(
        "Logistic regression on breast-cancer data; ratio of averages over batches of {} and {}, ± 4 standard errors.",
        SIZES.small, SIZES.big
    ))
}

/// Estimates of |G|² and what they should be.
pub(super) fn estimates(of: &[Estimates], norm: f64, pairs: u64) -> Figure {
    let mean = |of: &Estimates| Mean::of(&of.norms);
    let series = |(style, kind): (usize, &Estimates)| {
        let Mean { value, error } = mean(kind);
        let ends =
            Mark::Line { x: vec![value - 4.0 * error, value + 4.0 * error], y: vec![style as f64; 2], steps: false };
        Series { name: String::new(), style, marks: vec![ends, Mark::Points { x: vec![value], y: vec![style as f64] }] }
    };
    let chart = Chart {
        x: Axis::new("mean of the estimates of |G|², ± 4 standard errors", ""),
        y: Axis { names: of.iter().map(|kind| kind.kind.to_owned()).collect(), ..Axis::default() },
        references: vec![
            Reference { name: "|G|²".to_owned(), guide: Guide::Vertical(norm) },
            Reference { name: "|G|² − tr S/(N − 1)".to_owned(), guide: Guide::Vertical(of[2].expected.0) },
        ],
        series: of.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    let figure = Figure::of("Without replacement the two-batch estimate of |G|² is one of something smaller", chart);
    Figure { height: 200.0, ..figure }.with_subtitle(&format!(
        "{pairs} pairs of batches of 8 and 64 of {TERMS} gradients of {DIMENSION} coordinates."
    ))
}

pub(super) static ESTIMATES: Header = Header {
    table: "two_batches",
    row: "one way to draw pairs of batches",
    columns: &[
        ("pairs", "how both batches are drawn"),
        ("pair_count", "how many pairs"),
        ("g2_est", "mean of the estimates of |G|²"),
        ("g2_error", "its standard error"),
        ("g2_law", "its expectation"),
        ("s_est", "mean of the estimates of tr S"),
        ("s_error", "its standard error"),
        ("s_law", "its expectation"),
        ("negative", "share of negative estimates of |G|²"),
    ],
};

pub(super) static TRAINING: Header = Header {
    table: "noise_scale",
    row: "one step of training",
    columns: &[
        ("step", "steps of gradient descent before"),
        ("B_small", "the small batch size"),
        ("B_big", "the big batch size"),
        ("g2_est", "mean of the estimates of |G|²"),
        ("s_est", "mean of the estimates of tr S"),
        ("b_simple_est", "the ratio of these means"),
        ("standard_error", "of the ratio, to first order"),
        ("b_simple_exact", "tr S/|G|² of all terms"),
        ("g2_exact", "|G|² of all terms"),
        ("s_exact", "tr S of all terms"),
        ("diversity", "N Σ |gᵢ|²/|Σ gᵢ|²"),
        ("snr", "signal to noise of a big batch of independent draws, B/B_simple"),
    ],
};

pub(super) fn tables(estimates: &[Estimates], training: &[Checkpoint], out: &mut Outcome) {
    let row = |of: &Estimates| {
        let (norm, trace) = (Mean::of(&of.norms), Mean::of(&of.traces));
        let count = of.norms.len() as f64;
        let negative = of.norms.iter().filter(|norm| **norm < 0.0).count() as f64 / count;
        let (of_norm, of_trace) = of.expected;
        fields(&[of.kind], &[count, norm.value, norm.error, of_norm, trace.value, trace.error, of_trace, negative])
    };
    out.tabulate(&ESTIMATES, estimates.iter().map(row));
    let row = |at: &Checkpoint| {
        let sizes = [at.step, SIZES.small, SIZES.big].map(|x| x as f64);
        let estimates = [at.means.0, at.means.1, at.estimate.value, at.estimate.error];
        let exact = [at.scale, at.norm, at.trace, at.diversity, SIZES.big as f64 / at.scale];
        fields(&[], &[&sizes[..], &estimates, &exact].concat())
    };
    out.tabulate(&TRAINING, training.iter().map(row));
}
