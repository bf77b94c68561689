//! Sampling noise on least squares: the exact second moments, and up to which step they exist.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Batch, Objective, Oracle};
use sgdlab_losses::{LossSpec, Squared};
use sgdlab_objectives::data::synthetic::gaussian_regression;
use sgdlab_objectives::{Linear, LinearSpec};
use sgdlab_optimizers::Sgd;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use crate::tools::affine::{Maps, crossing, radius};
use crate::tools::drawing::{fields, line};
use crate::tools::grid::positions;
use crate::tools::machine::Machine;
use crate::tools::moments::Mean;
use crate::tools::sampler::sampler;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "least-squares-stability",
    title: "Stochastic gradient descent on least squares needs smaller steps than descent",
    sentence: "A step below 2/λ_max is stable.",
    reference: "The second-moment equation as in Defossez and Bach 2015, Averaged Least-Mean-Squares: Bias-Variance \
                Trade-offs and Optimal Sampling Distributions, section 2; own computation",
    statement: "f = 1/(2n) Σ (aᵢ·x − bᵢ)². With batches of one term the distance e from the minimizer moves as \
                e ← (I − η a aᵀ) e + η r a, with r the residual at the minimizer. Second moments move by \
                T = mean of (I − η a aᵀ) ⊗ (I − η a aᵀ): they settle exactly if the spectral radius of T is below 1, on the \
                solution of (I − T) vec C = vec mean η² r² a aᵀ. The mean settles for η < 2/λ_max already.",
    setup: "20 points in 3 dimensions with normal features and noise of deviation 0.5, drawn by the key. T and C by the maps \
            of single terms; the step at which the radius is 1 by bisection, on 101 such data sets. Runs with replacement at \
            η = 0.06 and 0.3 of that step: 400 runs of 2000 steps after 500 (100 with --quick).",
    exactness: "Radii, limits and covariances are computed. The covariance of runs is sampled.",
    limits: "Near the limit distances have heavy tails: their mean square exists but runs do not show it, so only the operator \
             is tested there. Beyond it single runs may still converge in most cases, while the mean square explodes.",
    truth: Truth::Wrong,
    claims: &[&TRACE, &LIMIT, &BEYOND, &MEAN],
    tables: &[&MOMENTS, &LIMITS],
    run,
};

static TRACE: Claim = Claim {
    name: "stationary-covariance",
    statement: "The mean square distance of runs from the minimizer is the trace of the covariance that solves the equation.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.002 },
    because: "Four standard errors over runs, and what 500 forgotten steps leave.",
};

static LIMIT: Claim = Claim {
    name: "mean-square-limit",
    statement: "The largest step with a bounded mean square is several times smaller than 2/λ_max.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(2.5, 8.0),
    because: "2/λ_max over the limit, median of 101 data sets. For normal features and n → ∞ it is d + 2 = 5; with 20 points \
              λ_max is larger than 1.",
};

static BEYOND: Claim = Claim {
    name: "between-the-limits",
    statement: "Halfway between the two limits the mean of the iterate settles, and its mean square grows.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.0, f64::INFINITY),
    because: "Spectral radius of T there, and the inverse of that of I − η H.",
};

static MEAN: Claim = Claim {
    name: "mean-is-the-minimizer",
    statement: "The stationary mean is the minimizer of the least squares, at every step.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-10),
    because: "Largest |gradient| of f at the stationary mean that the maps have; rounding.",
};

static MOMENTS: Header = Header {
    table: "moments",
    row: "one step size of the runs",
    columns: &[
        ("step", "η"),
        ("share", "of the largest step with a bounded mean square"),
        ("trace_exact", "trace of the stationary covariance"),
        ("trace_mc", "mean square distance of the runs"),
        ("se", "standard error of trace_mc, over runs"),
    ],
};

static LIMITS: Header = Header {
    table: "limits",
    row: "one data set",
    columns: &[
        ("data_set", "which draw; 0 is the one of the runs"),
        ("limit_mean_square", "largest step with a bounded mean square"),
        ("limit_mean", "2/λ_max"),
        ("ratio", "the second over the first"),
    ],
};

const POINTS: usize = 20;
const DIMENSION: usize = 3;

/// Least squares on drawn data.
struct Data {
    model: Linear<f64>,
    /// 2/λ_max of (1/n) Σ a aᵀ.
    limit_of_mean: f64,
}

