//! Item 10: what is left of the modified loss after many epochs.

#[cfg(test)]
mod tests;
mod theory;

use rayon::prelude::*;
use sgdlab_core::{Objective, WIDTH};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference};
use sgdlab_samplers::BatchBuffer;

use self::theory::Predicted;
use super::epochs::{Scheme, mean};
use super::flow::Correction;
use super::order::{log2, same};
use super::terms::{Points, START, Terms, distance, length, neurons, plus, times, two_neurons, two_squares};
use crate::tools::drawing::{curve, fields};
use crate::tools::sampler::sampler;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "many-epochs",
    title: "The mean after many epochs, and the variance that feeds back into it",
    sentence: "Over many epochs too the mean of stochastic gradient descent follows the modified loss.",
    reference: "Smith, Dherin, Barrett, De 2021, On the Origin of Implicit Regularization in Stochastic Gradient Descent, \
                ICLR, states one epoch; what follows for many: own derivation",
    statement: "Let Φ be what an epoch does, and M = E Φ its mean. The mean after K epochs is not M applied K times: for the \
                spread V of the runs it moves by −½ C'''[V] in addition. In a fixed time T = K m ε the spread grows as \
                dV/dt = −H V − V H + Q. Independent draws have Q = ε S, so that V and the feedback δ, with \
                dδ/dt = −H δ − ½ C'''[V], are of order ε, like the modification of the loss itself. Reshuffled terms have \
                Q = (ε³/m) Cov(Σ_{i<j} H_{π(j)} g_{π(i)}), which is (ε³/8) u uᵀ with u = H₂ g₁ − H₁ g₂ for two terms: V and δ \
                are of order ε³, below the error O(ε²) of the modified loss. Where C''' = 0, δ = 0 exactly.",
    setup: "Two neurons ½ (tanh(aᵢ·w) − yᵢ)², and two squares ½ (aᵢ·w − yᵢ)², for the time T = ½ from (0.4, −0.3): 2, 4, 8 and \
            16 epochs of reshuffled terms, 2, 4 and 8 of independent draws, ε = T/(2K). And six neurons for the time 12, 10 to \
            80 epochs, with the samplers of sweeps.",
    exactness: "With two terms all 2^K orders and all 4^K sequences are enumerated, and theory is integrated. The spread with \
                six terms is that of 4 000 runs (800 with --quick), the same keys at all rates.",
    limits: "The theory is that of small ε at fixed T. Near a minimum, for T → ∞, the mean of reshuffled runs settles at the \
             minimum of the modified loss up to O(ε²), that of independent draws away from any minimum by −½ H⁻¹ C'''[V] in \
             addition.",
    truth: Truth::Limited,
    claims: &[&QUADRATIC, &FOLLOWS, &PLAIN, &FEEDBACK, &FEEDBACK_OF_DRAWS, &SIZE, &DRAWN, &CLOSED, &SPREAD],
    tables: &[&TABLE, &SPREADS],
    run,
};

static QUADRATIC: Claim = Claim {
    name: "exact-for-quadratics",
    statement: "On squares the mean after many epochs is the mean map applied again and again, for both samplers: spread does \
                not feed back.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 1e-13),
    because: "Largest distance; rounding.",
};

static FOLLOWS: Claim = Claim {
    name: "reshuffling-follows-second-order",
    statement: "After a fixed time the mean of reshuffled runs is off the flow of the modified loss by O(ε²): an order less \
                than in one epoch, as there are 1/ε of them.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.9, 2.1),
    because: "Slope of the last halving.",
};

static PLAIN: Claim = Claim {
    name: "plain-first-order",
    statement: "It is off the flow of the loss itself by O(ε).",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.9, 1.1),
    because: "Slope of the last halving.",
};

