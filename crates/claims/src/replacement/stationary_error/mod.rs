//! The error that a constant rate leaves, for seven ways through the terms.

mod figures;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use super::passes::{Drift, Parabolas, all_orders, each, slope};
use super::schemes::{SCHEMES, Scheme, Stationary};
use crate::tools::moments::Mean;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "stationary-error",
    title: "What is left at a constant rate",
    sentence: "Going through the data in random orders is better than drawing terms independently.",
    reference: "Gürbüzbalaban, Ozdaglar and Parrilo 2015, Why Random Reshuffling Beats Stochastic Gradient Descent; Safran \
                and Shamir 2020, How Good is SGD with Random Shuffling?; Mishchenko, Khaled and Richtárik 2020, Random \
                Reshuffling; Rajput, Lee and Papailiopoulos 2022, Permutation-Based SGD: Is Random Optimal? (flip-flop)",
    statement: "fᵢ(x) = aᵢx²/2 − bᵢx with Σ bᵢ = 0, so that the minimum is at 0, mean bᵢ² = 1, single terms as batches, a \
                constant rate η. E x² at the ends of epochs tends to a number that vanishes like a power of η: 1 for \
                independent draws, 2 for one order, random or sorted, 3 for a new order in every epoch; with every \
                second epoch in reverse 4 for one order and 5 for new ones. For powers 3 and 5 Σ aᵢbᵢ has to be 0: otherwise \
                x̄² is of order η².",
    setup: "Eight terms with a from ½ to 3⁄2, two choices of b (Σ aᵢbᵢ = 0 and −0.0685), rates 0.1 · 2⁻ᵏ for k from 0 to 8. \
            Then runs of 40 epochs of the project's rule and samplers at rate 0.1: 4000 of each scheme (500 with --quick).",
    exactness: "Mean and variance of the stationary law are exact, over all 40 320 orders; powers are those of the last \
                halving of the rate. Runs are sampled.",
    limits: "The powers are those of small rates: at 0.1 reshuffling is 2.5 times better than one order, at 0.0004 more \
             than 600 times. Where Σ aᵢbᵢ is not 0, new orders have a bias of order η that reversing does not remove, \
             and in the end the same power 2 as one order, with a much smaller factor.",
    truth: Truth::Limited,
    claims: &[&TOTAL, &BIAS, &VARIANCE, &GENERIC, &TEMPERATURE, &RANKING, &ORDERS, &PASSES, &SAMPLED],
    tables: &[&figures::ERRORS, &figures::RUNS],
    run,
};

/// A deviation from a power.
const POWER: Criterion = Criterion::Between(-0.02, 0.02);

static TOTAL: Claim = Claim {
    name: "power-of-the-error",
    statement: "Where Σ aᵢbᵢ = 0, E x² vanishes with the power of the statement.",
    stance: Stance::Confirms,
    criterion: POWER,
    because: "log₂ of the ratio of E x² at 0.1 · 2⁻⁷ and 0.1 · 2⁻⁸, minus the power.",
};

static BIAS: Claim = Claim {
    name: "power-of-the-bias",
    statement: "(E x)² has power 2 in the sorted order, and 4 for new orders and for every scheme with reverses.",
    stance: Stance::Adds,
    criterion: POWER,
    because: "As above.",
};

static VARIANCE: Claim = Claim {
    name: "power-of-the-variance",
    statement: "The variance has power 1 for independent draws, 2 for one random order, 3 for new ones; 4 and 5 with \
                reverses.",
    stance: Stance::Adds,
    criterion: POWER,
    because: "As above.",
};

static GENERIC: Claim = Claim {
    name: "generic-bias",
    statement: "Where Σ aᵢbᵢ is not 0, (E x)² has power 2 for new orders, with reverses and without.",
    stance: Stance::Corrects,
    criterion: POWER,
    because: "As above: the pass has a drift of (η²/2) Σ aᵢbᵢ and contracts by η Σ aᵢ.",
};

