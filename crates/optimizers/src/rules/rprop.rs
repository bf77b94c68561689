//! Rprop.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise};
use crate::kernels::{choose, is_first};
use crate::vocabulary::{MAXIMIZE, number, sign};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "rprop",
    summary: "Resilient backpropagation: every coordinate's step grows while its gradient keeps its sign and \
              shrinks when that changes.",
    formula: "s = sign(g · previous g);  δ ← clip(δ · eta-plus if s > 0, eta-minus if s < 0, 1 otherwise; \
              step-min, step-max);  g ← 0 if s < 0;  x ← x − sign(g) δ",
    conventions: "The steps start at the rate of the first step; later rates have no effect. Where the sign \
                  changes there is no move and the stored gradient becomes 0, so that the next step keeps its \
                  size. A zero gradient keeps the size too. Meant for full gradients.",
    hyperparameters: &[
        number("eta-minus", "factor where the sign changes", 0.5, Range::open(0.0, 1.0)),
        number("eta-plus", "factor where the sign stays", 1.2, Range::at_least(1.0)),
        number("step-min", "least step", 1e-6, Range::at_least(0.0)),
        number("step-max", "largest step", 50.0, Range::above(0.0)),
        MAXIMIZE,
    ],
    dialects: &[Dialect { name: "torch", conventions: "As in torch.optim.Rprop.", formula: &[], defaults: &[] }],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Riedmiller, Braun (1993), A direct adaptive method for faster backpropagation learning: the RPROP \
                algorithm, IEEE ICNN",
};

/// Resilient backpropagation: every coordinate's step grows while its gradient keeps its sign and shrinks when that changes.
///
/// ```text
/// s = sign(g · previous g)                (g negated first if maximize)
/// δ ← clip(δ η, step_min, step_max)       η = eta_plus, eta_minus or 1 for s = 1, −1 or 0
/// g ← 0                                   where s = −1
/// x ← x − sign(g) δ
/// ```
///
/// The steps start at the rate of the first step; later rates have no effect.
/// Meant for full gradients.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `eta_minus` | 0.5 | (0, 1) | 1 |
/// | `eta_plus` | 1.2 | [1, ∞) | 1 |
/// | `step_min` | 10⁻⁶ | [0, ∞) | parameter |
/// | `step_max` | 50 | (0, ∞) | parameter |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Rprop, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Rprop::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.6360");
/// ```
///
/// Reference: Riedmiller and Braun (1993).
#[derive(Clone, Debug, PartialEq)]
pub struct Rprop {
    /// Factor where the sign changes.
    pub eta_minus: f64,
    /// Factor where the sign stays.
    pub eta_plus: f64,
    /// Least step.
    pub step_min: f64,
    /// Largest step.
    pub step_max: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Rprop {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let (least, largest) = (settings.number("step-min"), settings.number("step-max"));
        if least > largest {
            return Err(Invalid::new("step-min", least, format!("at most step-max = {largest}")));
        }
        Ok(Self {
            eta_minus: settings.number("eta-minus"),
            eta_plus: settings.number("eta-plus"),
            step_min: settings.number("step-min"),
            step_max: settings.number("step-max"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<5, 0, 7, 2> for Rprop {
    const CONSTANT_FROM: u64 = 2;

    fn numbers(&self) -> [f64; 5] {
        [sign(self.maximize), self.eta_minus, self.eta_plus, self.step_min, self.step_max]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 5], rate: f64, step: u64, _: &mut [f64; 0]) -> [f64; 7] {
        let [sign, eta_minus, eta_plus, step_min, step_max] = numbers;
        [sign, eta_minus, eta_plus, step_min, step_max, rate, is_first(step)]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 7], x: R, g: R, [previous, size]: [R; 2]) -> (R, [R; 2]) {
        let [sign, minus, plus, least, largest, rate, first] = coefficients;
        let g = sign * g;
        let agreement = g.sign() * previous.sign();
        let kept = if agreement < R::ZERO { minus } else { R::ONE };
        let factor = if agreement > R::ZERO { plus } else { kept };
        let size = (choose(first, rate, size) * factor).max(least).min(largest);
        let g = if agreement < R::ZERO { R::ZERO } else { g };
        (x - g.sign() * size, [g, size])
    }
}
