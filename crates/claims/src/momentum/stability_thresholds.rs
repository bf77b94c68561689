//! Up to which step momentum is stable on a quadratic.

use sgdlab_core::{Layout, Real};
use sgdlab_optimizers::{RuleSpec, Sgd, Signal};
use sgdlab_reports::figures::{Axis, Chart, Colors, Figure, Guide, Map, Mark, Reference, Series};

use super::transfer::{Transfer, heavy_ball, nesterov};
use crate::tools::affine::crossing;
use crate::tools::drawing::fields;
use crate::tools::grid::positions;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "stability-thresholds",
    title: "The largest stable step with momentum",
    sentence: "Heavy-ball momentum almost doubles the largest stable step; Nesterov's makes it smaller.",
    reference: "Polyak 1964; Cohen, Kaur, Li, Kolter and Talwalkar 2021, Gradient Descent on Neural Networks Typically Occurs at \
                the Edge of Stability, appendix on momentum",
    statement: "On ½ λ x² the heavy ball v ← β v − η g, x ← x + v converges exactly if η λ < 2(1 + β), and Nesterov's method, \
                which takes g at x + β v, exactly if η λ < (2 + 2β)/(1 + 2β). With dampening τ, v ← β v + (1 − τ) g, the \
                step that counts is η (1 − τ).",
    setup: "Momentum 0, 0.5, 0.9 and 0.99. Bisection for the step at which the spectral radius of one step of the rule becomes \
            1; the same for sgd with momentum and dampening. Then 2000 steps of the rule itself at 0.999 and 1.001 of the \
            formula's limit.",
    exactness: "Nothing is sampled. The matrix of a step is found by watching the rule of the catalogue.",
    limits: "A quadratic has the same curvature everywhere. On other functions a step above the limit need not diverge: it may \
             hover where the curvature is just so large, at the edge of stability. With noise the limit is smaller.",
    truth: Truth::Holds,
    claims: &[&HEAVY_BALL, &NESTEROV, &DAMPENED, &RUNS],
    tables: &[&LIMITS],
    run,
};

static HEAVY_BALL: Claim = Claim {
    name: "heavy-ball-limit",
    statement: "The heavy ball is stable up to η λ = 2(1 + β).",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-6),
    because: "Bisection down to rounding.",
};

static NESTEROV: Claim = Claim {
    name: "nesterov-limit",
    statement: "Nesterov's method is stable up to η λ = (2 + 2β)/(1 + 2β), which falls from 2 to 4/3.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-6),
    because: "Bisection down to rounding.",
};

static DAMPENED: Claim = Claim {
    name: "dampened-limit",
    statement: "With dampening τ the limit of η λ is 2(1 + β)/(1 − τ).",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-6),
    because: "Bisection down to rounding; β = 0.9 with τ = 0.5, 0.8 and 0.9, the last being an average of gradients.",
};

static RUNS: Claim = Claim {
    name: "runs-diverge-there",
    statement: "The rules themselves shrink |x| + |d| at 0.999 of the limit, and blow it up at 1.001.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, f64::INFINITY),
    because: "ln of the growth over 2000 steps, negated below the limit; without momentum it is ±4.",
};

static LIMITS: Header = Header {
    table: "limits",
    row: "one rule and momentum",
    columns: &[
        ("rule", "which"),
        ("beta", "momentum"),
        ("dampening", "τ"),
        ("limit_theory", "the largest stable η λ by its formula"),
        ("limit_found", "by bisection"),
    ],
};

const BETAS: [f64; 4] = [0.0, 0.5, 0.9, 0.99];

/// The formula of the heavy ball.
fn of_heavy_ball(beta: f64) -> f64 {
    2.0 * (1.0 + beta)
}

/// The formula of Nesterov's method.
fn of_nesterov(beta: f64) -> f64 {
    (2.0 + 2.0 * beta) / (1.0 + 2.0 * beta)
}

/// The largest stable step with λ = 1, up to 50.
fn limit(rule: &RuleSpec) -> f64 {
    // A radius of 1 may come out as a little more.
    crossing([1e-3, 50.0], |rate| Transfer::of(rule, rate, 1.0).radius() - 1e-12)
}

/// sgd with momentum 0.9 and dampening.
fn dampened(dampening: f64) -> RuleSpec {
    Sgd { momentum: 0.9, dampening, ..Sgd::default() }.into()
}

/// ln of how much |x| + |d| grows over 2000 steps with λ = 1.
fn growth(rule: &RuleSpec, rate: f64) -> f64 {
    let mut rule = RuleSpec::bind::<f64, 1>(std::array::from_ref(rule), &Layout::vector(1));
    let mut at = [[1.0]];
    let mut before = at;
    for _ in 0..2000 {
        before = at;
        let gradient = [rule.probe(&at).unwrap_or(&at)[0]];
        rule.update(&mut at, Signal::of(&gradient), &[rate]);
    }
    Real::ln(at[0][0].abs() + (at[0][0] - before[0][0]).abs())
}

