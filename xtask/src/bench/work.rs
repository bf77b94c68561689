//! What is measured, and beside what.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Objective, Oracle, Settings, WIDTH};
use sgdlab_landscapes::surface::{Plane, Quantity, even, map};
use sgdlab_losses::{LossSpec, Squared};
use sgdlab_objectives::{Linear, LinearSpec, Stored};
use sgdlab_samplers::{BatchBuffer, Context, SamplerSpec};

use super::peers::{Reading, Script};
use super::sweeps::{digits, equal_runs, operations, short_runs, sweep};
use super::updates::updates;
use crate::plans::BUNDLED;

/// Something that is done again and again, and takes seconds.
pub struct Work {
    pub run: Box<dyn FnMut() -> Result<f64>>,
    /// Of what a time is given for.
    pub units: f64,
    /// Operations and bytes of the whole work; 0 if they are not what it is about.
    pub flops: f64,
    pub bytes: f64,
}

impl Work {
    /// Work whose preparation is done.
    pub fn of(mut done: impl FnMut() + 'static, units: f64) -> Self {
        let run = move || {
            let clock = Instant::now();
            done();
            Ok(clock.elapsed().as_secs_f64())
        };
        Self { run: Box::new(run), units, flops: 0.0, bytes: 0.0 }
    }
}

pub type Prepare = Box<dyn Fn() -> Result<Work>>;

/// Work with its rivals.
pub struct Workload {
    pub name: String,
    pub about: String,
    /// What keeps it from being faster.
    pub bound: &'static str,
    pub unit: &'static str,
    pub threads: usize,
    /// Whether its operations are of double precision.
    pub double: bool,
    pub prepare: Prepare,
    pub rivals: Vec<Rival>,
}

/// What work is compared with.
pub struct Rival {
    pub label: String,
    pub kind: Kind,
}

/// Where a rival is.
pub enum Kind {
    /// In this program.
    Own(Prepare),
    /// In Python.
    Python(Script),
}

/// A script of `tests/peers`.
macro_rules! script {
    ($label:literal, $file:literal, [$($argument:literal),*], $line:literal, $reading:expr) => {
        Rival {
            label: $label.to_owned(),
            kind: Kind::Python(Script {
                name: $file,
                text: include_str!(concat!("../../../tests/peers/", $file)),
                arguments: vec![$($argument),*],
                line: $line,
                reading: $reading,
            }),
        }
    };
}

pub(super) use script;

/// All of them.
pub fn workloads() -> Vec<Workload> {
    let threads = rayon::current_num_threads();
    let mut all = vec![toy(threads)];
    all.extend(networks(threads));
    all.extend(updates());
    all.extend([permutation(), loss_map::<f64>(threads), loss_map::<f32>(threads), full_gradient(), scaling(threads)]);
    all.extend(run_costs(threads));
    all
}

const INTERPRETER: &str = "the loop of a run: batches drawn, gradient, update, and rows rendered and written";
const PRODUCTS: &str = "products of matrices, which all lanes of a pack do at once";

fn toy(threads: usize) -> Workload {
    let plan = BUNDLED.iter().find(|(name, _)| *name == "toy-sweep").map_or("", |(_, plan)| plan);
    Workload {
        name: "toy-sweep".to_owned(),
        about: "6400 runs of a line on 50 points, 10.88 million updates, a row an epoch: cargo xtask sweep toy-sweep"
            .into(),
        bound: INTERPRETER,
        unit: "update",
        threads,
        double: false,
        prepare: Box::new(move || sweep(plan, threads, 1.0, 0.0)),
        rivals: vec![
            script!("jax", "toy_sweep.py", ["jax"], "jax jit", Reading::Before("ns/step", 1.0)),
            script!("torch, 8 cells", "toy_sweep.py", ["torch"], "torch eager", Reading::Before("us/step", 1e3)),
        ],
    }
}

fn model(hidden: &[usize]) -> String {
    match hidden {
        [] => "softmax regression".to_owned(),
        _ => format!("a network 64-{}-10", hidden.iter().map(usize::to_string).collect::<Vec<_>>().join("-")),
    }
}

