//! What becomes of the terms that are left over when B does not divide N.

mod epochs;
mod figures;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_optimizers::Sgd;
use sgdlab_samplers::{Context, Remainder};

use self::epochs::{
    BATCH, Enumerated, POLICIES, SAMPLERS, TERMS, by_law, epoch_means, population, sampled, spec, squared_error,
};
use crate::tools::course::Course;
use crate::tools::moments::Mean;
use crate::tools::population::Population;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "last-short-batch",
    title: "The last short batch",
    sentence: "It does not matter whether the last short batch of an epoch is kept or dropped.",
    reference: "Defaults of libraries (PyTorch's DataLoader: drop_last = False); own derivation",
    statement: "N = mB − (B − b) terms, b left over. keep: a batch whose mean counts its b terms B/b times; drop: they are \
                left out; rescale: the short batch times b/B; wrap: filled up with the first terms of the order. With Ḡ_n \
                and Ḡ_b the means of the terms in whole batches and of those left over, the mean of an epoch in a fixed \
                order is off by (1/m − b/N)(Ḡ_b − Ḡ_n) with keep and by −(b/N)(Ḡ_b − Ḡ_n) with drop. Under random orders \
                all are unbiased, and the mean of an epoch has covariance S (N − n)/(n (N − 1)) with drop (n = N − b), \
                S (N (⌊N/B⌋/B + 1/b)/m² − 1)/(N − 1) with keep, S r (N − r)/((N + r)² (N − 1)) with wrap (r = B − b), and \
                none with rescale.",
    setup: "Seven gradients in the plane in batches of three, the last of them unlike the others; samplers that go through \
            orders, with every policy. Means over 1 to 64 epochs. Then gradient descent through the fixed order at rate \
            0.001 on the bowls that have these gradients at 0.",
    exactness: "All 5040 orders are enumerated; means over many epochs come from the laws and, for 1 and 8 epochs, from 4000 \
                runs (1000 with --quick) with different keys.",
    limits: "New orders in every epoch make both harmless: the error of the mean falls like one over the number of epochs. \
             An order that is drawn once keeps its error for ever, and a fixed one has a bias. Whether keep or drop is \
             worse depends on b: keep counts a term that is left alone B times. Samplers that draw every batch by itself \
             have no short batch.",
    truth: Truth::Wrong,
    claims: &[&SHORT, &UNBIASED, &EPOCH, &RESCALED, &FIXED, &MANY, &SAMPLED, &BALANCED, &ENDS],
    tables: &[&figures::EPOCHS, &figures::FIXED_ORDER],
    run,
};

const EXACT: Criterion = Criterion::Between(0.0, 1e-12);

const ENUMERATED: &str = "Largest error of a coordinate or entry over all 5040 orders: rounding.";

static SHORT: Claim = Claim {
    name: "short-batch",
    statement: "The short batch estimates G with covariance S (N − b)/(b (N − 1)) when it is kept, and (b/B) G with \
                S b (N − b)/(B² (N − 1)) when it is rescaled.",
    stance: Stance::Adds,
    criterion: EXACT,
    because: ENUMERATED,
};

static UNBIASED: Claim = Claim {
    name: "unbiased",
    statement: "Under random orders the mean of an epoch is unbiased with every policy.",
    stance: Stance::Confirms,
    criterion: EXACT,
    because: ENUMERATED,
};

static EPOCH: Claim = Claim {
    name: "epoch",
    statement: "Its covariance is that of the statement.",
    stance: Stance::Adds,
    criterion: EXACT,
    because: ENUMERATED,
};

static RESCALED: Claim = Claim {
    name: "rescaled-is-exact",
    statement: "With rescale the mean of every epoch is G, in any order.",
    stance: Stance::Adds,
    criterion: EXACT,
    because: ENUMERATED,
};

static FIXED: Claim = Claim {
    name: "fixed-order",
    statement: "In a fixed order keep and drop are biased in opposite directions: by (1/m − b/N) and by −b/N times the \
                difference of what is left over and the rest.",
    stance: Stance::Corrects,
    criterion: Criterion::Near(1e-12),
    because: "Both coordinates of the mean of an epoch minus G, by the sampler sequential: rounding.",
};