static FEEDBACK: Claim = Claim {
    name: "feedback-of-reshuffling",
    statement: "Spread feeds back into the mean of reshuffled runs at the third order.",
    stance: Stance::Adds,
    criterion: Criterion::Between(2.9, 3.1),
    because: "Slope of the last halving of the distance from the mean map applied again and again.",
};

static FEEDBACK_OF_DRAWS: Claim = Claim {
    name: "feedback-of-draws",
    statement: "Into the mean of independent draws it feeds back at the first order, as large as what the modified loss corrects.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.75, 1.05),
    because: "Slope of the last halving, from 8 to 16 steps: the spread of the last step has no time to feed back, so that it is \
              below its limit of 1 by about 1/8.",
};

static SIZE: Claim = Claim {
    name: "feedback-size",
    statement: "What feeds back is what the two equations for V and δ say, factor included.",
    stance: Stance::Adds,
    criterion: Criterion::Near(0.03),
    because: "Measured over predicted in the direction of the prediction, extrapolated from the last two rates \
              (2 r(ε/2) − r(ε)), which leaves O(ε²).",
};

static DRAWN: Claim = Claim {
    name: "draws-leave-descent",
    statement: "The mean of independent draws does not follow the modified loss of gradient descent over many epochs: it is off \
                by O(ε), as if nothing had been corrected.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.85, 1.1),
    because: "Slope of the last halving, from 8 to 16 steps.",
};

static CLOSED: Claim = Claim {
    name: "draws-follow-with-feedback",
    statement: "With the feedback ε δ added it is off by O(ε²).",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.8, 2.25),
    because: "Slope of the last halving, from 8 to 16 steps.",
};

static SPREAD: Claim = Claim {
    name: "spread-order",
    statement: "The spread of runs after a fixed time falls with the third power of the rate for reshuffled terms, and with \
                the first for independent draws.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 0.1 },
    because: "log₂ of the ratio of traces of the covariance at ε = 0.05 and 0.025, six terms, against 3 and 1; the share is the \
              next order in ε.",
};

static TABLE: Header = Header {
    table: "many_epochs",
    row: "one sampler and rate, two neurons, the time ½",
    columns: &[
        ("sampler", "how single terms are chosen"),
        ("rate", "ε, the step size"),
        ("epochs", "K = 1/(4 ε)"),
        ("plain", "distance of the mean from the flow on C"),
        ("modified", "distance of the mean from the flow on the sampler's modified loss"),
        ("with_feedback", "the same with the predicted feedback added to the flow"),
        ("feedback", "distance of the mean from the mean map applied K times"),
        ("predicted", "the length of the predicted feedback"),
        ("ratio", "feedback over predicted, in its direction"),
    ],
};

static SPREADS: Header = Header {
    table: "spreads",
    row: "one sampler and rate, six neurons, the time 12",
    columns: &[
        ("sampler", "how single terms are chosen"),
        ("rate", "ε, the step size"),
        ("runs", "on independent batches"),
        ("spread", "trace of the covariance of the last points"),
        ("standard_error", "of the spread"),
    ],
};

/// The fixed time.
const TIME: f64 = 0.5;

/// A sampler with its modified loss, the power of its feedback, and the numbers of epochs.
struct Case {
    name: &'static str,
    sampler: &'static str,
    scheme: Scheme,
    correction: Correction,
    power: i32,
    epochs: &'static [usize],
}

const DEALT: Case = Case {
    name: "reshuffling",
    sampler: "reshuffle",
    scheme: Scheme::Dealt(1),
    correction: Correction::RESHUFFLING,
    power: 3,
    epochs: &[2, 4, 8, 16],
};

const CASES: [Case; 2] = [
    DEALT,
    Case {
        name: "independent draws",
        sampler: "with-replacement",
        scheme: Scheme::Drawn,
        correction: Correction::DESCENT,
        power: 1,
        epochs: &[2, 4, 8],
    },
];

