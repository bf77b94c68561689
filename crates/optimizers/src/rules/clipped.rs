//! Gradient clipping.

use sgdlab_core::kept::Tape;
use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Lanes, Layout, Range, Real, Settings, reduce};

use crate::layered::{self, BASE, Layer, Seen, numbers, told_base};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "clipped",
    summary: "Gives any other rule gradients that are no longer than a threshold; around sgd it is clipped SGD.",
    formula: "norm: g ← g min(1, threshold / (‖g‖ + eps)), over all parameters\n\
              tensor-norm: the same for each tensor on its own\nvalue: gᵢ ← min(max(gᵢ, −threshold), threshold)\n\
              x ← step of base with g",
    conventions: "Clipping comes first, before a coupled decay of the base. torch adds 1e-6 to the norm, optax \
                  divides by the norm itself. A gradient that is not a number stays one.",
    hyperparameters: &[
        BASE,
        Hyperparameter {
            name: "by",
            meaning: "what is bounded",
            domain: Domain::Choice { default: "norm", accepts: &["norm", "tensor-norm", "value"] },
        },
        number("threshold", "the bound, in units of the gradient", 1.0, Range::above(0.0)),
        number("eps", "added to the norm", 0.0, Range::at_least(0.0)),
    ],
    dialects: &[
        Dialect { name: "paper", conventions: "The norm itself.", formula: &[], defaults: &[] },
        Dialect {
            name: "torch",
            conventions: "clip_grad_norm_ and clip_grad_value_: 1e-6 is added to the norm.",
            formula: &[],
            defaults: &[("eps", 1e-6)],
        },
        Dialect {
            name: "optax",
            conventions: "clip_by_global_norm, clip_by_block_rms has no counterpart; clip.",
            formula: &[],
            defaults: &[],
        },
    ],
    cost: "Memory: the base's. One gradient per step.",
    reference: "Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks, arXiv:1211.5063; \
                Zhang, He, Sra, Jadbabaie (2020), Why gradient clipping accelerates training, arXiv:1905.11881",
};

/// Gives another rule gradients that are no longer than a threshold.
///
/// ```text
/// norm:        g ← g min(1, threshold / (‖g‖ + eps)), over all parameters
/// tensor-norm: the same for each tensor on its own
/// value:       gᵢ ← min(max(gᵢ, −threshold), threshold)
/// x ← step of base with g
/// ```
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `by` | `norm` | `norm`, `tensor-norm`, `value` | |
/// | `threshold` | 1 | > 0 | of the gradient |
/// | `eps` | 0 (torch 1e-6) | ≥ 0 | of the gradient |
///
/// Memory: the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Clipped, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Clipped::default().into()], &Layout::vector(2));
/// let mut x = [[0.0], [0.0]];
/// rule.update(&mut x, Signal::of(&[[3.0], [4.0]]), &[1.0]);
/// assert_eq!(x, [[-0.6000000000000001], [-0.8]]);
/// ```
///
/// Reference: Pascanu, Mikolov and Bengio (2013), algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Clipped {
    /// The rule that gets the clipped gradients.
    pub base: Box<RuleSpec>,
    /// What is bounded.
    pub by: ClipBy,
    /// The bound.
    pub threshold: f64,
    /// What is added to the norm.
    pub eps: f64,
}

/// What [`Clipped`] bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipBy {
    /// The norm of the whole gradient.
    Norm,
    /// The norm of each tensor's gradient.
    TensorNorm,
    /// Every entry.
    Value,
}

impl Configuration for Clipped {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let by = match settings.word("by") {
            "norm" => ClipBy::Norm,
            "tensor-norm" => ClipBy::TensorNorm,
            _ => ClipBy::Value,
        };
        Ok(Self {
            base: told_base(settings, BASE.name)?,
            by,
            threshold: settings.number("threshold"),
            eps: settings.number("eps"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.by == other.by && self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let whole = Layout::vector(layout.size());
        let parts = match pack[0].by {
            ClipBy::Norm => whole.tensors(),
            ClipBy::TensorNorm => layout.tensors(),
            ClipBy::Value => &[],
        };
        let clip = Clip {
            parts: parts.iter().map(|tensor| tensor.offset..tensor.offset + tensor.size()).collect(),
            threshold: numbers(pack, |rule| rule.threshold).map(R::of),
            eps: numbers(pack, |rule| rule.eps).map(R::of),
            gradient: vec![[R::ZERO; N]; layout.size()],
        };
        layered::bind(pack, |rule| &rule.base, layout, clip)
    }
}

struct Clip<R, const N: usize> {
    /// The parts whose norms are bounded; none to bound every entry.
    parts: Vec<std::ops::Range<usize>>,
    threshold: Lanes<R, N>,
    eps: Lanes<R, N>,
    gradient: Vec<Lanes<R, N>>,
}

impl<R: Real, const N: usize> Layer<R, N> for Clip<R, N> {
    fn before(&mut self, seen: Seen<'_, R, N>, _: &mut [f64; N]) -> Option<&[Lanes<R, N>]> {
        let gradient = seen.signal.gradient;
        for part in &self.parts {
            let factor: Lanes<R, N> = {
                let norm = reduce::norm(&gradient[part.clone()]);
                std::array::from_fn(|l| {
                    let length = norm[l] + self.eps[l];
                    if length > self.threshold[l] { self.threshold[l] / length } else { R::ONE }
                })
            };
            for (clipped, g) in self.gradient[part.clone()].iter_mut().zip(&gradient[part.clone()]) {
                for l in 0..N {
                    clipped[l] = factor[l] * g[l];
                }
            }
        }
        if self.parts.is_empty() {
            for (clipped, g) in self.gradient.iter_mut().zip(gradient) {
                for l in 0..N {
                    let bound = self.threshold[l];
                    let below = if g[l] > bound { bound } else { g[l] };
                    clipped[l] = if below < -bound { -bound } else { below };
                }
            }
        }
        Some(&self.gradient)
    }

    fn tape(&mut self, _: &mut Tape<'_>) {}
}
