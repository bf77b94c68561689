//! A residual network of 18 layers on digits.

mod claims;
mod figures;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Evaluation, Objective, Value};
use sgdlab_objectives::{Network, Problem, Stored};
use sgdlab_reports::statistics::median;

use self::claims::*;
use crate::sparsity::features::Features;
use crate::sparsity::networks::{network, number_of, word};
use crate::tools::moments::Mean;
use crate::tools::pack::{Lane, Pack, schedule, spec};
use crate::tools::problem::problem;
use crate::{Experiment, Measured, Outcome, Setting, Truth};

/// The experiment.
pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "residual-digits",
    title: "A residual network of 18 layers on digits",
    sentence: "Large steps early in training make a deep network's features sparse, and it generalizes better.",
    reference: "Andriushchenko, Varre, Pillaud-Vivien and Flammarion (2023), SGD with large step sizes learns sparse \
                features, ICML, section 5, where the networks are convolutional and the data CIFAR",
    statement: "h = relu(S x), eight times h ← relu(h + V relu(W h)), logits U h: 18 layers of weights, 64 units wide, \
                with biases. Mean cross-entropy, SGD without momentum, batches of 16 from reshuffled epochs. The step is \
                constant (0.02), or 0.1, 0.15 or 0.3 up to 50, 30 and 30 % of the run, a tenth of it then, and a \
                hundredth from 90 % on. Feature sparsity of a block: share of its activations on the training images \
                that are not 0, without units that are dead or correlate by more than 0.95 with another that is still \
                counted.",
    setup: "Digits of 8 × 8 pixels, divided by 16 and less 0.3; 400 images to train on, 1397 held out. Initial weights \
            normal with variance 2/inputs, V times 0.5/√8, U times 0.5. Four seeds a split, the same four for each step. \
            Twenty splits, 60 epochs; with --quick three splits, where errors are compared at the step 0.1 only.",
    exactness: "Sampled: splits with their orders of batches, which their seeds share, and the initial weights. \
                Everything is paired by seed: each step is compared with 0.02 from the same weights with the same batches. \
                Pairs of which a run has diverged are left out, and counted.",
    limits: "The effect on sparsity is large at every step; that on the error is certain in the mean only, and smaller \
             at 0.3 than at 0.15. At 0.3 three runs in ten diverge, and at 0.15 one in forty. What is left is not \
             always better: of 936 runs at 0.15 fourteen made 1.5 to 12 points more errors than at 0.02, nearly all \
             of them with a training loss above 0.005 at the end, where 0.0006 is typical: they have come out of the \
             phase of large steps too late. One such run among 16 hides the effect of all others. \
             The step holds the loss up at 0.3, not at 0.15, and sparsity does not need it. \
             Standard errors count seeds, of which four share a split and an order: means of 240 splits scatter by 0.55 \
             points at 0.15, where 0.52 would be those of independent seeds.",
    truth: Truth::Holds,
    claims: ALL,
    tables: &[&figures::RUNS, &figures::COURSES],
    run,
};

/// A size of the step, and up to which share of the run.
#[derive(Clone, Copy, Debug)]
struct Arm {
    name: &'static str,
    rate: f64,
    decay: Option<f64>,
}

const ARMS: [Arm; 4] = [
    Arm { name: "0.02", rate: 0.02, decay: None },
    Arm { name: "0.1, 50 %", rate: 0.1, decay: Some(0.5) },
    Arm { name: "0.15, 30 %", rate: 0.15, decay: Some(0.3) },
    Arm { name: "0.3, 30 %", rate: 0.3, decay: Some(0.3) },
];

/// The places of arms.
const SMALL: usize = 0;
const MIDDLE: usize = 1;
const LARGE: usize = 2;
const HUGE: usize = 3;

/// Seeds of a split.
const SEEDS: usize = 4;

const BLOCKS: usize = 8;
const BATCH: usize = 16;

/// Units are the same feature if they correlate by more.
const THRESHOLD: f64 = 0.95;

impl Arm {
    fn lane(self, start: Vec<f64>) -> Lane {
        let (boundaries, factors) = match self.decay {
            Some(end) => (vec![end, 0.9], vec![1.0, 0.1, 0.01]),
            None => (vec![0.9], vec![1.0, 1.0]),
        };
        let given = [("boundaries", Value::Numbers(boundaries)), ("factors", Value::Numbers(factors))];
        Lane { start, rate: self.rate, schedule: spec(&schedule("piecewise-constant", given)) }
    }

