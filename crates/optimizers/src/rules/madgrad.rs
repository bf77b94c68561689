//! MADGRAD.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{choose, is_first};
use crate::vocabulary::{
    MAXIMIZE, WEIGHT_DECAY, decay_rate, number, refuse_lacking, sign, split_decay, weight_decouple,
};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "madgrad",
    summary: "Dual averaging with cube roots of sums of squares, and momentum as an average of iterates.",
    formula: "λ = (lr + eps) √t;  s ← s + λ g;  v ← v + λ g²;  z = x0 − s / (∛v + eps);  x ← momentum · x + (1 − \
              momentum) z",
    conventions: "The rate is lr + eps. x0 is the point of the first step; without momentum it is recomputed from \
                  x, s and v, which is the same unless decay is decoupled. weight-decay is added to the gradient, \
                  after maximize has negated it; decoupled, (lr + eps) weight-decay · x is taken off after the \
                  step, with x from before it.",
    hyperparameters: &[
        decay_rate("momentum", "share of x that stays", 0.9),
        number("eps", "added to the root and to the rate", 1e-6, Range::at_least(0.0)),
        WEIGHT_DECAY,
        weight_decouple(false),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect { name: "pytorch-optimizer", conventions: "Decay is decoupled or not.", formula: &[], defaults: &[] },
        Dialect { name: "optax", conventions: "No weight-decouple or maximize.", formula: &[], defaults: &[] },
    ],
    cost: "Memory: three numbers per parameter, two without momentum. One gradient per step.",
    reference: "Defazio, Jelassi (2021), Adaptivity without compromise: a momentumized, adaptive, dual averaged \
                gradient method for stochastic optimization, arXiv:2101.11075",
};

/// Dual averaging with cube roots of sums of squares, and momentum as an average of iterates.
///
/// ```text
/// λ = (lr + eps) √t
/// s ← s + λ g                             v ← v + λ g²
/// z = x0 − s / (∛v + eps)
/// x ← momentum x + (1 − momentum) z
/// ```
///
/// x0 is the point of the first step; without momentum it is recomputed as x + s / (∛v + eps).
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, (lr + `eps`) `weight_decay` times
/// the old x is taken off after the step.
/// The dialect `optax` lacks `weight_decouple` and `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0.9 | [0, 1) | 1 |
/// | `eps` | 10⁻⁶ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple`, `maximize` | false | | |
///
/// Memory: three numbers per parameter, two without momentum; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Madgrad, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Madgrad::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.8928");
/// ```
///
/// Reference: Defazio and Jelassi (2021), arXiv:2101.11075.
#[derive(Clone, Debug, PartialEq)]
pub struct Madgrad {
    /// Share of x that stays.
    pub momentum: f64,
    /// Added to the root and to the rate.
    pub eps: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Madgrad {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] = &[("optax", &["weight-decouple", "maximize"])];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            momentum: settings.number("momentum"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        (self.momentum == 0.0) == (other.momentum == 0.0)
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        if pack[0].momentum == 0.0 {
            let pack: Vec<_> = pack.iter().cloned().map(Plain).collect();
            return elementwise::bind(&pack, layout);
        }
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<5, 0, 7, 3> for Madgrad {
    elementwise_loops!(5, 0, 7, 3);

    fn numbers(&self) -> [f64; 5] {
        [sign(self.maximize), self.eps, self.momentum, self.weight_decay, if self.weight_decouple { 1.0 } else { 0.0 }]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 5], rate: f64, step: u64, _: &mut [f64; 0]) -> [f64; 7] {
        let [sign, eps, momentum, decay, decouple] = numbers;
        let rate = rate + eps;
        let (decoupled, coupled) = split_decay(decay, decouple == 1.0);
        [sign, coupled, rate * (step as f64).sqrt(), eps, momentum, rate * decoupled, is_first(step)]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 7], x: R, g: R, slots: [R; 3]) -> (R, [R; 3]) {
        averaged(coefficients, x, g, slots, R::cbrt)
    }

    #[inline(always)]
    fn apply_moderate<R: Real>(&self, coefficients: [R; 7], x: R, g: R, slots: [R; 3]) -> (R, [R; 3]) {
        averaged(coefficients, x, g, slots, R::cbrt_of_moderate)
    }

    #[inline(always)]
    fn is_moderate<R: Real>(&self, [_, v, _]: [R; 3]) -> bool {
        v.is_moderate()
    }
}

/// The step of [`Madgrad`] with one way or another to compute the cube root of the new v.
#[inline(always)]
fn averaged<R: Real>(coefficients: [R; 7], x: R, g: R, slots: [R; 3], cbrt: impl Fn(R) -> R) -> (R, [R; 3]) {
    let [sign, coupled, weight, eps, momentum, decay, first] = coefficients;
    let [s, v, start] = slots;
    let g = sign * g + coupled * x;
    let start = choose(first, x, start);
    let v = v + weight * (g * g);
    let s = s + weight * g;
    let target = start - s / (cbrt(v) + eps);
    (target + momentum * (x - target) - decay * x, [s, v, start])
}

/// [`Madgrad`] without momentum, which needs no x0.
#[derive(Clone, Debug)]
struct Plain(Madgrad);

impl Elementwise<5, 0, 7, 2> for Plain {
    elementwise_loops!(5, 0, 7, 2);

    fn numbers(&self) -> [f64; 5] {
        self.0.numbers()
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 5], rate: f64, step: u64, memory: &mut [f64; 0]) -> [f64; 7] {
        self.0.coefficients(numbers, rate, step, memory)
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 7], x: R, g: R, [s, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, weight, eps, momentum, decay, _] = coefficients;
        let g = sign * g + coupled * x;
        let start = x + s / (v.cbrt() + eps);
        let v = v + weight * (g * g);
        let s = s + weight * g;
        let target = start - s / (v.cbrt() + eps);
        (target + momentum * (x - target) - decay * x, [s, v])
    }
}
