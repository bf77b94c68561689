//! Optimistic gradient descent.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{choose, is_first};
use crate::vocabulary::number;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "optimistic-gd",
    summary: "Gradient descent that adds the change of the gradient, for games and other rotating fields.",
    formula: "x ← x − lr ((alpha + beta) g − beta · previous g)",
    conventions: "The gradient before the first is the first one.",
    hyperparameters: &[
        number("alpha", "weight of the gradient", 1.0, Range::FINITE),
        number("beta", "weight of its change", 1.0, Range::FINITE),
    ],
    dialects: &[Dialect {
        name: "optax",
        conventions: "As in optax.optimistic_gradient_descent.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Mokhtari, Ozdaglar, Pattathil (2019), A unified analysis of extra-gradient and optimistic gradient \
                methods for saddle point problems, arXiv:1901.08511",
};

/// Gradient descent that adds the change of the gradient, for games and other rotating fields.
///
/// ```text
/// x ← x − lr ((alpha + beta) g − beta previous g)
/// ```
///
/// The gradient before the first is the first one.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `alpha` | 1 | (−∞, ∞) | 1 |
/// | `beta` | 1 | (−∞, ∞) | 1 |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{OptimisticGd, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[OptimisticGd::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7460");
/// ```
///
/// Reference: Mokhtari, Ozdaglar and Pattathil (2019), arXiv:1901.08511.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimisticGd {
    /// Weight of the gradient.
    pub alpha: f64,
    /// Weight of its change.
    pub beta: f64,
}

impl Configuration for OptimisticGd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { alpha: settings.number("alpha"), beta: settings.number("beta") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<2, 0, 3, 1> for OptimisticGd {
    elementwise_loops!(2, 0, 3, 1);

    const CONSTANT_FROM: u64 = 2;

    fn numbers(&self) -> [f64; 2] {
        [self.alpha, self.beta]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 2], rate: f64, step: u64, _: &mut [f64; 0]) -> [f64; 3] {
        let [alpha, beta] = numbers;
        [rate * (alpha + beta), rate * beta, is_first(step)]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 3], x: R, g: R, [previous]: [R; 1]) -> (R, [R; 1]) {
        let [present, past, first] = coefficients;
        let previous = choose(first, g, previous);
        (x - (present * g - past * previous), [g])
    }
}
