//! Stochastic gradient descent with Polyak's step.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::sums::sum;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::number;
use crate::{Configuration, Rule, Wants};

pub(super) static ENTRY: Entry = Entry {
    name: "polyak-sgd",
    summary: "Gradient steps that take the linear model of the loss to its minimum, and at most as long as the rate \
              allows.",
    formula: "h = scaling · g;  η = min((f − f-min)/(‖h‖² + eps), lr max-lr);  x ← x − η h",
    conventions: "f is the value of the batch at x, the norm is over all tensors. With sps+, f − f-min is not taken \
                  below 0. η is 0 where ‖h‖² + eps ≤ 2⁻⁵². The rate multiplies max-lr.",
    hyperparameters: &[
        number("max-lr", "largest η per unit of rate", 1.0, Range::above(0.0)),
        number("scaling", "factor of the gradient, before its norm is taken", 1.0, Range::above(0.0)),
        number("f-min", "the smallest value that the loss is thought to take", 0.0, Range::FINITE),
        number("eps", "added to the squared norm", 0.0, Range::at_least(0.0)),
        Hyperparameter {
            name: "polyak-variant",
            meaning: "whether losses below f-min lead uphill (sps) or nowhere (sps+)",
            domain: Domain::Choice { default: "sps", accepts: &["sps", "sps+"] },
        },
    ],
    dialects: &[Dialect {
        name: "optax",
        conventions: "max-lr is all there is of a rate.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: none. One gradient and one value per step.",
    reference: "Loizou, Vaswani, Laradji, Lacoste-Julien (2021), Stochastic Polyak step-size for SGD, arXiv:2002.10542",
};

/// Gradient steps that take the linear model of the loss to its minimum, and at most as long as the rate allows.
///
/// ```text
/// h = scaling g
/// η = min((f − f_min) / (‖h‖² + eps), lr max_lr)
/// x ← x − η h
/// ```
///
/// f is the value of the batch at x, which the rule wants to be told; the norm is over all
/// tensors.
/// η is 0 where ‖h‖² + `eps` ≤ 2⁻⁵², and with `positive` wherever f < `f_min`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `max_lr` | 1 | (0, ∞) | parameter per gradient, over lr |
/// | `scaling` | 1 | (0, ∞) | 1 |
/// | `f_min` | 0 | finite | loss |
/// | `eps` | 0 | [0, ∞) | gradient² |
/// | `positive` (`polyak-variant`) | false (`sps`) | `sps`, `sps+` | |
///
/// Memory: none; one gradient and one value per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{PolyakSgd, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[PolyakSgd::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let (value, gradient) = (x[0].map(|x| x * x / 2.0), x);
///     let signal = Signal { value: Some(&value), ..Signal::of(&gradient) };
///     rule.update(&mut x, signal, &[1.0]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.1250");
/// ```
///
/// Reference: Loizou, Vaswani, Laradji and Lacoste-Julien (2021), arXiv:2002.10542.
#[derive(Clone, Debug, PartialEq)]
pub struct PolyakSgd {
    /// Largest step per unit of rate.
    pub max_lr: f64,
    /// Factor of the gradient, before its norm is taken.
    pub scaling: f64,
    /// The smallest value that the loss is thought to take.
    pub f_min: f64,
    /// Added to the squared norm.
    pub eps: f64,
    /// Whether losses below `f_min` lead nowhere instead of uphill.
    pub positive: bool,
}

impl Configuration for PolyakSgd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            max_lr: settings.number("max-lr"),
            scaling: settings.number("scaling"),
            f_min: settings.number("f-min"),
            eps: settings.number("eps"),
            positive: settings.word("polyak-variant") == "sps+",
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

impl Tensorwise for PolyakSgd {
    tensorwise_loops!();

    type State<R: Real> = ();

    fn init<R: Real>(&self, _: &Layout) {}

    fn wants<R: Real>(&self, (): &()) -> Wants {
        Wants { value: true, curvature: false }
    }

    #[inline(always)]
    fn update<R: Real>(&self, (): &mut (), _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let value = told.value.expect("this rule wants the value").to_f64();
        let scaling = R::of(self.scaling);
        let square = sum(at.len(), |i| {
            let h = scaling * told.gradient[i];
            h * h
        })
        .to_f64();
        let gap = if self.positive { Real::max(value - self.f_min, 0.0) } else { value - self.f_min };
        let square = square + self.eps;
        let step = if square <= f64::EPSILON { 0.0 } else { Real::min(gap / square, rate * self.max_lr) };
        let step = R::of(step);
        for i in 0..at.len() {
            at[i] -= step * (scaling * told.gradient[i]);
        }
    }
}