/// What is found at one rate.
#[derive(Clone, Copy, Debug)]
struct Found {
    rate: f64,
    epochs: usize,
    plain: f64,
    modified: f64,
    with_feedback: f64,
    feedback: f64,
    predicted: f64,
    ratio: f64,
}

/// The mean after some epochs less the mean map applied as often, and the mean.
fn feedback(terms: &mut Terms<'_>, scheme: Scheme, (epochs, rate): (usize, f64)) -> (Points, Points) {
    let whole = mean(terms, (scheme, epochs), &same(rate), &START);
    let again = (0..epochs).fold(START, |at, _| mean(terms, (scheme, 1), &same(rate), &at));
    (plus(&whole, &same(-1.0), &again), whole)
}

/// Everything at one rate; `predicted` is δ in units of ε to the case's power.
fn measure(terms: &mut Terms<'_>, case: &Case, predicted: &Points, epochs: usize) -> Found {
    let rate = TIME / (epochs * terms.count()) as f64;
    let (away, whole) = feedback(terms, case.scheme, (epochs, rate));
    let predicted = times(rate.powi(case.power), predicted);
    let mut flow = |correction: Correction| correction.flow(terms, &same(rate), &same(TIME), START);
    let (plain, modified) = (flow(Correction::NONE), flow(case.correction));
    let dot: f64 = (0..2).map(|j| away[j][0] * predicted[j][0]).sum();
    Found {
        rate,
        epochs,
        plain: distance(&whole, &plain, 0),
        modified: distance(&whole, &modified, 0),
        with_feedback: distance(&whole, &plus(&modified, &same(1.0), &predicted), 0),
        feedback: length(&away, 0),
        predicted: length(&predicted, 0),
        ratio: dot / length(&predicted, 0).powi(2),
    }
}

/// The slope of the last halving of some error.
fn slope(all: &[Found], of: impl Fn(&Found) -> f64) -> f64 {
    let last = &all[all.len() - 2..];
    log2(of(&last[0]) / of(&last[1]))
}

/// Everything of a case at all rates.
fn case(objective: &dyn Objective<f64, WIDTH>, case: &Case, predicted: &Points) -> Vec<Found> {
    let of = |epochs: &usize| measure(&mut Terms::new(objective), case, predicted, *epochs);
    case.epochs.par_iter().map(of).collect()
}

/// The trace of the covariance of runs after the time 12, with its standard error, at rates of 0.1, 0.05 and 0.025.
fn spreads(case: &Case, runs: u64, setting: &Setting) -> [(f64, f64, f64); 3] {
    let objective = neurons(6);
    let end = |(rate, run): (f64, u64)| {
        let mut terms = Terms::new(&objective);
        let mut sampler = sampler(case.sampler, 6, 1, setting.key.child(&format!("{}, {run}", case.name)));
        let mut batch = BatchBuffer::with_capacity(1);
        let mut at = START;
        for step in 0..(12.0 / rate).round() as u64 {
            sampler.fill(step, &mut batch);
            terms.step(&batch.indices, &mut at, &same(rate));
        }
        [at[0][0], at[1][0]]
    };
    [0.1, 0.05, 0.025].map(|rate| {
        let ends: Vec<[f64; 2]> = (0..runs).into_par_iter().map(|run| end((rate, run))).collect();
        let n = runs as f64;
        let mean = [0, 1].map(|j| ends.iter().map(|end| end[j]).sum::<f64>() / n);
        let squares: Vec<f64> = ends.iter().map(|end| (0..2).map(|j| (end[j] - mean[j]).powi(2)).sum()).collect();
        let spread = crate::tools::moments::Mean::of(&squares);
        (rate, spread.value, spread.error)
    })
}

