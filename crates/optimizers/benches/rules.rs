//! Nanoseconds per parameter and run of one step of every registered rule.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_core::{Layout, Settings};
use sgdlab_optimizers::{RuleSpec, Signal, rules};

fn measure<const N: usize>(criterion: &mut Criterion, parameters: usize) {
    let mut group = criterion.benchmark_group(format!("f32, {N} lanes"));
    group.throughput(Throughput::Elements((parameters * N) as u64));
    for entry in rules::entries() {
        let spec = RuleSpec::new(&Settings::defaults(entry)).expect("defaults go together");
        let mut rule = RuleSpec::bind::<f32, N>(&std::array::from_fn(|_| spec.clone()), &Layout::vector(parameters));
        let mut x = vec![[1.0; N]; parameters];
        let gradient = vec![[0.5; N]; parameters];
        group.bench_function(BenchmarkId::new(entry.name, parameters), |bencher| {
            bencher.iter(|| rule.update(black_box(&mut x), Signal::of(black_box(&gradient)), &[1e-6; N]));
        });
    }
    group.finish();
}

fn rules(criterion: &mut Criterion) {
    for parameters in [64, 4096, 262_144] {
        measure::<1>(criterion, parameters);
    }
    measure::<16>(criterion, 64);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600));
    targets = rules
}
criterion_main!(benches);
