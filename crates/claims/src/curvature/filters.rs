//! Slices through a network in directions that are normalized filter by filter, and in raw ones.

use sgdlab_core::{Objective, WIDTH};
use sgdlab_estimators::{EstimatorSpec, Plain};
use sgdlab_landscapes::curvature::Probe;
use sgdlab_landscapes::surface::{Plane, Quantity, along, even, map};
use sgdlab_objectives::Activation;
use sgdlab_optimizers::Sgd;
use sgdlab_reports::figures::{Axis, Chart, Figure, Map, Series};

use super::network::{Descent, Start, sharpness};
use crate::tools::drawing::{fields, line};
use crate::tools::machine::value;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "filter-normalization",
    title: "Pictures that rescaling does not change",
    sentence: "Slices of a loss in random directions mean something only if the directions are normalized filter by filter.",
    reference: "Li, Xu, Taylor, Studer and Goldstein 2018, Visualizing the loss landscape of neural nets, section 4; Dinh, \
                Pascanu, Bengio and Bengio 2017, Sharp minima can generalize; Goodfellow, Vinyals and Saxe 2015",
    statement: "With relu units, layers (W₁, b₁, W₂) and (c W₁, c b₁, W₂/c) are the same function for c > 0. A filter is what \
                leads to one unit; each filter of a direction is made as long as that of the point, and biases stay.",
    setup: "A network with layers 2-12-12-2 of relu units on 64 points, ½ |z − y|², 2000 steps of gradient descent at rate \
            0.1 (500 with --quick); c = 7.3. 21 points of a slice from −1 to 1, a plane of 41² points (21²), and the straight \
            line from the initial point to the trained one and between two trained ones, 61 points.",
    exactness: "Points, weights and directions are drawn; everything else is computed.",
    limits: "Rescaling changes sharpness, so a sharp minimum is not a bad one by itself. Straight lines between solutions of \
             two initial points have barriers, which are nothing but permutations of units for wide networks, it is said; \
             these are not wide.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&SLICES, &LINES],
    run,
};

static ALL: &[&Claim] = &[&SAME, &AGREE, &RAW, &SHARPER, &BARRIER, &BETWEEN];

static SAME: Claim = Claim {
    name: "same-function",
    statement: "Rescaling a layer and the next one leaves the loss as it is.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-13),
    because: "Relative difference, which is rounding.",
};

static AGREE: Claim = Claim {
    name: "normalized-slices-agree",
    statement: "Slices in filter-normalized directions are the same for both.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-11),
    because: "Largest difference over the largest loss of the slice: rounding.",
};

static RAW: Claim = Claim {
    name: "raw-slices-differ",
    statement: "Slices in raw directions are not.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.5, f64::INFINITY),
    because: "Largest difference over the smaller of both largest losses.",
};

static SHARPER: Claim = Claim {
    name: "rescaling-sharpens",
    statement: "The greatest eigenvalue of the Hessian is not the same for both: it is at least three times as large.",
    stance: Stance::Adds,
    criterion: Criterion::Between(3.0, 7.3 * 7.3 * 1.002),
    because: "Ratio of the greatest eigenvalues. Second derivatives in W₂ grow by c² = 53.3, all others by less, so that c² \
              bounds it; eigenvalues are found to a thousandth.",
};

static BARRIER: Claim = Claim {
    name: "no-barrier-to-the-solution",
    statement: "On the straight line from the initial to the trained point the loss rises little, if at all.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.25),
    because: "Height above the larger end, as a share of what training gains; nobody says that the loss falls everywhere.",
};

static BETWEEN: Claim = Claim {
    name: "barrier-between-solutions",
    statement: "On the straight line between two solutions from different initial points there is a barrier.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.02, f64::INFINITY),
    because: "Height above the larger end, in units of the loss, which starts near 0.5 and 1.",
};

static SLICES: Header = Header {
    table: "slices",
    row: "one place of the slices",
    columns: &[
        ("distance", "factor of the direction"),
        ("normalized", "loss of the network, filter-normalized direction"),
        ("normalized_rescaled", "loss of the rescaled network"),
        ("raw", "loss of the network, raw direction"),
        ("raw_rescaled", "loss of the rescaled network"),
    ],
};

