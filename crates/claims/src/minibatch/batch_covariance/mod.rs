//! Covariances of minibatch gradients, exactly.

mod claims;
mod enumerate;
mod figures;
#[cfg(test)]
mod tests;

use sgdlab_core::Value;
use sgdlab_samplers::{Context, stratified};

use self::claims::{
    BERNOULLI, BEST, BIASED, CATALOGUE, CORRELATION, EPOCH, HALF, IMPORTANCE, NEYMAN, PREFIX, STRATA, UNBIASED, WITH,
    WITHOUT,
};
use self::enumerate::{Enumerated, GRADIENTS, TERMS, all, coordinate, covariance, mean, norms};
use crate::tools::sampler::sampler_spec;
use crate::{Experiment, Measured, Outcome, Setting, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "batch-covariance",
    title: "The covariance of a minibatch gradient",
    sentence: "A minibatch gradient is unbiased, and its noise falls like one over the batch size.",
    reference: "Cochran 1977, Sampling Techniques, chapters 2 and 5; Zhao and Zhang 2015, Stochastic Optimization with \
                Importance Sampling, section 3; Needell, Srebro and Ward 2014; the law of the batches of an epoch: own \
                derivation",
    statement: "N gradients with mean G and covariance S (divisor N), batches of B. With replacement Cov = S/B; without \
                replacement Cov = S/B · (N − B)/(N − 1); two batches of one reshuffled epoch have Cov(ĝₖ, ĝₗ) = −S/(N − 1); \
                each term with probability p and the sum over pN: Cov = (1 − p)/(pN) · (1/N) Σ gᵢgᵢᵀ; one draw with \
                probabilities pᵢ and weights 1/(N pᵢ): tr Cov = (1/N²) Σ |gᵢ|²/pᵢ − |G|²; n_h of the N_h terms of \
                strata: Cov = Σ (N_h/N)² S_h/n_h (N_h − n_h)/(N_h − 1).",
    setup: "Six gradients in the plane, (1, 2), (−3, ½), (0, 4), (2½, −1), (½, ½), (−1, 3), in two classes of three. \
            Batches of 1, 2 and 3 of every sampler of the catalogue whose mechanism can be written out: the function that \
            draws is handed every sequence of words that it can be given. Without --quick and with it the same.",
    exactness: "Everything is enumerated: all 6^B sequences with replacement, all 720 orders, all 46 656 outcomes of six \
                coins, all 12^B draws with weights. Sobol and growing batches are not written out here but sampled in \
                batch-variance. Nothing depends on the key.",
    limits: "The law S/B is that of independent draws. Of six gradients the noise without replacement is 0.8 of it at \
             B = 2 and nothing at B = 6. The noise of terms that enter by themselves is that of the gradients and not of \
             their deviations from G: it does not vanish where all gradients agree. Weighted draws without reweighting, \
             and one fixed order, are biased.",
    truth: Truth::Limited,
    claims: claims::ALL,
    tables: &[&figures::COVARIANCES, &figures::CORRELATIONS],
    run,
};

type Matrix = [[f64; 2]; 2];

/// S.
fn spread() -> Matrix {
    covariance(&GRADIENTS, &GRADIENTS)
}

/// The largest difference of an entry from `factor` · `of`.
fn apart(found: &Matrix, of: &Matrix, factor: f64) -> f64 {
    let entries = found.as_flattened().iter().zip(of.as_flattened());
    entries.map(|(x, y)| (x - factor * y).abs()).fold(0.0, f64::max)
}

fn trace(of: &Matrix) -> f64 {
    of[0][0] + of[1][1]
}

fn furthest(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).abs().max((a[1] - b[1]).abs())
}

impl Enumerated {
    fn what(&self) -> String {
        format!("{}, B = {}", self.sampler, self.batch)
    }

    fn covariance(&self, k: usize, l: usize) -> Matrix {
        covariance(&self.steps[k], &self.steps[l])
    }

    /// What the law says of two steps.
    fn law(&self, k: usize, l: usize) -> Matrix {
        let of = |i: usize, j: usize| self.law.covariance((k as u64, &coordinate(i)), (l as u64, &coordinate(j)));
        [0, 1].map(|i| [0, 1].map(|j| of(i, j)))
    }

