//! `AdaGrad-Norm`.

use sgdlab_core::{Entry, Invalid, Layout, Range, Real, Settings};

use crate::sums::dot;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::number;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adagrad-norm",
    summary: "Gradient steps with one rate for all coordinates, over the root of the sum of all squared gradient \
              norms so far.",
    formula: "b² ← b² + ‖g‖²;  x ← x − lr g/b",
    conventions: "b starts at b0, and the gradient of the step is in b before it is divided by. The norm is over all \
                  tensors. With b0 = 0 this is the rate of Streeter and McMahan, whose first step has length lr; \
                  there is no step while b is 0. Adagrad has such a sum for every coordinate.",
    hyperparameters: &[number("b0", "b before the first step", 0.01, Range::at_least(0.0))],
    dialects: &[],
    cost: "Memory: none. One gradient per step.",
    reference: "Ward, Wu, Bottou (2019), AdaGrad stepsizes: sharp convergence over nonconvex landscapes, \
                arXiv:1806.01811; Streeter, McMahan (2010), Less regret via online conditioning, arXiv:1002.4862",
};

/// Gradient steps with one rate for all coordinates, over the root of the sum of all squared gradient norms so far.
///
/// ```text
/// b² ← b² + ‖g‖²                          (b = b0 before the first step)
/// x ← x − lr g / b                        (no step while b = 0)
/// ```
///
/// The norm is over all tensors.
/// [`Adagrad`](crate::Adagrad) has such a sum for every coordinate.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `b0` | 0.01 | [0, ∞) | gradient |
///
/// Memory: none; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdagradNorm, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[AdagradNorm { b0: 3.0 }.into()], &Layout::vector(2));
/// let mut x = [[4.0], [0.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.5]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "3.0713");
/// ```
///
/// Reference: Ward, Wu and Bottou (2019), arXiv:1806.01811, algorithm 1; Streeter and McMahan (2010), arXiv:1002.4862.
#[derive(Clone, Debug, PartialEq)]
pub struct AdagradNorm {
    /// b before the first step.
    pub b0: f64,
}

impl Configuration for AdagradNorm {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { b0: settings.number("b0") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

impl Tensorwise for AdagradNorm {
    tensorwise_loops!();

    /// b².
    type State<R: Real> = f64;

    fn init<R: Real>(&self, _: &Layout) -> f64 {
        self.b0 * self.b0
    }

    #[inline(always)]
    fn update<R: Real>(&self, square: &mut f64, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        *square += dot(told.gradient, told.gradient).to_f64();
        let step = R::of(if *square == 0.0 { 0.0 } else { rate / square.sqrt() });
        for (x, &g) in at.iter_mut().zip(told.gradient) {
            *x -= step * g;
        }
    }
}
