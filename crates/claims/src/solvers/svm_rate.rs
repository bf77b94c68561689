//! How fast descent with steps 1/t minimizes the support vector machine.

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Real, Settings, Value};
use sgdlab_objectives::solve::hinge_svm;
use sgdlab_optimizers::{PolyakRuppert, RuleSpec, ScheduleSpec, Sgd, schedules};
use sgdlab_reports::figures::{Axis, Chart, Figure, Guide, Mark, Reference, Series};

use super::svm::{Clouds, FEATURES, Optimum, TERMS};
use crate::tools::drawing::fields;
use crate::tools::fit::exponent;
use crate::tools::machine::{Machine, value};
use crate::tools::moments::Mean;
use crate::tools::sampler::sampler;
use crate::{Claim, Criterion, Experiment, Header, Measured, Outcome, Setting, Stance, Truth};

pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "svm-rate",
    title: "Support vector machines in 1/t",
    sentence: "Stochastic gradient descent with steps 1/(λ t) solves the support vector machine to accuracy 1/t.",
    reference: "Shalev-Shwartz, Singer and Srebro 2007, Pegasos, with Cotter 2011, theorems 1 and 2; averages as in Shamir and \
                Zhang 2013, Stochastic Gradient Descent for Non-Smooth Optimization",
    statement: "f(w) = ½ ‖w‖² + C/n Σ max(0, 1 − sᵢ w·aᵢ), which is strongly convex with constant 1. With batches of one term \
                and steps 1/t, w ← (1 − 1/t) w + (C/t) s a [s w·a < 1], the iterates stay in the ball of radius \
                C max ‖a‖, gradients are at most G = 2 C max ‖a‖ long, and the mean of the iterates has \
                E f − f* ≤ G² (1 + ln t)/(2t).",
    setup: "200 points in 5 dimensions, two normal clouds of deviation 1 around ±(0.8, 0.4, 0, −0.4, 0.16), C = 10, no intercept. \
            100 000 steps with replacement and reshuffled, the last iterate and two means of the catalogue's \
            polyak-ruppert: of all iterates, and weighted by t. 64 runs (16 with --quick). Then 16 runs (8) with an \
            intercept, which is not penalized.",
    exactness: "f* by dual coordinate ascent, with its duality gap. Runs are sampled; slopes are fitted to ln f − f* over ln t, at \
                nine times from 1000 to 100 000.",
    limits: "The bound is true and loose, here by a factor of several hundred. It needs strong convexity, which an intercept that is \
             not penalized does not have: with steps 1/t the intercept moves by C/t a step, and the analysis does not apply. \
             Reshuffling is faster than 1/t; no bound of this kind says so. The logarithm of the bound is seen as well: (1 + ln t)/t \
             falls with slope −0.90 here, and on nine draws of such clouds fitted slopes were between −0.85 and −1.03; this \
             draw is one with −0.94 and −1.01.",
    truth: Truth::Holds,
    claims: &[&GAP, &SLOPES, &RESHUFFLED, &BOUND, &LOOSE, &BALL, &INTERCEPT],
    tables: &[&TIMES, &SLOPE_TABLE],
    run,
};

static GAP: Claim = Claim {
    name: "reference-optimum",
    statement: "The minimum without an intercept is known to 1e-10: a dual point proves it.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 1e-10),
    because: "Value of the primal point minus that of the dual point.",
};

static SLOPES: Claim = Claim {
    name: "rate-one-over-t",
    statement: "Drawn with replacement, the last iterate and the mean of all iterates approach the minimum as 1/t.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(-1.15, -0.85),
    because: "Slope over two decades.",
};

static RESHUFFLED: Claim = Claim {
    name: "reshuffling-is-below",
    statement: "After 100 000 steps the last iterate of reshuffled runs is at least 5 times nearer to the minimum.",
    stance: Stance::Adds,
    criterion: Criterion::Between(5.0, f64::INFINITY),
    because: "Mean f − f* with replacement over that of reshuffling.",
};

static BOUND: Claim = Claim {
    name: "bound",
    statement: "The mean of the iterates keeps the bound G² (1 + ln t)/(2t).",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1.0),
    because: "Largest ratio of mean f − f* to the bound over all times and both samplers.",
};

static LOOSE: Claim = Claim {
    name: "bound-is-loose",
    statement: "The bound overestimates what is left after 100 000 steps by a factor of more than 100.",
    stance: Stance::Adds,
    criterion: Criterion::Between(100.0, f64::INFINITY),
    because: "The bound over mean f − f* of the mean of the iterates.",
};

static BALL: Claim = Claim {
    name: "iterates-stay-in-the-ball",
    statement: "No iterate is longer than C max ‖a‖.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1.0 + 1e-12),
    because: "Largest ‖w‖ over all steps of all runs, in units of this radius; the first step reaches ‖a‖ C.",
};

