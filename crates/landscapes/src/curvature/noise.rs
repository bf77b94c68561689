//! How the noise of gradients lies in the curvature.

use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Sample};

use super::{Estimate, Hessian, Operator, Probe, dot};

/// The gradients of the terms of an objective at a point, and the curvature along them.
///
/// G is the mean of the gradients gᵢ of n terms, Σ = (1/n) Σᵢ (gᵢ − G)(gᵢ − G)ᵀ their covariance, H the Hessian.
///
/// Reference: McCandlish, Kaplan, Amodei et al. (2018), An empirical model of large-batch training, section 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// ‖G‖².
    pub squared_gradient: f64,
    /// tr Σ.
    pub trace: f64,
    /// Gᵀ H G.
    pub gradient_curvature: f64,
    /// tr(H Σ).
    pub curvature_trace: f64,
}

impl Noise {
    /// By n gradients of single terms and n + 1 products with the whole Hessian.
    ///
    /// # Panics
    /// If the point is not as long as the objective's layout.
    #[must_use]
    pub fn at(objective: &dyn Objective<f64, 1>, at: &[f64]) -> Self {
        let (n, terms) = (at.len(), objective.terms() as u32);
        let point: Vec<[f64; 1]> = at.iter().map(|&x| [x]).collect();
        let everything: Vec<u32> = (0..terms).collect();
        let mut scratch = vec![[0.0]; objective.scratch(everything.len())];
        let (mut mean, mut gradient) = (vec![[0.0]; n], vec![[0.0]; n]);
        objective.gradient(&point, Sample::of(&everything), &mut scratch, &mut mean);
        let mut hessian = Hessian::new(objective, at);
        let mut product = vec![0.0; n];
        let mut curvature = |vector: &[f64]| {
            hessian.times(vector, &mut product);
            dot(vector, &product)
        };
        let gradient_curvature = curvature(mean.as_flattened());
        let (mut trace, mut curvature_trace) = (0.0, 0.0);
        for term in everything {
            objective.gradient(&point, Sample::of(&[term]), &mut scratch, &mut gradient);
            gradient.as_flattened_mut().iter_mut().zip(mean.as_flattened()).for_each(|(g, mean)| *g -= mean);
            let deviation = gradient.as_flattened();
            trace += dot(deviation, deviation);
            curvature_trace += curvature(deviation);
        }
        let share = 1.0 / f64::from(terms);
        let squared_gradient = dot(mean.as_flattened(), mean.as_flattened());
        Self { squared_gradient, trace: share * trace, gradient_curvature, curvature_trace: share * curvature_trace }
    }

    /// tr Σ/‖G‖²: with replacement, a batch of this size has as much noise as signal.
    #[must_use]
    pub fn simple_scale(&self) -> f64 {
        self.trace / self.squared_gradient
    }

    /// tr(H Σ)/Gᵀ H G: the batch size at which the best step of a quadratic gains half of what a full gradient gains.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.curvature_trace / self.gradient_curvature
    }
}

/// tr(H Σ), estimated with random mixtures of the gradients of terms.
///
/// With independent random signs zᵢ, v = n^(−1/2) Σᵢ zᵢ (gᵢ − G) has the mean 0 and the covariance Σ, so that vᵀ H v has the
/// expectation tr(H Σ): a gradient with the weights zᵢ less their mean, and one product, where [`Noise`] takes n of both.
///
/// # Panics
/// If the point is not as long as the objective's layout, or there are no mixtures.
#[must_use]
pub fn noise_curvature(objective: &dyn Objective<f64, 1>, at: &[f64], key: Key, mixtures: usize) -> Estimate {
    assert!(mixtures > 0, "an estimate needs a mixture");
    let terms = objective.terms();
    let everything: Vec<u32> = (0..terms as u32).collect();
    let mut scratch = vec![[0.0]; objective.scratch(terms)];
    let (mut mixture, mut product) = (vec![[0.0]; at.len()], vec![0.0; at.len()]);
    let mut hessian = Hessian::new(objective, at);
    Estimate::of((0..mixtures as u64).map(|index| {
        let mut weights = Probe::Signs.draw(key, index, terms);
        let mean = weights.iter().sum::<f64>() / terms as f64;
        weights.iter_mut().for_each(|weight| *weight -= mean);
        let sample = Sample { indices: &everything, weights: Some(&weights) };
        objective.gradient(at.as_chunks().0, sample, &mut scratch, &mut mixture);
        hessian.times(mixture.as_flattened(), &mut product);
        terms as f64 * dot(mixture.as_flattened(), &product)
    }))
}