static MANY: Claim = Claim {
    name: "many-epochs",
    statement: "Averaging over K epochs removes the error of new orders like 1/K, and of pairs of opposite orders like 2/K; \
                an order that is drawn once keeps it.",
    stance: Stance::Corrects,
    criterion: Criterion::Near(1e-12),
    because: "E |ḡ − G|² over K epochs by the samplers' laws beside what is enumerated of one epoch, or of a pair.",
};

static SAMPLED: Claim = Claim {
    name: "sampled",
    statement: "That is what the samplers do.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    because: "Mean |ḡ − G|² over runs with different keys beside the law.",
};

static BALANCED: Claim = Claim {
    name: "balanced-orders",
    statement: "Batches in a balanced order are cut once: every epoch of grab has the mean of shuffle-once with the same key.",
    stance: Stance::Adds,
    criterion: EXACT,
    because: "Largest difference of a coordinate over 8 epochs and 20 keys: rounding.",
};

static ENDS: Claim = Claim {
    name: "runs-end-there",
    statement: "Gradient descent through a fixed order ends where the biased mean vanishes, not at the minimum.",
    stance: Stance::Corrects,
    criterion: Criterion::Near(0.02),
    because: "Distance of the end from the minimum of the bowls beside |bias|; the rate 0.001 is not 0.",
};

fn run(setting: &Setting, out: &mut Outcome) {
    let population = population();
    let enumerated = POLICIES.map(|(_, policy)| Enumerated::all(&population, policy));
    one_epoch(&population, &enumerated, out);
    let rows = many_epochs(setting, &population, out);
    balanced(setting, &population, out);
    let fixed = fixed_order(&population, out);
    figures::tables(&rows, &fixed, out);
    out.draw("epochs", figures::epochs(&rows));
    out.draw("fixed-order", figures::fixed(&fixed, &population.mean()));
}

type Matrix = [[f64; 2]; 2];

/// E (x − c)(x − c)ᵀ over equally likely vectors.
fn spread(of: &[[f64; 2]], center: [f64; 2]) -> Matrix {
    let entry = |i: usize, j: usize| of.iter().map(|x| (x[i] - center[i]) * (x[j] - center[j])).sum::<f64>();
    [0, 1].map(|i| [0, 1].map(|j| entry(i, j) / of.len() as f64))
}

/// The largest error of the mean from `share` · G, and of the covariance from `factor` · S.
fn errors(of: &[[f64; 2]], population: &Population, (share, factor): (f64, f64)) -> (f64, f64) {
    let gradients: Vec<[f64; 2]> = population.gradients.as_chunks().0.to_vec();
    let gradient = [population.mean()[0], population.mean()[1]];
    let center = gradient.map(|g| share * g);
    let mean = [0, 1].map(|j| of.iter().map(|x| x[j]).sum::<f64>() / of.len() as f64);
    let bias = (mean[0] - center[0]).abs().max((mean[1] - center[1]).abs());
    let (found, law) = (spread(of, center), spread(&gradients, gradient));
    let entries = found.as_flattened().iter().zip(law.as_flattened());
    (bias, entries.map(|(x, s)| (x - factor * s).abs()).fold(0.0, f64::max))
}

/// The factor of S in the covariance of the mean of an epoch, by the statement.
fn of_epoch(policy: Remainder) -> f64 {
    let (n, batch, left) = (TERMS as f64, BATCH as f64, (TERMS % BATCH) as f64);
    let (whole, m) = ((n / batch).floor(), (n / batch).ceil());
    match policy {
        Remainder::Keep => (n * (whole / batch + 1.0 / left) / (m * m) - 1.0) / (n - 1.0),
        Remainder::Drop => left / ((n - left) * (n - 1.0)),
        Remainder::Rescale => 0.0,
        Remainder::Wrap => {
            let twice = batch - left;
            twice * (n - twice) / ((n + twice).powi(2) * (n - 1.0))
        }
    }
}

