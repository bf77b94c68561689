//! The noise scale tr S/|G|², and what it is estimated from.

mod figures;
#[cfg(test)]
mod tests;
mod training;

use rand::distr::Distribution;
use rayon::prelude::*;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_samplers::{BatchBuffer, per_batch, with_replacement};

use self::training::Checkpoint;
use crate::tools::moments::{Central, Mean};
use crate::tools::noise::{TwoSizes, expected, square};
use crate::tools::outcomes::{Scripted, outcomes};
use crate::tools::population::{Population, WITH, law};
use crate::tools::sampler::sampler_spec;
use crate::{Claim, Criterion, Experiment, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "noise-scale",
    title: "The noise scale, and how to measure it",
    sentence: "Two batch sizes are enough to measure how noisy gradients are, and noise takes over as training goes on.",
    reference: "McCandlish et al. 2018, An Empirical Model of Large-Batch Training, section 2.2 and appendix A.1; Yin et al. \
                2018, Gradient Diversity; expectations without replacement: own derivation",
    statement: "B_simple = tr S/|G|² with S of divisor N: the batch size at which noise and gradient are equally large. \
                With a and b the squared norms of the gradients of a batch of s and of B > s terms, (B b − s a)/(B − s) \
                estimates |G|² and (a − b)/(1/s − 1/B) estimates tr S; independent draws give both without bias, draws \
                without replacement |G|² − tr S/(N − 1) and tr S · N/(N − 1). With diversity \
                Δ = Σ |gᵢ|²/|Σ gᵢ|², N Δ = 1 + B_simple.",
    setup: "400 gradients of 8 coordinates with standard deviations from 0.2 to 2 and means from −0.3 to 0.4; pairs of \
            batches of 8 and 64, 200 000 (20 000 with --quick): drawn by themselves, or the first 8 of the 64. Then \
            logistic regression on the bundled breast-cancer data by gradient descent at rate 0.1: at nine steps up to 256 \
            the noise scale of all terms beside its estimate from 4000 pairs (1000) of batches of 16 and 1024.",
    exactness: "Expectations are enumerated for batches of 1 and 3 of six gradients. Noise scales of populations and of \
                training are computed from all terms; estimates are sampled, with standard errors of ratios to first \
                order.",
    limits: "A single estimate of |G|² is negative in one of twelve to twenty cases here: only the ratio of averages means anything. \
             Taken at face value without replacement |G|² comes out 7 % too small, and the more so the noisier \
             gradients are: the estimate is 0 in the mean where |G|² = tr S/(N − 1).",
    truth: Truth::Limited,
    claims: &[&IDENTITY, &EXPECTED, &ESTIMATES, &NAIVE, &NEGATIVE, &SIGNAL, &TRAINING, &GROWS],
    tables: &[&figures::ESTIMATES, &figures::TRAINING],
    run,
};

/// Of the 22 sampled numbers one is five standard errors away by chance in one of 80 000 cases; of four it would be one of 700.
const FIVE: Criterion = Criterion::Within { errors: 5.0, share: 0.0 };

static IDENTITY: Claim = Claim {
    name: "diversity",
    statement: "N times the diversity of gradients is 1 plus the noise scale.",
    stance: Stance::Adds,
    criterion: Criterion::Near(1e-10),
    because: "An identity: Σ |gᵢ|² = N (tr S + |G|²).",
};

static EXPECTED: Claim = Claim {
    name: "expectations",
    statement: "The two-batch estimates have the expectations of the statement, with and without replacement.",
    stance: Stance::Corrects,
    criterion: Criterion::Near(1e-12),
    because: "All batches of 1 and 3 of six gradients are enumerated: rounding.",
};

static ESTIMATES: Claim = Claim {
    name: "two-batches",
    statement: "Averages over many pairs are these expectations, whether the small batch is drawn by itself or is a part of \
                the big one.",
    stance: Stance::Confirms,
    criterion: FIVE,
    because: "Means over pairs of batches of 8 and 64, with their standard errors; five, since there are 22 sampled numbers.",
};

static NAIVE: Claim = Claim {
    name: "naive-target",
    statement: "Without replacement the estimate of |G|² is not one of |G|², but too small.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(f64::NEG_INFINITY, -4.0),
    because: "(Mean − |G|²) over its standard error: about −40, and −13 with --quick.",
};

static NEGATIVE: Claim = Claim {
    name: "negative-estimates",
    statement: "A noticeable share of single estimates of |G|² is negative.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.02, 0.3),
    because: "Share of the pairs; 0.05 to 0.09 were found.",
};

static SIGNAL: Claim = Claim {
    name: "signal-to-noise",
    statement: "|G|² over the mean squared error of a batch is B/B_simple for independent draws, and (N − 1)/(N − B) \
                times as much without replacement.",
    stance: Stance::Confirms,
    criterion: FIVE,
    because: "Mean squared errors of batches, with their standard errors; five, since there are 22 sampled numbers.",
};

