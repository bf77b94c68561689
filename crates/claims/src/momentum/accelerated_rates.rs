//! How fast gradient descent, the heavy ball and Nesterov's method converge on quadratics.

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Real, Value};
use sgdlab_objectives::Stored;
use sgdlab_optimizers::{RuleSpec, Sgd};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::transfer::{Transfer, heavy_ball, nesterov};
use crate::tools::drawing::fields;
use crate::tools::fit::{exponent, slope_of};
use crate::tools::machine::{Machine, value};
use crate::tools::problem::problem;
use crate::tools::sampler::sampler;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "accelerated-rates",
    title: "Momentum replaces the condition number by its root",
    sentence: "With the best rate and momentum, gradient descent needs a number of steps that grows with √κ instead of κ.",
    reference: "Polyak 1964, Some Methods of Speeding up the Convergence of Iteration Methods; Nesterov 2004, Introductory \
                Lectures on Convex Optimization, section 2.2; the tunings as in Lessard, Recht and Packard 2016, Analysis \
                and Design of Optimization Algorithms via Integral Quadratic Constraints, table 1",
    statement: "f(x) = ½ Σ λⱼ xⱼ² with λ from μ = 1 to L, κ = L/μ. A step shrinks what is left by ρ in the end. Descent with \
                η = 2/(L + μ): ρ = (κ − 1)/(κ + 1). Heavy ball with η = 4/(√L + √μ)², β = ((√κ − 1)/(√κ + 1))²: \
                ρ = (√κ − 1)/(√κ + 1). Nesterov with η = 1/L, β = (√κ − 1)/(√κ + 1): ρ = 1 − 1/√κ. The best Nesterov on \
                quadratics, η = 4/(3L + μ), β = (√(3κ + 1) − 2)/(√(3κ + 1) + 2): ρ = 1 − 2/√(3κ + 1).",
    setup: "κ = 10, 100 and 1000. The largest spectral radius over 2001 eigenvalues between μ and L (201 with --quick), of \
            the matrix that one step of each rule of the catalogue is. Then each rule on a bowl of 50 dimensions with \
            logarithmic spectrum, from (1, …, 1), for 33/(1 − ρ) steps, and the slope of ln(‖x‖/t) over their second half.",
    exactness: "Nothing is sampled. Spectral radii are computed from the observed matrices; rates of iterates are slopes.",
    limits: "The best tunings sit on a double eigenvalue, so that norms fall as t ρᵗ: without removing the factor t the fitted \
             rate at κ = 100 is 0.824 instead of 0.818. All this is for quadratics and known μ and L: the heavy ball's \
             tuning need not converge on other strongly convex functions.",
    truth: Truth::Holds,
    claims: &[&RADII, &ITERATES, &LOSS, &POWERS, &RAW],
    tables: &[&RATES],
    run,
};

static RADII: Claim = Claim {
    name: "spectral-radii",
    statement: "The spectral radius of every rule is the ρ of its formula.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-6),
    because: "Rounding splits a double eigenvalue by about 1e-8.",
};

static ITERATES: Claim = Claim {
    name: "iterates-rate",
    statement: "The distance from the minimum falls by ρ a step, times t where ρ is a double eigenvalue.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.995, 1.005),
    because: "Fitted rate over ρ; half a percent is left to the eigenvalues that have not died out.",
};

static LOSS: Claim = Claim {
    name: "loss-rate",
    statement: "The loss falls by ρ² a step, times t².",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.99, 1.01),
    because: "Fitted rate of the loss over ρ²; twice the tolerance of the distance.",
};

static POWERS: Claim = Claim {
    name: "steps-against-condition",
    statement: "The number of steps, 1/ln(1/ρ), grows as κ for descent and as √κ for the others.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(0.02),
    because: "Exponent between the measured rates at κ = 100 and 1000, beside 1 and ½.",
};

static RAW: Claim = Claim {
    name: "factor-t",
    statement: "A fit that forgets the factor t finds the heavy ball slower than it is.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.001, 1.03),
    because: "Fitted rate over ρ without removing t. Over steps n to 2n a factor t adds about ln 2/n to ln ρ, with \
              2n = 33/(1 − ρ).",
};

static RATES: Header = Header {
    table: "quadratic_rates",
    row: "one method and condition number",
    columns: &[
        ("method", "rule and tuning"),
        ("kappa", "κ = L/μ"),
        ("step", "η, with μ = 1"),
        ("beta", "momentum"),
        ("rate_theory", "ρ by its formula"),
        ("rate_spectral", "largest spectral radius over the spectrum"),
        ("rate_measured", "fitted to ‖x‖ after removing the factor t"),
        ("rate_raw", "fitted to ‖x‖ as it is"),
        ("rate_loss", "fitted to the loss after removing t²"),
    ],
};

/// A rule with its best rate and momentum.
struct Method {
    name: &'static str,
    rule: fn(f64) -> RuleSpec,
    /// Rate, momentum and ρ for a condition number, with μ = 1.
    tuning: fn(f64) -> [f64; 3],
    /// The power of t beside ρᵗ.
    power: f64,
    /// The power of κ by which steps grow.
    grows: f64,
}