    /// The largest error of the law, in means and covariances of all steps.
    fn error_of_law(&self) -> f64 {
        let mean_error = |k: usize| {
            let law = [0, 1].map(|j| self.law.expectation(k as u64).of(&coordinate(j)));
            furthest(mean(&self.steps[k]), law)
        };
        let pairs = (0..self.steps.len()).flat_map(|k| (0..self.steps.len()).map(move |l| (k, l)));
        let of_pairs = pairs.map(|(k, l)| apart(&self.covariance(k, l), &self.law(k, l), 1.0));
        (0..self.steps.len()).map(mean_error).chain(of_pairs).fold(0.0, f64::max)
    }
}

fn run(_: &Setting, out: &mut Outcome) {
    let all: Vec<Enumerated> = [1, 2, 3].into_iter().flat_map(all).collect();
    for of in &all {
        out.decide(&CATALOGUE, of.what(), Measured::of(of.error_of_law()));
    }
    means(&all, out);
    batches(&all, out);
    epochs(&all, out);
    unequal(&all, out);
    allocations(out);
    figures::covariances(&all, out);
    out.draw("noise", figures::noise(&all));
    out.draw("correlation", figures::correlation(&all));
}

fn named<'a>(all: &'a [Enumerated], sampler: &'a str) -> impl Iterator<Item = &'a Enumerated> {
    all.iter().filter(move |of| of.sampler == sampler)
}

/// Whether estimates are unbiased.
fn means(all: &[Enumerated], out: &mut Outcome) {
    let biased = ["weighted, weights", "poisson, ratio", "sequential", "flip-flop, sequential"];
    for of in all {
        let deviation = furthest(mean(&of.steps[0]), mean(&GRADIENTS));
        let claim = if biased.contains(&of.sampler.as_str()) { &BIASED } else { &UNBIASED };
        out.decide(claim, of.what(), Measured::of(deviation));
    }
}

/// One batch with and without replacement.
fn batches(all: &[Enumerated], out: &mut Outcome) {
    for of in named(all, "with-replacement") {
        let error = apart(&of.covariance(0, 0), &spread(), 1.0 / of.batch as f64);
        out.decide(&WITH, of.what(), Measured::of(error));
    }
    for name in ["per-batch", "reshuffle", "shuffle-once", "flip-flop"] {
        for of in named(all, name) {
            out.decide(&WITHOUT, of.what(), Measured::of(apart(&of.covariance(0, 0), &spread(), dealt(of.batch))));
        }
    }
    for of in named(all, "poisson") {
        let share = of.batch as f64 / TERMS as f64;
        let error = apart(&of.covariance(0, 0), &raw(), (1.0 - share) / (share * TERMS as f64));
        out.decide(&BERNOULLI, of.what(), Measured::of(error));
    }
}

/// (N − B)/(B (N − 1)).
fn dealt(batch: usize) -> f64 {
    (TERMS - batch) as f64 / (batch * (TERMS - 1)) as f64
}

/// (1/N) Σ gᵢgᵢᵀ.
fn raw() -> Matrix {
    let entry = |i: usize, j: usize| GRADIENTS.iter().map(|g| g[i] * g[j]).sum::<f64>() / TERMS as f64;
    [0, 1].map(|i| [0, 1].map(|j| entry(i, j)))
}

/// Batches of one order.
fn epochs(all: &[Enumerated], out: &mut Outcome) {
    for of in named(all, "reshuffle") {
        let m = of.steps.len();
        let apart_from = |l: usize| apart(&of.covariance(0, l), &spread(), -1.0 / (TERMS - 1) as f64);
        out.decide(&EPOCH, of.what(), Measured::of((1..m).map(apart_from).fold(0.0, f64::max)));
        let correlation = trace(&of.covariance(0, 1)) / trace(&of.covariance(0, 0));
        out.decide(&CORRELATION, of.what(), Measured::of(correlation).beside(-1.0 / (m as f64 - 1.0)));
        for k in 1..=m {
            let first = prefix(&of.steps[..k]);
            let error = apart(&covariance(&first, &first), &spread(), dealt(k * of.batch));
            out.decide(&PREFIX, format!("{k} batches of {}", of.batch), Measured::of(error));
        }
    }
}

/// The mean of some batches, outcome by outcome.
fn prefix(steps: &[Vec<[f64; 2]>]) -> Vec<[f64; 2]> {
    (0..steps[0].len()).map(|outcome| mean(&steps.iter().map(|step| step[outcome]).collect::<Vec<_>>())).collect()
}

/// (1/N²) Σ |gᵢ|²/pᵢ.
fn raw_moment(probabilities: &[f64]) -> f64 {
    let sum: f64 = norms().iter().zip(probabilities).map(|(g, p)| g * g / p).sum();
    sum / (TERMS * TERMS) as f64
}

