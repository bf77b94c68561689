//! MoMo-Adam: Adam with a model-based step.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::truncated_model::TruncatedModel;
use crate::vocabulary::{decay_rate, number};
use crate::{Configuration, Rule, tensorwise};

pub(super) static ENTRY: Entry = Entry {
    name: "momo-adam",
    summary: "Adam, with a step that takes an average of linear models of the loss to its lower bound, and at most \
              the rate.",
    formula: "F ← beta1 · F + (1 − beta1) f;  γ ← beta1 · γ + (1 − beta1) gᵀx;  m ← beta1 · m + (1 − beta1) g;  \
              v ← beta2 · v + (1 − beta2) g²;  p = eps + √(v/(1 − beta2ᵗ));  b = 1 − beta1ᵗ;  c = 1 + lr \
              weight-decay; τ = min(lr/b, max(c (F − b lower-bound − γ) + mᵀx, 0)/Σ m²/p);  x ← x/c − τ m/p",
    conventions: "Means start as 0. f is the value of the batch at x. Sums are over all tensors. τ is 0 where Σ m²/p \
                  ≤ 2⁻⁵².",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the means of values and gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::above(0.0)),
        number("lower-bound", "what the loss does not go below", 0.0, Range::FINITE),
        number("weight-decay", "share of x that goes per unit of rate", 0.0, Range::at_least(0.0)),
    ],
    dialects: &[Dialect { name: "optax", conventions: "The lower bound is not adapted.", defaults: &[] }],
    cost: "Memory: three numbers per parameter. One gradient and one value per step.",
    reference: "Schaipp, Ohana, Eickenberg, Defazio, Gower (2023), MoMo: momentum models for adaptive learning rates, \
                arXiv:2305.07583",
};

/// Adam, with a step that takes an average of linear models of the loss to its lower bound, and at most the rate.
///
/// ```text
/// F ← beta1 F + (1 − beta1) f      γ ← beta1 γ + (1 − beta1) gᵀx      m ← beta1 m + (1 − beta1) g
/// v ← beta2 v + (1 − beta2) g²      p = eps + √(v / (1 − beta2ᵗ))
/// b = 1 − beta1ᵗ                    c = 1 + lr weight_decay
/// τ = min(lr / b, max(c (F − b lower_bound − γ) + mᵀx, 0) / Σ m²/p)
/// x ← x / c − τ m / p
/// ```
///
/// The means start as 0; f is the value of the batch at x, which the rule wants to be told.
/// τ is 0 where Σ m²/p ≤ 2⁻⁵².
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | (0, ∞) | gradient |
/// | `lower_bound` | 0 | finite | loss |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
///
/// Memory: three numbers per parameter; one gradient and one value per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{MomoAdam, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[MomoAdam::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let (value, gradient) = (x[0].map(|x| x * x / 2.0), x);
///     let signal = Signal { value: Some(&value), ..Signal::of(&gradient) };
///     rule.update(&mut x, signal, &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7016");
/// ```
///
/// Reference: Schaipp et al. (2023), arXiv:2305.07583.
#[derive(Clone, Debug, PartialEq)]
pub struct MomoAdam {
    /// Decay rate of the means of values and gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// What the loss does not go below.
    pub lower_bound: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
}

impl Configuration for MomoAdam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            lower_bound: settings.number("lower-bound"),
            weight_decay: settings.number("weight-decay"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let model = |rule: &Self| TruncatedModel {
            beta: rule.beta1,
            scales: Some((rule.beta2, rule.eps)),
            lower_bound: rule.lower_bound,
            weight_decay: rule.weight_decay,
        };
        tensorwise::bind(&pack.iter().map(model).collect::<Vec<_>>(), layout)
    }
}