static INTERCEPT: Claim = Claim {
    name: "an-intercept-changes-little-here",
    statement: "With an intercept the minimum is lower, by less than 1 %, and steps 1/t still come within 1 % of it.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.01),
    because: "Relative differences of minima, and of the last iterate's mean value; no rate is claimed.",
};

static TIMES: Header = Header {
    table: "svm",
    row: "one sampler, average and time",
    columns: &[
        ("sampler", "how terms are drawn"),
        ("intercept", "whether there is one"),
        ("averaging", "last, mean of all, or weighted by t"),
        ("t", "steps done"),
        ("subopt", "mean of f − f* over runs"),
        ("se", "its standard error"),
        ("bound", "G² (1 + ln t)/(2t)"),
    ],
};

static SLOPE_TABLE: Header = Header {
    table: "slopes",
    row: "one sampler and average",
    columns: &[
        ("sampler", "how terms are drawn"),
        ("averaging", "last, mean of all, or weighted by t"),
        ("slope", "of ln(f − f*) over ln t from 1000 to 100 000"),
    ],
};

const C: f64 = 10.0;
const AVERAGES: [&str; 3] = ["last", "mean", "weighted"];
const SAMPLERS: [&str; 2] = ["with-replacement", "reshuffle"];

/// Times of measurements: four a decade from 100 on.
fn times() -> Vec<u64> {
    (8..=20).map(|i| Real::exp(Real::ln(10.0) * f64::from(i) / 4.0).round() as u64).collect()
}

/// What one run gives: f − f* of the three averages at all times, and the longest iterate.
struct Run {
    gaps: Vec<[f64; 3]>,
    longest: f64,
}

/// How runs are made.
struct Plan {
    /// What the rate is at every step; 1 at the first.
    schedule: ScheduleSpec,
    runs: u32,
    key: Key,
}

/// A schedule of the catalogue.
fn schedule<'a>(name: &str, given: impl IntoIterator<Item = (&'a str, Value)>) -> ScheduleSpec {
    let entry = schedules::entries().into_iter().find(|entry| entry.name == name).expect("a schedule");
    ScheduleSpec::new(&Settings::new(entry, given).expect("its settings")).expect("they go together")
}

/// So many runs at the rates 1, ½, ⅓, ….
fn plan(setting: &Setting, runs: u32) -> Plan {
    Plan { schedule: schedule("inverse-time", [("k", Value::Number(1.0))]), runs, key: setting.key }
}

/// A run with the catalogue's average of this power.
fn averaged<'a>(objective: &'a dyn Objective<f64, 1>, power: f64, name: &str, key: Key) -> Machine<'a> {
    let rule: RuleSpec = PolyakRuppert { base: Box::new(Sgd::default().into()), power }.into();
    let start = vec![0.0; objective.layout().size()];
    Machine::new(objective, rule, sampler(name, TERMS, 1, key), &start)
}

impl Run {
    /// Two runs with equal batches, one for each average.
    fn of(objective: &dyn Objective<f64, 1>, schedule: &ScheduleSpec, (name, key): (&str, Key), minimum: f64) -> Self {
        let times = times();
        let steps = times[times.len() - 1];
        let rates = schedule.of_run(steps, TERMS as u64, 1);
        let [mut mean, mut weighted] = [0.0, 1.0].map(|power| averaged(objective, power, name, key));
        let (mut gaps, mut longest) = (Vec::with_capacity(times.len()), 0.0f64);
        for t in 1..=steps {
            let rate = rates.factor(t - 1);
            mean.step(rate);
            weighted.step(rate);
            longest = longest.max(mean.at()[..FEATURES].iter().map(|w| w * w).sum());
            if times.contains(&t) {
                let of = |at: &[f64]| value(objective, at) - minimum;
                gaps.push([of(mean.at()), of(mean.answer()), of(weighted.answer())]);
            }
        }
        Self { gaps, longest: longest.sqrt() }
    }
}

/// All runs of a sampler.
struct Runs {
    sampler: &'static str,
    intercept: bool,
    runs: Vec<Run>,
}

impl Runs {
    fn of(plan: &Plan, objective: &dyn Objective<f64, 1>, sampler: &'static str, minimum: f64) -> Self {
        let intercept = objective.layout().size() > FEATURES;
        let key = |run: u32| plan.key.child(&format!("svm, {run}"));
        let one = |run: u32| Run::of(objective, &plan.schedule, (sampler, key(run)), minimum);
        Self { sampler, intercept, runs: (0..plan.runs).into_par_iter().map(one).collect() }
    }

    /// The length of the longest iterate.
    fn longest(&self) -> f64 {
        self.runs.iter().map(|run| run.longest).fold(0.0, f64::max)
    }

