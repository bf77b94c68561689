//! Curvature by products, against dense matrices.

use nalgebra::DMatrix;
use sgdlab_core::streams::Key;
use sgdlab_core::{Curvature, Objective, Sample, Settings, Value};
use sgdlab_landscapes::curvature::{
    Density, Hessian, Noise, Operator, Probe, Quadrature, Until, extremes, hutch_plus_plus, hutchinson, lanczos,
    largest, noise_curvature,
};
use sgdlab_objectives::{Problem, Quadratic, Stored, entry};

/// A matrix that is stored.
struct Dense(DMatrix<f64>);

impl Operator for Dense {
    fn dimension(&self) -> usize {
        self.0.nrows()
    }

    fn times(&mut self, vector: &[f64], out: &mut [f64]) {
        // By rows, which are columns too.
        for (out, column) in out.iter_mut().zip(self.0.column_iter()) {
            *out = column.iter().zip(vector).map(|(a, b)| a * b).sum();
        }
    }
}

fn dense(matrix: &mut impl Operator) -> DMatrix<f64> {
    let n = matrix.dimension();
    let mut entries = DMatrix::zeros(n, n);
    let mut unit = vec![0.0; n];
    for j in 0..n {
        unit[j] = 1.0;
        matrix.times(&unit, entries.column_mut(j).as_mut_slice());
        unit[j] = 0.0;
    }
    entries
}

/// A network with two hidden layers of tanh units on the iris flowers, after 500 steps of gradient descent.
fn network() -> (Problem, Vec<f64>) {
    let given = [
        ("data", Value::Word("iris".into())),
        ("hidden", Value::Integers(vec![8, 8])),
        ("activation", Value::Word("tanh".into())),
    ];
    let problem = Problem::load(&Settings::new(entry("mlp").unwrap(), given).unwrap()).unwrap();
    let mut at = problem.initial(Key::new("curvature of a network"));
    let objective: &dyn Objective<f64, 1> = f64::model(&problem).objective();
    let everything: Vec<u32> = (0..objective.terms() as u32).collect();
    let mut scratch = vec![[0.0]; objective.scratch(everything.len())];
    let mut gradient = vec![[0.0]; at.len()];
    for _ in 0..500 {
        objective.gradient(at.as_chunks().0, Sample::of(&everything), &mut scratch, &mut gradient);
        at.iter_mut().zip(gradient.as_flattened()).for_each(|(x, g)| *x -= 0.1 * g);
    }
    (problem, at)
}

/// Its Hessian, exactly.
fn hessian() -> DMatrix<f64> {
    let (problem, at) = network();
    let matrix = dense(&mut Hessian::new(f64::model(&problem).objective(), &at));
    assert!((&matrix - matrix.transpose()).amax() < 1e-14 * matrix.amax(), "symmetric");
    matrix
}

fn sorted(matrix: &DMatrix<f64>) -> Vec<f64> {
    let mut eigenvalues: Vec<f64> = matrix.symmetric_eigenvalues().iter().copied().collect();
    eigenvalues.sort_by(f64::total_cmp);
    eigenvalues
}

#[test]
fn products_are_differences_of_gradients() {
    let (problem, at) = network();
    let objective: &dyn Objective<f64, 1> = f64::model(&problem).objective();
    let everything: Vec<u32> = (0..objective.terms() as u32).collect();
    let mut scratch = vec![[0.0]; objective.scratch(everything.len())];
    let direction = Probe::Normal.draw(Key::new("direction"), 0, at.len());
    let mut slope = |step: f64| {
        let moved: Vec<[f64; 1]> = at.iter().zip(&direction).map(|(x, v)| [x + step * v]).collect();
        let mut gradient = vec![[0.0]; at.len()];
        objective.gradient(&moved, Sample::of(&everything), &mut scratch, &mut gradient);
        gradient
    };
    let (ahead, behind) = (slope(1e-5), slope(-1e-5));
    let mut product = vec![0.0; at.len()];
    Hessian::new(objective, &at).times(&direction, &mut product);
    for ((ahead, behind), exact) in ahead.iter().zip(&behind).zip(&product) {
        assert!(((ahead[0] - behind[0]) / 2e-5 - exact).abs() < 2.5e-8);
    }
}

