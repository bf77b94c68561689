//! Out of a strict saddle: a time that is logarithmic in the batch size.

use std::f64::consts::{LN_2, PI, SQRT_2};

use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Oracle};
use sgdlab_landscapes::Packs;
use sgdlab_reports::figures::{Axis, Chart, Figure, Series};

use super::walk::Walk;
use crate::tools::course::Course;
use crate::tools::drawing::{line, means, reference};
use crate::tools::landscape::noisy;
use crate::tools::moments::{Central, Mean, slope};
use crate::tools::sampler::{WITH_REPLACEMENT, sampler};
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "saddle-escape",
    title: "Noise leaves a saddle after a logarithmic time",
    sentence: "Noise helps stochastic gradient descent to escape from saddle points.",
    reference: "Jin, Ge, Netrapalli, Kakade and Jordan 2017, How to escape saddle points efficiently; the law of the time is \
                an own derivation",
    statement: "f(x, y) = ½ (x² − λ y²) with λ = 1. Runs begin exactly on the saddle. Batches of B terms, drawn with \
                replacement, whose gradients have the standard deviation 1 in each direction: y ← (1 + ηλ) y − (η/√B) ξ. \
                With r = 1 + ηλ and s² = (η²/B)/(r² − 1) the run is soon at |Z| s rᵗ with one normal number Z. So \
                |y| ≥ R after E T = [ln(R²/s²) + γ + ln 2]/(2 ln r) steps, where γ = 0.5772 is Euler's constant: linear \
                in ln B with slope 1/(2 ln r). The standard deviation π/(2 √2 ln r) does not depend on B. Without noise \
                T is infinite.",
    setup: "The landscape strict-saddle (its fourth power weakened to 1e-9), η = 0.02, R = 1, B = 1, 4, 16, 64, 256 and \
            1024 of 4096 terms with normal noise, rule sgd. 4096 runs of each B up to 256 and 2048 of 1024; with --quick \
            512 and 256.",
    exactness: "The law is a formula, exact up to what is below 1 %: T is a whole number, and the law holds for s ≪ R. \
                Times are sampled. The run with all terms is computed once.",
    limits: "The law is for runs that begin on the saddle. One that begins at a distance d leaves after ln(R/d)/ln r steps \
             without any noise, which is as long as with noise of size s ≈ d: noise helps only closer than that. In \
             floating-point numbers even the full gradient leaves, since the noise of 4096 terms does not add up to 0 \
             exactly: a rounding error of 2e-18 is enough to be outside after 2048 steps, six times as many as with B = \
             1024.",
    truth: Truth::Holds,
    claims: &[&MEAN, &SLOPE, &DEVIATION, &STAYS, &ROUNDING],
    tables: &[&TIMES],
    run,
};

static MEAN: Claim = Claim {
    name: "mean-time",
    statement: "The mean number of steps is [ln(R²/s²) + γ + ln 2]/(2 ln r).",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.01 },
    because: "Four standard errors of the mean, and 1 % because the law is asymptotic and steps are whole.",
};

static SLOPE: Claim = Claim {
    name: "logarithmic-in-batch-size",
    statement: "Each e-fold of the batch size costs 1/(2 ln r) more steps.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 0.002 },
    because: "Least squares of the mean steps through ln B. Without --quick four standard errors and 0.2 % are less than \
              3 % of the slope.",
};

static DEVIATION: Claim = Claim {
    name: "same-spread",
    statement: "The standard deviation of the number of steps is π/(2 √2 ln r), whatever the batch size.",
    stance: Stance::Adds,
    criterion: Criterion::Within { errors: 4.0, share: 0.02 },
    because: "Four standard errors and 2 %, because the law is asymptotic. The errors too are the law's: ln |Z| has a fourth \
              moment of 7 squares of its variance. Those of a sample are small where the sample is narrow.",
};

static STAYS: Claim = Claim {
    name: "descent-stays",
    statement: "Without noise, descent that begins on the saddle never leaves it.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.0),
    because: "Distance from the saddle after 100 000 steps with terms that are all alike.",
};

