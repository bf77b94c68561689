//! The runs of a sweep on several threads.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use sgdlab_core::{NARROW, WIDTH};

use crate::curvature::Curvatures;
use crate::drive::{Course, Progress, drive};
use crate::error::SweepError;
use crate::grid::of_run as grid;
use crate::journal::content;
use crate::pack::{PackList, lanes_of};
use crate::plan::{Metric, Precision};
use crate::problem::Runs;
use crate::render::{Context, Rendered, render};
use crate::run::{self, Run, RunKey};
use crate::status::Status;
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
    /// How it has ended.
    pub status: Status,
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
pub(crate) struct FinishedPack {
    /// Its number in the list that was executed.
    pub(crate) number: usize,
    /// Positions and keys of its runs.
    pub(crate) members: Vec<(usize, RunKey)>,
    pub(crate) rendered: Rendered,
    /// The hash of each run's texts in the journal.
    pub(crate) contents: Vec<u128>,
    /// Wall time.
    pub(crate) seconds: f64,
}

impl FinishedPack {
    /// What became of the run in a lane.
    pub(crate) fn lane(&self, lane: usize) -> Finished<'_> {
        Finished {
            run: self.members[lane].0,
            rows: self.rendered.rows.of(lane),
            summary: self.rendered.summaries.of(lane),
            parameters: self.rendered.parameters.of(lane),
            status: self.rendered.statuses[lane],
            steps: self.rendered.steps[lane],
            pack: self.number,
            lanes: self.rendered.runs(),
            pack_seconds: self.seconds,
        }
    }
}

/// In which order packs are executed.
struct Order {
    /// Packs that are alike but for their replicates follow each other.
    kinds: Vec<u32>,
    times: usize,
}

impl Order {
    /// The pack whose turn is after so many others.
    fn get(&self, turn: usize) -> Option<usize> {
        self.kinds.get(turn / self.times).map(|&kind| kind as usize * self.times + turn % self.times)
    }
}

/// Packs of more than this share of a thread's work go first: whatever is last should be short.
const LONG: f64 = 1.0 / 32.0;

/// How many finished packs wait for whoever takes them before threads wait too: what is left when the last run has ended
/// one thread does alone, and where few may wait threads wait for each other.
const AHEAD: usize = 64;

