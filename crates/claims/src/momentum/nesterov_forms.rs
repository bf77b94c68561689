//! The ways to write Nesterov's method are one method.

use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Oracle, Value};
use sgdlab_objectives::{Problem, Stored};
use sgdlab_optimizers::{HeavyBall, Nag, Qhm, RuleSpec, Sgd, Signal};
use sgdlab_reports::figures::{Axis, Chart, Figure, Mark, Series};
use sgdlab_samplers::{BatchBuffer, Sampler};

use crate::tools::drawing::fields;
use crate::tools::machine::Machine;
use crate::tools::problem::problem;
use crate::tools::sampler::sampler;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "nesterov-forms",
    title: "Three ways to write Nesterov's method",
    sentence: "Nesterov's method looks ahead; what PyTorch calls nesterov is something else.",
    reference: "Nesterov 1983; Sutskever, Martens, Dahl and Hinton 2013, On the Importance of Initialization and Momentum in \
                Deep Learning; the documentation of torch.optim.SGD; Ma and Yarats 2019, Quasi-Hyperbolic Momentum and Adam \
                for Deep Learning, section 4",
    statement: "Look-ahead: v ← β v + η g(w − β v), w ← w − v. Two points: y = x + β (x − x⁻), x ← y − η g(y). PyTorch: \
                b ← β b + g(p), p ← p − η (g(p) + β b). With one rate, one β and equal batches wₜ = xₜ and pₜ = wₜ − β vₜ: \
                PyTorch's parameter is the point where the others take the gradient. Quasi-hyperbolic momentum with ν = β \
                and rate η/(1 − β) is PyTorch's form once more.",
    setup: "Logistic regression on the bundled breast-cancer data (31 parameters), reshuffled batches of one term, η = 0.01, \
            β = 0.9, 200 steps from 0. The rules nag, sgd with nesterov and qhm of the catalogue, and the two-point form \
            written out.",
    exactness: "Every iterate of every parameter is compared; the batches are drawn, and equal for all forms.",
    limits: "The forms part where the rate or β changes during the run: where the rate stands inside the velocity, old steps \
             keep theirs. With the rate halved at step 100 the heavy ball and sgd with momentum part at once.",
    truth: Truth::Wrong,
    claims: &[&TWO_POINT, &TORCH, &QUASI, &HEAVY_BALL, &NOT_THE_ITERATE, &SCHEDULE, &UNDAMPED],
    tables: &[&DIFFERENCES],
    run,
};

static TWO_POINT: Claim = Claim {
    name: "two-point-form",
    statement: "The look-ahead form has the iterates of the two-point form.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference of a parameter over 200 steps; rounding.",
};

static TORCH: Claim = Claim {
    name: "torch-form",
    statement: "PyTorch's parameter is the point at which the look-ahead form takes its next gradient.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference of a parameter over 200 steps; rounding.",
};

static QUASI: Claim = Claim {
    name: "quasi-hyperbolic-form",
    statement: "Quasi-hyperbolic momentum with ν = β and rate η/(1 − β) is PyTorch's form.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference of a parameter over 200 steps; rounding.",
};

static HEAVY_BALL: Claim = Claim {
    name: "rate-inside-or-outside",
    statement: "At a constant rate it does not matter whether the heavy ball has its rate inside the velocity or outside.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference of a parameter over 200 steps; rounding.",
};

static NOT_THE_ITERATE: Claim = Claim {
    name: "another-point",
    statement: "PyTorch's parameter is not the iterate of the look-ahead form, which lags by β v.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1e-3, f64::INFINITY),
    because: "Largest difference of a parameter over 200 steps; parameters move by more than 0.1.",
};

static SCHEDULE: Claim = Claim {
    name: "rates-that-change",
    statement: "Where the rate is halved on the way, rate inside and rate outside are two methods.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1e-4, f64::INFINITY),
    because: "Largest difference of a parameter after the rate was halved at step 100.",
};

static UNDAMPED: Claim = Claim {
    name: "first-step-undamped",
    statement: "PyTorch does not dampen the first step: with gradient 1, rate 0.1, momentum 0.9 and dampening 0.8 the parameter \
                goes to −0.1, −0.21, −0.329 and −0.4561.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-12),
    because: "Steps of 0.1, 0.11, 0.119 and 0.1271; a dampened first step would have been 0.02.",
};

