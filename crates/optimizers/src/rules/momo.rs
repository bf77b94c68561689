//! MoMo: momentum with a model-based step.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::truncated_model::TruncatedModel;
use crate::vocabulary::{decay_rate, number};
use crate::{Configuration, Rule, tensorwise};

pub(super) static ENTRY: Entry = Entry {
    name: "momo",
    summary: "Momentum, with a step that takes an average of linear models of the loss to its lower bound, and at \
              most the rate.",
    formula: "F ← beta · F + (1 − beta) f;  γ ← beta · γ + (1 − beta) gᵀx;  m ← beta · m + (1 − beta) g;  \
              c = 1 + lr weight-decay;  τ = min(lr, max(c (F − lower-bound − γ) + mᵀx, 0)/‖m‖²);  \
              x ← x/c − τ m",
    conventions: "Means start as the first value, product and gradient. f is the value of the batch at x. \
                  The norm is over all tensors. τ is 0 where ‖m‖² ≤ 2⁻⁵².",
    hyperparameters: &[
        decay_rate("beta", "decay rate of the means", 0.9),
        number("lower-bound", "what the loss does not go below", 0.0, Range::FINITE),
        number("weight-decay", "share of x that goes per unit of rate", 0.0, Range::at_least(0.0)),
    ],
    dialects: &[Dialect { name: "optax", conventions: "The lower bound is not adapted.", defaults: &[] }],
    cost: "Memory: two numbers per parameter. One gradient and one value per step.",
    reference: "Schaipp, Ohana, Eickenberg, Defazio, Gower (2023), MoMo: momentum models for adaptive learning rates, \
                arXiv:2305.07583",
};

/// Momentum, with a step that takes an average of linear models of the loss to its lower bound, and at most the rate.
///
/// ```text
/// F ← beta F + (1 − beta) f        γ ← beta γ + (1 − beta) gᵀx        m ← beta m + (1 − beta) g
/// c = 1 + lr weight_decay
/// τ = min(lr, max(c (F − lower_bound − γ) + mᵀx, 0) / ‖m‖²)
/// x ← x / c − τ m
/// ```
///
/// The means start as the first terms; f is the value of the batch at x, which the rule wants to
/// be told.
/// τ is 0 where ‖m‖² ≤ 2⁻⁵².
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta` | 0.9 | [0, 1) | 1 |
/// | `lower_bound` | 0 | finite | loss |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
///
/// Memory: two numbers per parameter; one gradient and one value per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Momo, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Momo::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let (value, gradient) = (x[0].map(|x| x * x / 2.0), x);
///     let signal = Signal { value: Some(&value), ..Signal::of(&gradient) };
///     rule.update(&mut x, signal, &[1.0]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.4737");
/// ```
///
/// Reference: Schaipp et al. (2023), arXiv:2305.07583.
#[derive(Clone, Debug, PartialEq)]
pub struct Momo {
    /// Decay rate of the means.
    pub beta: f64,
    /// What the loss does not go below.
    pub lower_bound: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
}

impl Configuration for Momo {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta: settings.number("beta"),
            lower_bound: settings.number("lower-bound"),
            weight_decay: settings.number("weight-decay"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let model = |rule: &Self| TruncatedModel {
            beta: rule.beta,
            scales: None,
            lower_bound: rule.lower_bound,
            weight_decay: rule.weight_decay,
        };
        tensorwise::bind(&pack.iter().map(model).collect::<Vec<_>>(), layout)
    }
}
