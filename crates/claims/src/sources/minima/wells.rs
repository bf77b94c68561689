//! Two equal wells, of which one is quiet.

use rayon::prelude::*;
use sgdlab_core::{Layout, Real};
use sgdlab_optimizers::{RuleSpec, Sgd, Signal};
use sgdlab_samplers::BatchBuffer;

use super::claims::{CANCELS, QUIET, QUIET_DESCENT};
use super::{SAMPLERS, figures, sampler};
use crate::tools::grid::positions;
use crate::{Measured, Outcome, Setting};

/// Terms.
const TERMS: usize = 10;

/// Epochs of a run.
const EPOCHS: u64 = 400;

/// Slope of term i of (x² − 1)²/4 + sᵢ φ(x) with φ' = 0.2 + 1.8/(1 + e^{−4x}): the s have mean 0 and mean square 1.
fn slope(term: u32, x: f64) -> f64 {
    let s = (f64::from(term) - 4.5) / 8.25f64.sqrt();
    x * (x * x - 1.0) + s * (0.2 + 1.8 / (1.0 + Real::exp(-4.0 * x)))
}

/// Whether a run with single terms as batches ends on the left, where slopes vary less; without a sampler all are taken.
fn ends_quietly(rate: f64, start: f64, batches: Option<(&str, sgdlab_core::streams::Key)>) -> bool {
    let mut rule = RuleSpec::bind::<f64, 1>(&[Sgd::default().into()], &Layout::vector(1));
    let mut at = [[start]];
    let mut sampler = batches.map(|(name, key)| sampler(name, TERMS, key));
    let mut batch = BatchBuffer::with_capacity(TERMS);
    for step in 0..EPOCHS * TERMS as u64 {
        match &mut sampler {
            Some(sampler) => sampler.fill(step, &mut batch),
            None => batch.indices = (0..TERMS as u32).collect(),
        }
        let sum: f64 = batch.indices.iter().map(|&term| slope(term, at[0][0])).sum();
        rule.update(&mut at, Signal::of(&[[sum / batch.indices.len() as f64]]), &[rate]);
    }
    at[0][0] < 0.0
}

/// Decides about the quiet well.
pub(super) fn run(setting: &Setting, out: &mut Outcome) {
    let starts = positions([-1.9, 1.9], setting.choose(200, 1000));
    let share = |rate: f64, name: Option<&str>| {
        let quiet = |(i, start): (usize, &f64)| {
            let key = |name: &str| setting.key.child(&format!("wells, {name}, {rate}, {i}"));
            ends_quietly(rate, *start, name.map(|name| (name, key(name))))
        };
        starts.par_iter().enumerate().filter(|start| quiet(*start)).count() as f64 / starts.len() as f64
    };
    let rates = [0.01, 0.05, 0.1, 0.2];
    let [dealt, drawn] = SAMPLERS.map(|name| rates.map(|rate| share(rate, Some(name))));
    let still = rates.map(|rate| share(rate, None));
    out.decide(&QUIET, "with replacement, rate 0.05", Measured::of(drawn[1]));
    out.decide(&QUIET, "with replacement, rate 0.2", Measured::of(drawn[3]));
    out.decide(&QUIET, "reshuffling, rate 0.2", Measured::of(dealt[3]));
    out.decide(&CANCELS, "reshuffling, rate 0.05", Measured::of(dealt[1]));
    for (rate, share) in rates.into_iter().zip(still) {
        out.decide(&QUIET_DESCENT, format!("rate {rate}"), Measured::of(share));
    }
    let rows = [("gradient descent", still), ("reshuffling", dealt), ("with replacement", drawn)];
    figures::well_table(rates, &rows, out);
    out.draw("wells", figures::wells(rates, &rows, starts.len()));
}
