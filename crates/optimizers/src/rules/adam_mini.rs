//! Adam-mini.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Now, Part, PerTensor, add, average, per_tensor_loops, scale, zeros};
use crate::sums::dot;
use crate::vocabulary::{decay_rate, number};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adam-mini",
    summary: "Adam with one second moment per tensor instead of one per parameter.",
    formula: "x ← x (1 − lr weight-decay);  m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) mean(g²);  \
              x ← x − lr m/(1 − beta1ᵗ) / (√(v/(1 − beta2ᵗ)) + eps)",
    conventions: "Every tensor is one block; the publication also has smaller blocks, for heads of attention. \
                  eps is outside the root and after the bias correction.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("weight-decay", "share of x that goes per unit of rate", 0.1, Range::at_least(0.0)),
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "Every tensor is one block, as for tensors that are no part of attention.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: two numbers per parameter and one per tensor. One gradient per step.",
    reference: "Zhang et al. (2024), Adam-mini: use fewer learning rates to gain more, arXiv:2406.16793",
};

/// Adam with one second moment per tensor instead of one per parameter.
///
/// ```text
/// x ← x (1 − lr weight_decay)
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) mean(g²) of the tensor
/// x ← x − lr m̂ / (√v̂ + eps)
/// m̂ = m / (1 − beta1ᵗ)                    v̂ = v / (1 − beta2ᵗ)
/// ```
///
/// Every tensor is one block.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0.1 | [0, ∞) | 1/lr |
///
/// Memory: two numbers per parameter and one per tensor; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdamMini, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[AdamMini::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7831");
/// ```
///
/// Reference: Zhang et al. (2024), arXiv:2406.16793.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamMini {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
}

impl Configuration for AdamMini {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        per_tensor::bind(pack, layout)
    }
}

impl PerTensor for AdamMini {
    per_tensor_loops!();

    /// First moment and second moment.
    type State<R: Real> = (Vec<R>, R);

    fn init<R: Real>(&self, shape: &[usize]) -> (Vec<R>, R) {
        (zeros(shape), R::ZERO)
    }

    fn corrected(&self) -> Vec<f64> {
        vec![self.beta1, self.beta2]
    }

    #[inline(always)]
    fn step<R: Real>(&self, (m, v): &mut (Vec<R>, R), Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        average(m, g, self.beta1);
        let mean = dot(g, g) / R::of(g.len() as f64);
        *v = R::of(self.beta2) * *v + R::of(1.0 - self.beta2) * mean;
        let root = (*v * R::of(1.0 / now.correction(self.beta2))).sqrt() + R::of(self.eps);
        scale(x, R::of(1.0 - now.rate * self.weight_decay));
        add(x, -R::of(now.rate / now.correction(self.beta1)) / root, m);
    }
}
