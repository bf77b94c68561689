//! Adadelta.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::vocabulary::{COUPLED_DECAY, MAXIMIZE, number, sign};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adadelta",
    summary: "Scales each coordinate's step by the ratio of the typical size of its steps to that of its gradients.",
    formula: "v ← rho · v + (1 − rho) g²;  u = g √(d + eps) / √(v + eps);  d ← rho · d + (1 − rho) u²;  x ← x − lr u",
    conventions: "lr multiplies the step but does not enter the running mean d; the paper has lr = 1. \
                  eps is under both roots. weight-decay is added to the gradient, after maximize has negated it.",
    hyperparameters: &[
        number("rho", "decay rate of both means of squares", 0.9, Range::closed(0.0, 1.0)),
        number("eps", "added under both roots", 1e-6, Range::at_least(0.0)),
        COUPLED_DECAY,
        MAXIMIZE,
    ],
    dialects: &[Dialect { name: "torch", conventions: "Has a rate, decay and maximize.", formula: &[], defaults: &[] }],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Zeiler (2012), Adadelta: an adaptive learning rate method, arXiv:1212.5701",
};

/// Scales each coordinate's step by the ratio of the typical size of its steps to that of its gradients.
///
/// ```text
/// g ← g + weight_decay x              (g negated first if maximize)
/// v ← rho v + (1 − rho) g²
/// u = g √(d + eps) / √(v + eps)
/// d ← rho d + (1 − rho) u²
/// x ← x − lr u
/// ```
///
/// The rate does not enter d; the paper has lr = 1.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `rho` | 0.9 | [0, 1] | 1 |
/// | `eps` | 10⁻⁶ | [0, ∞) | gradient² and parameter² |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Adadelta, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Adadelta::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[1.0]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9903");
/// ```
///
/// Reference: Zeiler (2012), arXiv:1212.5701.
#[derive(Clone, Debug, PartialEq)]
pub struct Adadelta {
    /// Decay rate of both means of squares.
    pub rho: f64,
    /// Added under both roots.
    pub eps: f64,
    /// Times x, added to the gradient.
    pub weight_decay: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Adadelta {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            rho: settings.number("rho"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<4, 0, 6, 2> for Adadelta {
    elementwise_loops!(4, 0, 6, 2);

    const CONSTANT_FROM: u64 = 1;

    fn numbers(&self) -> [f64; 4] {
        [sign(self.maximize), self.weight_decay, self.rho, self.eps]
    }

    #[inline(always)]
    fn coefficients(&self, [sign, decay, rho, eps]: [f64; 4], rate: f64, _: u64, _: &mut [f64; 0]) -> [f64; 6] {
        [sign, decay, rho, 1.0 - rho, eps, rate]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, c: [R; 6], x: R, g: R, [v, d]: [R; 2]) -> (R, [R; 2]) {
        let [sign, decay, rho, fresh, eps, rate] = c;
        let g = sign * g + decay * x;
        let v = rho * v + fresh * (g * g);
        // Two roots: the quotient under one root would underflow where v is huge.
        let u = (d + eps).sqrt() / (v + eps).sqrt() * g;
        (x - rate * u, [v, rho * d + fresh * (u * u)])
    }
}
