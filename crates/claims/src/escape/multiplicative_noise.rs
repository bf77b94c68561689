//! Noise that grows with the loss: a time that is a power of the ratio of losses.

use rand::distr::Distribution;
use sgdlab_core::Objective;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_objectives::Linear;
use sgdlab_reports::figures::{Axis, Chart, Figure};

use super::walk::Walk;
use crate::tools::drawing::{curve, fields, means, reference};
use crate::tools::moments::{Mean, slope};
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "multiplicative-noise",
    title: "Noise that grows with the loss leaves by a power",
    sentence: "For the squared loss the noise of SGD is proportional to the loss, and the escape rate is a power of the ratio of \
               losses instead of an exponential of their difference.",
    reference: "Mori, Ziyin, Liu and Ueda 2022, Power-law escape rate of SGD, section 4; Kesten 1973, Random difference \
                equations and renewal theory for products of random matrices, theorem 5",
    statement: "f(x) = 1/(2n) Σ (aᵢ x − yᵢ)² on a line, batches of B terms with replacement: x ← (1 − ηA) x + ηb, where A is the \
                mean of a² over the batch and b that of a y. The noise has the variance η²(s² x² + …) with s² = Var A: it grows \
                with the loss. Kesten: |x| has a tail R^{−κ}, where E|1 − ηA|^κ = 1, and so the mean time until |x| ≥ R grows as \
                R^κ, which is the ratio of losses to the power κ/2. The diffusion with the same noise, which Mori et al. solve, \
                has κ = 1 + 2h/(ηs²) with h = E A.",
    setup: "512 terms with normal aᵢ and yᵢ, scaled so that the mean of a² is 1, the same for every key; y is centered against a, so that \
            the minimum is at 0. η = 0.6 with B = 1, and 0.9 with B = 2; runs from 0 until |x| ≥ 8, 16 and 32, rule sgd. 2000 runs \
            each (500 with --quick).",
    exactness: "κ is computed, with all terms and all pairs of terms. Times are sampled.",
    limits: "It is a law for far ends: at |x| = 2 the noise of y still counts. The diffusion's exponent is not that of the steps. \
             At η = 0.5 they agree by chance, and above the steps leave sooner; as η falls, steps that leave need an A beyond 2/η, and κ grows much \
             faster than 1/η.",
    truth: Truth::Limited,
    claims: &[&POWER, &DIFFUSION, &SMALLER],
    tables: &[&TIMES, &EXPONENTS],
    run,
};

static POWER: Claim = Claim {
    name: "power-of-the-loss",
    statement: "The mean time until |x| ≥ R is proportional to R^κ with E|1 − ηA|^κ = 1.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.03 },
    because: "Slope of ln T in ln R beside κ: four standard errors, and 3 % because ends are not infinitely far.",
};

static DIFFUSION: Claim = Claim {
    name: "not-the-diffusion",
    statement: "At a large rate steps leave sooner than the diffusion says: the exponent is smaller.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 0.95),
    because: "κ over 1 + 2h/(ηs²) at η = 0.8 with B = 1, computed.",
};

static SMALLER: Claim = Claim {
    name: "small-rates-hardly-leave",
    statement: "At a small rate they leave later: the exponent is larger.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.05, f64::INFINITY),
    because: "The same at η = 0.3 and 0.1. At 0.1 it is infinite: no |1 − ηA| is above 1, and nothing ever leaves.",
};

static TIMES: Header = Header {
    table: "times",
    row: "one distance",
    columns: &[
        ("batch_size", "B"),
        ("rate", "η"),
        ("distance", "R"),
        ("mean_steps", "steps until |x| ≥ R"),
        ("standard_error", "of that mean"),
        ("exponent", "κ with E|1 − ηA|^κ = 1"),
    ],
};

static EXPONENTS: Header = Header {
    table: "exponents",
    row: "one rate, batches of one term",
    columns: &[("rate", "η"), ("exponent", "κ with E|1 − ηA|^κ = 1"), ("diffusion", "1 + 2h/(ηs²)")],
};

const TERMS: usize = 512;

const DISTANCES: [f64; 3] = [8.0, 16.0, 32.0];

/// Least squares on a line with its minimum at 0.
struct Line {
    objective: Linear<f64>,
    /// aᵢ², of mean 1.
    squares: Vec<f64>,
}