    /// f − f* at a time.
    fn at(&self, time: usize, average: usize) -> Mean {
        Mean::of(&self.runs.iter().map(|run| run.gaps[time][average]).collect::<Vec<_>>())
    }

    /// Those at all times.
    fn course(&self, average: usize) -> Vec<f64> {
        (0..times().len()).map(|time| self.at(time, average).value).collect()
    }

    fn last(&self, average: usize) -> Mean {
        self.at(times().len() - 1, average)
    }

    /// The slope over the last two decades.
    fn slope(&self, average: usize) -> f64 {
        let late = times().iter().position(|&t| t >= 1000).expect("it goes on to 100 000");
        let x: Vec<f64> = times()[late..].iter().map(|&t| t as f64).collect();
        exponent(&x, &self.course(average)[late..])
    }
}

/// G² (1 + ln t)/(2t).
fn bound(clouds: &Clouds, t: u64) -> f64 {
    let gradient = 2.0 * C * clouds.longest();
    gradient * gradient * (1.0 + Real::ln(t as f64)) / (2.0 * t as f64)
}

fn run(setting: &Setting, out: &mut Outcome) {
    let clouds = Clouds::draw();
    let optimum @ Optimum { value, bound: dual, .. } = &clouds.minimum(C / TERMS as f64);
    out.decide(&GAP, format!("after {} sweeps", optimum.sweeps), Measured::of(value - dual));
    let model = clouds.objective(C, 1.0, false);
    let plan = plan(setting, setting.choose(16, 64));
    let [drawn, reshuffled] = SAMPLERS.map(|sampler| Runs::of(&plan, &model, sampler, *value));
    for average in 0..2 {
        out.decide(&SLOPES, AVERAGES[average], Measured::of(drawn.slope(average)));
    }
    let ratio = drawn.last(0).value / reshuffled.last(0).value;
    out.decide(&RESHUFFLED, "with replacement over reshuffled", Measured::of(ratio));
    let mut worst = 0.0f64;
    for (i, &t) in times().iter().enumerate() {
        let largest = drawn.at(i, 1).value.max(reshuffled.at(i, 1).value);
        worst = worst.max(largest / bound(&clouds, t));
    }
    out.decide(&BOUND, "largest ratio", Measured::of(worst));
    out.decide(&LOOSE, "at 100 000 steps", Measured::of(bound(&clouds, 100_000) / drawn.last(1).value));
    let longest = drawn.longest().max(reshuffled.longest());
    out.decide(&BALL, "largest norm", Measured::of(longest / (C * clouds.longest())));
    let switched = with_intercept(setting, &clouds, *value, out);
    let all = [&drawn, &reshuffled, &switched];
    tabulate(&clouds, &all, out);
    out.draw("rates", rates(&clouds, &drawn, &reshuffled));
    out.draw("intercept", intercept(&drawn, &switched));
}

/// The problem with an intercept.
fn with_intercept(setting: &Setting, clouds: &Clouds, without: f64, out: &mut Outcome) -> Runs {
    let rows = ndarray::ArrayView2::from_shape((TERMS, FEATURES), &clouds.features).expect("rows and columns");
    let minimum = hinge_svm(rows, &clouds.signs, C).expect("it converges").value;
    out.decide(&INTERCEPT, "what it gains", Measured::of((without - minimum) / without));
    let model = clouds.objective(C, 1.0, true);
    let runs = Runs::of(&plan(setting, setting.choose(8, 16)), &model, SAMPLERS[0], minimum);
    let last = runs.last(0);
    out.decide(&INTERCEPT, "last iterate", Measured::of(last.value / minimum).give_or_take(last.error / minimum));
    runs
}

fn tabulate(clouds: &Clouds, all: &[&Runs; 3], out: &mut Outcome) {
    let mut rows = Vec::new();
    let mut slopes = Vec::new();
    for runs in all {
        for (average, name) in AVERAGES.into_iter().enumerate() {
            for (i, t) in times().into_iter().enumerate() {
                let Mean { value, error } = runs.at(i, average);
                let words = [runs.sampler, &runs.intercept.to_string(), name, &t.to_string()];
                rows.push(fields(&words, &[value, error, bound(clouds, t)]));
            }
            if !runs.intercept {
                slopes.push(fields(&[runs.sampler, name], &[runs.slope(average)]));
            }
        }
    }
    out.tabulate(&TIMES, rows);
    out.tabulate(&SLOPE_TABLE, slopes);
}