#[test]
fn lanczos_bounds_its_errors() {
    let matrix = hessian();
    let exact = sorted(&matrix);
    let start = Probe::Normal.draw(Key::new("start"), 0, matrix.nrows());
    for steps in [1, 5, 10, 20, 40] {
        let found = lanczos(&mut Dense(matrix.clone()), &start, steps);
        assert_eq!(found.steps(), steps);
        let ritz = found.ritz();
        for (index, ritz) in ritz.iter().enumerate() {
            let error = exact.iter().map(|eigenvalue| (eigenvalue - ritz.value).abs()).fold(f64::INFINITY, f64::min);
            assert!(error <= ritz.residual + 1e-13, "{steps} steps, value {index}: {error:e} {:e}", ritz.residual);
            // The residual is that of the vector.
            let vector = found.vector(index);
            let mut product = vec![0.0; vector.len()];
            Dense(matrix.clone()).times(&vector, &mut product);
            let left: f64 = product.iter().zip(&vector).map(|(a, v)| (a - ritz.value * v).powi(2)).sum();
            assert!((left.sqrt() - ritz.residual).abs() < 1e-12, "{steps} steps, vector {index}");
        }
        // Ritz values lie between the eigenvalues' ends.
        assert!(ritz[0].value >= exact[0] - 1e-13 && ritz[steps - 1].value <= exact[exact.len() - 1] + 1e-13);
    }
    let ends = extremes(&mut Dense(matrix.clone()), Key::new("start"), 20);
    assert!((ends.largest.value - exact[exact.len() - 1]).abs() < 1e-9 && ends.products == 20);
    let ends = extremes(&mut Dense(matrix), Key::new("start"), 60);
    assert!((ends.smallest.value - exact[0]).abs() < 1e-9, "{:e}", ends.smallest.value - exact[0]);
}

/// A full basis gives every eigenvalue; one of a matrix with few different ones ends early.
#[test]
fn krylov_spaces_end_where_they_are_exact() {
    let matrix = hessian().view((0, 0), (24, 24)).into_owned();
    let start = vec![1.0; 24];
    let found = lanczos(&mut Dense(matrix.clone()), &start, 100);
    for (ritz, exact) in found.ritz().iter().zip(sorted(&matrix)) {
        assert!((ritz.value - exact).abs() < 1e-12 && ritz.residual < 1e-12);
    }
    let few = DMatrix::from_diagonal(&nalgebra::DVector::from_fn(30, |i, _| [1.0, 4.0, -2.0][i % 3]));
    let found = lanczos(&mut Dense(few), &[1.0; 30], 30);
    assert_eq!(found.steps(), 3);
    for (ritz, exact) in found.ritz().iter().zip([-2.0, 1.0, 4.0]) {
        assert!((ritz.value - exact).abs() < 1e-14 && ritz.residual == 0.0);
        assert!((ritz.weight - 1.0 / 3.0).abs() < 1e-14);
    }
    let nothing = lanczos(&mut Dense(DMatrix::zeros(4, 4)), &[1.0; 4], 4);
    assert_eq!((nothing.steps(), nothing.ritz()[0].value), (1, 0.0));
    let broken = lanczos(&mut Dense(DMatrix::from_element(4, 4, f64::NAN)), &[1.0; 4], 4);
    assert!(broken.ritz()[0].value.is_nan());
}

/// One vector's quadrature with k nodes is exact up to degree 2 k − 1, and not beyond, if there are few nodes.
#[test]
fn quadratures_are_exact_for_polynomials() {
    let matrix = hessian();
    for (probe, steps) in [(0, 2), (1, 4), (2, 6), (3, 6)] {
        let vector = Probe::Normal.draw(Key::new("probe"), probe, matrix.nrows());
        let square: f64 = vector.iter().map(|x| x * x).sum();
        let quadrature = Quadrature::new(&mut Dense(matrix.clone()), &vector, steps);
        let moment = |degree: usize| {
            let mut power = vector.clone();
            for _ in 0..degree {
                let mut product = vec![0.0; power.len()];
                Dense(matrix.clone()).times(&power, &mut product);
                power = product;
            }
            power.iter().zip(&vector).map(|(a, b)| a * b).sum::<f64>() / square
        };
        for degree in 0..2 * steps {
            let (found, exact) = (quadrature.integral(|x| x.powi(degree as i32)), moment(degree));
            assert!((found - exact).abs() <= 1e-10 * exact.abs(), "{steps} steps, degree {degree}: {found} {exact}");
        }
        let (found, exact) = (quadrature.integral(|x| x.powi(2 * steps as i32)), moment(2 * steps));
        assert!(
            steps > 4 || (found - exact).abs() > 1e-9 * exact.abs(),
            "{steps} steps are not exact for degree {}",
            2 * steps
        );
    }
}

