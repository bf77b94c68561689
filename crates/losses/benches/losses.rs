//! Values and slopes of every loss over 4096 predictions: as 4096 terms of one run, and as 256
//! terms of a pack of 16.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_core::{Lanes, Settings, WIDTH};
use sgdlab_losses::{LossSpec, Packs, entries};

const NUMBERS: usize = 4096;

fn bench_width<const N: usize>(criterion: &mut Criterion)
where
    f32: Packs<N>,
{
    let terms = NUMBERS / N;
    let targets: Vec<f32> = (0..terms).map(|i| if i % 3 == 0 { -1.0 } else { 1.0 }).collect();
    let batch: Vec<u32> = (0..terms).map(|i| (i * 5 % terms) as u32).collect();
    let predictions: Vec<Lanes<f32, N>> =
        (0..terms).map(|i| std::array::from_fn(|l| ((7 * i + 3 * l) % 97) as f32 / 16.0 - 3.0)).collect();
    let mut z = predictions.clone();
    let mut group = criterion.benchmark_group(format!("{N} lanes"));
    group.throughput(Throughput::Elements(NUMBERS as u64));
    for entry in entries() {
        let loss = LossSpec::new(&Settings::defaults(entry)).expect("a scalar loss");
        let kernel = loss.kernel::<f32, N>();
        group.bench_function(format!("values/{}", entry.name), |bencher| {
            bencher.iter(|| {
                z.copy_from_slice(black_box(&predictions));
                kernel.values(&targets, &mut z);
                black_box(&z);
            });
        });
        group.bench_function(format!("slopes/{}", entry.name), |bencher| {
            bencher.iter(|| {
                z.copy_from_slice(black_box(&predictions));
                kernel.slopes(&targets, &batch, &mut z);
                black_box(&z);
            });
        });
    }
    group.finish();
}

fn losses(criterion: &mut Criterion) {
    bench_width::<1>(criterion);
    bench_width::<WIDTH>(criterion);
}

criterion_group!(benches, losses);
criterion_main!(benches);
