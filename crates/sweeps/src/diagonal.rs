//! An estimate of the diagonal of the Hessian, for rules that want to be told one.

use sgdlab_core::streams::{Key, signs};
use sgdlab_core::{Batch, Curvature, Lanes, Oracle, Product, Real};

/// Hutchinson's estimate from one product: v ∘ H v with random signs v.
///
/// Its mean is the diagonal, and on a diagonal Hessian it has no noise.
/// The signs are the same in all lanes, and a function of key and step.
///
/// Reference: Hutchinson (1990), A stochastic estimator of the trace of the influence matrix; Bekas, Kokiopoulou and Saad
/// (2007), An estimator for the diagonal of a matrix.
pub(crate) struct Diagonal<R, const N: usize> {
    key: Key,
    signs: Vec<Lanes<R, N>>,
    estimate: Vec<Lanes<R, N>>,
}

impl<R: Real, const N: usize> Diagonal<R, N> {
    pub(crate) fn new(key: Key, parameters: usize) -> Self {
        let zeros = vec![[R::ZERO; N]; parameters];
        Self { key, signs: zeros.clone(), estimate: zeros }
    }

    /// The estimate of a batch at `at`, for one evaluation of each of its terms.
    pub(crate) fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        step: u64,
        at: &[Lanes<R, N>],
        batch: Batch<'_>,
    ) -> &[Lanes<R, N>] {
        signs(&mut self.key.stream(step), &mut self.signs);
        let asked = Product { curvature: Curvature::Hessian, at, vector: &self.signs };
        oracle.curvature_times(asked, batch, &mut self.estimate);
        for (estimate, sign) in self.estimate.as_flattened_mut().iter_mut().zip(self.signs.as_flattened()) {
            *estimate *= *sign;
        }
        &self.estimate
    }
}
