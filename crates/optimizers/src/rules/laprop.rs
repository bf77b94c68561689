//! `LaProp`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{UNDER_ROOT, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, next_power, number, sign, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "laprop",
    summary: "Adam in the other order: gradients are normalized first and averaged afterwards.",
    formula: "v ← beta2 · v + (1 − beta2) g²;  m ← beta1 · m + (1 − beta1) lr g √(1 − beta2ᵗ) / (√v + eps);  l ← \
              beta1 · l + (1 − beta1) lr;  x ← x − m lr/l",
    conventions: "The rate is inside the mean; l/lr is 1 − beta1ᵗ at a constant rate. 10⁻¹⁵ is added under the \
                  root, and eps to the uncorrected root. Decay comes after the step: x ← x (1 − lr weight-decay). \
                  Without weight-decouple there is none, as in the library. maximize negates the gradient first.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-15, Range::at_least(0.0)),
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
    reference: "Ziyin, Wang, Ueda (2020), LaProp: separating momentum and adaptivity in Adam, arXiv:2002.04839",
};

/// Adam in the other order: gradients are normalized first and averaged afterwards.
///
/// ```text
/// v ← beta2 v + (1 − beta2) g²
/// m ← beta1 m + (1 − beta1) lr g √(1 − beta2ᵗ) / (√(v + 10⁻¹⁵) + eps)
/// l ← beta1 l + (1 − beta1) lr            (l/lr is 1 − beta1ᵗ at a constant rate)
/// x ← (x − m lr/l) (1 − lr weight_decay)
/// ```
///
/// `maximize` negates the gradient first.
/// Without `weight_decouple` there is no decay at all.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻¹⁵ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
/// | `weight_decouple` | true | | |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{LaProp, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[LaProp::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7088");
/// ```
///
/// Reference: Ziyin, Wang and Ueda (2020), arXiv:2002.04839.
#[derive(Clone, Debug, PartialEq)]
pub struct LaProp {
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

impl Configuration for LaProp {
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

impl Elementwise<5, 2, 9, 2> for LaProp {
    elementwise_loops!(5, 2, 9, 2);

    fn numbers(&self) -> [f64; 5] {
        [
            sign(self.maximize),
            if self.weight_decouple { self.weight_decay } else { 0.0 },
            self.beta1,
            self.beta2,
            self.eps,
        ]
    }

    fn memory(&self) -> [f64; 2] {
        [1.0, 0.0]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 5], rate: f64, _: u64, memory: &mut [f64; 2]) -> [f64; 9] {
        let [sign, decay, beta1, beta2, eps] = numbers;
        memory[0] = next_power(memory[0], beta2);
        let share_beta2 = 1.0 - memory[0];
        memory[1] = beta1 * memory[1] + (1.0 - beta1) * rate;
        let correction = if rate == 0.0 { 1.0 } else { rate / memory[1] };
        [
            sign,
            beta1,
            (1.0 - beta1) * rate * share_beta2.sqrt(),
            beta2,
            1.0 - beta2,
            UNDER_ROOT,
            eps,
            correction,
            1.0 - rate * decay,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 9], x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, beta1, gain, beta2, rest2, under, eps, correction, shrink] = coefficients;
        let g = sign * g;
        let v = mean([beta2, rest2], v, g * g);
        let m = beta1 * m + gain * g / ((v + under).sqrt() + eps);
        (shrink * (x - correction * m), [m, v])
    }
}
