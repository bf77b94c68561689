//! Problems, estimators and single estimates.

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal};
use sgdlab_core::{Batch, Evaluation, Lanes, Layout, Objective, Oracle, Settings, Value};
use sgdlab_estimators::{
    Ask, Context, Estimator, EstimatorSpec, Extragradient, Initial, LSvrg, Page, Plain, Sag, Saga, Sam, Sample, Sarah,
    Storm, Svrg,
};
use sgdlab_objectives::{Problem, Stored, entry};

pub const PLAIN: EstimatorSpec = EstimatorSpec::Plain(Plain);

pub const fn svrg(period: f64) -> EstimatorSpec {
    EstimatorSpec::Svrg(Svrg { period })
}

pub const fn l_svrg(probability: Option<f64>) -> EstimatorSpec {
    EstimatorSpec::LSvrg(LSvrg { probability })
}

pub const fn saga(initial: Initial) -> EstimatorSpec {
    EstimatorSpec::Saga(Saga { initial })
}

pub const fn sag(initial: Initial) -> EstimatorSpec {
    EstimatorSpec::Sag(Sag { initial })
}

pub const fn sarah(period: f64) -> EstimatorSpec {
    EstimatorSpec::Sarah(Sarah { period })
}

pub const fn page(probability: Option<f64>) -> EstimatorSpec {
    EstimatorSpec::Page(Page { probability })
}

pub const fn storm(a: f64) -> EstimatorSpec {
    EstimatorSpec::Storm(Storm { a })
}

pub const fn sam(rho: f64, adaptive: bool) -> EstimatorSpec {
    EstimatorSpec::Sam(Sam { rho, adaptive, perturb_eps: 1e-12 })
}

pub const fn extragradient(step: f64, sample: Sample) -> EstimatorSpec {
    EstimatorSpec::Extragradient(Extragradient { step, sample })
}

/// Every estimator in several variants; twelve steps with four an epoch see every kind of step of each.
pub const ESTIMATORS: [EstimatorSpec; 20] = [
    PLAIN,
    svrg(1.0),
    svrg(0.5),
    l_svrg(None),
    l_svrg(Some(0.5)),
    saga(Initial::Gradients),
    saga(Initial::Zeros),
    sag(Initial::Gradients),
    sag(Initial::Zeros),
    sarah(1.0),
    sarah(0.5),
    page(None),
    page(Some(0.5)),
    storm(0.1),
    storm(1.0),
    sam(0.05, false),
    sam(0.5, true),
    sam(0.0, false),
    extragradient(1.0, Sample::Same),
    extragradient(0.5, Sample::Independent),
];

/// A problem with these settings.
pub fn load(name: &str, given: &[(&str, Value)]) -> Problem {
    let settings = Settings::new(entry(name).unwrap(), given.iter().cloned()).unwrap();
    Problem::load(&settings).unwrap()
}

/// The sigmoid neuron on 8 points: gradients depend on where they are taken.
pub fn neuron() -> Problem {
    load("sigmoid-neuron", &[("data", Value::Word("neuron-8".into()))])
}

pub fn problems() -> [(&'static str, Problem); 3] {
    let small = [("terms", Value::Number(6.0)), ("dimension", Value::Number(4.0))];
    let cross_entropy = load("mlp", &[("data", Value::Word("iris".into())), ("hidden", Value::Integers(vec![3]))]);
    [("neuron", neuron()), ("quadratic", load("noisy-quadratic", &small)), ("mlp", cross_entropy)]
}

/// Estimators for these terms and parameters in epochs of `batches` steps; batches have up to 150 terms.
pub fn context(parameters: usize, terms: usize, batches: u64) -> Context {
    Context { parameters, terms, batches_per_epoch: batches, largest_batch: 150, key: Key::new("estimator tests") }
}

/// An estimator of a problem in epochs of 4 steps.
pub fn bind(spec: EstimatorSpec, problem: &Problem) -> Box<dyn Estimator<f64, 1>> {
    spec.bind(&context(problem.layout().size(), problem.terms(), 4))
}

/// The objective in `f64` of a single run.
pub fn oracle(problem: &Problem) -> Oracle<'_, f64, 1> {
    Oracle::new(f64::model(problem).objective(), 8)
}

/// One estimate, at rate 0.1.
pub fn estimate(
    estimator: &mut dyn Estimator<f64, 1>,
    oracle: &mut Oracle<'_, f64, 1>,
    step: u64,
    at: &[f64],
    (indices, scale): (&[u32], f64),
) -> Vec<f64> {
    let mut out = vec![[f64::NAN]; at.len()];
    let ask = Ask { step, rates: &[0.1], batch: Batch { indices, scale } };
    estimator.estimate(oracle, &single(at), ask, &mut out);
    out.into_flattened()
}

/// A vector as one lane.
pub fn single(x: &[f64]) -> Vec<[f64; 1]> {
    x.iter().map(|&x| [x]).collect()
}

/// The mean gradient over some terms, straight from the problem.
pub fn gradient(problem: &Problem, at: &[f64], indices: &[u32]) -> Vec<f64> {
    let objective = f64::model(problem).objective::<1>();
    let mut out = vec![[f64::NAN]; at.len()];
    objective.gradient(&single(at), indices, &mut vec![[0.0]; objective.scratch(indices.len())], &mut out);
    out.into_flattened()
}

/// ∇f.
pub fn full_gradient(problem: &Problem, at: &[f64]) -> Vec<f64> {
    gradient(problem, at, &(0..problem.terms() as u32).collect::<Vec<_>>())
}

/// Normal numbers of standard deviation `size`.
pub fn point(index: u64, size: f64, length: usize) -> Vec<f64> {
    let mut rng = Key::new("points of the estimator tests").stream(index);
    Normal.sample_iter(&mut rng).take(length).map(|x: f64| size * x).collect()
}

