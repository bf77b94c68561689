//! Averaging from a step on.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Layout, Real, Settings};

use crate::averages::{Average, Uniform};
use crate::layered::{self, BASE, base};
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "tail-average",
    summary: "Answers with the mean of the iterates of any other rule after a given number of steps.",
    formula: "x_t ← step of base\na_t = 1/(t − from) Σ_{s = from+1 … t} x_s for t > from, else x_t",
    conventions: "The first steps, in which the initial point is forgotten, are no part of the mean.",
    hyperparameters: &[
        BASE,
        Hyperparameter {
            name: "from",
            meaning: "steps before the mean begins",
            domain: Domain::Integer { default: 100, least: 0 },
        },
    ],
    dialects: &[],
    cost: "Memory: one number per parameter, and the base's. One gradient per step.",
    reference: "Jain, Kakade, Kidambi, Netrapalli, Sidford (2018), Parallelizing stochastic gradient descent for least \
                squares regression: mini-batching, averaging, and model misspecification, JMLR 18",
};

/// Answers with the mean of the iterates of another rule after `from` steps.
///
/// ```text
/// x_t ← step of base
/// a_t = 1/(t − from) Σ_{s = from+1 … t} x_s for t > from, else x_t
/// ```
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `from` | 100 | ≥ 0 | steps |
///
/// Memory: one number per parameter, and the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, TailAverage};
/// let spec = TailAverage { from: 1, ..TailAverage::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.5]);
/// }
/// assert_eq!(rule.answer(&x), Some(&[[0.1875]][..])); // The mean of 1/4 and 1/8.
/// ```
///
/// Reference: Jain, Kakade, Kidambi, Netrapalli and Sidford (2018), section 2.
#[derive(Clone, Debug, PartialEq)]
pub struct TailAverage {
    /// The rule whose iterates are averaged.
    pub base: Box<RuleSpec>,
    /// Steps before the mean begins.
    pub from: u64,
}

impl Configuration for TailAverage {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { base: base(settings)?, from: settings.integer("from") })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let shares = std::array::from_fn(|lane| Uniform { from: pack[lane].from, power: 0.0 });
        layered::bind(pack, |rule| &rule.base, layout, Average::<_, R, N>::new(layout, shares))
    }
}
