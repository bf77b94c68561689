//! The modified loss as a surface, with the paths of means on it.

mod figures;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use sgdlab_core::WIDTH;
use sgdlab_landscapes::surface::{Plane, Quantity, map};
use sgdlab_objectives::Linear;
use sgdlab_samplers::BatchBuffer;

use super::epochs::{Scheme, mean};
use super::flow::Correction;
use super::order::same;
use super::terms::{Points, START, Terms, distance, length, neurons, plus, times};
use crate::tools::drawing::fields;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "modified-loss-surface",
    title: "The modified loss as a surface",
    sentence: "The modified loss is a landscape of its own, and the mean of stochastic gradient descent is what descends it.",
    reference: "Smith, Dherin, Barrett, De 2021, On the Origin of Implicit Regularization in Stochastic Gradient Descent, \
                ICLR, section 2; the scaling with m: own measurement",
    statement: "C̃ = C + ε/4 |G|² + ε/4 tr S. For an epoch of m reshuffled terms from w, (w − E w_m)/(m ε) = ∇C̃ − (m ε/2) H G \
                + O((m ε)²), where the last but one term is only that a flow does not keep its first direction. So the \
                gradient of the map is what the mean drifts by. The error of the corrected flow after an epoch is O((m ε)³), \
                that of the plain one O(m ε²).",
    setup: "The six neurons ½ (tanh(aᵢ·w) − yᵢ)² over the plane of both weights. Maps of C, C + ε/4 |G|², ε/4 tr S and their \
            sum at ε = 0.3, with mean paths from (0.4, −0.3) and the flows on C and C̃. Drifts at 16 places of \
            [−1.5, 1.5]². Errors with 2 to 7 neurons at ε = 0.005.",
    exactness: "Maps are computed on a grid, drifts and errors by enumeration of all orders. Mean paths are means of 4 096 runs \
                (1 024 with --quick).",
    limits: "The picture is one of small ε: at ε = 0.3 and m = 6 an epoch lasts a time of 1.8, and the means are off the flow \
             on C̃ by as much as the correction is. They settle near its minimum, though.",
    truth: Truth::Limited,
    claims: &[&GRADIENT, &CORRECTED, &PLAIN, &SETTLES],
    tables: &[&DRIFTS, &SCALING],
    run,
};

static GRADIENT: Claim = Claim {
    name: "gradient-is-the-drift",
    statement: "The gradient of the map of the modified loss, less that of the loss, is the drift that enumeration finds.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-4),
    because: "Largest difference over 16 places, over the largest gradient; drifts at ε = 0.002 and 0.001 are extrapolated to \
              ε → 0, which leaves O(ε²).",
};

static CORRECTED: Claim = Claim {
    name: "corrected-error-in-m",
    statement: "The error of the corrected flow after one epoch is at most 0.04 (m ε)³, for 2 to 7 terms.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0045, 0.0395),
    because: "Error over (m ε)³; 0.005 to 0.039 in another program.",
};

static PLAIN: Claim = Claim {
    name: "plain-error-in-m",
    statement: "The error of the plain flow is of order m ε², not (m ε)²: with many terms the correction wins less than the \
                orders in ε promise.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0955, 0.185),
    because: "Error over m ε²; 0.096 to 0.18 in another program.",
};

static SETTLES: Claim = Claim {
    name: "means-settle-there",
    statement: "In the end the mean of reshuffled runs is at the minimum of the modified loss, and not at that of the loss.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.25),
    because: "Distance of the mean over runs and the times 24 to 48, at ε = 0.01 from the minimum of C, from the minimum of C̃, \
              over the distance of both minima: of order m ε = 0.06, and sampling adds about 0.05.",
};

static DRIFTS: Header = Header {
    table: "drifts",
    row: "one place of the plane",
    columns: &[
        ("w1", "first weight"),
        ("w2", "second weight"),
        ("map_1", "slope of (C̃ − C)/ε in the first weight, from the map"),
        ("map_2", "slope of (C̃ − C)/ε in the second weight, from the map"),
        ("drift_1", "drift in the first weight, from all orders, extrapolated to ε → 0"),
        ("drift_2", "drift in the second weight, from all orders, extrapolated to ε → 0"),
    ],
};

