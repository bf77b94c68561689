//! Whether sharpness-aware minimization finds flatter minima at equal cost.

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_estimators::{EstimatorSpec, Plain, Sam};
use sgdlab_objectives::Activation;
use sgdlab_optimizers::Sgd;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::factorization::{Factorization, balance};
use super::network::{Descent, Start, sharpness};
use crate::tools::drawing::{fields, line};
use crate::tools::machine::value;
use crate::tools::moments::Mean;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "sam-flatness",
    title: "Sharpness-aware minimization at equal cost",
    sentence: "Sharpness-aware minimization finds flatter minima than gradient descent, also if both compute as many \
               gradients.",
    reference: "Foret, Kleiner, Mobahi and Neyshabur 2021, Sharpness-aware minimization, ICLR; Bartlett, Long and Bousquet \
                2023, The dynamics of sharpness-aware minimization, JMLR; Wen, Ma and Li 2023, How does sharpness-aware \
                minimization minimize sharpness?, ICLR",
    statement: "g = ∇f(x + ρ ∇f(x)/|∇f(x)|), two gradients a step. On f(x, y) = ½ (x y − c)² it bounces across the minima with \
                a residual at x + e of 2ρ√λ/(2 − ηλ), and ln (x² − y²) falls by 8ηρ²/(2 − ηλ)² a step to leading order in ρ, \
                down to the flattest minimum, λ = 2 c; gradient descent keeps x² − y².",
    setup: "c = 1 from the minimum with λ = 8 at rate 0.05: 4000 steps with ρ = 0.1 and 0.05 and 8000 steps of descent. \
            24 networks 2-16-16-2 of tanh units on 64 points, ½ |z − y|²: 1000 steps with ρ = 0.1 (400 with --quick) and \
            twice as many of descent, rate 0.2, from the same initial points. All terms are in every batch.",
    exactness: "The factorization has no random numbers. Networks and their points are drawn; the comparison is of pairs.",
    limits: "At equal cost the training loss of a network is higher with SAM, which makes half as many steps: flatter is not \
             lower. The law is of leading order in ρ.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&BALANCES, &PAIRS],
    run,
};

static ALL: &[&Claim] = &[&LAW, &FLATTEST, &KEEPS, &FLATTER, &LOSS];

static LAW: Claim = Claim {
    name: "sam-flattens-at-its-rate",
    statement: "Along the minima of the factorization ln (x² − y²) falls by 8ηρ²/(2 − ηλ)² a step.",
    stance: Stance::Adds,
    criterion: Criterion::Near(0.05),
    because: "A twentieth for what is of higher order in ρ; half the law, or twice, is far away.",
};

static FLATTEST: Claim = Claim {
    name: "sam-finds-the-flattest",
    statement: "SAM with ρ = 0.1 ends at the flattest minimum of the factorization.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0 - 1e-6, 1.02),
    because: "λ/(2 c) of the minimum with the x² − y² of the end.",
};

static KEEPS: Claim = Claim {
    name: "descent-stays-sharp",
    statement: "Gradient descent at the same cost stays at the minimum where it began.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.98, 1.0),
    because: "λ at the end over λ at the start, which is beside the minimum by a residual of 0.1.",
};

static FLATTER: Claim = Claim {
    name: "networks-are-flatter",
    statement: "On networks the greatest eigenvalue of the Hessian is smaller with SAM than with gradient descent at equal cost.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(f64::NEG_INFINITY, -4.0),
    because: "Mean of ln λ_max(SAM)/λ_max(descent) over pairs in standard errors.",
};

static LOSS: Claim = Claim {
    name: "and-not-lower",
    statement: "At equal cost the training loss is higher with SAM, on nearly all networks.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.8, 1.0),
    because: "Share of the 24 networks; about 0.99 is expected, and of the same method twice at least 0.8 in 1 of 1300 cases. \
              Shares and no means: descent runs at the edge of stability, λ = 2/η, where its loss has spikes, and an end \
              on one outweighs all other pairs.",
};

static BALANCES: Header = Header {
    table: "balances",
    row: "one place of a run on the factorization",
    columns: &[
        ("rho", "radius; 0 is gradient descent"),
        ("gradients", "computed so far"),
        ("log", "ln of x² − y² over its first value"),
        ("predicted", "−Σ 8ηρ²/(2 − ηλ)²"),
        ("sharpness", "λ of the minimum with this x² − y²"),
    ],
};

