//! NovoGrad.

use std::iter::zip;

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Now, Part, PerTensor, add, per_tensor_loops, scale, zeros};
use crate::sums::dot;
use crate::vocabulary::{MAXIMIZE, decay_rate, flag, number, refuse_lacking, split_decay};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "novograd",
    summary: "Momentum of gradients that are divided by one running root mean square per tensor.",
    formula: "s ← beta2 · s + (1 − beta2) ‖g‖²;  u = g / (√(s + eps-root) + eps) + weight-decay · x;  m ← beta1 · \
              m + u;  x ← x − lr m",
    conventions: "s is one number per tensor, starts as the first ‖g‖² and needs no correction; m starts as the \
                  first u. With grad-averaging u enters m times 1 − beta1 (except the first). Decay is inside \
                  the momentum, unless weight-decouple: then x ← x (1 − lr weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("beta1", "share of the momentum that stays", 0.9),
        decay_rate("beta2", "decay rate of the mean of squared norms", 0.25),
        number("eps", "added to the root", 1e-6, Range::at_least(0.0)),
        number("eps-root", "added under the root", 0.0, Range::at_least(0.0)),
        number("weight-decay", "decay inside the momentum, or decoupled", 0.0, Range::at_least(0.0)),
        flag("weight-decouple", "decay shrinks the parameters instead of entering the momentum"),
        flag("grad-averaging", "momentum is a mean instead of a sum"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "optax",
            conventions: "Decay is inside the momentum, which is a sum; no maximize.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "Decay may be decoupled and momentum be a mean; no eps-root.",
            formula: &[],
            defaults: &[("beta1", 0.95), ("beta2", 0.98), ("eps", 1e-8)],
        },
    ],
    cost: "Memory: two numbers per parameter and one per tensor. One gradient per step.",
    reference: "Ginsburg et al. (2019), Stochastic gradient methods with layer-wise adaptive moments for training \
               of deep networks, arXiv:1905.11286",
};

const OPTAX_LACKS: &[&str] = &["weight-decouple", "grad-averaging", "maximize"];
const PYTORCH_OPTIMIZER_LACKS: &[&str] = &["eps-root"];

/// Momentum of gradients that are divided by one running root mean square per tensor.
///
/// ```text
/// s ← beta2 s + (1 − beta2) ‖g‖²                     for each tensor; s = ‖g‖² at step 1
/// u = g / (√(s + eps_root) + eps) + weight_decay x
/// m ← beta1 m + u                                    m = u at step 1
/// x ← x − lr m
/// ```
///
/// With `grad_averaging` u enters m times 1 − `beta1`, except at step 1.
/// With `weight_decouple` x shrinks by 1 − lr `weight_decay` before the step, instead of entering u.
/// The dialects `optax` and `pytorch-optimizer` differ in defaults: the latter has `beta1` 0.95, `beta2` 0.98, `eps` 10⁻⁸.
/// `optax` lacks the flags, `pytorch-optimizer` lacks `eps_root`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.25 | [0, 1) | 1 |
/// | `eps` | 10⁻⁶ | [0, ∞) | gradient |
/// | `eps_root` | 0 | [0, ∞) | gradient² |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
/// | `weight_decouple` | false | | |
/// | `grad_averaging` | false | | |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter and one per tensor; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Novograd, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Novograd::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7514");
/// ```
///
/// Reference: Ginsburg et al. (2019), arXiv:1905.11286, algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Novograd {
    /// Share of the momentum that stays.
    pub beta1: f64,
    /// Decay rate of the mean of squared norms.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added under the root.
    pub eps_root: f64,
    /// Decay inside the momentum, or decoupled.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the momentum.
    pub weight_decouple: bool,
    /// Momentum is a mean instead of a sum.
    pub grad_averaging: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Novograd {
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
            grad_averaging: settings.flag("grad-averaging"),
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

impl PerTensor for Novograd {
    per_tensor_loops!();

    /// Momentum and second moment.
    type State<R: Real> = (Vec<R>, R);

    fn init<R: Real>(&self, shape: &[usize]) -> (Vec<R>, R) {
        (zeros(shape), R::ZERO)
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, (m, s): &mut (Vec<R>, R), Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        let square = dot(g, g);
        let mean = R::of(self.beta2) * *s + R::of(1.0 - self.beta2) * square;
        *s = if now.t == 1 { square } else { mean };
        let root = (*s + R::of(self.eps_root)).sqrt() + R::of(self.eps);
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        scale(x, R::of(1.0 - now.rate * decoupled));
        // The momentum starts at 0, so the first direction enters whole.
        let fresh = if self.grad_averaging && now.t > 1 { 1.0 - self.beta1 } else { 1.0 };
        let (stays, fresh, coupled) = (R::of(self.beta1), R::of(fresh), R::of(coupled));
        for (m, (&x, &g)) in zip(&mut *m, zip(&*x, &*g)) {
            *m = stays * *m + fresh * (g / root + coupled * x);
        }
        add(x, -R::of(now.rate), m);
    }
}
