//! How a function curves, found out by products of its Hessian with vectors.
//!
//! [`Hessian`] has the products of an objective; [`lanczos`] finds extreme eigenvalues with bounds of their errors,
//! [`hutchinson`] and [`hutch_plus_plus`] estimate the trace, [`Density`] the whole spectrum, and [`Noise`] says how the
//! noise of gradients lies in the curvature.
//! Everything is in double precision, and its sums are in the canonical order.

mod density;
mod lanczos;
mod noise;
mod trace;
mod tridiagonal;

use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal, Stream, signs};
use sgdlab_core::{Curvature, Objective, Product, Sample, reduce};

pub use density::{Density, Quadrature};
pub use lanczos::{Extremes, Lanczos, Ritz, Until, extremes, lanczos, largest};
pub use noise::{Noise, noise_curvature};
pub use trace::{Estimate, hutch_plus_plus, hutchinson};

/// A symmetric matrix that can be multiplied by a vector.
pub trait Operator {
    /// The number of its rows.
    fn dimension(&self) -> usize;

    /// Writes its product with `vector` to `out`.
    fn times(&mut self, vector: &[f64], out: &mut [f64]);
}

/// A curvature matrix of an objective at a point, over some or all of its terms.
pub struct Hessian<'a> {
    objective: &'a dyn Objective<f64, 1>,
    curvature: Curvature,
    at: Vec<[f64; 1]>,
    terms: Vec<u32>,
    scratch: Vec<[f64; 1]>,
}

impl<'a> Hessian<'a> {
    /// The Hessian of the whole objective.
    ///
    /// # Panics
    /// If the point is not as long as the objective's layout, or there are more than 2³² terms.
    #[must_use]
    pub fn new(objective: &'a dyn Objective<f64, 1>, at: &[f64]) -> Self {
        let terms: Vec<u32> = (0..u32::try_from(objective.terms()).expect("at most 2³² terms")).collect();
        Self::of_terms(objective, at, &terms)
    }

    /// The Hessian of the mean of some terms.
    ///
    /// # Panics
    /// If the point is not as long as the objective's layout, or there are no terms.
    #[must_use]
    pub fn of_terms(objective: &'a dyn Objective<f64, 1>, at: &[f64], terms: &[u32]) -> Self {
        assert_eq!(at.len(), objective.layout().size(), "a number for each parameter");
        assert!(!terms.is_empty(), "a mean of terms has at least one");
        let scratch = objective.curvature_scratch(terms.len()).max(objective.scratch(terms.len()));
        Self {
            objective,
            curvature: Curvature::Hessian,
            at: at.iter().map(|&x| [x]).collect(),
            terms: terms.to_vec(),
            scratch: vec![[0.0]; scratch],
        }
    }

    /// Another curvature matrix in its place.
    #[must_use]
    pub fn with(mut self, curvature: Curvature) -> Self {
        self.curvature = curvature;
        self
    }
}

impl Operator for Hessian<'_> {
    fn dimension(&self) -> usize {
        self.at.len()
    }

    fn times(&mut self, vector: &[f64], out: &mut [f64]) {
        let asked = Product { curvature: self.curvature, at: &self.at, vector: vector.as_chunks().0 };
        self.objective.curvature_times(asked, Sample::of(&self.terms), &mut self.scratch, out.as_chunks_mut().0);
    }
}

/// How the numbers of random vectors are distributed; all have mean 0 and variance 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// −1 or 1.
    Signs,
    /// Standard normal.
    Normal,
}

impl Probe {
    /// Random vector number `index` of a key.
    #[must_use]
    pub fn draw(self, key: Key, index: u64, dimension: usize) -> Vec<f64> {
        let mut rng: Stream = key.stream(index);
        match self {
            Self::Signs => {
                let mut drawn = vec![[0.0]; dimension];
                signs::<f64, 1>(&mut rng, &mut drawn);
                drawn.as_flattened().to_vec()
            }
            Self::Normal => Normal.sample_iter(rng).take(dimension).collect(),
        }
    }
}

/// Σ xᵢ yᵢ in the canonical order.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    reduce::dot::<f64, 1>(x.as_chunks().0, y.as_chunks().0)[0]
}

/// ‖x‖₂.
pub(crate) fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// `out` += `factor` `x`.
pub(crate) fn add(out: &mut [f64], factor: f64, x: &[f64]) {
    out.iter_mut().zip(x).for_each(|(out, x)| *out += factor * x);
}

/// Takes away what lies in the span of orthonormal vectors, twice, so that no more than rounding is left.
fn orthogonalize(x: &mut [f64], basis: &[Vec<f64>]) {
    for _ in 0..2 {
        for direction in basis {
            let along = dot(direction, x);
            add(x, -along, direction);
        }
    }
}
