//! `AdamP`.

use std::iter::zip;

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Averages, Now, Part, PerTensor, add, per_tensor_loops, scale};
use crate::projection::{invariant_rows, project};
use crate::vocabulary::{MAXIMIZE, decay_rate, flag, number};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adamp",
    summary: "Adam that does not step along weights whose size does not matter.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  u = m √(1 − beta2ᵗ) / (√v + eps);  x \
              ← x (1 − lr r weight-decay) − lr/(1 − beta1ᵗ) Pu",
    conventions: "eps is added to the root before the bias correction. A tensor with two or more axes looks \
                  invariant to its size if in every row (all axes but the first) the cosine of x and g is below \
                  delta / √length, or else in the whole tensor; then u loses its part along x, row by row or as \
                  a whole, and decay is multiplied by wd-ratio. Cosines have eps added to both norms. Vectors \
                  are never projected.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the uncorrected root, and to norms", 1e-8, Range::at_least(0.0)),
        number("weight-decay", "share of x that goes per unit of rate", 0.0, Range::at_least(0.0)),
        number(
            "delta",
            "largest cosine, times the root of the length, that counts as invariance",
            0.1,
            Range::at_least(0.0),
        ),
        number("wd-ratio", "decay of invariant weights, as a share of the others'", 0.1, Range::at_least(0.0)),
        flag("nesterov", "one more gradient enters the mean that the step is made of"),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "As published; eps also guards the projection.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Heo et al. (2021), AdamP: slowing down the slowdown for momentum optimizers on scale-invariant \
               weights, arXiv:2006.08217",
};

/// Adam that does not step along weights whose size does not matter.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// u = m √(1 − beta2ᵗ) / (√v + eps)        (beta1 m + (1 − beta1) g in place of m if nesterov)
/// x ← x (1 − lr r weight_decay) − lr / (1 − beta1ᵗ) Pu
/// ```
///
/// A tensor with two or more axes looks invariant to its size if |cos(x, g)| is below `delta` / √length in every
/// row (all axes but the first), or else in the whole tensor.
/// Then r = `wd_ratio` and P takes from u its part along x, row by row or as a whole; otherwise r = 1 and P changes nothing.
/// Vectors are never projected.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
/// | `delta` | 0.1 | [0, ∞) | 1 |
/// | `wd_ratio` | 0.1 | [0, ∞) | 1 |
/// | `nesterov` | false | | |
/// | `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdamP, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[AdamP::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7016");
/// ```
///
/// Reference: Heo et al. (2021), arXiv:2006.08217, algorithm 2.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamP {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the uncorrected root, and to norms.
    pub eps: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Largest cosine, times the root of the length, that counts as invariance.
    pub delta: f64,
    /// Decay of invariant weights, as a share of the others'.
    pub wd_ratio: f64,
    /// One more gradient enters the mean that the step is made of.
    pub nesterov: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for AdamP {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            delta: settings.number("delta"),
            wd_ratio: settings.number("wd-ratio"),
            nesterov: settings.flag("nesterov"),
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

impl PerTensor for AdamP {
    per_tensor_loops!();

    type State<R: Real> = Averages<R>;

    fn init<R: Real>(&self, shape: &[usize]) -> Averages<R> {
        Averages::new(shape)
    }

    fn corrected(&self) -> Vec<f64> {
        vec![self.beta1, self.beta2]
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, averages: &mut Averages<R>, Part { shape, x, g }: Part<'_, R>, now: Now<'_>) {
        averages.update(g, self.beta1, self.beta2);
        let invariant = invariant_rows(shape, x, g, self.delta, self.eps);
        let correction = R::of(now.correction(self.beta2).sqrt());
        let (eps, stays, fresh) = (R::of(self.eps), R::of(self.beta1), R::of(1.0 - self.beta1));
        for (g, (&m, &v)) in zip(&mut *g, zip(&averages.m, &averages.v)) {
            let m = if self.nesterov { stays * m + fresh * *g } else { m };
            *g = m * correction / (v.sqrt() + eps);
        }
        if let Some(length) = invariant {
            project(length, x, g, self.eps);
        }
        let ratio = if invariant.is_some() { self.wd_ratio } else { 1.0 };
        scale(x, R::of(1.0 - now.rate * self.weight_decay * ratio));
        add(x, -R::of(now.rate / now.correction(self.beta1)), g);
    }
}
