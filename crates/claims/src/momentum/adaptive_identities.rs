//! What adaptive rules do exactly.

use rand::distr::Distribution;
use sgdlab_core::Layout;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_optimizers::{Adagrad, Adam, HeavyBall, Rmsprop, RuleSpec, Sgd, Signal};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use crate::tools::drawing::fields;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "adaptive-identities",
    title: "What adaptive rules do, exactly",
    sentence: "Adaptive rules do not care how large gradients are: every coordinate has its own rate.",
    reference: "Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods; Tieleman and Hinton 2012, lecture 6.5; Kingma and \
                Ba 2015, Adam, section 2.1",
    statement: "Without ε, AdaGrad, RMSProp and Adam make the same steps on gradients g₁, g₂, … and on D g₁, D g₂, … for any \
                diagonal D > 0. The first step of Adam and AdaGrad is η sign g, that of RMSProp with decay α is \
                η sign g/√(1 − α). On a constant gradient step t is η/√t with AdaGrad and η with Adam.",
    setup: "50 normal gradients in 3 dimensions, and the same times (0.001, 7, 10 000); steps on a constant gradient of −2.5; \
            η = 0.1, defaults otherwise, ε = 0. Then the same gradients turned by an angle, and shrunk to 1e-8 with the \
            default ε.",
    exactness: "Gradients are drawn by the key; what is claimed of them holds for all, up to rounding.",
    limits: "ε ends it: at gradients of 1e-8, the size of its default ε, Adam's first step is half of η. No rotation leaves these \
             rules as they are: turning the axes by 45° changes their steps by as much as they are long. Plain descent and \
             the heavy ball have it the other way round.",
    truth: Truth::Limited,
    claims: &[&DIAGONAL, &FIRST, &CONSTANT, &DESCENT, &ROTATION, &EPSILON],
    tables: &[&STEPS, &RESCALED],
    run,
};

static DIAGONAL: Claim = Claim {
    name: "diagonal-rescaling",
    statement: "Rescaling each coordinate of the gradients leaves all iterates as they are.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference of a coordinate over 50 steps of length about η = 0.1; rounding.",
};

static FIRST: Claim = Claim {
    name: "first-step",
    statement: "The first step is η against the sign of the gradient, with RMSProp η/√(1 − α).",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-12),
    because: "Up to rounding; every coordinate of a drawn gradient, in units of η.",
};

static CONSTANT: Claim = Claim {
    name: "constant-gradient",
    statement: "On a constant gradient step t is η/√t with AdaGrad, η with Adam, and tends to η with RMSProp.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-12),
    because: "Largest deviation over 1000 steps, in units of η; RMSProp's step t is η/√(1 − αᵗ).",
};

static DESCENT: Claim = Claim {
    name: "descent-is-not-invariant",
    statement: "The steps of descent and of the heavy ball are rescaled with the gradients.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, f64::INFINITY),
    because: "Largest difference of a coordinate over 50 steps.",
};

static ROTATION: Claim = Claim {
    name: "not-rotation-invariant",
    statement: "Turning gradients by 45° does not turn the steps of adaptive rules; it does turn those of descent.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.5, f64::INFINITY),
    because: "Largest distance between the turned iterates and those on turned gradients over 50 steps, in units of η; for \
              descent 1 minus this, which is 0 up to rounding.",
};

static EPSILON: Claim = Claim {
    name: "epsilon-ends-it",
    statement: "Where gradients are as small as ε, Adam's first step is half of η.",
    stance: Stance::Corrects,
    criterion: Criterion::Near(1e-12),
    because: "g/(|g| + ε) with g = ε = 1e-8.",
};

static STEPS: Header = Header {
    table: "constant_gradient",
    row: "one step on a constant gradient",
    columns: &[
        ("step", "t, from 1"),
        ("adagrad", "length of the step over η"),
        ("rmsprop", "length of the step over η"),
        ("adam", "length of the step over η"),
    ],
};

static RESCALED: Header = Header {
    table: "rescaled",
    row: "one rule and step",
    columns: &[
        ("rule", "which"),
        ("step", "updates done"),
        ("difference", "largest |difference| of a coordinate: gradients as they are and rescaled"),
    ],
};

const RATE: f64 = 0.1;
const SCALES: [f64; 3] = [1e-3, 7.0, 1e4];

