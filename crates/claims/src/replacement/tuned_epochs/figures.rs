//! Figures and tables of tuned errors.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};

use super::super::passes::Drift;
use super::many_terms::{EPOCHS as AT, Ratio};
use super::{Best, EPOCHS, METHODS, of_scheme};
use crate::tools::drawing::{curve, fields};
use crate::{Header, Outcome};

/// Errors over epochs.
pub(super) fn epochs(all: &[Best]) -> Figure {
    let epochs: Vec<f64> = EPOCHS.iter().map(|&epochs| epochs as f64).collect();
    let series = METHODS.iter().enumerate().map(|(style, (scheme, ..))| {
        let errors = of_scheme(all, Drift::Zero, *scheme).iter().map(|best| best.error).collect();
        curve(scheme.name(), style, &epochs, errors)
    });
    let guides = METHODS.iter().map(|(scheme, power, _)| {
        let start = of_scheme(all, Drift::Zero, *scheme)[EPOCHS.len() - 3].error;
        let x: Vec<f64> = vec![64.0, 160.0];
        let y = x.iter().map(|x: &f64| 0.4 * start * (64.0 / x).powf(*power)).collect();
        let digit = ["⁰", "¹", "²", "³", "⁴", "⁵"][*power as usize];
        Reference { name: format!("like K⁻{digit}"), guide: Guide::Curve { x, y } }
    });
    let chart = Chart {
        x: Axis::new("epochs K", "").log(),
        y: Axis::new("E x² at the best constant rate", "").log(),
        references: guides.collect(),
        series: series.collect(),
        ..Chart::default()
    };
    let figure = Figure::of("Shuffling pays from the first epochs on, and ever more", chart);
    Figure { height: 380.0, ..figure }.with_subtitle(
        "Eight parabolas with Σ aᵢbᵢ = 0, from x = 1: exact, over all 40 320 orders; the best of 60 rates.",
    )
}

/// How much better reshuffling is, over the number of terms.
pub(super) fn terms(ratios: &[Ratio]) -> Figure {
    let x: Vec<f64> = ratios.iter().map(|ratio| ratio.terms as f64).collect();
    let of = |part: fn(&Ratio) -> f64| ratios.iter().map(part).collect::<Vec<f64>>();
    let chart = Chart {
        x: Axis::new("terms n", "").log(),
        y: Axis::new("mean x² at the best constant rate", "").log(),
        series: vec![
            curve("with replacement", 0, &x, of(|ratio| ratio.with.0)),
            curve("reshuffling", 2, &x, of(|ratio| ratio.without.0)),
        ],
        ..Chart::default()
    };
    Figure::of("Reshuffling is as much better with many terms as with few", chart)
        .with_subtitle(&format!("Parabolas with random a and b, {AT} epochs, the best of 16 rates; means over runs."))
}

pub(super) static TUNED: Header = Header {
    table: "tuned_errors",
    row: "one scheme, choice of b and number of epochs",
    columns: &[
        ("scheme", "how the terms are gone through"),
        ("drift", "Zero if Σ aᵢbᵢ = 0, else Generic"),
        ("K", "epochs"),
        ("eta", "the best constant rate"),
        ("error", "E x² at that rate"),
        ("slope", "log₂ of the ratio of the errors at K/2 and here; empty for the first K"),
    ],
};

pub(super) static RATIOS: Header = Header {
    table: "terms",
    row: "one number of terms",
    columns: &[
        ("n", "terms"),
        ("with", "best mean x² of independent draws"),
        ("with_error", "its standard error"),
        ("without", "best mean x² of reshuffling"),
        ("without_error", "its standard error"),
        ("ratio", "the first over the second mean"),
    ],
};

pub(super) fn tables(all: &[Best], ratios: &[Ratio], out: &mut Outcome) {
    let row = |k: usize| {
        let Best { drift, scheme, epochs, error, rate, .. } = &all[k];
        let mut row = fields(&[scheme.name(), &format!("{drift:?}")], &[*epochs as f64, *rate, *error]);
        let before = k.checked_sub(1).filter(|_| *epochs > EPOCHS[0]).map(|k| (all[k].error / error).log2());
        row.push(before.map(|power| power.to_string()).unwrap_or_default());
        row
    };
    out.tabulate(&TUNED, (0..all.len()).map(row));
    let row = |of: &Ratio| {
        fields(&[], &[of.terms as f64, of.with.0, of.with.1, of.without.0, of.without.1, of.with.0 / of.without.0])
    };
    out.tabulate(&RATIOS, ratios.iter().map(row));
}