pub fn close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance, "{what}: {found:?} instead of {expected:?}");
    }
}

/// All batches of one term, all of two different ones, and all of two, drawn with replacement.
pub fn laws(n: u32) -> [Vec<Vec<u32>>; 3] {
    let pairs: Vec<_> = (0..n).flat_map(|i| (0..n).map(move |j| vec![i, j])).collect();
    let different = pairs.iter().filter(|pair| pair[0] < pair[1]).cloned().collect();
    [(0..n).map(|i| vec![i]).collect(), different, pairs]
}

/// Least squares in two dimensions with a penalty: fᵢ(x) = ½ (aᵢᵀx − bᵢ)² + ½ `l2` |x|² with |aᵢ| = 1.
pub struct Plane {
    rows: Vec<([f64; 2], f64)>,
    l2: f64,
    layout: Layout,
}

impl Plane {
    /// `terms` rows at angles from 0.25 to 0.75, and targets that no point meets.
    pub fn new(terms: usize, l2: f64) -> Self {
        let row = |i: usize| {
            let angle = 0.25 + 0.5 * i as f64 / terms as f64;
            ([angle.cos(), angle.sin()], if i.is_multiple_of(2) { 3.0 } else { -1.0 })
        };
        Self { rows: (0..terms).map(row).collect(), l2, layout: Layout::vector(2) }
    }

    pub fn terms(&self) -> usize {
        self.rows.len()
    }

    /// L of every term.
    pub fn smoothness(&self) -> f64 {
        1.0 + self.l2
    }

    /// The Hessian of f as (h₀₀, h₀₁, h₁₁), and Σ bᵢ aᵢ / n.
    fn normal_equations(&self) -> ([f64; 3], [f64; 2]) {
        let mean = |f: &dyn Fn(&[f64; 2], f64) -> f64| {
            self.rows.iter().map(|(a, b)| f(a, *b)).sum::<f64>() / self.rows.len() as f64
        };
        let h = [mean(&|a, _| a[0] * a[0]) + self.l2, mean(&|a, _| a[0] * a[1]), mean(&|a, _| a[1] * a[1]) + self.l2];
        (h, [mean(&|a, b| b * a[0]), mean(&|a, b| b * a[1])])
    }

    /// μ of f: the smaller eigenvalue.
    pub fn strong_convexity(&self) -> f64 {
        let ([a, b, c], _) = self.normal_equations();
        0.5 * (a + c) - (0.25 * (a - c) * (a - c) + b * b).sqrt()
    }

    pub fn minimizer(&self) -> [f64; 2] {
        let ([a, b, c], [p, q]) = self.normal_equations();
        let determinant = a * c - b * b;
        [(c * p - b * q) / determinant, (a * q - b * p) / determinant]
    }

    pub fn of_term(&self, x: [f64; 2], term: usize) -> [f64; 2] {
        let (a, b) = self.rows[term];
        let residual = a[0] * x[0] + a[1] * x[1] - b;
        [0, 1].map(|j| a[j] * residual + self.l2 * x[j])
    }

    /// (1/n) Σ |∇fᵢ(x) − ∇fᵢ(y)|².
    pub fn mean_square_change(&self, x: [f64; 2], y: [f64; 2]) -> f64 {
        let change = |i: usize| {
            let (g, h) = (self.of_term(x, i), self.of_term(y, i));
            (g[0] - h[0]).powi(2) + (g[1] - h[1]).powi(2)
        };
        (0..self.terms()).map(change).sum::<f64>() / self.terms() as f64
    }

    /// (1/n) Σ |∇fᵢ(x*)|², the noise at the minimizer.
    pub fn noise(&self) -> f64 {
        let square = |i: usize| self.of_term(self.minimizer(), i).iter().map(|g| g * g).sum::<f64>();
        (0..self.terms()).map(square).sum::<f64>() / self.terms() as f64
    }

    /// f(x) − min f, which is half the square of x − x* in the Hessian.
    pub fn gap(&self, x: [f64; 2]) -> f64 {
        let ([a, b, c], _) = self.normal_equations();
        let [u, v] = [0, 1].map(|j| x[j] - self.minimizer()[j]);
        0.5 * (a * u * u + 2.0 * b * u * v + c * v * v)
    }
}

impl Objective<f64, 1> for Plane {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn terms(&self) -> usize {
        self.rows.len()
    }

    fn scratch(&self, _: usize) -> usize {
        0
    }

    fn gradient(&self, at: &[[f64; 1]], batch: &[u32], _: &mut [[f64; 1]], out: &mut [[f64; 1]]) {
        out.fill([0.0]);
        for &term in batch {
            let g = self.of_term([at[0][0], at[1][0]], term as usize);
            out[0][0] += g[0] / batch.len() as f64;
            out[1][0] += g[1] / batch.len() as f64;
        }
    }

    fn value(&self, at: &[[f64; 1]], batch: &[u32], _: &mut [[f64; 1]]) -> Lanes<f64, 1> {
        let x = [at[0][0], at[1][0]];
        let of_term = |&term: &u32| {
            let (a, b) = self.rows[term as usize];
            0.5 * (a[0] * x[0] + a[1] * x[1] - b).powi(2) + 0.5 * self.l2 * (x[0] * x[0] + x[1] * x[1])
        };
        [batch.iter().map(of_term).sum::<f64>() / batch.len() as f64]
    }

    fn evaluate(&self, at: &[[f64; 1]], _: bool, scratch: &mut [[f64; 1]]) -> Evaluation<f64, 1> {
        let everything: Vec<u32> = (0..self.terms() as u32).collect();
        Evaluation { value: self.value(at, &everything, scratch), error: None }
    }
}
