//! Adam with decoupled weight decay.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::moments::{Correction, Moments};
use crate::vocabulary::{MAXIMIZE, decay_rate, flag, number, refuse_lacking};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adamw",
    summary: "Adam whose weight decay shrinks the parameters instead of entering the gradient.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  \
              x ← x (1 − lr weight-decay) − lr m/(1 − beta1ᵗ) / (√(v/(1 − beta2ᵗ) + eps-root) + eps)",
    conventions: "Parameters shrink before the step, by the rate of the step. \
                  amsgrad takes the maximum of the raw v and corrects its bias afterwards.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("eps-root", "added under the root", 0.0, Range::at_least(0.0)),
        number("weight-decay", "share of x that goes per unit of rate", 1e-2, Range::at_least(0.0)),
        flag("amsgrad", "divide by the largest v so far"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect { name: "torch", conventions: "No eps-root.", formula: &[], defaults: &[] },
        Dialect {
            name: "optax",
            conventions: "Decay is written as an addend of the update. No amsgrad or maximize.",
            formula: &[],
            defaults: &[("weight-decay", 1e-4)],
        },
    ],
    cost: "Memory: two numbers per parameter, three with amsgrad. One gradient per step.",
    reference: "Loshchilov, Hutter (2019), Decoupled weight decay regularization, arXiv:1711.05101",
};

/// Adam whose weight decay shrinks the parameters instead of entering the gradient.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// x ← x (1 − lr weight_decay) − lr m̂ / (√(v̂ + eps_root) + eps)
/// m̂ = m / (1 − beta1ᵗ)                    v̂ = v / (1 − beta2ᵗ)
/// ```
///
/// Decay is by the rate of the step; the paper multiplies by the schedule's factor only.
/// The dialect `torch` lacks `eps_root`; `optax` lacks `amsgrad` and `maximize`.
///
/// | name | default (torch, optax) | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `eps_root` | 0 | [0, ∞) | gradient² |
/// | `weight_decay` | 10⁻², 10⁻⁴ | [0, ∞) | 1/lr |
/// | `amsgrad`, `maximize` | false | | |
///
/// Memory: two numbers per parameter, three with `amsgrad`; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdamW, RuleSpec, Signal};
/// let rule = AdamW { weight_decay: 0.5, ..AdamW::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.5750");
/// ```
///
/// Reference: Loshchilov and Hutter (2019), arXiv:1711.05101, algorithm 2.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamW {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added under the root.
    pub eps_root: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Divide by the largest v so far.
    pub amsgrad: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for AdamW {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("torch", &["eps-root"]), ("optax", &["amsgrad", "maximize"])])?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            eps_root: settings.number("eps-root"),
            weight_decay: settings.number("weight-decay"),
            amsgrad: settings.flag("amsgrad"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.amsgrad == other.amsgrad
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        Moments::bind(pack.iter().map(Self::moments).collect(), pack[0].amsgrad, layout)
    }
}

impl AdamW {
    fn moments(&self) -> Moments {
        Moments {
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps,
            eps_root: self.eps_root,
            decoupled: self.weight_decay,
            coupled: 0.0,
            maximize: self.maximize,
            correction: Correction::OfMaximum,
        }
    }
}
