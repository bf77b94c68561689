//! The same recipe in two dimensions.

use sgdlab_landscapes::surface::{Plane, Quantity, even, map};
use sgdlab_reports::figures::{Axis, Chart, Figure, Map};

use super::NAMES;
use super::claims::{RATIO, SAME_MEAN};
use super::family::{Family, P};
use crate::{Header, Measured, Outcome, Setting};

/// What is drawn of the plane.
const WINDOW: [f64; 2] = [-10.0, 10.0];

pub(super) static PLANE: Header = Header {
    table: "plane",
    row: "one place of the plane, losses drawn in two dimensions",
    columns: &[
        ("x", "first parameter"),
        ("y", "second parameter"),
        ("mean", "mean of the 100 losses"),
        ("slope_variance_high", "trace of the covariance of the 100 slopes of high variance, divisor 100"),
        ("slope_variance_low", "trace of the covariance of the 100 slopes of low variance, divisor 100"),
        ("variance_ratio", "low over high; p² in theory"),
    ],
};

/// Both families over a grid of the plane.
pub(super) fn run(setting: &Setting, draw: u32, out: &mut Outcome) {
    let families = [1.0, P].map(|p| Family::drawn_in_the_plane(p, draw));
    let places = even(WINDOW[0], WINDOW[1], setting.choose(15, 41));
    let everything: Vec<u32> = (0..100).collect();
    let plane = Plane::axes(&[0.0, 0.0], 0, 1);
    let over = |family: &Family, quantity: &Quantity<'_>| map(family.wide(), &plane, quantity, (&places, &places));
    let means = families.each_ref().map(|family| over(family, &Quantity::Batch(&everything)));
    let variances = families.each_ref().map(|family| over(family, &Quantity::GradientVariance));
    let apart = means[0].iter().zip(&means[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    out.decide(&SAME_MEAN, "drawn in two dimensions", Measured::of(apart));
    let ratios: Vec<f64> = variances[0].iter().zip(&variances[1]).map(|(high, low)| low / high).collect();
    let far = |ratio: &f64| (ratio - P * P).abs();
    let worst = ratios.iter().copied().max_by(|a, b| far(a).total_cmp(&far(b))).expect("there are places");
    out.decide(&RATIO, "drawn in two dimensions", Measured::of(worst).beside(P * P));
    let row = |k: usize| {
        let (x, y) = (places[k % places.len()], places[k / places.len()]);
        [x, y, means[0][k], variances[0][k], variances[1][k], ratios[k]].map(|x| x.to_string())
    };
    out.tabulate(&PLANE, (0..ratios.len()).map(row));
    let minibatch = over(&families[0], &Quantity::Batch(&[0]));
    out.draw("plane", figure(&places, [&means[0], &minibatch], &variances));
}

/// The mean and a minibatch, and the deviation of slopes in both families in the same colors.
fn figure(places: &[f64], [mean, minibatch]: [&[f64]; 2], variances: &[Vec<f64>; 2]) -> Figure {
    let chart = |title: String, z: Vec<f64>, axis: Axis, levels: Vec<f64>| Chart {
        title,
        x: Axis::new("first parameter", "").between(WINDOW[0], WINDOW[1]),
        y: Axis::new("second parameter", "").between(WINDOW[0], WINDOW[1]),
        map: Some(Map { x: places.to_vec(), y: places.to_vec(), z, axis, levels, smooth: true, ..Map::default() }),
        ..Chart::default()
    };
    let levels = |step: f64| (1..30).map(|k| step * f64::from(k)).collect::<Vec<f64>>();
    let losses = [("the mean of both families", mean, 1.0), ("a minibatch of high variance", minibatch, 4.0)]
        .map(|(title, z, step)| chart(title.to_owned(), z.to_vec(), Axis::new("loss", ""), levels(step)));
    let largest = variances[0].iter().copied().fold(0.0, f64::max).sqrt();
    // The same contours, if deviations are p times as large.
    let deviations = NAMES.into_iter().zip([1.0, P]).zip(variances).map(|((name, factor), variances)| {
        let z = variances.iter().map(|variance| variance.sqrt()).collect();
        let axis = Axis::new("deviation", "").between(0.0, largest);
        chart(format!("deviation of slopes, {name}"), z, axis, levels(0.1 * factor))
    });
    let charts = losses.into_iter().chain(deviations).collect();
    let figure = Figure::multiples("In two dimensions too: one mean, and two deviations of slopes", charts, 2);
    Figure { height: 310.0, ..figure }.with_subtitle(
        "100 drawn losses; at low variance slopes deviate 0.23 times as much everywhere, on the same contours.",
    )
}
