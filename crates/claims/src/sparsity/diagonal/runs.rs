//! Runs of one diagonal network at 16 steps side by side, on the same batches.

use rand::RngCore;
use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Batch, Lanes, Objective, Oracle, Value, WIDTH};
use sgdlab_objectives::{Problem, Stored};
use sgdlab_optimizers::schedules::ScheduleSpec;
use sgdlab_optimizers::{RuleSpec, Sgd, Signal};
use sgdlab_samplers::BatchBuffer;

use crate::tools::pack::{schedule, spec};
use crate::tools::problem::problem;
use crate::tools::sampler::sampler;

/// The normalized step that others are compared with; it stays as it is to the end.
pub(super) const SMALL: f64 = 0.05;
/// α, where every uⱼ begins.
pub(super) const ALPHA: f64 = 0.1;
/// What a step is multiplied by when it decays.
pub(super) const DECAY: f64 = 0.25;
/// A run has diverged where its loss exceeds this many times the larger of 1 and its first one, as in sweeps.
const DIVERGENCE: f64 = 1e10;
/// n, d.
pub(super) const SIZES: [usize; 2] = [80, 200];

/// The data of one seed.
pub(super) struct Data {
    pub(super) problem: Problem,
    /// ‖θ*‖₁: a step of c/‖θ*‖₁ is the normalized step c.
    pub(super) l1: f64,
    key: Key,
}

impl Data {
    /// Number `seed` under a key, with so many weights that are not 0.
    pub(super) fn draw(key: Key, seed: usize, sparsity: usize) -> Self {
        let key = key.child(&format!("diagonal network {seed}"));
        // The catalogue's seeds are whole numbers.
        let drawn = 1 + (key.stream(0).next_u64() >> 16);
        let given = [("seed", Value::Number(drawn as f64)), ("sparsity", Value::Number(sparsity as f64))];
        let problem = problem("diagonal-network", given);
        let minimizer = problem.facts().minimizer.as_ref().expect("the teacher");
        let l1 = weights(minimizer).iter().map(|w| w.abs()).sum();
        Self { problem, l1, key }
    }
}

/// u ∘ v.
fn weights(at: &[f64]) -> Vec<f64> {
    let (u, v) = at.split_at(at.len() / 2);
    u.iter().zip(v).map(|(u, v)| u * v).collect()
}

/// One of the runs of a pack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lane {
    /// The normalized step: the step is c/‖θ*‖₁.
    pub(super) c: f64,
    /// When the step is multiplied by [`DECAY`], as a share of the run.
    pub(super) decay: Option<f64>,
}

impl Lane {
    /// The small step, which does not decay, or a step that decays half-way.
    pub(super) fn half_way(c: f64) -> Self {
        Self { c, decay: (c != SMALL).then_some(0.5) }
    }

    fn schedule(self) -> ScheduleSpec {
        spec(&match self.decay {
            None => schedule("constant", []),
            Some(at) => schedule("large-then-drop", [("gamma", Value::Number(DECAY)), ("at", Value::Number(at))]),
        })
    }
}

/// How a pack is run.
#[derive(Clone, Copy)]
pub(super) struct Course<'a> {
    /// A sampler of the catalogue and its batch size.
    pub(super) sampler: (&'a str, usize),
    pub(super) steps: u64,
    /// How many steps lie between two measurements.
    pub(super) every: u64,
    /// At most 16.
    pub(super) lanes: &'a [Lane],
}

/// One measurement of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) step: u64,
    /// The training loss 1/(2n) Σ r².
    pub(super) train: f64,
    /// The test loss ½ ‖u∘v − θ*‖², exactly.
    pub(super) test: f64,
    /// How many |uⱼ vⱼ| are above each of [`THRESHOLDS`].
    pub(super) support: [usize; 3],
}

/// Above which a weight counts.
pub(super) const THRESHOLDS: [f64; 3] = [1e-3, 1e-6, 1e-50];

/// A run, measured.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) lane: Lane,
    /// Up to the end, or to where the run has diverged.
    pub(super) points: Vec<Point>,
    pub(super) diverged_at: Option<u64>,
    /// u, then v.
    pub(super) end: Vec<f64>,
}