/// AdaGrad, RMSProp and Adam without ε.
fn adaptive() -> [(&'static str, RuleSpec); 3] {
    [
        ("AdaGrad", Adagrad { eps: 0.0, ..Adagrad::default() }.into()),
        ("RMSProp", Rmsprop { eps: 0.0, ..Rmsprop::default() }.into()),
        ("Adam", Adam { eps: 0.0, ..Adam::default() }.into()),
    ]
}

/// Rules that are rescaled with gradients.
fn plain() -> [(&'static str, RuleSpec); 2] {
    [("descent", Sgd::default().into()), ("heavy ball", HeavyBall { momentum: 0.9 }.into())]
}

/// Iterates on given gradients, from 0.
fn iterates(rule: &RuleSpec, gradients: &[[f64; 3]]) -> Vec<[f64; 3]> {
    let mut rule = RuleSpec::bind::<f64, 1>(std::array::from_ref(rule), &Layout::vector(3));
    let mut at = [[0.0]; 3];
    let one = |gradient: &[f64; 3]| {
        rule.update(&mut at, Signal::of(&gradient.map(|g| [g])), &[RATE]);
        at.map(|[x]| x)
    };
    gradients.iter().map(one).collect()
}

/// Normal gradients.
fn normals(count: usize, key: Key) -> Vec<[f64; 3]> {
    let mut stream = key.stream(0);
    (0..count).map(|_| std::array::from_fn(|_| Normal.sample(&mut stream))).collect()
}

/// The largest |difference| of a coordinate.
fn apart(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// How far iterates on rescaled gradients are from those on gradients as they are.
fn rescaled(rule: &RuleSpec, gradients: &[[f64; 3]]) -> Vec<f64> {
    let scaled: Vec<[f64; 3]> = gradients.iter().map(|g| std::array::from_fn(|j| SCALES[j] * g[j])).collect();
    iterates(rule, gradients).into_iter().zip(iterates(rule, &scaled)).map(|(a, b)| apart(a, b)).collect()
}

/// Turned by 45° in the first two coordinates.
fn turned([x, y, z]: [f64; 3]) -> [f64; 3] {
    let half = 0.5f64.sqrt();
    [half * (x - y), half * (x + y), z]
}

/// How far iterates on turned gradients are from turned iterates, at most.
fn turning(rule: &RuleSpec, gradients: &[[f64; 3]]) -> f64 {
    let gradients_turned: Vec<[f64; 3]> = gradients.iter().copied().map(turned).collect();
    let pairs = iterates(rule, gradients).into_iter().zip(iterates(rule, &gradients_turned));
    pairs.map(|(a, b)| apart(turned(a), b)).fold(0.0, f64::max)
}

/// The lengths of steps on a constant gradient, over the rate.
fn lengths(rule: &RuleSpec, steps: usize) -> Vec<f64> {
    let path = iterates(rule, &vec![[-2.5; 3]; steps]);
    let before = std::iter::once(0.0).chain(path.iter().map(|at| at[0]));
    path.iter().zip(before).map(|(at, before)| (at[0] - before) / RATE).collect()
}

/// What step t on a constant gradient is over the rate.
fn law(name: &str, step: usize) -> f64 {
    match name {
        "AdaGrad" => 1.0 / (step as f64).sqrt(),
        "RMSProp" => 1.0 / (1.0 - Rmsprop::default().alpha.powi(step as i32)).sqrt(),
        _ => 1.0,
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let gradients = normals(50, setting.key.child("adaptive"));
    let mut differences: Vec<(&str, Vec<f64>)> = Vec::new();
    let largest = |of: &[f64]| of.iter().copied().fold(0.0, f64::max);
    for (name, rule) in adaptive() {
        let of = rescaled(&rule, &gradients);
        out.decide(&DIAGONAL, name, Measured::of(largest(&of)));
        differences.push((name, of));
        let first = iterates(&rule, &gradients[..1])[0];
        for j in 0..3 {
            let step = -first[j] / RATE * gradients[0][j].signum();
            out.decide(&FIRST, format!("{name}, coordinate {}", j + 1), Measured::of(step).beside(law(name, 1)));
        }
        let lengths = lengths(&rule, 1000);
        let deviation = |&t: &usize| (lengths[t - 1] - law(name, t)).abs();
        let worst = (1..=1000).max_by(|a, b| deviation(a).total_cmp(&deviation(b))).expect("there are steps");
        out.decide(
            &CONSTANT,
            format!("{name}, step {worst} is furthest off"),
            Measured::of(lengths[worst - 1]).beside(law(name, worst)),
        );
        out.decide(&ROTATION, name, Measured::of(turning(&rule, &gradients) / RATE));
    }
    for (name, rule) in plain() {
        let of = rescaled(&rule, &gradients);
        out.decide(&DESCENT, name, Measured::of(largest(&of)));
        differences.push((name, of));
        out.decide(&ROTATION, format!("1 − {name}"), Measured::of(1.0 - turning(&rule, &gradients) / RATE));
    }
    let small = iterates(&Adam::default().into(), &[[1e-8; 3]])[0][0];
    out.decide(&EPSILON, "first step over η", Measured::of(-small / RATE).beside(0.5));
    let of = adaptive().map(|(_, rule)| lengths(&rule, 1000));
    let row = |t: usize| fields(&[&(t + 1).to_string()], &of.each_ref().map(|of| of[t]));
    out.tabulate(&STEPS, (0..1000).map(row));
    let rows = differences.iter().flat_map(|(name, of)| {
        of.iter().enumerate().map(|(t, difference)| fields(&[*name, &(t + 1).to_string()], &[*difference]))
    });
    out.tabulate(&RESCALED, rows);
    out.draw("rescaled", of_rescaling(&differences));
    out.draw("constant-gradient", of_constant(&of));
}

fn of_rescaling(differences: &[(&str, Vec<f64>)]) -> Figure {
    let series = |(style, (name, of)): (usize, &(&str, Vec<f64>))| {
        let x = (1..=of.len()).map(|t| t as f64).collect();
        let y = of.iter().map(|&y| y.max(1e-18)).collect();
        Series { name: (*name).to_owned(), style, marks: vec![Mark::Line { x, y, steps: false }] }
    };
    let chart = Chart {
        x: Axis::new("step", ""),
        y: Axis::new("largest change of a coordinate", "").log().between(1e-18, 1e6),
        series: differences.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Rescaled coordinates leave adaptive rules where they are", chart)
        .with_subtitle("50 normal gradients, as they are and times (0.001, 7, 10 000); η = 0.1, ε = 0.")
        .with_note("Differences of 0 are drawn at 10⁻¹⁸.")
}

fn of_constant(lengths: &[Vec<f64>; 3]) -> Figure {
    let x: Vec<f64> = (1..=1000).map(f64::from).collect();
    let shown: Vec<usize> = [1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100, 200, 300, 500, 700, 1000].to_vec();
    let series = |(style, ((name, _), of)): (usize, ((&str, RuleSpec), &Vec<f64>))| {
        let (x, y) = shown.iter().map(|&t| (t as f64, of[t - 1])).unzip();
        Series { name: name.to_owned(), style, marks: vec![Mark::Points { x, y }] }
    };
    let reference = |name: &str, of: &str| {
        let y = (1..=1000).map(|t| law(of, t)).collect();
        Reference { name: name.to_owned(), guide: Guide::Curve { x: x.clone(), y } }
    };
    let chart = Chart {
        x: Axis::new("step t", "").log(),
        y: Axis::new("length of the step over η", "").log(),
        references: vec![reference("1/√t", "AdaGrad"), reference("1/√(1 − αᵗ)", "RMSProp"), reference("1", "Adam")],
        series: adaptive().into_iter().zip(lengths).enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("On a constant gradient AdaGrad slows down, Adam does not, and RMSProp starts too fast", chart)
        .with_subtitle("Steps on the gradient −2.5, ε = 0; the size of the gradient does not matter.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn every_claim_can_fail() {
        let gradients = normals(50, Key::new("test"));
        let largest = |of: &[f64]| of.iter().copied().fold(0.0, f64::max);
        let [adagrad, rmsprop, adam] = adaptive().map(|(_, rule)| rule);
        let with_epsilon = Adam { eps: 1e-3, ..Adam::default() }.into();
        let start = Adagrad { initial_accumulator: 0.1, eps: 0.0, ..Adagrad::default() }.into();
        let wrong = &[
            ("diagonal-rescaling", Measured::of(largest(&rescaled(&with_epsilon, &gradients))), "ε that counts"),
            ("first-step", Measured::of(lengths(&rmsprop, 1)[0]).beside(1.0), "no correction of the bias"),
            (
                "constant-gradient",
                Measured::of(lengths(&start, 9)[8]).beside(law("AdaGrad", 9)),
                "a sum that starts at 0.1",
            ),
            ("descent-is-not-invariant", Measured::of(largest(&rescaled(&adagrad, &gradients))), "an adaptive rule"),
            (
                "not-rotation-invariant",
                Measured::of(1.0 - turning(&adam, &gradients) / RATE),
                "an adaptive rule for descent",
            ),
            ("epsilon-ends-it", Measured::of(1.0).beside(0.5), "no ε"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
