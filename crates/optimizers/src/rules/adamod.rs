//! `AdaMod`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, next_power, number, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adamod",
    summary: "Adam whose rates are kept below their own running means.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  η = lr √(1 − beta2ᵗ)/(1 − beta1ᵗ) / \
              (√v + eps);  e ← beta3 · e + (1 − beta3) η;  x ← x − min(η, e) m",
    conventions: "e starts at 0 and is not corrected for it. eps is added to the uncorrected root. weight-decay is \
                  added to the gradient, after maximize has negated it, unless it is decoupled: then x ← x (1 − lr \
                  weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.99),
        decay_rate("beta3", "decay rate of the mean of rates", 0.9999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        WEIGHT_DECAY,
        weight_decouple(true),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "Decay is decoupled or not.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Ding, Ren, Luo, Sun (2019), An adaptive and momental bound method for stochastic learning, \
                arXiv:1910.12249",
};

/// Adam whose rates are kept below their own running means.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// η = lr √(1 − beta2ᵗ) / (1 − beta1ᵗ) / (√v + eps)
/// e ← beta3 e + (1 − beta3) η
/// x ← x − min(η, e) m
/// ```
///
/// All means start at 0, and that of the rates is not corrected.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.99 | [0, 1) | 1 |
/// | `beta3` | 0.9999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple` | true | | |
/// | `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdaMod, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[AdaMod::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9999");
/// ```
///
/// Reference: Ding, Ren, Luo and Sun (2019), arXiv:1910.12249.
#[derive(Clone, Debug, PartialEq)]
pub struct AdaMod {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Decay rate of the mean of rates.
    pub beta3: f64,
    /// Added to the root.
    pub eps: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for AdaMod {
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

impl Elementwise<7, 2, 11, 3> for AdaMod {
    elementwise_loops!(7, 2, 11, 3);

    fn numbers(&self) -> [f64; 7] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        [sign, decoupled, coupled, self.beta1, self.beta2, self.eps, self.beta3]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, _: u64, memory: &mut [f64; 2]) -> [f64; 11] {
        let [sign, decoupled, coupled, beta1, beta2, eps, beta3] = numbers;
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
            beta3,
            1.0 - beta3,
            rate * share_beta2.sqrt() / share_beta1,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 11], x: R, g: R, [m, v, e]: [R; 3]) -> (R, [R; 3]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, beta3, rest3, scale, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, g * g);
        let eta = scale / (v.sqrt() + eps);
        let e = mean([beta3, rest3], e, eta);
        (x - eta.min(e) * m, [m, v, e])
    }
}
