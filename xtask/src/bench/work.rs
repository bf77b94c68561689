//! What is measured, and beside what.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use multiversion::multiversion;
use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Layout, Numbers, Objective, Oracle, Settings, Value, WIDTH};
use sgdlab_landscapes::surface::{Plane, Quantity, even, map};
use sgdlab_losses::{LossSpec, Squared};
use sgdlab_objectives::{Linear, LinearSpec, Stored};
use sgdlab_optimizers::{Rule, RuleSpec, Signal, rules};
use sgdlab_samplers::{BatchBuffer, Context, SamplerSpec};

use super::peers::{Reading, Script};
use super::sweeps::{digits, equal_runs, operations, short_runs, sweep};
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
    fn of(mut done: impl FnMut() + 'static, units: f64) -> Self {
        let run = move || {
            let clock = Instant::now();
            done();
            Ok(clock.elapsed().as_secs_f64())
        };
        Self { run: Box::new(run), units, flops: 0.0, bytes: 0.0 }
    }
}

type Prepare = Box<dyn Fn() -> Result<Work>>;

/// Work with its rivals.
pub struct Workload {
    pub name: String,
    pub about: String,
    /// What keeps it from being faster.
    pub bound: &'static str,
    pub unit: &'static str,
    pub threads: usize,
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

/// All of them.
pub fn workloads() -> Vec<Workload> {
    let threads = rayon::current_num_threads();
    let mut all = vec![toy(threads)];
    all.extend(networks(threads));
    all.extend(updates());
    all.extend([permutation(), loss_map(threads), full_gradient(), scaling(threads)]);
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
        prepare: Box::new(move || sweep(plan, threads, 1.0, 0.0)),
        rivals: vec![
            script!("jax", "toy_sweep.py", ["jax"], "jax jit", Reading::Before("ns/step", 1.0)),
            script!("torch, 8 cells", "toy_sweep.py", ["torch"], "torch eager", Reading::Before("us/step", 1e3)),
        ],
    }
}

