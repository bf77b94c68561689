//! `diffGrad`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{UNDER_ROOT, decay_numbers, decayed, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, next_power, number, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "diffgrad",
    summary: "Adam that slows down where the gradient changes little.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  ξ = 1 / (1 + exp(−|g − previous \
              g|));  x ← x − lr ξ √(1 − beta2ᵗ)/(1 − beta1ᵗ) m / (√v + eps)",
    conventions: "The gradient before the first is 0. 10⁻¹⁵ is added under the root, and eps to the uncorrected \
                  root. weight-decay is added to the gradient, after maximize has negated it, unless it is \
                  decoupled: then x ← x (1 − lr weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
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
    reference: "Dubey et al. (2019), diffGrad: an optimization method for convolutional neural networks, \
                arXiv:1909.11015",
};

/// Adam that slows down where the gradient changes little.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// ξ = 1 / (1 + exp(−|g − previous g|))
/// x ← x − lr ξ √(1 − beta2ᵗ)/(1 − beta1ᵗ) m / (√(v + 10⁻¹⁵) + eps)
/// ```
///
/// The gradient before the first is 0.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple` | true | | |
/// | `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{DiffGrad, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[DiffGrad::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.8242");
/// ```
///
/// Reference: Dubey et al. (2019), arXiv:1909.11015.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffGrad {
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

impl Configuration for DiffGrad {
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

impl Elementwise<6, 2, 10, 3> for DiffGrad {
    elementwise_loops!(6, 2, 10, 3);

    fn numbers(&self) -> [f64; 6] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
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
            rate * share_beta2.sqrt() / share_beta1,
            UNDER_ROOT,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 10], x: R, g: R, [m, v, previous]: [R; 3]) -> (R, [R; 3]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, scale, under, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, g * g);
        // One division for the sigmoid 1/(1 + e^−|Δg|) and the root together.
        let friction = (previous - g).one_plus_decay();
        (x - scale * m / (friction * ((v + under).sqrt() + eps)), [m, v, g])
    }
}
