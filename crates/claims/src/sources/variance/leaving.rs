//! The closing sentence: noise leaves saddle points and shallow minima.
//!
//! The chapter on escape has more of it.

use sgdlab_core::Objective;
use sgdlab_core::streams::Key;
use sgdlab_landscapes::Packs;

use super::claims::{SADDLE, SHALLOW, WELL};
use super::figures;
use crate::escape::{CUBIC, Passage, Walk, diffusion, exact, saddle_law};
use crate::tools::course::values;
use crate::tools::landscape::noisy;
use crate::tools::moments::Mean;
use crate::{Outcome, Setting};

/// What is left, its batch size or temperature, the mean time, and the law.
pub(super) type Time = (&'static str, f64, Mean, f64);

/// Decides about saddles and minima.
pub(super) fn run(setting: &Setting, out: &mut Outcome) {
    let rows: Vec<Time> = saddle(setting, out).into_iter().chain(well(setting, out)).collect();
    shallow(setting, out);
    figures::escapes(&rows, out);
}

/// ½ (x² − y²) from the saddle to |y| = 1, in steps.
fn saddle(setting: &Setting, out: &mut Outcome) -> Vec<Time> {
    const RATE: f64 = 0.02;
    let saddle = noisy("strict-saddle", &[CUBIC], 1.0);
    let outside = |at: &[[f64; 1]]| at[1][0].abs() >= 1.0;
    let row = |batch: usize| {
        let walk = Walk { objective: f64::objective(&saddle), batch, rate: RATE, start: &[0.0, 0.0], outside };
        let steps = walk.steps(setting.key.child(&format!("saddle, {batch}")), setting.choose(512, 4096));
        let (expected, _) = saddle_law(RATE, 1.0 / (batch as f64).sqrt());
        ("saddle", batch as f64, Mean::of(&steps), expected)
    };
    let rows = [1, 4, 16, 64].map(row);
    for (_, batch, mean, expected) in &rows {
        out.decide(&SADDLE, format!("steps, B = {batch}"), mean.beside(*expected));
    }
    rows.to_vec()
}

/// x⁴/4 − x²/2 from one minimum to the other, in units of rate · steps.
fn well(setting: &Setting, out: &mut Outcome) -> Vec<Time> {
    let row = |temperature: f64| {
        let passage = Passage { rate: 0.05, batch: 1, temperature };
        let times = passage.sample(setting.key, setting.choose(512, 4096));
        ("well", temperature, Mean::of(&times), exact(temperature, 1.0))
    };
    let rows = [0.14, 0.1, 0.08].map(row);
    for (_, temperature, mean, expected) in &rows {
        out.decide(&WELL, format!("time at Θ = {temperature}"), mean.beside(*expected));
    }
    rows.to_vec()
}

/// The function of Styblinski and Tang on a line has a deep minimum on the left and a shallow one on the right.
fn shallow(setting: &Setting, out: &mut Outcome) {
    const TEMPERATURE: f64 = 9.0;
    const DEEP: f64 = -2.903_534;
    const SHALLOW_ONE: f64 = 2.746_803;
    let rate = 0.003;
    let well = noisy("styblinski-tang", &[("dimension", 1.0)], (2.0 * TEMPERATURE / rate).sqrt());
    let objective: &dyn Objective<f64, 1> = f64::objective(&well);
    let runs = setting.choose(512, 4096);
    let time = |start: f64, end: f64, key: Key| {
        let side = (end - start).signum();
        let outside = |at: &[[f64; 1]]| side * at[0][0] >= side * end;
        let walk = Walk { objective, batch: 1, rate, start: &[start], outside };
        let potential = |x: f64| values(objective, &[[side * x]])[0];
        let exact = diffusion(potential, TEMPERATURE, [-6.0, side * start, side * end]);
        (Mean::of(&walk.steps(key, runs)), exact)
    };
    let (deep, exact_deep) = time(DEEP, SHALLOW_ONE, setting.key.child("out of the deep well"));
    let (shallow, exact_shallow) = time(SHALLOW_ONE, DEEP, setting.key.child("out of the shallow well"));
    out.decide(&SHALLOW, "time, deep over shallow", deep.over(shallow).beside(exact_deep / exact_shallow));
}