static SCALING: Header = Header {
    table: "scaling",
    row: "one number of terms, at ε = 0.005",
    columns: &[
        ("m", "terms, and steps of an epoch"),
        ("corrected", "distance of the mean from the flow on the modified loss"),
        ("corrected_over_cube", "the same over (m ε)³"),
        ("plain", "distance of the mean from the flow on the loss"),
        ("plain_over_square", "the same over m ε²"),
    ],
};

/// The rate of the maps.
const RATE: f64 = 0.3;

/// The rate at which the end of runs is looked at.
const SLOW: f64 = 0.01;

/// Sixteen places of the plane.
fn places() -> Points {
    let along = |k: usize| -1.5 + k as f64;
    [std::array::from_fn(|run| along(run % 4)), std::array::from_fn(|run| along(run / 4))]
}

/// The gradient of (C̃ − C)/ε at the places: central differences of the map.
fn slopes_of_the_map(objective: &Linear<f64>) -> Points {
    let (h, places) = (1e-3, places());
    let difference = |run: usize, j: usize| {
        let plane = Plane::axes(&[places[0][run], places[1][run]], j, 1 - j);
        let at = |quantity: &Quantity<'_>| map(objective, &plane, quantity, (&[-2.0 * h, -h, h, 2.0 * h], &[0.0]));
        let (modified, plain) = (at(&Quantity::Modified { rate: RATE, batch: 1 }), at(&Quantity::Value));
        let y: Vec<f64> = modified.iter().zip(&plain).map(|(a, b)| (a - b) / RATE).collect();
        (8.0 * (y[2] - y[1]) - (y[3] - y[0])) / (12.0 * h)
    };
    std::array::from_fn(|j| std::array::from_fn(|run| difference(run, j)))
}

/// ((w − E w_m)/(m ε) − G)/ε + (m/2) H G at the places, for ε → 0.
fn drifts(objective: &Linear<f64>, scheme: Scheme) -> Points {
    let mut terms = Terms::new(objective);
    let places = places();
    let gradient = terms.mean_gradient(&places);
    let m = terms.count() as f64;
    let bent = times(0.5 * m, &terms.mean_product(&places, &gradient));
    let mut at = |rate: f64| {
        let end = mean(&mut terms, (scheme, 1), &same(rate), &places);
        let moved = times(1.0 / (m * rate), &plus(&places, &same(-1.0), &end));
        plus(&times(1.0 / rate, &plus(&moved, &same(-1.0), &gradient)), &same(1.0), &bent)
    };
    let (whole, half) = (at(0.002), at(0.001));
    plus(&times(2.0, &half), &same(-1.0), &whole)
}

/// The largest distance of vectors, over the largest length.
fn apart(a: &Points, b: &Points) -> f64 {
    let largest = |f: &dyn Fn(usize) -> f64| (0..WIDTH).map(f).fold(0.0, f64::max);
    largest(&|run| distance(a, b, run)) / largest(&|run| length(a, run))
}

/// Errors of the corrected and of the plain flow after one epoch of m terms at this rate.
fn errors(terms: usize, rate: f64) -> [f64; 2] {
    let objective = neurons(terms);
    let mut sum = Terms::new(&objective);
    let mean = mean(&mut sum, (Scheme::Dealt(1), 1), &same(rate), &START);
    [Correction::RESHUFFLING, Correction::NONE].map(|correction| {
        let flow = correction.flow(&mut sum, &same(rate), &same(terms as f64 * rate), START);
        distance(&mean, &flow, 0)
    })
}