/// Networks on digits; those beside eager PyTorch on one thread as well.
fn networks(threads: usize) -> Vec<Workload> {
    let work = |name: &str, hidden: &'static [usize], batch: usize, threads: usize, rivals| Workload {
        name: name.to_owned(),
        about: format!(
            "{} on digits, batches of {batch}: SGD with momentum and Adam, four rates and four replicates each, five \
             epochs, f32, a row an epoch; its operations are those of gradients",
            model(hidden)
        ),
        bound: PRODUCTS,
        unit: "sample",
        threads,
        double: false,
        prepare: Box::new(move || sweep(&digits(hidden, batch), threads, batch as f64, operations(hidden))),
        rivals,
    };
    let each = Reading::Before("ns/sample", 1.0);
    vec![
        work(
            "softmax-16",
            &[],
            16,
            threads,
            vec![script!("jax", "digits_sweep.py", ["jax", "--model", "softmax"], "jax vmap softmax batch 16:", each)],
        ),
        work(
            "softmax-128",
            &[],
            128,
            threads,
            vec![script!("jax", "digits_sweep.py", ["jax", "--model", "softmax"], "jax vmap softmax batch 128:", each)],
        ),
        work(
            "mlp-16",
            &[32],
            16,
            threads,
            vec![script!("jax", "digits_sweep.py", ["jax", "--model", "mlp"], "jax vmap mlp batch 16:", each)],
        ),
        work(
            "mlp-128",
            &[32],
            128,
            threads,
            vec![script!("jax", "digits_sweep.py", ["jax", "--model", "mlp"], "jax vmap mlp batch 128:", each)],
        ),
        work(
            "mlp-16-one",
            &[32],
            16,
            1,
            vec![script!("torch", "digits_sweep.py", ["torch", "--model", "mlp"], "torch eager mlp batch 16:", each)],
        ),
        work(
            "mlp-128-one",
            &[32],
            128,
            1,
            vec![script!("torch", "digits_sweep.py", ["torch", "--model", "mlp"], "torch eager mlp batch 128:", each)],
        ),
        work(
            "wide-mlp",
            &[256, 256],
            128,
            threads,
            vec![
                script!("jax", "wide_mlp.py", ["jax"], "jax vmap wide batch 128:", each),
                script!("torch", "wide_mlp.py", ["torch"], "torch eager wide batch 128:", each),
            ],
        ),
    ]
}

fn permutation() -> Workload {
    const TERMS: usize = 10_000_000;
    let prepare = || {
        let spec = SamplerSpec::new(&Settings::defaults(sgdlab_samplers::entry("reshuffle").expect("a sampler")))?;
        let mut sampler = spec.bind(&Context::of(TERMS), TERMS, Key::new("bench"))?;
        let mut batch = BatchBuffer::with_capacity(TERMS);
        let mut epoch = 0;
        let fill = move || {
            sampler.fill(epoch, &mut batch);
            epoch += 1;
            black_box(&batch.indices);
        };
        Ok(Work::of(fill, TERMS as f64))
    };
    Workload {
        name: "reshuffle".to_owned(),
        about: "10⁷ indices in random order: one epoch of reshuffling, drawn, exchanged and handed out".to_owned(),
        bound: "memory: every exchange is with a line of it somewhere else, of which a core waits for some twenty at once",
        unit: "index",
        threads: 1,
        double: false,
        prepare: Box::new(prepare),
        rivals: vec![
            script!("numpy", "misc.py", [], "permutation 1e7 numpy", Reading::Seconds(1e7)),
            script!("torch", "misc.py", [], "permutation 1e7 torch", Reading::Seconds(1e7)),
        ],
    }
}