fn run(_: &Setting, out: &mut Outcome) {
    let mut rows = Vec::new();
    type Family = (&'static str, &'static Claim, fn(f64) -> RuleSpec, fn(f64) -> f64);
    let families: [Family; 2] =
        [("heavy ball", &HEAVY_BALL, heavy_ball, of_heavy_ball), ("Nesterov", &NESTEROV, nesterov, of_nesterov)];
    for (name, claim, rule, formula) in families {
        for beta in BETAS {
            let (theory, found) = (formula(beta), limit(&rule(beta)));
            out.decide(claim, format!("β = {beta}"), Measured::of(found).beside(theory));
            rows.push(fields(&[name], &[beta, 0.0, theory, found]));
            for (share, sign) in [(0.999, -1.0), (1.001, 1.0)] {
                let grown = sign * growth(&rule(beta), share * theory);
                out.decide(&RUNS, format!("{name}, β = {beta}, {share} of the limit"), Measured::of(grown));
            }
        }
    }
    for dampening in [0.5, 0.8, 0.9] {
        let (theory, found) = (of_heavy_ball(0.9) / (1.0 - dampening), limit(&dampened(dampening)));
        out.decide(&DAMPENED, format!("τ = {dampening}"), Measured::of(found).beside(theory));
        rows.push(fields(&["sgd with momentum"], &[0.9, dampening, theory, found]));
    }
    out.tabulate(&LIMITS, rows);
    out.draw("radii", radii());
}

/// Spectral radii over momentum and step, with both limits.
fn radii() -> Figure {
    let (betas, steps) = (positions([0.0, 0.99], 100), positions([0.02, 4.0], 120));
    let chart = |title: &str, rule: fn(f64) -> RuleSpec, formula: fn(f64) -> f64| {
        let row = |&rate: &f64| {
            let of = |&beta: &f64| Transfer::of(&rule(beta), rate, 1.0).radius().min(1.5);
            betas.iter().map(of).collect::<Vec<_>>()
        };
        let map = Map {
            x: betas.clone(),
            y: steps.clone(),
            z: steps.iter().flat_map(row).collect(),
            axis: Axis::new("factor of a step", "").between(0.0, 1.5),
            levels: vec![0.5, 0.7, 0.8, 0.9],
            smooth: true,
            colors: Colors::Viridis,
        };
        let law = Guide::Curve { x: betas.clone(), y: betas.iter().map(|&beta| formula(beta)).collect() };
        let found = BETAS.map(|beta| limit(&rule(beta))).to_vec();
        Chart {
            title: title.to_owned(),
            x: Axis::new("momentum β", "").between(0.0, 0.99),
            y: Axis::new("step η λ", "").between(0.02, 4.0),
            map: Some(map),
            references: vec![Reference { name: "limit by the formula".to_owned(), guide: law }],
            series: vec![Series {
                name: "limit found by bisection".to_owned(),
                style: 1,
                marks: vec![Mark::Points { x: BETAS.to_vec(), y: found }],
            }],
            ..Chart::default()
        }
    };
    let charts = vec![
        chart("heavy ball: 2(1 + β)", heavy_ball, of_heavy_ball),
        chart("Nesterov: (2 + 2β)/(1 + 2β)", nesterov, of_nesterov),
    ];
    let figure =
        Figure::multiples("Momentum widens the stable steps of the heavy ball, and narrows Nesterov's", charts, 2);
    Figure { height: 300.0, ..figure }
        .with_subtitle("Spectral radius of one step on ½ λ x², cut at 1.5; contours at 0.5, 0.7, 0.8 and 0.9.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    #[test]
    fn limits_are_the_known_ones() {
        for (beta, ball, nag) in [(0.0, 2.0, 2.0), (0.5, 3.0, 1.5), (0.9, 3.8, 1.357143), (0.99, 3.98, 1.335570)] {
            assert_near("heavy ball", limit(&heavy_ball(beta)), ball, 1e-6);
            assert_near("Nesterov", limit(&nesterov(beta)), nag, 1e-6);
        }
    }

    #[test]
    fn every_claim_can_fail() {
        let wrong = &[
            ("heavy-ball-limit", Measured::of(limit(&nesterov(0.9))).beside(3.8), "Nesterov's gradient ahead"),
            ("nesterov-limit", Measured::of(limit(&heavy_ball(0.9))).beside(of_nesterov(0.9)), "the gradient at x"),
            ("dampened-limit", Measured::of(limit(&dampened(0.0))).beside(of_heavy_ball(0.9) / 0.2), "dampening lost"),
            ("runs-diverge-there", Measured::of(growth(&heavy_ball(0.9), 0.999 * 3.8)), "a limit that is too high"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
