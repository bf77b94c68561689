//! The loop of a pack: batch, gradient, update, measurement.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sgdlab_core::streams::Key;
use sgdlab_core::{Batch, Facts, Lanes, Numbers, Objective, Oracle, Real, Sample, reduce};
use sgdlab_estimators::{Ask, Estimator};
use sgdlab_optimizers::schedules::RunSchedule;
use sgdlab_optimizers::{Needs, Rule, ScheduleSpec, Signal, Span, Wants};
use sgdlab_samplers::{BatchBuffer, Sampler};

use crate::curvature::{Curvatures, Measured};
use crate::diagonal::Diagonal;
use crate::plan::Metric;

/// A run is given up once its value exceeds this many times the larger of 1 and its first value.
pub const DIVERGENCE: f64 = 1e10;

/// A pack says how far it is, and looks whether it is to stop, after so many products of parameters and terms, or
/// sixteen steps if these are more: measurements can be hours apart, and every thread writes to the same memory then.
const STOP_EVERY: u64 = 1 << 12;

/// Everything a pack is made of, bound to its sizes.
pub(crate) struct Pack<'a, R: Real, const N: usize> {
    pub(crate) objective: &'a dyn Objective<R, N>,
    pub(crate) held_out: Option<&'a dyn Objective<R, N>>,
    pub(crate) sampler: Box<dyn Sampler>,
    /// Who estimates gradients; without one they are those of the batches.
    pub(crate) estimator: Option<Box<dyn Estimator<R, N>>>,
    pub(crate) rule: Box<dyn Rule<R, N>>,
    /// What the rule needs beyond a gradient a step.
    pub(crate) needs: Needs,
    /// What the rule draws random numbers from.
    pub(crate) rule_key: Key,
    pub(crate) schedule: &'a ScheduleSpec,
    pub(crate) rates: [f64; N],
    pub(crate) initial: &'a [f64],
    pub(crate) facts: Option<&'a Facts>,
}

/// When to stop and what to measure.
pub(crate) struct Course<'a> {
    /// Logged steps, from 0 to the last.
    pub(crate) grid: &'a [u64],
    /// Stop before a step if this many evaluations are spent.
    pub(crate) evaluations: u64,
    /// The metrics that cost something; `value` is always measured.
    pub(crate) metrics: &'a [Metric],
    /// Those that take products with the Hessian.
    pub(crate) curvatures: Curvatures<'a>,
    /// Whether the parameters are recorded too.
    pub(crate) parameters: bool,
    /// How many of the lanes are runs.
    pub(crate) lanes: u64,
}

/// What an observer of a running sweep sees, and how it asks to stop.
#[derive(Debug, Default)]
pub struct Progress {
    /// Updates done now, over all runs; those of a diverged run go on while others of its pack do.
    pub updates: AtomicU64,
    /// Runs done now that are in the journal.
    pub runs: AtomicU64,
    /// Updates to be done now; this and what follows is 0 until it is known.
    pub all_updates: AtomicU64,
    /// Runs that were done before.
    pub before: AtomicU64,
    /// Runs that are asked for, those done before among them.
    pub planned: AtomicU64,
    /// Set from outside to stop soon.
    pub stop: AtomicBool,
}

/// One measurement of all lanes.
pub(crate) struct Point<R, const N: usize> {
    pub(crate) step: u64,
    pub(crate) evaluations: u64,
    pub(crate) rates: [f64; N],
    pub(crate) value: Lanes<R, N>,
}

/// All measurements of a pack.
pub(crate) struct Trace<R, const N: usize> {
    pub(crate) points: Vec<Point<R, N>>,
    /// One entry per point and metric of [`Course::metrics`].
    pub(crate) metrics: Vec<Lanes<R, N>>,
    /// One entry per point and metric of [`Course::curvatures`].
    pub(crate) curvatures: Vec<[Measured; N]>,
    /// One entry per point and parameter, if asked for.
    pub(crate) parameters: Vec<Lanes<R, N>>,
    /// Where each lane has diverged, as the number of its points up to there.
    pub(crate) diverged: [Option<usize>; N],
}

