//! Where the mean of reshuffled runs is: at the minimum of a modified loss.

mod figures;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use sgdlab_core::{Batch, Objective, Oracle};

use super::passes::{Drift, Parabolas, all_orders, each, slope};
use super::schemes::{Scheme, Stationary};
use crate::tools::moments::Mean;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "reshuffling-drift",
    title: "The drift of reshuffling",
    sentence: "SGD with random reshuffling follows the gradient of a modified loss.",
    reference: "Smith, Dherin, Barrett and De 2021, On the Origin of Implicit Regularization in Stochastic Gradient Descent, \
                equations 1 and 22; that the stationary mean is where it says: own derivation",
    statement: "fᵢ(x) = aᵢx²/2 − bᵢx with Σ bᵢ = 0, single terms as batches, rate η. The mean of x at the ends of epochs is the \
                minimum of F + (η/4)(1/n) Σ |∇fᵢ|², which is x = (η/2) m(ab)/(m(a) + (η/2) m(a²)) with m for means over the \
                terms, to first order in η. The minimum of F itself is 0.",
    setup: "Eight terms with b parallel to a − m(a), so that the drift is as large as it can be, and a generic b; rates \
            0.1 · 2⁻ᵏ and 0.0004. Then runs of 40 epochs of the project's rule and samplers at rate 0.1: 20 000 (2000 with \
            --quick).",
    exactness: "Means of the stationary laws are exact, over all 40 320 orders. The minimum of the modified loss comes \
                from gradients of the terms that the project's objective gives. Runs are sampled.",
    limits: "To first order only: for a generic b the minimum of the modified loss is off by a share of about 2.8 η, 0.11 % \
             at η = 0.0004. Where b is parallel to a − m(a) the next order vanishes, and 1.6 % are left at 0.1. \
             Independent draws have no such drift: their mean is at the minimum of F, exactly. An order and its reverse \
             have the same drift; what flip-flop removes is the noise.",
    truth: Truth::Limited,
    claims: &[&RATIO, &FIRST, &NO_DRIFT, &POWER, &SIGN, &SAMPLED],
    tables: &[&figures::DRIFTS],
    run,
};

static RATIO: Claim = Claim {
    name: "minimum-of-the-modified-loss",
    statement: "At η = 0.0004 the mean is the minimum of the modified loss to 0.1 % where b is parallel to a − m(a).",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.999, 1.001),
    because: "Exact mean over the minimum of the modified loss.",
};

static FIRST: Claim = Claim {
    name: "first-order",
    statement: "What is left is of the next order in η, for a generic b.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.95, 1.05),
    because: "log₂ of the ratio of |mean/minimum − 1| at 0.1 · 2⁻⁷ and 0.1 · 2⁻⁸.",
};

static NO_DRIFT: Claim = Claim {
    name: "independent-draws-have-none",
    statement: "The mean of independent draws is the minimum of F.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 1e-15),
    because: "|E x| of the stationary law at all rates: rounding.",
};

static POWER: Claim = Claim {
    name: "drift-wins",
    statement: "With such a drift the error of reshuffling vanishes like η² and not like η³.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.9, 2.1),
    because: "log₂ of the ratio of E x² at 0.1 · 2⁻⁷ and 0.1 · 2⁻⁸; 2.06 is expected, and 2 in the limit.",
};

static SIGN: Claim = Claim {
    name: "not-the-gradient-of-the-mean",
    statement: "F + (η/4) |∇F|², the modified loss of gradient descent, does not explain it: its minimum is 0.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 1e-3),
    because: "|minimum of that loss| over the exact mean at η = 0.0004.",
};

static SAMPLED: Claim = Claim {
    name: "sampled",
    statement: "Runs have the exact mean.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    because: "Mean of x after 40 epochs at rate 0.1 beside that of the stationary law.",
};

/// η from the largest down, and the one where the drift is decided about.
fn rates() -> Vec<f64> {
    (0..9).map(|k| 0.1 * 0.5f64.powi(k)).chain([4e-4]).collect()
}

/// Schemes whose drift is looked at.
const DRIFTING: [Scheme; 3] = [Scheme::Reshuffled, Scheme::Once, Scheme::FlipFlopReshuffled];

/// Slopes and curvatures of terms at 0, as the project's objective gives them.
fn slopes(of: &Parabolas) -> Vec<(f64, f64)> {
    let model = of.objective();
    let objective: &dyn Objective<f64, 1> = &model;
    let mut oracle = Oracle::new(objective, 1);
    let mut gradient = |term: u32, x: f64| {
        let mut out = [[0.0]];
        oracle.gradient(&[[x]], Batch::of(&[term]), &mut out);
        out[0][0]
    };
    let both = |term: u32| {
        let at_zero = gradient(term, 0.0);
        (at_zero, gradient(term, 1.0) - at_zero)
    };
    (0..of.terms() as u32).map(both).collect()
}

