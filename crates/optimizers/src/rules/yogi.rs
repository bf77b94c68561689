//! Yogi.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, next_power, number, refuse_lacking, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "yogi",
    summary: "Adam whose mean of squares moves by steps of bounded relative size.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← v − (1 − beta2) sign(v − g²) g²;  x ← x − lr m/(1 − beta1ᵗ) / \
              (√(v/(1 − beta2ᵗ)) + eps)",
    conventions: "Both means start at initial-accumulator, yet are corrected as if they started at 0; so the first \
                  steps move even without gradients. weight-decay is added to the gradient, after maximize has \
                  negated it, unless it is decoupled: then x ← x (1 − lr weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("initial-accumulator", "where both means start", 1e-6, Range::at_least(0.0)),
        number("eps", "added to the root", 0.001, Range::at_least(0.0)),
        WEIGHT_DECAY,
        weight_decouple(true),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "optax",
            conventions: "The means start at 10⁻⁶. No decay or maximize.",
            formula: &[],
            defaults: &[],
        },
        Dialect { name: "pytorch-optimizer", conventions: "Decay is decoupled or not.", formula: &[], defaults: &[] },
    ],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Zaheer, Reddi, Sachan, Kale, Kumar (2018), Adaptive methods for nonconvex optimization, NeurIPS",
};

/// Adam whose mean of squares moves by steps of bounded relative size.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← v − (1 − beta2) sign(v − g²) g²
/// x ← x − lr m̂ / (√v̂ + eps)
/// m̂ = m / (1 − beta1ᵗ)                    v̂ = v / (1 − beta2ᵗ)
/// ```
///
/// Both means start at `initial_accumulator`, yet are corrected as if they started at 0.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
/// The dialect `optax` lacks `initial_accumulator`, decay and `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `initial_accumulator` | 10⁻⁶ | [0, ∞) | gradient, gradient² |
/// | `eps` | 0.001 | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple` | true | | |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, Yogi};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Yogi::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7021");
/// ```
///
/// Reference: Zaheer, Reddi, Sachan, Kale and Kumar (2018).
#[derive(Clone, Debug, PartialEq)]
pub struct Yogi {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Where both means start.
    pub initial_accumulator: f64,
    /// Added to the root.
    pub eps: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Yogi {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] =
            &[("optax", &["initial-accumulator", "weight-decay", "weight-decouple", "maximize"])];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            initial_accumulator: settings.number("initial-accumulator"),
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

impl Elementwise<6, 2, 9, 2> for Yogi {
    elementwise_loops!(6, 2, 9, 2);

    fn numbers(&self) -> [f64; 6] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        [sign, decoupled, coupled, self.beta1, self.beta2, self.eps]
    }

    fn initial(&self) -> [f64; 2] {
        [self.initial_accumulator; 2]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 6], rate: f64, _: u64, memory: &mut [f64; 2]) -> [f64; 9] {
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
            1.0 - beta2,
            rate / share_beta1,
            1.0 / share_beta2,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 9], x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, shrink, beta1, rest1, rest2, scale, correction, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let square = g * g;
        let v = v - rest2 * ((v - square).sign() * square);
        (x - scale * m / ((v * correction).sqrt() + eps), [m, v])
    }
}