static TEMPERATURE: Claim = Claim {
    name: "independent-draws",
    statement: "Independent draws leave the variance η σ²/(2 ā), with ā the mean of aᵢ and σ² = 1 that of bᵢ².",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.999, 1.001),
    because: "Exact variance over the formula at the smallest rate; the next order is η ā/2.",
};

static RANKING: Claim = Claim {
    name: "ranking",
    statement: "At every rate independent draws are worse than one random order, this is worse than new ones, and \
                these are worse than new ones with reverses.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, f64::INFINITY),
    because: "Least ratio of E x² of each to the next over the nine rates, where Σ aᵢbᵢ = 0.",
};

static ORDERS: Claim = Claim {
    name: "orders-of-samplers",
    statement: "The samplers of the catalogue go through the terms as the schemes say.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.0, 1.0),
    because: "1 if every epoch of a run is an order of the terms, new, repeated, reversed or sorted as it should be (and \
              not for independent draws), else 0.",
};

static PASSES: Claim = Claim {
    name: "passes-of-runs",
    statement: "A run of the project's rule does to x what the maps x ↦ A x + c of its orders say.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference at the ends of 40 epochs: rounding.",
};

static SAMPLED: Claim = Claim {
    name: "sampled",
    statement: "Runs have the exact stationary error.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 1e-9 },
    because: "Mean x² after 40 epochs, when 0.43⁴⁰ of the start is left, beside the exact one.",
};

/// η from the largest down.
fn rates() -> [f64; 9] {
    std::array::from_fn(|k| 0.1 * 0.5f64.powi(k as i32))
}

/// The exact errors of one scheme and choice of b, over the rates.
struct Errors {
    scheme: Scheme,
    drift: Drift,
    of: Vec<Stationary>,
}

impl Errors {
    fn totals(&self) -> Vec<f64> {
        self.of.iter().map(|of| of.total()).collect()
    }

    fn biases(&self) -> Vec<f64> {
        self.of.iter().map(|of| of.mean * of.mean).collect()
    }

    fn variances(&self) -> Vec<f64> {
        self.of.iter().map(|of| of.variance).collect()
    }
}

/// The powers of the total, the squared bias and the variance where Σ aᵢbᵢ = 0; nothing where it is 0 or not the point.
fn powers(scheme: Scheme) -> (f64, Option<f64>, Option<f64>) {
    match scheme {
        Scheme::With => (1.0, None, Some(1.0)),
        Scheme::Once => (2.0, None, Some(2.0)),
        Scheme::Incremental => (2.0, Some(2.0), None),
        Scheme::Reshuffled => (3.0, Some(4.0), Some(3.0)),
        Scheme::FlipFlopOnce => (4.0, Some(4.0), Some(4.0)),
        Scheme::FlipFlopIncremental => (4.0, Some(4.0), None),
        Scheme::FlipFlopReshuffled => (5.0, Some(4.0), Some(5.0)),
    }
}

/// All schemes with a choice of b.
fn exact(drift: Drift, orders: &[Vec<u32>]) -> Vec<Errors> {
    let of = Parabolas::with(drift);
    let pairs: Vec<(Scheme, f64)> = SCHEMES.iter().flat_map(|&scheme| rates().map(|rate| (scheme, rate))).collect();
    let all = each(&pairs, |&(scheme, rate)| scheme.stationary(&of, orders, rate));
    let errors = |(scheme, of): (&Scheme, &[Stationary])| Errors { scheme: *scheme, drift, of: of.to_vec() };
    SCHEMES.iter().zip(all.chunks(rates().len())).map(errors).collect()
}

/// Errors of runs at rate 0.1.
struct Run {
    scheme: Scheme,
    squares: Mean,
    exact: f64,
}

fn run(setting: &Setting, out: &mut Outcome) {
    let orders = all_orders();
    let (zero, generic) = (exact(Drift::Zero, &orders), exact(Drift::Generic, &orders));
    decide(&zero, &generic, out);
    let runs = runs(setting, &zero, out);
    figures::tables(&zero, &generic, &runs, out);
    out.draw("error", figures::error(&zero, &runs));
    out.draw("bias-and-variance", figures::parts(&zero, &generic));
}