fn run(setting: &Setting, out: &mut Outcome) {
    let (neurons, squares) = (two_neurons(), two_squares());
    let mut all = Vec::new();
    let mut spread_rows = Vec::new();
    for one in &CASES {
        let (away, _) = feedback(&mut Terms::new(&squares), one.scheme, (8, 0.03125));
        out.decide(&QUADRATIC, one.name, Measured::of(length(&away, 0)));
        let predicted = Predicted { scheme: one.scheme, factor: 1.0 }.feedback(&mut Terms::new(&neurons), TIME);
        let found = case(&neurons, one, &predicted);
        let expected = f64::from(one.power);
        let claim = if one.power == 3 { &FEEDBACK } else { &FEEDBACK_OF_DRAWS };
        out.decide(claim, "slope", Measured::of(slope(&found, |found| found.feedback)));
        let [.., before, last] = &found[..] else { unreachable!("there are several rates") };
        out.decide(&SIZE, one.name, Measured::of(2.0 * last.ratio - before.ratio).beside(1.0));
        let spread = spreads(one, setting.choose(800, 4000), setting);
        let [_, (_, a, error_a), (_, b, error_b)] = spread;
        let error = ((error_a / a).powi(2) + (error_b / b).powi(2)).sqrt() / std::f64::consts::LN_2;
        out.decide(&SPREAD, one.name, Measured::of(log2(a / b)).give_or_take(error).beside(expected));
        spread_rows.extend(spread.map(|(rate, spread, error)| {
            let runs = setting.choose(800.0, 4000.0);
            fields(&[one.name], &[rate, runs, spread, error])
        }));
        all.push(found);
    }
    let [dealt, drawn] = &all[..] else { unreachable!("there are two cases") };
    out.decide(&FOLLOWS, "slope", Measured::of(slope(dealt, |found| found.modified)));
    out.decide(&PLAIN, "slope", Measured::of(slope(dealt, |found| found.plain)));
    out.decide(&DRAWN, "slope", Measured::of(slope(drawn, |found| found.modified)));
    out.decide(&CLOSED, "slope", Measured::of(slope(drawn, |found| found.with_feedback)));
    let row = |(case, found): (&Case, &Found)| {
        let Found { rate, epochs, plain, modified, with_feedback, feedback, predicted, ratio } = *found;
        fields(&[case.name], &[rate, epochs as f64, plain, modified, with_feedback, feedback, predicted, ratio])
    };
    let rows = CASES.iter().zip(&all).flat_map(|(case, found)| found.iter().map(move |found| (case, found)));
    out.tabulate(&TABLE, rows.map(row));
    out.tabulate(&SPREADS, spread_rows);
    out.draw("orders", figure(dealt, drawn));
}

fn figure(dealt: &[Found], drawn: &[Found]) -> Figure {
    let chart = |title: &str, found: &[Found], names: [&str; 2]| {
        let rates: Vec<f64> = found.iter().map(|found| found.rate).collect();
        let of = |f: fn(&Found) -> f64| found.iter().map(f).collect::<Vec<f64>>();
        let predicted = Reference {
            name: "feedback, in theory".to_owned(),
            guide: Guide::Curve { x: rates.clone(), y: of(|found| found.predicted) },
        };
        Chart {
            title: title.to_owned(),
            x: Axis::new("rate ε", "").log(),
            y: Axis::new("distance", "").log(),
            references: vec![predicted],
            series: vec![
                curve("mean and flow on C", 0, &rates, of(|found| found.plain)),
                curve(names[0], 1, &rates, of(|found| found.modified)),
                curve(names[1], 2, &rates, of(|found| found.with_feedback)),
                curve("feedback of the spread", 3, &rates, of(|found| found.feedback)),
            ],
            ..Chart::default()
        }
    };
    let names = ["mean and flow on the modified loss", "the same with feedback"];
    let charts = vec![chart("reshuffling", dealt, names), chart("independent draws", drawn, names)];
    let figure = Figure::multiples("Spread feeds back at order ε³ if reshuffled, at order ε if drawn", charts, 2);
    Figure { height: 340.0, ..figure }
        .with_subtitle("Two neurons for the time ½: means over everything that can be drawn, and theory.")
}
