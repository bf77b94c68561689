//! Gradients and evaluations in `f32`: nanoseconds per term and lane.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Oracle, Sample, Settings};
use sgdlab_losses::{LossSpec, Squared};
use sgdlab_objectives::data::synthetic::gaussian_regression;
use sgdlab_objectives::{Linear, LinearSpec, Problem, Stored, entry};

/// The default problems of the catalogue: digits, breast cancer, the line.
const PROBLEMS: [(&str, &str); 4] =
    [("softmax", "softmax digits"), ("mlp", "mlp digits 32"), ("logistic", "logistic breast-cancer"), ("line", "line")];

fn least_squares() -> Linear<f32> {
    let made = gaussian_regression(1000, 100, 0.1, Key::new("bench")).dataset;
    let spec = LinearSpec {
        loss: LossSpec::Squared(Squared::new(true)),
        factor: 1.0,
        l2: 0.0,
        intercept: true,
        classes: false,
    };
    Linear::new(spec, made.features.as_slice().expect("row by row"), 100, &made.targets.to_numbers())
}

fn measure<const N: usize>(criterion: &mut Criterion, name: &str, objective: &dyn Objective<f32, N>) {
    let (n, d) = (objective.terms(), objective.layout().size());
    let at: Vec<[f32; N]> = (0..d).map(|j| std::array::from_fn(|l| 0.01 * ((7 * j + 3 * l) % 19) as f32)).collect();
    let (mut scratch, mut out) = (vec![[0.0; N]; objective.scratch(128)], vec![[0.0; N]; d]);
    let mut group = criterion.benchmark_group(format!("{name}, {N} lanes"));
    for size in [16, 128] {
        let batch: Vec<u32> = (0..size).map(|i| (i * 97 % n) as u32).collect();
        group.throughput(Throughput::Elements((size * N) as u64));
        group.bench_function(BenchmarkId::new("gradient", size), |bencher| {
            bencher.iter(|| {
                objective.gradient(black_box(&at), Sample::of(black_box(&batch)), &mut scratch, black_box(&mut out));
            });
        });
    }
    group.throughput(Throughput::Elements((n * N) as u64));
    group.bench_function("evaluate", |bencher| {
        bencher.iter(|| objective.evaluate(black_box(&at), true, &mut scratch));
    });
    group.finish();
}

/// Least squares beyond all caches, `f64`, one lane: nanoseconds a term of a gradient over all of them.
fn full_gradient(criterion: &mut Criterion) {
    let (terms, columns) = (100_000, 100);
    let made = gaussian_regression(terms, columns, 0.1, Key::new("bench")).dataset;
    let spec = LinearSpec {
        loss: LossSpec::Squared(Squared::new(true)),
        factor: 1.0,
        l2: 0.0,
        intercept: false,
        classes: false,
    };
    let features = made.features.as_slice().expect("row by row");
    let linear: Linear<f64> = Linear::new(spec, features, columns, &made.targets.to_numbers());
    let (at, mut out) = (vec![[0.1]; columns], vec![[0.0]; columns]);
    let mut oracle = Oracle::new(&linear, 1);
    let mut group = criterion.benchmark_group("least-squares 100000x100, f64");
    group.throughput(Throughput::Elements(terms as u64));
    group.bench_function("full gradient", |bencher| {
        bencher.iter(|| oracle.full_gradient(black_box(&at), black_box(&mut out)));
    });
    group.finish();
}

fn objectives(criterion: &mut Criterion) {
    for (objective, name) in PROBLEMS {
        let settings = Settings::defaults(entry(objective).expect("an objective"));
        let problem = Problem::load(&settings).expect("bundled data");
        measure::<1>(criterion, name, f32::model(&problem).objective());
        measure::<16>(criterion, name, f32::model(&problem).objective());
    }
    let synthetic = least_squares();
    measure::<1>(criterion, "least-squares 1000x100", &synthetic);
    measure::<16>(criterion, "least-squares 1000x100", &synthetic);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600));
    targets = objectives, full_gradient
}
criterion_main!(benches);