impl Data {
    fn draw(key: Key) -> Self {
        let made = gaussian_regression(POINTS, DIMENSION, 0.5, key).dataset;
        let features: Vec<f64> = made.features.iter().copied().collect();
        let rows = DMatrix::from_row_slice(POINTS, DIMENSION, &features);
        let limit_of_mean = 2.0 / radius(&(rows.transpose() * &rows / POINTS as f64));
        let loss = LossSpec::Squared(Squared::new(true));
        let spec = LinearSpec { loss, factor: 1.0, l2: 0.0, intercept: false, classes: false };
        Self { model: Linear::new(spec, &features, DIMENSION, &made.targets.to_numbers()), limit_of_mean }
    }

    fn objective(&self) -> &dyn Objective<f64, 1> {
        &self.model
    }

    /// x − η g for single terms, or for all of them with probability 1.
    fn maps(&self, step: f64, full: bool) -> Maps {
        let mut oracle = Oracle::new(self.objective(), POINTS);
        let everything: Vec<u32> = (0..POINTS as u32).collect();
        let probabilities = vec![1.0 / POINTS as f64; POINTS];
        let probabilities = if full { &[1.0][..] } else { &probabilities };
        Maps::of(probabilities, DIMENSION, |i, x| {
            let terms = if full { &everything[..] } else { &everything[i..=i] };
            let at: Vec<[f64; 1]> = x.iter().map(|&x| [x]).collect();
            let mut gradient = [[0.0]; DIMENSION];
            oracle.gradient(&at, Batch::of(terms), &mut gradient);
            x - DVector::from_column_slice(gradient.as_flattened()) * step
        })
    }

    /// The spectral radius of T.
    fn radius(&self, step: f64) -> f64 {
        radius(&self.maps(step, false).operator())
    }

    /// The largest step with a bounded mean square.
    fn limit(&self) -> f64 {
        crossing([0.0, self.limit_of_mean], |step| self.radius(step))
    }

    /// The mean square distance from the minimizer, of runs at a step.
    fn sampled(&self, step: f64, chains: u32, key: Key) -> Mean {
        let minimizer = self.maps(step, false).mean();
        let one = |chain: u32| {
            let draws = sampler("with-replacement", POINTS, 1, key.child(&format!("run {chain}")));
            let mut run = Machine::new(self.objective(), Sgd::default().into(), draws, minimizer.as_slice());
            let (forgotten, kept) = (500, 2000);
            let mut sum = 0.0;
            for t in 0..forgotten + kept {
                run.step(step);
                if t >= forgotten {
                    sum += run.at().iter().zip(minimizer.iter()).map(|(x, m)| (x - m) * (x - m)).sum::<f64>();
                }
            }
            sum / f64::from(kept)
        };
        Mean::of(&(0..chains).into_par_iter().map(one).collect::<Vec<f64>>())
    }
}

/// Steps of the runs, as shares of the limit.
const SHARES: [f64; 2] = [0.06, 0.3];

fn run(setting: &Setting, out: &mut Outcome) {
    let key = setting.key.child("least squares");
    let draw = |i: u32| Data::draw(key.child(&format!("data set {i}")));
    let data = draw(0);
    let limit = data.limit();
    let mut runs = Vec::new();
    for share in SHARES {
        let step = share * limit;
        let exact = data.maps(step, false).covariance().trace();
        let found = data.sampled(step, setting.choose(100, 400), key.child(&format!("runs at {share}")));
        let what = format!("{share} of the limit");
        out.decide(&TRACE, &what, Measured::of(found.value / exact).beside(1.0).give_or_take(found.error / exact));
        runs.push([step, share, exact, found.value, found.error]);
        let mean: Vec<[f64; 1]> = data.maps(step, false).mean().iter().map(|&x| [x]).collect();
        let mut gradient = [[0.0]; DIMENSION];
        Oracle::new(data.objective(), POINTS).full_gradient(&mean, &mut gradient);
        let largest = gradient.as_flattened().iter().fold(0.0f64, |largest, g| largest.max(g.abs()));
        out.decide(&MEAN, &what, Measured::of(largest));
    }
    let of = |i: u32| {
        let data = draw(i);
        (data.limit(), data.limit_of_mean)
    };
    let limits: Vec<(f64, f64)> = (0..101).into_par_iter().map(of).collect();
    let mut ratios: Vec<f64> = limits.iter().map(|(square, mean)| mean / square).collect();
    ratios.sort_by(f64::total_cmp);
    out.decide(&LIMIT, "median of 101 data sets", Measured::of(ratios[50]));
    let between = 0.5 * (limit + data.limit_of_mean);
    out.decide(&BEYOND, "radius of T", Measured::of(data.radius(between)));
    let of_mean = radius(&data.maps(between, true).mean_matrix());
    out.decide(&BEYOND, "1 over the radius of I − η H", Measured::of(1.0 / of_mean));
    out.tabulate(&MOMENTS, runs.iter().map(|row| fields(&[], row)));
    let row = |(i, (square, mean)): (usize, &(f64, f64))| fields(&[&i.to_string()], &[*square, *mean, mean / square]);
    out.tabulate(&LIMITS, limits.iter().enumerate().map(row));
    out.draw("radius", radii(&data, limit));
    out.draw("limits", of_limits(&ratios));
}

