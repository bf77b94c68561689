//! `StableAdamW`.

use std::iter::zip;

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Averages, Now, Part, PerTensor, add, per_tensor_loops, scale};
use crate::sums::mean;
use crate::vocabulary::{MAXIMIZE, decay_rate, number};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "stable-adamw",
    summary: "AdamW whose rate is smaller in tensors whose second moment lags behind their gradients.",
    formula: "bₖ = (betaₖ − betaₖᵗ)/(1 − betaₖᵗ);  m ← b₁ m + (1 − b₁) g;  v ← b₂ v + (1 − b₂) g²;  l = lr / max(1, \
              √mean(g²/max(v, eps²)));  x ← x (1 − l weight-decay) − l m/(√v + eps)",
    conventions: "The decay rates are themselves corrected, which is what dividing the moments by 1 − betaᵗ \
                  comes to. The mean is over each tensor alone, and the smaller rate applies to decay too.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.99),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("weight-decay", "share of x that goes per unit of rate", 0.01, Range::at_least(0.0)),
        MAXIMIZE,
    ],
    dialects: &[Dialect { name: "pytorch-optimizer", conventions: "As published.", formula: &[], defaults: &[] }],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Wortsman et al. (2023), Stable and low-precision training for large-scale vision-language models, \
               arXiv:2304.13013",
};

/// AdamW whose rate is smaller in tensors whose second moment lags behind their gradients.
///
/// ```text
/// m ← b₁ m + (1 − b₁) g                   v ← b₂ v + (1 − b₂) g²
/// b₁ = (beta1 − beta1ᵗ) / (1 − beta1ᵗ)    b₂ = (beta2 − beta2ᵗ) / (1 − beta2ᵗ)
/// l = lr / max(1, √mean(g² / max(v, eps²)))
/// x ← x (1 − l weight_decay) − l m / (√v + eps)
/// ```
///
/// The mean is over each tensor alone.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.99 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0.01 | [0, ∞) | 1/lr |
/// | `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, StableAdamW};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[StableAdamW::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.6988");
/// ```
///
/// Reference: Wortsman et al. (2023), arXiv:2304.13013, algorithm 2.
#[derive(Clone, Debug, PartialEq)]
pub struct StableAdamW {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for StableAdamW {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        per_tensor::bind(pack, layout)
    }
}

impl PerTensor for StableAdamW {
    per_tensor_loops!();

    type State<R: Real> = Averages<R>;

    fn init<R: Real>(&self, shape: &[usize]) -> Averages<R> {
        Averages::new(shape)
    }

    fn corrected(&self) -> Vec<f64> {
        vec![self.beta1, self.beta2]
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, averages: &mut Averages<R>, Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        // 1 − b = (1 − beta) / (1 − betaᵗ), and 0 is exact at the first step.
        let corrected = |beta: f64| 1.0 - (1.0 - beta) / now.correction(beta);
        averages.update(g, corrected(self.beta1), corrected(self.beta2));
        let (m, v) = (&averages.m, &averages.v);
        let (eps, least) = (R::of(self.eps), R::of(self.eps * self.eps));
        let excess = mean(g.len(), |i| g[i] * g[i] / v[i].max(least)).sqrt();
        let rate = R::of(now.rate) / R::ONE.max(excess);
        for (g, (&m, &v)) in zip(&mut *g, zip(m, v)) {
            *g = m / (v.sqrt() + eps);
        }
        scale(x, R::ONE - rate * R::of(self.weight_decay));
        add(x, -rate, g);
    }
}
