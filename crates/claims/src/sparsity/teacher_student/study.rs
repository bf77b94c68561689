//! Students under four schedules of the step.

use sgdlab_core::streams::Key;
use sgdlab_core::{Value, WIDTH};
use sgdlab_objectives::{Network, Problem, Stored};
use sgdlab_reports::statistics::median;

use crate::sparsity::features::{Features, rank};
use crate::sparsity::networks::{network, number_of, whole_square, word};
use crate::tools::pack::{Lane, Pack, chained, lane, schedule};
use crate::tools::problem::problem;

/// Schedules that are compared.
pub(super) const ARMS: usize = 4;

/// Students of each data set under each schedule.
const STUDENTS: usize = WIDTH / ARMS;

/// Units are the same feature if they correlate by more.
const THRESHOLD: f64 = 0.99;

/// A schedule of the step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arm {
    pub(super) name: &'static str,
    /// The first step size.
    pub(super) rate: f64,
    /// When it is made small, as a share of the run, and by what it is divided; `None`: never.
    pub(super) decay: Option<(f64, f64)>,
    /// What the step grows to up to the decay: times 1 + growth √(t/T).
    pub(super) growth: f64,
}

/// Corners of the line that follows the square root.
const CORNERS: i32 = 8;

impl Arm {
    const fn constant(name: &'static str, rate: f64) -> Self {
        Self { name, rate, decay: None, growth: 0.0 }
    }

    pub(super) fn lane(&self, start: Vec<f64>) -> Lane {
        let (end, divisor) = self.decay.unwrap_or((0.5, 1.0));
        // Equally high corners: times are squares.
        let part = |corner: i32| f64::from(corner) / f64::from(CORNERS);
        let boundaries = (1..=CORNERS).map(|corner| end * part(corner) * part(corner)).collect();
        let factors = (0..=CORNERS).map(|corner| 1.0 + self.growth * end.sqrt() * part(corner)).collect();
        let rise = [("boundaries", Value::Numbers(boundaries)), ("factors", Value::Numbers(factors))];
        let drop = [("gamma", Value::Number(1.0 / divisor)), ("at", Value::Number(end))];
        let parts = vec![schedule("piecewise-interpolate", rise), schedule("large-then-drop", drop)];
        Lane { start, rate: self.rate, schedule: chained(parts) }
    }
}

/// Teachers and students of one size.
pub(super) struct Study {
    pub(super) name: &'static str,
    /// The first is what the others are compared with.
    pub(super) arms: [Arm; ARMS],
    steps: u64,
    settings: fn() -> Vec<(&'static str, Value)>,
    /// The hidden layer whose features are looked at.
    layer: usize,
    /// At how many held-out inputs the Jacobian is taken.
    inputs: usize,
}

/// The largest training error, as a share of the variance of the answers, of a student that is compared.
const FIT: f64 = 0.5;

const fn three(name: &'static str, end: f64, divisor: f64) -> Arm {
    Arm { name, rate: 0.04, decay: Some((end, divisor)), growth: 5.0 }
}

pub(super) static THREE_LAYERS: Study = Study {
    name: "three layers",
    arms: [
        Arm::constant("0.011", 0.011),
        three("0.04, decay at 10 %", 0.1, 3.5),
        three("0.04, decay at 30 %", 0.3, 2.5),
        three("0.04, decay at 50 %", 0.5, 5.0),
    ],
    steps: 10_001,
    settings: || vec![("weight-deviations", Value::Numbers(vec![0.8])), ("bias-law", word("uniform"))],
    layer: 1,
    inputs: 181,
};

const fn two(name: &'static str, rate: f64, end: f64, divisor: f64) -> Arm {
    Arm { name, rate, decay: Some((end, divisor)), growth: 0.0 }
}

pub(super) static TWO_LAYERS: Study = Study {
    name: "two layers",
    arms: [
        Arm::constant("0.13", 0.13),
        two("0.3, decay at 50 %", 0.3, 0.5, 3.0),
        two("0.455, decay at 30 %", 0.455, 0.3, 4.0),
        two("0.455, decay at 50 %", 0.455, 0.5, 5.0),
    ],
    steps: 14_126,
    settings: || {
        vec![
            ("dimension", Value::Number(2.0)),
            ("terms", Value::Number(15.0)),
            ("teacher", Value::Integers(vec![3])),
            ("teacher-law", word("unit")),
            ("hidden", Value::Integers(vec![20])),
            ("biases", word("none")),
            ("weight-deviations", Value::Numbers(vec![0.5, 0.0])),
        ]
    },
    layer: 0,
    inputs: 60,
};

/// One student under one schedule.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) arm: &'static str,
    pub(super) set: u64,
    pub(super) student: usize,
    /// Whether it is finite and fits.
    pub(super) usable: bool,
    pub(super) diverged: bool,
    /// Mean (f − t)² over the variance of the answers: training terms, held-out terms, and the median of the training
    /// terms in the phase of large steps.
    pub(super) train: f64,
    pub(super) test: f64,
    pub(super) phase: f64,
    pub(super) sparsity: f64,
    pub(super) kept: f64,
    pub(super) rank: f64,
}