impl Line {
    fn drawn(key: Key) -> Self {
        let mut rng = key.stream(0);
        let mut normal = || (0..TERMS).map(|_| Normal.sample(&mut rng)).collect::<Vec<f64>>();
        let (mut features, mut targets) = (normal(), normal());
        let mean = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / TERMS as f64;
        let size = mean(&features, &features).sqrt();
        features.iter_mut().for_each(|a| *a /= size);
        let common = mean(&features, &targets);
        targets.iter_mut().zip(&features).for_each(|(y, a)| *y -= common * a);
        let spec = crate::tools::problem::least_squares();
        Self { objective: Linear::new(spec, &features, 1, &targets), squares: features.iter().map(|a| a * a).collect() }
    }

    /// The values of A: of all terms, or of all pairs.
    fn curvatures(&self, batch: usize) -> Vec<f64> {
        match batch {
            1 => self.squares.clone(),
            _ => self.squares.iter().flat_map(|a| self.squares.iter().map(move |b| 0.5 * (a + b))).collect(),
        }
    }

    /// Mean steps from 0 until |x| ≥ R.
    fn time(&self, (rate, batch): (f64, usize), distance: f64, (key, runs): (Key, usize)) -> Mean {
        let outside = |at: &[[f64; 1]]| at[0][0].abs() >= distance;
        let objective: &dyn Objective<f64, 1> = &self.objective;
        let walk = Walk { objective, batch, rate, start: &[0.0], outside };
        Mean::of(&walk.steps(key.child(&format!("line: {batch}, {distance}")), runs))
    }
}

/// κ > 0 with E|1 − ηA|^κ = 1, by bisection: the mean is convex in κ, 1 at 0, and falls there.
fn exponent(curvatures: &[f64], rate: f64) -> f64 {
    let grows = |power: f64| {
        let mean = curvatures.iter().map(|a| (1.0 - rate * a).abs().powf(power)).sum::<f64>() / curvatures.len() as f64;
        mean > 1.0
    };
    let (mut low, mut high) = (0.1, 0.2);
    while !grows(high) {
        if high > 1e6 {
            return f64::INFINITY;
        }
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if grows(middle) { high = middle } else { low = middle }
    }
    high
}

/// 1 + 2h/(ηs²), with h = 1 and the variance of what a batch has for A.
fn of_diffusion(curvatures: &[f64], rate: f64) -> f64 {
    let variance = curvatures.iter().map(|a| (a - 1.0).powi(2)).sum::<f64>() / curvatures.len() as f64;
    1.0 + 2.0 / (rate * variance)
}

/// Times at the distances, κ, and which rate and batch size they are of.
type Course = ((f64, usize), [Mean; 3], f64);

fn run(setting: &Setting, out: &mut Outcome) {
    let line = Line::drawn(Key::new("multiplicative noise"));
    let x = DISTANCES.map(f64::ln);
    let sizes = [(0.6, 1), (0.9, 2)];
    let course = |size: (f64, usize)| -> Course {
        let runs = (setting.key, setting.choose(500, 2000));
        (size, DISTANCES.map(|distance| line.time(size, distance, runs)), exponent(&line.curvatures(size.1), size.0))
    };
    let courses = sizes.map(course);
    for ((rate, batch), times, exponent) in &courses {
        let line = slope(&x, &times.map(Mean::ln));
        out.decide(&POWER, format!("η = {rate}, B = {batch}"), line.beside(*exponent));
    }
    let single = line.curvatures(1);
    let ratio = |rate: f64| Measured::of(exponent(&single, rate) / of_diffusion(&single, rate));
    out.decide(&DIFFUSION, "κ over the diffusion's, η = 0.8", ratio(0.8));
    for rate in [0.3, 0.1] {
        out.decide(&SMALLER, format!("κ over the diffusion's, η = {rate}"), ratio(rate));
    }
    let row = |((rate, batch), times, exponent): &Course| {
        let of = |(distance, time): (f64, &Mean)| {
            fields(&[&batch.to_string()], &[*rate, distance, time.value, time.error, *exponent])
        };
        DISTANCES.into_iter().zip(times).map(of).collect::<Vec<_>>()
    };
    out.tabulate(&TIMES, courses.iter().flat_map(row));
    let rates: Vec<f64> = (0..=20).map(|i| 0.2 * 4f64.powf(f64::from(i) / 20.0)).collect();
    let exponents: Vec<f64> = rates.iter().map(|&rate| exponent(&single, rate)).collect();
    let diffusion = |rate: f64| of_diffusion(&single, rate);
    let both = rates.iter().zip(&exponents);
    out.tabulate(&EXPONENTS, both.map(|(&rate, &exponent)| fields(&[], &[rate, exponent, diffusion(rate)])));
    out.draw("times", times(&line, &courses));
    let chart = Chart {
        x: Axis::new("rate η", "").log(),
        y: Axis::new("exponent of the distance", "").log(),
        references: vec![reference("diffusion: 1 + 2h/(ηs²)", &rates, diffusion)],
        series: vec![curve("steps: Kesten's κ", 0, &rates, exponents)],
        ..Chart::default()
    };
    let figure = Figure::of("Steps have another exponent than the diffusion with the same noise", chart);
    out.draw(
        "exponents",
        figure.with_subtitle("Least squares on a line with 512 normal terms, one term a batch: computed."),
    );
}

