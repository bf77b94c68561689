//! Randomized Kaczmarz is descent with importance sampling.

use nalgebra::DVector;
use rand::distr::Distribution;
use rayon::prelude::*;
use sgdlab_core::Real;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::rows::{COLUMNS, ROWS, System};
use crate::tools::affine::radius;
use crate::tools::drawing::fields;
use crate::tools::moments::Mean;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "kaczmarz",
    title: "Randomized Kaczmarz is stochastic gradient descent with importance sampling",
    sentence: "Kaczmarz's method converges as (1 − 1/κ²)ᵏ, κ being the Frobenius norm over the smallest singular value, if \
               rows are drawn in proportion to their squared lengths.",
    reference: "Kaczmarz 1937; Strohmer and Vershynin 2009, A Randomized Kaczmarz Algorithm with Exponential Convergence, \
                theorem 2; Needell, Srebro and Ward 2014, Stochastic Gradient Descent, Weighted Sampling, and the Randomized \
                Kaczmarz Algorithm",
    statement: "Projecting onto the solutions of row i, drawn with pᵢ = ‖aᵢ‖²/‖A‖² (Frobenius), is a step of descent on \
                ½ (aᵢ·x − bᵢ)² with importance weight 1/(N pᵢ) and the constant rate N/‖A‖². If A x* = b, one step has \
                E ‖e₁‖² = ‖e₀‖² − ‖A e₀‖²/‖A‖² exactly, so that E ‖eₖ‖² ≤ (1 − σ²_min/‖A‖²)ᵏ ‖e₀‖² = \
                (1 − 1/κ²)ᵏ ‖e₀‖². This κ = ‖A‖/σ_min is not the condition number σ_max/σ_min: it is larger, up to √d \
                times. In the end it falls by the \
                spectral radius of Σ pᵢ Pᵢ ⊗ Pᵢ a step, Pᵢ the projections.",
    setup: "60 rows of 6 normal numbers, whose scales grow from 0.3 to 3; a solution exists; start at 0. 2000 steps of sgd with \
            the catalogue's sampler importance (by Lipschitz constants, which are ‖aᵢ‖²), beside projections onto the same \
            rows. E ‖eₖ‖² by the moment operator up to k = 400, and over 20 000 runs up to k = 40 (2000 with --quick). The \
            best constant rate of uniform descent by its own moment operator.",
    exactness: "Iterates are compared one by one on random rows. The identity and the moments are computed; mean squares over \
                runs are sampled.",
    limits: "E ‖eₖ‖² is above what typical runs show for large k, since few runs carry it: so runs are compared up to k = 40. \
             The bound is never better than 1 − 1/d a step, and is not the rate: here 0.93 against 0.89. Without a solution \
             there is a horizon, see kaczmarz-limits.",
    truth: Truth::Holds,
    claims: &[&EQUAL, &ONE_STEP, &BOUND, &ASYMPTOTIC, &NOT_TIGHT, &SAMPLED, &UNIFORM],
    tables: &[&ERRORS, &RATES],
    run,
};

static EQUAL: Claim = Claim {
    name: "equal-iterates",
    statement: "Every iterate of Kaczmarz is that of weighted descent.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference of a coordinate over 2000 steps; rounding.",
};

static ONE_STEP: Claim = Claim {
    name: "one-step-identity",
    statement: "One step takes ‖A e₀‖²/‖A‖² from the mean square, exactly.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest relative deviation over 20 drawn e₀, all 60 rows enumerated.",
};

static BOUND: Claim = Claim {
    name: "strohmer-vershynin-bound",
    statement: "The mean square error keeps the bound (1 − σ²_min/‖A‖²)ᵏ ‖e₀‖².",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1.0 + 1e-12),
    because: "Largest ratio of the exact mean square to the bound over k = 0 to 400; at k = 0 it is 1.",
};

static ASYMPTOTIC: Claim = Claim {
    name: "asymptotic-rate",
    statement: "In the end the mean square falls by the spectral radius of the moment operator a step.",
    stance: Stance::Adds,
    criterion: Criterion::Near(1e-6),
    because: "Mean square at k = 400 over that at 399, over the spectral radius, beside 1.",
};

static NOT_TIGHT: Claim = Claim {
    name: "bound-is-not-the-rate",
    statement: "The exact rate is better than that of the bound.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.1, 3.0),
    because: "ln of the exact rate over ln of the bound's.",
};

static SAMPLED: Claim = Claim {
    name: "runs-have-these-moments",
    statement: "The mean square error of runs is that of the moment operator.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    because: "Four standard errors over runs, at k = 10, 20 and 40, over the exact number.",
};

static UNIFORM: Claim = Claim {
    name: "importance-beats-uniform",
    statement: "Uniform sampling, with its best constant rate, is several times slower: it pays for the largest row, and \
                importance sampling for the mean row.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.5, f64::INFINITY),
    because: "Steps to 1/e of the mean square: uniform over importance, by exact rates.",
};

