//! `AdaBound`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{UNDER_ROOT, decay_numbers, decayed, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, flag, next_power, number, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adabound",
    summary: "Adam whose rates are kept between two bounds that close in on the rate of SGD.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  η = clip(lr √(1 − beta2ᵗ)/(1 − \
              beta1ᵗ) / (√v + eps), final-lr (1 − 1/(gamma t + 1)), final-lr (1 + 1/(gamma t)));  x ← x − η m",
    conventions: "final-lr is a rate and does not follow lr. 10⁻¹⁵ is added under the root. ams-bound divides by \
                  the largest uncorrected v so far. weight-decay is added to the gradient, after maximize has \
                  negated it, unless it is decoupled: then x ← x (1 − lr weight-decay) comes before the step.",
    hyperparameters: &[
        number("final-lr", "the rate that the bounds close in on", 0.1, Range::at_least(0.0)),
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("gamma", "how fast the bounds close in", 0.001, Range::above(0.0)),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        WEIGHT_DECAY,
        weight_decouple(true),
        flag("ams-bound", "divide by the largest v so far"),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "Decay is decoupled or not.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: two numbers per parameter, three with ams-bound. One gradient per step.",
    reference: "Luo, Xiong, Liu, Sun (2019), Adaptive gradient methods with dynamic bound of learning rate, \
                arXiv:1902.09843",
};

/// Adam whose rates are kept between two bounds that close in on the rate of SGD.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// η = clip(lr √(1 − beta2ᵗ)/(1 − beta1ᵗ) / (√(v + 10⁻¹⁵) + eps), low, high)
/// low = final_lr (1 − 1/(gamma t + 1))    high = final_lr (1 + 1/(gamma t))
/// x ← x − η m
/// ```
///
/// `final_lr` does not follow the rate.
/// `ams_bound` replaces v by its maximum so far.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `final_lr` | 0.1 | [0, ∞) | rate |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `gamma` | 0.001 | (0, ∞) | 1/step |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple` | true | | |
/// | `ams_bound`, `maximize` | false | | |
///
/// Memory: two numbers per parameter, three with ams-bound; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdaBound, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[AdaBound::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7016");
/// ```
///
/// Reference: Luo, Xiong, Liu and Sun (2019), arXiv:1902.09843.
#[derive(Clone, Debug, PartialEq)]
pub struct AdaBound {
    /// The rate that the bounds close in on.
    pub final_lr: f64,
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// How fast the bounds close in.
    pub gamma: f64,
    /// Added to the root.
    pub eps: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Divide by the largest v so far.
    pub ams_bound: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for AdaBound {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            final_lr: settings.number("final-lr"),
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            gamma: settings.number("gamma"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            ams_bound: settings.flag("ams-bound"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.ams_bound == other.ams_bound
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        if pack[0].ams_bound {
            let pack: Vec<_> = pack.iter().cloned().map(Maximal).collect();
            return elementwise::bind(&pack, layout);
        }
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<8, 2, 12, 2> for AdaBound {
    elementwise_loops!(8, 2, 12, 2);

    fn numbers(&self) -> [f64; 8] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        [sign, decoupled, coupled, self.beta1, self.beta2, self.eps, self.final_lr, self.gamma]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 8], rate: f64, step: u64, memory: &mut [f64; 2]) -> [f64; 12] {
        let [sign, decoupled, coupled, beta1, beta2, eps, final_lr, gamma] = numbers;
        memory[0] = next_power(memory[0], beta1);
        memory[1] = next_power(memory[1], beta2);
        let (share_beta1, share_beta2) = (1.0 - memory[0], 1.0 - memory[1]);
        let t = step as f64;
        let low = final_lr * (1.0 - 1.0 / (gamma * t + 1.0));
        let high = final_lr * (1.0 + 1.0 / (gamma * t));
        let scale = rate * share_beta2.sqrt() / share_beta1;
        [
            sign,
            coupled,
            1.0 - rate * decoupled,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            scale,
            low,
            high,
            UNDER_ROOT,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 12], x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, scale, low, high, under, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, g * g);
        let eta = (scale / ((v + under).sqrt() + eps)).max(low).min(high);
        (x - eta * m, [m, v])
    }
}

/// [`AdaBound`] that divides by the largest v so far.
#[derive(Clone, Debug)]
struct Maximal(AdaBound);

impl Elementwise<8, 2, 12, 3> for Maximal {
    elementwise_loops!(8, 2, 12, 3);

    fn numbers(&self) -> [f64; 8] {
        self.0.numbers()
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 8], rate: f64, step: u64, memory: &mut [f64; 2]) -> [f64; 12] {
        self.0.coefficients(numbers, rate, step, memory)
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 12], x: R, g: R, [m, v, largest]: [R; 3]) -> (R, [R; 3]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, scale, low, high, under, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, g * g);
        let largest = largest.max(v);
        let eta = (scale / ((largest + under).sqrt() + eps)).max(low).min(high);
        (x - eta * m, [m, v, largest])
    }
}