/// A map in the precision of NumPy or in that of JAX.
fn loss_map<R: Stored>(threads: usize) -> Workload {
    const POINTS: usize = 1001;
    let double = size_of::<R>() == size_of::<f64>();
    let prepare = || {
        let settings = Settings::defaults(sgdlab_objectives::entry("line").expect("an objective"));
        let line = sgdlab_objectives::Problem::load(&settings)?;
        let (plane, axis) = (Plane::axes(&[0.0, 0.0], 1, 0), even(-5.0, 8.0, POINTS));
        let points = (POINTS * POINTS) as f64;
        let draw = move || {
            let objective: &dyn Objective<R, WIDTH> = R::model(&line).objective();
            black_box(map(objective, black_box(&plane), &Quantity::Value, (&axis, &axis)));
        };
        // Two operations for a prediction, then a difference, a square and a sum, for each of 50 terms.
        Ok(Work { flops: points * 50.0 * 5.0, ..Work::of(draw, points) })
    };
    let each = Reading::Seconds((POINTS * POINTS) as f64);
    Workload {
        name: if double { "loss-map" } else { "loss-map-f32" }.to_owned(),
        about: format!("the loss of a line on 50 points at 1001 × 1001 points, {}", R::NAME),
        bound: "additions: three of the five operations for a point and term, none fused with a multiplication",
        unit: "point",
        threads,
        double,
        prepare: Box::new(prepare),
        rivals: vec![if double {
            script!("numpy f64", "misc.py", [], "loss map 1001x1001 numpy", each)
        } else {
            script!("jax f32", "misc.py", [], "loss map 1001x1001 jax f32", each)
        }],
    }
}

fn full_gradient() -> Workload {
    const TERMS: usize = 100_000;
    const COLUMNS: usize = 100;
    let prepare = || {
        let mut rng = Key::new("bench").stream(0);
        let mut numbers = |count: usize| Normal.sample_iter(&mut rng).take(count).collect::<Vec<f64>>();
        let (features, targets, at) = (numbers(TERMS * COLUMNS), numbers(TERMS), numbers(COLUMNS));
        let loss = LossSpec::Squared(Squared::new(true));
        let spec = LinearSpec { loss, factor: 1.0, l2: 0.0, intercept: false, classes: false };
        let linear: Linear<f64> = Linear::new(spec, &features, COLUMNS, &targets);
        let at: Vec<[f64; 1]> = at.into_iter().map(|x| [x]).collect();
        let mut out = at.clone();
        let ask = move || Oracle::new(&linear, 1).full_gradient(black_box(&at), black_box(&mut out));
        let numbers = (TERMS * COLUMNS) as f64;
        Ok(Work { flops: 4.0 * numbers, bytes: 8.0 * numbers, ..Work::of(ask, TERMS as f64) })
    };
    Workload {
        name: "full-gradient".to_owned(),
        about: "the gradient of least squares with 10⁵ terms of 100 columns, f64".to_owned(),
        bound: "memory: the data are read once",
        unit: "term",
        threads: 1,
        double: true,
        prepare: Box::new(prepare),
        rivals: vec![script!("numpy", "misc.py", [], "full gradient", Reading::Seconds(1e5))],
    }
}

fn scaling(threads: usize) -> Workload {
    Workload {
        name: "threads".to_owned(),
        about: "1000 equal runs of 1000 updates, on all threads beside one".to_owned(),
        bound: "what is done by one thread: laying out, journals and tables",
        unit: "update",
        threads,
        double: false,
        prepare: Box::new(move || sweep(&equal_runs(1000), threads, 1.0, 0.0)),
        rivals: vec![Rival {
            label: "1 thread".to_owned(),
            kind: Kind::Own(Box::new(|| sweep(&equal_runs(1000), 1, 1.0, 0.0))),
        }],
    }
}

/// What a run costs, from a thousand to a million of them.
fn run_costs(threads: usize) -> impl Iterator<Item = Workload> {
    [10_000, 100_000, 1_000_000].into_iter().map(move |runs| Workload {
        name: format!("runs-{runs}"),
        about: format!(
            "{runs} runs of 200 updates, beside a thousand of them; the cost of an update should be the same"
        ),
        bound: INTERPRETER,
        unit: "update",
        threads,
        double: false,
        prepare: Box::new(move || sweep(&short_runs(runs), threads, 1.0, 0.0)),
        rivals: vec![Rival {
            label: "1000 runs".to_owned(),
            kind: Kind::Own(Box::new(move || sweep(&short_runs(1000), threads, 1.0, 0.0))),
        }],
    })
}
