//! Figures and tables of stationary errors.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::super::schemes::SCHEMES;
use super::{Errors, Run, Scheme, rates};
use crate::tools::drawing::{curve, fields};
use crate::{Header, Outcome};

/// A line of this power through the point of the smallest rate, a little above it.
fn guide(power: i32, at_last: f64) -> Reference {
    let last = rates()[8];
    let x = vec![last, 16.0 * last];
    let y = x.iter().map(|x| 2.0 * at_last * (x / last).powi(power)).collect();
    Reference { name: format!("power {power}"), guide: Guide::Curve { x, y } }
}

/// E x² over rates.
pub(super) fn error(zero: &[Errors], runs: &[Run]) -> Figure {
    let series = |(style, of): (usize, &Errors)| {
        let mut series = curve(of.scheme.name(), style, &rates(), of.totals());
        let run = runs.iter().find(|run| run.scheme == of.scheme).expect("every scheme is run");
        series.marks.push(Mark::Points { x: vec![rates()[0]], y: vec![run.squares.value] });
        series
    };
    let guided = [Scheme::With, Scheme::Once, Scheme::Reshuffled, Scheme::FlipFlopOnce, Scheme::FlipFlopReshuffled];
    let place = |scheme: Scheme| SCHEMES.iter().position(|of| *of == scheme).expect("a scheme");
    let at_last = |scheme: Scheme| zero[place(scheme)].of[8].total();
    let chart = Chart {
        x: Axis::new("rate η", "").log(),
        y: Axis::new("E x² at the ends of epochs", "").log(),
        references: guided.iter().zip(1..).map(|(&scheme, power)| guide(power, at_last(scheme))).collect(),
        series: zero.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    let figure = Figure::of("The order of the terms decides how fast the error vanishes with the rate", chart);
    Figure { height: 420.0, ..figure }
        .with_subtitle("Eight parabolas with Σ aᵢbᵢ = 0: exact, over all 40 320 orders. At 0.1 runs are drawn too.")
}

/// Bias and variance of new orders, for both choices of b.
pub(super) fn parts(zero: &[Errors], generic: &[Errors]) -> Figure {
    let chart = |scheme: Scheme| {
        let series = |style: usize, name: &str, y: Vec<f64>| -> Series { curve(name, style, &rates(), y) };
        let find = |all: &[Errors]| all.iter().position(|of| of.scheme == scheme).expect("a scheme");
        let (zero, generic) = (&zero[find(zero)], &generic[find(generic)]);
        Chart {
            title: scheme.name().to_owned(),
            x: Axis::new("rate η", "").log(),
            y: Axis::new("part of E x²", "").log(),
            series: vec![
                series(0, "variance, Σ aᵢbᵢ = 0 or −0.07", zero.variances()),
                series(1, "squared bias, Σ aᵢbᵢ = 0", zero.biases()),
                series(2, "squared bias, Σ aᵢbᵢ = −0.07", generic.biases()),
            ],
            ..Chart::default()
        }
    };
    let charts = vec![chart(Scheme::Reshuffled), chart(Scheme::FlipFlopReshuffled)];
    let figure = Figure::multiples("Where Σ aᵢbᵢ is not 0 a bias of order η wins in the end", charts, 2);
    Figure { height: 320.0, ..figure }.with_subtitle("Exact, over all 40 320 orders of eight parabolas.")
}

pub(super) static ERRORS: Header = Header {
    table: "reshuffling",
    row: "one scheme, choice of b and rate",
    columns: &[
        ("scheme", "how the terms are gone through"),
        ("drift", "Zero if Σ aᵢbᵢ = 0, else Generic"),
        ("n", "terms"),
        ("K", "epochs: inf, since the law is stationary"),
        ("eta", "the rate"),
        ("bias2", "(E x)² at the ends of epochs"),
        ("variance", "variance of x there"),
        ("total", "E x²"),
        ("slope", "log₂ of the ratio of E x² at twice the rate and here; empty for the largest rate"),
    ],
};

pub(super) static RUNS: Header = Header {
    table: "runs",
    row: "one scheme, at rate 0.1 with Σ aᵢbᵢ = 0",
    columns: &[
        ("scheme", "how the terms are gone through"),
        ("total", "mean of x² after 40 epochs"),
        ("standard_error", "of that mean"),
        ("exact", "the stationary E x²"),
    ],
};

pub(super) fn tables(zero: &[Errors], generic: &[Errors], runs: &[Run], out: &mut Outcome) {
    let rows = |of: &Errors| {
        let totals = of.totals();
        let row = |k: usize| {
            let at = of.of[k];
            let numbers = [8.0, f64::INFINITY, rates()[k], at.mean * at.mean, at.variance, totals[k]];
            let mut row = fields(&[of.scheme.name(), &format!("{:?}", of.drift)], &numbers);
            row.push(if k == 0 { String::new() } else { (totals[k - 1] / totals[k]).log2().to_string() });
            row
        };
        (0..totals.len()).map(row).collect::<Vec<_>>()
    };
    out.tabulate(&ERRORS, zero.iter().chain(generic).flat_map(rows));
    let row = |run: &Run| fields(&[run.scheme.name()], &[run.squares.value, run.squares.error, run.exact]);
    out.tabulate(&RUNS, runs.iter().map(row));
}
