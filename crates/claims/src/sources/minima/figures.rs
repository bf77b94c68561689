//! Both panels, spreads, ends and shares.

use sgdlab_reports::figures::{Axis, Chart, Figure, Sample, Series, boxes};

use super::family::Place;
use super::{NAMES, SAMPLERS, Spread};
use crate::tools::drawing::{curve, line};
use crate::{Header, Outcome};

/// The upper end of both panels, as in the notebook.
const HIGHEST: f64 = 30.0;

/// Ten of the losses and the mean of all, with both variances.
pub(super) fn panels(x: &[f64], places: &[Vec<Place>; 2], of: &str) -> Figure {
    let chart = |(title, places): (&&str, &Vec<Place>)| {
        // What is above the window is left out.
        let shown = |y: f64| if y <= HIGHEST { y } else { f64::NAN };
        let loss = |i: usize| line(x, places.iter().map(|place| shown(place.losses[i])).collect());
        let shifted = |shift: f64| line(x, places.iter().map(|place| shown(place.mean + shift)).collect());
        // Five lines next to each other are a bold one.
        let bold = [-0.2, -0.1, 0.0, 0.1, 0.2].map(shifted);
        let mean = Series { name: "mean of all 100".to_owned(), style: 4, marks: bold.into() };
        // One series: ten of them would have symbols.
        let losses = Series { name: "a minibatch".to_owned(), style: 0, marks: (0..10).map(loss).collect() };
        Chart {
            title: (*title).to_owned(),
            x: Axis::new("parameter", "").between(-10.0, 10.0),
            y: Axis::new("loss", "").between(0.0, HIGHEST),
            series: vec![losses, mean],
            ..Chart::default()
        }
    };
    let charts = NAMES.iter().zip(places).map(chart).collect();
    let title = format!("The same mean of 100 {of}, and two variances");
    Figure { height: 320.0, ..Figure::multiples(&title, charts, 2) }
        .with_subtitle("Ten of the losses; at low variance they are pulled toward the mean by p = 0.23.")
}

