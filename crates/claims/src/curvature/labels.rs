//! Label noise and large steps prefer flat minima, at rates that theory knows.

use rayon::prelude::*;
use sgdlab_core::Oracle;
use sgdlab_core::streams::Key;
use sgdlab_landscapes::curvature::Probe;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Reference, Series};

use super::factorization::{Factorization, balance};
use super::network::sharpness;
use crate::tools::drawing::{curve, fields, line};
use crate::tools::moments::Mean;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "label-noise-sharpness",
    title: "Label noise and step size on sharpness",
    sentence: "Noise in the labels moves stochastic gradient descent along the minima to the flattest one, and a large step \
               leaves minima that are too sharp for it.",
    reference: "Blanc, Gupta, Valiant and Valiant 2020, Implicit regularization for deep neural networks driven by an \
                Ornstein–Uhlenbeck like process, COLT; Damian, Ma and Lee 2021, Label noise SGD provably prefers flat \
                global minimizers, NeurIPS; Lewkowycz et al. 2020, The large learning rate phase of deep learning",
    statement: "f(x, y) = ½ (x y − c)² with labels c ± σ: a step of rate η multiplies D = x² − y² by 1 − η² (x y − c ∓ σ)² \
                exactly. Near the minima, whose sharpness is λ = √(D² + 4 c²), the mean square of the residual is \
                2σ²/(2 − ηλ), so that ln D falls by 2η²σ²/(2 − ηλ) a step, down to λ = 2 c. Without noise D stays, and \
                minima with λ > 2/η are unstable.",
    setup: "c = 1, σ = 0.5, from the minimum with λ = 8. Rates 0.025, 0.05 and 0.1, 200 runs (60 with --quick) of \
            16 000, 4000 and 1000 steps; then 4 times as many, and 500 steps without noise. Without noise: rates 0.05, 0.1, \
            0.2 and 0.3 from beside minima with λ = 1.25 and 0.8 times 2/η, 5000 steps.",
    exactness: "The law of D is an identity of every path. Signs of the noise are drawn; the predicted fall of ln D is summed \
                step by step.",
    limits: "The prediction is of leading order in η σ²: at rate 0.1 residuals are no longer small. Noise that does not \
             vanish across the minima, such as isotropic noise, diffuses along them as well.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&DECAY, &STEPS],
    run,
};

static ALL: &[&Claim] = &[&IDENTITY, &LAW, &FLATTEST, &KEEPS, &LEAVES, &STAYS];

static IDENTITY: Claim = Claim {
    name: "balance-is-an-identity",
    statement: "On every path D is its first value times the product of 1 − η² (residual)².",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-10),
    because: "Largest relative difference over all runs: rounding of thousands of steps.",
};

static LAW: Claim = Claim {
    name: "noise-flattens-at-its-rate",
    statement: "ln D falls by 2η²σ²/(2 − ηλ) a step.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.02 },
    because: "Mean over the runs at the end; a fiftieth for what is of higher order in ησ².",
};

static FLATTEST: Claim = Claim {
    name: "the-flattest-is-found",
    statement: "In the long run the noise leads to the flattest minimum, λ = 2 c.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0 - 1e-6, 1.02),
    because: "Mean of λ/(2 c) over the runs, after steps without noise; nothing is below 1, and D is e⁻⁶ of what it was or \
              less.",
};

static KEEPS: Claim = Claim {
    name: "without-noise-it-stays",
    statement: "Gradient descent without noise stays where it is among the minima.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.98, 1.0),
    because: "D at the end over D at the start, which is beside the minimum by a residual of 0.1.",
};

static LEAVES: Claim = Claim {
    name: "large-steps-leave-sharp-minima",
    statement: "From beside a minimum with λ = 1.25 · 2/η gradient descent ends in one with λ below 2/η.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1.0),
    because: "λ η/2 at the end.",
};

static STAYS: Claim = Claim {
    name: "small-steps-stay",
    statement: "From beside one with λ = 0.8 · 2/η it ends in this one.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.79, 0.81),
    because: "λ η/2 at the end; the start is beside the minimum by a residual of 0.01.",
};

static DECAY: Header = Header {
    table: "decay",
    row: "one rate at one step",
    columns: &[
        ("rate", "η"),
        ("step", "updates"),
        ("mean_log", "mean over runs of ln D/D₀"),
        ("standard_error", "of that mean"),
        ("predicted", "−Σ 2η²σ²/(2 − ηλ)"),
    ],
};

static STEPS: Header = Header {
    table: "steps",
    row: "one run without noise",
    columns: &[
        ("rate", "η"),
        ("before", "λ of the minimum beside the start"),
        ("after", "λ at the end"),
        ("threshold", "2/η"),
    ],
};

const C: f64 = 1.0;
const SIGMA: f64 = 0.5;
const SHARPEST: f64 = 8.0;

/// Rates and steps after which about as much of D is left.
const RATES: [(f64, u64); 3] = [(0.025, 16_000), (0.05, 4000), (0.1, 1000)];

