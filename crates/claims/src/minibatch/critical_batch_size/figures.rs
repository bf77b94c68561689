//! Figures and tables of gains and costs.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::descent::Cost;
use super::{Bowl, Step, TERMS};
use crate::tools::drawing::{curve, fields, reference};
use crate::tools::population::WITH;
use crate::{Header, Outcome};

/// Best rates and gains of 400 terms.
pub(super) fn gain(steps: &[Step], bowl: &Bowl) -> Figure {
    let (rate, most) = bowl.full();
    let between: Vec<f64> = (0..=64).map(|i| 256f64.powf(f64::from(i) / 64.0)).collect();
    let chart = |title: &str, number: &dyn Fn(&Step) -> f64| {
        let series = |(style, (sampler, words)): (usize, (&str, &str))| {
            let of: Vec<&Step> = steps.iter().filter(|s| s.terms == TERMS && s.sampler == sampler).collect();
            let x = of.iter().map(|step| step.batch as f64).collect();
            let y = of.iter().map(|step| number(step)).collect();
            Series { name: words.to_owned(), style, marks: vec![Mark::Points { x, y }] }
        };
        let dealt = |b: f64| (TERMS as f64 - b) / (b * (TERMS as f64 - 1.0));
        Chart {
            title: title.to_owned(),
            x: Axis::new("batch size B", "").log(),
            y: Axis::new("share of the full gradient's", "").between(0.0, 1.0),
            references: vec![
                reference("1/(1 + B_noise/B)", &between, |b| bowl.share(1.0 / b)),
                reference("the same with (N − B)/(B (N − 1)) for 1/B", &between, |b| bowl.share(dealt(b))),
                Reference { name: "B_noise".to_owned(), guide: Guide::Vertical(bowl.critical()) },
            ],
            series: [(WITH, "independent draws"), ("per-batch", "without replacement")]
                .into_iter()
                .enumerate()
                .map(series)
                .collect(),
            ..Chart::default()
        }
    };
    let charts = vec![
        chart("best rate", &|step| step.found.0 / rate),
        chart("mean gain at the best rate", &|step| step.found.1 / most),
    ];
    let figure = Figure::multiples("Larger batches are worth their price up to B_noise", charts, 2);
    Figure { height: 320.0, ..figure }
        .with_subtitle("One step on a quadratic with 400 terms. Points: the best of 40 001 rates; lines: closed forms.")
}

/// Steps against examples of whole descents.
pub(super) fn hyperbola(costs: &[Cost]) -> Figure {
    let of: Vec<&Cost> = costs.iter().filter(|of| of.examples < 30.0 && of.steps < 30.0).collect();
    let x: Vec<f64> = of.iter().map(|of| of.steps).collect();
    let ends = (x.iter().copied().fold(f64::INFINITY, f64::min), x.iter().copied().fold(0.0, f64::max));
    let between: Vec<f64> = (0..=100).map(|i| ends.0 * (ends.1 / ends.0).powf(f64::from(i) / 100.0)).collect();
    let law = |s: f64| 1.0 + 1.0 / (s - 1.0);
    let chart = Chart {
        x: Axis::new("steps over the fewest, s", "").log(),
        y: Axis::new("examples over the fewest, e", "").log(),
        references: vec![reference("hyperbola: (s − 1)(e − 1) = 1", &between, law)],
        series: vec![curve("whole descents, exact", 0, &x, of.iter().map(|of| of.examples).collect())],
        ..Chart::default()
    };
    Figure::of("Fewer steps cost more examples, but not as many as the hyperbola says", chart).with_subtitle(
        "Descents from 1.0 to 0.02 at the best constant rate; each point is a batch size, doubled from right to left.",
    )
}

pub(super) static STEPS: Header = Header {
    table: "best_steps",
    row: "one problem, sampler and batch size",
    columns: &[
        ("sampler", "how batches are drawn"),
        ("terms", "N: 6 enumerated, 400 by the law"),
        ("batch_size", "B"),
        ("rate", "best rate: vertex of a parabola (N = 6), best of a grid (N = 400)"),
        ("rate_law", "ε_max/(1 + B_noise/B), or its form without replacement"),
        ("gain", "mean gain of a step at that rate"),
        ("gain_law", "by the closed form"),
    ],
};

pub(super) static DESCENTS: Header = Header {
    table: "descents",
    row: "one batch size",
    columns: &[
        ("batch_size", "B, not always whole"),
        ("steps", "steps to the goal over those of the full gradient"),
        ("examples", "examples over the fewest"),
        ("product", "(S/S_min − 1)(E/E_min − 1)"),
    ],
};

pub(super) fn tables(steps: &[Step], costs: &[Cost], out: &mut Outcome) {
    let row = |step: &Step| {
        let numbers = [step.found.0, step.expected.0, step.found.1, step.expected.1];
        fields(&[step.sampler, &step.terms.to_string(), &step.batch.to_string()], &numbers)
    };
    out.tabulate(&STEPS, steps.iter().map(row));
    out.tabulate(&DESCENTS, costs.iter().map(|of| fields(&[], &[of.batch, of.steps, of.examples, of.product()])));
}
