//! How far momentum spreads around a minimum under gradient noise.

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Real, Sample, Value};
use sgdlab_objectives::{Problem, Stored};
use sgdlab_optimizers::RuleSpec;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::transfer::{Transfer, heavy_ball, nesterov};
use crate::tools::drawing::fields;
use crate::tools::machine::Machine;
use crate::tools::moments::Mean;
use crate::tools::problem::problem;
use crate::tools::sampler::sampler;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "stationary-noise",
    title: "The noise that momentum leaves",
    sentence: "Momentum β acts like a learning rate of η/(1 − β): with the gradient's noise it spreads as much as that.",
    reference: "Mandt, Hoffman and Blei 2017, Stochastic Gradient Descent as Approximate Bayesian Inference, for small steps; \
                the exact variances are those of autoregressive processes, own derivation",
    statement: "One coordinate, ½ λ x², independent gradient noise of variance s². Heavy ball: \
                Var x = η s² (1 + β)/((1 − β) λ (2(1 + β) − η λ)). Nesterov, with f₁ = (1 + β)(1 − η λ) and \
                f₂ = −β(1 − η λ): Var x = (1 − f₂) η² s²/((1 + f₂)((1 − f₂)² − f₁²)). For small steps both are \
                η s²/(2 λ (1 − β)).",
    setup: "η = 0.1, λ = 1.3, s about 0.7, β = 0, 0.5, 0.9 and 0.99. A bowl of 64 equal eigenvalues whose 1000 terms have \
            shifted centers; batches of one term, drawn with replacement, so that the noise is the same everywhere and its \
            variance is known. 16 runs of 20 000 steps after 3000 that are forgotten (6000 with --quick), \
            five times as many for β = 0.99.",
    exactness: "The closed forms are held against V = M V Mᵀ + Q, with M and Q from watching one step of the rule. Variances \
                of runs are sampled, over 64 coordinates at once; s² is that of the 1000 terms, coordinate by coordinate.",
    limits: "The formula for small steps is within 7 % for the heavy ball. For Nesterov's method with β = 0.99 it is 13 times \
             too large at this step: what counts there is η λ against 1 − β, and not against 1. All of this is noise that \
             does not depend on x; with sampling noise see least-squares-stability.",
    truth: Truth::Limited,
    claims: &[&CLOSED, &SAMPLED, &BALL_IS_SMALL_STEP, &NESTEROV_IS_NOT],
    tables: &[&VARIANCES],
    run,
};

static CLOSED: Claim = Claim {
    name: "closed-form",
    statement: "The closed forms solve the equation for the stationary variance.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-10),
    because: "Solution of the linear system over the closed form, beside 1.",
};

static SAMPLED: Claim = Claim {
    name: "sampled-variance",
    statement: "Runs of the rules have the variance of the closed forms.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.985, 1.015),
    because: "Mean square over the closed form; the standard error is below 0.4 %.",
};

static BALL_IS_SMALL_STEP: Claim = Claim {
    name: "heavy-ball-like-small-steps",
    statement: "For the heavy ball the formula for small steps is nearly right at every momentum.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, 1.09),
    because: "Measured variance over η s²/(2 λ (1 − β)); exactly 1/(1 − η λ/(2(1 + β))), which is 1.07 to 1.03.",
};

static NESTEROV_IS_NOT: Claim = Claim {
    name: "nesterov-unlike-small-steps",
    statement: "Nesterov's method leaves far less noise at large momentum than theory for small steps says.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 0.1),
    because: "Measured variance at β = 0.99 over η s²/(2 λ (1 − β)); exactly 0.0747.",
};

static VARIANCES: Header = Header {
    table: "stationary_variance",
    row: "one method and momentum, mean over the coordinates",
    columns: &[
        ("method", "rule"),
        ("beta", "momentum"),
        ("step", "η"),
        ("lambda", "λ"),
        ("var_closed", "by the closed form"),
        ("var_lyapunov", "by the linear system of the observed step"),
        ("var_small_step", "η s²/(2 λ (1 − β))"),
        ("var_mc", "mean square of the runs"),
        ("se", "standard error of var_mc, over runs"),
    ],
};

