//! `signSGD`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Real, Settings};

use crate::sign_descent::SignOfMean;
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, refuse_lacking, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "signsgd",
    summary: "Steps of equal size in every coordinate, in the direction of the sign of the gradient or of its \
              running mean.",
    formula: "m ← momentum · m + (1 − momentum) g;  x ← x − lr sign(m)",
    conventions: "The sign of 0 is 0. optax has no momentum: x ← x − lr sign(g). weight-decay is added to the \
                  gradient, after maximize has negated it, unless it is decoupled: then x ← x (1 − lr \
                  weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("momentum", "decay rate of the mean of gradients", 0.0),
        WEIGHT_DECAY,
        weight_decouple(true),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect { name: "optax", conventions: "No momentum, decay or maximize.", formula: &[], defaults: &[] },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "Decay is decoupled or not.",
            formula: &[],
            defaults: &[("momentum", 0.9)],
        },
    ],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Bernstein, Wang, Azizzadenesheli, Anandkumar (2018), signSGD: compressed optimisation for \
                non-convex problems, arXiv:1802.04434",
};

/// Steps of equal size in every coordinate, in the direction of the sign of the gradient or of its running mean.
///
/// ```text
/// m ← momentum m + (1 − momentum) g
/// x ← x − lr sign(m)
/// ```
///
/// The sign of 0 is 0.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
/// The dialect `optax` lacks momentum, decay and `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0, 0.9 | [0, 1) | 1 |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple` | true | | |
/// | `maximize` | false | | |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, SignSgd, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[SignSgd::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7000");
/// ```
///
/// Reference: Bernstein, Wang, Azizzadenesheli and Anandkumar (2018), arXiv:1802.04434.
#[derive(Clone, Debug, PartialEq)]
pub struct SignSgd {
    /// Decay rate of the mean of gradients.
    pub momentum: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for SignSgd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] =
            &[("optax", &["momentum", "weight-decay", "weight-decouple", "maximize"])];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            momentum: settings.number("momentum"),
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

impl SignSgd {
    fn kernel(&self) -> SignOfMean {
        SignOfMean {
            momentum: self.momentum,
            weight_decay: self.weight_decay,
            decoupled: self.weight_decouple,
            maximize: self.maximize,
        }
    }
}
