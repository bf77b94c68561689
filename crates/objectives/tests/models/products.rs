//! Products with curvature matrices: against differences of gradients, by symmetry, against Jacobians, term by term.

use sgdlab_core::{Curvature, Lanes, Product, Sample};
use sgdlab_objectives::{Packs, Problem, Stored};

use crate::naive::Naive;
use crate::support::{CASES, batch, close, gradient_at, largest, load, point, single};

/// The kinds of matrices; residuals of the tests are larger than the floor.
pub const KINDS: [Curvature; 3] = [Curvature::Hessian, Curvature::GaussNewton, Curvature::Reweighted { floor: 1e-9 }];

/// The product, with buffers full of NaN that must not matter.
pub fn product<R: Stored + Packs<N>, const N: usize>(
    problem: &Problem,
    curvature: Curvature,
    (at, vector): (&[Lanes<R, N>], &[Lanes<R, N>]),
    batch: &[u32],
) -> Vec<Lanes<R, N>> {
    weighted(problem, curvature, (at, vector), Sample::of(batch))
}

fn weighted<R: Stored + Packs<N>, const N: usize>(
    problem: &Problem,
    curvature: Curvature,
    (at, vector): (&[Lanes<R, N>], &[Lanes<R, N>]),
    sample: Sample<'_>,
) -> Vec<Lanes<R, N>> {
    let objective = R::model(problem).objective::<N>();
    let mut scratch = vec![[R::of(f64::NAN); N]; objective.curvature_scratch(sample.indices.len())];
    let mut out = vec![[R::of(f64::NAN); N]; at.len()];
    objective.curvature_times(Product { curvature, at, vector }, sample, &mut scratch, &mut out);
    out
}

fn product_at(problem: &Problem, curvature: Curvature, at: &[f64], vector: &[f64], batch: &[u32]) -> Vec<f64> {
    product::<f64, 1>(problem, curvature, (&single(at), &single(vector)), batch).into_flattened()
}

/// A point where logits and sigmoids are neither saturated nor all alike, and a vector.
fn typical(case: &str, problem: &Problem) -> (Vec<f64>, Vec<f64>) {
    let size = if case.contains("features=unit") { 1.0 } else { 0.3 };
    let length = problem.layout().size();
    (point(case, 0, size, length), point(case, 1, 1.0 / (length as f64).sqrt(), length))
}

