//! Lion.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::vocabulary::{MAXIMIZE, decay_rate, number, refuse_lacking, sign, split_decay, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "lion",
    summary: "Steps of equal size in every coordinate, in the direction of the sign of a mean of gradients.",
    formula: "u = sign(beta1 · m + (1 − beta1) g);  m ← beta2 · m + (1 − beta2) g;  x ← x − lr (u + weight-decay · x)",
    conventions: "The update interpolates with beta1, the stored mean with beta2. The sign of 0 is 0. \
                  Without weight-decouple, decay is added to the gradient, after maximize has negated it.",
    hyperparameters: &[
        decay_rate("beta1", "share of the mean in the update", 0.9),
        decay_rate("beta2", "decay rate of the mean of gradients", 0.99),
        number("weight-decay", "share of x that goes per unit of rate", 1e-3, Range::at_least(0.0)),
        weight_decouple(true),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect { name: "optax", conventions: "Decay is decoupled; no maximize.", formula: &[], defaults: &[] },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "Decay is decoupled or not.",
            formula: &[],
            defaults: &[("weight-decay", 0.0)],
        },
        Dialect {
            name: "paper",
            conventions: "Algorithm 2: decay is decoupled; no maximize.",
            formula: &[],
            defaults: &[("weight-decay", 0.0)],
        },
    ],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Chen et al. (2023), Symbolic discovery of optimization algorithms, arXiv:2302.06675",
};

const LACKED: &[&str] = &["weight-decouple", "maximize"];

/// Steps of equal size in every coordinate, in the direction of the sign of a mean of gradients.
///
/// ```text
/// u = sign(beta1 m + (1 − beta1) g)
/// m ← beta2 m + (1 − beta2) g
/// x ← x − lr (u + weight_decay x)
/// ```
///
/// The sign of 0 is 0.
/// Without `weight_decouple` decay is added to the gradient instead.
/// The dialects `optax` and `paper` have decoupled decay only, and no maximize.
///
/// | name | default (optax, others) | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.99 | [0, 1) | 1 |
/// | `weight_decay` | 10⁻³, 0 | [0, ∞) | 1/lr; gradient per parameter if coupled |
/// | `weight_decouple` | true | | |
/// | `maximize` | false | | |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Lion, RuleSpec, Signal};
/// let rule = Lion { weight_decay: 0.5, ..Lion::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.5721");
/// ```
///
/// Reference: Chen et al. (2023), arXiv:2302.06675.
#[derive(Clone, Debug, PartialEq)]
pub struct Lion {
    /// Share of the mean in the update.
    pub beta1: f64,
    /// Decay rate of the mean of gradients.
    pub beta2: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Whether decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Lion {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("optax", LACKED), ("paper", LACKED)])?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
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

impl Elementwise<5, 0, 8, 1> for Lion {
    elementwise_loops!(5, 0, 8, 1);

    const CONSTANT_FROM: u64 = 1;

    fn numbers(&self) -> [f64; 5] {
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        [sign(self.maximize), coupled, decoupled, self.beta1, self.beta2]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 5], rate: f64, _: u64, _: &mut [f64; 0]) -> [f64; 8] {
        let [sign, coupled, decoupled, beta1, beta2] = numbers;
        [sign, coupled, 1.0 - rate * decoupled, beta1, 1.0 - beta1, beta2, 1.0 - beta2, rate]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, c: [R; 8], x: R, g: R, [m]: [R; 1]) -> (R, [R; 1]) {
        let [sign, coupled, shrink, beta1, fresh1, beta2, fresh2, rate] = c;
        let g = sign * g + coupled * x;
        let u = (beta1 * m + fresh1 * g).sign();
        (shrink * x - rate * u, [beta2 * m + fresh2 * g])
    }
}