/// Both spectral radii against the step.
fn radii(data: &Data, limit: f64) -> Figure {
    let end = 1.15 * data.limit_of_mean;
    let steps = positions([0.0, end], 200);
    let square = |&step: &f64| data.radius(step);
    let mean = |&step: &f64| radius(&data.maps(step, true).mean_matrix()).powi(2);
    let cut = |y: Vec<f64>| y.into_iter().map(|y| if y > 3.0 { f64::NAN } else { y }).collect::<Vec<_>>();
    let series = |name: &str, style: usize, y: Vec<f64>| Series {
        name: name.to_owned(),
        style,
        marks: vec![line(&steps, cut(y))],
    };
    let chart = Chart {
        x: Axis::new("step η", "").between(0.0, end),
        y: Axis::new("factor of a step", "").between(0.0, 3.0),
        references: vec![
            Reference { name: "neither grows nor shrinks".to_owned(), guide: Guide::Horizontal(1.0) },
            Reference { name: "limit of the mean square".to_owned(), guide: Guide::Vertical(limit) },
            Reference { name: "2/λₘₐₓ".to_owned(), guide: Guide::Vertical(data.limit_of_mean) },
        ],
        series: vec![
            series("mean square distance (radius of T)", 0, steps.iter().map(square).collect()),
            series("square of the mean distance, as for descent", 1, steps.iter().map(mean).collect()),
        ],
        ..Chart::default()
    };
    Figure::of("The mean square explodes at steps where descent is at its best", chart).with_subtitle(
        "Least squares, 20 points in 3 dimensions, batches of one point drawn with replacement; computed.",
    )
}

/// How many times smaller the limit is, over data sets.
fn of_limits(ratios: &[f64]) -> Figure {
    let share: Vec<f64> = (1..=ratios.len()).map(|i| i as f64 / ratios.len() as f64).collect();
    let chart = Chart {
        x: Axis::new("2/λₘₐₓ over the limit of the mean square", ""),
        y: Axis::new("share of data sets", ""),
        series: vec![Series {
            name: String::new(),
            style: 0,
            marks: vec![Mark::Line { x: ratios.to_vec(), y: share, steps: true }],
        }],
        ..Chart::default()
    };
    Figure::of("For most data sets the step has to be three to six times smaller than for descent", chart)
        .with_subtitle("101 draws of 20 points in 3 dimensions; computed.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn every_claim_can_fail() {
        let data = Data::draw(Key::new("test"));
        let limit = data.limit();
        let exact = |step: f64| data.maps(step, false).covariance().trace();
        // The noise of the step twice as large.
        let wrong_noise = exact(0.12 * limit) / exact(0.06 * limit);
        let full = crossing([0.0, 2.0 * data.limit_of_mean], |step| radius(&data.maps(step, true).operator()));
        let wrong = &[
            ("stationary-covariance", Measured::of(wrong_noise).beside(1.0).give_or_take(0.01), "another step"),
            ("mean-square-limit", Measured::of(data.limit_of_mean / full), "all points in every batch"),
            ("between-the-limits", Measured::of(data.radius(0.9 * limit)), "a step below both limits"),
            ("mean-is-the-minimizer", Measured::of(0.05), "points drawn with unequal probabilities, unweighted"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
