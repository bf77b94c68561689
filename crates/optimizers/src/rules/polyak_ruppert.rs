//! Polyak–Ruppert averaging.

use sgdlab_core::{Entry, Invalid, Layout, Range, Real, Settings};

use crate::averages::{Average, Uniform};
use crate::layered::{self, BASE, base};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "polyak-ruppert",
    summary: "Answers with the mean of all iterates of any other rule; later ones may weigh more.",
    formula: "x_t ← step of base\na_t = a_{t−1} + (1 + power)/(t + power) (x_t − a_{t−1})",
    conventions: "The initial point is no part of the mean. power = 0 is the mean of x₁ … x_t; \
                  with power = p an iterate weighs about as its step to the p, as in polynomial-decay averaging.",
    hyperparameters: &[BASE, number("power", "growth of the weights", 0.0, Range::at_least(0.0))],
    dialects: &[],
    cost: "Memory: one number per parameter, and the base's. One gradient per step.",
    reference: "Polyak, Juditsky (1992), Acceleration of stochastic approximation by averaging; \
                Shamir, Zhang (2013), Stochastic gradient descent for non-smooth optimization, arXiv:1212.1824",
};

/// Answers with the mean of all iterates of another rule.
///
/// ```text
/// x_t ← step of base
/// a_t = a_{t−1} + (1 + power)/(t + power) (x_t − a_{t−1})
/// ```
///
/// The initial point is no part of the mean.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `power` | 0 | ≥ 0 | 1 |
///
/// Memory: one number per parameter, and the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{PolyakRuppert, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[PolyakRuppert::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..2 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.5]);
/// }
/// assert_eq!(x, [[0.25]]);
/// assert_eq!(rule.answer(&x), Some(&[[0.375]][..])); // The mean of 0.5 and 0.25.
/// ```
///
/// Reference: Polyak and Juditsky (1992); Shamir and Zhang (2013), section 4.
#[derive(Clone, Debug, PartialEq)]
pub struct PolyakRuppert {
    /// The rule whose iterates are averaged.
    pub base: Box<RuleSpec>,
    /// Growth of the weights.
    pub power: f64,
}

impl Configuration for PolyakRuppert {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { base: base(settings)?, power: settings.number("power") })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let shares = std::array::from_fn(|lane| Uniform { from: 0, power: pack[lane].power });
        layered::bind(pack, |rule| &rule.base, layout, Average::<_, R, N>::new(layout, shares))
    }
}