/// Reweighted draws, and strata.
fn unequal(all: &[Enumerated], out: &mut Outcome) {
    let [x, y] = mean(&GRADIENTS);
    let square = x * x + y * y;
    let norms = norms();
    let sum: f64 = norms.iter().sum();
    let best = norms.map(|g| g / sum);
    for of in named(all, "importance, weights") {
        let probabilities = [1.0, 2.0, 3.0, 2.0, 1.0, 3.0].map(|w| w / 12.0);
        let expected = (raw_moment(&probabilities) - square) / of.batch as f64;
        out.decide(&IMPORTANCE, of.what(), Measured::of(trace(&of.covariance(0, 0))).beside(expected));
    }
    let of_catalogue = law_of_norms(0.0);
    let least = (sum / TERMS as f64).powi(2) - square;
    out.decide(&IMPORTANCE, "pᵢ ∝ |gᵢ|, law of the catalogue", Measured::of(of_catalogue).beside(least));
    out.decide(&BEST, "least ratio", Measured::of(least_of_all(square) / of_catalogue));
    let half = law_of_norms(0.5) + square;
    let both = [raw_moment(&[1.0 / TERMS as f64; TERMS]), raw_moment(&best)];
    for (name, other) in ["uniform", "∝ |gᵢ|"].into_iter().zip(both) {
        out.decide(&HALF, format!("half-uniform over {name}"), Measured::of(half / other));
    }
    for of in named(all, "stratified") {
        let counts = stratified::allocate(&[3, 3], &[1.0, 1.0], of.batch.max(2));
        out.decide(&STRATA, of.what(), Measured::of(apart(&of.covariance(0, 0), &by_strata(&counts), 1.0)));
    }
}

/// tr Cov of one draw of the catalogue's importance sampler by norms.
fn law_of_norms(mix: f64) -> f64 {
    let norms = norms();
    let context = Context { norms: Some(&norms), ..Context::of(TERMS) };
    let given = [("by", Value::Word("gradient-norms".to_owned())), ("mix", Value::Number(mix))];
    let law = sampler_spec("importance", given).law(&context, 1).expect("norms of all terms");
    [0, 1].map(|j| law.covariance((0, &coordinate(j)), (0, &coordinate(j)))).iter().sum()
}

/// The least tr Cov over all probabilities that are positive multiples of 1/18.
fn least_of_all(square: f64) -> f64 {
    fn search(left: u32, rest: &mut Vec<f64>, least: &mut f64, square: f64) {
        if rest.len() == TERMS - 1 {
            rest.push(f64::from(left) / 18.0);
            *least = least.min(raw_moment(rest) - square);
            rest.pop();
            return;
        }
        for share in 1..=left - (TERMS - 1 - rest.len()) as u32 {
            rest.push(f64::from(share) / 18.0);
            search(left - share, rest, least, square);
            rest.pop();
        }
    }
    let mut least = f64::INFINITY;
    search(18, &mut Vec::new(), &mut least, square);
    least
}

/// Σ (N_h/N)² S_h/n_h (N_h − n_h)/(N_h − 1) for the two classes of three.
fn by_strata(counts: &[usize]) -> Matrix {
    let mut sum = [[0.0; 2]; 2];
    for (class, &count) in [[0, 2, 5], [1, 3, 4]].iter().zip(counts) {
        let of = class.map(|i| GRADIENTS[i]);
        let within = covariance(&of, &of);
        let factor = 0.25 / count as f64 * (3 - count) as f64 / 2.0;
        sum = [0, 1].map(|i| [0, 1].map(|j| sum[i][j] + factor * within[i][j]));
    }
    sum
}

/// How the sampler divides 20 draws among two strata, against all other ways.
fn allocations(out: &mut Outcome) {
    let (sizes, deviations) = ([40, 160], [4.0, 0.5]);
    let variance = |counts: [usize; 2]| -> f64 {
        let of = |h: usize| {
            let (all, drawn) = (sizes[h] as f64, counts[h] as f64);
            (all / 200.0 * deviations[h]).powi(2) / drawn * (1.0 - drawn / all)
        };
        of(0) + of(1)
    };
    let found = stratified::allocate(&sizes, &deviations, 20);
    let others = (1..20).map(|n| [n, 20 - n]).filter(|counts| counts[..] != found[..]);
    let least = others.map(variance).fold(f64::INFINITY, f64::min);
    out.decide(&NEYMAN, format!("{} and {}", found[0], found[1]), Measured::of(least / variance([found[0], found[1]])));
}
