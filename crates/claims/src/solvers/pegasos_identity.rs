//! Pegasos is descent on the support vector machine.

use sgdlab_core::streams::Key;
use sgdlab_objectives::Linear;
use sgdlab_optimizers::Sgd;
use sgdlab_reports::figures::{Axis, Chart, Figure, Mark, Series};

use super::svm::{Clouds, FEATURES, TERMS};
use crate::tools::drawing::fields;
use crate::tools::machine::{Machine, value};
use crate::tools::sampler::sampler;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "pegasos-identity",
    title: "Pegasos is gradient descent with another name for the rate",
    sentence: "Pegasos is a special algorithm for support vector machines.",
    reference: "Shalev-Shwartz, Singer and Srebro 2007, Pegasos: Primal Estimated sub-GrAdient SOlver for SVM, figure 1, without \
                its projection",
    statement: "Pegasos minimizes F(w) = λ/2 ‖w‖² + mean max(0, 1 − sᵢ w·aᵢ) with steps 1/(λ t). With λ = 1/C, \
                C F(w) = ½ ‖w‖² + C mean max(0, 1 − sᵢ w·aᵢ), and steps 1/t on C F are steps 1/(λ t) on F: equal iterates.",
    setup: "The clouds of svm-rate, C = 10, and Pegasos once more as its figure prints it; 5000 steps, terms drawn with \
            replacement, all with equal draws.",
    exactness: "Every iterate of every coordinate is compared; the draws are random, and equal.",
    limits: "The rate is not free of units: steps 1/t on F itself, without the 1/λ, are 10 times too short here, and the iterate \
             has not arrived after 5000 steps.",
    truth: Truth::Wrong,
    claims: &[&EQUAL, &PRINTED, &VALUES, &UNITS],
    tables: &[&DIFFERENCES],
    run,
};

static EQUAL: Claim = Claim {
    name: "equal-iterates",
    statement: "Descent with steps 1/(λ t) on F and with steps 1/t on C F have the same iterates.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference of a coordinate over 5000 steps; rounding of numbers up to 30.",
};

static PRINTED: Claim = Claim {
    name: "as-printed",
    statement: "They are those of the algorithm as it is printed: w ← (1 − 1/t) w + s a/(λ t) where s w·a < 1.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference of a coordinate over 5000 steps; rounding.",
};

static VALUES: Claim = Claim {
    name: "values-differ-by-c",
    statement: "The objective of the support vector machine is C times that of Pegasos.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-12),
    because: "Ratio of the two at the last iterate, beside C.",
};

static UNITS: Claim = Claim {
    name: "rates-have-units",
    statement: "Steps 1/t on F are another method: the iterates differ by more than 0.01.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.01, f64::INFINITY),
    because: "Largest difference of a coordinate over the second half of 5000 steps.",
};

static DIFFERENCES: Header = Header {
    table: "differences",
    row: "one step of every tenth",
    columns: &[
        ("t", "steps done"),
        ("two_scales", "largest |difference| of a coordinate: steps 1/(λ t) on F and 1/t on C F"),
        ("printed", "the algorithm as printed and steps 1/t on C F"),
        ("wrong_units", "steps 1/t on F and on C F"),
    ],
};

const C: f64 = 10.0;
const STEPS: u64 = 5000;

/// The iterates of descent with steps scale/t.
fn iterates(model: &Linear<f64>, scale: f64, key: Key) -> Vec<Vec<f64>> {
    let draws = sampler("with-replacement", TERMS, 1, key.child("pegasos"));
    let mut run = Machine::new(model, Sgd::default().into(), draws, &[0.0; FEATURES]);
    let one = |t: u64| {
        run.step(scale / t as f64);
        run.at().to_vec()
    };
    (1..=STEPS).map(one).collect()
}

