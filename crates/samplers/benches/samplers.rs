//! Time to fill a batch, per index: steps in sequence, so that shuffles are paid once an epoch.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_core::Settings;
use sgdlab_core::streams::Key;
use sgdlab_samplers::{BatchBuffer, SamplerSpec, entries};

fn fill(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fill");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(20);
    for entry in entries() {
        let spec = SamplerSpec::new(&Settings::defaults(entry)).expect("an entry of the catalogue");
        for terms in [1797, 1_000_000] {
            for batch in [16, 128] {
                let mut sampler = spec.bind(terms, batch, Key::new("bench")).expect("possible sizes");
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

criterion_group!(benches, fill);
criterion_main!(benches);
