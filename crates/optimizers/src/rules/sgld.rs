//! Stochastic gradient Langevin dynamics.

use sgdlab_core::{Entry, Invalid, Layout, Range, Real, Settings};

use crate::layered::{self, BASE, told_base};
use crate::noise::{Noise, Scale};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "sgld",
    summary: "Adds the noise of Langevin dynamics to the steps of any other rule; around sgd it samples from exp(−f/temperature).",
    formula: "g ← g + √(2 temperature / lr) ξ_t\nx ← step of base with g\naround sgd: x ← x − lr g_t + √(2 lr temperature) ξ_t",
    conventions: "ξ_t has independent standard normal entries. f is the mean over n terms: the posterior of n terms \
                  is temperature = 1/n. The paper's ε is 2 n lr there. A rate of 0 has no noise. \
                  Noise is drawn from the replicate's stream: rules and rates are compared under the same noise.",
    hyperparameters: &[
        BASE,
        number("temperature", "variance of the limit, in units of the loss", 1e-3, Range::at_least(0.0)),
    ],
    dialects: &[],
    cost: "Memory: the base's. One gradient and one normal number per parameter and step.",
    reference: "Welling, Teh (2011), Bayesian learning via stochastic gradient Langevin dynamics, ICML",
};

/// Adds the noise of Langevin dynamics to the steps of another rule.
///
/// ```text
/// g ← g + √(2 temperature / lr) ξ_t
/// x ← step of base with g; around sgd: x ← x − lr g_t + √(2 lr temperature) ξ_t
/// ```
///
/// ξ_t has independent standard normal entries, drawn from [`Span::key`](crate::Span), the same for all lanes.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `temperature` | 1e-3 | ≥ 0 | loss |
///
/// Memory: the base's; one gradient and one normal number per parameter and step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Sgld, Signal};
/// let spec = Sgld { temperature: 0.5, ..Sgld::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &Layout::vector(1));
/// // The variance of x under x²/2 is temperature / (1 − lr/2).
/// let (mut x, mut squares) = ([[0.0]], 0.0);
/// for _ in 0..20_000 {
///     let gradient = x;
///     rule.update(&mut x, Signal::of(&gradient), &[0.2]);
///     squares += x[0][0] * x[0][0] / 20_000.0;
/// }
/// assert!((squares - 0.5 / 0.9).abs() < 0.03);
/// ```
///
/// Reference: Welling and Teh (2011), equation 4.
#[derive(Clone, Debug, PartialEq)]
pub struct Sgld {
    /// The rule whose steps get the noise.
    pub base: Box<RuleSpec>,
    /// Variance of the limit.
    pub temperature: f64,
}

impl Scale for Sgld {
    fn scale(&self, _: u64, rate: f64) -> f64 {
        if rate == 0.0 { 0.0 } else { (2.0 * self.temperature / rate.abs()).sqrt() }
    }
}

impl Configuration for Sgld {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { base: told_base(settings, BASE.name)?, temperature: settings.number("temperature") })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let scales: [Self; N] = std::array::from_fn(|lane| pack[lane].clone());
        layered::bind(pack, |rule| &rule.base, layout, Noise::<_, R, N>::new(layout, scales, false))
    }
}