#[test]
fn densities_have_the_moments_of_the_spectrum() {
    let matrix = hessian();
    let exact = sorted(&matrix);
    let density = Density::new(&mut Dense(matrix), Key::new("density"), 100, 30);
    let n = exact.len() as f64;
    for degree in 1..=4 {
        let (found, moment) = (density.mean(|x| x.powi(degree)), exact.iter().map(|x| x.powi(degree)).sum::<f64>() / n);
        // Normal vectors divided by their lengths, so that the bias is of the order of 1/n of the deviation.
        let z = (found.mean - moment) / found.standard_error();
        assert!(z.abs() <= 4.0, "degree {degree}: {} against {moment}, z = {z}", found.mean);
    }
    for x in [-0.01, 0.001, 0.1, 1.0] {
        let share = exact.iter().filter(|&&eigenvalue| eigenvalue <= x).count() as f64 / n;
        let found = density.share_up_to(x);
        assert!((found.mean - share).abs() <= 0.02, "{x}: {} against {share}", found.mean);
    }
    // The smoothed density is one: it adds up to 1.
    let (step, width) = (0.005, 0.05);
    let (low, high) = (exact[0] - 0.5, exact[exact.len() - 1] + 0.5);
    let points = ((high - low) / step) as u32;
    let total: f64 = (0..points).map(|k| density.at(low + step * f64::from(k), width).mean * step).sum();
    assert!((total - 1.0).abs() < 1e-6, "{total}");
}

#[test]
fn hutchinson_has_the_variance_of_its_law() {
    let matrix = hessian();
    let (trace, square) = (matrix.trace(), matrix.norm_squared());
    let diagonal: f64 = matrix.diagonal().iter().map(|x| x * x).sum();
    for (probe, variance) in [(Probe::Signs, 2.0 * (square - diagonal)), (Probe::Normal, 2.0 * square)] {
        let found = hutchinson(&mut Dense(matrix.clone()), probe, Key::new("trace"), 10_000);
        let z = (found.mean - trace) / (variance / 10_000.0).sqrt();
        assert!(z.abs() <= 4.0, "{probe:?}: {} against {trace}, z = {z}", found.mean);
        assert!((found.variance / variance - 1.0).abs() <= 0.1, "{probe:?}: {} against {variance}", found.variance);
    }
}

/// Over many sketches the mean is the trace, with a variance that is a small part of Hutchinson's for as many products.
#[test]
fn hutch_plus_plus_is_unbiased_and_better() {
    let matrix = hessian();
    let (trace, square) = (matrix.trace(), matrix.norm_squared());
    let diagonal: f64 = matrix.diagonal().iter().map(|x| x * x).sum();
    let (sketches, products) = (400, 30);
    let found: Vec<_> = (0..sketches)
        .map(|index| {
            let key = Key::new("sketches").child(&index.to_string());
            hutch_plus_plus(&mut Dense(matrix.clone()), key, products)
        })
        .collect();
    let count = f64::from(sketches);
    let mean = found.iter().map(|estimate| estimate.mean).sum::<f64>() / count;
    let spread = found.iter().map(|estimate| (estimate.mean - mean).powi(2)).sum::<f64>() / (count - 1.0);
    assert!((mean - trace).abs() <= 4.0 * (spread / count).sqrt(), "{mean} against {trace}");
    let plain = 2.0 * (square - diagonal) / products as f64;
    assert!(spread < plain / 100.0, "{spread:e} against {plain:e}");
    // What an estimate says of its own error is right in the mean: it is of 10 vectors.
    let said = found.iter().map(|estimate| estimate.variance / 10.0).sum::<f64>() / count;
    assert!((said / spread - 1.0).abs() < 0.25, "{said:e} against {spread:e}");
    // Where the sketch spans the range, nothing is left to estimate.
    let low = DMatrix::from_fn(20, 20, |i, j| if i < 3 && j < 3 { (1 + i + j) as f64 } else { 0.0 });
    let exact = hutch_plus_plus(&mut Dense(low), Key::new("low rank"), 12);
    assert!((exact.mean - 9.0).abs() < 1e-12 && exact.variance < 1e-20, "{exact:?}");
}

