//! Stochastic gradient descent with decoupled weight decay.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::vocabulary::{MAXIMIZE, NESTEROV, decay_rate, number, sign, split_decay, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "sgdw",
    summary: "Stochastic gradient descent with momentum, whose weight decay stays out of the velocity.",
    formula: "v ← momentum · v + (1 − dampening) g;  \
              x ← x (1 − lr weight-decay) − lr v, or with lr (g + momentum · v) for nesterov",
    conventions: "Parameters shrink before the step, by the rate of the step. \
                  Without weight-decouple, decay is added to the gradient as in sgd. \
                  The velocity starts as the first gradient, undamped; without momentum there is no dampening; \
                  nesterov may be damped.",
    hyperparameters: &[
        decay_rate("momentum", "share of the velocity that stays", 0.0),
        number("dampening", "share of the gradient that is left out of the velocity", 0.0, Range::closed(0.0, 1.0)),
        number("weight-decay", "share of x that goes per unit of rate", 0.0, Range::at_least(0.0)),
        weight_decouple(true),
        NESTEROV,
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "The paper multiplies decay by the schedule's factor, here it is by the rate.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Loshchilov, Hutter (2019), Decoupled weight decay regularization, arXiv:1711.05101",
};

/// Stochastic gradient descent with momentum, whose weight decay stays out of the velocity.
///
/// ```text
/// v ← momentum v + (1 − dampening) g      (v ← g at step 1)
/// x ← x (1 − lr weight_decay) − lr v      (g + momentum v for v if nesterov)
/// ```
///
/// Parameters shrink before the step, by the rate of the step.
/// Without `weight_decouple` decay is added to the gradient as in [`Sgd`](crate::Sgd).
/// Without momentum there is no dampening; `nesterov` may be damped.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0 | [0, 1) | 1 |
/// | `dampening` | 0 | [0, 1] | 1 |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr; gradient per parameter if coupled |
/// | `weight_decouple` | true | | |
/// | `nesterov`, `maximize` | false | | |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Sgdw, Signal};
/// let rule = Sgdw { momentum: 0.9, weight_decay: 0.5, ..Sgdw::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.3801");
/// ```
///
/// Reference: Loshchilov and Hutter (2019), arXiv:1711.05101, algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Sgdw {
    /// Share of the velocity that stays.
    pub momentum: f64,
    /// Share of the gradient that is left out of the velocity, from step 2 on.
    pub dampening: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Whether decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Move along g + momentum · v instead of v.
    pub nesterov: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Sgdw {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            momentum: settings.number("momentum"),
            dampening: settings.number("dampening"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            nesterov: settings.flag("nesterov"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.nesterov == other.nesterov
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<5, 0, 6, 1> for Sgdw {
    elementwise_loops!(5, 0, 6, 1);

    // Step 1 is undamped.
    const CONSTANT_FROM: u64 = 2;

    fn numbers(&self) -> [f64; 5] {
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        [sign(self.maximize), coupled, decoupled, self.momentum, self.dampening]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 5], rate: f64, step: u64, _: &mut [f64; 0]) -> [f64; 6] {
        let [sign, coupled, decoupled, momentum, dampening] = numbers;
        let undamped = step == 1 || momentum == 0.0;
        let fresh = if undamped { 1.0 } else { 1.0 - dampening };
        [sign, coupled, momentum, fresh, 1.0 - rate * decoupled, rate]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, c: [R; 6], x: R, g: R, [v]: [R; 1]) -> (R, [R; 1]) {
        let [sign, coupled, momentum, fresh, shrink, rate] = c;
        let g = sign * g + coupled * x;
        let v = momentum * v + fresh * g;
        let direction = if self.nesterov { g + momentum * v } else { v };
        (shrink * x - rate * direction, [v])
    }
}