static TRAINING: Claim = Claim {
    name: "while-training",
    statement: "The ratio of averages is the noise scale at every step of training.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 5.0, share: 0.02 },
    because: "Estimate beside tr S/|G|² of all terms; 2 % for the bias of a ratio.",
};

static GROWS: Claim = Claim {
    name: "grows",
    statement: "The noise scale grows more than a hundredfold while logistic regression is trained.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(100.0, f64::INFINITY),
    because: "Noise scale after 256 steps over that at the start, computed: |G|² vanishes where training ends and S does \
              not.",
};

const TERMS: usize = 400;
const DIMENSION: usize = 8;
const SIZES: TwoSizes = TwoSizes { small: 8, big: 64 };

fn population(key: Key) -> Population {
    let mut rng = key.stream(0);
    let mut gradient = |i: usize| {
        let place = (i % DIMENSION) as f64 / (DIMENSION - 1) as f64;
        (0.2 + 1.8 * place) * Normal.sample(&mut rng) + (-0.3 + 0.7 * place)
    };
    Population::new((0..TERMS * DIMENSION).map(&mut gradient).collect(), DIMENSION)
}

/// |G|² and tr S of a population.
fn moments(of: &Population) -> (f64, f64) {
    (square(&of.mean()), of.variances().iter().sum())
}

/// N Δ.
fn diversity(of: &Population) -> f64 {
    let terms = of.terms() as f64;
    let sum: Vec<f64> = of.mean().iter().map(|g| terms * g).collect();
    terms * square(&of.gradients) / square(&sum)
}

/// Estimates of |G|² and tr S from pairs of one kind.
struct Estimates {
    kind: &'static str,
    norms: Vec<f64>,
    traces: Vec<f64>,
    /// What they are in the mean.
    expected: (f64, f64),
}

/// How pairs are drawn: a name, the sampler, and whether the small batch is a part of the big one.
const KINDS: [(&str, &str, bool); 4] = [
    ("with replacement", WITH, false),
    ("with replacement, nested", WITH, true),
    ("without", "per-batch", false),
    ("without, nested", "per-batch", true),
];