/// Places at which ln D is written down.
const PLACES: u64 = 20;

/// A run with noisy labels.
struct Walk {
    /// ln D/D₀ at [`PLACES`] even steps after the start.
    logs: Vec<f64>,
    /// The relative difference of D from the product.
    apart: f64,
    end: [f64; 2],
}

/// The fall of ln D that theory says, at the same places.
fn predicted(rate: f64, steps: u64, factor: f64) -> Vec<f64> {
    let mean = Factorization::new(C);
    let first = balance(mean.minimum(SHARPEST));
    let (mut log, mut logs) = (0.0f64, Vec::new());
    for step in 1..=steps {
        let sharpness = mean.sharpness_of(first * log.exp());
        log -= factor * rate * rate * SIGMA * SIGMA / (2.0 - rate * sharpness);
        if step.is_multiple_of(steps / PLACES) {
            logs.push(log);
        }
    }
    logs
}

/// Steps on ½ (x y − c ∓ σ)² with signs that are drawn.
fn walk((rate, steps): (f64, u64), key: Key, run: u64) -> Walk {
    let labels = [Factorization::new(C - SIGMA), Factorization::new(C + SIGMA)];
    let signs = Probe::Signs.draw(key, run, steps as usize);
    let start = Factorization::new(C).minimum(SHARPEST);
    let of = |step: u64| usize::from(signs[step as usize] > 0.0);
    let mut oracles = labels.each_ref().map(|labels| Oracle::new(labels.objective(), 1));
    let course = labels[0].course(rate, start);
    let path = course.follow(steps, |step, point, out| oracles[of(step)].full_gradient(point, out));
    let kept = |(step, [x, y]): (usize, &[f64; 2])| {
        let residual = x * y - C - SIGMA * signs[step];
        1.0 - (rate * residual).powi(2)
    };
    let product: f64 = path[..steps as usize].iter().enumerate().map(kept).product();
    let (first, end) = (balance(start), path[steps as usize]);
    let log = |place: u64| (balance(path[(place * (steps / PLACES)) as usize]) / first).ln();
    let apart = (balance(end) / (first * product) - 1.0).abs();
    Walk { logs: (1..=PLACES).map(log).collect(), apart, end }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let runs = setting.choose(60, 200);
    let (mut rows, mut apart, mut curves) = (Vec::new(), 0.0f64, Vec::new());
    for (rate, steps) in RATES {
        let key = setting.key.child(&format!("labels, rate {rate}"));
        let walks: Vec<Walk> = (0..runs).into_par_iter().map(|run| walk((rate, steps), key, run)).collect();
        apart = walks.iter().map(|walk| walk.apart).fold(apart, f64::max);
        let theory = predicted(rate, steps, 2.0);
        let means: Vec<Mean> = (0..PLACES as usize)
            .map(|place| Mean::of(&walks.iter().map(|walk| walk.logs[place]).collect::<Vec<_>>()))
            .collect();
        for (place, (mean, predicted)) in means.iter().zip(&theory).enumerate() {
            let step = (place as u64 + 1) * (steps / PLACES);
            rows.push(fields(&[], &[rate, step as f64, mean.value, mean.error, *predicted]));
        }
        let last = PLACES as usize - 1;
        let measured = Measured::of(means[last].value).beside(theory[last]).give_or_take(means[last].error);
        out.decide(&LAW, format!("rate {rate}"), measured);
        curves.push((rate, steps, means, theory));
    }
    out.decide(&IDENTITY, "largest relative difference", Measured::of(apart));
    out.tabulate(&DECAY, rows);
    out.draw("decay", decay_figure(&curves));
    flattest(setting, out);
    steps(setting.key.child("sharpness"), out);
}

/// λ after a long time with noise and some steps without.
fn flattest(setting: &Setting, out: &mut Outcome) {
    let (mean, key) = (Factorization::new(C), setting.key.child("long"));
    let end = |run: u64| {
        let walked = walk((0.05, 16_000), key, run);
        let rest = mean.course(0.05, walked.end).full(500, false);
        mean.sharpness_of(balance(rest[500])) / (2.0 * C)
    };
    let ends: Vec<f64> = (0..setting.choose(8, 50)).into_par_iter().map(end).collect();
    out.decide(&FLATTEST, "λ/(2 c)", Measured::of(Mean::of(&ends).value));
    let [x, y] = mean.minimum(SHARPEST);
    let start = [x, y + 0.1 / x];
    let kept = balance(mean.course(0.05, start).full(4000, false)[4000]) / balance(start);
    out.decide(&KEEPS, "D over D₀", Measured::of(kept));
}

