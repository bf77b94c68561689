//! Noise scale, critical batch size, and what they are estimated from.

use sgdlab_core::Objective;
use sgdlab_core::streams::Key;
use sgdlab_objectives::Quadratic;

use super::claims::{BEST_RATE, CRITICAL, DIVERSITY, NAIVE, TWO_BATCHES};
use super::figures;
use crate::tools::moments::Mean;
use crate::tools::noise::{TwoSizes, expected, square};
use crate::tools::population::{Population, WITH, WITHOUT, estimates, key_of};
use crate::{Measured, Outcome, Setting};

/// Terms and coordinates of the gradients.
const TERMS: usize = 400;
const DIMENSION: usize = 8;

/// The two batch sizes of the estimators.
const SMALL: usize = 8;
const BIG: usize = 64;

/// Decides about the noise scale and the critical batch size.
pub(super) fn run(setting: &Setting, out: &mut Outcome) {
    let mean = [0.237; DIMENSION];
    let population = Population::draw(setting.key.child("gradients"), TERMS, &mean, 1.25);
    scale(&population, out);
    two_batches(setting, &population, out);
    critical(setting, &population, out);
}

fn scale(population: &Population, out: &mut Outcome) {
    let sum: Vec<f64> = population.mean().iter().map(|g| TERMS as f64 * g).collect();
    let diversity = square(&population.gradients) / square(&sum);
    let noise = population.variances().iter().sum::<f64>() / square(&population.mean());
    out.decide(&DIVERSITY, "N · diversity", Measured::of(TERMS as f64 * diversity).beside(1.0 + noise));
}

/// Estimates of |G|² and tr S from pairs of batches.
fn two_batches(setting: &Setting, population: &Population, out: &mut Outcome) {
    let pairs = setting.choose(60_000, 200_000);
    let (norm, trace) = (square(&population.mean()), population.variances().iter().sum::<f64>());
    let mut rows = Vec::new();
    for sampler in [WITH, WITHOUT] {
        let squares = |batch: usize| {
            let mut squares = Vec::with_capacity(pairs);
            let key = key_of(setting.key, "two batches", sampler, batch);
            population
                .independent((sampler, batch), key, pairs, |estimate| squares.push(square(estimate.as_flattened())));
            squares
        };
        let (small, big) = (squares(SMALL), squares(BIG));
        let sizes = TwoSizes { small: SMALL, big: BIG };
        let both = small.iter().zip(&big).map(|(&small, &big)| sizes.estimate(small, big));
        let (norms, traces): (Vec<_>, Vec<_>) = both.unzip();
        let (norms, traces) = (Mean::of(&norms), Mean::of(&traces));
        let drawn_from = if sampler == WITH { None } else { Some(TERMS) };
        let (of_norm, of_trace) = expected((norm, trace), drawn_from);
        for (what, found, expected) in [("|G|²", norms, of_norm), ("tr S", traces, of_trace)] {
            let measured = Measured::of(found.value).beside(expected).give_or_take(found.error);
            out.decide(&TWO_BATCHES, format!("{sampler}: {what}"), measured);
            rows.push((sampler, what, found, expected));
        }
        if sampler == WITHOUT {
            out.decide(&NAIVE, "standard errors", Measured::of((norms.value - norm) / norms.error));
        }
    }
    figures::two_batches(&rows, out);
}

/// A quadratic with the population's gradients at one point.
struct Bowl {
    objective: Quadratic<f64>,
    start: Vec<f64>,
    /// |G|² and GᵀHG.
    norm: f64,
    bend: f64,
    /// tr HS.
    noise: f64,
}

impl Bowl {
    /// Curvatures from 0.5 to 4; term i is ½ (x − cᵢ)ᵀ H (x − cᵢ), at 0 with gradient −H cᵢ = gᵢ.
    fn new(population: &Population) -> Self {
        let spectrum: Vec<f64> = (0..DIMENSION).map(|j| 0.5 + 3.5 * j as f64 / (DIMENSION - 1) as f64).collect();
        let center = |(i, g): (usize, &f64)| -g / spectrum[i % DIMENSION];
        let centers: Vec<f64> = population.gradients.iter().enumerate().map(center).collect();
        let (mean, variances) = (population.mean(), population.variances());
        let weighted = |x: &[f64]| x.iter().zip(&spectrum).map(|(x, h)| x * h).sum::<f64>();
        let squares: Vec<f64> = mean.iter().map(|g| g * g).collect();
        Self {
            objective: Quadratic::new(&spectrum, &centers),
            start: vec![0.0; DIMENSION],
            norm: squares.iter().sum(),
            bend: weighted(&squares),
            noise: weighted(&variances),
        }
    }

    /// B*.
    fn critical(&self) -> f64 {
        self.noise / self.bend
    }

    /// The rate that gains most in expectation with batches of this size.
    fn best_rate(&self, batch: usize) -> f64 {
        self.norm / self.bend / (1.0 + self.critical() / batch as f64)
    }

    /// What the full gradient gains at its best rate.
    fn most(&self) -> f64 {
        self.norm * self.norm / self.bend / 2.0
    }

    /// The mean gain of a step from independent batches.
    fn gain(&self, batch: usize, rate: f64, key: Key, count: usize) -> Mean {
        let objective: &dyn Objective<f64, 1> = &self.objective;
        let mut scratch = vec![[0.0]; objective.scratch(1)];
        let mut value = |at: &[f64]| {
            let at: Vec<[f64; 1]> = at.iter().map(|&x| [x]).collect();
            objective.evaluate(&at, false, &mut scratch).value[0]
        };
        let before = value(&self.start);
        let mut gains = Vec::with_capacity(count);
        let at: Vec<[f64; 1]> = self.start.iter().map(|&x| [x]).collect();
        estimates((objective, &at), (WITH, batch), key, 0..count as u64, |gradient| {
            let after: Vec<f64> = gradient.iter().zip(&self.start).map(|([g], x)| x - rate * g).collect();
            gains.push(before - value(&after));
        });
        Mean::of(&gains)
    }
}

fn critical(setting: &Setting, population: &Population, out: &mut Outcome) {
    let count = setting.choose(4000, 40_000);
    let bowl = Bowl::new(population);
    let share = |mean: Mean| Mean { value: mean.value / bowl.most(), error: mean.error / bowl.most() };
    let mut rows = Vec::new();
    for batch in [1, 4, 16, 64, 256] {
        let part = 1.0 / (1.0 + bowl.critical() / batch as f64);
        let gain = |times: f64| {
            let key = key_of(setting.key, &format!("gain at {times}"), WITH, batch);
            share(bowl.gain(batch, times * bowl.best_rate(batch), key, count))
        };
        let best = gain(1.0);
        let measured = |mean: Mean, expected: f64| Measured::of(mean.value).beside(expected).give_or_take(mean.error);
        out.decide(&CRITICAL, format!("B = {batch}"), measured(best, part));
        for (times, of_best) in [(0.5, 0.75), (2.0, 0.0)] {
            out.decide(&BEST_RATE, format!("B = {batch}, {times} of the rate"), measured(gain(times), of_best * part));
        }
        rows.push((batch, best, part));
    }
    figures::gains(&rows, bowl.critical(), out);
    out.draw("gain", figures::gain(&rows, bowl.critical(), count));
}
