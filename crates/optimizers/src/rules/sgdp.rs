//! SGDP.

use std::iter::zip;

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Now, Part, PerTensor, add, per_tensor_loops, scale, zeros};
use crate::projection::{invariant_rows, project};
use crate::vocabulary::{MAXIMIZE, NESTEROV, decay_rate, number};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "sgdp",
    summary: "Momentum that does not step along weights whose size does not matter.",
    formula: "v ← momentum · v + (1 − dampening) g;  u = v, or g + momentum · v with nesterov;  x ← x (1 − lr r \
              weight-decay / (1 − momentum)) − lr Pu",
    conventions: "The velocity starts at 0, so dampening applies to the first step too. Decay is decoupled, as \
                  strong as coupled decay would be in the end. A tensor with two or more axes looks invariant to \
                  its size if in every row (all axes but the first) the cosine of x and g is below delta / \
                  √length, or else in the whole tensor; then u loses its part along x, row by row or as a whole, \
                  and decay is multiplied by wd-ratio. Cosines have eps added to both norms. Vectors are never \
                  projected.",
    hyperparameters: &[
        decay_rate("momentum", "share of the velocity that stays", 0.0),
        number("dampening", "share of the gradient that is left out of the velocity", 0.0, Range::closed(0.0, 1.0)),
        number("weight-decay", "share of x that goes per unit of rate, times 1 − momentum", 0.0, Range::at_least(0.0)),
        number(
            "delta",
            "largest cosine, times the root of the length, that counts as invariance",
            0.1,
            Range::at_least(0.0),
        ),
        number("wd-ratio", "decay of invariant weights, as a share of the others'", 0.1, Range::at_least(0.0)),
        NESTEROV,
        number("eps", "added to norms", 1e-8, Range::at_least(0.0)),
        MAXIMIZE,
    ],
    dialects: &[Dialect { name: "pytorch-optimizer", conventions: "As published.", formula: &[], defaults: &[] }],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Heo et al. (2021), AdamP: slowing down the slowdown for momentum optimizers on scale-invariant \
               weights, arXiv:2006.08217",
};

/// Momentum that does not step along weights whose size does not matter.
///
/// ```text
/// v ← momentum v + (1 − dampening) g
/// u = v                                   (g + momentum v if nesterov)
/// x ← x (1 − lr r weight_decay / (1 − momentum)) − lr Pu
/// ```
///
/// A tensor with two or more axes looks invariant to its size if |cos(x, g)| is below `delta` / √length in every
/// row (all axes but the first), or else in the whole tensor.
/// Then r = `wd_ratio` and P takes from u its part along x, row by row or as a whole; otherwise r = 1 and P changes nothing.
/// Vectors are never projected.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0 | [0, 1) | 1 |
/// | `dampening` | 0 | [0, 1] | 1 |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
/// | `delta` | 0.1 | [0, ∞) | 1 |
/// | `wd_ratio` | 0.1 | [0, ∞) | 1 |
/// | `nesterov` | false | | |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Sgdp, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Sgdp::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7290");
/// ```
///
/// Reference: Heo et al. (2021), arXiv:2006.08217, algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Sgdp {
    /// Share of the velocity that stays.
    pub momentum: f64,
    /// Share of the gradient that is left out of the velocity.
    pub dampening: f64,
    /// Share of x that goes per unit of rate, times 1 − momentum.
    pub weight_decay: f64,
    /// Largest cosine, times the root of the length, that counts as invariance.
    pub delta: f64,
    /// Decay of invariant weights, as a share of the others'.
    pub wd_ratio: f64,
    /// Move along g + momentum · v, both at the current point, instead of v.
    pub nesterov: bool,
    /// Added to norms.
    pub eps: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Sgdp {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            momentum: settings.number("momentum"),
            dampening: settings.number("dampening"),
            weight_decay: settings.number("weight-decay"),
            delta: settings.number("delta"),
            wd_ratio: settings.number("wd-ratio"),
            nesterov: settings.flag("nesterov"),
            eps: settings.number("eps"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        per_tensor::bind(pack, layout)
    }
}

impl PerTensor for Sgdp {
    per_tensor_loops!();

    type State<R: Real> = Vec<R>;

    fn init<R: Real>(&self, shape: &[usize]) -> Vec<R> {
        zeros(shape)
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, velocity: &mut Vec<R>, Part { shape, x, g }: Part<'_, R>, now: Now<'_>) {
        let invariant = invariant_rows(shape, x, g, self.delta, self.eps);
        let (momentum, fresh) = (R::of(self.momentum), R::of(1.0 - self.dampening));
        for (g, v) in zip(&mut *g, velocity) {
            *v = momentum * *v + fresh * *g;
            *g = if self.nesterov { *g + momentum * *v } else { *v };
        }
        if let Some(length) = invariant {
            project(length, x, g, self.eps);
        }
        let ratio = if invariant.is_some() { self.wd_ratio } else { 1.0 };
        scale(x, R::of(1.0 - now.rate * self.weight_decay * ratio / (1.0 - self.momentum)));
        add(x, -R::of(now.rate), g);
    }
}
