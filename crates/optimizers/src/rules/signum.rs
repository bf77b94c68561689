//! Signum.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Real, Settings};

use crate::sign_descent::SignOfMean;
use crate::vocabulary::decay_rate;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "signum",
    summary: "Steps of equal size in every coordinate, in the direction of the sign of the running mean of \
              gradients.",
    formula: "m ← momentum · m + (1 − momentum) g;  x ← x − lr sign(m)",
    conventions: "The sign of 0 is 0. The same as signsgd with momentum.",
    hyperparameters: &[decay_rate("momentum", "decay rate of the mean of gradients", 0.9)],
    dialects: &[Dialect { name: "optax", conventions: "As in optax.signum.", formula: &[], defaults: &[] }],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Bernstein, Wang, Azizzadenesheli, Anandkumar (2018), signSGD: compressed optimisation for \
                non-convex problems, arXiv:1802.04434",
};

/// Steps of equal size in every coordinate, in the direction of the sign of the running mean of gradients.
///
/// ```text
/// m ← momentum m + (1 − momentum) g
/// x ← x − lr sign(m)
/// ```
///
/// The sign of 0 is 0.
/// The same as [`SignSgd`](crate::SignSgd) with momentum.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0.9 | [0, 1) | 1 |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, Signum};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Signum::default().into()], &Layout::vector(1));
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
pub struct Signum {
    /// Decay rate of the mean of gradients.
    pub momentum: f64,
}

impl Configuration for Signum {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { momentum: settings.number("momentum") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        SignOfMean::bind(pack.iter().map(Self::kernel).collect(), layout)
    }
}

impl Signum {
    fn kernel(&self) -> SignOfMean {
        SignOfMean { momentum: self.momentum, weight_decay: 0.0, decoupled: false, maximize: false }
    }
}
