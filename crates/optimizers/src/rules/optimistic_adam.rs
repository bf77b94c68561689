//! Optimistic Adam.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{choose, is_first, mean};
use crate::moments::adam_direction;
use crate::vocabulary::{decay_rate, flag_on, next_power, number};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "optimistic-adam",
    summary: "Adam that adds the change of its own direction, for games and other rotating fields.",
    formula: "u = (m/(1 − beta1ᵗ)) / (√(v/(1 − beta2ᵗ) + eps-root) + eps) as in adam;  x ← x − lr ((alpha + beta) \
              u − beta · previous u)",
    conventions: "The optimistic term repeats the previous direction, not the previous gradient; before the first \
                  step it is the first direction. nesterov has beta1 · m/(1 − beta1ᵗ⁺¹) + (1 − beta1) g/(1 − \
                  beta1ᵗ) for the corrected m.",
    hyperparameters: &[
        number("alpha", "weight of the direction", 1.0, Range::FINITE),
        number("beta", "weight of its change", 1.0, Range::FINITE),
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("eps-root", "added under the root", 0.0, Range::at_least(0.0)),
        flag_on("nesterov", "move along a mixture of the mean and the gradient"),
    ],
    dialects: &[Dialect { name: "optax", conventions: "As in optax.optimistic_adam_v2.", formula: &[], defaults: &[] }],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Daskalakis, Ilyas, Syrgkanis, Zeng (2018), Training GANs with optimism, arXiv:1711.00141",
};

/// Adam that adds the change of its own direction, for games and other rotating fields.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// u = m̂ / (√(v̂ + eps_root) + eps)
/// x ← x − lr ((alpha + beta) u − beta previous u)
/// m̂ = m / (1 − beta1ᵗ)                    v̂ = v / (1 − beta2ᵗ)
/// ```
///
/// The previous direction is the first one at the first step.
/// `nesterov` takes beta1 m / (1 − beta1ᵗ⁺¹) + (1 − beta1) g / (1 − beta1ᵗ) for m̂.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `alpha` | 1 | (−∞, ∞) | 1 |
/// | `beta` | 1 | (−∞, ∞) | 1 |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `eps_root` | 0 | [0, ∞) | gradient² |
/// | `nesterov` | true | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{OptimisticAdam, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[OptimisticAdam::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.6841");
/// ```
///
/// Reference: Daskalakis, Ilyas, Syrgkanis and Zeng (2018), arXiv:1711.00141.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimisticAdam {
    /// Weight of the direction.
    pub alpha: f64,
    /// Weight of its change.
    pub beta: f64,
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added under the root.
    pub eps_root: f64,
    /// Move along a mixture of the mean and the gradient.
    pub nesterov: bool,
}

impl Configuration for OptimisticAdam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            alpha: settings.number("alpha"),
            beta: settings.number("beta"),
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            eps_root: settings.number("eps-root"),
            nesterov: settings.flag("nesterov"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<7, 2, 12, 3> for OptimisticAdam {
    elementwise_loops!(7, 2, 12, 3);

    fn numbers(&self) -> [f64; 7] {
        [self.beta1, self.beta2, self.eps, self.eps_root, self.alpha, self.beta, if self.nesterov { 1.0 } else { 0.0 }]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, step: u64, memory: &mut [f64; 2]) -> [f64; 12] {
        let [beta1, beta2, eps, eps_root, alpha, beta, nesterov] = numbers;
        memory[0] = next_power(memory[0], beta1);
        memory[1] = next_power(memory[1], beta2);
        let share_beta2 = 1.0 - memory[1];
        let (along, fresh) = adam_direction(beta1, memory[0], nesterov == 1.0);
        [
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            along,
            fresh,
            1.0 / share_beta2,
            eps_root,
            eps,
            rate * (alpha + beta),
            rate * beta,
            is_first(step),
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 12], x: R, g: R, [m, v, previous]: [R; 3]) -> (R, [R; 3]) {
        let [beta1, rest1, beta2, rest2, along, fresh, correction, eps_root, eps, present, past, first] = coefficients;
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, g * g);
        let u = (along * m + fresh * g) / ((v * correction + eps_root).sqrt() + eps);
        let previous = choose(first, u, previous);
        (x - (present * u - past * previous), [m, v, u])
    }
}
