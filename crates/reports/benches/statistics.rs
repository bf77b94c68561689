//! Time of what is computed for every pair of rules: bootstrap intervals, exact tests, power.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sgdlab_core::streams::Key;
use sgdlab_reports::statistics::{
    Design, Flips, Options, bca, iqm, mean, median, minimum_detectable_difference, nemenyi_critical_difference,
    percentile, sign_flip, wilcoxon,
};

/// Differences of both signs, all different in size.
fn differences(n: usize) -> Vec<f64> {
    (1..=n).map(|i| (i as f64).sqrt() * if i % 3 == 0 { -1.0 } else { 1.0 }).collect()
}

fn bootstrap(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bootstrap, 10 000 resamples");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(20);
    let options = Options::of(Key::new("bench"));
    for n in [5, 20, 100] {
        let numbers = differences(n);
        group.bench_function(BenchmarkId::new("percentile of the mean", n), |bencher| {
            bencher.iter(|| percentile(black_box(&numbers), mean, &options));
        });
        group.bench_function(BenchmarkId::new("BCa of the mean", n), |bencher| {
            bencher.iter(|| bca(black_box(&numbers), mean, &options));
        });
        group.bench_function(BenchmarkId::new("BCa of the median", n), |bencher| {
            bencher.iter(|| bca(black_box(&numbers), median, &options));
        });
        group.bench_function(BenchmarkId::new("BCa of the interquartile mean", n), |bencher| {
            bencher.iter(|| bca(black_box(&numbers), iqm, &options));
        });
    }
    group.finish();
}

fn tests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("test");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(20);
    let flips = Flips::of(Key::new("bench"));
    for n in [5, 10, 20, 32, 100] {
        let differences = differences(n);
        group.bench_function(BenchmarkId::new("sign-flip", n), |bencher| {
            bencher.iter(|| sign_flip(black_box(&differences), &flips));
        });
    }
    for n in [5, 20, 50, 200] {
        let differences = differences(n);
        group.bench_function(BenchmarkId::new("Wilcoxon", n), |bencher| {
            bencher.iter(|| wilcoxon(black_box(&differences)));
        });
    }
    group.bench_function("minimum detectable difference, 10 pairs", |bencher| {
        bencher.iter(|| minimum_detectable_difference(black_box(10), 1.0, &Design::default()));
    });
    group.bench_function("critical difference, 8 rules", |bencher| {
        bencher.iter(|| nemenyi_critical_difference(black_box(8), 5, 0.05));
    });
    group.finish();
}

criterion_group!(benches, bootstrap, tests);
criterion_main!(benches);
