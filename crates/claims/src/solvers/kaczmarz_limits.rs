//! Where Kaczmarz goes if there is no solution.

use nalgebra::DVector;
use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};
use sgdlab_samplers::Sampler;

use super::rows::{COLUMNS, ROWS, System};
use crate::tools::affine::radius;
use crate::tools::drawing::{fields, line};
use crate::tools::moments::Mean;
use crate::tools::sampler::sampler;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "kaczmarz-limits",
    title: "Without a solution: a horizon, and the wrong least squares",
    sentence: "Kaczmarz's method solves least squares.",
    reference: "Needell 2010, Randomized Kaczmarz Solver for Noisy Linear Systems; Needell, Srebro and Ward 2014, sections 3 \
                and 5; the stationary moments are an own computation",
    statement: "A x = b without a solution, r = b − A x at the least squares. Rows drawn with pᵢ ∝ ‖aᵢ‖²: the mean of the \
                iterates settles on the least squares, with E ‖x − x_ls‖² at most \
                max (rᵢ²/‖aᵢ‖²) ‖A‖²/σ²_min, the horizon. Rows drawn uniformly: the mean settles on the minimizer of \
                Σ (aᵢ·x − bᵢ)²/‖aᵢ‖², which is another point.",
    setup: "The system of kaczmarz with errors of deviation 0.1 on the right side. Stationary means and covariances of both \
            samplings by their moment equations; 4000 runs of 500 steps after 100 that are forgotten (1000 with \
            --quick). Uniform projections are descent at rate 1 on rows of length 1. Then importance sampling, uniform \
            sampling and their half-and-half mixture over constant steps: rate against horizon, computed.",
    exactness: "Stationary moments, rates and horizons are computed; the means and mean squares of runs are sampled.",
    limits: "Which sampling is better depends on the noise. At the rate at which importance sampling projects, short rows with \
             errors are blown up by their weights 1/(N p). Where all precision is wanted the step has to shrink, and rates at \
             constant steps say little.",
    truth: Truth::Limited,
    claims: &[&LEAST_SQUARES, &HORIZON, &WEIGHTED, &AWAY, &RUNS_MEAN, &RUNS_SQUARE, &TRADE],
    tables: &[&STATIONARY, &TRADES],
    run,
};

static LEAST_SQUARES: Claim = Claim {
    name: "mean-is-least-squares",
    statement: "With rows drawn by squared lengths the stationary mean is the least-squares solution.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-10),
    because: "Largest difference of a coordinate; rounding.",
};

static HORIZON: Claim = Claim {
    name: "horizon-bound",
    statement: "The stationary mean square distance keeps the bound of the horizon, which is loose.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.1),
    because: "Exact mean square over max (rᵢ²/‖aᵢ‖²) ‖A‖²/σ²_min.",
};

static WEIGHTED: Claim = Claim {
    name: "uniform-mean-is-weighted",
    statement: "With rows drawn uniformly the stationary mean is the least-squares solution with weights 1/‖aᵢ‖².",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 1e-10),
    because: "Largest difference of a coordinate; rounding.",
};

static AWAY: Claim = Claim {
    name: "which-is-another-point",
    statement: "That point is not the least-squares solution.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.01, 1.0),
    because: "Largest difference of a coordinate; errors of 0.1 on rows as short as 0.3 count fully there.",
};

static RUNS_MEAN: Claim = Claim {
    name: "runs-have-these-means",
    statement: "Runs of both samplings have the computed means, and those of uniform sampling are many standard errors away from \
                the least squares.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.5, share: 0.0 },
    because: "The coordinate that is furthest off among the 6, in units of its own standard error.",
};

static RUNS_SQUARE: Claim = Claim {
    name: "runs-have-this-horizon",
    statement: "The mean square distance of runs from the stationary mean is the trace of the computed covariance.",
    stance: Stance::Confirms,
    criterion: Criterion::Within { errors: 4.0, share: 0.0 },
    because: "Four standard errors over runs, over the exact number.",
};

