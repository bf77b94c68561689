//! Nanoseconds per parameter and run of one step of every registered rule, for 64, 4,096 and 262,144 parameters.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_core::{Entry, Layout, Settings};
use sgdlab_optimizers::{Packs, RuleSpec, Signal, rules};

/// Rules that decompose a matrix of every side of the parameters: seconds a step at 512 × 512.
const DECOMPOSING: &[&str] = &["shampoo", "soap"];

/// Whether a rule is told its gradients: what the others cost is what their questions cost.
fn is_told(entry: &'static Entry) -> bool {
    RuleSpec::new(&Settings::defaults(entry)).is_ok_and(|spec| !spec.needs().asking)
}

/// Measures all rules on a square matrix.
fn measure<const N: usize>(criterion: &mut Criterion, side: usize)
where
    f32: Packs<N>,
{
    let (parameters, layout) = (side * side, Layout::new([("weight", vec![side, side])]));
    let mut group = criterion.benchmark_group(format!("f32, {N} lanes"));
    group.throughput(Throughput::Elements((parameters * N) as u64));
    let told = rules::entries().into_iter().filter(|&entry| is_told(entry));
    for entry in told.filter(|entry| side <= 64 || !DECOMPOSING.contains(&entry.name)) {
        let spec = RuleSpec::new(&Settings::defaults(entry)).expect("defaults go together");
        let mut rule = RuleSpec::bind::<f32, N>(&std::array::from_fn(|_| spec.clone()), &layout);
        let mut x = vec![[1.0; N]; parameters];
        let (value, gradient) = ([2.0; N], vec![[0.5; N]; parameters]);
        group.bench_function(BenchmarkId::new(entry.name, parameters), |bencher| {
            bencher.iter(|| {
                let gradient = black_box(&gradient);
                let signal = Signal { value: Some(&value), curvature: Some(gradient), ..Signal::of(gradient) };
                rule.update(black_box(&mut x), signal, &[1e-6; N]);
            });
        });
    }
    group.finish();
}

fn rules(criterion: &mut Criterion) {
    for side in [8, 64, 512] {
        measure::<1>(criterion, side);
    }
    measure::<16>(criterion, 8);
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
