//! Distance over weighted gradients.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use super::dog::distance_squared;
use crate::distances::Start;
use crate::kept::kept;
use crate::sums::dot;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::number;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "dowg",
    summary: "Distance over weighted gradients: distance over gradients that trusts late gradients more.",
    formula: "r² ← max(r², ‖x − x₁‖²);  G ← G + r²‖g‖²;  x ← x − lr r²/(√G + eps) g",
    conventions: "r² starts as init-estim-sq-dist, or as eps if that is none. Norms are over all tensors. \
                  The rate multiplies the step: 1 is meant.",
    hyperparameters: &[
        Hyperparameter {
            name: "init-estim-sq-dist",
            meaning: "the square of the first distance",
            domain: Domain::Optional { absent: "none", range: Range::above(0.0) },
        },
        number("eps", "added to the root", 1e-4, Range::at_least(0.0)),
    ],
    dialects: &[Dialect { name: "optax", conventions: "Without weight decay.", formula: &[], defaults: &[] }],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Khaled, Mishchenko, Jin (2023), DoWG unleashed: an efficient universal parameter-free gradient \
                descent method, arXiv:2305.16284",
};

/// Distance over weighted gradients: distance over gradients that trusts late gradients more.
///
/// ```text
/// r² ← max(r², ‖x − x₁‖²)          G ← G + r² ‖g‖²
/// x ← x − lr r² / (√G + eps) g
/// ```
///
/// x₁ is the initial point and norms are over all tensors.
/// r² starts as `init_estim_sq_dist`, or as `eps` without it, which is to be above 0 then.
/// The rate multiplies the step, and 1 is meant.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `init_estim_sq_dist` | none | (0, ∞) or none | parameter² |
/// | `eps` | 10⁻⁴ | [0, ∞) | parameter · gradient |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Dowg, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Dowg::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[1.0]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9703");
/// ```
///
/// Reference: Khaled, Mishchenko and Jin (2023), arXiv:2305.16284.
#[derive(Clone, Debug, PartialEq)]
pub struct Dowg {
    /// The square of the first distance; `eps` if there is none.
    pub init_estim_sq_dist: Option<f64>,
    /// Added to the root.
    pub eps: f64,
}

impl Configuration for Dowg {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let (init_estim_sq_dist, eps) = (settings.optional("init-estim-sq-dist"), settings.number("eps"));
        if init_estim_sq_dist.is_none() && eps == 0.0 {
            return Err(Invalid::new("eps", eps, "a number > 0 without init-estim-sq-dist"));
        }
        Ok(Self { init_estim_sq_dist, eps })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// What a run keeps.
pub struct State<R> {
    start: Start<R>,
    farthest: f64,
    weighted: f64,
}

kept!(<R> State<R>: start, farthest, weighted);

impl Tensorwise for Dowg {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let farthest = self.init_estim_sq_dist.unwrap_or(self.eps);
        State { start: Start::of(layout.size()), farthest, weighted: 0.0 }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let distance = distance_squared(at, state.start.known(at));
        state.farthest = if distance > state.farthest { distance } else { state.farthest };
        state.weighted += state.farthest * dot(told.gradient, told.gradient).to_f64();
        let step = R::of(rate * (state.farthest / (state.weighted.sqrt() + self.eps)));
        for i in 0..at.len() {
            at[i] -= step * told.gradient[i];
        }
    }
}