/// The threads of runs have names that begin like this.
pub const THREAD: &str = "run";

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
        sink: impl FnMut(Finished<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.execute_packs(self.packs(), threads, progress, sink)
    }

    /// Executes some of the runs, which are positions in [`Self::runs`], and hands each to `sink` as
    /// [`Self::execute`] does.
    ///
    /// They are packed without the others; their lines are the same.
    ///
    /// # Errors
    /// If `sink` fails, or the threads cannot be started.
    ///
    /// # Panics
    /// If there is no run at a position.
    pub fn execute_some<E: From<SweepError>>(
        &self,
        some: &[usize],
        threads: usize,
        progress: &Progress,
        sink: impl FnMut(Finished<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.execute_packs(&self.packs_of(some.iter().copied(), self.packing()), threads, progress, sink)
    }

    fn execute_packs<E: From<SweepError>>(
        &self,
        packs: &PackList,
        threads: usize,
        progress: &Progress,
        mut sink: impl FnMut(Finished<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut finished: Vec<Option<FinishedPack>> = std::iter::repeat_with(|| None).take(packs.len()).collect();
        self.run_packs(packs, threads, progress, |pack| {
            let number = pack.number;
            finished[number] = Some(pack);
            Ok::<(), SweepError>(())
        })?;
        let mut places = Vec::new();
        for pack in finished.iter().flatten() {
            places.extend(pack.members.iter().enumerate().map(|(lane, &(run, _))| (run, pack.number, lane)));
        }
        places.sort_unstable();
        for (_, number, lane) in places {
            if let Some(pack) = &finished[number] {
                sink(pack.lane(lane))?;
            }
        }
        Ok(())
    }

    /// Executes packs and hands each to `sink` as it is finished.
    pub(crate) fn run_packs<E: From<SweepError>>(
        &self,
        packs: &PackList,
        threads: usize,
        progress: &Progress,
        mut sink: impl FnMut(FinishedPack) -> Result<(), E>,
    ) -> Result<(), E> {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("{THREAD} {i}")).build();
        let pool = pool.map_err(|error| SweepError::Threads { threads, reason: error.to_string() })?;
        let order = self.order(packs, threads);
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::sync_channel(AHEAD);
        pool.in_place_scope(|scope| {
            for _ in 0..pool.current_num_threads() {
                let (sender, order, next) = (sender.clone(), &order, &next);
                scope.spawn(move |_| self.work((packs, order, next), progress, &sender));
            }
            drop(sender);
            let result = receiver.iter().try_for_each(&mut sink);
            if result.is_err() {
                progress.stop.store(true, Ordering::Relaxed);
            }
            // Whoever waits to hand over a pack is told that nobody takes it.
            drop(receiver);
            result
        })
    }

    /// In which order packs are executed: long ones first, the longest before the others, then in
    /// the order of the tables, so that few finished runs have to wait to be written.
    fn order(&self, packs: &PackList, threads: usize) -> Order {
        let seconds: Vec<f32> = packs.kinds().map(|kind| self.pack_seconds(kind) as f32).collect();
        let total = seconds.iter().map(|&x| f64::from(x)).sum::<f64>() * packs.times() as f64;
        let long = LONG * total / threads as f64;
        let mut kinds: Vec<u32> = (0..seconds.len() as u32).collect();
        // Packs of one replicate are neighbors, and its runs are not: otherwise all runs would wait for the last replicate.
        kinds.sort_unstable_by_key(|&kind| packs.first(kind as usize));
        let of = |kind: &u32| seconds[*kind as usize];
        let is_long = |kind: &u32| f64::from(of(kind)) > long;
        // The sum of all is 32 times as long: there are few.
        let mut first: Vec<u32> = kinds.iter().copied().filter(is_long).collect();
        first.sort_by(|a, b| of(b).total_cmp(&of(a)));
        kinds.retain(|kind| !is_long(kind));
        kinds.splice(0..0, first);
        Order { kinds, times: packs.times() }
    }

    /// Takes packs until there is none, or until asked to stop.
    fn work(
        &self,
        (packs, order, next): (&PackList, &Order, &AtomicUsize),
        progress: &Progress,
        sender: &mpsc::SyncSender<FinishedPack>,
    ) {
        while !progress.stop.load(Ordering::Relaxed) {
            let Some(number) = order.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            let started = Instant::now();
            let runs: Vec<Run> = packs.get(number).into_iter().map(|run| self.runs().get(run)).collect();
            let Some(rendered) = self.run_or_fail(&runs, progress) else { return };
            let seconds = started.elapsed().as_secs_f64();
            let members = runs.iter().map(|run| (run.position, run.key)).collect();
            let contents = (0..rendered.runs()).map(|lane| content(rendered.texts(lane))).collect();
            if sender.send(FinishedPack { number, members, rendered, contents, seconds }).is_err() {
                return;
            }
        }
    }

    /// Runs a pack; a panic is the outcome of the run that panics, and of no other.
    fn run_or_fail(&self, members: &[Run], progress: &Progress) -> Option<Rendered> {
        match catch_unwind(AssertUnwindSafe(|| self.run_in_precision(members, progress))) {
            Ok(rendered) => rendered,
            Err(panic) if members.len() == 1 => {
                let mut line = String::new();
                self.begin_summary(&members[0], &mut line);
                Some(Rendered::failed(line, &message(&*panic), self.plan().targets.values.len()))
            }
            Err(_) => {
                let mut all = Rendered::default();
                for run in members {
                    all.append(&self.run_or_fail(std::slice::from_ref(run), progress)?);
                }
                Some(all)
            }
        }
    }

    fn run_in_precision(&self, members: &[Run], progress: &Progress) -> Option<Rendered> {
        match (members[0].cell.precision, lanes_of(members.len())) {
            (Precision::F32, 1) => self.run_pack::<f32, 1>(members, progress),
            (Precision::F32, NARROW) => self.run_pack::<f32, NARROW>(members, progress),
            (Precision::F32, _) => self.run_pack::<f32, WIDTH>(members, progress),
            (Precision::F64, 1) => self.run_pack::<f64, 1>(members, progress),
            (Precision::F64, NARROW) => self.run_pack::<f64, NARROW>(members, progress),
            (Precision::F64, _) => self.run_pack::<f64, WIDTH>(members, progress),
        }
    }

    fn run_pack<R: Runs<N>, const N: usize>(&self, members: &[Run], progress: &Progress) -> Option<Rendered> {
        #[cfg(test)]
        members.iter().for_each(|run| crate::faults::panic_if_asked(run.key));
        let (plan, first) = (self.plan(), &members[0]);
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
            curvatures: Curvatures {
                objective: problem.objective(),
                metrics: self.curvatures(),
                key: run::curvature_key(first.replicate),
            },
            parameters: plan.parameters,
            lanes: members.len() as u64,
        };
        let pack = self.bind::<R, N>(members, length.steps, &initial, facts);
        let trace = drive(pack, &course, progress)?;
        let context = Context {
            metrics: self.metrics(),
            curvatures: self.curvatures(),
            targets: &plan.targets,
            minimum: facts.and_then(|facts| facts.minimum),
            has_minimizer: facts.is_some_and(|facts| facts.minimizer.is_some() || !facts.other_minimizers.is_empty()),
            epochs: &|steps| sampler.batches(steps) as f64 / length.steps_per_epoch as f64,
            layout: problem.layout(),
        };
        let begin = |run| move |line: &mut String| self.begin_summary(run, line);
        let runs = members.iter().map(|run| (run.id(), begin(run)));
        Some(render(&trace, runs, &context))
    }
}

/// What a panic says, in one line.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").split_whitespace().collect::<Vec<_>>().join(" ")
}
