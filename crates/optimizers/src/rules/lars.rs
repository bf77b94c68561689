//! LARS.

use std::iter::zip;

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Now, Part, PerTensor, add, per_tensor_loops, scale, zeros};
use crate::sums::norm;
use crate::vocabulary::{MAXIMIZE, NESTEROV, decay_rate, number, refuse_lacking};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "lars",
    summary: "Momentum whose steps have lengths in proportion to the norms of the tensors they move.",
    formula: "u = lr · trust-coefficient · ‖x‖ / (‖g + weight-decay · x‖ + eps) · (g + weight-decay · x);  v ← \
              momentum · v + u;  x ← x − v, or x − (u + momentum · v) with nesterov",
    conventions: "Norms are of each tensor alone; where one is 0, the ratio with the trust-coefficient is 1. In \
                  pytorch-optimizer the ratio is trust-coefficient ‖x‖ / (‖g‖ + weight-decay ‖x‖), vectors get \
                  neither ratio nor decay, and the rate is outside the velocity, so that a new rate also scales \
                  old steps. The velocity starts at 0, so dampening applies to the first step too.",
    hyperparameters: &[
        number("weight-decay", "weight-decay · x is added to the gradient", 0.0, Range::at_least(0.0)),
        number("trust-coefficient", "length of a step per rate and norm of the tensor", 0.001, Range::at_least(0.0)),
        number("eps", "added to the norm that is divided by", 0.0, Range::at_least(0.0)),
        decay_rate("momentum", "share of the velocity that stays", 0.9),
        number("dampening", "share of the gradient that is left out of the velocity", 0.0, Range::closed(0.0, 1.0)),
        NESTEROV,
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "optax",
            conventions: "The rate is inside the velocity and vectors have a ratio too; no dampening or maximize.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "The rate is outside the velocity, vectors get neither ratio nor decay; no eps.",
            formula: &[
                (
                    1,
                    "u = trust-coefficient · ‖x‖ / (‖g‖ + weight-decay ‖x‖) · (g + weight-decay · x), but g for \
                     vectors",
                ),
                (2, "v ← momentum · v + (1 − dampening) u"),
                (3, "x ← x − lr v, or x − lr (u + momentum · v) with nesterov"),
            ],
            defaults: &[],
        },
    ],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "You, Gitman, Ginsburg (2017), Large batch training of convolutional networks, arXiv:1708.03888",
};

const OPTAX_LACKS: &[&str] = &["dampening", "maximize"];
const PYTORCH_OPTIMIZER_LACKS: &[&str] = &["eps"];

/// Momentum whose steps have lengths in proportion to the norms of the tensors they move.
///
/// ```text
/// g ← g + weight_decay x
/// u = lr trust_coefficient ‖x‖ / (‖g‖ + eps) g    for each tensor; lr g where a norm is 0
/// v ← momentum v + u
/// x ← x − v                                       (x − (u + momentum v) if nesterov)
/// ```
///
/// This is the dialect `optax`.
/// In `pytorch-optimizer` the norm in the denominator is ‖g‖ before decay plus `weight_decay` ‖x‖, u enters the
/// velocity times 1 − `dampening`, the rate multiplies the velocity instead of u, and vectors get neither ratio nor decay.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter |
/// | `trust_coefficient` | 10⁻³ | [0, ∞) | 1 |
/// | `eps` | 0 | [0, ∞) | gradient |
/// | `momentum` | 0.9 | [0, 1) | 1 |
/// | `dampening` | 0 | [0, 1] | 1 |
/// | `nesterov` | false | | |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Lars, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Lars::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9994");
/// ```
///
/// Reference: You, Gitman and Ginsburg (2017), arXiv:1708.03888, algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Lars {
    /// Times x, added to the gradient.
    pub weight_decay: f64,
    /// Length of a step per rate and norm of the tensor.
    pub trust_coefficient: f64,
    /// Added to the norm that is divided by.
    pub eps: f64,
    /// Share of the velocity that stays.
    pub momentum: f64,
    /// Share of the gradient that is left out of the velocity.
    pub dampening: f64,
    /// Move along g + momentum · v, both at the current point, instead of v.
    pub nesterov: bool,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Optax`] or [`Reading::PytorchOptimizer`].
    pub dialect: Reading,
}

impl Configuration for Lars {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("optax", OPTAX_LACKS), ("pytorch-optimizer", PYTORCH_OPTIMIZER_LACKS)])?;
        Ok(Self {
            weight_decay: settings.number("weight-decay"),
            trust_coefficient: settings.number("trust-coefficient"),
            eps: settings.number("eps"),
            momentum: settings.number("momentum"),
            dampening: settings.number("dampening"),
            nesterov: settings.flag("nesterov"),
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

impl PerTensor for Lars {
    per_tensor_loops!();

    type State<R: Real> = Vec<R>;

    fn init<R: Real>(&self, shape: &[usize]) -> Vec<R> {
        zeros(shape)
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, velocity: &mut Vec<R>, Part { shape, x, g }: Part<'_, R>, now: Now<'_>) {
        let (inside, outside) = match self.dialect {
            Reading::PytorchOptimizer => (1.0, now.rate),
            _ => (now.rate, 1.0),
        };
        if self.dialect == Reading::Optax || shape.len() > 1 {
            let before = norm(g) + R::of(self.weight_decay) * norm(x);
            add(g, R::of(self.weight_decay), x);
            let length = if self.dialect == Reading::Optax { norm(g) } else { before };
            scale(g, self.ratio(norm(x), length));
        }
        scale(g, R::of(inside));
        if self.momentum > 0.0 {
            let (momentum, fresh) = (R::of(self.momentum), R::of(1.0 - self.dampening));
            for (g, v) in zip(&mut *g, velocity) {
                *v = momentum * *v + fresh * *g;
                *g = if self.nesterov { *g + momentum * *v } else { *v };
            }
        }
        add(x, -R::of(outside), g);
    }
}

impl Lars {
    /// What a tensor of this norm with a direction of this length multiplies the direction by.
    fn ratio<R: Real>(&self, size: R, length: R) -> R {
        let degenerate = size == R::ZERO || length == R::ZERO;
        let ratio = R::of(self.trust_coefficient) * size / (length + R::of(self.eps));
        if degenerate { R::ONE } else { ratio }
    }
}