static TRADE: Claim = Claim {
    name: "a-mixture-has-less-noise",
    statement: "At equal rates of convergence a half-and-half mixture of importance and uniform sampling has a smaller horizon \
                than either.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1.0),
    because: "Horizon of the mixture over those of the other two, each at the step that gives the best rate uniform sampling \
              has.",
};

static STATIONARY: Header = Header {
    table: "stationary",
    row: "one sampling and coordinate",
    columns: &[
        ("sampling", "how rows are drawn"),
        ("coordinate", "from 1"),
        ("least_squares", "the least-squares solution"),
        ("mean_exact", "stationary mean"),
        ("mean_mc", "mean of the runs"),
        ("se", "its standard error"),
    ],
};

static TRADES: Header = Header {
    table: "trades",
    row: "one sampling and constant step",
    columns: &[
        ("sampling", "how rows are drawn, all reweighted to be unbiased"),
        ("step", "the constant rate"),
        ("rate", "factor of the mean square distance a step, exactly"),
        ("horizon", "stationary E ‖x − x_ls‖²"),
    ],
};

/// Steps of a run that are not looked at, from the stationary mean: what is left of the start is 1e-5.
const FORGOTTEN: u32 = 100;

/// Steps of a run that are; a short row, which is rarely drawn, moves the iterate far.
const KEPT: u32 = 500;

/// Rows drawn by squared lengths, or uniformly and divided by their lengths: both are projections.
struct Sampling {
    name: &'static str,
    system: System,
    rate: f64,
    probabilities: Vec<f64>,
}

impl Sampling {
    fn both() -> [Self; 2] {
        let (system, _) = System::draw(0.1);
        let unit = system.normalized();
        let (rate, probabilities) = (system.projecting(), system.probabilities(0.0));
        let uniform = vec![1.0 / ROWS as f64; ROWS];
        [
            Self { name: "by squared lengths", system, rate, probabilities },
            Self { name: "uniformly", system: unit, rate: 1.0, probabilities: uniform },
        ]
    }

    fn sampler(&self, key: Key) -> Box<dyn Sampler> {
        if self.rate == 1.0 { sampler("with-replacement", ROWS, 1, key) } else { self.system.importance(0.0, key) }
    }

    fn mean(&self) -> DVector<f64> {
        self.system.maps(&self.probabilities, self.rate).mean()
    }

    /// The stationary E ‖x − x̄‖².
    fn square(&self) -> f64 {
        self.system.maps(&self.probabilities, self.rate).covariance().trace()
    }

    /// Means over time of the coordinates of runs, and of ‖x − x̄‖².
    fn sampled(&self, count: u32, key: Key) -> (Vec<Mean>, Mean) {
        let center = self.mean();
        let one = |i: u32| {
            let mut run = self.system.run(self.sampler(key.child(&format!("{}, {i}", self.name))), &center);
            (0..FORGOTTEN).for_each(|_| run.step(self.rate));
            let (mut sum, mut square) = (vec![0.0; COLUMNS], 0.0);
            for _ in 0..KEPT {
                run.step(self.rate);
                for ((sum, x), center) in sum.iter_mut().zip(run.at()).zip(&center) {
                    *sum += x;
                    square += (x - center) * (x - center);
                }
            }
            (sum, square)
        };
        let runs: Vec<(Vec<f64>, f64)> = (0..count).into_par_iter().map(one).collect();
        let mean = |sums: Vec<f64>| Mean::of(&sums.iter().map(|sum| sum / f64::from(KEPT)).collect::<Vec<_>>());
        let of = |j: usize| mean(runs.iter().map(|(sum, _)| sum[j]).collect());
        ((0..COLUMNS).map(of).collect(), mean(runs.iter().map(|(_, square)| *square).collect()))
    }
}

/// The largest |difference| of a coordinate.
fn apart(a: &DVector<f64>, b: &DVector<f64>) -> f64 {
    (a - b).amax()
}

