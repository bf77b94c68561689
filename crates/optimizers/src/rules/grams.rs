//! Grams.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, next_power, number, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "grams",
    summary: "Adam's step sizes in the directions of the present gradient's signs.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  u = m/(1 − beta1ᵗ) / (√(v/(1 − \
              beta2ᵗ)) + eps);  x ← x (1 − lr weight-decay) − lr |u| sign(g)",
    conventions: "maximize negates the gradient first. Without weight-decouple there is no decay at all, as in the \
                  library.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-6, Range::at_least(0.0)),
        WEIGHT_DECAY,
        weight_decouple(true),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "Without weight-decouple there is no decay.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Cao, Li, Song (2024), Grams: gradient descent with adaptive momentum scaling, arXiv:2412.17107",
};

/// Adam's step sizes in the directions of the present gradient's signs.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// u = m̂ / (√v̂ + eps)
/// x ← x (1 − lr weight_decay) − lr |u| sign(g)
/// m̂ = m / (1 − beta1ᵗ)                    v̂ = v / (1 − beta2ᵗ)
/// ```
///
/// `maximize` negates the gradient first.
/// Without `weight_decouple` there is no decay at all.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁶ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
/// | `weight_decouple` | true | | |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Grams, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Grams::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7016");
/// ```
///
/// Reference: Cao, Li and Song (2024), arXiv:2412.17107.
#[derive(Clone, Debug, PartialEq)]
pub struct Grams {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Grams {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
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

impl Elementwise<6, 2, 10, 2> for Grams {
    elementwise_loops!(6, 2, 10, 2);

    fn numbers(&self) -> [f64; 6] {
        let [sign, decoupled, coupled] =
            decay_numbers(self.maximize, if self.weight_decouple { self.weight_decay } else { 0.0 }, true);
        [sign, decoupled, coupled, self.beta1, self.beta2, self.eps]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 6], rate: f64, _: u64, memory: &mut [f64; 2]) -> [f64; 10] {
        let [sign, decoupled, coupled, beta1, beta2, eps] = numbers;
        memory[0] = next_power(memory[0], beta1);
        memory[1] = next_power(memory[1], beta2);
        let (share_beta1, share_beta2) = (1.0 - memory[0], 1.0 - memory[1]);
        [
            sign,
            coupled,
            1.0 - rate * decoupled,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            rate / share_beta1,
            1.0 / share_beta2,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 10], x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, rate, correction, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, g * g);
        let size = (rate * m / ((v * correction).sqrt() + eps)).abs();
        (x - size * g.sign(), [m, v])
    }
}
