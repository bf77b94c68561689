//! Figures and tables of the drift.

use sgdlab_reports::figures::{Axis, Chart, Figure, Mark, Series};

use super::super::passes::Drift;
use super::{At, Scheme, of, rates};
use crate::tools::drawing::{curve, fields, reference};
use crate::tools::moments::Mean;
use crate::{Header, Outcome};

/// Means over rates.
pub(super) fn drift(all: &[At], runs: &[(Scheme, Mean)]) -> Figure {
    let exact = |style: usize, scheme: Scheme| {
        let at = of(all, Drift::Largest, scheme);
        let (x, y) = at.iter().map(|at| (at.rate, at.exact.mean)).unzip();
        Series { name: format!("{}, exact", scheme.name()), style, marks: vec![Mark::Points { x, y }] }
    };
    let (_, Mean { value, error }) = runs.iter().find(|run| run.0 == Scheme::Reshuffled).expect("it was run");
    let ends = Mark::Line { x: vec![0.1; 2], y: vec![value - 4.0 * error, value + 4.0 * error], steps: false };
    let sampled = Series {
        name: "reshuffling, runs ± 4 standard errors".to_owned(),
        style: 1,
        marks: vec![ends, Mark::Points { x: vec![0.1], y: vec![*value] }],
    };
    let mut ascending = rates();
    ascending.sort_by(f64::total_cmp);
    let minimum = |rate: f64| {
        of(all, Drift::Largest, Scheme::Reshuffled).iter().find(|at| at.rate == rate).expect("a rate").minimum
    };
    let chart = Chart {
        x: Axis::new("rate η", "").between(0.0, 0.105),
        y: Axis::new("mean of x at the ends of epochs", "").between(-0.002, 0.024),
        references: vec![
            reference("minimum of F + (η/4) mean |∇fᵢ|²", &ascending, minimum),
            reference("minimum of F", &ascending, |_| 0.0),
        ],
        series: vec![sampled, exact(0, Scheme::Reshuffled), exact(2, Scheme::With)],
        ..Chart::default()
    };
    Figure::of("Reshuffled runs settle at the minimum of the modified loss", chart)
        .with_subtitle("Eight parabolas with b parallel to a − m(a): exact means over all 40 320 orders.")
}

/// How far the minimum of the modified loss is from the mean.
pub(super) fn error(all: &[At]) -> Figure {
    let series = |style: usize, name: &str, drift: Drift| {
        let at = of(all, drift, Scheme::Reshuffled);
        let y = at[..9].iter().map(|at| (at.exact.mean / at.minimum - 1.0).abs()).collect();
        curve(name, style, &rates()[..9], y)
    };
    let ends = [rates()[8], 0.1];
    let chart = Chart {
        x: Axis::new("rate η", "").log(),
        y: Axis::new("|mean / minimum of the modified loss − 1|", "").log().between(1e-7, 1.0),
        references: vec![reference("η", &ends, |x| x), reference("η²", &ends, |x| x * x)],
        series: vec![series(0, "generic b", Drift::Generic), series(1, "b parallel to a − m(a)", Drift::Largest)],
        ..Chart::default()
    };
    Figure::of("The modified loss is right to first order in the rate", chart)
        .with_subtitle("Reshuffling of eight parabolas, exact over all 40 320 orders.")
}

pub(super) static DRIFTS: Header = Header {
    table: "drift",
    row: "one choice of b, scheme and rate",
    columns: &[
        ("drift", "Largest for b parallel to a − m(a), else Generic"),
        ("scheme", "how the terms are gone through"),
        ("eta", "the rate"),
        ("mean", "exact stationary mean of x at the ends of epochs"),
        ("total", "exact stationary E x²"),
        ("minimum", "of the modified loss; of F for independent draws"),
    ],
};

pub(super) fn tables(all: &[At], out: &mut Outcome) {
    let row = |at: &At| {
        let words = [format!("{:?}", at.drift), at.scheme.name().to_owned()];
        let numbers = [at.rate, at.exact.mean, at.exact.total(), at.minimum];
        fields(&words.each_ref().map(String::as_str), &numbers)
    };
    out.tabulate(&DRIFTS, all.iter().map(row));
}