/// The algorithm as it is printed.
fn printed(clouds: &Clouds, lambda: f64, key: Key) -> Vec<Vec<f64>> {
    let mut draws = sampler("with-replacement", TERMS, 1, key.child("pegasos"));
    let mut batch = sgdlab_samplers::BatchBuffer::with_capacity(1);
    let mut w = vec![0.0; FEATURES];
    let one = |t: u64| {
        draws.fill(t - 1, &mut batch);
        let i = batch.indices[0] as usize;
        let (row, sign, time) = (clouds.row(i), clouds.signs[i], t as f64);
        let pushes = sign * super::svm::dot(row, &w) < 1.0;
        for (w, a) in w.iter_mut().zip(row) {
            *w = (1.0 - 1.0 / time) * *w + if pushes { sign * a / (lambda * time) } else { 0.0 };
        }
        w.clone()
    };
    (1..=STEPS).map(one).collect()
}

/// The largest |difference| of a coordinate at each step.
fn apart(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<f64> {
    let largest = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    a.iter().zip(b).map(largest).collect()
}

fn largest(of: &[f64]) -> f64 {
    of.iter().copied().fold(0.0, f64::max)
}

fn run(setting: &Setting, out: &mut Outcome) {
    let clouds = Clouds::draw();
    let (machine, pegasos) = (clouds.objective(C, 1.0, false), clouds.objective(1.0, 1.0 / C, false));
    let svm = iterates(&machine, 1.0, setting.key);
    let two_scales = apart(&iterates(&pegasos, C, setting.key), &svm);
    let as_printed = apart(&printed(&clouds, 1.0 / C, setting.key), &svm);
    let wrong_units = apart(&iterates(&pegasos, 1.0, setting.key), &svm);
    out.decide(&EQUAL, "largest difference", Measured::of(largest(&two_scales)));
    out.decide(&PRINTED, "largest difference", Measured::of(largest(&as_printed)));
    out.decide(&UNITS, "steps 2500 to 5000", Measured::of(largest(&wrong_units[STEPS as usize / 2..])));
    let last = &svm[STEPS as usize - 1];
    let ratio = value(&machine, last) / value(&pegasos, last);
    out.decide(&VALUES, "ratio", Measured::of(ratio).beside(C));
    let row = |t: usize| fields(&[&(t + 1).to_string()], &[two_scales[t], as_printed[t], wrong_units[t]]);
    out.tabulate(&DIFFERENCES, (9..STEPS as usize).step_by(10).map(row));
    out.draw("differences", figure([&two_scales, &as_printed, &wrong_units]));
}

fn figure(all: [&[f64]; 3]) -> Figure {
    let names = ["steps 1/(λ t) on F", "Pegasos as printed", "steps 1/t on F"];
    let series = |(style, (name, of)): (usize, (&str, &[f64]))| {
        let shown = || (0..of.len()).step_by(20);
        let (x, y) = shown().map(|t| ((t + 1) as f64, of[t].max(1e-18))).unzip();
        Series { name: name.to_owned(), style, marks: vec![Mark::Line { x, y, steps: false }] }
    };
    let chart = Chart {
        x: Axis::new("step t", ""),
        y: Axis::new("largest difference from steps 1/t on C F", "").log().between(1e-18, 1e2),
        series: names.into_iter().zip(all).enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Pegasos and descent on the support vector machine differ by rounding", chart)
        .with_subtitle("200 points in 5 dimensions, C = 1/λ = 10, equal draws of single terms; every 20th step.")
        .with_note("Differences of 0 are drawn at 10⁻¹⁸.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn every_claim_can_fail() {
        let (clouds, key) = (Clouds::draw(), Key::new("test"));
        let svm = iterates(&clouds.objective(C, 1.0, false), 1.0, key);
        let pegasos = clouds.objective(1.0, 1.0 / C, false);
        let scaled = apart(&iterates(&pegasos, 1.0, key), &svm);
        let other = apart(&printed(&clouds, 0.9 / C, key), &svm);
        let same = apart(&iterates(&pegasos, C, key), &svm);
        let wrong = &[
            ("equal-iterates", Measured::of(largest(&scaled)), "the factor 1/λ forgotten"),
            ("as-printed", Measured::of(largest(&other)), "another λ"),
            ("values-differ-by-c", Measured::of(1.0).beside(C), "the same objective"),
            ("rates-have-units", Measured::of(largest(&same)), "the rate with its unit"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
