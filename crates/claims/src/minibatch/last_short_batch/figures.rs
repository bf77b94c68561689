//! Figures and tables of short batches.

use sgdlab_reports::figures::{Axis, Chart, Figure, Mark, Series, Spot};

use super::epochs::{POLICIES, SAMPLERS};
use super::{FixedOrder, Row};
use crate::tools::drawing::{fields, line};
use crate::{Header, Outcome};

/// Errors of the mean over many epochs, policy by policy.
pub(super) fn epochs(rows: &[Row]) -> Figure {
    let chart = |policy: &str| {
        let series = |(style, (sampler, ..)): (usize, &(&str, &str, Option<&str>))| {
            let of: Vec<&Row> = rows.iter().filter(|row| row.policy == policy && row.sampler == *sampler).collect();
            let x: Vec<f64> = of.iter().map(|row| row.epochs as f64).collect();
            let y: Vec<f64> = of.iter().map(|row| if row.law > 1e-20 { row.law.sqrt() } else { f64::NAN }).collect();
            let (at, found) = of.iter().filter_map(|row| Some((row.epochs as f64, row.sampled?.value.sqrt()))).unzip();
            let marks = vec![line(&x, y), Mark::Points { x: at, y: found }];
            Series { name: (*sampler).to_owned(), style, marks }
        };
        Chart {
            title: policy.to_owned(),
            x: Axis::new("epochs", "").log(),
            y: Axis::new("root mean square error of the mean", "").log().between(0.02, 2.0),
            series: SAMPLERS.iter().enumerate().map(series).collect(),
            ..Chart::default()
        }
    };
    let charts = POLICIES.iter().filter(|(policy, _)| *policy != "rescale").map(|(policy, _)| chart(policy)).collect();
    let figure = Figure::multiples("An order that is drawn once keeps what its short batch does wrong", charts, 3);
    Figure { height: 300.0, ..figure }
        .with_subtitle(
            "Mean of all estimates of some epochs against the gradient, seven terms in batches of three. \
             Lines are laws; points, at 1 and 8 epochs, are sampled.",
        )
        .with_note("With rescale the error of every epoch is 0.")
}

/// Where runs through a fixed order end.
pub(super) fn fixed(of: &[FixedOrder], gradient: &[f64]) -> Figure {
    let series = |(style, run): (usize, &FixedOrder)| {
        let goal = |j: usize| vec![-gradient[j], -gradient[j] - run.bias[j]];
        let path = Mark::Path { x: goal(0), y: goal(1) };
        let end = Mark::Points { x: vec![run.end[0]], y: vec![run.end[1]] };
        Series { name: format!("end with {}", run.policy), style, marks: vec![path, end] }
    };
    let minimum = Spot { name: "minimum of the bowls".to_owned(), x: -gradient[0], y: -gradient[1] };
    let chart = Chart {
        x: Axis::new("first coordinate", "").between(-1.8, 0.2),
        y: Axis::new("second coordinate", "").between(-1.7, -0.1),
        series: of.iter().enumerate().map(series).collect(),
        spots: vec![minimum],
        ..Chart::default()
    };
    Figure::of("In a fixed order keep and drop miss the minimum on opposite sides", chart).with_subtitle(
        "Ends of gradient descent at rate 0.001 (symbols) and minus the bias of the mean of an epoch (lines).",
    )
}

pub(super) static EPOCHS: Header = Header {
    table: "epochs",
    row: "one sampler, policy and number of epochs",
    columns: &[
        ("sampler", "which orders epochs go through"),
        ("remainder", "what becomes of the terms that are left over"),
        ("epochs", "K"),
        ("squared_error_law", "E |mean estimate of K epochs − G|² by the law"),
        ("squared_error", "the same, mean over runs; empty where it was not sampled"),
        ("standard_error", "of that mean; empty where it was not sampled"),
    ],
};

pub(super) static FIXED_ORDER: Header = Header {
    table: "fixed_order",
    row: "one policy, with the order 0, 1, …",
    columns: &[
        ("remainder", "what becomes of the terms that are left over"),
        ("bias_1", "first coordinate of the mean of an epoch minus G"),
        ("bias_2", "second coordinate"),
        ("end_1", "first coordinate of the end of a run"),
        ("end_2", "second coordinate"),
    ],
};

pub(super) fn tables(rows: &[Row], fixed: &[FixedOrder], out: &mut Outcome) {
    let row = |row: &Row| {
        let mut all = fields(&[row.sampler, row.policy], &[row.epochs as f64, row.law]);
        all.push(row.sampled.map(|mean| mean.value.to_string()).unwrap_or_default());
        all.push(row.sampled.map(|mean| mean.error.to_string()).unwrap_or_default());
        all
    };
    out.tabulate(&EPOCHS, rows.iter().map(row));
    let row = |of: &FixedOrder| fields(&[of.policy], &[of.bias[0], of.bias[1], of.end[0], of.end[1]]);
    out.tabulate(&FIXED_ORDER, fixed.iter().map(row));
}
