//! The density of a spectrum by stochastic Lanczos quadrature.

use std::f64::consts::PI;

use sgdlab_core::Real;
use sgdlab_core::streams::Key;

use super::{Estimate, Operator, Probe, Ritz, lanczos};

/// A quadrature of the spectrum as one vector sees it: nodes with weights that add up to 1.
///
/// Σ wₖ p(θₖ) = vᵀ p(A) v / vᵀ v for every polynomial p of degree up to 2 k − 1, k being the number of nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Quadrature {
    nodes: Vec<Ritz>,
}

impl Quadrature {
    /// The quadrature that `steps` products give.
    ///
    /// # Panics
    /// As [`lanczos`].
    pub fn new(matrix: &mut (impl Operator + ?Sized), vector: &[f64], steps: usize) -> Self {
        Self { nodes: lanczos(matrix, vector, steps).ritz() }
    }

    /// The nodes, in increasing order.
    #[must_use]
    pub fn nodes(&self) -> &[Ritz] {
        &self.nodes
    }

    /// Σ wₖ f(θₖ).
    #[must_use]
    pub fn integral(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.nodes.iter().map(|node| node.weight * f(node.value)).sum()
    }
}

/// The density of a spectrum, as the mean of the quadratures of random vectors.
///
/// Reference: Golub and Meurant (2010), Matrices, moments and quadrature, Princeton; Ubaru, Chen and Saad (2017), Fast
/// estimation of tr(f(A)) via stochastic Lanczos quadrature, SIAM J. Matrix Anal. Appl. 38; Ghorbani, Krishnan and Xiao
/// (2019), An investigation into neural net optimization via Hessian eigenvalue density, ICML.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    quadratures: Vec<Quadrature>,
}

impl Density {
    /// The quadratures of `probes` normal random vectors with `steps` products each.
    ///
    /// # Panics
    /// If there are no vectors or no products.
    pub fn new(matrix: &mut (impl Operator + ?Sized), key: Key, probes: usize, steps: usize) -> Self {
        assert!(probes > 0, "a density needs a random vector");
        let n = matrix.dimension();
        let of = |index| Quadrature::new(matrix, &Probe::Normal.draw(key, index, n), steps);
        Self { quadratures: (0..probes as u64).map(of).collect() }
    }

    /// The quadratures of the vectors.
    #[must_use]
    pub fn quadratures(&self) -> &[Quadrature] {
        &self.quadratures
    }

    /// (1/n) Σ f(λᵢ) over all n eigenvalues, estimated.
    #[must_use]
    pub fn mean(&self, f: impl Fn(f64) -> f64) -> Estimate {
        Estimate::of(self.quadratures.iter().map(|quadrature| quadrature.integral(&f)))
    }

    /// The share of eigenvalues up to `x`, estimated.
    #[must_use]
    pub fn share_up_to(&self, x: f64) -> Estimate {
        self.mean(|eigenvalue| if eigenvalue <= x { 1.0 } else { 0.0 })
    }

    /// The density at `x`, smoothed by a normal density of standard deviation `width`.
    #[must_use]
    pub fn at(&self, x: f64, width: f64) -> Estimate {
        self.mean(|eigenvalue| {
            let distance = (eigenvalue - x) / width;
            Real::exp(-0.5 * distance * distance) / (width * (2.0 * PI).sqrt())
        })
    }
}
