//! Decay that enters the gradient.

use sgdlab_core::kept::Tape;
use sgdlab_core::{Entry, Invalid, Lanes, Layout, Range, Real, Settings};

use crate::layered::{self, BASE, Layer, Seen, numbers, told_base};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "coupled-decay",
    summary: "Gives any other rule the gradient of f(x) + ½ weight-decay ‖x‖².",
    formula: "g ← g + weight-decay · x\nx ← step of base with g",
    conventions: "x is the iterate, also where the base wants its gradient elsewhere. \
                  Decoupled decay is part of rules, because its order is.",
    hyperparameters: &[BASE, number("weight-decay", "factor of x in the gradient", 1e-4, Range::at_least(0.0))],
    dialects: &[],
    cost: "Memory: the base's. One gradient per step.",
    reference: "Krogh, Hertz (1991), A simple weight decay can improve generalization; \
                Loshchilov, Hutter (2019), Decoupled weight decay regularization, arXiv:1711.05101",
};

/// Gives another rule the gradient of the objective with a penalty.
///
/// ```text
/// g ← g + weight_decay · x
/// x ← step of base with g
/// ```
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `weight_decay` | 1e-4 | ≥ 0 | loss / parameter² |
///
/// Memory: the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{CoupledDecay, RuleSpec, Signal};
/// let spec = CoupledDecay { weight_decay: 0.5, ..CoupledDecay::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &Layout::vector(1));
/// let mut x = [[2.0]];
/// rule.update(&mut x, Signal::of(&[[0.0]]), &[0.25]);
/// assert_eq!(x, [[1.75]]);
/// ```
///
/// Reference: Krogh and Hertz (1991), equation 2.
#[derive(Clone, Debug, PartialEq)]
pub struct CoupledDecay {
    /// The rule that gets the gradients with decay.
    pub base: Box<RuleSpec>,
    /// Factor of x in the gradient.
    pub weight_decay: f64,
}

impl Configuration for CoupledDecay {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { base: told_base(settings, BASE.name)?, weight_decay: settings.number("weight-decay") })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let decay = Decay {
            factor: numbers(pack, |rule| rule.weight_decay).map(R::of),
            gradient: vec![[R::ZERO; N]; layout.size()],
        };
        layered::bind(pack, |rule| &rule.base, layout, decay)
    }
}

struct Decay<R, const N: usize> {
    factor: Lanes<R, N>,
    gradient: Vec<Lanes<R, N>>,
}

impl<R: Real, const N: usize> Layer<R, N> for Decay<R, N> {
    fn before(&mut self, seen: Seen<'_, R, N>, _: &mut [f64; N]) -> Option<&[Lanes<R, N>]> {
        for ((sum, g), x) in self.gradient.iter_mut().zip(seen.signal.gradient).zip(seen.at) {
            for l in 0..N {
                sum[l] = g[l] + self.factor[l] * x[l];
            }
        }
        Some(&self.gradient)
    }

    fn tape(&mut self, _: &mut Tape<'_>) {}
}
