//! Gradients of linear models over so many rows that they go through the cache in blocks.

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Lanes, Objective, Real, Sample, WIDTH};
use sgdlab_losses::{Huber, LossSpec};
use sgdlab_objectives::{Linear, LinearSpec};

/// More than one block of rows from 5 columns on.
const TERMS: usize = 1100;

const DELTA: f64 = 0.75;

/// The gradient of the Huber loss, term by term in the order of the batch and coordinate by coordinate, with
/// predictions whose 16 accumulators are written out.
fn stated<R: Real>((features, targets): (&[R], &[R]), sample: Sample<'_>, at: &[R], intercept: bool) -> Vec<R> {
    let columns = features.len() / targets.len();
    let mut out = vec![R::ZERO; at.len()];
    for (i, &term) in sample.indices.iter().enumerate() {
        let row = &features[term as usize * columns..][..columns];
        let mut sums = [R::ZERO; 16];
        for (j, &x) in row.iter().enumerate() {
            sums[j % 16] += at[j] * x;
        }
        for apart in [8, 4, 2, 1] {
            for k in 0..apart {
                sums[k] += sums[k + apart];
            }
        }
        let output = if intercept { sums[0] + at[columns] } else { sums[0] };
        let residual = output - targets[term as usize];
        let delta = R::of(DELTA);
        let mut slope = if residual > delta {
            delta
        } else if residual < -delta {
            -delta
        } else {
            residual
        };
        if let Some(weights) = sample.weights {
            slope *= R::of(weights[i]);
        }
        for (out, &x) in out.iter_mut().zip(row) {
            *out += slope * x;
        }
        if intercept {
            out[columns] += slope;
        }
    }
    let factor = R::of(0.5 / sample.indices.len() as f64);
    out.into_iter().map(|x| x * factor).collect()
}

fn check<R: sgdlab_losses::Packs<1> + sgdlab_losses::Packs<{ WIDTH }>>(columns: usize, intercept: bool) {
    let mut rng = Key::new("blocks").stream(columns as u64);
    let mut numbers = |count: usize| Normal.sample_iter(&mut rng).take(count).collect::<Vec<f64>>();
    let (features, targets) = (numbers(TERMS * columns), numbers(TERMS));
    let loss = LossSpec::Huber(Huber::new(DELTA).unwrap());
    let spec = LinearSpec { loss, factor: 0.5, l2: 0.0, intercept, classes: false };
    let linear: Linear<R> = Linear::new(spec, &features, columns, &targets);
    let parameters = columns + usize::from(intercept);
    let at: Vec<Lanes<R, WIDTH>> =
        numbers(parameters).into_iter().map(|x| std::array::from_fn(|l| R::of(x + 0.1 * l as f64))).collect();
    let rounded = |numbers: &[f64]| numbers.iter().map(|&x| R::of(x)).collect::<Vec<R>>();
    let (features, targets) = (rounded(&features), rounded(&targets));
    let everything: Vec<u32> = (0..TERMS as u32).collect();
    let some: Vec<u32> = (0..131).map(|i| i * 97 % TERMS as u32).collect();
    let weights: Vec<f64> = (0..131).map(|i| 0.5 + 0.01 * f64::from(i)).collect();
    for sample in [Sample::of(&everything), Sample { indices: &some, weights: Some(&weights) }] {
        let mut pack = vec![[R::ZERO; WIDTH]; parameters];
        let objective: &dyn Objective<R, WIDTH> = &linear;
        let mut scratch = vec![[R::ZERO; WIDTH]; objective.scratch(TERMS)];
        objective.gradient(&at, sample, &mut scratch, &mut pack);
        let objective: &dyn Objective<R, 1> = &linear;
        for l in 0..WIDTH {
            let at: Vec<R> = at.iter().map(|x| x[l]).collect();
            let mut single = vec![[R::ZERO]; parameters];
            objective.gradient(at.as_chunks().0, sample, &mut vec![[R::ZERO]; objective.scratch(TERMS)], &mut single);
            let pack: Vec<R> = pack.iter().map(|x| x[l]).collect();
            let stated = stated((&features, &targets), sample, &at, intercept);
            assert_eq!(single.as_flattened(), stated, "{columns} columns in {}", R::NAME);
            assert_eq!(pack, stated, "lane {l} with {columns} columns in {}", R::NAME);
        }
    }
}

#[test]
fn blocks_do_not_change_the_order_of_sums() {
    for (columns, intercept) in [(1, true), (1, false), (2, true), (5, false), (16, true), (37, true), (100, false)] {
        check::<f32>(columns, intercept);
        check::<f64>(columns, intercept);
    }
}