fn run(setting: &Setting, out: &mut Outcome) {
    let both = Sampling::both();
    let system = &both[0].system;
    let solution = system.least_squares(&DVector::from_element(ROWS, 1.0));
    let weighted = system.least_squares(&system.squares().map(|square| 1.0 / square));
    let [importance, uniform] = both.each_ref().map(Sampling::mean);
    out.decide(&LEAST_SQUARES, "largest difference", Measured::of(apart(&importance, &solution)));
    out.decide(&WEIGHTED, "largest difference", Measured::of(apart(&uniform, &weighted)));
    out.decide(&AWAY, "largest difference", Measured::of(apart(&uniform, &solution)));
    out.decide(&HORIZON, "mean square over bound", Measured::of(both[0].square() / horizon(system, &solution)));
    let mut rows = Vec::new();
    let mut figures = Vec::new();
    for (sampling, exact) in both.iter().zip([&importance, &uniform]) {
        let (means, square) = sampling.sampled(setting.choose(1000, 4000), setting.key.child("kaczmarz limits"));
        let off = |j: &usize| (means[*j].value - exact[*j]).abs() / means[*j].error;
        let worst = (0..COLUMNS).max_by(|a, b| off(a).total_cmp(&off(b))).expect("there are coordinates");
        let Mean { value, error } = means[worst];
        let what = format!("{}, coordinate {}", sampling.name, worst + 1);
        out.decide(&RUNS_MEAN, what, Measured::of(value).beside(exact[worst]).give_or_take(error));
        let law = sampling.square();
        let measured = Measured::of(square.value / law).beside(1.0).give_or_take(square.error / law);
        out.decide(&RUNS_SQUARE, sampling.name, measured);
        for (j, mean) in means.iter().enumerate() {
            let words = [sampling.name, &(j + 1).to_string()];
            rows.push(fields(&words, &[solution[j], exact[j], mean.value, mean.error]));
        }
        figures.push((sampling.name, exact - &solution, means));
    }
    out.tabulate(&STATIONARY, rows);
    out.draw("means", of_means(&figures, &solution));
    trades(system, out);
}

/// max (rᵢ²/‖aᵢ‖²) ‖A‖²/σ²_min.
fn horizon(system: &System, solution: &DVector<f64>) -> f64 {
    let residual = &system.right - &system.matrix * solution;
    let largest = residual.component_mul(&residual).component_div(&system.squares()).max();
    largest * system.frobenius() / system.smallest()
}