/// Times over R², so that exponents are told apart: one chart for each rate and batch size.
fn times(line: &Line, courses: &[Course]) -> Figure {
    let chart = |((rate, batch), times, exponent): &Course| {
        let diffusion = of_diffusion(&line.curvatures(*batch), *rate);
        let over: Vec<Mean> = DISTANCES.iter().zip(times).map(|(r, time)| time.times(r.powi(-2))).collect();
        // Through the mean of the logarithms.
        let height = over.iter().map(|time| time.value.ln()).sum::<f64>() / 3.0;
        let law = |power: f64| move |r: f64| (height + (power - 2.0) * (r / DISTANCES[1]).ln()).exp();
        Chart {
            title: format!("η = {rate}, B = {batch}: κ = {exponent:.2}, diffusion {diffusion:.2}"),
            x: Axis::new("distance R", "").log(),
            y: Axis::new("mean steps until |x| ≥ R, over R²", "").log(),
            references: vec![
                reference("exponent κ", &DISTANCES, law(*exponent)),
                reference("exponent of the diffusion", &DISTANCES, law(diffusion)),
            ],
            series: vec![means("measured", 0, &DISTANCES, &over)],
            ..Chart::default()
        }
    };
    let title = "Noise that grows with the loss leaves after a power of the distance";
    Figure { height: 320.0, ..Figure::multiples(title, courses.iter().map(chart).collect(), 2) }.with_subtitle(
        "Least squares on a line from its minimum; lines have their exponent only; bands are ± 4 standard errors.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    /// E|1 − ηA|² = 1 − 2η + η² E A² is 1 at η = 2/E A².
    #[test]
    fn the_exponent_is_2_where_second_moments_stop_being_bounded() {
        let curvatures = Line::drawn(Key::new("multiplicative noise")).curvatures(1);
        let square = curvatures.iter().map(|a| a * a).sum::<f64>() / TERMS as f64;
        assert_near("κ", exponent(&curvatures, 2.0 / square), 2.0, 1e-9);
        assert_eq!(exponent(&[0.0, 2.0], 0.5), f64::INFINITY);
    }

    /// Measured by the code of the experiment with something wrong in it.
    #[test]
    fn every_claim_can_fail() {
        let line = Line::drawn(Key::new("multiplicative noise"));
        let times = [8.0, 16.0].map(|r| line.time((0.9, 1), r, (Key::new("wrong"), 500)).ln());
        let wrong = slope(&[8f64.ln(), 16f64.ln()], &times);
        let (single, pairs) = (line.curvatures(1), line.curvatures(2));
        let ratio =
            |curvatures: &[f64], rate: f64| Measured::of(exponent(curvatures, rate) / of_diffusion(&single, rate));
        each_claim_can_fail(
            EXPERIMENT.claims,
            &[
                ("power-of-the-loss", wrong.beside(exponent(&pairs, 0.9)), "batches of one for batches of two"),
                ("not-the-diffusion", ratio(&pairs, 0.8), "batches of two for batches of one"),
                ("small-rates-hardly-leave", ratio(&single, 0.8), "a large rate"),
            ],
        );
    }
}
