//! The error after so many epochs at the best constant rate.

mod figures;
mod many_terms;
#[cfg(test)]
mod tests;

use self::many_terms::Ratio;
use super::passes::{Drift, Parabolas, all_orders, each};
use super::schemes::Scheme;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "tuned-epochs",
    title: "The best that K epochs can do",
    sentence: "After enough epochs shuffling beats drawing with replacement.",
    reference: "Safran and Shamir 2020, How Good is SGD with Random Shuffling?; Nagaraj, Netrapalli and Jain 2019; Mishchenko, \
                Khaled and Richtárik 2020; Rajput, Lee and Papailiopoulos 2022, Permutation-Based SGD: Is Random Optimal?",
    statement: "fᵢ(x) = aᵢx²/2 − bᵢx with Σ bᵢ = 0, single terms as batches, from x = 1. With the constant rate that is best for \
                K epochs E x² falls like K⁻¹ for independent draws, K⁻² for one random order, K⁻³ for new ones and K⁻⁵ for \
                new ones with reverses, up to powers of ln K.",
    setup: "Eight terms with a from ½ to 3⁄2, with Σ aᵢbᵢ = 0 and (without --quick) −0.0685, K from 4 to 256, the best of 60 rates from 0.2/(nK) to 60/(nK). \
            Then n = 8, 32, 128 and 512 terms with a uniform on [½, 3⁄2] and normal b, K = 64, the best of 16 rates from \
            1/(nK) to 30/(nK), which are lanes of one run: 400 runs of the project's rule, objective and samplers (128 with \
            --quick, up to n = 128).",
    exactness: "With eight terms all is exact: moments over all 40 320 orders, epoch by epoch. For more terms runs are \
                sampled.",
    limits: "The powers are reached slowly: between 128 and 256 epochs the local ones are 0.9, 1.7, 2.6 and 4.1, since the \
             best rate has a factor ln K. At K = 4 independent draws are five times worse than one order, at 256 more than a \
             hundred times. How much better reshuffling is than independent draws depends on K, hardly on n.",
    truth: Truth::Holds,
    claims: &[&ORDER, &SLOPES, &RISING, &TERMS, &GRID],
    tables: &[&figures::TUNED, &figures::RATIOS],
    run,
};

static ORDER: Claim = Claim {
    name: "order-of-methods",
    statement: "At every K independent draws are worse than one order, this is worse than new orders, and these are worse than \
                new orders with reverses.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, f64::INFINITY),
    because: "Least ratio of E x² of each to the next, K = 4 to 256.",
};

static SLOPES: Claim = Claim {
    name: "slopes",
    statement: "E x² falls faster than K^−0.8, K^−1.4, K^−2 and K^−2.9: with independent draws, one order, new orders, and \
                new orders with reverses.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, f64::INFINITY),
    because: "Least local power between K and 2K, minus that number.",
};

static RISING: Claim = Claim {
    name: "slopes-rise",
    statement: "The local powers rise with K, towards 1, 2, 3 and 5.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 1.0),
    because: "Local power between 128 and 256 epochs minus that between 4 and 8, over what was missing there.",
};

static TERMS: Claim = Claim {
    name: "any-number-of-terms",
    statement: "At 64 epochs reshuffling is some hundred times better than independent draws, whether there are 8 or 512 terms.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(150.0, 1200.0),
    because: "Ratio of the best mean x²; 388, 444, 434 and 444 were found for other draws of a and b.",
};

static GRID: Claim = Claim {
    name: "best-rate-is-inside",
    statement: "The best rate is not an end of the grid.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.0, 58.0),
    because: "Least and greatest place of the best rate among the 60 places from 0.",
};

/// The schemes with the powers of the statement and of the claim.
const METHODS: [(Scheme, f64, f64); 4] = [
    (Scheme::With, 1.0, 0.8),
    (Scheme::Once, 2.0, 1.4),
    (Scheme::Reshuffled, 3.0, 2.0),
    (Scheme::FlipFlopReshuffled, 5.0, 2.9),
];

/// K.
const EPOCHS: [u64; 7] = [4, 8, 16, 32, 64, 128, 256];