/// A course with its band.
fn series(name: String, style: usize, runs: &Runs, average: usize) -> Series {
    let x: Vec<f64> = times().iter().map(|&t| t as f64).collect();
    let of: Vec<Mean> = (0..x.len()).map(|i| runs.at(i, average)).collect();
    let y: Vec<f64> = of.iter().map(|mean| mean.value).collect();
    let high = of.iter().map(|mean| mean.value + 4.0 * mean.error).collect();
    let low = of.iter().map(|mean| (mean.value - 4.0 * mean.error).max(0.1 * mean.value)).collect();
    let marks = vec![
        Mark::Band { x: x.clone(), low, high },
        Mark::Line { x: x.clone(), y: y.clone(), steps: false },
        Mark::Points { x, y },
    ];
    Series { name, style, marks }
}

fn rates(clouds: &Clouds, drawn: &Runs, reshuffled: &Runs) -> Figure {
    let x: Vec<f64> = times().iter().map(|&t| t as f64).collect();
    let guide = |name: &str, y: Vec<f64>| Reference { name: name.to_owned(), guide: Guide::Curve { x: x.clone(), y } };
    let last = drawn.last(0).value;
    let chart = Chart {
        x: Axis::new("step t", "").log(),
        y: Axis::new("f − f*", "").log().between(1e-5, 1e3),
        references: vec![
            guide("bound G² (1 + ln t)/(2t)", times().iter().map(|&t| bound(clouds, t)).collect()),
            guide("slope −1", x.iter().map(|t| 0.4 * last * 1e5 / t).collect()),
        ],
        series: vec![
            series("with replacement, last iterate".to_owned(), 0, drawn, 0),
            series("with replacement, mean of all".to_owned(), 1, drawn, 1),
            series("with replacement, weighted by t".to_owned(), 2, drawn, 2),
            series("reshuffled, last iterate".to_owned(), 3, reshuffled, 0),
        ],
        ..Chart::default()
    };
    Figure::of("The error falls as 1/t, and reshuffling makes it smaller", chart).with_subtitle(&format!(
        "A support vector machine on 200 points, C = 10, steps 1/t; means of {} runs, bands are ± 4 standard errors.",
        drawn.runs.len()
    ))
}

fn intercept(without: &Runs, with: &Runs) -> Figure {
    let chart = Chart {
        x: Axis::new("step t", "").log(),
        y: Axis::new("f − f*", "").log(),
        series: vec![
            series("no intercept".to_owned(), 0, without, 0),
            series("an intercept without penalty".to_owned(), 1, with, 0),
        ],
        ..Chart::default()
    };
    Figure::of("With an intercept there is no theorem, but the runs do as well", chart).with_subtitle(
        "The last iterate, terms drawn with replacement, steps 1/t; each against its own minimum, bands ± 4 standard errors.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_near, each_claim_can_fail};

    /// Coordinate ascent agrees with the interior-point method where both apply: at b = 0 by symmetry.
    #[test]
    fn the_minimum_is_that_of_another_method() {
        let clouds = Clouds::draw();
        let mut both = clouds.features.clone();
        both.extend(clouds.features.iter().map(|a| -a));
        let mut signs = clouds.signs.clone();
        signs.extend(clouds.signs.iter().map(|s| -s));
        let rows = ndarray::ArrayView2::from_shape((2 * TERMS, FEATURES), &both).unwrap();
        let other = hinge_svm(rows, &signs, C).unwrap().value;
        assert_near("minimum", clouds.minimum(C / TERMS as f64).value, other, 1e-10);
    }

    #[test]
    fn every_claim_can_fail() {
        let clouds = Clouds::draw();
        let optimum = clouds.minimum(C / TERMS as f64);
        let other = clouds.minimum(0.9 * C / TERMS as f64);
        let slow = Plan { schedule: schedule("inverse-sqrt", []), runs: 2, key: Key::new("test") };
        let slow = Runs::of(&slow, &clouds.objective(C, 1.0, false), SAMPLERS[0], optimum.value);
        let setting = Setting { quick: true, key: Key::new("test") };
        let large = Runs::of(&plan(&setting, 1), &clouds.objective(4.0 * C, 1.0, false), SAMPLERS[0], 0.0);
        let (last, square) = (slow.last(1).value, (2.0 * C) * (2.0 * C));
        let wrong = &[
            ("reference-optimum", Measured::of(optimum.value - other.bound), "the bound of another C"),
            ("rate-one-over-t", Measured::of(slow.slope(0)), "steps 1/√t"),
            ("reshuffling-is-below", Measured::of(1.0), "the same sampler twice"),
            ("bound", Measured::of(last / bound(&clouds, 100_000) * square), "the factor 2 C of G forgotten"),
            ("bound-is-loose", Measured::of(bound(&clouds, 100_000) / square / last), "the same"),
            (
                "iterates-stay-in-the-ball",
                Measured::of(large.longest() / (C * clouds.longest())),
                "C four times as large",
            ),
            ("an-intercept-changes-little-here", Measured::of(0.2), "clouds of unequal size"),
        ];
        each_claim_can_fail(EXPERIMENT.claims, wrong);
    }
}