/// The minimum of F + `weight` · (1/n) Σ |∇fᵢ|², where the derivative, a line, is 0.
fn of_terms(of: &Parabolas, weight: f64) -> f64 {
    let slopes = slopes(of);
    let derivative = |x: f64| -> f64 {
        let term = |&(slope, curvature): &(f64, f64)| (slope + curvature * x) * (1.0 + 2.0 * weight * curvature);
        slopes.iter().map(term).sum()
    };
    derivative(0.0) / (derivative(0.0) - derivative(1.0))
}

/// The minimum of F + `weight` · |∇F|².
fn of_mean(of: &Parabolas, weight: f64) -> f64 {
    let slopes = slopes(of);
    let n = slopes.len() as f64;
    let mean = |x: f64| slopes.iter().map(|(slope, curvature)| slope + curvature * x).sum::<f64>() / n;
    let curvature = mean(1.0) - mean(0.0);
    let derivative = |x: f64| mean(x) * (1.0 + 2.0 * weight * curvature);
    derivative(0.0) / (derivative(0.0) - derivative(1.0))
}

/// The exact law and the minimum of the modified loss at one rate.
struct At {
    drift: Drift,
    scheme: Scheme,
    rate: f64,
    exact: Stationary,
    minimum: f64,
}

fn exact(drift: Drift, orders: &[Vec<u32>]) -> Vec<At> {
    let of = Parabolas::with(drift);
    let schemes = [&DRIFTING[..], &[Scheme::With]].concat();
    let pairs: Vec<(Scheme, f64)> =
        schemes.iter().flat_map(|&scheme| rates().into_iter().map(move |rate| (scheme, rate))).collect();
    each(&pairs, |&(scheme, rate)| {
        let minimum = if scheme == Scheme::With { 0.0 } else { of_terms(&of, rate / 4.0) };
        At { drift, scheme, rate, exact: scheme.stationary(&of, orders, rate), minimum }
    })
}

fn run(setting: &Setting, out: &mut Outcome) {
    let orders = all_orders();
    let all: Vec<At> = [Drift::Largest, Drift::Generic].into_iter().flat_map(|drift| exact(drift, &orders)).collect();
    decide(&all, out);
    let runs = sampled(setting, &all, out);
    figures::tables(&all, out);
    out.draw("drift", figures::drift(&all, &runs));
    out.draw("error", figures::error(&all));
}

/// One scheme and choice of b, over the rates.
fn of(all: &[At], drift: Drift, scheme: Scheme) -> Vec<&At> {
    all.iter().filter(|at| at.drift == drift && at.scheme == scheme).collect()
}

fn decide(all: &[At], out: &mut Outcome) {
    for (drift, words) in [(Drift::Largest, "b ∥ a − m(a)"), (Drift::Generic, "generic b")] {
        for scheme in DRIFTING {
            let what = format!("{}, {words}", scheme.name());
            let of = of(all, drift, scheme);
            let ratio = |at: &At| at.exact.mean / at.minimum;
            let [.., before, last, decided] = &of[..] else { unreachable!("ten rates") };
            let power = slope(&[before, last].map(|at| (ratio(at) - 1.0).abs()));
            if drift == Drift::Largest {
                out.decide(&RATIO, what, Measured::of(ratio(decided)));
            } else {
                out.decide(&FIRST, what, Measured::of(power));
            }
        }
        let largest = of(all, drift, Scheme::With).iter().map(|at| at.exact.mean.abs()).fold(0.0, f64::max);
        out.decide(&NO_DRIFT, words, Measured::of(largest));
    }
    let of = of(all, Drift::Largest, Scheme::Reshuffled);
    let totals: Vec<f64> = of[..9].iter().map(|at| at.exact.total()).collect();
    out.decide(&POWER, "reshuffling", Measured::of(slope(&totals)));
    let other = of_mean(&Parabolas::with(Drift::Largest), 1e-4);
    out.decide(&SIGN, "b ∥ a − m(a)", Measured::of(other.abs() / of[9].exact.mean));
}

/// Means of runs at rate 0.1.
fn sampled(setting: &Setting, all: &[At], out: &mut Outcome) -> Vec<(Scheme, Mean)> {
    let count = setting.choose(2000, 20_000);
    let parabolas = Parabolas::with(Drift::Largest);
    let mean = |scheme: Scheme| {
        let key = setting.key.child(scheme.name());
        let one = |run: u64| scheme.run(&parabolas, 0.1, (0.0, 40), key.child(&run.to_string())).0[39];
        (scheme, Mean::of(&(0..count).into_par_iter().map(one).collect::<Vec<f64>>()))
    };
    let runs = [Scheme::Reshuffled, Scheme::FlipFlopReshuffled, Scheme::With].map(mean);
    for (scheme, mean) in &runs {
        let expected = of(all, Drift::Largest, *scheme)[0].exact.mean;
        out.decide(&SAMPLED, scheme.name(), Measured::of(mean.value).beside(expected).give_or_take(mean.error));
    }
    runs.to_vec()
}
