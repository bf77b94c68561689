//! Source 001: expectation and variance of stochastic gradients.

mod claims;
mod figures;
mod leaving;
mod noise;
#[cfg(test)]
mod tests;

use sgdlab_core::streams::Key;

use self::claims::{EPOCH, EPOCH_MEAN, SLOPE, TEXT_AND_CODE, UNBIASED, WITH, WITHOUT};
use crate::tools::moments::{Central, Mean, slope};
use crate::tools::population::{Population, WITH as INDEPENDENT, WITHOUT as DEALT, key_of, law};
use crate::{Experiment, Measured, Outcome, Setting, Truth};

/// Source 001.
pub(super) static SOURCE: Experiment = Experiment {
    name: "source-001",
    title: "Expectation and variance of stochastic gradients",
    sentence: "The minibatch gradient is unbiased, and its variance is σ²/m.",
    reference: "Lecture notes on stochastic gradients with a script; for draws without replacement Cochran 1977, Sampling \
                Techniques, chapter 2; for the critical batch size McCandlish et al. 2018, An Empirical Model of \
                Large-Batch Training, section 2",
    statement: "σ² is the variance of the N gradients with divisor N. With replacement the variance of the mean of m of \
                them is σ²/m, without it is σ²/m · (N − m)/(N − 1), and two batches of an epoch have correlation \
                −1/(batches − 1).",
    setup: "Notes with a script: batches of 1, 4, 16, 64 and 256 of 1000 gradients (mean 2, standard deviation 1), 1000 \
            of each size (20 000 without --quick). The text states σ²/m, the script draws without replacement. Then \
            the batches of an epoch, the noise scale and the critical batch size, and the closing sentence: noise \
            leaves shallow minima and saddle points.",
    exactness: "Laws and their standard errors are computed, by fourth moments; the variances, correlations and times are \
                sampled.",
    limits: "What the script measures is 25 % below the σ²/m of the text at m = 256 of 1000: its batches are drawn without \
             replacement. Noise leaves shallow minima in a time that grows exponentially with the barrier.",
    truth: Truth::Limited,
    claims: claims::ALL,
    tables: &[&figures::VARIANCES, &figures::CORRELATIONS, &figures::TWO_BATCHES, &figures::GAINS, &figures::ESCAPES],
    run,
};

/// N.
const TERMS: usize = 1000;

/// m.
const SIZES: [usize; 5] = [1, 4, 16, 64, 256];

/// What is measured of one sampler and batch size.
struct Size {
    sampler: &'static str,
    batch: usize,
    mean: Mean,
    /// What the sampler's law says of the mean of a batch.
    moments: Central,
    /// σ²/m.
    text: f64,
    variance: f64,
    /// Its standard error, by the law.
    error: f64,
}

fn run(setting: &Setting, out: &mut Outcome) {
    let count = setting.choose(1000, 20_000);
    let population = Population::draw(setting.key.child("population"), TERMS, &[2.0], 1.0);
    let sizes = sizes(&population, setting.key, count);
    decide(&sizes, &population, count, out);
    figures::variances(&sizes, out);
    out.draw("variance", figures::variance(&sizes, count));
    epochs(setting, &population, out);
    noise::run(setting, out);
    leaving::run(setting, out);
}

fn sizes(population: &Population, key: Key, count: usize) -> Vec<Size> {
    let (_, central) = Central::of(&population.gradients);
    let one = |sampler: &'static str, batch: usize| {
        let mut estimates = Vec::with_capacity(count);
        let key = key_of(key, "variance", sampler, batch);
        population.independent((sampler, batch), key, count, |estimate| estimates.push(estimate[0][0]));
        let moments = match sampler {
            INDEPENDENT => central.with_replacement(batch),
            _ => central.without_replacement(batch, TERMS),
        };
        let (value, found) = Central::of(&estimates);
        let mean = Mean { value, error: (moments.second / count as f64).sqrt() };
        let text = central.second / batch as f64;
        let error = moments.error_of_variance(count);
        Size { sampler, batch, mean, moments, text, variance: found.second, error }
    };
    [INDEPENDENT, DEALT].iter().flat_map(|sampler| SIZES.map(|batch| one(sampler, batch))).collect()
}

