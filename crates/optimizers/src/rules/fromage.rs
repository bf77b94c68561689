//! Fromage.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Now, Part, PerTensor, add, per_tensor_loops, scale};
use crate::sums::norm;
use crate::vocabulary::number;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "fromage",
    summary: "Steps of a fixed length relative to each tensor, which is then shrunk so that it cannot only grow.",
    formula: "x ← (x − lr ‖x‖/‖g‖ g) / √(1 + lr²)",
    conventions: "Norms are of each tensor alone and at least min-norm; where one is 0, their ratio is 1. A \
                  gradient of 0 still shrinks x.",
    hyperparameters: &[number("min-norm", "what smaller norms are replaced by", 1e-6, Range::at_least(0.0))],
    dialects: &[Dialect { name: "optax", conventions: "Norms are at least min-norm.", formula: &[], defaults: &[] }],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Bernstein, Vahdat, Yue, Liu (2020), On the distance between two neural networks and the stability \
               of learning, arXiv:2002.03432",
};

/// Steps of a fixed length relative to each tensor, which is then shrunk so that it cannot only grow.
///
/// ```text
/// x ← (x − lr ‖x‖/‖g‖ g) / √(1 + lr²)     for each tensor; norms are at least min_norm
/// ```
///
/// Where a norm is 0 all the same, the ratio is 1.
/// A gradient of 0 still shrinks x.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `min_norm` | 10⁻⁶ | [0, ∞) | gradient; parameter |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Fromage, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Fromage::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7182");
/// ```
///
/// Reference: Bernstein, Vahdat, Yue and Liu (2020), arXiv:2002.03432, algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Fromage {
    /// What smaller norms are replaced by.
    pub min_norm: f64,
}

impl Configuration for Fromage {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { min_norm: settings.number("min-norm") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        per_tensor::bind(pack, layout)
    }
}

impl PerTensor for Fromage {
    per_tensor_loops!();

    type State<R: Real> = ();

    fn init<R: Real>(&self, _: &[usize]) {}

    #[inline(always)]
    fn step<R: Real>(&self, (): &mut (), Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        let shrink = 1.0 / (1.0 + now.rate * now.rate).sqrt();
        let least = R::of(self.min_norm);
        let (size, length) = (norm(x).max(least), norm(g).max(least));
        let degenerate = size == R::ZERO || length == R::ZERO;
        let ratio = if degenerate { R::ONE } else { size / length };
        scale(x, R::of(shrink));
        add(x, -R::of(now.rate * shrink) * ratio, g);
    }
}