/// The buffers of a running pack.
struct Buffers<R, const N: usize> {
    at: Numbers<Lanes<R, N>>,
    gradient: Numbers<Lanes<R, N>>,
    scratch: Vec<Lanes<R, N>>,
    batch: BatchBuffer,
    /// The gradient as the sampler observes it; empty if it does not.
    observed: Vec<f64>,
    /// For rules that are told the diagonal of the Hessian.
    diagonal: Diagonal<R, N>,
}

/// Runs a pack to its end; `None` if it was asked to stop before.
pub(crate) fn drive<R: Real, const N: usize>(
    mut pack: Pack<'_, R, N>,
    course: &Course<'_>,
    progress: &Progress,
) -> Option<Trace<R, N>> {
    let largest = pack.sampler.largest_batch();
    let mut oracle = Oracle::new(pack.objective, largest);
    if pack.needs.products {
        oracle = oracle.with_products(largest);
    }
    let mut buffers = Buffers::new(&pack, course);
    let mut trace = Trace::with_capacity(course, pack.initial.len());
    let total = *course.grid.last().expect("a grid has at least step 0");
    let steps_per_epoch = pack.sampler.batches_per_epoch();
    let batch_size = pack.sampler.largest_batch() as u64;
    let schedule = pack.schedule.of_run(total, steps_per_epoch, batch_size);
    pack.rule.begin(&Span { steps: total, steps_per_epoch, batch_size, key: pack.rule_key });
    let stop_every = (STOP_EVERY / (batch_size * pack.initial.len() as u64).max(1)).max(16);
    let mut rates =
        Rates { schedule, constant: schedule.is_constant(), base: pack.rates, factor: 1.0, now: pack.rates };
    let (mut step, mut told) = (0, 0);
    for &logged in course.grid {
        let first = step;
        while step < logged && oracle.evaluations() < course.evaluations {
            if step - told >= stop_every {
                progress.updates.fetch_add((step - told) * course.lanes, Ordering::Relaxed);
                told = step;
                if progress.stop.load(Ordering::Relaxed) {
                    return None;
                }
            }
            let Pack { sampler, estimator, rule, needs, .. } = &mut pack;
            let mut mover = Mover {
                estimator: estimator.as_deref_mut(),
                rule: &mut **rule,
                asks: needs.asking,
                at: &mut buffers.at,
                gradient: &mut buffers.gradient,
                diagonal: &mut buffers.diagonal,
            };
            if let Some(terms) = sampler.ahead(step) {
                for terms in terms.chunks_exact(largest).take(stop_every.min(logged - step) as usize) {
                    if oracle.evaluations() >= course.evaluations {
                        break;
                    }
                    let ask = Ask { step, rates: rates.at(step), batch: Batch::of(terms) };
                    mover.advance(&mut oracle, ask);
                    step += 1;
                }
            } else {
                sampler.fill(step, &mut buffers.batch);
                let ask = Ask { step, rates: rates.at(step), batch: buffers.batch.batch() };
                mover.advance(&mut oracle, ask);
                if !buffers.observed.is_empty() {
                    // Such a pack is one run: the first lane is all there is.
                    for (seen, gradient) in buffers.observed.iter_mut().zip(buffers.gradient.iter()) {
                        *seen = gradient[0].to_f64();
                    }
                    sampler.observe(step, &buffers.observed);
                }
                step += 1;
            }
        }
        if step == first && logged > 0 {
            break;
        }
        if progress.stop.load(Ordering::Relaxed) {
            return None;
        }
        let point = (step, oracle.evaluations(), rates.now);
        measure(&mut pack, course, &mut buffers, point, &mut trace);
        if trace.diverged.iter().all(Option::is_some) {
            break;
        }
    }
    progress.updates.fetch_add((step - told) * course.lanes, Ordering::Relaxed);
    Some(trace)
}

/// The rates of a step.
struct Rates<'a, const N: usize> {
    schedule: RunSchedule<'a>,
    constant: bool,
    base: [f64; N],
    factor: f64,
    now: [f64; N],
}

