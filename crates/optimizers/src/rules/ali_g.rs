//! ALI-G.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::sums::dot;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{decay_rate, number};
use crate::{Configuration, Rule, Wants};

pub(super) static ENTRY: Entry = Entry {
    name: "ali-g",
    summary: "Steps that take the linear model of an interpolated loss to its minimum, at most as long as the rate \
              allows, with Nesterov's momentum.",
    formula: "γ = min((f − f-min)/(‖g‖² + delta), lr);  v ← momentum · v − γ g;  x ← x + momentum · v − γ g",
    conventions: "f is the value of the batch at x, the norm is over all tensors. γ is 0 where f ≤ f-min or \
                  ‖g‖² + delta = 0. The publication has f-min = 0, which a model that interpolates its data reaches. \
                  Its projection onto a ball is not part of the rule.",
    hyperparameters: &[
        decay_rate("momentum", "share of the velocity that stays", 0.0),
        number("delta", "added to the squared norm", 1e-5, Range::at_least(0.0)),
        number("f-min", "the smallest value that the loss of a batch takes", 0.0, Range::FINITE),
    ],
    dialects: &[
        Dialect { name: "paper", conventions: "Algorithm 1 without its projection.", formula: &[], defaults: &[] },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "The rate is max_lr; no adjusted_momentum.",
            formula: &[],
            defaults: &[("delta", 1e-6)],
        },
    ],
    cost: "Memory: one number per parameter. One gradient and one value per step.",
    reference: "Berrada, Zisserman, Kumar (2020), Training neural networks for and by interpolation, arXiv:1906.05661",
};

/// Steps that take the linear model of an interpolated loss to its minimum, at most as long as the rate allows.
///
/// ```text
/// γ = min((f − f_min) / (‖g‖² + delta), lr)
/// v ← momentum v − γ g
/// x ← x + momentum v − γ g
/// ```
///
/// f is the value of the batch at x, which the rule wants to be told; the norm is over all tensors.
/// γ is 0 where f ≤ `f_min` or ‖g‖² + `delta` = 0.
/// The publication has `f_min` = 0 and projects onto a ball, which is not part of this rule.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0 | [0, 1) | 1 |
/// | `delta` | 10⁻⁵ (10⁻⁶ in `pytorch-optimizer`) | [0, ∞) | gradient² |
/// | `f_min` | 0 | finite | loss |
///
/// Memory: one number per parameter; one gradient and one value per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AliG, RuleSpec, Signal};
/// let rule = AliG { momentum: 0.5, delta: 0.0, f_min: 0.0 };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[2.0]];
/// for _ in 0..2 {
///     let (value, gradient) = (x[0].map(|x| x * x / 2.0), x);
///     rule.update(&mut x, Signal { value: Some(&value), ..Signal::of(&gradient) }, &[1.0]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "-0.1250");
/// ```
///
/// Reference: Berrada, Zisserman and Kumar (2020), arXiv:1906.05661, algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct AliG {
    /// Share of the velocity that stays.
    pub momentum: f64,
    /// Added to the squared norm.
    pub delta: f64,
    /// The smallest value that the loss of a batch takes.
    pub f_min: f64,
}

impl Configuration for AliG {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            momentum: settings.number("momentum"),
            delta: settings.number("delta"),
            f_min: settings.number("f-min"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

impl Tensorwise for AliG {
    tensorwise_loops!();

    /// The velocity.
    type State<R: Real> = Vec<R>;

    fn init<R: Real>(&self, layout: &Layout) -> Vec<R> {
        vec![R::ZERO; layout.size()]
    }

    fn wants<R: Real>(&self, _: &Vec<R>) -> Wants {
        Wants { value: true, ..Wants::default() }
    }

    #[inline(always)]
    fn update<R: Real>(&self, velocity: &mut Vec<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let gap = told.value.expect("this rule wants the value").to_f64() - self.f_min;
        let square = dot(told.gradient, told.gradient).to_f64() + self.delta;
        // Not the other way round, so that what is not a number is no reason to stay.
        let stays = gap <= 0.0 || square == 0.0;
        let step = R::of(if stays { 0.0 } else { Real::min(gap / square, rate) });
        let momentum = R::of(self.momentum);
        for (i, v) in velocity.iter_mut().enumerate() {
            let u = step * told.gradient[i];
            *v = momentum * *v - u;
            at[i] = at[i] + momentum * *v - u;
        }
    }
}
