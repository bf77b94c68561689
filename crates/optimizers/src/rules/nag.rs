//! Nesterov's accelerated gradient in its lookahead form.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::vocabulary::decay_rate;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "nag",
    summary: "Nesterov's accelerated gradient: momentum with the gradient taken where momentum leads.",
    formula: "v ← momentum · v + lr ∇f(x − momentum · v);  x ← x − v",
    conventions: "The gradient is wanted at x − momentum · v, and the rate is inside the velocity, which starts at 0. \
                  The points where gradients are taken are the iterates of sgd with nesterov at the same constant rate.",
    hyperparameters: &[decay_rate("momentum", "share of the last displacement that is repeated", 0.9)],
    dialects: &[Dialect {
        name: "paper",
        conventions: "The lookahead form, with constant momentum.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: two numbers per parameter, the velocity and the probe. One gradient per step.",
    reference: "Nesterov (1983), Soviet Math. Dokl. 27; \
                Sutskever, Martens, Dahl, Hinton (2013), On the importance of initialization and momentum, ICML",
};

/// Nesterov's accelerated gradient: momentum with the gradient taken where momentum leads.
///
/// ```text
/// v ← momentum v + lr ∇f(x − momentum v)
/// x ← x − v
/// ```
///
/// The gradient is wanted at [`probe`](crate::Rule::probe), and the rate is inside the velocity,
/// which starts at 0.
/// The points where gradients are taken are the iterates of [`Sgd`](crate::Sgd) with `nesterov`
/// at the same constant rate.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0.9 | [0, 1) | 1 |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Nag, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Nag { momentum: 0.9 }.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = [rule.probe(&x).expect("a lookahead rule")[0]]; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.5176");
/// ```
///
/// Reference: Nesterov (1983); Sutskever, Martens, Dahl and Hinton (2013), section 2.
#[derive(Clone, Debug, PartialEq)]
pub struct Nag {
    /// Share of the last displacement that is repeated.
    pub momentum: f64,
}

impl Configuration for Nag {
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

impl Elementwise<1, 0, 2, 1> for Nag {
    elementwise_loops!(1, 0, 2, 1);

    const CONSTANT_FROM: u64 = 1;
    const PROBES: bool = true;

    fn numbers(&self) -> [f64; 1] {
        [self.momentum]
    }

    #[inline(always)]
    fn coefficients(&self, [momentum]: [f64; 1], rate: f64, _: u64, _: &mut [f64; 0]) -> [f64; 2] {
        [momentum, rate]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, [momentum, rate]: [R; 2], x: R, g: R, [v]: [R; 1]) -> (R, [R; 1]) {
        let v = momentum * v + rate * g;
        (x - v, [v])
    }

    #[inline(always)]
    fn probe<R: Real>(&self, [momentum]: [R; 1], x: R, [v]: [R; 1]) -> R {
        x - momentum * v
    }
}
