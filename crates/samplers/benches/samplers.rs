//! Time to fill a batch, per index: steps in sequence, so that shuffles are paid once an epoch.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_core::Settings;
use sgdlab_core::streams::{Key, shuffle};
use sgdlab_samplers::{BatchBuffer, Bijection, Context, SamplerSpec, entries};

fn fill(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fill");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(20);
    for entry in entries() {
        let spec = SamplerSpec::new(&Settings::defaults(entry)).expect("an entry of the catalogue");
        if spec.wants().feedback {
            // Its batches are those of a shuffle once; what it costs is the gradients.
            continue;
        }
        for terms in [1797, 1_000_000] {
            let classes: Vec<u32> = (0..terms as u32).map(|i| i % 10).collect();
            let smoothness: Vec<f64> = (0..terms).map(|i| 1.0 + (i % 7) as f64).collect();
            let context = Context { classes: Some(&classes), smoothness: Some(&smoothness), ..Context::of(terms) };
            for batch in [16, 128] {
                let mut sampler = spec.bind(&context, batch, Key::new("bench")).expect("possible sizes");
                let mut out = BatchBuffer::with_capacity(sampler.largest_batch());
                let mut step = 0;
                group.throughput(Throughput::Elements(sampler.largest_batch() as u64));
                group.bench_function(BenchmarkId::new(entry.name, format!("{batch} of {terms}")), |bencher| {
                    bencher.iter(|| {
                        sampler.fill(step, &mut out);
                        step += 1;
                        black_box(&out.indices);
                    });
                });
            }
        }
    }
    group.finish();
}

/// All places of an order: shuffled in memory, and computed one by one.
fn orders(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("order");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(10);
    for terms in [100_u32, 1797, 1_000_000] {
        group.throughput(Throughput::Elements(u64::from(terms)));
        let mut order: Vec<u32> = (0..terms).collect();
        let mut epoch = 0;
        group.bench_function(BenchmarkId::new("shuffle", terms), |bencher| {
            bencher.iter(|| {
                epoch += 1;
                shuffle(&mut order, &mut Key::new("bench").stream(epoch));
                black_box(&order);
            });
        });
        group.bench_function(BenchmarkId::new("bijection", terms), |bencher| {
            bencher.iter(|| {
                epoch += 1;
                let bijection = Bijection::new(&mut Key::new("bench").stream(epoch), u64::from(terms));
                (0..u64::from(terms)).for_each(|i| {
                    black_box(bijection.at(i));
                });
            });
        });
    }
    let huge = Bijection::new(&mut Key::new("bench").stream(0), 1_000_000_000_000);
    group.throughput(Throughput::Elements(1));
    group.bench_function(BenchmarkId::new("bijection", 1_000_000_000_000_u64), |bencher| {
        bencher.iter(|| black_box(huge.at(black_box(123_456_789_012))));
    });
    group.finish();
}

criterion_group!(benches, fill, orders);
criterion_main!(benches);