/// On a quadratic with centers, Σ = Λ Cov(c) Λ and G = Λ x.
#[test]
fn noise_in_the_curvature_is_that_of_a_quadratic() {
    let (spectrum, centers) = ([1.0, 10.0], [1.0, 0.5, -1.0, 0.5, 2.0, -0.25, -2.0, -0.75]);
    let objective = Quadratic::<f64>::new(&spectrum, &centers);
    let at = [3.0, -0.2];
    let found = Noise::at(&objective, &at);
    let variance = [(1.0 + 1.0 + 4.0 + 4.0) / 4.0, (0.25 + 0.25 + 0.0625 + 0.5625) / 4.0];
    let expected = Noise {
        squared_gradient: 9.0 + 4.0,
        trace: variance[0] + 100.0 * variance[1],
        gradient_curvature: 9.0 + 10.0 * 4.0,
        curvature_trace: variance[0] + 1000.0 * variance[1],
    };
    let pairs = [
        (found.squared_gradient, expected.squared_gradient),
        (found.trace, expected.trace),
        (found.gradient_curvature, expected.gradient_curvature),
        (found.curvature_trace, expected.curvature_trace),
        (found.simple_scale(), expected.trace / 13.0),
        (found.scale(), expected.curvature_trace / 49.0),
    ];
    pairs.into_iter().for_each(|(x, y)| assert!((x - y).abs() < 1e-12 * y, "{x} against {y}"));
    // Mixtures of four terms: their law has few values, and 4000 have most of them.
    let estimate = noise_curvature(&objective, &at, Key::new("mixtures"), 4000);
    let away = (estimate.mean - expected.curvature_trace) / estimate.standard_error();
    assert!(away.abs() < 4.0 && estimate.standard_error() < 0.02 * expected.curvature_trace, "{away}");
    let away_from_twice = (estimate.mean - 2.0 * expected.curvature_trace) / estimate.standard_error();
    assert!(away_from_twice.abs() > 20.0);
}

/// The search ends once the bound is small enough, and not before.
#[test]
fn the_greatest_eigenvalue_is_within_its_bound() {
    let matrix = hessian();
    let exact = sorted(&matrix)[matrix.nrows() - 1];
    for bound in [0.1, 1e-3, 1e-6, 1e-12] {
        for key in 0..10 {
            let key = Key::new("start").child(&key.to_string());
            let found = largest(&mut Dense(matrix.clone()), key, Until { bound, products: 64 });
            assert!(found.residual <= bound * found.value, "{bound}: {found:?}");
            assert!(
                exact - found.value <= found.residual + 1e-13 && found.value <= exact + 1e-13,
                "{bound}: {found:?}"
            );
        }
    }
    let few = largest(&mut Dense(matrix.clone()), Key::new("start"), Until { bound: 0.0, products: 3 });
    let start = Probe::Normal.draw(Key::new("start"), 0, matrix.nrows());
    assert_eq!(few, lanczos(&mut Dense(matrix), &start, 3).ritz()[2]);
    let nothing = largest(&mut Dense(DMatrix::zeros(4, 4)), Key::new("start"), Until { bound: 1e-6, products: 64 });
    assert_eq!((nothing.value, nothing.residual), (0.0, 0.0));
}

#[test]
fn other_matrices_and_batches_have_products_too() {
    let (problem, at) = network();
    let objective: &dyn Objective<f64, 1> = f64::model(&problem).objective();
    let gauss_newton = dense(&mut Hessian::new(objective, &at).with(Curvature::GaussNewton));
    let whole = hessian();
    assert!(sorted(&gauss_newton)[0] > -1e-12, "Gauss–Newton is positive semidefinite");
    assert!((&gauss_newton - &whole).amax() > 1e-3, "and not the Hessian");
    // The mean over two halves is the whole.
    let half = objective.terms() as u32 / 2;
    let terms: Vec<u32> = (0..2 * half).collect();
    let [first, second] = [&terms[..half as usize], &terms[half as usize..]]
        .map(|half| dense(&mut Hessian::of_terms(objective, &at, half)));
    assert!(((first + second) * 0.5 - whole).amax() < 1e-13);
}