/// Mean (f − t)² of all terms over the variance of the answers; infinite if they differ by rounding only, as those of a
/// teacher do whose units are not active.
fn error(network: &Network<f64>, at: &[f64]) -> f64 {
    let answers = network.numbers().expect("a student answers with a number");
    let outputs = network.respond(at, network.inputs()).pop().expect("an output");
    let n = answers.len() as f64;
    let mean = answers.iter().sum::<f64>() / n;
    let square = outputs.iter().zip(answers).map(|(f, t)| (f - t) * (f - t)).sum::<f64>() / n;
    let variance = answers.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>() / n;
    if variance > 1e-20 * mean * mean { square / variance } else { f64::INFINITY }
}

impl Study {
    pub(super) fn problem(&self, key: Key) -> Problem {
        let given = [("loss", whole_square()), ("seed", number_of(key))];
        problem("teacher-student", given.into_iter().chain((self.settings)()))
    }

    /// Every student under every schedule on one data set, arm by arm.
    pub(super) fn run(&self, key: Key, set: u64) -> Vec<Run> {
        let problem = self.problem(key.child("teacher"));
        let train = network(Some(f64::model(&problem)));
        let starts: Vec<_> = (0..STUDENTS).map(|k| problem.initial(key.child(&format!("student {k}")))).collect();
        let pack = Pack {
            objective: f64::model(&problem).objective::<WIDTH>(),
            lanes: self.arms.iter().flat_map(|arm| starts.iter().map(|start| arm.lane(start.clone()))).collect(),
            sampler: "with-replacement",
            batch: 1,
            steps: self.steps,
            key: key.child("order"),
        };
        let mut phases: Vec<Vec<f64>> = vec![Vec::new(); WIDTH];
        let end = pack.run(|step, at| {
            for (l, phase) in phases.iter_mut().enumerate() {
                let end = self.arms[l / STUDENTS].decay.map_or(0.1, |(end, _)| end) * self.steps as f64;
                if step.is_multiple_of(100) && (0.05 * self.steps as f64..end).contains(&(step as f64)) {
                    phase.push(error(train, &lane(at, l)));
                }
            }
        });
        let run = |(l, phase): (usize, Vec<f64>)| {
            let measured = self.measure(&problem, &lane(&end, l));
            Run { arm: self.arms[l / STUDENTS].name, set, student: l % STUDENTS, phase: median(&phase), ..measured }
        };
        phases.into_iter().enumerate().map(run).collect()
    }

    /// What is measured of a student at the end.
    fn measure(&self, problem: &Problem, at: &[f64]) -> Run {
        let [train, test] = [Some(f64::model(problem)), f64::held_out(problem)].map(network);
        let units = train.respond(at, train.inputs()).swap_remove(self.layer);
        let width = units.len() / problem.terms();
        let sparsity = Features::new(units, width).normalized().sparsity(THRESHOLD);
        let columns = test.inputs().len() / problem.held_out_terms();
        let inputs = &test.inputs()[..self.inputs * columns];
        let diverged = !at.iter().all(|x| x.is_finite());
        let of_training = error(train, at);
        Run {
            arm: "",
            set: 0,
            student: 0,
            usable: !diverged && of_training < FIT,
            diverged,
            train: of_training,
            test: error(test, at),
            phase: f64::NAN,
            sparsity: sparsity.share,
            kept: sparsity.kept as f64,
            rank: rank(&train.jacobian(at, inputs), 1e-4) as f64,
        }
    }
}