static ROUNDING: Claim = Claim {
    name: "rounding-leaves",
    statement: "The mean over all noisy terms leaves too: its rounding error δ is at R after ln(1 + R/δ)/ln r steps.",
    stance: Stance::Adds,
    criterion: Criterion::Near(0.002),
    because: "Steps to |y| ≥ 1 with all terms in each batch, beside the law of the gradient that is measured on the \
              saddle, rounded up.",
};

static TIMES: Header = Header {
    table: "escape",
    row: "one batch size",
    columns: &[
        ("batch_size", "B"),
        ("runs", "how many were sampled"),
        ("mean_steps", "steps until |y| ≥ 1"),
        ("standard_error", "of that mean"),
        ("law", "mean by the law"),
        ("ratio", "measured over law"),
        ("deviation", "standard deviation of the steps"),
        ("deviation_error", "standard error of that, by the law"),
        ("law_of_deviation", "by the law"),
    ],
};

/// Factor of the fourth power, which nothing is to depend on.
pub(crate) const CUBIC: (&str, f64) = ("c", 1e-9);

/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

const RATE: f64 = 0.02;

const BATCHES: [usize; 6] = [1, 4, 16, 64, 256, 1024];

/// Mean and standard deviation of the number of steps from the saddle to |y| = 1, with gradients that have `noise` for
/// their standard deviation.
pub(crate) fn law(rate: f64, noise: f64) -> (f64, f64) {
    let ln_r = (1.0 + rate).ln();
    let spread = (rate * noise).powi(2) / ((1.0 + rate).powi(2) - 1.0);
    (((1.0 / spread).ln() + EULER + LN_2) / (2.0 * ln_r), PI / SQRT_2 / (2.0 * ln_r))
}

/// The standard error of the standard deviation of so many runs, whose law's is `deviation`.
///
/// The times are −ln |Z|/ln r up to a constant. ln Z² has the variance ψ'(½) = π²/2 and the fourth cumulant ψ‴(½) = π⁴,
/// which is 4 squares of the variance, so that the fourth moment about the mean is 3 + 4 of them.
fn error_of_deviation(deviation: f64, runs: usize) -> f64 {
    let second = deviation * deviation;
    Central { second, fourth: 7.0 * second * second }.error_of_variance(runs) / (2.0 * deviation)
}

/// What is measured of one batch size.
struct Row {
    batch: usize,
    runs: usize,
    mean: Mean,
    deviation: Mean,
}

fn outside(at: &[[f64; 1]]) -> bool {
    at[1][0].abs() >= 1.0
}

fn measure(objective: &dyn Objective<f64, 1>, batch: usize, runs: usize, key: Key) -> Row {
    let walk = Walk { objective, batch, rate: RATE, start: &[0.0, 0.0], outside };
    let steps = walk.steps(key.child(&format!("batches of {batch}")), runs);
    let (_, central) = Central::of(&steps);
    let (_, expected) = law(RATE, 1.0 / (batch as f64).sqrt());
    let deviation = Mean { value: central.second.sqrt(), error: error_of_deviation(expected, runs) };
    Row { batch, runs, mean: Mean::of(&steps), deviation }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let saddle = noisy("strict-saddle", &[CUBIC], 1.0);
    let objective: &dyn Objective<f64, 1> = f64::objective(&saddle);
    let most = setting.choose(512, 4096);
    let row = |batch: usize| {
        let runs = if batch > 256 { most / 2 } else { most };
        measure(objective, batch, runs, setting.key)
    };
    let rows = BATCHES.map(row);
    decide(&rows, out);
    out.decide(&STAYS, "distance", Measured::of(still()));
    let (steps, expected) = rounding(objective);
    out.decide(&ROUNDING, "steps", Measured::of(steps).beside(expected));
    out.tabulate(&TIMES, rows.iter().map(fields));
    out.draw("times", times(&rows));
    out.draw("paths", paths(objective, setting.key));
}