impl Run {
    pub(super) fn last(&self) -> &Point {
        self.points.last().expect("the start is measured")
    }

    /// The test loss at the end, over that of a reference; NaN where one of them has diverged.
    pub(super) fn ratio(&self, reference: &Self) -> f64 {
        let gone = self.diverged_at.is_some() || reference.diverged_at.is_some();
        if gone { f64::NAN } else { self.last().test / reference.last().test }
    }

    /// |uⱼ² − vⱼ²|, without cancellation between the squares.
    pub(super) fn imbalance(&self) -> Vec<f64> {
        let (u, v) = self.end.split_at(self.end.len() / 2);
        u.iter().zip(v).map(|(u, v)| ((u.abs() - v.abs()) * (u.abs() + v.abs())).abs()).collect()
    }
}

/// What is seen of a step before it is done.
pub(super) struct Step<'a> {
    /// The parameters of all lanes.
    pub(super) at: &'a [Lanes<f64, WIDTH>],
    pub(super) batch: Batch<'a>,
    pub(super) rates: &'a [f64; WIDTH],
}

impl Course<'_> {
    /// The runs of all lanes on some data; `watch` sees every step.
    pub(super) fn run(&self, data: &Data, mut watch: impl FnMut(&Step<'_>)) -> Vec<Run> {
        let problem = &data.problem;
        let objective = f64::model(problem).objective::<WIDTH>();
        let (name, batch) = self.sampler;
        let key = data.key.child(&format!("batches of {batch}, {name}"));
        let mut sampler = sampler(name, problem.terms(), batch, key);
        let mut rule = RuleSpec::bind(&std::array::from_fn::<_, WIDTH, _>(|_| Sgd::default().into()), problem.layout());
        let schedules: [ScheduleSpec; WIDTH] = std::array::from_fn(|l| self.lane(l).schedule());
        let epoch = sampler.batches_per_epoch();
        let schedules = schedules.each_ref().map(|schedule| schedule.of_run(self.steps, epoch, batch as u64));
        let bases: [f64; WIDTH] = std::array::from_fn(|l| self.lane(l).c / data.l1);

        let mut at: Vec<_> = problem.initial(data.key).iter().map(|&x| [x; WIDTH]).collect();
        let mut gradient = vec![[0.0; WIDTH]; at.len()];
        let mut oracle = Oracle::new(objective, sampler.largest_batch());
        let mut buffer = BatchBuffer::with_capacity(sampler.largest_batch());
        let mut meter = Meter::new(problem, self.lanes);
        meter.measure(0, &at);
        for step in 0..self.steps {
            sampler.fill(step, &mut buffer);
            let rates = std::array::from_fn(|l| bases[l] * schedules[l].factor(step));
            watch(&Step { at: &at, batch: buffer.batch(), rates: &rates });
            oracle.gradient(&at, buffer.batch(), &mut gradient);
            rule.update(&mut at, Signal::of(&gradient), &rates);
            if (step + 1).is_multiple_of(self.every) || step + 1 == self.steps {
                meter.measure(step + 1, &at);
            }
        }
        meter.finish(&at)
    }

    /// Lanes beyond the last repeat it; nobody looks at them.
    fn lane(&self, l: usize) -> Lane {
        self.lanes[l.min(self.lanes.len() - 1)]
    }

    /// The same for the data of so many seeds, side by side.
    pub(super) fn of_seeds(&self, key: Key, (seeds, sparsity): (usize, usize)) -> Vec<Vec<Run>> {
        let of_seed = |seed| self.run(&Data::draw(key, seed, sparsity), |_| {});
        (0..seeds).into_par_iter().map(of_seed).collect()
    }
}

/// Measures a pack, and keeps what it has measured.
struct Meter<'a> {
    objectives: [&'a dyn Objective<f64, WIDTH>; 2],
    scratch: Vec<Lanes<f64, WIDTH>>,
    runs: Vec<Run>,
}

impl<'a> Meter<'a> {
    fn new(problem: &'a Problem, lanes: &[Lane]) -> Self {
        let held_out = f64::held_out(problem).expect("the population").objective();
        let objectives = [f64::model(problem).objective(), held_out];
        let scratch = objectives.iter().map(|objective| objective.scratch(1)).max().unwrap_or(0);
        let run = |&lane| Run { lane, points: Vec::new(), diverged_at: None, end: Vec::new() };
        Self { objectives, scratch: vec![[0.0; WIDTH]; scratch], runs: lanes.iter().map(run).collect() }
    }