fn decide(sizes: &[Size], population: &Population, count: usize, out: &mut Outcome) {
    let gradient = population.mean()[0];
    let shrunk = (count as f64 - 1.0) / count as f64;
    for size in sizes {
        let Size { sampler, batch, mean, .. } = size;
        let measured = Measured::of(mean.value).beside(gradient).give_or_take(mean.error);
        out.decide(&UNBIASED, format!("{sampler}, m = {batch}"), measured);
        let factor = law(sampler, TERMS, *batch).factor(0, 0).expect("terms are alike");
        let expected = shrunk * factor * population.variances()[0];
        let measured = Measured::of(size.variance).beside(expected).give_or_take(size.error);
        let claim = if *sampler == INDEPENDENT { &WITH } else { &WITHOUT };
        out.decide(claim, format!("m = {batch}"), measured);
    }
    let independent = || sizes.iter().filter(|size| size.sampler == INDEPENDENT);
    let x: Vec<f64> = independent().map(|size| (size.batch as f64).ln()).collect();
    let ln = |size: &Size| Mean { value: size.variance.ln(), error: size.error / size.moments.second };
    let line = slope(&x, &independent().map(ln).collect::<Vec<_>>());
    out.decide(&SLOPE, "slope", Measured::of(line.value).beside(-1.0).give_or_take(line.error));
    let (text, code) = (&sizes[SIZES.len() - 1], &sizes[2 * SIZES.len() - 1]);
    out.decide(&TEXT_AND_CODE, "standard errors", Measured::of((code.variance - shrunk * text.text) / text.error));
}

/// The correlation of deviations so many batches apart in the same epoch: a ratio of means over epochs, with the standard
/// error of its first derivatives.
fn correlation(deviations: &[f64], batches: usize, lag: usize) -> Mean {
    let products = |lag: usize| {
        let of_epoch = move |epoch: &[f64]| {
            epoch.iter().zip(&epoch[lag..]).map(|(a, b)| a * b).sum::<f64>() / (batches - lag) as f64
        };
        deviations.chunks(batches).map(of_epoch).collect::<Vec<f64>>()
    };
    let (covariances, variances) = (products(lag), products(0));
    let variance = Mean::of(&variances).value;
    let value = Mean::of(&covariances).value / variance;
    let left: Vec<f64> = covariances.iter().zip(&variances).map(|(c, v)| (c - value * v) / variance).collect();
    Mean { value, error: Mean::of(&left).error }
}

/// Batches of one epoch.
fn epochs(setting: &Setting, population: &Population, out: &mut Outcome) {
    let epochs = setting.choose(1000, 10_000);
    let gradient = population.mean()[0];
    let mut rows = Vec::new();
    let mut worst: f64 = 0.0;
    for batch in [100, 250, 500] {
        let law = law(DEALT, TERMS, batch);
        let batches = law.batches_per_epoch() as usize;
        let mut estimates = Vec::with_capacity(epochs * batches);
        let key = key_of(setting.key, "epochs", DEALT, batch);
        let steps = 0..(epochs * batches) as u64;
        population.estimates((DEALT, batch), key, steps, |estimate| estimates.push(estimate[0][0] - gradient));
        let factor = |k: u64| law.factor(0, k).expect("terms are alike");
        for lag in 1..batches {
            let found = correlation(&estimates, batches, lag);
            let expected = factor(lag as u64) / factor(0);
            out.decide(&EPOCH, format!("{batches} batches, lag {lag}"), found.beside(expected));
            rows.push((batch, lag, found, expected));
        }
        let of_epoch = |epoch: &[f64]| (epoch.iter().sum::<f64>() / batches as f64).abs();
        worst = estimates.chunks(batches).map(of_epoch).fold(worst, f64::max);
    }
    out.decide(&EPOCH_MEAN, "largest deviation", Measured::of(worst));
    figures::correlations(&rows, out);
    out.draw("correlation", figures::correlation(&rows, epochs));
}
