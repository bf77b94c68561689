//! The heavy ball, with the rate inside the velocity.

use sgdlab_core::{Entry, Invalid, Layout, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::vocabulary::decay_rate;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "heavy-ball",
    summary: "Classical momentum with the rate inside the velocity.",
    formula: "v ← momentum · v − lr g;  x ← x + v",
    conventions: "The velocity starts at 0 and is a displacement. \
                  At a constant rate it is sgd with momentum; when the rate changes, the old steps keep theirs.",
    hyperparameters: &[decay_rate("momentum", "share of the last displacement that is repeated", 0.9)],
    dialects: &[],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Polyak (1964), USSR Comput. Math. Math. Phys. 4; \
                Sutskever, Martens, Dahl, Hinton (2013), On the importance of initialization and momentum, ICML",
};

/// Classical momentum with the rate inside the velocity.
///
/// ```text
/// v ← momentum v − lr g
/// x ← x + v
/// ```
///
/// The velocity starts at 0 and is a displacement.
/// At a constant rate this is [`Sgd`](crate::Sgd) with momentum; when the rate changes, the old
/// steps keep theirs.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0.9 | [0, 1) | 1 |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{HeavyBall, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[HeavyBall { momentum: 0.9 }.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for rate in [0.1, 0.1, 0.0] {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[rate]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.5580");
/// ```
///
/// Reference: Polyak (1964); Sutskever, Martens, Dahl and Hinton (2013), section 2.
#[derive(Clone, Debug, PartialEq)]
pub struct HeavyBall {
    /// Share of the last displacement that is repeated.
    pub momentum: f64,
}

impl Configuration for HeavyBall {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { momentum: settings.number("momentum") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<1, 0, 2, 1> for HeavyBall {
    elementwise_loops!(1, 0, 2, 1);

    const CONSTANT_FROM: u64 = 1;

    fn numbers(&self) -> [f64; 1] {
        [self.momentum]
    }

    #[inline(always)]
    fn coefficients(&self, [momentum]: [f64; 1], rate: f64, _: u64, _: &mut [f64; 0]) -> [f64; 2] {
        [momentum, rate]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, [momentum, rate]: [R; 2], x: R, g: R, [v]: [R; 1]) -> (R, [R; 1]) {
        let v = momentum * v - rate * g;
        (x + v, [v])
    }
}