/// The standard deviation of slopes over the parameter.
pub(super) fn deviation(x: &[f64], places: &[Vec<Place>; 2]) -> Figure {
    let series = |(style, (name, places)): (usize, (&&str, &Vec<Place>))| {
        let y = places.iter().map(|place| place.variance.sqrt()).collect();
        Series { name: (*name).to_owned(), style, marks: vec![line(x, y)] }
    };
    let chart = Chart {
        x: Axis::new("parameter", "").between(-10.0, 10.0),
        y: Axis::new("standard deviation of slopes", "").log(),
        series: NAMES.iter().zip(places).enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Slopes vary p times as much, everywhere", chart)
}

/// The rate of the modified losses.
const RATE: f64 = 0.8;

/// The mean, and what reshuffled single losses descend on average.
pub(super) fn modified(x: &[f64], places: &[Vec<Place>; 2]) -> Figure {
    let shown = |y: f64| if y <= 20.0 { y } else { f64::NAN };
    let series = |name: &str, style: usize, y: Vec<f64>| Series {
        name: name.to_owned(),
        style,
        marks: vec![line(x, y.into_iter().map(shown).collect())],
    };
    let penalized = |places: &[Place]| places.iter().map(|place| place.modified(RATE)).collect();
    let chart = Chart {
        x: Axis::new("parameter", "").between(-10.0, 10.0),
        y: Axis::new("loss", "").between(10.0, 20.0),
        series: vec![
            series("mean of both", 4, places[0].iter().map(|place| place.mean).collect()),
            series("modified, high variance", 0, penalized(&places[0])),
            series("modified, low variance", 1, penalized(&places[1])),
        ],
        ..Chart::default()
    };
    Figure::of("What reshuffled minibatches descend on average is higher where slopes vary", chart)
        .with_subtitle("F + ε/4 |F′|² + ε/4 Var of the slopes of 100 losses, at the rate ε = 0.8.")
}

pub(super) static LANDSCAPE: Header = Header {
    table: "landscape",
    row: "one place of the grid, the recorded losses",
    columns: &[
        ("x", "the parameter"),
        ("mean_high", "mean of the 100 losses of high variance"),
        ("mean_low", "mean of the 100 losses of low variance"),
        ("slope", "slope of the mean"),
        ("slope_variance_high", "variance of the 100 slopes of high variance, divisor 100"),
        ("slope_variance_low", "variance of the 100 slopes of low variance, divisor 100"),
        ("variance_ratio", "low over high; p² in theory"),
        ("modified_high", "modified loss of reshuffling at rate 0.8, high variance"),
        ("modified_low", "modified loss of reshuffling at rate 0.8, low variance"),
    ],
};

pub(super) fn curves(x: &[f64], [high, low]: &[Vec<Place>; 2], out: &mut Outcome) {
    let row = |((x, high), low): ((&f64, &Place), &Place)| {
        let Place { mean, slope, variance, .. } = high;
        let ratio = low.variance / variance;
        [*x, *mean, low.mean, *slope, *variance, low.variance, ratio, high.modified(RATE), low.modified(RATE)]
            .map(|x| x.to_string())
    };
    out.tabulate(&LANDSCAPE, x.iter().zip(high).zip(low).map(row));
}

/// How far runs spread, over the rate.
pub(super) fn spread(rows: &[Spread], (chains, epochs): (u64, u64)) -> Figure {
    let series = |style: usize| {
        let (family, name) = (style % 2, SAMPLERS[style / 2]);
        let of: Vec<&Spread> = rows.iter().filter(|row| (row.0, row.1) == (family, name)).collect();
        let (x, y): (Vec<f64>, Vec<f64>) = of.iter().map(|row| (row.2, row.3)).unzip();
        curve(&format!("{}, {name}", NAMES[family]), style, &x, y)
    };
    let chart = Chart {
        x: Axis::new("rate", "").log(),
        y: Axis::new("root mean square distance from the minimum", "").log(),
        series: (0..4).map(series).collect(),
        ..Chart::default()
    };
    Figure::of("The spread follows the variance of slopes, and the order of batches", chart)
        .with_subtitle(&format!("{chains} runs of {epochs} epochs each, single terms, from the minimum of the mean."))
}

pub(super) static SPREADS: Header = Header {
    table: "spread",
    row: "one family, sampler and rate",
    columns: &[
        ("family", "high or low variance"),
        ("sampler", "how batches of one loss are drawn"),
        ("rate", "step size"),
        ("spread", "root mean square distance from the minimum of the mean, the first tenth of steps left out"),
    ],
};

pub(super) fn spreads(rows: &[Spread], out: &mut Outcome) {
    let row = |(family, name, rate, spread): &Spread| {
        [NAMES[*family].to_owned(), (*name).to_owned(), rate.to_string(), spread.to_string()]
    };
    out.tabulate(&SPREADS, rows.iter().map(row));
}

pub(super) fn end_boxes(samples: &[(String, Vec<f64>)]) -> Figure {
    let samples: Vec<Sample<'_>> = samples.iter().map(|(name, values)| Sample { name, values }).collect();
    boxes("Where runs end that begin everywhere", Axis::new("last parameter", ""), &samples)
        .with_subtitle("Starts at equal distances on [−10, 10], rate 0.2, 20 epochs of single terms.")
}

pub(super) static ENDS: Header = Header {
    table: "ends",
    row: "one run",
    columns: &[
        ("runs", "family and sampler"),
        ("start", "first parameter"),
        ("end", "parameter after 20 epochs at rate 0.2"),
    ],
};

pub(super) fn ends(starts: &[f64], samples: &[(String, Vec<f64>)], out: &mut Outcome) {
    let rows = samples.iter().flat_map(|(name, ends)| {
        starts.iter().zip(ends).map(move |(start, end)| [name.clone(), start.to_string(), end.to_string()])
    });
    out.tabulate(&ENDS, rows);
}

/// Shares by rate, for each way to choose batches.
type Shares<'a> = [(&'a str, [f64; 4]); 3];

pub(super) fn wells(rates: [f64; 4], rows: &Shares<'_>, starts: usize) -> Figure {
    let series = |(style, (name, shares)): (usize, &(&str, [f64; 4]))| curve(name, style, &rates, shares.to_vec());
    let chart = Chart {
        x: Axis::new("rate", "").log(),
        y: Axis::new("share of starts that end in the quiet well", "").between(0.4, 1.0),
        series: rows.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Of two equal wells noise prefers the quiet one", chart)
        .with_subtitle(&format!("{starts} starts on [−1.9, 1.9], 400 epochs of ten terms."))
}

pub(super) static WELLS: Header = Header {
    table: "wells",
    row: "one way to choose batches at one rate",
    columns: &[
        ("batches", "all terms, reshuffled, or drawn with replacement"),
        ("rate", "step size"),
        ("share_quiet", "share of starts that end in the well where slopes vary less"),
    ],
};

pub(super) fn well_table(rates: [f64; 4], rows: &Shares<'_>, out: &mut Outcome) {
    let rows = rows.iter().flat_map(|(name, shares)| {
        rates
            .into_iter()
            .zip(shares)
            .map(move |(rate, share)| [(*name).to_owned(), rate.to_string(), share.to_string()])
    });
    out.tabulate(&WELLS, rows);
}