    fn measure(&mut self, step: u64, at: &[Lanes<f64, WIDTH>]) {
        let [train, test] = self.objectives.map(|objective| objective.evaluate(at, false, &mut self.scratch).value);
        let (u, v) = at.split_at(at.len() / 2);
        for (l, run) in self.runs.iter_mut().enumerate().filter(|(_, run)| run.diverged_at.is_none()) {
            let limit = DIVERGENCE * run.points.first().map_or(1.0, |first| first.train.max(1.0));
            if train[l].is_nan() || train[l] > limit {
                run.diverged_at = Some(step);
                continue;
            }
            let above = |threshold: f64| u.iter().zip(v).filter(|(u, v)| (u[l] * v[l]).abs() > threshold).count();
            run.points.push(Point { step, train: train[l], test: test[l], support: THRESHOLDS.map(above) });
        }
    }

    fn finish(mut self, at: &[Lanes<f64, WIDTH>]) -> Vec<Run> {
        for (l, run) in self.runs.iter_mut().enumerate() {
            run.end = at.iter().map(|x| x[l]).collect();
        }
        self.runs
    }
}

/// The quantile of a share of the numbers that are none of NaN, between neighbors by their distance; NaN if there are
/// none.
pub(super) fn quantile(numbers: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let numbers: Vec<f64> = numbers.into_iter().filter(|x| !x.is_nan()).collect();
    sgdlab_reports::quantile(&numbers, share)
}

/// The middle one.
pub(super) fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    quantile(numbers, 0.5)
}

/// The share of answers that are yes; NaN if nobody was asked.
pub(super) fn share(answers: impl IntoIterator<Item = bool>) -> f64 {
    let answers: Vec<bool> = answers.into_iter().collect();
    answers.iter().filter(|&&yes| yes).count() as f64 / answers.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_leave_out_what_is_not_a_number() {
        let numbers = [4.0, f64::NAN, 1.0, 2.0, 3.0];
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|share| quantile(numbers, share)), [1.0, 1.75, 2.5, 4.0]);
        assert!(median([f64::NAN]).is_nan());
        assert_eq!(share([true, false, true, true]), 0.75);
    }

    /// Three steps written out, one batch of one each; the step falls after the first half.
    #[test]
    fn a_run_takes_the_steps_of_its_lanes() {
        let key = Key::new("steps");
        let data = Data::draw(key, 0, 10);
        let lanes = [Lane::half_way(SMALL), Lane { c: 0.4, decay: Some(0.5) }];
        let course = Course { sampler: ("reshuffle", 1), steps: 4, every: 4, lanes: &lanes };
        let mut batches = Vec::new();
        let runs = course.run(&data, |step| batches.push(step.batch.indices[0] as usize));
        let sgdlab_objectives::Model::Diagonal(network) = f64::model(&data.problem) else { panic!("another model") };
        let theta = weights(data.problem.facts().minimizer.as_ref().unwrap());
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for (lane, factors) in [(0, [1.0; 4]), (1, [1.0, 1.0, 0.25, 0.25])] {
            let (mut u, mut v) = (vec![ALPHA; 200], vec![0.0; 200]);
            for (&term, factor) in batches.iter().zip(factors) {
                let x = network.row(term);
                let product: Vec<f64> = u.iter().zip(&v).map(|(u, v)| u * v).collect();
                let residual = dot(&product, x) - dot(&theta, x);
                let rate = lanes[lane].c / theta.iter().sum::<f64>() * factor;
                for j in 0..200 {
                    let slope = rate * residual * x[j];
                    (u[j], v[j]) = (u[j] - slope * v[j], v[j] - slope * u[j]);
                }
            }
            let expected = [u, v].concat();
            let end = &runs[lane].end;
            assert!(end.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13), "lane {lane}");
            let square: f64 = weights(end).iter().zip(&theta).map(|(a, b)| (a - b).powi(2)).sum();
            assert!((runs[lane].last().test - 0.5 * square).abs() < 1e-14);
        }
    }
}