fn decide(rows: &[Row], out: &mut Outcome) {
    for row in rows {
        let (mean, deviation) = law(RATE, 1.0 / (row.batch as f64).sqrt());
        out.decide(&MEAN, format!("B = {}", row.batch), row.mean.beside(mean));
        out.decide(&DEVIATION, format!("B = {}", row.batch), row.deviation.beside(deviation));
    }
    let x: Vec<f64> = rows.iter().map(|row| (row.batch as f64).ln()).collect();
    let line = slope(&x, &rows.iter().map(|row| row.mean).collect::<Vec<_>>());
    out.decide(&SLOPE, "slope", line.beside(0.5 / (1.0 + RATE).ln()));
}

fn fields(row: &Row) -> Vec<String> {
    let (mean, deviation) = law(RATE, 1.0 / (row.batch as f64).sqrt());
    let numbers = [
        row.mean.value,
        row.mean.error,
        mean,
        row.mean.value / mean,
        row.deviation.value,
        row.deviation.error,
        deviation,
    ];
    let counts = [row.batch, row.runs].map(|count| count.to_string());
    counts.into_iter().chain(numbers.map(|x| x.to_string())).collect()
}

/// How far descent has gone from the saddle of terms that are all alike.
fn still() -> f64 {
    let saddle = noisy("strict-saddle", &[CUBIC], 0.0);
    let course = Course { objective: f64::objective(&saddle), rule: rule(), rate: RATE, start: [0.0, 0.0] };
    let [x, y] = *course.full(100_000, false).last().expect("a start");
    x.hypot(y)
}

fn rule() -> sgdlab_optimizers::RuleSpec {
    sgdlab_optimizers::Sgd::default().into()
}

/// Steps of descent with all terms until it is outside, and by the law of its first gradient.
fn rounding(objective: &dyn Objective<f64, 1>) -> (f64, f64) {
    let mut first = [[0.0]; 2];
    Oracle::new(objective, 1).full_gradient(&[[0.0]; 2], &mut first);
    let expected = ((1.0 + 1.0 / first[1][0].abs()).ln() / (1.0 + RATE).ln()).ceil();
    let path = Course { objective, rule: rule(), rate: RATE, start: [0.0, 0.0] }.full(4000, false);
    let steps = path.iter().position(|at| outside(&[[at[0]], [at[1]]]));
    (steps.map_or(f64::INFINITY, |steps| steps as f64), expected)
}

fn times(rows: &[Row]) -> Figure {
    let x: Vec<f64> = rows.iter().map(|row| row.batch as f64).collect();
    let runs = rows[0].runs;
    let chart = Chart {
        x: Axis::new("batch size B", "").log(),
        y: Axis::new("mean steps until |y| = 1", ""),
        references: vec![reference("[ln(R²/s²) + γ + ln 2]/(2 ln r)", &x, |b| law(RATE, 1.0 / b.sqrt()).0)],
        series: vec![means("measured", 0, &x, &rows.iter().map(|row| row.mean).collect::<Vec<_>>())],
        ..Chart::default()
    };
    Figure::of("Out of a saddle: a thousand times less noise costs twice the time", chart).with_subtitle(&format!(
        "½ (x² − y²) from its saddle at rate 0.02; {runs} runs ({} at B = 1024); the band is ± 4 standard errors.",
        rows[5].runs
    ))
}