static PAIRS: Header = Header {
    table: "pairs",
    row: "one network",
    columns: &[
        ("network", "number"),
        ("sharpness_descent", "λ_max after gradient descent"),
        ("sharpness_sam", "λ_max after SAM with as many gradients"),
        ("loss_descent", "f"),
        ("loss_sam", "f"),
    ],
};

const RATE: f64 = 0.05;
const SHARPEST: f64 = 8.0;
const STEPS: u64 = 4000;

const NETWORKS: usize = 24;

fn sam(rho: f64) -> EstimatorSpec {
    EstimatorSpec::from(Sam { rho, adaptive: false, perturb_eps: 1e-12 })
}

/// Gradients, ln D/D₀, its prediction and λ.
type Row = [f64; 4];

/// A run on the factorization.
fn bounce(rho: f64, factor: f64) -> Vec<Row> {
    let mean = Factorization::new(1.0);
    let [x, y] = mean.minimum(SHARPEST);
    let (start, first) = ([x, y + 0.1 / x], balance([x, y + 0.1 / x]));
    let (estimator, cost) = if rho == 0.0 { (EstimatorSpec::from(Plain), 1) } else { (sam(rho), 2) };
    let steps = STEPS * 2 / cost;
    let descent = Descent { objective: mean.objective(), rule: Sgd::default(), estimator, rate: RATE };
    let (mut rows, mut log) = (Vec::new(), 0.0);
    let mut seen = |step: u64, at: &[f64]| {
        if step.is_multiple_of(steps / 40) {
            let now = balance([at[0], at[1]]);
            rows.push([(step * cost) as f64, (now / first).ln(), log, mean.sharpness_of(now)]);
        }
        log -= factor * RATE * rho * rho / (2.0 - RATE * mean.sharpness_of(first * f64::exp(log))).powi(2);
        true
    };
    let end = descent.run(&start, steps, &mut seen);
    seen(steps, &end);
    rows
}

fn run(setting: &Setting, out: &mut Outcome) {
    let runs = [0.0, 0.05, 0.1].map(|rho| (rho, bounce(rho, 8.0)));
    let last = |number: usize| *runs[number].1.last().expect("a run has rows");
    for (number, rho) in [(1, "ρ = 0.05"), (2, "ρ = 0.1")] {
        // Later on there is no balance left that could fall.
        let row = runs[number].1.iter().take_while(|row| row[2] > -3.0).last().expect("a run has rows");
        out.decide(&LAW, rho, Measured::of(row[1] / row[2]).beside(1.0));
    }
    out.decide(&FLATTEST, "λ/(2 c)", Measured::of(0.5 * last(2)[3]));
    out.decide(&KEEPS, "λ over λ₀", Measured::of(last(0)[3] / runs[0].1[0][3]));
    let rows = runs.iter().flat_map(|(rho, rows)| rows.iter().map(|row| fields(&[], &[&[*rho], &row[..]].concat())));
    out.tabulate(&BALANCES, rows.collect::<Vec<_>>());
    out.draw("factorization", figure(&runs));
    networks(setting, out);
}

/// λ_max and f after descent, then both after SAM.
fn pair(key: Key, steps: u64) -> [f64; 4] {
    let start = Start::wave(key, 64, &[16, 16], Activation::Tanh);
    let objective = start.objective();
    let ends = [(EstimatorSpec::from(Plain), 2 * steps), (sam(0.1), steps)].map(|(estimator, steps)| {
        let descent = Descent { objective, rule: Sgd::default(), estimator, rate: 0.2 };
        let at = descent.run(&start.at, steps, |_, _| true);
        [sharpness(objective, &at, key.child("sharpness")).value, value(objective, &at)]
    });
    [ends[0][0], ends[1][0], ends[0][1], ends[1][1]]
}

/// The mean of ln λ_max(SAM)/λ_max(descent) in standard errors.
fn in_errors(pairs: &[[f64; 4]]) -> f64 {
    let logs: Vec<f64> = pairs.iter().map(|[descent, sam, ..]| (sam / descent).ln()).collect();
    let mean = Mean::of(&logs);
    mean.value / mean.error
}