static LINES: Header = Header {
    table: "lines",
    row: "one place of the straight lines",
    columns: &[
        ("place", "0 at the first point, 1 at the second"),
        ("to_the_solution", "loss from the initial to the trained point"),
        ("between_solutions", "loss from one trained point to another"),
    ],
};

/// The factor of the first layer.
const C: f64 = 7.3;

/// A trained network and the same function with other weights.
struct Pair {
    start: Start,
    at: Vec<f64>,
    rescaled: Vec<f64>,
    /// Trained from another initial point.
    other: Vec<f64>,
}

fn train(start: &Start, from: &[f64], steps: u64) -> Vec<f64> {
    let estimator = EstimatorSpec::from(Plain);
    let descent = Descent { objective: start.objective(), rule: Sgd::default(), estimator, rate: 0.1 };
    descent.run(from, steps, |_, _| true)
}

fn pair(setting: &Setting) -> Pair {
    let steps = setting.choose(500, 2000);
    let start = Start::wave(setting.key.child("network"), 64, &[12, 12], Activation::Relu);
    let at = train(&start, &start.at, steps);
    let mut rescaled = at.clone();
    for tensor in start.objective().layout().tensors() {
        let factor = match tensor.name.as_str() {
            "weight1" | "bias1" => C,
            "weight2" => 1.0 / C,
            _ => 1.0,
        };
        rescaled[tensor.offset..tensor.offset + tensor.size()].iter_mut().for_each(|x| *x *= factor);
    }
    // Other weights, and the same points.
    let elsewhere = Start::wave(setting.key.child("another network"), 64, &[12, 12], Activation::Relu);
    let other = train(&start, &elsewhere.at, steps);
    Pair { start, at, rescaled, other }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let pair = pair(setting);
    let objective = pair.start.objective();
    let [one, two] = [&pair.at, &pair.rescaled].map(|at| value(objective, at));
    out.decide(&SAME, "loss", Measured::of((two / one - 1.0).abs()));
    slices(&pair, setting, out);
    let [one, two] =
        [&pair.at, &pair.rescaled].map(|at| sharpness(objective, at, setting.key.child("sharpness")).value);
    out.decide(&SHARPER, "ratio", Measured::of(two / one));
    lines(&pair, out);
}

fn slices(pair: &Pair, setting: &Setting, out: &mut Outcome) {
    let wide: &dyn Objective<f64, WIDTH> = &pair.start.network;
    let key = setting.key.child("directions");
    let places = even(-1.0, 1.0, 21);
    let normalized = |at: &[f64]| Plane::filter_normalized(wide.layout(), at, key);
    let direction = Probe::Normal.draw(key, 0, pair.at.len());
    let raw = |at: &[f64]| {
        let end: Vec<f64> = at.iter().zip(&direction).map(|(x, d)| x + d).collect();
        Plane::line(at, &end)
    };
    let slice = |plane: &Plane| map(wide, plane, &Quantity::Value, (&places, &[0.0]));
    let slices = [
        slice(&normalized(&pair.at)),
        slice(&normalized(&pair.rescaled)),
        slice(&raw(&pair.at)),
        slice(&raw(&pair.rescaled)),
    ];
    out.decide(&AGREE, "relative difference", Measured::of(apart(&slices[0], &slices[1])));
    out.decide(&RAW, "relative difference", Measured::of(apart(&slices[2], &slices[3])));
    let row = |i: usize| fields(&[], &[places[i], slices[0][i], slices[1][i], slices[2][i], slices[3][i]]);
    out.tabulate(&SLICES, (0..places.len()).map(row));
    out.draw("slices", slice_figure(&places, &slices));
    let places = even(-1.0, 1.0, setting.choose(21, 41));
    for (name, title, at) in [
        ("plane", "The loss around the solution, in filter-normalized directions", &pair.at),
        ("plane-rescaled", "The same function with other weights gives the same picture", &pair.rescaled),
    ] {
        let z = map(wide, &normalized(at), &Quantity::Value, (&places, &places));
        out.draw(name, plane_figure(title, &places, z));
    }
}

/// The largest difference over the smaller of both largest numbers.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    let largest = |x: &[f64]| x.iter().copied().fold(0.0, f64::max);
    let difference = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    difference / largest(a).min(largest(b))
}

