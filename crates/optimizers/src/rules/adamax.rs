//! Adamax.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, next_power, number, refuse_lacking};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adamax",
    summary: "Adam with a decaying maximum of gradients in place of the root of their mean square.",
    formula: "m ← beta1 · m + (1 − beta1) g;  u ← max(beta2 · u, |g| + eps);  x ← x − lr m/(1 − beta1ᵗ) / u",
    conventions: "eps is inside the maximum, and nothing is added to the denominator. torch adds weight-decay to \
                  the gradient, after maximize has negated it; in optax it is decoupled: x ← x (1 − lr \
                  weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the maximum", 0.999),
        number("eps", "added to the size of each gradient", 1e-8, Range::at_least(0.0)),
        WEIGHT_DECAY,
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "torch",
            conventions: "Decay is added to the gradient.",
            formula: &[(1, "g ← g + weight-decay · x; m ← beta1 · m + (1 − beta1) g")],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "Decay is decoupled; no maximize.",
            formula: &[(3, "x ← x (1 − lr weight-decay) − lr m/(1 − beta1ᵗ) / u")],
            defaults: &[],
        },
    ],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Kingma, Ba (2015), Adam: a method for stochastic optimization, arXiv:1412.6980, section 7.1",
};

/// Adam with a decaying maximum of gradients in place of the root of their mean square.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g
/// u ← max(beta2 u, |g| + eps)
/// x ← x − lr m / (1 − beta1ᵗ) / u
/// ```
///
/// The dialect `torch` adds decay to the gradient, after `maximize` has negated it; `optax` multiplies x by 1 − lr
/// `weight_decay` before the step, and lacks `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Adamax, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Adamax::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7155");
/// ```
///
/// Reference: Kingma and Ba (2015), arXiv:1412.6980, section 7.1.
#[derive(Clone, Debug, PartialEq)]
pub struct Adamax {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the maximum.
    pub beta2: f64,
    /// Added to the size of each gradient.
    pub eps: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Torch`] or [`Reading::Optax`].
    pub dialect: Reading,
}

impl Configuration for Adamax {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] = &[("optax", &["maximize"])];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            maximize: settings.flag("maximize"),
            dialect: Reading::of(settings),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<6, 1, 8, 2> for Adamax {
    elementwise_loops!(6, 1, 8, 2);

    fn numbers(&self) -> [f64; 6] {
        let [sign, decoupled, coupled] =
            decay_numbers(self.maximize, self.weight_decay, self.dialect == Reading::Optax);
        [sign, decoupled, coupled, self.beta1, self.beta2, self.eps]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 6], rate: f64, _: u64, memory: &mut [f64; 1]) -> [f64; 8] {
        let [sign, decoupled, coupled, beta1, beta2, eps] = numbers;
        memory[0] = next_power(memory[0], beta1);
        let share_beta1 = 1.0 - memory[0];
        [sign, coupled, 1.0 - rate * decoupled, beta1, 1.0 - beta1, beta2, rate / share_beta1, eps]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 8], x: R, g: R, [m, u]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rate, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let u = (beta2 * u).max(g.abs() + eps);
        (x - rate * m / u, [m, u])
    }
}