/// Networks on digits; those beside eager PyTorch on one thread as well.
fn networks(threads: usize) -> Vec<Workload> {
    let work = |name: &str, hidden: &'static [usize], batch: usize, threads: usize, rivals| Workload {
        name: name.to_owned(),
        about: format!(
            "{} on digits, batches of {batch}: SGD with momentum and Adam, four rates and four replicates each, five \
             epochs, f32, a row an epoch; its operations are those of gradients",
            if hidden.is_empty() { "softmax regression".to_owned() } else { format!("a network 64-{hidden:?}-10") }
        ),
        bound: PRODUCTS,
        unit: "sample",
        threads,
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

/// Parameters of a step of a rule.
const PARAMETERS: usize = 10_000_000;

/// Update rules that `update_rules.py` has as well, and the pass over memory that each cannot do without.
fn updates() -> impl Iterator<Item = Workload> {
    let plain = |name| (name, Vec::new());
    let momentum = ("sgd", vec![("momentum", Value::Number(0.9))]);
    let nesterov =
        vec![("momentum", Value::Number(0.9)), ("nesterov", Value::Flag(true)), ("weight-decay", Value::Number(0.01))];
    let each = Reading::Before("ns/param", 1.0);
    let list = [
        ("update-sgd", plain("sgd"), script!("torch", "update_rules.py", [], "n= 10000000 sgd ", each)),
        ("update-momentum", momentum, script!("torch", "update_rules.py", [], "n= 10000000 sgd_momentum ", each)),
        (
            "update-nesterov",
            ("sgd", nesterov),
            script!("torch", "update_rules.py", [], "n= 10000000 sgd_nesterov_wd ", each),
        ),
        ("update-adagrad", plain("adagrad"), script!("torch", "update_rules.py", [], "n= 10000000 adagrad ", each)),
        ("update-rmsprop", plain("rmsprop"), script!("torch", "update_rules.py", [], "n= 10000000 rmsprop ", each)),
        ("update-adam", plain("adam"), script!("torch", "update_rules.py", [], "n= 10000000 adam ", each)),
        ("update-adamw", plain("adamw"), script!("torch", "update_rules.py", [], "n= 10000000 adamw ", each)),
        ("update-nadam", plain("nadam"), script!("torch", "update_rules.py", [], "n= 10000000 nadam ", each)),
        ("update-adadelta", plain("adadelta"), script!("torch", "update_rules.py", [], "n= 10000000 adadelta ", each)),
    ];
    list.into_iter().map(|(label, (name, settings), torch)| {
        let spec = move || {
            let entry = rules::entries().into_iter().find(|entry| entry.name == name).expect("a rule");
            let settings = Settings::in_dialect(entry, Some("torch"), settings.clone()).expect("accepted");
            RuleSpec::new(&settings).expect("accepted together")
        };
        let (rule, of_pass) = (spec(), slots(&spec()));
        Workload {
            name: label.to_owned(),
            about: format!("a step of {name} as in PyTorch on 10⁷ parameters, f32"),
            bound: "memory: parameters and what is kept for them are read and written, gradients read",
            unit: "param",
            threads: 1,
            prepare: Box::new(move || Ok(step_of(&rule))),
            rivals: vec![
                Rival {
                    label: "pass over memory".to_owned(),
                    kind: Kind::Own(Box::new(move || Ok(pass_over(of_pass)))),
                },
                torch,
            ],
        }
    })
}

/// Numbers that a rule keeps for a parameter.
fn slots(spec: &RuleSpec) -> usize {
    RuleSpec::bind::<f32, 1>(std::array::from_ref(spec), &Layout::vector(1024)).save().len() / 1024
}

fn step_of(spec: &RuleSpec) -> Work {
    let mut rule: Box<dyn Rule<f32, 1>> = RuleSpec::bind(std::array::from_ref(spec), &Layout::vector(PARAMETERS));
    let (mut x, gradient) = (Numbers::new([1.0], PARAMETERS), Numbers::new([0.5], PARAMETERS));
    let step = move || rule.update(black_box(&mut x), Signal::of(black_box(&gradient)), &[1e-6]);
    Work { bytes: bytes(slots(spec)), ..Work::of(step, PARAMETERS as f64) }
}

/// What a step reads and writes.
fn bytes(slots: usize) -> f64 {
    (4 * PARAMETERS * (3 + 2 * slots)) as f64
}

/// The same bytes with a multiplication and an addition each, as in the STREAM benchmark.
fn pass_over(slots: usize) -> Work {
    let (mut x, gradient) = (Numbers::new([1.0_f32; 1], PARAMETERS), Numbers::new([0.5_f32; 1], PARAMETERS));
    let mut kept = Numbers::new([0.25_f32; 1], slots * PARAMETERS);
    let done = move || pass(black_box(&mut x), black_box(&gradient), black_box(&mut kept));
    Work { bytes: bytes(slots), ..Work::of(done, PARAMETERS as f64) }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn pass(x: &mut [[f32; 1]], gradient: &[[f32; 1]], kept: &mut [[f32; 1]]) {
    for (x, g) in x.iter_mut().zip(gradient) {
        x[0] += 1e-6 * g[0];
    }
    for slot in kept {
        slot[0] = 0.5 * slot[0] + 1e-6;
    }
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
        about: "10⁷ indices in random order: one epoch of reshuffling".to_owned(),
        bound: "latency of memory: every exchange is somewhere else",
        unit: "index",
        threads: 1,
        prepare: Box::new(prepare),
        rivals: vec![
            script!("numpy", "misc.py", [], "permutation 1e7 numpy", Reading::Seconds(1e7)),
            script!("torch", "misc.py", [], "permutation 1e7 torch", Reading::Seconds(1e7)),
        ],
    }
}

fn loss_map(threads: usize) -> Workload {
    const POINTS: usize = 1001;
    let prepare = || {
        let settings = Settings::defaults(sgdlab_objectives::entry("line").expect("an objective"));
        let line = sgdlab_objectives::Problem::load(&settings)?;
        let (plane, axis) = (Plane::axes(&[0.0, 0.0], 1, 0), even(-5.0, 8.0, POINTS));
        let points = (POINTS * POINTS) as f64;
        let draw = move || {
            let objective: &dyn Objective<f64, WIDTH> = f64::model(&line).objective();
            black_box(map(objective, black_box(&plane), &Quantity::Value, (&axis, &axis)));
        };
        // A prediction, a difference, a square and a sum for each of 50 terms.
        Ok(Work { flops: points * 50.0 * 5.0, ..Work::of(draw, points) })
    };
    Workload {
        name: "loss-map".to_owned(),
        about: "the loss of a line on 50 points at 1001 × 1001 points, f64".to_owned(),
        bound: "operations, without fused multiply-add",
        unit: "point",
        threads,
        prepare: Box::new(prepare),
        rivals: vec![
            script!("numpy f64", "misc.py", [], "loss map 1001x1001 numpy", Reading::Seconds(1_002_001.0)),
            script!("jax f32", "misc.py", [], "loss map 1001x1001 jax f32", Reading::Seconds(1_002_001.0)),
        ],
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
            "{runs} runs of 50 updates, beside a thousand of them; the cost of an update should be the same"
        ),
        bound: INTERPRETER,
        unit: "update",
        threads,
        prepare: Box::new(move || sweep(&short_runs(runs), threads, 1.0, 0.0)),
        rivals: vec![Rival {
            label: "1000 runs".to_owned(),
            kind: Kind::Own(Box::new(move || sweep(&short_runs(1000), threads, 1.0, 0.0))),
        }],
    })
}