static ERRORS: Header = Header {
    table: "kaczmarz",
    row: "one number of steps",
    columns: &[
        ("k", "steps"),
        ("err2_exact", "E ‖eₖ‖² by the moment operator"),
        ("err2_mc", "mean over runs; empty where none were run"),
        ("se", "its standard error"),
        ("bound", "(1 − σ²_min/‖A‖²)ᵏ ‖e₀‖²"),
    ],
};

static RATES: Header = Header {
    table: "rates",
    row: "one sampling",
    columns: &[
        ("sampling", "how rows are drawn"),
        ("step", "the constant rate"),
        ("rate", "factor of the mean square a step, exactly"),
        ("largest", "the largest Lipschitz constant of a term that is drawn, weights included"),
    ],
};

/// The largest difference of a coordinate between descent at a rate and projections onto the same rows.
fn difference(system: &System, rate: f64, steps: u32, key: Key) -> f64 {
    let mut x = DVector::zeros(COLUMNS);
    let mut run = system.run(system.importance(0.0, key), &x);
    let mut largest = 0.0f64;
    for _ in 0..steps {
        run.step(rate);
        x = system.project(run.term(), &x);
        largest = x.iter().zip(run.at()).fold(largest, |largest, (x, y)| largest.max((x - y).abs()));
    }
    largest
}

/// How far E ‖e₁‖² is from ‖e₀‖² − ‖A e₀‖²/‖A‖², relatively, with these probabilities of rows.
fn one_step(system: &System, solution: &DVector<f64>, probabilities: &[f64], key: Key) -> f64 {
    let mut stream = key.stream(0);
    let mut deviation = || {
        let error = DVector::from_fn(COLUMNS, |_, _| Normal.sample(&mut stream));
        let start = solution + &error;
        let after = |i: usize| (system.project(i, &start) - solution).norm_squared();
        let mean: f64 = probabilities.iter().enumerate().map(|(i, p)| p * after(i)).sum();
        let law = error.norm_squared() - (&system.matrix * &error).norm_squared() / system.frobenius();
        (mean - law).abs() / law
    };
    (0..20).map(|_| deviation()).fold(0.0, f64::max)
}

/// E ‖eₖ‖² for k = 0 to 400.
fn moments(system: &System, solution: &DVector<f64>) -> Vec<f64> {
    let operator = system.maps(&system.probabilities(0.0), system.projecting()).operator();
    let outer = solution * solution.transpose();
    let mut second = DVector::from_column_slice(outer.as_slice());
    let mut trace = || {
        let trace = (0..COLUMNS).map(|j| second[j * (COLUMNS + 1)]).sum();
        second = &operator * &second;
        trace
    };
    (0..=400).map(|_| trace()).collect()
}

/// Times at which runs are looked at.
const TIMES: [usize; 3] = [10, 20, 40];

/// ‖eₖ‖² over runs.
fn sampled(system: &System, solution: &DVector<f64>, count: u32, key: Key) -> [Mean; 3] {
    let one = |i: u32| {
        let sampler = system.importance(0.0, key.child(&format!("run {i}")));
        let mut run = system.run(sampler, &DVector::zeros(COLUMNS));
        TIMES.map(|time| {
            while run.steps() < time as u64 {
                run.step(system.projecting());
            }
            solution.iter().zip(run.at()).map(|(s, x)| (s - x) * (s - x)).sum::<f64>()
        })
    };
    let all: Vec<[f64; 3]> = (0..count).into_par_iter().map(one).collect();
    std::array::from_fn(|time| Mean::of(&all.iter().map(|of| of[time]).collect::<Vec<_>>()))
}