/// How single runs leave: with small batches, with large ones, and with all terms.
fn paths(objective: &dyn Objective<f64, 1>, key: Key) -> Figure {
    let course = Course { objective, rule: rule(), rate: RATE, start: [0.0, 0.0] };
    let distances = |path: Vec<[f64; 2]>| {
        let path: Vec<f64> = path.iter().map(|at| at[1].abs()).take_while(|&y| y < 1.0).collect();
        // The saddle itself has no place on a logarithmic axis.
        let steps: Vec<f64> = (1..path.len()).map(|step| step as f64).collect();
        line(&steps, path[1..].to_vec())
    };
    let of_batches = |(style, batch): (usize, usize)| {
        let mut sampler = sampler(WITH_REPLACEMENT, objective.terms(), batch, key.child(&format!("path of {batch}")));
        let marks = vec![distances(course.run(2000, |step, buffer| sampler.fill(step, buffer)))];
        Series { name: format!("B = {batch}"), style, marks }
    };
    let mut series: Vec<Series> = [1, 32, 1024].into_iter().enumerate().map(of_batches).collect();
    series.push(Series { name: "all terms".to_owned(), style: 3, marks: vec![distances(course.full(4000, false))] });
    let chart = Chart {
        x: Axis::new("step", ""),
        y: Axis::new("|y|", "").log().between(1e-20, 1.0),
        references: vec![reference("∝ rᵗ", &[700.0, 1900.0], |t| (1.0 + RATE).powf(t - 1900.0))],
        series,
        ..Chart::default()
    };
    Figure::of("What noise starts grows by itself", chart).with_subtitle(
        "One run each from the saddle. With all terms the sum of the noise is a rounding error, which grows as well.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    #[test]
    fn the_law_gives_the_numbers_of_the_theory() {
        for (batch, expected) in [(1.0, 148.6), (4.0, 183.6), (64.0, 253.6), (1024.0, 323.6f64)] {
            assert_near("mean", law(RATE, 1.0 / f64::sqrt(batch)).0, expected, 4e-4);
        }
        assert_near("deviation", law(RATE, 1.0).1, 56.1, 1e-3);
    }

    /// By the trapezoidal rule on ln |z| for z from e⁻⁴⁰ to e³, with weights φ(z) z of d ln z.
    #[test]
    fn a_normal_number_has_this_kurtosis_of_its_logarithm() {
        let (mut sums, width) = ([0.0; 5], 1e-3);
        for i in -40_000..3000 {
            let log = f64::from(i) * width;
            let weight = width * (log - 0.5 * (2.0 * log).exp()).exp() * (2.0 / PI).sqrt();
            (0..5).for_each(|k| sums[k] += weight * log.powi(k as i32));
        }
        let [all, m, s, t, q] = sums;
        let (second, fourth) = (s - m * m, q - 4.0 * m * t + 6.0 * m * m * s - 3.0 * m.powi(4));
        assert_near("density", all, 1.0, 1e-9);
        assert_near("variance", second, PI * PI / 8.0, 1e-9);
        assert_near("kurtosis", fourth / (second * second), 7.0, 1e-9);
        assert_near("error", error_of_deviation(56.0, 6000), 56.0 * (1.5f64 / 6000.0).sqrt(), 1e-3);
    }

    /// Measured by the code of the experiment with something wrong in it.
    #[test]
    fn every_claim_can_fail() {
        let quiet = noisy("strict-saddle", &[CUBIC], 1.0);
        let key = Key::new("wrong");
        let right = |batch: usize| law(RATE, 1.0 / (batch as f64).sqrt());
        // Noise that batches do not average.
        let row = measure(f64::objective(&quiet), 1, 512, key);
        let alike = slope(&[0.0, 1.0], &[row.mean, row.mean]);
        // A bowl across the saddle as steep as the way down: the deviation of half the curvature.
        let flat = noisy("strict-saddle", &[CUBIC, ("b", 0.5)], 1.0);
        let slow = measure(f64::objective(&flat), 16, 512, key);
        let (steps, expected) = rounding(f64::objective(&quiet));
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("mean-time", row.mean.beside(right(16).0), "noise that batches do not average"),
                ("mean-time", slow.mean.beside(right(16).0), "half the curvature"),
                ("logarithmic-in-batch-size", alike.beside(25.25), "noise that batches do not average"),
                ("same-spread", slow.deviation.beside(right(16).1), "half the curvature"),
                ("descent-stays", Measured::of(1e-300), "any noise"),
                ("rounding-leaves", Measured::of(steps + 35.0).beside(expected), "a rounding error half as large"),
            ],
        );
    }
}