impl<const N: usize> Rates<'_, N> {
    #[inline]
    fn at(&mut self, step: u64) -> &[f64; N] {
        if !self.constant {
            let next = self.schedule.factor(step);
            if next != self.factor {
                (self.factor, self.now) = (next, self.base.map(|rate| rate * next));
            }
        }
        &self.now
    }
}

/// Who makes a step.
struct Mover<'a, R: Real, const N: usize> {
    estimator: Option<&'a mut (dyn Estimator<R, N> + 'static)>,
    rule: &'a mut (dyn Rule<R, N> + 'static),
    /// Whether the rule asks for its gradients itself.
    asks: bool,
    at: &'a mut [Lanes<R, N>],
    gradient: &'a mut [Lanes<R, N>],
    diagonal: &'a mut Diagonal<R, N>,
}

impl<R: Real, const N: usize> Mover<'_, R, N> {
    /// One step of all lanes; nothing in here allocates.
    ///
    /// Most rules are told the gradients of their batches and nothing else: that is part of the loop over steps.
    #[inline(always)]
    fn advance(&mut self, oracle: &mut Oracle<'_, R, N>, ask: Ask<'_, N>) {
        if self.asks || self.estimator.is_some() || self.rule.wants() != Wants::default() {
            return self.advance_with_more(oracle, ask);
        }
        let point = self.rule.probe(self.at).unwrap_or(self.at);
        oracle.gradient(point, ask.batch, self.gradient);
        self.rule.update(self.at, Signal::of(self.gradient), ask.rates);
    }

    /// [`Self::advance`] with an estimator, or of a rule that asks or wants more than a gradient.
    #[inline(never)]
    fn advance_with_more(&mut self, oracle: &mut Oracle<'_, R, N>, ask: Ask<'_, N>) {
        let Ask { step, rates, batch } = ask;
        if self.asks {
            return self.rule.search(self.at, &mut oracle.on(batch), rates);
        }
        let wants = self.rule.wants();
        let point = self.rule.probe(self.at).unwrap_or(self.at);
        match &mut self.estimator {
            Some(estimator) => estimator.estimate(oracle, point, ask, self.gradient),
            None => oracle.gradient(point, batch, self.gradient),
        }
        let value = wants.value.then(|| oracle.value(point, batch));
        let curvature = wants.curvature.then(|| self.diagonal.estimate(oracle, step, point, batch));
        let signal = Signal { value: value.as_ref(), curvature, ..Signal::of(self.gradient) };
        self.rule.update(self.at, signal, rates);
    }
}

/// Measures all lanes, and marks those that have diverged.
fn measure<R: Real, const N: usize>(
    pack: &mut Pack<'_, R, N>,
    course: &Course<'_>,
    buffers: &mut Buffers<R, N>,
    (step, evaluations, rates): (u64, u64, [f64; N]),
    trace: &mut Trace<R, N>,
) {
    let Buffers { at, gradient, scratch, .. } = buffers;
    // What counts is what the rule would give away, not where it happens to be.
    let at: &[Lanes<R, N>] = pack.rule.answer(at).unwrap_or(at);
    let wants = |metric| course.metrics.contains(&metric);
    let train = pack.objective.evaluate(at, wants(Metric::Error), scratch);
    let test = match pack.held_out {
        Some(held_out) if wants(Metric::TestValue) || wants(Metric::TestError) => {
            Some(held_out.evaluate(at, wants(Metric::TestError), scratch))
        }
        _ => None,
    };
    let unknown = [R::of(f64::NAN); N];
    for metric in course.metrics {
        trace.metrics.push(match metric {
            Metric::Value | Metric::Gap => train.value,
            Metric::Error => train.error.unwrap_or(unknown),
            Metric::TestValue => test.map_or(unknown, |test| test.value),
            Metric::TestError => test.and_then(|test| test.error).unwrap_or(unknown),
            Metric::Distance => pack.facts.and_then(|facts| distance(at, facts)).unwrap_or(unknown),
            Metric::GradientNorm => gradient_norm(pack.objective, at, gradient, scratch),
            Metric::Sharpness | Metric::HessianTrace | Metric::NoiseCurvature => unreachable!("listed apart"),
        });
    }
    if course.parameters {
        trace.parameters.extend_from_slice(at);
    }
    for &metric in course.curvatures.metrics {
        let of = |lane: usize| course.curvatures.measure(metric, step, at.iter().map(|x| x[lane].to_f64()).collect());
        // What nobody looks at, or has no number, takes no products.
        let wanted = |lane: usize| (lane as u64) < course.lanes && train.value[lane].is_finite();
        trace.curvatures.push(std::array::from_fn(|lane| if wanted(lane) { of(lane) } else { Measured::UNKNOWN }));
    }
    trace.points.push(Point { step, evaluations, rates, value: train.value });
    let first = trace.points[0].value;
    for l in 0..N {
        let limit = DIVERGENCE * first[l].to_f64().abs().max(1.0);
        let gone = !train.value[l].is_finite() || train.value[l].to_f64() > limit;
        if gone && trace.diverged[l].is_none() {
            trace.diverged[l] = Some(trace.points.len());
        }
    }
}