fn slice_figure(places: &[f64], slices: &[Vec<f64>; 4]) -> Figure {
    let chart = |title: &str, first: usize| {
        let series = |(name, style): (&str, usize)| Series {
            name: name.to_owned(),
            style,
            marks: vec![line(places, slices[first + style].clone())],
        };
        Chart {
            title: title.to_owned(),
            x: Axis::new("factor of the direction", ""),
            y: Axis::new("loss", "").log(),
            series: [("network", 0), ("rescaled network", 1)].map(series).into(),
            ..Chart::default()
        }
    };
    let charts = vec![chart("filter-normalized", 0), chart("raw", 2)];
    Figure::multiples("Rescaled networks look alike only in normalized directions", charts, 2)
        .with_subtitle("The first layer times 7.3, the second divided by it: the same function.")
}

fn plane_figure(title: &str, places: &[f64], z: Vec<f64>) -> Figure {
    let (low, high) = z.iter().fold((f64::INFINITY, 0.0f64), |(low, high), &z| (low.min(z), high.max(z)));
    let levels = (1..12).map(|k| low * (high / low).powf(f64::from(k) / 12.0)).collect();
    let map = Map {
        x: places.to_vec(),
        y: places.to_vec(),
        z,
        axis: Axis::new("loss", "").log(),
        levels,
        smooth: true,
        ..Map::default()
    };
    let [x, y] = ["factor of the first direction", "factor of the second"].map(|label| Axis::new(label, ""));
    Figure::of(title, Chart { x, y, map: Some(map), ..Chart::default() })
}

/// How far the loss rises above the larger of both ends.
fn barrier(losses: &[f64]) -> f64 {
    losses.iter().copied().fold(f64::NEG_INFINITY, f64::max) - losses[0].max(losses[losses.len() - 1])
}

fn lines(pair: &Pair, out: &mut Outcome) {
    let places = even(0.0, 1.0, 61);
    let between = |from: &[f64], to: &[f64]| {
        let plane = Plane::line(from, to);
        let points: Vec<Vec<f64>> = places.iter().map(|&a| plane.point(a, 0.0)).collect();
        along(&pair.start.network, &points)
    };
    let losses = [between(&pair.start.at, &pair.at), between(&pair.at, &pair.other)];
    out.decide(&BARRIER, "share of the gain", Measured::of(barrier(&losses[0]) / (losses[0][0] - losses[0][60])));
    out.decide(&BETWEEN, "height", Measured::of(barrier(&losses[1])));
    let row = |i: usize| fields(&[], &[places[i], losses[0][i], losses[1][i]]);
    out.tabulate(&LINES, (0..places.len()).map(row));
    let series = |(style, name): (usize, &str)| Series {
        name: name.to_owned(),
        style,
        marks: vec![line(&places, losses[style].clone())],
    };
    let chart = Chart {
        x: Axis::new("place on the straight line", ""),
        y: Axis::new("loss", ""),
        series: ["initial to trained", "between two solutions"].into_iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    out.draw("lines", Figure::of("Down to a solution, and over a barrier to another one", chart));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;
    use sgdlab_core::streams::Key;

    #[test]
    fn all_claims_hold() {
        crate::curvature::check(&EXPERIMENT);
    }

    /// Rescaling without the bias is another function.
    #[test]
    fn every_claim_can_fail() {
        let pair = pair(&Setting { quick: true, key: Key::new("wrong") });
        let objective = pair.start.objective();
        let mut wrong = pair.rescaled.clone();
        let tensors = objective.layout().tensors();
        let bias = tensors.iter().find(|tensor| tensor.name == "bias1").unwrap();
        wrong[bias.offset..bias.offset + bias.size()].iter_mut().for_each(|x| *x /= C);
        let other = (value(objective, &wrong) / value(objective, &pair.at) - 1.0).abs();
        each_claim_can_fail(
            ALL,
            &[
                ("same-function", Measured::of(other), "a bias that is left out"),
                ("normalized-slices-agree", Measured::of(other), "a bias that is left out"),
                ("raw-slices-differ", Measured::of(1e-14), "normalized directions"),
                ("rescaling-sharpens", Measured::of(1.0), "the same network twice"),
                ("no-barrier-to-the-solution", Measured::of(0.9), "a line between solutions"),
                ("barrier-between-solutions", Measured::of(0.0), "the same solution twice"),
            ],
        );
    }
}
