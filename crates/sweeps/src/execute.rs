//! The runs of a sweep on several threads, handed over in the plan's order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use sgdlab_core::WIDTH;
use sgdlab_objectives::Stored;
use sgdlab_optimizers::Packs;

use crate::drive::{Course, Progress, drive};
use crate::error::SweepError;
use crate::grid::of_run as grid;
use crate::pack::PackList;
use crate::plan::{Metric, Precision};
use crate::render::{Context, Rendered, render};
use crate::run;
use crate::sweep::Sweep;

/// One finished run, as tables want it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finished<'a> {
    /// Its position in [`Sweep::runs`].
    pub run: usize,
    /// Its lines in `rows.csv`.
    pub rows: &'a str,
    /// Its line in `runs.csv`.
    pub summary: &'a str,
    /// Its lines in `parameters.csv`; empty unless asked for.
    pub parameters: &'a str,
    /// Whether it has diverged.
    pub diverged: bool,
    /// Its updates, up to its divergence.
    pub steps: u64,
    /// Number of its pack.
    pub pack: usize,
    /// Runs in its pack.
    pub lanes: usize,
    /// Wall time of its pack.
    pub pack_seconds: f64,
}

/// A finished pack on its way from the thread that ran it.
struct FinishedPack {
    number: usize,
    rendered: Rendered,
    seconds: f64,
}

/// Packs of more than this share of a thread's work go first: whatever is last should be short.
const LONG: f64 = 1.0 / 32.0;

impl Sweep {
    /// Executes all runs on `threads` threads and hands each to `sink`, in the plan's order.
    ///
    /// Ends early, without an error, once [`Progress::stop`] is set; runs that were not finished
    /// are not handed over.
    ///
    /// # Errors
    /// If `sink` fails, or the threads cannot be started.
    pub fn execute<E: From<SweepError>>(
        &self,
        threads: usize,
        progress: &Progress,
        mut sink: impl FnMut(Finished<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| SweepError::Threads { threads, reason: error.to_string() })?;
        let order = self.order(self.packs(), threads);
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        pool.in_place_scope(|scope| {
            for _ in 0..pool.current_num_threads() {
                let (sender, order, next) = (sender.clone(), &order, &next);
                scope.spawn(move |_| self.work(order, next, progress, &sender));
            }
            drop(sender);
            let result = self.in_order(receiver, &mut sink);
            if result.is_err() {
                progress.stop.store(true, Ordering::Relaxed);
            }
            result
        })
    }

    /// In which order packs are executed: long ones first, the longest before the others, then in
    /// the order of the tables, so that few finished runs have to wait to be written.
    fn order(&self, packs: &PackList, threads: usize) -> Vec<usize> {
        let seconds: Vec<f64> = packs.iter().map(|pack| self.pack_seconds(pack)).collect();
        let long = LONG * seconds.iter().sum::<f64>() / threads as f64;
        let (mut order, mut short): (Vec<usize>, Vec<usize>) =
            (0..seconds.len()).partition(|&pack| seconds[pack] > long);
        order.sort_by(|&a, &b| seconds[b].total_cmp(&seconds[a]));
        // Packs of one replicate are neighbors, and its runs are not: otherwise all runs would wait for the last replicate.
        short.sort_by_key(|&pack| packs[pack][0]);
        order.extend(short);
        order
    }

    /// Takes packs until there is none, or until asked to stop.
    fn work(&self, order: &[usize], next: &AtomicUsize, progress: &Progress, sender: &mpsc::Sender<FinishedPack>) {
        while !progress.stop.load(Ordering::Relaxed) {
            let Some(&number) = order.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            let started = Instant::now();
            let members = &self.packs()[number];
            let rendered = match (self.runs()[members[0]].cell.precision, members.len() > 1) {
                (Precision::F32, true) => self.run_pack::<f32, WIDTH>(members, progress),
                (Precision::F64, true) => self.run_pack::<f64, WIDTH>(members, progress),
                (Precision::F32, false) => self.run_pack::<f32, 1>(members, progress),
                (Precision::F64, false) => self.run_pack::<f64, 1>(members, progress),
            };
            let Some(rendered) = rendered else { return };
            progress.runs.fetch_add(members.len() as u64, Ordering::Relaxed);
            let seconds = started.elapsed().as_secs_f64();
            if sender.send(FinishedPack { number, rendered, seconds }).is_err() {
                return;
            }
        }
    }