    /// Whether a step is in the phase of large steps, after its beginning; half of the run if the step is constant.
    fn in_phase(self, step: u64, steps: u64) -> bool {
        let part = step as f64 / steps as f64;
        (0.05..self.decay.unwrap_or(0.5)).contains(&part)
    }
}

/// Splits, with --quick and without.
const SPLITS: [usize; 2] = [3, 20];

const WIDTH: usize = 64;
const EPOCHS: u64 = 60;

/// How many epochs lie between two looks at a run.
const EVERY: u64 = 4;

/// Two looks in the phase of large steps, after its beginning.
const FALL: [u64; 2] = [8, 16];

/// One seed with one step.
#[derive(Clone, Debug)]
struct Run {
    arm: usize,
    split: usize,
    seed: usize,
    /// Mean cross-entropy of the training images, at the end and in the median of the phase of large steps.
    train: f64,
    phase: f64,
    /// Share of errors on held-out images, and their mean cross-entropy.
    test_error: f64,
    test_loss: f64,
    /// Feature sparsity of the stem and of every block.
    sparsity: Vec<f64>,
    /// Share of activations of the last block.
    active: f64,
    course: Vec<Point>,
}

/// A run on its way.
#[derive(Clone, Copy, Debug)]
struct Point {
    epoch: f64,
    loss: f64,
    /// Of the last block.
    sparsity: f64,
}

impl Run {
    fn diverged(&self) -> bool {
        !self.train.is_finite()
    }

    /// By which factor the training loss falls between two looks in the phase of large steps.
    fn fall(&self) -> f64 {
        let [early, late] = FALL.map(|epoch| {
            let point = self.course.iter().find(|point| point.epoch == epoch as f64);
            point.map_or(f64::NAN, |point| point.loss)
        });
        early / late
    }

    fn last_sparsity(&self) -> f64 {
        self.sparsity[BLOCKS]
    }
}

fn digits(split: Value) -> Problem {
    problem(
        "residual",
        [
            ("width", Value::Number(WIDTH as f64)),
            ("blocks", Value::Number(BLOCKS as f64)),
            ("features", word("unit")),
            ("shift", Value::Number(-0.3)),
            ("test", Value::Number(1397.0 / 1797.0)),
            ("split", split),
        ],
    )
}

/// The features of the stem and of every block on the training images.
fn features(network: &Network<f32>, at: &[f32]) -> Vec<Features> {
    let layers = network.respond(at, network.inputs()).into_iter().step_by(2).take(BLOCKS + 1);
    layers.map(|units| Features::new(units.into_iter().map(f64::from).collect(), WIDTH)).collect()
}

/// Images of one split, and the key of what is drawn for it.
struct Split {
    number: usize,
    problem: Problem,
    key: Key,
}

impl Split {
    fn new(number: usize, key: Key) -> Self {
        let key = key.child(&format!("residual digits, split {number}"));
        Self { number, problem: digits(number_of(key.child("rows"))), key }
    }

    /// One seed with one step. The weights of one run fill the cache, so runs are packs of one.
    fn run(&self, arm: usize, seed: usize) -> Run {
        let objective: &dyn Objective<f32, 1> = f32::model(&self.problem).objective();
        let train = network(Some(f32::model(&self.problem)));
        let per_epoch = (self.problem.terms() / BATCH) as u64;
        let steps = EPOCHS * per_epoch;
        let start = self.problem.initial(self.key.child(&format!("seed {seed}")));
        let lanes = vec![ARMS[arm].lane(start)];
        let key = self.key.child("batches");
        let pack = Pack { objective, lanes, sampler: "reshuffle", batch: BATCH, steps, key };
        let mut scratch = vec![[0.0]; objective.scratch(BATCH)];
        let mut course: Vec<Point> = Vec::new();
        let end = pack.run(|step, at| {
            if step.is_multiple_of(EVERY * per_epoch) {
                let [loss] = objective.evaluate(at, false, &mut scratch).value;
                let last = features(train, at.as_flattened()).pop().expect("the last block");
                let sparsity = if loss.is_finite() { last.sparsity(THRESHOLD).share } else { f64::NAN };
                course.push(Point { epoch: step as f64 / per_epoch as f64, loss: f64::from(loss), sparsity });
            }
        });
        let [trained] = objective.evaluate(&end, false, &mut scratch).value;
        let test = f32::held_out(&self.problem).expect("held-out images").objective::<1>();
        let mut scratch = vec![[0.0]; test.scratch(1)];
        let Evaluation { value: [test_loss], error } = test.evaluate(&end, true, &mut scratch);
        let [error] = error.expect("images have classes");
        let layers = features(train, end.as_flattened());
        // What has diverged has no features and no errors.
        let found = |x: f64| if trained.is_finite() { x } else { f64::NAN };
        let in_phase = |point: &&Point| ARMS[arm].in_phase((point.epoch * per_epoch as f64) as u64, steps);
        Run {
            arm,
            split: self.number,
            seed,
            train: f64::from(trained),
            phase: median(&course.iter().filter(in_phase).map(|point| point.loss).collect::<Vec<_>>()),
            test_error: found(f64::from(error)),
            test_loss: found(f64::from(test_loss)),
            sparsity: layers.iter().map(|layer| found(layer.sparsity(THRESHOLD).share)).collect(),
            active: found(layers[BLOCKS].active()),
            course,
        }
    }
}

