//! The figure and the table of prefix norms.

use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};

use super::{PASSES, Size};
use crate::tools::drawing::{fields, means};
use crate::tools::moments::Mean;
use crate::{Header, Outcome};

/// Prefix norms over passes.
pub(super) fn prefixes(sizes: &[Size]) -> Figure {
    let passes: Vec<f64> = (0..=PASSES).map(|pass| pass as f64).collect();
    let chart = |size: &Size| {
        let joined = |name: &str, style: usize, of: &[Mean]| {
            let mut series = means(name, style, &passes, of);
            series.marks.push(crate::tools::drawing::line(&passes, of.iter().map(|mean| mean.value).collect()));
            series
        };
        Chart {
            title: size.name(),
            x: Axis::new("passes", "").between(0.0, 10.0),
            y: Axis::new("largest prefix norm", "").between(0.0, 1.5 * size.random.value),
            references: vec![Reference {
                name: "random orders, mean".to_owned(),
                guide: Guide::Horizontal(size.random.value),
            }],
            series: vec![joined("balanced by the mean", 0, &size.mean), joined("balanced in pairs", 1, &size.pair)],
            ..Chart::default()
        }
    };
    let figure = Figure::multiples(
        "A few balanced passes make an order that random ones do not come near",
        sizes.iter().map(chart).collect(),
        3,
    );
    Figure { height: 280.0, ..figure }.with_subtitle(
        "The sampler grab, shown the same vectors in every pass; means over first orders, ± 4 standard errors.",
    )
}

pub(super) static PREFIXES: Header = Header {
    table: "prefixes",
    row: "one size, way to balance and pass",
    columns: &[
        ("n", "vectors"),
        ("dimension", "of each"),
        ("balance", "what grab balances; random for 20 random orders"),
        ("pass", "passes before; empty for random orders"),
        ("prefix_norm", "largest prefix norm, mean over first orders"),
        ("standard_error", "of that mean"),
    ],
};

pub(super) fn table(sizes: &[Size], out: &mut Outcome) {
    let rows = |size: &Size| {
        let start = |balance: &str| vec![size.of.0.to_string(), size.of.1.to_string(), balance.to_owned()];
        let end = |mean: &Mean| fields(&[], &[mean.value, mean.error]);
        let mut rows = vec![[start("random"), vec![String::new()], end(&size.random)].concat()];
        for (balance, of) in [("mean", &size.mean), ("pair", &size.pair)] {
            let row = |(pass, mean): (usize, &Mean)| [start(balance), vec![pass.to_string()], end(mean)].concat();
            rows.extend(of.iter().enumerate().map(row));
        }
        rows
    };
    out.tabulate(&PREFIXES, sizes.iter().flat_map(rows));
}
