//! Perturbed gradients.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::layered::{self, BASE, told_base};
use crate::noise::{Noise, Scale};
use crate::schedules::portable;
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "perturbed",
    summary: "Adds noise to the gradients that any other rule is given; around sgd it is perturbed SGD.",
    formula: "g ← g + sigma / t^(decay/2) · ξ_t\nx ← step of base with g",
    conventions: "ξ_t has independent standard normal entries, or is uniform on the unit sphere; t counts from 1. \
                  Noise is drawn from the replicate's stream: rules and rates are compared under the same noise.",
    hyperparameters: &[
        BASE,
        number(
            "sigma",
            "standard deviation of an entry, or length on the sphere, in units of the gradient",
            0.01,
            Range::at_least(0.0),
        ),
        number("decay", "how fast the variance falls with the step", 0.0, Range::at_least(0.0)),
        Hyperparameter {
            name: "noise",
            meaning: "how the noise is distributed",
            domain: Domain::Choice { default: "gaussian", accepts: &["gaussian", "sphere"] },
        },
    ],
    dialects: &[],
    cost: "Memory: the base's. One gradient and one normal number per parameter and step.",
    reference: "Ge, Huang, Jin, Yuan (2015), Escaping from saddle points: online stochastic gradient for tensor \
                decomposition, arXiv:1503.02101 (sphere); Neelakantan, Vilnis, Le, Sutskever, Kaiser, Kurach, Martens \
                (2015), Adding gradient noise improves learning for very deep networks, arXiv:1511.06807 (gaussian)",
};

/// Adds noise to the gradients that another rule is given.
///
/// ```text
/// g ← g + sigma / t^(decay/2) · ξ_t
/// x ← step of base with g
/// ```
///
/// ξ_t has independent standard normal entries, or is uniform on the unit sphere; it is drawn from
/// [`Span::key`](crate::Span), the same for all lanes.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `sigma` | 0.01 | ≥ 0 | of the gradient |
/// | `decay` | 0 | ≥ 0 | 1 |
/// | `noise` | `gaussian` | `gaussian`, `sphere` | |
///
/// Memory: the base's; one gradient and one normal number per parameter and step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Perturbed, RuleSpec, Signal};
/// let spec = Perturbed { sigma: 2.0, on_sphere: true, ..Perturbed::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &Layout::vector(3));
/// let mut x = [[0.0]; 3];
/// rule.update(&mut x, Signal::of(&[[0.0]; 3]), &[1.0]);
/// let length = x.iter().map(|x| x[0] * x[0]).sum::<f64>().sqrt();
/// assert!((length - 2.0).abs() < 1e-15);
/// ```
///
/// Reference: Ge, Huang, Jin and Yuan (2015), algorithm 1; Neelakantan et al. (2015), equation 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Perturbed {
    /// The rule that gets the noisy gradients.
    pub base: Box<RuleSpec>,
    /// Standard deviation of an entry, or length on the sphere.
    pub sigma: f64,
    /// How fast the variance falls with the step.
    pub decay: f64,
    /// Whether the noise is uniform on a sphere instead of Gaussian.
    pub on_sphere: bool,
}

impl Scale for Perturbed {
    fn scale(&self, step: u64, _: f64) -> f64 {
        self.sigma / portable::real_power(step as f64, self.decay / 2.0)
    }
}

impl Configuration for Perturbed {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            base: told_base(settings, BASE.name)?,
            sigma: settings.number("sigma"),
            decay: settings.number("decay"),
            on_sphere: settings.word("noise") == "sphere",
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.on_sphere == other.on_sphere && self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let scales: [Self; N] = std::array::from_fn(|lane| pack[lane].clone());
        layered::bind(pack, |rule| &rule.base, layout, Noise::<_, R, N>::new(layout, scales, pack[0].on_sphere))
    }
}