/// The runs of an arm, in the order of splits and seeds.
fn of_arm(runs: &[Run], arm: usize) -> Vec<&Run> {
    runs.iter().filter(|run| run.arm == arm).collect()
}

/// A number of each seed under one arm and under small steps, where both are finite.
fn pairs(runs: &[Run], arm: usize, of: fn(&Run) -> f64) -> Vec<(f64, f64)> {
    let pairs = of_arm(runs, arm).into_iter().zip(of_arm(runs, SMALL));
    pairs.filter(|(run, small)| !run.diverged() && !small.diverged()).map(|(run, small)| (of(run), of(small))).collect()
}

fn ratios(runs: &[Run], arm: usize) -> Vec<f64> {
    pairs(runs, arm, Run::last_sparsity).into_iter().map(|(large, small)| large / small).collect()
}

fn median_of(runs: &[Run], arm: usize, of: fn(&Run) -> f64) -> f64 {
    median(&of_arm(runs, arm).into_iter().filter(|run| !run.diverged()).map(of).collect::<Vec<_>>())
}

/// `compared` are the arms whose errors are compared with those of small steps.
fn decide(runs: &[Run], compared: &[usize], out: &mut Outcome) {
    for arm in [SMALL, MIDDLE, LARGE] {
        let own = of_arm(runs, arm);
        let diverged = own.iter().filter(|run| run.diverged()).count();
        out.decide(&FEW_DIVERGE, ARMS[arm].name, Measured::of(diverged as f64 / own.len() as f64));
    }
    let largest = ratios(runs, LARGE).into_iter().fold(0.0, f64::max);
    out.decide(&SPARSER, "largest ratio, last block", Measured::of(largest));
    let [large, huge] = [LARGE, HUGE].map(|arm| median(&ratios(runs, arm)));
    out.decide(&MUCH_SPARSER, "median ratio, last block", Measured::of(huge));
    out.decide(&MUCH_SPARSER, "median ratio over that at 0.15, halved", Measured::of(0.5 * huge / large));
    for arm in compared {
        let differences: Vec<f64> = pairs(runs, *arm, |run| run.test_error).into_iter().map(|(a, b)| a - b).collect();
        let Mean { value, error, .. } = Mean::of(&differences);
        let quantity = format!("{}: mean difference in points", ARMS[*arm].name);
        out.decide(&GENERALIZES, quantity, Measured::of(100.0 * value).give_or_take(100.0 * error));
    }
    let [large, huge] = [LARGE, HUGE].map(|arm| median_of(runs, arm, Run::fall));
    out.decide(&HELD_UP, "fall with 0.15 over fall with 0.3", Measured::of(large / huge));
    let [middle, high] = [LARGE, HUGE].map(|arm| median_of(runs, arm, |run| run.phase));
    out.decide(&SPARSE_BEFORE, "0.15 over 0.3", Measured::of(middle / high));
    for (arm, named) in ARMS.iter().enumerate() {
        out.decide(&LEARNS, named.name, Measured::of(median_of(runs, arm, |run| run.train)));
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let [quick, full] = SPLITS;
    let splits: Vec<Split> = (0..setting.choose(quick, full)).map(|number| Split::new(number, setting.key)).collect();
    let of_split = |split: usize| (0..ARMS.len() * SEEDS).map(move |i| (split, i / SEEDS, i % SEEDS));
    let all: Vec<_> = (0..splits.len()).flat_map(of_split).collect();
    let runs: Vec<Run> = all.into_par_iter().map(|(split, arm, seed)| splits[split].run(arm, seed)).collect();
    decide(&runs, setting.choose(&[MIDDLE][..], &[MIDDLE, LARGE]), out);
    figures::tabulate(&runs, out);
    out.draw("pairs", figures::pairs(&runs));
    out.draw("courses", figures::courses(&runs));
    out.draw("blocks", figures::blocks(&runs));
}
