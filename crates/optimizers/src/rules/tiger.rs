//! Tiger.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::sign_descent::SignOfMean;
use crate::vocabulary::{MAXIMIZE, decay_rate, number, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "tiger",
    summary: "Steps of equal size in every coordinate, in the direction of the sign of a slow running mean of \
              gradients, with decay.",
    formula: "m ← beta · m + (1 − beta) g;  x ← x (1 − lr weight-decay) − lr sign(m)",
    conventions: "The sign of 0 is 0. The same as signsgd with momentum and other defaults; as lion with equal \
                  betas. weight-decay is added to the gradient, after maximize has negated it, unless it is \
                  decoupled: then x ← x (1 − lr weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("beta", "decay rate of the mean of gradients", 0.965),
        number("weight-decay", "coupled or decoupled decay", 0.01, Range::at_least(0.0)),
        weight_decouple(true),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "Decay is decoupled or not.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Su (2023), Tiger: a tight-fisted optimizer, software",
};

/// Steps of equal size in every coordinate, in the direction of the sign of a slow running mean of gradients, with decay.
///
/// ```text
/// m ← beta m + (1 − beta) g
/// x ← x (1 − lr weight_decay) − lr sign(m)
/// ```
///
/// The sign of 0 is 0.
/// Without `weight_decouple` decay is added to the gradient, after `maximize` has negated it.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta` | 0.965 | [0, 1) | 1 |
/// | `weight_decay` | 0.01 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple` | true | | |
/// | `maximize` | false | | |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, Tiger};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Tiger::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.6973");
/// ```
///
/// Reference: Su (2023), Tiger: a tight-fisted optimizer.
#[derive(Clone, Debug, PartialEq)]
pub struct Tiger {
    /// Decay rate of the mean of gradients.
    pub beta: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Tiger {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta: settings.number("beta"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        SignOfMean::bind(pack.iter().map(Self::kernel).collect(), layout)
    }
}

impl Tiger {
    fn kernel(&self) -> SignOfMean {
        SignOfMean {
            momentum: self.beta,
            weight_decay: self.weight_decay,
            decoupled: self.weight_decouple,
            maximize: self.maximize,
        }
    }
}
