//! Adan.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{choose, is_first, mean};
use crate::vocabulary::{MAXIMIZE, decay_rate, flag, next_power, number, sign};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adan",
    summary: "Adam with Nesterov momentum from differences of gradients.",
    formula: "d = g − previous g;  m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) d;  n ← beta3 · n + \
              (1 − beta3)(g + beta2 · d)²;  x ← (x − lr (m/(1 − beta1ᵗ) + beta2 · v/(1 − beta2ᵗ)) / (√(n/(1 − \
              beta3ᵗ)) + eps)) / (1 + lr weight-decay)",
    conventions: "The betas are decay rates, as everywhere in this catalogue (the paper writes 1 − beta). The \
                  difference is 0 at the first step (2 g with maximize, as in the library) and weighted by beta2, as \
                  in the paper (optax 0.2.8 has 1 − beta2). Decay divides by 1 + lr weight-decay after the step; with \
                  weight-decouple x ← x (1 − lr weight-decay) comes before it instead.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.98),
        decay_rate("beta2", "decay rate of the mean of differences", 0.92),
        decay_rate("beta3", "decay rate of the mean of squares", 0.99),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("weight-decay", "proximal decay", 0.0, Range::at_least(0.0)),
        flag("weight-decouple", "decay comes before the step, as a factor"),
        MAXIMIZE,
    ],
    dialects: &[Dialect { name: "pytorch-optimizer", conventions: "As in the paper.", formula: &[], defaults: &[] }],
    cost: "Memory: four numbers per parameter. One gradient per step.",
    reference: "Xie, Zhou, Li, Lin, Yan (2022), Adan: adaptive Nesterov momentum algorithm for faster optimizing \
                deep models, arXiv:2208.06677",
};

/// Adam with Nesterov momentum from differences of gradients.
///
/// ```text
/// d = g − previous g                      (0 at the first step, 2 g if `maximize`)
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) d
/// n ← beta3 n + (1 − beta3) (g + beta2 d)²
/// x ← (x − lr (m̂ + beta2 v̂) / (√n̂ + eps)) / (1 + lr weight_decay)
/// ```
///
/// The hats divide by 1 − betaᵗ.
/// With `weight_decouple` x ← x (1 − lr `weight_decay`) comes before the step, and nothing is divided.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.98 | [0, 1) | 1 |
/// | `beta2` | 0.92 | [0, 1) | 1 |
/// | `beta3` | 0.99 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
/// | `weight_decouple`, `maximize` | false | | |
///
/// Memory: four numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Adan, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Adan::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7021");
/// ```
///
/// Reference: Xie, Zhou, Li, Lin and Yan (2022), arXiv:2208.06677.
#[derive(Clone, Debug, PartialEq)]
pub struct Adan {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of differences.
    pub beta2: f64,
    /// Decay rate of the mean of squares.
    pub beta3: f64,
    /// Added to the root.
    pub eps: f64,
    /// Proximal decay.
    pub weight_decay: f64,
    /// Decay comes before the step, as a factor.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Adan {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            beta3: settings.number("beta3"),
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

impl Elementwise<7, 3, 15, 4> for Adan {
    elementwise_loops!(7, 3, 15, 4);

    fn numbers(&self) -> [f64; 7] {
        [
            sign(self.maximize),
            self.beta1,
            self.beta2,
            self.beta3,
            self.eps,
            self.weight_decay,
            if self.weight_decouple { 1.0 } else { 0.0 },
        ]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, step: u64, memory: &mut [f64; 3]) -> [f64; 15] {
        let [sign, beta1, beta2, beta3, eps, weight_decay, decouple] = numbers;
        memory[0] = next_power(memory[0], beta1);
        memory[1] = next_power(memory[1], beta2);
        memory[2] = next_power(memory[2], beta3);
        let (share_beta1, share_beta2, share_beta3) = (1.0 - memory[0], 1.0 - memory[1], 1.0 - memory[2]);
        let decay = rate * weight_decay;
        let (before, after) = if decouple == 1.0 { (1.0 - decay, 1.0) } else { (1.0, 1.0 / (1.0 + decay)) };
        [
            sign,
            before,
            after,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            beta3,
            1.0 - beta3,
            is_first(step),
            // The library keeps the first gradient before `maximize` negates it.
            if sign < 0.0 { 2.0 } else { 0.0 },
            rate / share_beta1,
            rate * beta2 / share_beta2,
            1.0 / share_beta3,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 15], x: R, g: R, [m, v, n, previous]: [R; 4]) -> (R, [R; 4]) {
        let [sign, before, after, beta1, rest1, beta2, rest2, beta3, rest3, first, jump, along, ahead, correction, eps] =
            coefficients;
        let g = sign * g;
        let d = choose(first, jump * g, g - previous);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, d);
        let ahead_gradient = g + beta2 * d;
        let n = mean([beta3, rest3], n, ahead_gradient * ahead_gradient);
        let step = (along * m + ahead * v) / ((n * correction).sqrt() + eps);
        (after * (before * x - step), [m, v, n, g])
    }
}