/// `points` numbers with equal ratios from one to another.
fn geometric([low, high]: [f64; 2], points: usize) -> Vec<f64> {
    (0..points).map(|i| low * (high / low).powf(i as f64 / (points - 1) as f64)).collect()
}

/// The best error of one scheme after K epochs.
struct Best {
    drift: Drift,
    scheme: Scheme,
    epochs: u64,
    error: f64,
    rate: f64,
    /// The place of the rate on the grid.
    place: usize,
}

impl Best {
    fn of(drift: Drift, scheme: Scheme, epochs: u64, orders: &[Vec<u32>]) -> Self {
        let of = &Parabolas::with(drift);
        let scale = (of.terms() as u64 * epochs) as f64;
        let rates: Vec<f64> = geometric([0.2, 60.0], 60).iter().map(|x| x / scale).filter(|x| *x < 0.9).collect();
        let errors: Vec<f64> = rates.iter().map(|&rate| scheme.after(epochs, of, orders, rate)).collect();
        let place = (0..rates.len()).min_by(|&i, &j| errors[i].total_cmp(&errors[j])).expect("there are rates");
        Self { drift, scheme, epochs, error: errors[place], rate: rates[place], place }
    }
}

/// The local powers of errors at doubled K.
fn powers(of: &[&Best]) -> Vec<f64> {
    of.windows(2).map(|pair| (pair[0].error / pair[1].error).log2()).collect()
}

fn run(setting: &Setting, out: &mut Outcome) {
    let orders = all_orders();
    let drifts: &[Drift] = setting.choose(&[Drift::Zero], &[Drift::Zero, Drift::Generic]);
    let mut cases = Vec::new();
    for &drift in drifts {
        cases.extend(METHODS.iter().flat_map(|method| EPOCHS.map(|epochs| (drift, method.0, epochs))));
    }
    let all = each(&cases, |&(drift, scheme, epochs)| Best::of(drift, scheme, epochs, &orders));
    for &drift in drifts {
        decide(drift, &all, out);
    }
    let counts: &[usize] = setting.choose(&[8, 32, 128], &[8, 32, 128, 512]);
    let ratios: Vec<Ratio> = counts.iter().map(|&terms| Ratio::of(setting, terms)).collect();
    for ratio in &ratios {
        out.decide(&TERMS, format!("n = {}", ratio.terms), Measured::of(ratio.with.0 / ratio.without.0));
    }
    figures::tables(&all, &ratios, out);
    out.draw("epochs", figures::epochs(&all));
    out.draw("terms", figures::terms(&ratios));
}

/// One choice of b and scheme, in ascending order of K.
fn of_scheme(all: &[Best], drift: Drift, scheme: Scheme) -> Vec<&Best> {
    all.iter().filter(|best| best.drift == drift && best.scheme == scheme).collect()
}

fn decide(drift: Drift, all: &[Best], out: &mut Outcome) {
    let words = if drift == Drift::Zero { "" } else { ", Σ aᵢbᵢ = −0.0685" };
    for pair in METHODS.windows(2) {
        let [worse, better] = [pair[0].0, pair[1].0];
        let both = of_scheme(all, drift, worse).into_iter().zip(of_scheme(all, drift, better));
        let least = both.map(|(worse, better)| worse.error / better.error).fold(f64::INFINITY, f64::min);
        out.decide(&ORDER, format!("{} over {}{words}", worse.name(), better.name()), Measured::of(least));
    }
    for (scheme, limit, least) in METHODS {
        let of = of_scheme(all, drift, scheme);
        let name = format!("{}{words}", scheme.name());
        let powers = powers(&of);
        let smallest = powers.iter().copied().fold(f64::INFINITY, f64::min);
        out.decide(&SLOPES, &name, Measured::of(smallest - least));
        let (first, last) = (powers[0], powers[powers.len() - 1]);
        out.decide(&RISING, &name, Measured::of((last - first) / (limit - first)));
        let places = of.iter().map(|best| best.place as f64);
        let (low, high) = places.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), x| (low.min(x), high.max(x)));
        out.decide(&GRID, format!("{name}, least"), Measured::of(low));
        out.decide(&GRID, format!("{name}, greatest"), Measured::of(high));
    }
}