const METHODS: [Method; 4] = [
    Method {
        name: "descent",
        rule: |_| Sgd::default().into(),
        tuning: |kappa| [2.0 / (kappa + 1.0), 0.0, (kappa - 1.0) / (kappa + 1.0)],
        power: 0.0,
        grows: 1.0,
    },
    Method {
        name: "heavy ball",
        rule: heavy_ball,
        tuning: |kappa| {
            let (root, ratio) = (kappa.sqrt(), (kappa.sqrt() - 1.0) / (kappa.sqrt() + 1.0));
            [4.0 / ((root + 1.0) * (root + 1.0)), ratio * ratio, ratio]
        },
        power: 1.0,
        grows: 0.5,
    },
    Method {
        name: "Nesterov",
        rule: nesterov,
        tuning: |kappa| {
            let root = kappa.sqrt();
            [1.0 / kappa, (root - 1.0) / (root + 1.0), 1.0 - 1.0 / root]
        },
        power: 1.0,
        grows: 0.5,
    },
    Method {
        name: "best Nesterov on quadratics",
        rule: nesterov,
        tuning: |kappa| {
            let root = (3.0 * kappa + 1.0).sqrt();
            [4.0 / (3.0 * kappa + 1.0), (root - 2.0) / (root + 2.0), 1.0 - 2.0 / root]
        },
        power: 1.0,
        grows: 0.5,
    },
];

const KAPPAS: [f64; 3] = [10.0, 100.0, 1000.0];

/// What is found out about a method at a condition number.
struct Found {
    method: &'static Method,
    kappa: f64,
    /// Rate, momentum and ρ.
    tuning: [f64; 3],
    spectral: f64,
    measured: f64,
    raw: f64,
    of_loss: f64,
    norms: Vec<f64>,
}

/// The largest spectral radius between μ = 1 and L.
fn spectral(rule: &RuleSpec, rate: f64, kappa: f64, points: u32) -> f64 {
    let place = |i: u32| Real::exp(Real::ln(kappa) * f64::from(i) / f64::from(points - 1));
    let radius = |i: u32| Transfer::of(rule, rate, place(i)).radius();
    (0..points).map(radius).fold(0.0, f64::max)
}

/// ‖x‖ and the loss after each of so many steps on a bowl of 50 dimensions.
fn course(rule: RuleSpec, rate: f64, kappa: f64, steps: usize) -> (Vec<f64>, Vec<f64>) {
    let numbers = [("dimension", 50.0), ("smallest", 1.0), ("largest", kappa), ("noise", 0.0), ("terms", 1.0)];
    let bowl = problem("noisy-quadratic", numbers.map(|(name, x)| (name, Value::Number(x))));
    let objective = f64::model(&bowl).objective::<1>();
    let everything = sampler("full-batch", 1, 1, Key::new("nothing is drawn"));
    let mut run = Machine::new(objective, rule, everything, &[1.0; 50]);
    let one = |_| {
        run.step(rate);
        (run.at().iter().map(|x| x * x).sum::<f64>().sqrt(), value(objective, run.at()))
    };
    (0..steps).map(one).unzip()
}

/// The factor by which numbers fall a step, as t^power times a power of it, over their second half.
fn rate_of(numbers: &[f64], power: f64) -> f64 {
    let times: Vec<f64> = (numbers.len() / 2..numbers.len()).map(|i| i as f64 + 1.0).collect();
    let height = |t: &f64| Real::ln(numbers[*t as usize - 1]) - power * Real::ln(*t);
    Real::exp(slope_of(&times, &times.iter().map(height).collect::<Vec<_>>()))
}