static DIFFERENCES: Header = Header {
    table: "differences",
    row: "one step",
    columns: &[
        ("step", "updates done"),
        ("two_point", "largest |difference| of a parameter: two-point form and look-ahead form"),
        ("torch", "PyTorch's form and the look-ahead form's next probe"),
        ("quasi_hyperbolic", "qhm and PyTorch's form"),
        ("heavy_ball", "heavy-ball and sgd with momentum"),
        ("another_point", "PyTorch's form and the look-ahead form's iterate"),
        ("halved_rate", "heavy-ball and sgd with momentum, with the rate halved at step 100"),
    ],
};

const STEPS: u64 = 200;
const RATE: f64 = 0.01;
const BETA: f64 = 0.9;

/// The same random batches for every form.
fn batches(terms: usize, key: Key) -> Box<dyn Sampler> {
    sampler("reshuffle", terms, 1, key.child("forms of Nesterov"))
}

/// The iterates of a rule, from 0.
fn iterates(problem: &Problem, rule: RuleSpec, key: Key, rate: impl Fn(u64) -> f64) -> Vec<Vec<f64>> {
    let objective = f64::model(problem).objective::<1>();
    let start = vec![0.0; objective.layout().size()];
    let mut run = Machine::new(objective, rule, batches(objective.terms(), key), &start);
    let one = |step| {
        run.step(rate(step));
        run.at().to_vec()
    };
    (0..STEPS).map(one).collect()
}

/// The two-point form, written out.
fn two_points(problem: &Problem, key: Key) -> Vec<Vec<f64>> {
    let objective: &dyn Objective<f64, 1> = f64::model(problem).objective();
    let (mut sampler, mut batch) = (batches(objective.terms(), key), BatchBuffer::with_capacity(1));
    let mut oracle = Oracle::new(objective, 1);
    let mut x = vec![0.0; objective.layout().size()];
    let (mut before, mut gradient) = (x.clone(), vec![[0.0]; x.len()]);
    let one = |step| {
        sampler.fill(step, &mut batch);
        let y: Vec<[f64; 1]> = x.iter().zip(&before).map(|(x, before)| [x + BETA * (x - before)]).collect();
        oracle.gradient(&y, batch.batch(), &mut gradient);
        before.clone_from(&x);
        x = y.iter().zip(&gradient).map(|([y], [g])| y - RATE * g).collect();
        x.clone()
    };
    (0..STEPS).map(one).collect()
}

/// wₜ − β vₜ with vₜ = wₜ₋₁ − wₜ: where the look-ahead form takes its next gradient.
fn probes(iterates: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let zero = vec![0.0; iterates[0].len()];
    let before = std::iter::once(&zero).chain(iterates);
    let one = |(w, before): (&Vec<f64>, &Vec<f64>)| w.iter().zip(before).map(|(w, b)| w - BETA * (b - w)).collect();
    iterates.iter().zip(before).map(one).collect()
}

/// The largest |difference| of a parameter at each step.
fn apart(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<f64> {
    let largest = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    a.iter().zip(b).map(largest).collect()
}

/// Rule, and what is compared: in the order of the columns.
fn differences(problem: &Problem, key: Key) -> [Vec<f64>; 6] {
    let constant = |rule: RuleSpec| iterates(problem, rule, key, |_| RATE);
    let ahead = constant(Nag { momentum: BETA }.into());
    let torch = constant(Sgd { momentum: BETA, nesterov: true, ..Sgd::default() }.into());
    let quasi = Qhm { momentum: BETA, nu: BETA, ..Qhm::default() };
    let quasi = iterates(problem, quasi.into(), key, |_| RATE / (1.0 - BETA));
    let (inside, outside) = (HeavyBall { momentum: BETA }, Sgd { momentum: BETA, ..Sgd::default() });
    let halved = |rule: RuleSpec| iterates(problem, rule, key, |step| if step < 100 { RATE } else { 0.5 * RATE });
    [
        apart(&two_points(problem, key), &ahead),
        apart(&torch, &probes(&ahead)),
        apart(&quasi, &torch),
        apart(&constant(inside.clone().into()), &constant(outside.clone().into())),
        apart(&torch, &ahead),
        apart(&halved(inside.into()), &halved(outside.into())),
    ]
}

/// Where a parameter is after each of four steps along the gradient 1.
fn pushed(dampening: f64) -> [f64; 4] {
    let rule = Sgd { momentum: 0.9, dampening, ..Sgd::default() };
    let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &sgdlab_core::Layout::vector(1));
    let mut at = [[0.0]];
    std::array::from_fn(|_| {
        rule.update(&mut at, Signal::of(&[[1.0]]), &[0.1]);
        at[0][0]
    })
}

