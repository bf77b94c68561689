//! How fast errors fall with the rate.

use sgdlab_core::{Real, WIDTH};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};

use super::terms::{Numbers, Points, distance};
use crate::tools::drawing::{curve, fields};
use crate::{Header, Outcome};

/// Halvings of the rate, and one more.
pub(super) const RATES: usize = 7;

/// 0.2, 0.1, …, 0.003125, side by side; the runs beyond repeat the last one.
pub(super) fn rates() -> Numbers {
    halvings(0.2, RATES)
}

/// So many rates, each half the one before.
pub(super) fn halvings(first: f64, count: usize) -> Numbers {
    std::array::from_fn(|run| first / f64::from(1 << run.min(count - 1)))
}

/// log₂ x.
pub(super) fn log2(x: f64) -> f64 {
    Real::ln(x) / std::f64::consts::LN_2
}

/// The errors of a flow at some rates.
#[derive(Clone, Debug)]
pub(super) struct Errors {
    /// What is compared.
    pub(super) mean: String,
    /// With which flow.
    pub(super) flow: &'static str,
    /// Rates and distances.
    pub(super) rates: Vec<f64>,
    pub(super) errors: Vec<f64>,
}

impl Errors {
    /// Distances of the points of the first `count` runs.
    pub(super) fn between(
        (mean, flow): (impl Into<String>, &'static str),
        (rates, count): (&Numbers, usize),
        (a, b): (&Points, &Points),
    ) -> Self {
        let errors = (0..count).map(|run| distance(a, b, run)).collect();
        Self { mean: mean.into(), flow, rates: rates[..count].to_vec(), errors }
    }

    /// log₂ of how much smaller an error is at half the rate.
    pub(super) fn slopes(&self) -> Vec<f64> {
        self.errors.windows(2).map(|pair| log2(pair[0] / pair[1])).collect()
    }

    /// The slope of the last halving.
    pub(super) fn slope(&self) -> f64 {
        *self.slopes().last().expect("there are two rates")
    }
}

pub(super) static TABLE: Header = Header {
    table: "modified_loss_order",
    row: "one rate, and one flow that a mean is compared with",
    columns: &[
        ("mean", "what is averaged over everything that can be drawn"),
        ("flow", "the loss whose gradient flow it is compared with, for the same time"),
        ("rate", "ε, the step size"),
        ("error", "distance of the mean and the flow"),
        ("slope", "log₂ of how much smaller the error is at half the rate; empty in the last row"),
    ],
};

pub(super) fn tabulate(all: &[Errors], out: &mut Outcome) {
    let of = |errors: &Errors| {
        let slopes = errors.slopes();
        let row = |k: usize| {
            let mut row = fields(&[&errors.mean, errors.flow], &[errors.rates[k], errors.errors[k]]);
            row.push(slopes.get(k).map(f64::to_string).unwrap_or_default());
            row
        };
        (0..errors.rates.len()).map(row).collect::<Vec<_>>()
    };
    out.tabulate(&TABLE, all.iter().flat_map(of));
}

/// A chart of errors over the rate, with lines of whole slopes at its left end.
pub(super) fn chart(title: &str, all: &[(&str, &Errors)], guides: &[(&str, f64, f64)]) -> Chart {
    let series = all.iter().enumerate();
    let series = series.map(|(style, (name, of))| curve(name, style, &of.rates, of.errors.clone())).collect();
    let rates = &all[0].1.rates;
    let (first, last) = (rates[0], rates[rates.len() - 1]);
    let guide = |&(name, slope, at_last): &(&str, f64, f64)| Reference {
        name: name.to_owned(),
        guide: Guide::Curve { x: vec![last, first], y: vec![at_last, at_last * (first / last).powf(slope)] },
    };
    Chart {
        title: title.to_owned(),
        x: Axis::new("rate ε", "").log(),
        y: Axis::new("distance of the mean and the flow", "").log(),
        references: guides.iter().map(guide).collect(),
        series,
        ..Chart::default()
    }
}

/// The same as a figure of its own.
pub(super) fn figure(title: &str, all: &[(&str, &Errors)], guides: &[(&str, f64, f64)]) -> Figure {
    Figure::of(title, chart("", all, guides))
}

/// Runs that are all alike.
pub(super) fn same(x: f64) -> Numbers {
    [x; WIDTH]
}