fn decide(zero: &[Errors], generic: &[Errors], out: &mut Outcome) {
    for of in zero {
        let (total, bias, variance) = powers(of.scheme);
        let name = of.scheme.name();
        out.decide(&TOTAL, name, Measured::of(slope(&of.totals()) - total));
        if let Some(power) = bias {
            out.decide(&BIAS, name, Measured::of(slope(&of.biases()) - power));
        }
        if let Some(power) = variance {
            out.decide(&VARIANCE, name, Measured::of(slope(&of.variances()) - power));
        }
    }
    let with = |all: &[Errors], scheme: Scheme| all.iter().position(|of| of.scheme == scheme).expect("a scheme");
    for scheme in [Scheme::Reshuffled, Scheme::FlipFlopReshuffled] {
        let of = &generic[with(generic, scheme)];
        out.decide(&GENERIC, scheme.name(), Measured::of(slope(&of.biases()) - 2.0));
    }
    let parabolas = Parabolas::with(Drift::Zero);
    let last = rates().len() - 1;
    let formula = rates()[last] * parabolas.mean(|_, b| b * b) / (2.0 * parabolas.mean(|a, _| a));
    let found = zero[with(zero, Scheme::With)].of[last].variance;
    out.decide(&TEMPERATURE, "exact over formula", Measured::of(found / formula));
    let ranked = [Scheme::With, Scheme::Once, Scheme::Reshuffled, Scheme::FlipFlopReshuffled];
    for pair in ranked.windows(2) {
        let [worse, better] = [pair[0], pair[1]].map(|scheme| zero[with(zero, scheme)].totals());
        let least = worse.iter().zip(&better).map(|(x, y)| x / y).fold(f64::INFINITY, f64::min);
        out.decide(&RANKING, format!("{} over {}", pair[0].name(), pair[1].name()), Measured::of(least));
    }
}

/// Runs of the project's rule and samplers.
fn runs(setting: &Setting, zero: &[Errors], out: &mut Outcome) -> Vec<Run> {
    let of = Parabolas::with(Drift::Zero);
    let count = setting.choose(500, 4000);
    let (rate, epochs) = (rates()[0], 40);
    let mut runs = Vec::new();
    for errors in zero {
        let scheme = errors.scheme;
        let key = setting.key.child(scheme.name());
        let one = |run: u64| scheme.run(&of, rate, (1.0, epochs), key.child(&run.to_string()));
        let (ends, terms) = one(0);
        let as_said = f64::from(u8::from(scheme.goes_through(&terms, of.terms())));
        out.decide(&ORDERS, scheme.name(), Measured::of(as_said));
        out.decide(&PASSES, scheme.name(), Measured::of(apart(&of, rate, &ends, &terms)));
        let last = |run: u64| one(run).0[epochs as usize - 1].powi(2);
        let squares: Vec<f64> = (0..count).into_par_iter().map(last).collect();
        let mean = Mean::of(&squares);
        // Where nothing is drawn all runs are the same, and the standard error is 0.
        let error = if scheme.is_fixed() { 0.0 } else { mean.error };
        let exact = errors.of[0].total();
        out.decide(&SAMPLED, scheme.name(), Measured::of(mean.value).beside(exact).give_or_take(error));
        runs.push(Run { scheme, squares: mean, exact });
    }
    runs
}

/// The largest difference of a run from the maps of its epochs.
fn apart(of: &Parabolas, rate: f64, ends: &[f64], terms: &[u32]) -> f64 {
    let mut at = 1.0;
    let mut furthest: f64 = 0.0;
    for (end, epoch) in ends.iter().zip(terms.chunks(of.terms())) {
        at = of.pass(epoch, rate).of(at);
        furthest = furthest.max((at - end).abs());
    }
    furthest
}
