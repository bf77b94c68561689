//! Sharpness-aware minimization.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Batch, Domain, Entry, Hyperparameter, Lanes, Oracle, Range, Real, reduce};

use crate::Estimator;

/// How this estimator is listed.
pub(crate) const ENTRY: Entry = Entry {
    name: "sam",
    summary: "The batch's gradient at the point that its own gradient says is worst within a ball.",
    formula: "g = ∇f_batch(x + e),  e = rho ∇f_batch(x) / (|∇f_batch(x)| + perturb-eps); \
              adaptive: e = rho x² ∇f_batch(x) / (| |x| ∇f_batch(x) | + perturb-eps)",
    conventions: "The norm is over all tensors together. Both gradients are of the same batch.",
    hyperparameters: &[
        Hyperparameter {
            name: "rho",
            meaning: "radius of the ball, in units of the parameters (adaptive: relative to them)",
            domain: Domain::Number { default: 0.05, range: Range::at_least(0.0) },
        },
        Hyperparameter {
            name: "adaptive",
            meaning: "scale the perturbation by the size of each parameter (ASAM)",
            domain: Domain::Flag { default: false },
        },
        Hyperparameter {
            name: "perturb-eps",
            meaning: "added to the norm, in units of the gradient",
            domain: Domain::Number { default: 1e-12, range: Range::at_least(0.0) },
        },
    ],
    dialects: &[],
    cost: "2 B term gradients a step; memory of 1 number a parameter.",
    reference: "Foret, Kleiner, Mobahi and Neyshabur (2021), Sharpness-aware minimization, ICLR; \
                Kwon, Kim, Park and Choi (2021), ASAM, ICML.",
};

/// The estimator with the perturbed point.
pub(crate) struct Sam<R: Real, const N: usize> {
    rho: R,
    perturb_eps: R,
    adaptive: bool,
    perturbed: Vec<Lanes<R, N>>,
}

impl<R: Real, const N: usize> Sam<R, N> {
    /// An estimator with radius `rho`, and `perturb_eps` added to the norm.
    pub(crate) fn new((rho, perturb_eps): (f64, f64), adaptive: bool, parameters: usize) -> Self {
        Self { rho: R::of(rho), perturb_eps: R::of(perturb_eps), adaptive, perturbed: vec![[R::ZERO; N]; parameters] }
    }
}

/// Writes x + e to `out`.
#[cfg_attr(not(debug_assertions), multiversion(targets = "simd"))]
fn perturb<R: Real, const N: usize>(
    (rho, perturb_eps, adaptive): (R, R, bool),
    at: &[Lanes<R, N>],
    gradient: &[Lanes<R, N>],
    out: &mut [Lanes<R, N>],
) {
    let norm = reduce::sum_of(at.len(), |j| {
        let mut square = [R::ZERO; N];
        for l in 0..N {
            let g = if adaptive { at[j][l].abs() * gradient[j][l] } else { gradient[j][l] };
            square[l] = g * g;
        }
        square
    });
    let length = norm.map(|square| rho / (square.sqrt() + perturb_eps));
    for ((out, x), g) in out.iter_mut().zip(at).zip(gradient) {
        for l in 0..N {
            let direction = if adaptive { x[l] * x[l] * g[l] } else { g[l] };
            out[l] = x[l] + length[l] * direction;
        }
    }
}

impl<R: Real, const N: usize> Estimator<R, N> for Sam<R, N> {
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        _: u64,
        at: &[Lanes<R, N>],
        batch: Batch<'_>,
        out: &mut [Lanes<R, N>],
    ) {
        // The direction is that of the mean: a rescaled batch must not stretch the ball.
        oracle.gradient(at, Batch { scale: 1.0, ..batch }, out);
        perturb((self.rho, self.perturb_eps, self.adaptive), at, out, &mut self.perturbed);
        oracle.gradient(&self.perturbed, batch, out);
    }
}
