//! One step of every elementwise rule at 10⁷ parameters in `f32`, beside a pass over the same bytes that does next to
//! nothing with them.
//!
//! The pass of a rule with S numbers a parameter is `pass/S`: parameters and S numbers are read and written, gradients
//! read, with one multiplication and addition each, as in the STREAM benchmark.
//! At the end every rule is listed with the ratio of its time to that of its pass, both the best of the same rounds.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use multiversion::multiversion;
use sgdlab_core::{Layout, Numbers, Settings, Value};
use sgdlab_optimizers::elementwise::RULES;
use sgdlab_optimizers::{Rule, RuleSpec, Signal, rules};

const PARAMETERS: usize = 10_000_000;

/// What a pass goes over.
struct Bytes {
    x: Numbers<[f32; 1]>,
    g: Numbers<[f32; 1]>,
    slots: Numbers<[f32; 1]>,
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn pass(bytes: &mut Bytes) {
    for (x, g) in bytes.x.iter_mut().zip(bytes.g.iter()) {
        x[0] += 1e-6 * g[0];
    }
    for slot in bytes.slots.iter_mut() {
        slot[0] = 0.5 * slot[0] + 1e-6;
    }
}

/// Something that can be done again and again.
type Work = Box<dyn FnMut()>;

fn pass_over(slots: usize) -> Work {
    let mut bytes = Bytes {
        x: Numbers::new([1.0], PARAMETERS),
        g: Numbers::new([0.5], PARAMETERS),
        slots: Numbers::new([0.25], slots * PARAMETERS),
    };
    Box::new(move || pass(black_box(&mut bytes)))
}

fn step_of(spec: &RuleSpec, parameters: usize) -> Work {
    let mut rule: Box<dyn Rule<f32, 1>> = RuleSpec::bind(std::array::from_ref(spec), &Layout::vector(parameters));
    let (mut x, gradient) = (Numbers::new([1.0], parameters), Numbers::new([0.5], parameters));
    Box::new(move || rule.update(black_box(&mut x), Signal::of(black_box(&gradient)), &[1e-6]))
}

/// Numbers that a rule keeps for a parameter.
fn slots(spec: &RuleSpec) -> usize {
    RuleSpec::bind::<f32, 1>(std::array::from_ref(spec), &Layout::vector(1024)).save().len() / 1024
}

fn specs() -> impl Iterator<Item = (&'static str, RuleSpec)> {
    let entries = rules::entries().into_iter().filter(|entry| RULES.contains(&entry.name));
    entries.map(|entry| (entry.name, RuleSpec::new(&Settings::defaults(entry)).expect("defaults go together")))
}

fn memory(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("f32, 10^7 parameters");
    for (name, spec) in specs() {
        group.throughput(Throughput::Bytes((4 * PARAMETERS * (3 + 2 * slots(&spec))) as u64));
        let mut step = step_of(&spec, PARAMETERS);
        group.bench_function(BenchmarkId::new("step", name), |bencher| bencher.iter(&mut step));
    }
    for slots in 0..=6 {
        group.throughput(Throughput::Bytes((4 * PARAMETERS * (3 + 2 * slots)) as u64));
        let mut pass = pass_over(slots);
        group.bench_function(BenchmarkId::new("pass", slots), |bencher| bencher.iter(&mut pass));
    }
    group.finish();
}

fn seconds(work: &mut Work) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Times of a step and of its pass in turns, so that both see the same machine.
fn ratios(_: &mut Criterion) {
    println!("{:20} {:>5} {:>9} {:>9} {:>6}", "rule", "slots", "step ms", "pass ms", "ratio");
    for (name, spec) in specs() {
        let (mut step, mut pass) = (step_of(&spec, PARAMETERS), pass_over(slots(&spec)));
        let mut best = [f64::INFINITY; 2];
        for _ in 0..20 {
            best = [best[0].min(seconds(&mut step)), best[1].min(seconds(&mut pass))];
        }
        let [step, pass] = best.map(|seconds| 1e3 * seconds);
        println!("{name:20} {:>5} {step:>9.2} {pass:>9.2} {:>6.2}", slots(&spec), step / pass);
    }
}

/// The settings of `tests/peers/update_rules.py`, which times PyTorch at the same sizes.
fn peers() -> Vec<(&'static str, RuleSpec)> {
    let number = |name, x| (name, Value::Number(x));
    let nesterov = vec![number("momentum", 0.9), number("weight-decay", 0.01), ("nesterov", Value::Flag(true))];
    let settings = [
        ("sgd", "sgd", vec![]),
        ("sgd_momentum", "sgd", vec![number("momentum", 0.9)]),
        ("sgd_nesterov_wd", "sgd", nesterov),
        ("adagrad", "adagrad", vec![]),
        ("rmsprop", "rmsprop", vec![]),
        ("adam", "adam", vec![]),
        ("adamw", "adamw", vec![]),
        ("nadam", "nadam", vec![]),
        ("adadelta", "adadelta", vec![]),
    ];
    let spec = |(label, name, given): (&'static str, &str, Vec<(&'static str, Value)>)| {
        let entry = rules::entries().into_iter().find(|entry| entry.name == name).expect("a rule");
        let settings = Settings::in_dialect(entry, Some("torch"), given).expect("accepted");
        (label, RuleSpec::new(&settings).expect("accepted together"))
    };
    settings.into_iter().map(spec).collect()
}

fn beside_torch(criterion: &mut Criterion) {
    for parameters in [1_000, 100_000, PARAMETERS] {
        let mut group = criterion.benchmark_group(format!("f32, {parameters} parameters, as in torch"));
        for (name, spec) in peers() {
            let mut step = step_of(&spec, parameters);
            group.bench_function(name, |bencher| bencher.iter(&mut step));
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800));
    targets = memory, beside_torch, ratios
}
criterion_main!(benches);
