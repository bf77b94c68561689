//! LAMB.

use std::iter::zip;

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Averages, Now, Part, PerTensor, add, per_tensor_loops, scale};
use crate::sums::norm;
use crate::vocabulary::{MAXIMIZE, decay_rate, flag, number, refuse_lacking, split_decay};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "lamb",
    summary: "Adam's direction, in each tensor with the length of the tensor itself.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  u = m/(1 − beta1ᵗ) / (√(v/(1 − \
              beta2ᵗ) + eps-root) + eps) + weight-decay · x;  x ← x − lr ‖x‖/‖u‖ u",
    conventions: "Norms are of each tensor alone; where one is 0, their ratio is 1. In pytorch-optimizer v is \
                  not corrected, and m after the ratio; ‖x‖ is at most 10 and ‖u‖ has eps added. With \
                  weight-decouple x ← x (1 − lr weight-decay) comes before the step, otherwise decay is a part \
                  of u.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root, and to ‖u‖ in pytorch-optimizer", 1e-6, Range::at_least(0.0)),
        number("eps-root", "added under the root", 0.0, Range::at_least(0.0)),
        number("weight-decay", "decay as a part of u, or decoupled", 0.0, Range::at_least(0.0)),
        flag("weight-decouple", "decay shrinks the parameters instead of entering u"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "optax",
            conventions: "Both moments are corrected; no weight-decouple or maximize.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "v is not corrected, ‖x‖ is at most 10, eps is added to ‖u‖; no eps-root.",
            formula: &[
                (
                    3,
                    "x ← x (1 − lr weight-decay), with weight-decouple; u = m / (√v + eps) + weight-decay · x, \
                     the last without weight-decouple",
                ),
                (4, "x ← x − lr/(1 − beta1ᵗ) · min(‖x‖, 10)/(‖u‖ + eps) u"),
            ],
            defaults: &[("weight-decouple", 1.0)],
        },
    ],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "You et al. (2020), Large batch optimization for deep learning: training BERT in 76 minutes, \
               arXiv:1904.00962",
};

const OPTAX_LACKS: &[&str] = &["weight-decouple", "maximize"];
const PYTORCH_OPTIMIZER_LACKS: &[&str] = &["eps-root"];

/// Adam's direction, in each tensor with the length of the tensor itself.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// u = m̂ / (√(v̂ + eps_root) + eps) + weight_decay x
/// x ← x − lr ‖x‖/‖u‖ u                    for each tensor; the ratio is 1 where a norm is 0
/// ```
///
/// In the dialect `optax` m̂ = m / (1 − beta1ᵗ) and v̂ = v / (1 − beta2ᵗ).
/// In `pytorch-optimizer` v̂ = v, m is corrected after the ratio, which is min(‖x‖, 10) / (‖u‖ + `eps`),
/// and `weight_decouple`, on by default there, shrinks x by 1 − lr `weight_decay` before the step instead.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁶ | [0, ∞) | gradient |
/// | `eps_root` | 0 | [0, ∞) | gradient² |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
/// | `weight_decouple` | false | | |
/// | `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Lamb, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Lamb::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.5702");
/// ```
///
/// Reference: You et al. (2020), arXiv:1904.00962, algorithm 2.
#[derive(Clone, Debug, PartialEq)]
pub struct Lamb {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root, and to ‖u‖ in `pytorch-optimizer`.
    pub eps: f64,
    /// Added under the root.
    pub eps_root: f64,
    /// Decay as a part of u, or decoupled.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering u.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Optax`] or [`Reading::PytorchOptimizer`].
    pub dialect: Reading,
}

impl Configuration for Lamb {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("optax", OPTAX_LACKS), ("pytorch-optimizer", PYTORCH_OPTIMIZER_LACKS)])?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            eps_root: settings.number("eps-root"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            maximize: settings.flag("maximize"),
            dialect: Reading::of(settings),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        per_tensor::bind(pack, layout)
    }
}

impl PerTensor for Lamb {
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
        averages.update(g, self.beta1, self.beta2);
        let (first, second) = (now.correction(self.beta1), now.correction(self.beta2));
        let (first, second, rate, limit, guard) = match self.dialect {
            Reading::PytorchOptimizer => (1.0, 1.0, now.rate / first, 10.0, self.eps),
            _ => (1.0 / first, 1.0 / second, now.rate, f64::INFINITY, 0.0),
        };
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        scale(x, R::of(1.0 - now.rate * decoupled));
        self.direction(averages, x, g, [first, second, coupled]);
        let (size, length) = (norm(x).min(R::of(limit)), norm(g));
        let degenerate = size == R::ZERO || length == R::ZERO;
        let ratio = if degenerate { R::ONE } else { size / (length + R::of(guard)) };
        add(x, -R::of(rate) * ratio, g);
    }
}

impl Lamb {
    /// u = first · m / (√(second · v + eps_root) + eps) + coupled · x.
    #[inline(always)]
    fn direction<R: Real>(&self, averages: &Averages<R>, x: &[R], u: &mut [R], scalars: [f64; 3]) {
        let [first, second, coupled] = scalars.map(R::of);
        let (under, outside) = (R::of(self.eps_root), R::of(self.eps));
        for ((u, &x), (&m, &v)) in zip(zip(u, x), zip(&averages.m, &averages.v)) {
            *u = first * m / ((second * v + under).sqrt() + outside) + coupled * x;
        }
    }
}
