//! Gradients of every landscape in packs, maps, and the curvature of a network.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Real, Sample, Settings, WIDTH};
use sgdlab_landscapes::curvature::{Hessian, extremes};
use sgdlab_landscapes::surface::{Plane, Quantity, even, map};
use sgdlab_landscapes::{Packs, Problem, entries};
use sgdlab_objectives::{Stored, entry};

/// Nanoseconds per lane of the gradient of a batch of 10 terms.
fn gradients(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gradient, 16 lanes");
    group.throughput(Throughput::Elements(WIDTH as u64));
    for entry in entries() {
        let problem = Problem::load(&Settings::defaults(entry)).expect("defaults are accepted");
        let objective: &dyn Objective<f64, WIDTH> = f64::objective(&problem);
        let at: Vec<[f64; WIDTH]> =
            problem.initial(Key::new("")).iter().map(|x| std::array::from_fn(|l| x + 0.01 * l as f64)).collect();
        let (batch, mut out) = ([3, 14, 15, 92, 65, 35, 89, 79, 32, 38], at.clone());
        group.bench_function(entry.name, |bencher| {
            bencher.iter(|| {
                objective.gradient(black_box(&at), Sample::of(black_box(&batch)), &mut [], black_box(&mut out));
            });
        });
    }
    group.finish();
}

/// A map of 1001 × 1001 points of the 50-point line.
fn maps(criterion: &mut Criterion) {
    let line = sgdlab_objectives::Problem::load(&Settings::defaults(entry("line").expect("an objective")));
    let line = line.expect("bundled data");
    map_of::<f64>(criterion, f64::model(&line).objective());
    map_of::<f32>(criterion, f32::model(&line).objective());
}

fn map_of<R: Real>(criterion: &mut Criterion, objective: &dyn Objective<R, WIDTH>) {
    let (plane, axis) = (Plane::axes(&[0.0, 0.0], 1, 0), even(-5.0, 8.0, 1001));
    let mut group = criterion.benchmark_group("map 1001 × 1001");
    group.throughput(Throughput::Elements(1001 * 1001));
    group.bench_function(format!("line, {}", R::NAME), |bencher| {
        bencher.iter(|| map(objective, black_box(&plane), &Quantity::Value, (&axis, &axis)));
    });
    group.finish();
}

/// The sharpness of the default network by 20 products.
fn sharpness(criterion: &mut Criterion) {
    let network = sgdlab_objectives::Problem::load(&Settings::defaults(entry("mlp").expect("an objective")));
    let network = network.expect("bundled data");
    let at = network.initial(Key::new("bench"));
    let mut hessian = Hessian::new(f64::model(&network).objective(), &at);
    criterion.bench_function("sharpness of mlp digits", |bencher| {
        bencher.iter(|| extremes(&mut hessian, Key::new("bench"), 20));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300));
    targets = gradients, maps, sharpness
}
criterion_main!(benches);