const RATE: f64 = 0.1;
const LAMBDA: f64 = 1.3;
const BETAS: [f64; 4] = [0.0, 0.5, 0.9, 0.99];
const DIMENSION: usize = 64;
const TERMS: usize = 1000;

/// The closed form for the heavy ball, for noise of variance 1.
fn of_heavy_ball(beta: f64) -> f64 {
    RATE * (1.0 + beta) / ((1.0 - beta) * LAMBDA * (2.0 * (1.0 + beta) - RATE * LAMBDA))
}

/// The closed form for Nesterov's method, for noise of variance 1.
fn of_nesterov(beta: f64) -> f64 {
    let shrink = 1.0 - RATE * LAMBDA;
    let (first, second) = ((1.0 + beta) * shrink, -beta * shrink);
    (1.0 - second) * RATE * RATE / ((1.0 + second) * ((1.0 - second).powi(2) - first * first))
}

/// Theory for small steps, for noise of variance 1.
fn small_step(beta: f64) -> f64 {
    RATE / (2.0 * LAMBDA * (1.0 - beta))
}

struct Method {
    name: &'static str,
    rule: fn(f64) -> RuleSpec,
    closed: fn(f64) -> f64,
}

const METHODS: [Method; 2] = [
    Method { name: "heavy ball", rule: heavy_ball, closed: of_heavy_ball },
    Method { name: "Nesterov", rule: nesterov, closed: of_nesterov },
];

/// What was found for a method and momentum, for noise of variance 1.
struct Found {
    method: &'static Method,
    beta: f64,
    lyapunov: f64,
    sampled: Mean,
}

/// The bowl with its noise.
fn bowl() -> Problem {
    let numbers = [
        ("dimension", DIMENSION as f64),
        ("smallest", LAMBDA),
        ("largest", LAMBDA),
        ("noise", 0.7 / LAMBDA),
        ("terms", TERMS as f64),
        ("start", 0.0),
    ];
    problem("noisy-quadratic", numbers.map(|(name, x)| (name, Value::Number(x))))
}

/// The mean over coordinates of the variance of the gradients of terms.
fn noise(bowl: &Problem) -> f64 {
    let objective = f64::model(bowl).objective::<1>();
    let (at, mut out) = (vec![[0.0]; DIMENSION], vec![[0.0]; DIMENSION]);
    let mut scratch = vec![[0.0]; objective.scratch(1)];
    let mut square = |term: u32| {
        objective.gradient(&at, Sample::of(&[term]), &mut scratch, &mut out);
        out.iter().map(|[g]| g * g).sum::<f64>()
    };
    // The centers have mean 0, and so have the gradients at 0.
    (0..TERMS as u32).map(&mut square).sum::<f64>() / (TERMS * DIMENSION) as f64
}

/// The mean of x² over runs, coordinates and time, divided by the variance of the noise.
fn sampled(bowl: &Problem, rule: &RuleSpec, kept: u32, key: Key) -> Mean {
    let forgotten = 3000;
    let variance = noise(bowl);
    let one = |run: u32| {
        let key = key.child(&format!("stationary noise, {run}"));
        let draws = sampler("with-replacement", TERMS, 1, key);
        let mut chain = Machine::new(f64::model(bowl).objective(), rule.clone(), draws, &[0.0; DIMENSION]);
        let mut sum = 0.0;
        for step in 0..forgotten + kept {
            chain.step(RATE);
            if step >= forgotten {
                sum += chain.at().iter().map(|x| x * x).sum::<f64>();
            }
        }
        sum / (f64::from(kept) * DIMENSION as f64 * variance)
    };
    Mean::of(&(0..16u32).into_par_iter().map(one).collect::<Vec<f64>>())
}