    fn run_pack<R: Stored + Packs<N>, const N: usize>(
        &self,
        members: &[usize],
        progress: &Progress,
    ) -> Option<Rendered> {
        let (plan, first) = (self.plan(), &self.runs()[members[0]]);
        let problem = &self.problems()[first.cell.problem];
        let length = self.length(&first.cell);
        let sampler = self.unkeyed(&first.cell);
        let grid = grid(plan.log, length, &*sampler);
        let initial = problem.initial(run::initial_key(first.replicate));
        let wants_minimum = self.metrics().iter().any(|metric| matches!(metric, Metric::Gap | Metric::Distance));
        let facts = wants_minimum.then(|| problem.facts());
        let course = Course {
            grid: &grid,
            evaluations: length.evaluations,
            metrics: self.metrics(),
            parameters: plan.parameters,
            lanes: members.len() as u64,
        };
        let pack = self.bind::<R, N>(members, &initial, facts.and_then(|facts| facts.minimizer.as_deref()));
        let trace = drive(pack, &course, progress)?;
        let context = Context {
            metrics: self.metrics(),
            targets: &plan.targets,
            minimum: facts.and_then(|facts| facts.minimum),
            epochs: &|steps| sampler.batches(steps) as f64 / length.steps_per_epoch as f64,
            layout: problem.layout(),
        };
        let runs = members.iter().map(|&run| (self.runs()[run].id().to_string(), self.summary_start(run)));
        Some(render(&trace, runs, &context))
    }

    /// Hands finished runs over in the order of their positions, as soon as that is possible.
    fn in_order<E>(
        &self,
        receiver: mpsc::Receiver<FinishedPack>,
        sink: &mut impl FnMut(Finished<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut place = vec![(0_u32, 0_u32); self.runs().len()];
        for (number, pack) in (0..).zip(self.packs().iter()) {
            for (lane, &run) in (0..).zip(pack) {
                place[run] = (number, lane);
            }
        }
        let mut waiting = Waiting::default();
        let mut next = 0;
        for finished in receiver {
            waiting.add(finished);
            while let Some(&(pack, lane)) = place.get(next)
                && waiting.hand_over(next, pack as usize, lane as usize, sink)?
            {
                next += 1;
            }
        }
        // Only an interrupted sweep has gaps; what was finished behind them is not lost.
        for (run, &(pack, lane)) in place.iter().enumerate().skip(next) {
            waiting.hand_over(run, pack as usize, lane as usize, sink)?;
        }
        Ok(())
    }
}

/// Finished packs with runs that were not handed over yet, and how many.
#[derive(Default)]
struct Waiting(HashMap<usize, (FinishedPack, usize)>);

impl Waiting {
    fn add(&mut self, pack: FinishedPack) {
        let runs = pack.rendered.runs();
        self.0.insert(pack.number, (pack, runs));
    }

    /// Whether the pack is finished; then its run goes to `sink`, and the pack goes with its last run.
    fn hand_over<E>(
        &mut self,
        run: usize,
        pack: usize,
        lane: usize,
        sink: &mut impl FnMut(Finished<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let Some((finished, left)) = self.0.get_mut(&pack) else { return Ok(false) };
        let rendered = &finished.rendered;
        sink(Finished {
            run,
            rows: rendered.rows.of(lane),
            summary: rendered.summaries.of(lane),
            parameters: rendered.parameters.of(lane),
            diverged: rendered.diverged[lane],
            steps: rendered.steps[lane],
            pack,
            lanes: rendered.runs(),
            pack_seconds: finished.seconds,
        })?;
        *left -= 1;
        if *left == 0 {
            self.0.remove(&pack);
        }
        Ok(true)
    }
}
