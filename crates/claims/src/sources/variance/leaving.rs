//! The closing sentence: noise leaves saddle points and shallow minima.

use std::f64::consts::{LN_2, PI, SQRT_2};

use sgdlab_core::streams::Key;

use super::claims::{SADDLE, SADDLE_LAW, SHALLOW, STAYS, TEMPERATURE, WELL, WELL_LAW};
use super::escape::{Escape, passage_time};
use super::figures;
use crate::tools::moments::{Mean, slope};
use crate::{Measured, Outcome, Setting};

/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Walkers of a lane.
const ROUNDS: usize = 8;

/// The tilt of the double well with a deep and a shallow minimum.
const TILT: f64 = 0.05;

fn measured(mean: Mean, expected: f64) -> Measured {
    Measured::of(mean.value).beside(expected).give_or_take(mean.error)
}

/// Decides about saddles and minima.
pub(super) fn run(setting: &Setting, out: &mut Outcome) {
    saddle(setting, out);
    well(setting, out);
    shallow(setting, out);
}

/// −x²/2 with noise 1/√B, from 0 to |x| = 1.
fn saddle(setting: &Setting, out: &mut Outcome) {
    const RATE: f64 = 0.02;
    let packs = setting.choose(8, 64);
    let batches = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0];
    let ln_r = (1.0 + RATE).ln();
    let mut rows = Vec::new();
    for batch in batches {
        let noise = 1.0 / f64::sqrt(batch);
        let escape = Escape { slope: |x: f64| -x, rate: RATE, noise, start: 0.0, outside: |x: f64| x.abs() >= 1.0 };
        let key = setting.key.child(&format!("saddle, {batch}"));
        let mean = Mean::of(&escape.steps(key, packs, ROUNDS));
        let spread = (RATE * noise).powi(2) / ((1.0 + RATE).powi(2) - 1.0);
        let expected = ((1.0 / spread).ln() + EULER + LN_2) / (2.0 * ln_r);
        out.decide(&SADDLE, format!("steps, B = {batch}"), measured(mean, expected));
        rows.push((batch, mean, expected));
    }
    let x = batches.map(f64::ln);
    let line = slope(&x, &rows.iter().map(|row| row.1).collect::<Vec<_>>());
    out.decide(&SADDLE_LAW, "slope", measured(line, 0.5 / ln_r));
    out.decide(&STAYS, "distance", Measured::of(still(RATE)));
    figures::escapes(&figures::SADDLE, &rows, out);
    out.draw("saddle", figures::saddle(&rows, packs as usize * 16 * ROUNDS));
}

/// How far descent without noise has gone from a saddle after 100 000 steps.
fn still(rate: f64) -> f64 {
    (0..100_000).fold(0.0f64, |x, _| x + rate * x).abs()
}

/// x⁴/4 − x²/2 with noise, from one minimum to the other, in units of time: rate · steps.
fn passage(key: Key, packs: u64, (rate, temperature): (f64, f64)) -> Mean {
    // Θ = rate · variance / 2.
    let noise = (2.0 * temperature / rate).sqrt();
    let escape = Escape { slope: |x: f64| x * (x * x - 1.0), rate, noise, start: -1.0, outside: |x| x >= 1.0 };
    let times: Vec<f64> = escape.steps(key, packs, ROUNDS).into_iter().map(|steps| rate * steps).collect();
    Mean::of(&times)
}

fn exact(temperature: f64) -> f64 {
    passage_time(|x| x.powi(4) / 4.0 - x * x / 2.0, temperature, [-1.0, 1.0])
}

fn well(setting: &Setting, out: &mut Outcome) {
    const RATE: f64 = 0.05;
    let packs = setting.choose(4, 32);
    let temperatures = setting.choose(&[0.14, 0.12, 0.1, 0.08, 0.065][..], &[0.14, 0.12, 0.1, 0.08, 0.065, 0.05]);
    let mut rows = Vec::new();
    for &temperature in temperatures {
        let key = setting.key.child(&format!("well, {temperature}"));
        let mean = passage(key, packs, (RATE, temperature));
        out.decide(&WELL, format!("time at Θ = {temperature}"), measured(mean, exact(temperature)));
        rows.push((1.0 / temperature, mean, exact(temperature)));
    }
    let x: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let ln = |mean: Mean| Mean { value: mean.value.ln(), error: mean.error / mean.value };
    let line = slope(&x, &rows.iter().map(|row| ln(row.1)).collect::<Vec<_>>());
    let expected = slope(&x, &rows.iter().map(|row| Mean { value: row.2.ln(), error: 0.0 }).collect::<Vec<_>>());
    out.decide(&WELL_LAW, "slope of ln time", measured(line, expected.value));
    for (rate, batch) in [(0.02, 1), (0.04, 2), (0.08, 4)] {
        let mean = passage(setting.key.child(&format!("temperature, {batch}")), packs, (rate, 0.08));
        out.decide(&TEMPERATURE, format!("time at rate {rate}, B = {batch}"), measured(mean, exact(0.08)));
    }
    figures::escapes(&figures::WELLS, &rows, out);
    let kramers = |inverse: f64| 2.0 * PI / SQRT_2 * (inverse / 4.0).exp();
    out.draw("wells", figures::wells(&rows, kramers, packs as usize * 16 * ROUNDS));
}

/// The minimum of the tilted well near `x`, by Newton's method.
fn minimum(mut x: f64, tilt: f64) -> f64 {
    for _ in 0..20 {
        x -= (x * x * x - x + tilt) / (3.0 * x * x - 1.0);
    }
    x
}

/// x⁴/4 − x²/2 + tilt · x is deep on the left and shallow on the right; out of the right is out of the left of the
/// mirrored one.
fn shallow(setting: &Setting, out: &mut Outcome) {
    const RATE: f64 = 0.05;
    const TEMPERATURE: f64 = 0.1;
    let packs = setting.choose(4, 32);
    let noise = f64::sqrt(2.0 * TEMPERATURE / RATE);
    let time = |tilt: f64| {
        let (start, end) = (minimum(-1.0, tilt), minimum(1.0, tilt));
        let exact = passage_time(|x| x.powi(4) / 4.0 - x * x / 2.0 + tilt * x, TEMPERATURE, [start, end]);
        let slope = |x: f64| x * (x * x - 1.0) + tilt;
        let escape = Escape { slope, rate: RATE, noise, start, outside: |x| x >= end };
        let key = setting.key.child(&format!("tilt {tilt}"));
        (Mean::of(&escape.steps(key, packs, ROUNDS)), exact)
    };
    let ((deep, exact_deep), (shallow, exact_shallow)) = (time(TILT), time(-TILT));
    let value = deep.value / shallow.value;
    let error = value * (deep.error / deep.value).hypot(shallow.error / shallow.value);
    out.decide(&SHALLOW, "time, deep over shallow", measured(Mean { value, error }, exact_deep / exact_shallow));
}