fn one_epoch(population: &Population, enumerated: &[Enumerated; 4], out: &mut Outcome) {
    let (n, batch, left) = (TERMS as f64, BATCH as f64, (TERMS % BATCH) as f64);
    for ((name, policy), of) in POLICIES.iter().zip(enumerated) {
        let law = match policy {
            Remainder::Keep => Some((1.0, (n - left) / (left * (n - 1.0)))),
            Remainder::Rescale => Some((left / batch, left * (n - left) / (batch * batch * (n - 1.0)))),
            _ => None,
        };
        if let Some(law) = law {
            let (bias, error) = errors(&of.batches[2], population, law);
            out.decide(&SHORT, *name, Measured::of(bias.max(error)));
        }
        let epochs = of.epochs();
        let (bias, error) = errors(&epochs, population, (1.0, of_epoch(*policy)));
        out.decide(&UNBIASED, *name, Measured::of(bias));
        out.decide(&EPOCH, *name, Measured::of(error));
        if *policy == Remainder::Rescale {
            let furthest = |x: &[f64; 2]| (0..2).map(|j| (x[j] - population.mean()[j]).abs()).fold(0.0, f64::max);
            out.decide(&RESCALED, "all orders", Measured::of(epochs.iter().map(furthest).fold(0.0, f64::max)));
        }
    }
}

/// E |ḡ − G|² over so many epochs.
struct Row {
    sampler: &'static str,
    policy: &'static str,
    epochs: u64,
    law: f64,
    sampled: Option<Mean>,
}

/// The mean over one epoch, or over an epoch and its reverse, of every order.
fn of_pairs(population: &Population, policy: Remainder, and_back: bool) -> Vec<[f64; 2]> {
    let forth = crate::tools::outcomes::orders(TERMS);
    let epochs = Enumerated::of(population, policy, &forth).epochs();
    if !and_back {
        return epochs;
    }
    let back: Vec<Vec<u32>> = forth.iter().map(|order| order.iter().rev().copied().collect()).collect();
    let reversed = Enumerated::of(population, policy, &back).epochs();
    epochs.iter().zip(&reversed).map(|(a, b)| [0, 1].map(|j| 0.5 * (a[j] + b[j]))).collect()
}

fn many_epochs(setting: &Setting, population: &Population, out: &mut Outcome) -> Vec<Row> {
    let runs = setting.choose(1000, 4000);
    let gradient = population.mean();
    let of_way =
        |&(sampler, policy): &((&'static str, &'static str, Option<&'static str>), (&'static str, Remainder))| {
            let spec = spec(sampler, policy.0);
            let law = spec.law(&Context::of(TERMS), BATCH).expect("batches of the terms");
            let row = |epochs: u64| {
                let key = setting.key.child(&format!("{}, {}, {epochs}", sampler.0, policy.0));
                let drawn = [1, 8].contains(&epochs) && law.epoch_mean().is_some_and(|of| of.covariance > 0.0);
                let errors = drawn.then(|| Mean::of(&sampled(&spec, population, epochs, (key, runs))));
                Row {
                    sampler: sampler.0,
                    policy: policy.0,
                    epochs,
                    law: by_law(&law, population, epochs),
                    sampled: errors,
                }
            };
            [1, 2, 4, 8, 16, 32, 64].map(row)
        };
    let ways: Vec<_> = SAMPLERS.iter().flat_map(|&sampler| POLICIES.map(|policy| (sampler, policy))).collect();
    let rows: Vec<Row> = ways.par_iter().flat_map_iter(of_way).collect();
    for (name, policy) in POLICIES {
        let [alone, pair] = [false, true].map(|back| squared_error(&of_pairs(population, policy, back), &gradient));
        for row in rows.iter().filter(|row| row.policy == name && row.epochs > 1) {
            let expected = match row.sampler {
                "reshuffle" => alone / row.epochs as f64,
                "shuffle-once" => alone,
                "flip-flop" => pair * 2.0 / row.epochs as f64,
                "flip-flop, shuffle-once" => pair,
                _ => continue,
            };
            let what = format!("{}, {name}, {} epochs", row.sampler, row.epochs);
            out.decide(&MANY, what, Measured::of(row.law).beside(expected));
        }
    }
    for row in &rows {
        if let Some(Mean { value, error }) = row.sampled {
            let what = format!("{}, {}, {} epochs", row.sampler, row.policy, row.epochs);
            out.decide(&SAMPLED, what, Measured::of(value).beside(row.law).give_or_take(error + 1e-15));
        }
    }
    rows
}