/// ‖x − x*‖ to the nearest of the known minimizers.
fn distance<R: Real, const N: usize>(at: &[Lanes<R, N>], facts: &Facts) -> Option<Lanes<R, N>> {
    let to = |minimizer: &Vec<f64>| {
        let square = reduce::sum_of(at.len(), |j| {
            at[j].map(|x| {
                let difference = x - R::of(minimizer[j]);
                difference * difference
            })
        });
        square.map(R::sqrt)
    };
    let minimizers = facts.minimizer.iter().chain(&facts.other_minimizers);
    minimizers.map(to).reduce(|a, b| std::array::from_fn(|l| R::min(a[l], b[l])))
}

/// ‖∇f(x)‖, taken beside the oracle: measuring costs nothing.
fn gradient_norm<R: Real, const N: usize>(
    objective: &dyn Objective<R, N>,
    at: &[Lanes<R, N>],
    gradient: &mut [Lanes<R, N>],
    scratch: &mut [Lanes<R, N>],
) -> Lanes<R, N> {
    let everything: Vec<u32> = (0..objective.terms() as u32).collect();
    objective.gradient(at, Sample::of(&everything), scratch, gradient);
    reduce::norm(gradient)
}

impl<R: Real, const N: usize> Buffers<R, N> {
    fn new(pack: &Pack<'_, R, N>, course: &Course<'_>) -> Self {
        // An evaluation is content with the space of one term; a gradient of all terms is not.
        let most = |terms| if course.metrics.contains(&Metric::GradientNorm) { terms } else { 1 };
        let scratch = pack.objective.scratch(most(pack.objective.terms()));
        let told = pack.needs.products && !pack.needs.asking;
        let scratch = scratch.max(pack.held_out.map_or(0, |held_out| held_out.scratch(1)));
        let mut at = Numbers::new([R::ZERO; N], pack.initial.len());
        at.iter_mut().zip(pack.initial).for_each(|(at, &x)| *at = [R::of(x); N]);
        Self {
            at,
            gradient: Numbers::new([R::ZERO; N], pack.initial.len()),
            scratch: vec![[R::ZERO; N]; scratch],
            batch: BatchBuffer::with_capacity(pack.sampler.largest_batch()),
            observed: vec![0.0; if pack.sampler.observes() { pack.initial.len() } else { 0 }],
            diagonal: Diagonal::new(
                pack.rule_key.child("diagonal of the Hessian"),
                if told { pack.initial.len() } else { 0 },
            ),
        }
    }
}

impl<R: Real, const N: usize> Trace<R, N> {
    fn with_capacity(course: &Course<'_>, parameters: usize) -> Self {
        let points = course.grid.len();
        Self {
            points: Vec::with_capacity(points),
            metrics: Vec::with_capacity(points * course.metrics.len()),
            curvatures: Vec::with_capacity(points * course.curvatures.metrics.len()),
            parameters: Vec::with_capacity(if course.parameters { points * parameters } else { 0 }),
            diverged: [None; N],
        }
    }
}