impl Found {
    fn of(method: &'static Method, kappa: f64, points: u32) -> Self {
        let tuning @ [rate, beta, rho] = (method.tuning)(kappa);
        let rule = (method.rule)(beta);
        let spectral = spectral(&rule, rate, kappa, points);
        let (norms, losses) = course(rule, rate, kappa, (33.3 / (1.0 - rho)) as usize);
        let [measured, raw] = [method.power, 0.0].map(|power| rate_of(&norms, power));
        let of_loss = rate_of(&losses, 2.0 * method.power);
        Self { method, kappa, tuning, spectral, measured, raw, of_loss, norms }
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let points = setting.choose(201, 2001);
    let all: Vec<_> = KAPPAS.iter().flat_map(|&kappa| METHODS.iter().map(move |method| (method, kappa))).collect();
    let found: Vec<Found> = all.into_par_iter().map(|(method, kappa)| Found::of(method, kappa, points)).collect();
    for of in &found {
        let what = format!("{}, κ = {}", of.method.name, of.kappa);
        let rho = of.tuning[2];
        out.decide(&RADII, &what, Measured::of(of.spectral).beside(rho));
        out.decide(&ITERATES, &what, Measured::of(of.measured / rho));
        out.decide(&LOSS, &what, Measured::of(of.of_loss / (rho * rho)));
        if of.method.name == "heavy ball" {
            out.decide(&RAW, &what, Measured::of(of.raw / rho));
        }
    }
    for method in &METHODS {
        let steps: Vec<f64> = found
            .iter()
            .filter(|of| of.method.name == method.name && of.kappa > 10.0)
            .map(|of| -1.0 / Real::ln(of.measured))
            .collect();
        let grows = exponent(&KAPPAS[1..], &steps);
        out.decide(&POWERS, method.name, Measured::of(grows).beside(method.grows));
    }
    out.tabulate(&RATES, found.iter().map(row));
    out.draw("distances", distances(&found));
    out.draw("steps", steps(&found));
}

fn row(of: &Found) -> Vec<String> {
    let [rate, beta, rho] = of.tuning;
    fields(&[of.method.name], &[of.kappa, rate, beta, rho, of.spectral, of.measured, of.raw, of.of_loss])
}

/// ‖x‖ against steps at κ = 100, with the laws.
fn distances(found: &[Found]) -> Figure {
    const END: usize = 400;
    let of: Vec<&Found> = found.iter().filter(|of| of.kappa == 100.0).collect();
    let series = |(style, of): (usize, &&Found)| {
        let y: Vec<f64> = of.norms.iter().copied().take(END).take_while(|norm| *norm > 1e-10).collect();
        let x = (1..=y.len()).map(|t| t as f64).collect();
        Series { name: of.method.name.to_owned(), style, marks: vec![Mark::Line { x, y, steps: false }] }
    };
    let law = |of: &&Found| {
        // Through the last third, where it holds.
        let at = of.norms.len() * 2 / 3;
        let law = |t: f64| {
            let shrunk = Real::exp((t - at as f64) * Real::ln(of.tuning[2]));
            of.norms[at - 1] * shrunk * if of.method.power == 0.0 { 1.0 } else { t / at as f64 }
        };
        let x: Vec<f64> = (60..=END).step_by(4).map(|t| t as f64).filter(|&t| law(t) > 1e-10).collect();
        let y = x.iter().map(|&t| law(t)).collect();
        Reference { name: "t ρᵗ, for descent ρᵗ".to_owned(), guide: Guide::Curve { x, y } }
    };
    let chart = Chart {
        x: Axis::new("step", "").between(0.0, END as f64),
        y: Axis::new("distance from the minimum", "").log().between(1e-10, 1e2),
        references: of.iter().map(law).collect(),
        series: of.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("With momentum √κ steps do what κ steps do without", chart)
        .with_subtitle("A bowl of 50 dimensions, κ = 100, every rule with its best rate and momentum.")
}

/// Steps that shrink the distance to 1/e, against κ.
fn steps(found: &[Found]) -> Figure {
    let series = |(style, method): (usize, &Method)| {
        let of = found.iter().filter(|of| of.method.name == method.name);
        let (x, y) = of.map(|of| (of.kappa, -1.0 / Real::ln(of.measured))).unzip();
        Series { name: method.name.to_owned(), style, marks: vec![Mark::Points { x, y }] }
    };
    let law = |method: &Method| {
        let x: Vec<f64> = (0..=40).map(|i| 10.0 * Real::exp(Real::ln(100.0) * f64::from(i) / 40.0)).collect();
        let y = x.iter().map(|&kappa| -1.0 / Real::ln((method.tuning)(kappa)[2])).collect();
        Reference { name: "1/ln(1/ρ) by the formulas".to_owned(), guide: Guide::Curve { x, y } }
    };
    let chart = Chart {
        x: Axis::new("condition number κ", "").log(),
        y: Axis::new("steps to 1/e of the distance", "").log(),
        references: METHODS.iter().map(law).collect(),
        series: METHODS.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Slope 1 for descent, slope ½ with momentum", chart)
        .with_subtitle("Rates fitted to runs on a bowl of 50 dimensions, over the second half of 33/(1 − ρ) steps.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    #[test]
    fn radii_are_the_known_ones() {
        for (kappa, expected) in [(10.0, 0.519494), (100.0, 0.818182), (1000.0, 0.938693)] {
            let [rate, beta, rho] = (METHODS[1].tuning)(kappa);
            assert_near("formula", rho, expected, 1e-6);
            assert_near("observed", spectral(&heavy_ball(beta), rate, kappa, 51), expected, 1e-6);
        }
    }

    #[test]
    fn every_claim_can_fail() {
        let [rate, beta, rho] = (METHODS[1].tuning)(100.0);
        let off = spectral(&heavy_ball(beta + 0.01), rate, 100.0, 51);
        let (norms, losses) = course(heavy_ball(beta), rate, 100.0, 183);
        let wrong = &[
            ("spectral-radii", Measured::of(off).beside(rho), "momentum that is 0.01 too large"),
            ("iterates-rate", Measured::of(rate_of(&norms, 0.0) / rho), "the factor t forgotten"),
            ("loss-rate", Measured::of(rate_of(&losses, 2.0) / rho), "ρ instead of ρ²"),
            ("steps-against-condition", Measured::of(1.0).beside(0.5), "descent instead of momentum"),
            ("factor-t", Measured::of(rate_of(&norms, 1.0) / rho), "the factor t removed"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
