//! Padam.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean, power};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, next_power, number, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "padam",
    summary: "Adam with a smaller power of the mean square in the denominator: between Adam and SGD with momentum.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  x ← x − lr √(1 − beta2ᵗ)/(1 − \
              beta1ᵗ) m / (√v + eps)^(2 partial)",
    conventions: "The whole denominator, with eps, is raised to 2 · partial; the correction √(1 − beta2ᵗ) is not. \
                  partial = 1/2 is Adam with eps on the uncorrected root. weight-decay is added to the gradient, \
                  after maximize has negated it, unless it is decoupled: then x ← x (1 − lr weight-decay) comes \
                  before the step.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("partial", "power of the mean square", 0.25, Range::closed(0.0, 1.0)),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        WEIGHT_DECAY,
        weight_decouple(false),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "Decay is decoupled or not.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Chen et al. (2018), Closing the generalization gap of adaptive gradient methods in training deep \
                neural networks, arXiv:1806.06763",
};

/// Adam with a smaller power of the mean square in the denominator: between Adam and SGD with momentum.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// x ← x − lr √(1 − beta2ᵗ)/(1 − beta1ᵗ) m / (√v + eps)^(2 partial)
/// ```
///
/// The correction of v is not raised to the power.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `partial` | 0.25 | [0, 1] | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple`, `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Padam, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Padam::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9380");
/// ```
///
/// Reference: Chen et al. (2018), arXiv:1806.06763.
#[derive(Clone, Debug, PartialEq)]
pub struct Padam {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Power of the mean square.
    pub partial: f64,
    /// Added to the root.
    pub eps: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Padam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            partial: settings.number("partial"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        (self.partial == FOURTH) == (other.partial == FOURTH)
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        if pack[0].partial == FOURTH {
            let pack: Vec<Fourth> = pack.iter().cloned().map(Fourth).collect();
            return elementwise::bind(&pack, layout);
        }
        elementwise::bind(pack, layout)
    }
}

/// The power that is a root of a root, which takes half the time of a logarithm and an exponential.
const FOURTH: f64 = 0.25;

/// [`Padam`] with `partial` = ¼.
#[derive(Clone, Debug)]
struct Fourth(Padam);

impl Elementwise<7, 2, 10, 2> for Fourth {
    elementwise_loops!(7, 2, 10, 2);

    fn numbers(&self) -> [f64; 7] {
        self.0.numbers()
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, step: u64, memory: &mut [f64; 2]) -> [f64; 10] {
        self.0.coefficients(numbers, rate, step, memory)
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 10], x: R, g: R, slots: [R; 2]) -> (R, [R; 2]) {
        step(coefficients, x, g, slots, R::sqrt)
    }
}

impl Elementwise<7, 2, 10, 2> for Padam {
    elementwise_loops!(7, 2, 10, 2);

    fn numbers(&self) -> [f64; 7] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        [sign, decoupled, coupled, self.beta1, self.beta2, self.eps, self.partial]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, _: u64, memory: &mut [f64; 2]) -> [f64; 10] {
        let [sign, decoupled, coupled, beta1, beta2, eps, partial] = numbers;
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
            2.0 * partial,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 10], x: R, g: R, slots: [R; 2]) -> (R, [R; 2]) {
        let exponent = coefficients[8];
        step(coefficients, x, g, slots, |root| power(root, exponent))
    }
}

/// One coordinate; `power` is that of the root of the mean of squares.
#[inline(always)]
fn step<R: Real>(coefficients: [R; 10], x: R, g: R, [m, v]: [R; 2], power: impl Fn(R) -> R) -> (R, [R; 2]) {
    let [sign, coupled, shrink, beta1, rest1, beta2, rest2, scale, _, eps] = coefficients;
    let (x, g) = decayed([sign, coupled, shrink], x, g);
    let m = mean([beta1, rest1], m, g);
    let v = mean([beta2, rest2], v, g * g);
    (x - scale * m / power(v.sqrt() + eps), [m, v])
}
