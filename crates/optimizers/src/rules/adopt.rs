//! `ADOPT`.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{choose, decay_numbers, decayed, is_first, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, number, refuse_lacking, weight_decouple};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adopt",
    summary: "Adam that divides each gradient by the root of the mean square before it, and averages afterwards.",
    formula: "u = clip(g / max(√v, eps), ±t^¼);  m ← beta1 · m + (1 − beta1) u;  v ← beta2 · v + (1 − beta2) g²; \
              x ← x − lr m",
    conventions: "The first step only sets v = g². The clip at step t, counted from 1, is (t − 1)^¼ in optax, as \
                  in the authors' code, and t^¼ in pytorch-optimizer. Nothing is corrected for bias. weight-decay \
                  is added to the gradient, after maximize has negated it, unless it is decoupled: then x ← x (1 − \
                  lr weight-decay) comes before the step. Decoupled decay acts at the first step too.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.9999),
        number("eps", "least denominator", 1e-6, Range::at_least(0.0)),
        Hyperparameter {
            name: "clip",
            meaning: "whether normalized gradients are clipped",
            domain: Domain::Choice { default: "step^0.25", accepts: &["step^0.25", "none"] },
        },
        WEIGHT_DECAY,
        weight_decouple(false),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "optax",
            conventions: "The clip is (t − 1)^¼. No decay or maximize.",
            formula: &[(1, "u = clip(g / max(√v, eps), ±(t − 1)^¼)")],
            defaults: &[],
        },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "The clip is t^¼. Decay is decoupled or not.",
            formula: &[],
            defaults: &[],
        },
    ],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Taniguchi et al. (2024), ADOPT: modified Adam can converge with any beta2 with the optimal rate, \
                arXiv:2411.02853",
};

/// Adam that divides each gradient by the root of the mean square before it, and averages afterwards.
///
/// ```text
/// u = clip(g / max(√v, eps), ±t^¼)
/// m ← beta1 m + (1 − beta1) u
/// v ← beta2 v + (1 − beta2) g²
/// x ← x − lr m
/// ```
///
/// The first step only sets v = g².
/// The clip is (t − 1)^¼ in the dialect `optax`, which lacks decay and `maximize`.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.9999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁶ | [0, ∞) | gradient |
/// | `clip` | step^0.25 | step^0.25, none | |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple`, `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Adopt, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Adopt::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9711");
/// ```
///
/// Reference: Taniguchi et al. (2024), arXiv:2411.02853.
#[derive(Clone, Debug, PartialEq)]
pub struct Adopt {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Least denominator.
    pub eps: f64,
    /// Whether normalized gradients are clipped.
    pub clip: bool,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Optax`] or [`Reading::PytorchOptimizer`].
    pub dialect: Reading,
}

impl Configuration for Adopt {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] = &[("optax", &["weight-decay", "weight-decouple", "maximize"])];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            clip: settings.word("clip") == "step^0.25",
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
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

impl Elementwise<8, 0, 11, 2> for Adopt {
    elementwise_loops!(8, 0, 11, 2);

    fn numbers(&self) -> [f64; 8] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        [
            sign,
            decoupled,
            coupled,
            self.beta1,
            self.beta2,
            self.eps,
            if self.clip { 1.0 } else { 0.0 },
            if self.dialect == Reading::Optax { 1.0 } else { 0.0 },
        ]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 8], rate: f64, step: u64, _: &mut [f64; 0]) -> [f64; 11] {
        let [sign, decoupled, coupled, beta1, beta2, eps, clipped, before] = numbers;
        let bound = if clipped == 1.0 { (step as f64 - before).sqrt().sqrt() } else { f64::INFINITY };
        [
            sign,
            coupled,
            1.0 - rate * decoupled,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            bound,
            is_first(step),
            rate,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 11], x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, bound, first, rate, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let u = (g / v.sqrt().max(eps)).min(bound).max(-bound);
        let m = choose(first, m, mean([beta1, rest1], m, u));
        let v = choose(first, g * g, mean([beta2, rest2], v, g * g));
        (choose(first, x, x - rate * m), [m, v])
    }
}