/// Epochs of grab beside those of shuffle-once.
fn balanced(setting: &Setting, population: &Population, out: &mut Outcome) {
    for (policy, _) in POLICIES {
        let key = setting.key.child("balanced");
        let apart = |run: u64| apart_from_once(population, policy, key.child(&run.to_string()), "grab");
        out.decide(&BALANCED, policy, Measured::of((0..20).map(apart).fold(0.0, f64::max)));
    }
}

/// The largest difference of a coordinate of the mean of an epoch from that of shuffle-once with the same key.
fn apart_from_once(population: &Population, policy: &str, key: Key, sampler: &'static str) -> f64 {
    let of = |name: &'static str| epoch_means(&spec((name, name, None), policy), population, 8, key);
    let (one, other) = (of(sampler), of("shuffle-once"));
    let pairs = one.as_flattened().iter().zip(other.as_flattened());
    pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// What a policy does in the fixed order 0, 1, …: the bias, and where a run ends.
struct FixedOrder {
    policy: &'static str,
    bias: [f64; 2],
    end: [f64; 2],
}

/// Ḡ_b − Ḡ_n: the mean of the terms that are left over minus that of the others.
fn difference(population: &Population) -> [f64; 2] {
    let whole = TERMS - TERMS % BATCH;
    let mean = |j: usize, terms: std::ops::Range<usize>| {
        let count = terms.len() as f64;
        terms.map(|i| population.gradients[2 * i + j]).sum::<f64>() / count
    };
    [0, 1].map(|j| mean(j, whole..TERMS) - mean(j, 0..whole))
}

fn fixed_order(population: &Population, out: &mut Outcome) -> Vec<FixedOrder> {
    let identity = [(0..TERMS as u32).collect::<Vec<_>>()];
    let apart = difference(population);
    let share = (TERMS % BATCH) as f64 / TERMS as f64;
    let mut fixed = Vec::new();
    for (name, policy) in POLICIES {
        let epoch = Enumerated::of(population, policy, &identity).epochs()[0];
        let bias = [0, 1].map(|j| epoch[j] - population.mean()[j]);
        let factor = match policy {
            Remainder::Keep => Some(1.0 / 3.0 - share),
            Remainder::Drop => Some(-share),
            Remainder::Rescale => Some(0.0),
            Remainder::Wrap => None,
        };
        for (j, factor) in factor.into_iter().flat_map(|factor| [(0, factor), (1, factor)]) {
            let what = format!("{name}, coordinate {}", j + 1);
            out.decide(&FIXED, what, Measured::of(bias[j]).beside(factor * apart[j]));
        }
        let end = end_of_run(population, name);
        let length = |x: f64, y: f64| x.hypot(y);
        let distance = length(end[0] + population.mean()[0], end[1] + population.mean()[1]);
        out.decide(&ENDS, name, Measured::of(distance).beside(length(bias[0], bias[1])));
        fixed.push(FixedOrder { policy: name, bias, end });
    }
    fixed
}

/// Where gradient descent through the fixed order ends.
fn end_of_run(population: &Population, policy: &str) -> [f64; 2] {
    let mut sampler = spec(("", "sequential", None), policy)
        .bind(&Context::of(TERMS), BATCH, Key::new("none"))
        .expect("batches of the terms");
    let course =
        Course { objective: population.objective().0, rule: Sgd::default().into(), rate: 1e-3, start: [0.0; 2] };
    let steps = 4000 * sampler.batches_per_epoch();
    let path = course.run(steps, |step, batch| sampler.fill(step, batch));
    path[path.len() - 1]
}