fn networks(setting: &Setting, out: &mut Outcome) {
    let steps = setting.choose(400, 1000);
    let one = |number: usize| pair(setting.key.child(&format!("network {number}")), steps);
    let pairs: Vec<[f64; 4]> = (0..NETWORKS).into_par_iter().map(one).collect();
    out.decide(&FLATTER, "standard errors", Measured::of(in_errors(&pairs)));
    let higher = pairs.iter().filter(|[.., descent, sam]| sam > descent).count();
    out.decide(&LOSS, "share of networks", Measured::of(higher as f64 / NETWORKS as f64));
    let rows = pairs.iter().enumerate().map(|(number, pair)| fields(&[], &[&[number as f64], &pair[..]].concat()));
    out.tabulate(&PAIRS, rows);
    out.draw("networks", pair_figure(&pairs));
}

fn figure(runs: &[(f64, Vec<Row>); 3]) -> Figure {
    let x = |rows: &[Row]| rows.iter().map(|row| row[0]).collect::<Vec<f64>>();
    let series = |(style, (rho, rows)): (usize, &(f64, Vec<Row>))| Series {
        name: if *rho == 0.0 { "gradient descent".to_owned() } else { format!("SAM, ρ = {rho}") },
        style,
        marks: vec![line(&x(rows), rows.iter().map(|row| row[3]).collect())],
    };
    let mean = Factorization::new(1.0);
    let first = balance(mean.minimum(SHARPEST));
    let law = |(rho, rows): &(f64, Vec<Row>)| Reference {
        name: format!("law, ρ = {rho}"),
        guide: Guide::Curve { x: x(rows), y: rows.iter().map(|row| mean.sharpness_of(first * row[2].exp())).collect() },
    };
    let flattest = Reference { name: "flattest minimum".to_owned(), guide: Guide::Horizontal(2.0) };
    let chart = Chart {
        x: Axis::new("gradients", ""),
        y: Axis::new("sharpness of the minimum", "").log(),
        references: runs[1..].iter().map(law).chain([flattest]).collect(),
        series: runs.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("SAM walks along the minima to the flattest one", chart)
        .with_subtitle("½ (x y − 1)² from beside a minimum of sharpness 8, rate 0.05.")
}

fn pair_figure(pairs: &[[f64; 4]]) -> Figure {
    let column = |number: usize| pairs.iter().map(|pair| pair[number]).collect::<Vec<f64>>();
    let chart = |title: &str, first: usize| {
        let all = || pairs.iter().flat_map(|pair| [pair[first], pair[first + 1]]);
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
        // Wide enough for several marks on both axes.
        let (low, high) = ((0.8 * low).min(0.1 * high), 1.25 * high);
        let equal = Guide::Curve { x: vec![low, high], y: vec![low, high] };
        let points = Mark::Points { x: column(first), y: column(first + 1) };
        Chart {
            title: title.to_owned(),
            x: Axis::new("gradient descent", "").log().between(low, high),
            y: Axis::new("SAM", "").log().between(low, high),
            references: vec![Reference { name: "equal".to_owned(), guide: equal }],
            series: vec![Series { name: "a network".to_owned(), style: 0, marks: vec![points] }],
            ..Chart::default()
        }
    };
    let charts = vec![chart("greatest eigenvalue", 0), chart("training loss", 2)];
    // As high as wide, so that equal numbers are on the diagonal.
    Figure { height: 340.0, ..Figure::multiples("At equal cost SAM is flatter, and its loss is not lower", charts, 2) }
        .with_subtitle(&format!(
            "{} networks 2-16-16-2; SAM makes half as many steps of two gradients each, all terms in every batch.",
            pairs.len()
        ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn all_claims_hold() {
        crate::curvature::check(&EXPERIMENT);
    }

    /// Another factor is not met.
    #[test]
    fn every_claim_can_fail() {
        let law = |factor: f64| {
            let rows = bounce(0.05, factor);
            let row = rows.iter().take_while(|row| row[2] > -3.0).last().unwrap();
            Measured::of(row[1] / row[2]).beside(1.0)
        };
        assert!(LAW.judge("right", law(8.0)).holds());
        each_claim_can_fail(
            ALL,
            &[
                ("sam-flattens-at-its-rate", law(4.0), "half the law"),
                ("sam-flattens-at-its-rate", law(16.0), "twice the law"),
                ("sam-finds-the-flattest", Measured::of(4.0), "gradient descent"),
                ("descent-stays-sharp", Measured::of(0.25), "SAM"),
                ("networks-are-flatter", Measured::of(0.0), "the same method twice"),
                ("and-not-lower", Measured::of(0.5), "the same method twice"),
            ],
        );
    }
}