impl Estimates {
    fn of(population: &Population, (kind, sampler, nested): (&'static str, &str, bool), drawn: (Key, u64)) -> Self {
        const CHUNK: u64 = 5000;
        let (key, pairs) = drawn;
        let of_chunk = |chunk: u64| {
            let key = key.child(&format!("{kind}, {chunk}"));
            squares(population, sampler, nested, (key, CHUNK.min(pairs - chunk * CHUNK)))
        };
        let chunks: Vec<Vec<(f64, f64)>> = (0..pairs.div_ceil(CHUNK)).into_par_iter().map(of_chunk).collect();
        let both = chunks.into_iter().flatten().map(|(small, big)| SIZES.estimate(small, big));
        let (norms, traces) = both.unzip();
        let drawn_from = (sampler != WITH).then_some(population.terms());
        Self { kind, norms, traces, expected: expected(moments(population), drawn_from) }
    }
}

/// Squared norms of small and big batches.
fn squares(of: &Population, sampler: &str, nested: bool, (key, pairs): (Key, u64)) -> Vec<(f64, f64)> {
    if nested {
        return nested_squares(of, sampler, key, pairs);
    }
    let norms = |batch: usize| {
        let mut norms = Vec::with_capacity(pairs as usize);
        let key = key.child(&batch.to_string());
        of.estimates((sampler, batch), key, 0..pairs, |estimate| norms.push(square(estimate.as_flattened())));
        norms
    };
    norms(SIZES.small).into_iter().zip(norms(SIZES.big)).collect()
}

/// The same where the small batch is the first terms of the big one.
fn nested_squares(of: &Population, sampler: &str, key: Key, pairs: u64) -> Vec<(f64, f64)> {
    let (objective, at) = of.objective();
    let context = sgdlab_samplers::Context::of(of.terms());
    let spec = sampler_spec(sampler, []);
    let mut sampler = spec.bind(&context, SIZES.big, key).expect("batches of the terms");
    let mut oracle = sgdlab_core::Oracle::new(objective, SIZES.big);
    let mut batch = BatchBuffer::with_capacity(SIZES.big);
    let mut out = vec![[0.0]; of.dimension];
    let mut norm = |indices: &[u32]| {
        oracle.gradient(&at, sgdlab_core::Batch::of(indices), &mut out);
        square(out.as_flattened())
    };
    let mut pair = |step: u64| {
        sampler.fill(step, &mut batch);
        (norm(&batch.indices[..SIZES.small]), norm(&batch.indices))
    };
    (0..pairs).map(&mut pair).collect()
}

fn run(setting: &Setting, out: &mut Outcome) {
    let population = population(setting.key.child("population"));
    let (norm, trace) = moments(&population);
    out.decide(&IDENTITY, "400 gradients", Measured::of(diversity(&population)).beside(1.0 + trace / norm));
    enumerated(out);
    let pairs = setting.choose(20_000, 200_000);
    let of_kind = |kind| Estimates::of(&population, kind, (setting.key.child("pairs"), pairs));
    let estimates = KINDS.map(of_kind);
    for of in &estimates {
        let both = [("|G|²", &of.norms, of.expected.0), ("tr S", &of.traces, of.expected.1)];
        for (what, found, expected) in both {
            let mean = Mean::of(found);
            let measured = Measured::of(mean.value).beside(expected).give_or_take(mean.error);
            out.decide(&ESTIMATES, format!("{}: {what}", of.kind), measured);
        }
        if of.kind.starts_with("without") {
            let mean = Mean::of(&of.norms);
            out.decide(&NAIVE, of.kind, Measured::of((mean.value - norm) / mean.error));
        }
        let negative = of.norms.iter().filter(|norm| **norm < 0.0).count() as f64 / of.norms.len() as f64;
        out.decide(&NEGATIVE, of.kind, Measured::of(negative));
    }
    signals(setting, &population, out);
    let training = training::run(setting);
    decide(&training, out);
    figures::tables(&estimates, &training, out);
    out.draw("training", figures::training(&training));
    out.draw("estimates", figures::estimates(&estimates, norm, pairs));
}

/// Expectations of both estimates for batches of 1 and 3 of six gradients.
fn enumerated(out: &mut Outcome) {
    let gradients = [1.0, 2.0, -3.0, 0.5, 0.0, 4.0, 2.5, -1.0, 0.5, 0.5, -1.0, 3.0];
    let six = Population::new(gradients.to_vec(), 2);
    out.decide(&IDENTITY, "six gradients", {
        let (norm, trace) = moments(&six);
        Measured::of(diversity(&six)).beside(1.0 + trace / norm)
    });
    for (kind, drawn_from) in [("with replacement", None), ("without", Some(6))] {
        let mean = |batch: usize| mean_square(&six, batch, drawn_from.is_some());
        let found = TwoSizes { small: 1, big: 3 }.estimate(mean(1), mean(3));
        let expected = expected(moments(&six), drawn_from);
        out.decide(&EXPECTED, format!("{kind}: |G|²"), Measured::of(found.0).beside(expected.0));
        out.decide(&EXPECTED, format!("{kind}: tr S"), Measured::of(found.1).beside(expected.1));
    }
}

/// E |ĝ|² over all batches of six gradients.
fn mean_square(of: &Population, batch: usize, without: bool) -> f64 {
    let (mut terms, mut swaps): (Vec<u32>, _) = ((0..6).collect(), vec![0; batch]);
    let bounds: Vec<u32> = (0..batch as u32).map(|k| if without { 6 - k } else { 6 }).collect();
    let mut buffer = BatchBuffer::with_capacity(batch);
    let mut one = |mut rng: Scripted| {
        if without {
            per_batch::draw(&mut terms, &mut swaps, &mut rng, &mut buffer);
        } else {
            with_replacement::draw(6, batch, &mut rng, &mut buffer);
        }
        let sum = |j: usize| buffer.indices.iter().map(|&i| of.gradients[2 * i as usize + j]).sum::<f64>();
        square(&[sum(0) / batch as f64, sum(1) / batch as f64])
    };
    let all: Vec<f64> = outcomes(&bounds).map(&mut one).collect();
    all.iter().sum::<f64>() / all.len() as f64
}

/// Mean squared errors of batches.
fn signals(setting: &Setting, population: &Population, out: &mut Outcome) {
    let count = setting.choose(4000, 40_000);
    let (gradient, (norm, trace)) = (population.mean(), moments(population));
    for (sampler, batch) in [(WITH, 1), (WITH, 16), (WITH, 256), ("per-batch", 16), ("per-batch", 256)] {
        let mut errors = Vec::with_capacity(count);
        let key = setting.key.child(&format!("signal: {sampler}, {batch}"));
        population.estimates((sampler, batch), key, 0..count as u64, |estimate| {
            errors.push(estimate.iter().zip(&gradient).map(|([x], g)| (x - g).powi(2)).sum::<f64>());
        });
        let (mean, central) = Central::of(&errors);
        let error = norm / mean * (central.second / count as f64).sqrt() / mean;
        let factor = law(sampler, TERMS, batch).factor(0, 0).expect("terms are alike");
        let measured = Measured::of(norm / mean).beside(norm / (factor * trace)).give_or_take(error);
        out.decide(&SIGNAL, format!("{sampler}, B = {batch}"), measured);
    }
}

fn decide(training: &[Checkpoint], out: &mut Outcome) {
    for at in training {
        out.decide(&IDENTITY, format!("step {}", at.step), Measured::of(at.diversity).beside(1.0 + at.scale));
        let measured = Measured::of(at.estimate.value).beside(at.scale).give_or_take(at.estimate.error);
        out.decide(&TRAINING, format!("step {}", at.step), measured);
    }
    let growth = training[training.len() - 1].scale / training[0].scale;
    out.decide(&GROWS, "factor", Measured::of(growth));
}
