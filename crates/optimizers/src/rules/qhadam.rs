//! `QHAdam`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, number, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "qhadam",
    summary: "Adam whose means are mixed with the present gradient and its square.",
    formula: "m ← corrected mean of g;  v ← corrected mean of g²;  x ← x − lr (nu1 · m + (1 − nu1) g) / (√(nu2 · v \
              + (1 − nu2) g²) + eps)",
    conventions: "The means are kept corrected: m ← m + (g − m)/w with w ← 1 + beta1 · w. weight-decay is added to \
                  the gradient, after maximize has negated it, unless it is decoupled: then x ← x (1 − lr \
                  weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("nu1", "share of the mean of gradients", 1.0, Range::closed(0.0, 1.0)),
        number("nu2", "share of the mean of squares", 1.0, Range::closed(0.0, 1.0)),
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
    reference: "Ma, Yarats (2019), Quasi-hyperbolic momentum and Adam for deep learning, arXiv:1810.06801",
};

/// Adam whose means are mixed with the present gradient and its square.
///
/// ```text
/// m ← m + (g − m) / w1                    w1 ← 1 + beta1 w1
/// v ← v + (g² − v) / w2                   w2 ← 1 + beta2 w2
/// x ← x − lr (nu1 m + (1 − nu1) g) / (√(nu2 v + (1 − nu2) g²) + eps)
/// ```
///
/// The weights w start at 0, so that both means are corrected for their start.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `nu1` | 1 | [0, 1] | 1 |
/// | `nu2` | 1 | [0, 1] | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple`, `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{QhAdam, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[QhAdam::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7016");
/// ```
///
/// Reference: Ma and Yarats (2019), arXiv:1810.06801.
#[derive(Clone, Debug, PartialEq)]
pub struct QhAdam {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Share of the mean of gradients.
    pub nu1: f64,
    /// Share of the mean of squares.
    pub nu2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for QhAdam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            nu1: settings.number("nu1"),
            nu2: settings.number("nu2"),
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

impl Elementwise<8, 2, 11, 2> for QhAdam {
    elementwise_loops!(8, 2, 11, 2);

    fn numbers(&self) -> [f64; 8] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        [sign, decoupled, coupled, self.beta1, self.beta2, self.eps, self.nu1, self.nu2]
    }

    fn memory(&self) -> [f64; 2] {
        [0.0; 2]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 8], rate: f64, _: u64, memory: &mut [f64; 2]) -> [f64; 11] {
        let [sign, decoupled, coupled, beta1, beta2, eps, nu1, nu2] = numbers;
        memory[0] = 1.0 + beta1 * memory[0];
        memory[1] = 1.0 + beta2 * memory[1];
        [
            sign,
            coupled,
            1.0 - rate * decoupled,
            1.0 / memory[0],
            1.0 / memory[1],
            nu1,
            1.0 - nu1,
            nu2,
            1.0 - nu2,
            rate,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 11], x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, shrink, pull1, pull2, nu1, rest1, nu2, rest2, rate, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let square = g * g;
        let m = m + pull1 * (g - m);
        let v = v + pull2 * (square - v);
        let root = mean([nu2, rest2], v, square).sqrt() + eps;
        (x - rate * mean([nu1, rest1], m, g) / root, [m, v])
    }
}
