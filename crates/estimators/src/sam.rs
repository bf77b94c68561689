//! Sharpness-aware minimization.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Domain, Entry, Hyperparameter, Lanes, Oracle, Range, Real, Settings, reduce};

use crate::batches::unscaled;
use crate::{Ask, Configuration, Context, Cost, Epoch, Estimator};

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

/// Sharpness-aware minimization: the batch's gradient at the worst point of a ball.
///
/// ```text
/// e = rho ∇f_batch(x) / (|∇f_batch(x)| + perturb_eps)
/// adaptive: e = rho x² ∇f_batch(x) / (| |x| ∇f_batch(x) | + perturb_eps)
/// g = ∇f_batch(x + e)
/// ```
///
/// The norm is over all tensors together.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `rho` | 0.05 | [0, ∞) | parameters; 1 if adaptive |
/// | `adaptive` | false | – | – |
/// | `perturb_eps` | 1e-12 | [0, ∞) | gradient |
///
/// Memory: 1 number a parameter; 2 B term gradients a step.
///
/// ```
/// # use sgdlab_core::{Batch, Oracle, streams::Key};
/// # use sgdlab_estimators::{Ask, Context, EstimatorSpec, Sam};
/// # use sgdlab_objectives::Quadratic;
/// let mean = Quadratic::<f64>::new(&[1.0], &[0.0, 1.0, 2.0, 5.0]); // f(x) = mean of ½ (x − cᵢ)²
/// let context = Context { parameters: 1, terms: 4, batches_per_epoch: 4, largest_batch: 1, key: Key::new("example") };
/// let sam = Sam { rho: 0.5, adaptive: false, perturb_eps: 0.0 };
/// let mut sam = EstimatorSpec::from(sam).bind::<f64, 1>(&context);
/// let mut g = [[0.0]];
/// let ask = Ask { step: 0, rates: &[0.1], batch: Batch::of(&[3]) };
/// sam.estimate(&mut Oracle::new(&mean, 1), &[[3.0]], ask, &mut g);
/// assert_eq!(g, [[-2.5]]); // (3 − ½) − 5
/// ```
///
/// Reference: Foret, Kleiner, Mobahi and Neyshabur (2021); Kwon, Kim, Park and Choi (2021).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sam {
    /// Radius of the ball.
    pub rho: f64,
    /// Whether it is scaled by the size of the parameters (ASAM).
    pub adaptive: bool,
    /// What is added to the norm of the gradient.
    pub perturb_eps: f64,
}

impl Configuration for Sam {
    fn new(settings: &Settings) -> Self {
        Self {
            rho: settings.number("rho"),
            adaptive: settings.flag("adaptive"),
            perturb_eps: settings.number("perturb-eps"),
        }
    }

    fn bind<R: Real, const N: usize>(&self, context: &Context) -> Box<dyn Estimator<R, N>> {
        Box::new(State {
            rho: R::of(self.rho),
            perturb_eps: R::of(self.perturb_eps),
            adaptive: self.adaptive,
            perturbed: vec![[R::ZERO; N]; context.parameters],
        })
    }

    fn cost(&self, epoch: &Epoch) -> Cost {
        Cost::every(2.0 * epoch.batch)
    }
}

/// The estimator with the perturbed point.
struct State<R: Real, const N: usize> {
    rho: R,
    perturb_eps: R,
    adaptive: bool,
    perturbed: Vec<Lanes<R, N>>,
}

/// Writes x + e to `out`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
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

impl<R: Real, const N: usize> Estimator<R, N> for State<R, N> {
    fn estimate(
        &mut self,
        oracle: &mut Oracle<'_, R, N>,
        at: &[Lanes<R, N>],
        ask: Ask<'_, N>,
        out: &mut [Lanes<R, N>],
    ) {
        // The direction is that of the mean: a rescaled batch must not stretch the ball.
        oracle.gradient(at, unscaled(ask.batch), out);
        perturb((self.rho, self.perturb_eps, self.adaptive), at, out, &mut self.perturbed);
        oracle.gradient(&self.perturbed, ask.batch, out);
    }
}