/// What steps of several sizes do beside sharp minima.
fn steps(key: Key, out: &mut Outcome) {
    let mean = Factorization::new(C);
    let mut rows: Vec<[f64; 4]> = Vec::new();
    for rate in [0.05, 0.1, 0.2, 0.3] {
        for (share, claim) in [(0.8, &STAYS), (1.25, &LEAVES)] {
            let before = share * 2.0 / rate;
            let [x, y] = mean.minimum(before);
            let end = mean.course(rate, [x, y + 0.01 / x]).full(5000, false)[5000];
            let after = sharpness(mean.objective(), &end, key).value;
            out.decide(claim, format!("rate {rate}"), Measured::of(0.5 * after * rate));
            rows.push([rate, before, after, 2.0 / rate]);
        }
    }
    out.tabulate(&STEPS, rows.iter().map(|row| fields(&[], row)));
    out.draw("steps", step_figure(&rows));
}

/// Rate, steps, measured and predicted falls.
type Curves = (f64, u64, Vec<Mean>, Vec<f64>);

fn decay_figure(curves: &[Curves]) -> Figure {
    // Time in which the noise acts alike at all rates.
    let x = |&(rate, steps, ..): &Curves| -> Vec<f64> {
        (1..=PLACES).map(|place| rate * rate * (place * (steps / PLACES)) as f64).collect()
    };
    let sharpness = |log: f64| {
        let mean = Factorization::new(C);
        mean.sharpness_of(balance(mean.minimum(SHARPEST)) * log.exp())
    };
    let law = |of: &Curves| Reference {
        name: format!("law, η = {}", of.0),
        guide: Guide::Curve { x: x(of), y: of.3.iter().map(|&log| sharpness(log)).collect() },
    };
    let series = |(style, of): (usize, &Curves)| {
        let y = of.2.iter().map(|mean| sharpness(mean.value)).collect();
        curve(&format!("η = {}", of.0), style, &x(of), y)
    };
    let flattest = Reference { name: "flattest minimum".to_owned(), guide: Guide::Horizontal(2.0 * C) };
    let chart = Chart {
        x: Axis::new("steps times η²", ""),
        y: Axis::new("sharpness of the minimum", "").log(),
        references: curves.iter().map(law).chain([flattest]).collect(),
        series: curves.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Label noise moves along the minima to the flattest one", chart)
        .with_subtitle("Sharpness that belongs to the mean of ln D; σ = 0.5, c = 1.")
}

fn step_figure(rows: &[[f64; 4]]) -> Figure {
    let of = |sharp: bool, column: usize| -> (Vec<f64>, Vec<f64>) {
        rows.iter().filter(|row| (row[1] > row[3]) == sharp).map(|row| (row[0], row[column])).unzip()
    };
    let series = |style: usize, name: &str, (x, y): (Vec<f64>, Vec<f64>)| curve(name, style, &x, y);
    let rates: Vec<f64> = (0..=50).map(|i| 0.05 * 6f64.powf(f64::from(i) / 50.0)).collect();
    let edge = rates.iter().map(|rate| 2.0 / rate).collect();
    let chart = Chart {
        x: Axis::new("rate η", "").log(),
        y: Axis::new("sharpness", "").log(),
        references: vec![Reference { name: "2/η".to_owned(), guide: Guide::Curve { x: rates.clone(), y: edge } }],
        series: vec![
            series(0, "too sharp: before", of(true, 1)),
            series(1, "too sharp: after", of(true, 2)),
            series(2, "flat enough: before and after", of(false, 2)),
            Series { name: "flattest minimum".to_owned(), style: 3, marks: vec![line(&rates, vec![2.0 * C; 51])] },
        ],
        ..Chart::default()
    };
    Figure::of("A step leaves minima that are too sharp for it", chart)
        .with_subtitle("Gradient descent on ½ (x y − 1)² from beside minima of 1.25 and 0.8 times 2/η.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn all_claims_hold() {
        crate::curvature::check(&EXPERIMENT);
    }

    /// Half of the law is another law.
    #[test]
    fn every_claim_can_fail() {
        let key = Key::new("wrong");
        let logs: Vec<f64> = (0..100).map(|run| walk(RATES[1], key, run).logs[19]).collect();
        let mean = Mean::of(&logs);
        let law = |factor| {
            let expected = predicted(RATES[1].0, RATES[1].1, factor)[19];
            Measured::of(mean.value).beside(expected).give_or_take(mean.error)
        };
        assert!(LAW.judge("right", law(2.0)).holds());
        each_claim_can_fail(
            ALL,
            &[
                ("balance-is-an-identity", Measured::of(2e-3), "the residual without the noise"),
                ("noise-flattens-at-its-rate", law(1.0), "without the factor 2"),
                ("noise-flattens-at-its-rate", law(-2.0), "the wrong sign"),
                ("the-flattest-is-found", Measured::of(4.0), "no noise"),
                ("without-noise-it-stays", Measured::of(mean.value.exp()), "noise in the labels"),
                ("large-steps-leave-sharp-minima", Measured::of(1.25), "a run that stays"),
                ("small-steps-stay", Measured::of(0.5), "noise in the labels"),
            ],
        );
    }
}