fn run(setting: &Setting, out: &mut Outcome) {
    let (system, solution) = System::draw(0.0);
    let key = setting.key.child("kaczmarz");
    let apart = difference(&system, system.projecting(), 2000, key);
    out.decide(&EQUAL, "largest difference", Measured::of(apart));
    let identity = one_step(&system, &solution, &system.probabilities(0.0), key);
    out.decide(&ONE_STEP, "largest relative deviation", Measured::of(identity));
    let exact = moments(&system, &solution);
    let bound = 1.0 - system.smallest() / system.frobenius();
    let bounds: Vec<f64> = (0..=400).map(|k| bound.powi(k) * exact[0]).collect();
    let worst = exact.iter().zip(&bounds).map(|(exact, bound)| exact / bound).fold(0.0, f64::max);
    out.decide(&BOUND, "largest ratio", Measured::of(worst));
    let importance = system.probabilities(0.0);
    let rate = radius(&system.maps(&importance, system.projecting()).operator());
    out.decide(&ASYMPTOTIC, "rate over radius", Measured::of(exact[400] / exact[399] / rate).beside(1.0));
    out.decide(&NOT_TIGHT, "ratio of logarithms", Measured::of(Real::ln(rate) / Real::ln(bound)));
    let runs = sampled(&system, &solution, setting.choose(2000, 20_000), key);
    for (time, mean) in TIMES.into_iter().zip(runs) {
        let law = exact[time];
        let measured = Measured::of(mean.value / law).beside(1.0).give_or_take(mean.error / law);
        out.decide(&SAMPLED, format!("k = {time}"), measured);
    }
    let uniform = vec![1.0 / ROWS as f64; ROWS];
    let (step, slow) = system.best(&uniform);
    out.decide(&UNIFORM, "steps", Measured::of(Real::ln(rate) / Real::ln(slow)));
    tabulate(&exact, &bounds, &runs, out);
    let rows = [
        ("importance", system.projecting(), rate, system.frobenius() / ROWS as f64),
        ("uniform, best rate", step, slow, system.squares().max()),
    ];
    out.tabulate(&RATES, rows.map(|(name, step, rate, largest)| fields(&[name], &[step, rate, largest])));
    out.draw("errors", figure(&exact, &bounds, &runs, [rate, slow]));
}

fn tabulate(exact: &[f64], bounds: &[f64], runs: &[Mean; 3], out: &mut Outcome) {
    let row = |k: usize| {
        let seen = TIMES.iter().position(|&time| time == k).map(|i| runs[i]);
        let words = seen.map_or([String::new(), String::new()], |mean| [mean.value, mean.error].map(|x| x.to_string()));
        [vec![k.to_string(), exact[k].to_string()], words.to_vec(), vec![bounds[k].to_string()]].concat()
    };
    out.tabulate(&ERRORS, (0..exact.len()).map(row));
}

fn figure(exact: &[f64], bounds: &[f64], runs: &[Mean; 3], [rate, slow]: [f64; 2]) -> Figure {
    const END: usize = 150;
    let x: Vec<f64> = (0..=END).map(|k| k as f64).collect();
    let curve = |name: &str, y: Vec<f64>| Reference { name: name.to_owned(), guide: Guide::Curve { x: x.clone(), y } };
    let uniform = x.iter().map(|&k| exact[0] * Real::exp(k * Real::ln(slow))).collect();
    let times: Vec<f64> = TIMES.iter().map(|&time| time as f64).collect();
    let side = |sign: f64| runs.iter().map(|mean| mean.value + 4.0 * sign * mean.error).collect::<Vec<_>>();
    let band = Mark::Band { x: times.clone(), low: side(-1.0), high: side(1.0) };
    let line = Mark::Line { x: x.clone(), y: exact[..=END].to_vec(), steps: false };
    let chart = Chart {
        x: Axis::new("step k", ""),
        y: Axis::new("mean square error", "").log(),
        references: vec![
            curve("the bound", bounds[..=END].to_vec()),
            curve("the rate of uniform sampling at its best step", uniform),
        ],
        series: vec![
            Series { name: "by the moment operator".to_owned(), style: 0, marks: vec![line] },
            Series {
                name: "mean over runs, ± 4 standard errors".to_owned(),
                style: 1,
                marks: vec![band, Mark::Points { x: times, y: side(0.0) }],
            },
        ],
        ..Chart::default()
    };
    Figure::of("Kaczmarz keeps its bound, beats it, and beats uniform sampling", chart).with_subtitle(&format!(
        "60 rows of 6 numbers with scales from 0.3 to 3. Exact rates: {rate:.4}, uniform {slow:.4}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn every_claim_can_fail() {
        let (system, solution) = System::draw(0.0);
        let key = Key::new("test");
        let uniform = vec![1.0 / ROWS as f64; ROWS];
        let half = difference(&system, 0.5 * system.projecting(), 50, key);
        let exact = moments(&system, &solution);
        let too_small = 1.0 - 2.0 * system.smallest() / system.frobenius();
        let [mean, ..] = sampled(&system, &solution, 500, key);
        let wrong_time = Measured::of(mean.value / exact[12]).beside(1.0).give_or_take(mean.error / exact[12]);
        let wrong = &[
            ("equal-iterates", Measured::of(half), "half the rate"),
            ("one-step-identity", Measured::of(one_step(&system, &solution, &uniform, key)), "rows drawn uniformly"),
            (
                "strohmer-vershynin-bound",
                Measured::of(exact[10] / exact[0] / too_small.powi(60)),
                "a bound that is too good",
            ),
            ("asymptotic-rate", Measured::of(exact[2] / exact[1] / 0.88).beside(1.0), "after one step"),
            ("bound-is-not-the-rate", Measured::of(1.0), "the rate of the bound"),
            ("runs-have-these-moments", wrong_time, "two steps more"),
            ("importance-beats-uniform", Measured::of(1.0), "the same probabilities twice"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
