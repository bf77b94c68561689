//! QHM.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, number, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "qhm",
    summary: "Quasi-hyperbolic momentum: SGD along a mixture of the gradient and its running mean.",
    formula: "b ← momentum · b + (1 − momentum) g;  x ← x − lr (nu · b + (1 − nu) g)",
    conventions: "The mean starts at 0 and is not corrected. weight-decay is added to the gradient, after maximize \
                  has negated it, unless it is decoupled: then x ← x (1 − lr weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("momentum", "decay rate of the mean of gradients", 0.9),
        number("nu", "share of the mean", 0.7, Range::closed(0.0, 1.0)),
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
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Ma, Yarats (2019), Quasi-hyperbolic momentum and Adam for deep learning, arXiv:1810.06801",
};

/// Quasi-hyperbolic momentum: SGD along a mixture of the gradient and its running mean.
///
/// ```text
/// b ← momentum b + (1 − momentum) g
/// x ← x − lr (nu b + (1 − nu) g)
/// ```
///
/// The mean starts at 0 and is not corrected.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0.9 | [0, 1) | 1 |
/// | `nu` | 0.7 | [0, 1] | 1 |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple`, `maximize` | false | | |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Qhm, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Qhm::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.8753");
/// ```
///
/// Reference: Ma and Yarats (2019), arXiv:1810.06801.
#[derive(Clone, Debug, PartialEq)]
pub struct Qhm {
    /// Decay rate of the mean of gradients.
    pub momentum: f64,
    /// Share of the mean.
    pub nu: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Qhm {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            momentum: settings.number("momentum"),
            nu: settings.number("nu"),
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

impl Elementwise<5, 0, 7, 1> for Qhm {
    elementwise_loops!(5, 0, 7, 1);

    const CONSTANT_FROM: u64 = 1;

    fn numbers(&self) -> [f64; 5] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        [sign, decoupled, coupled, self.momentum, self.nu]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 5], rate: f64, _: u64, _: &mut [f64; 0]) -> [f64; 7] {
        let [sign, decoupled, coupled, momentum, nu] = numbers;
        [sign, coupled, 1.0 - rate * decoupled, momentum, 1.0 - momentum, rate * nu, rate * (1.0 - nu)]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 7], x: R, g: R, [b]: [R; 1]) -> (R, [R; 1]) {
        let [sign, coupled, shrink, momentum, rest, along, fresh] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let b = mean([momentum, rest], b, g);
        (x - (along * b + fresh * g), [b])
    }
}
