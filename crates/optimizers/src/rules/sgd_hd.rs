//! SGD with hypergradient descent.

use sgdlab_core::{Entry, Invalid, Layout, Range, Real, Settings};

use crate::sums::dot;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::number;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "sgd-hd",
    summary: "SGD whose rate descends along its own gradient: it grows while successive gradients agree.",
    formula: "r ← r + hypergradient-rate · gᵀ previous g;  x ← x − (lr + r) g",
    conventions: "r starts at 0; at a constant lr, lr + r is the publication's α. The product is over all tensors. The \
                  rate may become negative, as in the publication.",
    hyperparameters: &[number("hypergradient-rate", "rate of the rate", 1e-3, Range::at_least(0.0))],
    dialects: &[],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Baydin, Cornish, Martínez Rubio, Schmidt, Wood (2018), Online learning rate adaptation with \
                hypergradient descent, arXiv:1703.04782",
};

/// SGD whose rate descends along its own gradient: it grows while successive gradients agree.
///
/// ```text
/// r ← r + hypergradient_rate gᵀ previous g      (r = 0 before the second step)
/// x ← x − (lr + r) g
/// ```
///
/// At a constant lr, lr + r is the publication's α; it may become negative.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `hypergradient_rate` | 10⁻³ | [0, ∞) | lr / gradient² |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, SgdHd, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[SgdHd { hypergradient_rate: 0.1 }.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.5427");
/// ```
///
/// Reference: Baydin, Cornish, Martínez Rubio, Schmidt and Wood (2018), arXiv:1703.04782, algorithm 4.
#[derive(Clone, Debug, PartialEq)]
pub struct SgdHd {
    /// Rate of the rate.
    pub hypergradient_rate: f64,
}

impl Configuration for SgdHd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { hypergradient_rate: settings.number("hypergradient-rate") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

impl Tensorwise for SgdHd {
    tensorwise_loops!();

    /// The previous gradient, and r.
    type State<R: Real> = (Vec<R>, f64);

    fn init<R: Real>(&self, layout: &Layout) -> Self::State<R> {
        (vec![R::ZERO; layout.size()], 0.0)
    }

    #[inline(always)]
    fn update<R: Real>(
        &self,
        (previous, grown): &mut Self::State<R>,
        _: &Layout,
        at: &mut [R],
        told: Told<'_, R>,
        rate: f64,
    ) {
        *grown += self.hypergradient_rate * dot(told.gradient, previous).to_f64();
        previous.copy_from_slice(told.gradient);
        let step = R::of(rate + *grown);
        for (x, &g) in at.iter_mut().zip(told.gradient) {
            *x -= step * g;
        }
    }
}