fn run(setting: &Setting, out: &mut Outcome) {
    let bowl = bowl();
    let variance = noise(&bowl);
    let mut found = Vec::new();
    for method in &METHODS {
        for beta in BETAS {
            let rule = (method.rule)(beta);
            let lyapunov = Transfer::of(&rule, RATE, LAMBDA).variance(1.0);
            // The memory of the heavy ball is 1/(1 − β) steps long.
            let kept = setting.choose(6000, 20_000) * if beta == 0.99 { 5 } else { 1 };
            found.push(Found { method, beta, lyapunov, sampled: sampled(&bowl, &rule, kept, setting.key) });
        }
    }
    for of in &found {
        let what = format!("{}, β = {}", of.method.name, of.beta);
        let closed = (of.method.closed)(of.beta);
        out.decide(&CLOSED, &what, Measured::of(of.lyapunov / closed).beside(1.0));
        let over = |law: f64| Measured::of(of.sampled.value / law).give_or_take(of.sampled.error / law);
        out.decide(&SAMPLED, &what, over(closed));
        if of.method.name == "heavy ball" {
            out.decide(&BALL_IS_SMALL_STEP, &what, over(small_step(of.beta)));
        } else if of.beta == 0.99 {
            out.decide(&NESTEROV_IS_NOT, &what, over(small_step(of.beta)));
        }
    }
    let row = |of: &Found| {
        let laws = [(of.method.closed)(of.beta), of.lyapunov, small_step(of.beta), of.sampled.value, of.sampled.error];
        let numbers: Vec<f64> = [of.beta, RATE, LAMBDA].into_iter().chain(laws.map(|law| law * variance)).collect();
        fields(&[of.method.name], &numbers)
    };
    out.tabulate(&VARIANCES, found.iter().map(row));
    out.draw("variance", figure(&found, variance));
}

/// Variances against 1/(1 − β).
fn figure(found: &[Found], variance: f64) -> Figure {
    let places: Vec<f64> = (0..=60).map(|i| Real::exp(Real::ln(100.0) * f64::from(i) / 60.0)).collect();
    let law = |name: &str, law: fn(f64) -> f64| {
        let y = places.iter().map(|place| law(1.0 - 1.0 / place) * variance).collect();
        Reference { name: name.to_owned(), guide: Guide::Curve { x: places.clone(), y } }
    };
    let series = |(style, method): (usize, &Method)| {
        let of: Vec<&Found> = found.iter().filter(|of| of.method.name == method.name).collect();
        let x: Vec<f64> = of.iter().map(|of| 1.0 / (1.0 - of.beta)).collect();
        let y = of.iter().map(|of| of.sampled.value * variance).collect();
        Series { name: method.name.to_owned(), style, marks: vec![Mark::Points { x, y }] }
    };
    let chart = Chart {
        x: Axis::new("1/(1 − β)", "").log(),
        y: Axis::new("stationary variance of x", "").log(),
        references: vec![
            law("η s²/(2 λ (1 − β)), for small steps", small_step),
            law("heavy ball, exactly", of_heavy_ball),
            law("Nesterov, exactly", of_nesterov),
        ],
        series: METHODS.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Nesterov's method suppresses noise that theory for small steps lets grow", chart).with_subtitle(
        "η = 0.1, λ = 1.3, noise of standard deviation 0.7; symbols are larger than ± 4 standard errors.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    #[test]
    fn variances_are_the_known_ones() {
        let table = [
            (0.0, 0.020156, 0.020156),
            (0.5, 0.039400, 0.034939),
            (0.9, 0.195137, 0.090135),
            (0.99, 1.948252, 0.140794),
        ];
        for (beta, ball, nag) in table {
            for (rule, expected) in [(heavy_ball(beta), ball), (nesterov(beta), nag)] {
                assert_near("variance", Transfer::of(&rule, RATE, LAMBDA).variance(0.49), expected, 1e-6);
            }
        }
    }

    #[test]
    fn every_claim_can_fail() {
        let of = |rule: RuleSpec| Transfer::of(&rule, RATE, LAMBDA).variance(1.0);
        let ahead = of(nesterov(0.9)) / of_heavy_ball(0.9);
        let wrong = &[
            ("closed-form", Measured::of(ahead).beside(1.0), "the gradient taken ahead"),
            ("sampled-variance", Measured::of(1000.0 / 999.0 * 1.02), "a noise that is 1 % too large"),
            ("heavy-ball-like-small-steps", Measured::of(of(nesterov(0.9)) / small_step(0.9)), "Nesterov's method"),
            ("nesterov-unlike-small-steps", Measured::of(of(heavy_ball(0.99)) / small_step(0.99)), "the heavy ball"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