fn run(setting: &Setting, out: &mut Outcome) {
    let cancer = problem("logistic", [("l2", Value::Number(0.01))]);
    let all = differences(&cancer, setting.key);
    let claims = [&TWO_POINT, &TORCH, &QUASI, &HEAVY_BALL, &NOT_THE_ITERATE, &SCHEDULE];
    for (claim, of) in claims.into_iter().zip(&all) {
        out.decide(claim, "largest difference", Measured::of(of.iter().copied().fold(0.0, f64::max)));
    }
    let expected = [-0.1, -0.21, -0.329, -0.4561];
    for (i, (found, expected)) in pushed(0.8).into_iter().zip(expected).enumerate() {
        out.decide(&UNDAMPED, format!("after step {}", i + 1), Measured::of(found).beside(expected));
    }
    let row = |step: usize| {
        let numbers: Vec<f64> = all.iter().map(|of| of[step]).collect();
        fields(&[&(step + 1).to_string()], &numbers)
    };
    out.tabulate(&DIFFERENCES, (0..STEPS as usize).map(row));
    out.draw("differences", figure(&all));
}

fn figure(all: &[Vec<f64>; 6]) -> Figure {
    let names = [
        "two-point form − look-ahead form",
        "PyTorch's form − look-ahead's probe",
        "quasi-hyperbolic − PyTorch's form",
        "rate inside − rate outside",
        "PyTorch's form − look-ahead's iterate",
        "rate inside − rate outside, halved at step 100",
    ];
    let x: Vec<f64> = (1..=STEPS).map(|step| step as f64).collect();
    let series = |(style, (name, of)): (usize, (&str, &Vec<f64>))| {
        // Differences of 0 are drawn at the lower end.
        let y = of.iter().map(|&y| y.max(1e-18)).collect();
        Series { name: name.to_owned(), style, marks: vec![Mark::Line { x: x.clone(), y, steps: false }] }
    };
    let chart = Chart {
        x: Axis::new("step", ""),
        y: Axis::new("largest difference of a parameter", "").log().between(1e-18, 1.0),
        series: names.into_iter().zip(all).enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("The forms differ by rounding; another point or another rate differs by far more", chart)
        .with_subtitle("Logistic regression on breast-cancer, equal batches of one term, η = 0.01, β = 0.9.")
        .with_note("Differences of 0 are drawn at 10⁻¹⁸.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn every_claim_can_fail() {
        let cancer = problem("logistic", [("l2", Value::Number(0.01))]);
        let key = Key::new("test");
        let largest = |of: &[f64]| of.iter().copied().fold(0.0, f64::max);
        let of = |rule: RuleSpec, rate: f64| iterates(&cancer, rule, key, |_| rate);
        let torch = of(Sgd { momentum: BETA, nesterov: true, ..Sgd::default() }.into(), RATE);
        let ball = of(Sgd { momentum: BETA, ..Sgd::default() }.into(), RATE);
        let ahead = of(Nag { momentum: BETA }.into(), RATE);
        let quasi = of(Qhm { momentum: BETA, nu: BETA, ..Qhm::default() }.into(), RATE);
        let dampened = of(Sgd { momentum: BETA, dampening: 0.1, ..Sgd::default() }.into(), RATE);
        let wrong = &[
            ("two-point-form", Measured::of(largest(&apart(&ball, &ahead))), "the gradient taken at x"),
            ("torch-form", Measured::of(largest(&apart(&torch, &ahead))), "compared with the iterate"),
            ("quasi-hyperbolic-form", Measured::of(largest(&apart(&quasi, &torch))), "the same rate"),
            ("rate-inside-or-outside", Measured::of(largest(&apart(&dampened, &ball))), "a dampened velocity"),
            ("another-point", Measured::of(largest(&apart(&torch, &probes(&ahead)))), "the probe"),
            ("rates-that-change", Measured::of(0.0), "a rate that does not change"),
            ("first-step-undamped", Measured::of(-0.1 * 0.2).beside(-0.1), "a dampened first step"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