/// The derivative of the gradient along a vector by the five-point formula, whose error is h⁴/30 times the fifth
/// derivative of the gradient.
fn difference(problem: &Problem, at: &[f64], vector: &[f64], batch: &[u32], h: f64) -> Vec<f64> {
    let shifted = |steps: f64| {
        let at: Vec<f64> = at.iter().zip(vector).map(|(x, v)| x + steps * h * v).collect();
        gradient_at(problem, &at, batch)
    };
    let [far_back, back, ahead, far_ahead] = [-2.0, -1.0, 1.0, 2.0].map(shifted);
    (0..at.len()).map(|j| (8.0 * (ahead[j] - back[j]) - (far_ahead[j] - far_back[j])) / (12.0 * h)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn weights_multiply_the_products_of_terms() {
    let weights = [0.0, 2.5, 0.75];
    for case in CASES {
        let problem = load(case);
        let (at, vector) = typical(case, &problem);
        let batch = batch(&problem, 3);
        for curvature in KINDS {
            let sample = Sample { indices: &batch, weights: Some(&weights) };
            let found = weighted::<f64, 1>(&problem, curvature, (&single(&at), &single(&vector)), sample);
            let of_terms: Vec<_> =
                batch.iter().map(|&term| product_at(&problem, curvature, &at, &vector, &[term])).collect();
            for (j, [found]) in found.into_iter().enumerate() {
                let parts = of_terms.iter().zip(weights).map(|(product, weight)| weight * product[j]);
                let expected = parts.sum::<f64>() / 3.0;
                let size = of_terms.iter().map(|product| product[j].abs()).fold(1.0, f64::max);
                assert!((found - expected).abs() <= 1e-12 * size, "{case}, {curvature:?}: {found} for {expected}");
            }
        }
    }
}

#[test]
fn hessians_are_the_derivatives_of_gradients() {
    for case in CASES {
        let problem = load(case);
        let (at, vector) = typical(case, &problem);
        for size in [1, 2, 17] {
            let batch = batch(&problem, size);
            let found = product_at(&problem, Curvature::Hessian, &at, &vector, &batch);
            let expected = difference(&problem, &at, &vector, &batch, 1e-4);
            // As for gradients: rounding of some 40 additions over the step of the difference.
            let tolerance = 1e-10 * largest(&gradient_at(&problem, &at, &batch)).max(largest(&found)).max(1.0);
            for (j, (found, expected)) in found.iter().zip(&expected).enumerate() {
                close(*found, *expected, tolerance, &format!("{case}, batch of {size}, parameter {j}"));
            }
        }
    }
}

#[test]
fn matrices_are_symmetric() {
    for case in CASES {
        let problem = load(case);
        let (at, u) = typical(case, &problem);
        let v = point(case, 2, 1.0 / (at.len() as f64).sqrt(), at.len());
        for curvature in KINDS {
            let batch = batch(&problem, 17);
            let [of_u, of_v] = [&u, &v].map(|vector| product_at(&problem, curvature, &at, vector, &batch));
            let size = largest(&of_u).max(largest(&of_v)).max(1e-3);
            close(dot(&v, &of_u), dot(&u, &of_v), 1e-13 * size * at.len() as f64, &format!("{case}, {curvature:?}"));
        }
    }
}

#[test]
fn gauss_newton_is_the_curvature_of_the_loss_between_jacobians() {
    for case in ["mlp data=iris hidden=[3] activation=tanh l2=0.1", "mlp data=iris hidden=[4,3] activation=relu"] {
        let problem = load(case);
        let naive = Naive::new(case, &problem);
        let (at, vector) = typical(case, &problem);
        let batch = batch(&problem, 7);
        // The Jacobian of the logits by the five-point formula, in the columns of the vector.
        let along = |term: u32, direction: &[f64]| -> Vec<f64> {
            let logits = |steps: f64| {
                let at: Vec<f64> = at.iter().zip(direction).map(|(x, v)| x + steps * 1e-3 * v).collect();
                naive.logits(term as usize, &at)
            };
            let [far_back, back, ahead, far_ahead] = [-2.0, -1.0, 1.0, 2.0].map(logits);
            (0..3).map(|c| (8.0 * (ahead[c] - back[c]) - (far_ahead[c] - far_back[c])) / 12e-3).collect()
        };
        let l2 = if case.contains("l2") { 0.1 } else { 0.0 };
        let found = product_at(&problem, Curvature::GaussNewton, &at, &vector, &batch);
        for (j, found) in found.iter().enumerate() {
            let mut unit = vec![0.0; at.len()];
            unit[j] = 1.0;
            let mut expected = 0.0;
            for &term in &batch {
                let exponentials: Vec<f64> = naive.logits(term as usize, &at).iter().map(|z| z.exp()).collect();
                let p: Vec<f64> = exponentials.iter().map(|e| e / exponentials.iter().sum::<f64>()).collect();
                let (u, column) = (along(term, &vector), along(term, &unit));
                let mean = dot(&p, &u);
                expected += (0..3).map(|c| column[c] * p[c] * (u[c] - mean)).sum::<f64>() / batch.len() as f64;
            }
            let tensor = problem.layout().tensors().iter().rfind(|tensor| tensor.offset <= j).unwrap();
            expected += if tensor.name.starts_with("weight") { l2 * vector[j] } else { 0.0 };
            close(*found, expected, 1e-10, &format!("{case}, parameter {j}"));
        }
    }
}

#[test]
fn linear_outputs_have_one_matrix() {
    let networks = ["mlp", "teacher-student", "residual", "diagonal"];
    for case in CASES.iter().filter(|case| !networks.iter().any(|network| case.starts_with(network))) {
        let problem = load(case);
        let (at, vector) = typical(case, &problem);
        let batch = batch(&problem, 17);
        let [hessian, gauss_newton] =
            [Curvature::Hessian, Curvature::GaussNewton].map(|kind| product_at(&problem, kind, &at, &vector, &batch));
        for (a, b) in hessian.iter().zip(&gauss_newton) {
            close(*a, *b, 1e-13 * largest(&hessian).max(1.0), case);
        }
    }
}

#[test]
fn reweighted_squares_have_the_slopes_of_the_loss() {
    for loss in
        ["squared", "squared(half=false)", "absolute", "huber", "smooth-l1(beta=0)", "pinball(tau=0.9)", "cauchy"]
    {
        let case = format!("linear data=iris loss={loss}");
        let problem = load(&case);
        let naive = Naive::new(&case, &problem);
        let (at, vector) = typical(&case, &problem);
        for term in 0..9 {
            // One term: the gradient is ψ x, the product w x (x·v), and w r = ψ.
            let row = &naive.rows()[term];
            let weights = at.len() - 1;
            let residual = dot(row, &at[..weights]) + at[weights] - naive.targets()[term];
            let moved = dot(row, &vector[..weights]) + vector[weights];
            let kind = Curvature::Reweighted { floor: 1e-9 };
            let found = product_at(&problem, kind, &at, &vector, &[term as u32]);
            let slopes = gradient_at(&problem, &at, &[term as u32]);
            for (found, slope) in found.iter().zip(&slopes) {
                close(found * residual, slope * moved, 1e-13 * largest(&slopes).max(1.0), &case);
            }
        }
    }
}