/// The mean over runs after every epoch, with the start.
fn mean_path(
    objective: &Linear<f64>,
    (sampler, rate, start): (&str, f64, Points),
    (runs, epochs): (u64, u64),
    setting: &Setting,
) -> Vec<[f64; 2]> {
    // As many runs as make a piece of work.
    let together = 32;
    let of = |piece: u64| {
        let mut terms = Terms::new(objective);
        let steps = terms.count() as u64;
        let mut batch = BatchBuffer::with_capacity(1);
        let mut sums = vec![[0.0; 2]; epochs as usize + 1];
        for run in piece * together..(piece + 1) * together {
            let key = setting.key.child(&format!("{sampler}, {rate}, {run}"));
            let mut sampler = crate::tools::sampler::sampler(sampler, terms.count(), 1, key);
            let mut at = start;
            for step in 0..epochs * steps {
                if step % steps == 0 {
                    add(&mut sums[(step / steps) as usize], &at);
                }
                sampler.fill(step, &mut batch);
                terms.step(&batch.indices, &mut at, &same(rate));
            }
            add(&mut sums[epochs as usize], &at);
        }
        sums
    };
    let pieces: Vec<_> = (0..runs / together).into_par_iter().map(of).collect();
    (0..=epochs as usize)
        .map(|epoch| [0, 1].map(|j| pieces.iter().map(|sums| sums[epoch][j]).sum::<f64>() / runs as f64))
        .collect()
}

fn add(sum: &mut [f64; 2], at: &Points) {
    sum.iter_mut().zip(at).for_each(|(sum, at)| *sum += at[0]);
}

/// Where a flow ends.
fn minimum(objective: &Linear<f64>, correction: Correction, rate: f64) -> Points {
    let mut terms = Terms::new(objective);
    (0..4).fold(START, |at, _| correction.flow(&mut terms, &same(rate), &same(60.0), at))
}

/// How far a point is from the minimum of C̃, over the distance of the minima of C̃ and C.
fn settled(objective: &Linear<f64>, rate: f64, [x, y]: [f64; 2]) -> f64 {
    let [modified, plain] =
        [Correction::RESHUFFLING, Correction::NONE].map(|correction| minimum(objective, correction, rate));
    distance(&[same(x), same(y)], &modified, 0) / distance(&plain, &modified, 0)
}

fn run(setting: &Setting, out: &mut Outcome) {
    let objective = neurons(6);
    let (slopes, found) = (slopes_of_the_map(&objective), drifts(&objective, Scheme::Dealt(1)));
    out.decide(&GRADIENT, "largest difference", Measured::of(apart(&slopes, &found)));
    let (places, rate) = (places(), 0.005);
    let row = |run: usize| {
        let numbers = [&places, &slopes, &found].map(|points| [points[0][run], points[1][run]]);
        fields(&[], numbers.as_flattened())
    };
    out.tabulate(&DRIFTS, (0..WIDTH).map(row));
    let mut rows = Vec::new();
    for m in 2..=7 {
        let [corrected, plain] = errors(m, rate);
        let time = m as f64 * rate;
        let [over_cube, over_square] = [corrected / time.powi(3), plain / (time * rate)];
        out.decide(&CORRECTED, format!("m = {m}"), Measured::of(over_cube));
        out.decide(&PLAIN, format!("m = {m}"), Measured::of(over_square));
        rows.push([m as f64, corrected, over_cube, plain, over_square]);
    }
    out.tabulate(&SCALING, rows.iter().map(|row| row.map(|x| x.to_string())));
    let runs = setting.choose(1024, 4096);
    let from = minimum(&objective, Correction::NONE, SLOW);
    let settling = mean_path(&objective, ("reshuffle", SLOW, from), (runs / 8, 800), setting);
    let late = &settling[400..];
    let end = [0, 1].map(|j| late.iter().map(|at| at[j]).sum::<f64>() / late.len() as f64);
    out.decide(&SETTLES, "reshuffling", Measured::of(settled(&objective, SLOW, end)));
    let paths =
        ["reshuffle", "with-replacement"].map(|name| mean_path(&objective, (name, RATE, START), (runs, 20), setting));
    let paths = figures::paths(&objective, &paths);
    out.draw("maps", figures::maps(&objective, &paths));
    for (name, figure) in figures::surfaces(&objective, &paths) {
        out.draw(name, figure);
    }
    out.draw("scaling", figures::scaling(&rows));
}
