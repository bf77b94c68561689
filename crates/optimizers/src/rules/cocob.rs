//! COCOB.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{choose, is_first};
use crate::vocabulary::number;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "cocob",
    summary: "Coin betting: steps whose size comes from past gradients alone.",
    formula: "g ← lr g;  L ← max(L, |g|);  G ← G + |g|;  W ← max(W − g (x − x0), 0);  C ← C − g;  x ← x0 + C (L + \
              W) / (L max(G + L, alpha · L))",
    conventions: "Every coordinate bets on its own, with L starting at eps. The rate scales the gradient and \
                  hardly matters; 1 is meant. x0 is the point of the first step.",
    hyperparameters: &[
        number("alpha", "least fraction of the bet, which keeps the first steps small", 100.0, Range::at_least(0.0)),
        number("eps", "where the largest gradient starts", 1e-8, Range::at_least(0.0)),
    ],
    dialects: &[Dialect { name: "optax", conventions: "As in optax.contrib.cocob.", formula: &[], defaults: &[] }],
    cost: "Memory: five numbers per parameter. One gradient per step.",
    reference: "Orabona, Tommasi (2017), Training deep networks without learning rates through coin betting, \
                arXiv:1705.07795",
};

/// Coin betting: steps whose size comes from past gradients alone.
///
/// ```text
/// g ← lr g
/// L ← max(L, |g|)                         (L starts at eps)
/// G ← G + |g|                             C ← C − g
/// W ← max(W − g (x − x0), 0)
/// x ← x0 + C (L + W) / (L max(G + L, alpha L))
/// ```
///
/// Every coordinate bets on its own.
/// The rate scales the gradient, which hardly matters; 1 is meant.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `alpha` | 100 | [0, ∞) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
///
/// Memory: five numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Cocob, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Cocob::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[1.0]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9694");
/// ```
///
/// Reference: Orabona and Tommasi (2017), arXiv:1705.07795, algorithm 2.
#[derive(Clone, Debug, PartialEq)]
pub struct Cocob {
    /// Least fraction of the bet, which keeps the first steps small.
    pub alpha: f64,
    /// Where the largest gradient starts.
    pub eps: f64,
}

impl Configuration for Cocob {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { alpha: settings.number("alpha"), eps: settings.number("eps") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<2, 0, 3, 5> for Cocob {
    elementwise_loops!(2, 0, 3, 5);

    fn numbers(&self) -> [f64; 2] {
        [self.alpha, self.eps]
    }

    fn initial(&self) -> [f64; 5] {
        [self.eps, 0.0, 0.0, 0.0, 0.0]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 2], rate: f64, step: u64, _: &mut [f64; 0]) -> [f64; 3] {
        let [alpha, _] = numbers;
        [rate, alpha, is_first(step)]
    }

    #[inline(always)]
    fn apply<R: Real>(
        &self,
        coefficients: [R; 3],
        x: R,
        g: R,
        [largest, total, reward, sum, start]: [R; 5],
    ) -> (R, [R; 5]) {
        let [rate, alpha, first] = coefficients;
        let g = rate * g;
        let start = choose(first, x, start);
        let largest = largest.max(g.abs());
        let total = total + g.abs();
        let reward = (reward - g * (x - start)).max(R::ZERO);
        let sum = sum - g;
        let share = sum / (largest * (total + largest).max(alpha * largest));
        (start + share * (largest + reward), [largest, total, reward, sum, start])
    }
}