/// Means of both samplings, as seen from the least squares.
fn of_means(all: &[(&str, DVector<f64>, Vec<Mean>)], solution: &DVector<f64>) -> Figure {
    let x: Vec<f64> = (1..=COLUMNS).map(|j| j as f64).collect();
    let series = |(style, (name, _, means)): (usize, &(&str, DVector<f64>, Vec<Mean>))| {
        let side = |sign: f64| {
            means.iter().zip(solution.iter()).map(|(mean, s)| mean.value - s + 4.0 * sign * mean.error).collect()
        };
        let band = Mark::Band { x: x.clone(), low: side(-1.0), high: side(1.0) };
        Series {
            name: format!("runs, rows drawn {name}"),
            style,
            marks: vec![band, Mark::Points { x: x.clone(), y: side(0.0) }],
        }
    };
    let law = |(name, exact, _): &(&str, DVector<f64>, Vec<Mean>)| Reference {
        name: format!("computed, rows drawn {name}"),
        guide: Guide::Curve { x: x.clone(), y: exact.iter().copied().collect() },
    };
    let chart = Chart {
        x: Axis::new("coordinate", "").between(0.5, 6.5),
        y: Axis::new("stationary mean − least squares", ""),
        references: all.iter().map(law).collect(),
        series: all.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    Figure::of("Drawn uniformly, Kaczmarz settles on another point than the least squares", chart)
        .with_subtitle("60 rows with errors of 0.1; means of runs of 500 steps, bands are ± 4 standard errors.")
}

/// Rate and horizon of unbiased descent at a constant step.
fn trade(system: &System, probabilities: &[f64], step: f64) -> [f64; 2] {
    let maps = system.maps(probabilities, step);
    [radius(&maps.operator()), maps.covariance().trace()]
}

/// Rates against horizons of three samplings.
fn trades(system: &System, out: &mut Outcome) {
    let samplings = [("importance", 0.0), ("half uniform", 0.5), ("uniform", 1.0)];
    let mut rows = Vec::new();
    let mut courses = Vec::new();
    for (name, mix) in samplings {
        let probabilities = system.probabilities(mix);
        let (best, _) = system.best(&probabilities);
        let course: Vec<[f64; 2]> =
            (1..=40).map(|i| trade(system, &probabilities, best * f64::from(i) / 40.0)).collect();
        for (i, [rate, horizon]) in (1..=40).zip(&course) {
            rows.push(fields(&[name], &[best * f64::from(i) / 40.0, *rate, *horizon]));
        }
        courses.push((name, course));
    }
    // The horizon of each at the best rate that uniform sampling has.
    let target = courses[2].1[39][0];
    let at = |course: &[[f64; 2]]| {
        let after = course.iter().position(|[rate, _]| *rate <= target).expect("it is as fast").max(1);
        let ([slow, low], [fast, high]) = (course[after - 1], course[after]);
        low + (high - low) * (slow - target) / (slow - fast)
    };
    let [importance, half, uniform] = [0, 1, 2].map(|i| at(&courses[i].1));
    out.decide(&TRADE, "over importance sampling", Measured::of(half / importance));
    out.decide(&TRADE, "over uniform sampling", Measured::of(half / uniform));
    out.tabulate(&TRADES, rows);
    let series = |(style, (name, course)): (usize, &(&str, Vec<[f64; 2]>))| {
        let (x, y): (Vec<f64>, Vec<f64>) = course.iter().map(|[rate, horizon]| (1.0 - rate, *horizon)).unzip();
        Series { name: (*name).to_owned(), style, marks: vec![line(&x, y.clone()), Mark::Points { x, y }] }
    };
    let chart = Chart {
        x: Axis::new("1 − factor of the mean square a step", "").log(),
        y: Axis::new("horizon: stationary mean square distance", "").log(),
        series: courses.iter().enumerate().map(series).collect(),
        ..Chart::default()
    };
    out.draw(
        "trades",
        Figure::of("At equal speed half a share of uniform sampling has the smallest horizon", chart).with_subtitle(
            "Constant steps up to the fastest, one point each; unbiased descent on the same 60 rows; computed.",
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_claim_can_fail;

    #[test]
    fn every_claim_can_fail() {
        let both = Sampling::both();
        let system = &both[0].system;
        let solution = system.least_squares(&DVector::from_element(ROWS, 1.0));
        let [importance, uniform] = both.each_ref().map(Sampling::mean);
        let (means, square) = both[1].sampled(300, Key::new("test"));
        let worst = (0..COLUMNS)
            .max_by(|a, b| (uniform[*a] - solution[*a]).abs().total_cmp(&(uniform[*b] - solution[*b]).abs()));
        let worst = worst.unwrap();
        let other = both[0].square();
        let wrong = &[
            ("mean-is-least-squares", Measured::of(apart(&uniform, &solution)), "rows drawn uniformly"),
            ("horizon-bound", Measured::of(1.0), "a bound that is met"),
            ("uniform-mean-is-weighted", Measured::of(apart(&importance, &uniform)), "rows drawn by squared lengths"),
            ("which-is-another-point", Measured::of(apart(&importance, &solution)), "rows drawn by squared lengths"),
            (
                "runs-have-these-means",
                Measured::of(means[worst].value).beside(solution[worst]).give_or_take(means[worst].error),
                "the least squares expected of uniform rows",
            ),
            (
                "runs-have-this-horizon",
                Measured::of(square.value / other).beside(1.0).give_or_take(square.error / other),
                "the covariance of another sampling",
            ),
            ("a-mixture-has-less-noise", Measured::of(1.53), "importance sampling instead of the mixture"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
