//! One estimate of each estimator on the line: nanoseconds per term of the batch and lane, in `f32`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_core::streams::Key;
use sgdlab_core::{Batch, Oracle, Settings};
use sgdlab_estimators::{Ask, Context, EstimatorSpec, entries};
use sgdlab_objectives::{Packs, Problem, Stored, entry};

fn measure<const N: usize>(criterion: &mut Criterion, problem: &Problem)
where
    f32: Packs<N>,
{
    let mut group = criterion.benchmark_group(format!("{N} lanes"));
    for size in [1, 16] {
        let indices: Vec<u32> = (0..size).map(|i| (i * 7 % problem.terms()) as u32).collect();
        group.throughput(Throughput::Elements((size * N) as u64));
        for entry in entries() {
            let spec = EstimatorSpec::new(&Settings::defaults(entry)).expect("an estimator");
            let mut oracle = Oracle::<f32, N>::new(f32::model(problem).objective(), size);
            let mut estimator = spec.bind(&Context {
                parameters: 2,
                terms: problem.terms(),
                batches_per_epoch: (problem.terms() / size) as u64,
                largest_batch: size,
                key: Key::new("bench"),
            });
            let (at, mut out) = ([[0.5; N]; 2], [[0.0; N]; 2]);
            let mut step = 0;
            group.bench_function(BenchmarkId::new(entry.name, size), |bencher| {
                bencher.iter(|| {
                    let batch = Batch::of(black_box(&indices));
                    let ask = Ask { step, rates: &[0.1; N], batch };
                    estimator.estimate(&mut oracle, black_box(&at), ask, &mut out);
                    step += 1;
                });
            });
        }
    }
    group.finish();
}

fn estimators(criterion: &mut Criterion) {
    let line = Problem::load(&Settings::defaults(entry("line").expect("the line"))).expect("bundled data");
    measure::<1>(criterion, &line);
    measure::<16>(criterion, &line);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600));
    targets = estimators
}
criterion_main!(benches);
