//! Adam with hypergradient descent.

use sgdlab_core::{Entry, Invalid, Layout, Range, Real, Settings};

use crate::kept::kept;
use crate::sums::dot;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{decay_rate, next_power, number};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adam-hd",
    summary: "Adam whose rate descends along its own gradient: it grows while gradients agree with the last direction.",
    formula: "r ← r + hypergradient-rate · gᵀ previous u;  m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − \
              beta2) g²;  u = m/(1 − beta1ᵗ)/(√(v/(1 − beta2ᵗ)) + eps);  x ← x − (lr + r) u",
    conventions: "r starts at 0; at a constant lr, lr + r is the publication's α. The product is over all tensors. The \
                  rate may become negative, as in the publication.",
    hyperparameters: &[
        number("hypergradient-rate", "rate of the rate", 1e-7, Range::at_least(0.0)),
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
    ],
    dialects: &[],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Baydin, Cornish, Martínez Rubio, Schmidt, Wood (2018), Online learning rate adaptation with \
                hypergradient descent, arXiv:1703.04782",
};

/// Adam whose rate descends along its own gradient: it grows while gradients agree with the last direction.
///
/// ```text
/// r ← r + hypergradient_rate gᵀ previous u      (r = 0 before the second step)
/// m ← beta1 m + (1 − beta1) g      v ← beta2 v + (1 − beta2) g²
/// u = m / (1 − beta1ᵗ) / (√(v / (1 − beta2ᵗ)) + eps)
/// x ← x − (lr + r) u
/// ```
///
/// At a constant lr, lr + r is the publication's α; it may become negative.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `hypergradient_rate` | 10⁻⁷ | [0, ∞) | lr / gradient |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdamHd, RuleSpec, Signal};
/// let rule = AdamHd { hypergradient_rate: 0.1, beta1: 0.0, beta2: 0.0, eps: 0.0 };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2: u = 1
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.4490");
/// ```
///
/// Reference: Baydin, Cornish, Martínez Rubio, Schmidt and Wood (2018), arXiv:1703.04782, algorithm 6.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamHd {
    /// Rate of the rate.
    pub hypergradient_rate: f64,
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
}

impl Configuration for AdamHd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            hypergradient_rate: settings.number("hypergradient-rate"),
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// What a run keeps: the moments, the last direction, beta1ᵗ and beta2ᵗ, and r.
pub struct State<R> {
    m: Vec<R>,
    v: Vec<R>,
    u: Vec<R>,
    powers: [f64; 2],
    grown: f64,
}

kept!(<R> State<R>: m, v, u, powers, grown);

impl Tensorwise for AdamHd {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let zeros = vec![R::ZERO; layout.size()];
        State { m: zeros.clone(), v: zeros.clone(), u: zeros, powers: [1.0; 2], grown: 0.0 }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let State { m, v, u, powers: [first, second], grown } = state;
        *grown += self.hypergradient_rate * dot(told.gradient, u).to_f64();
        (*first, *second) = (next_power(*first, self.beta1), next_power(*second, self.beta2));
        let [keep1, take1, keep2, take2] = [self.beta1, 1.0 - self.beta1, self.beta2, 1.0 - self.beta2].map(R::of);
        let [share1, share2, eps, step] = [1.0 - *first, 1.0 - *second, self.eps, rate + *grown].map(R::of);
        for i in 0..at.len() {
            let g = told.gradient[i];
            m[i] = keep1 * m[i] + take1 * g;
            v[i] = keep2 * v[i] + take2 * (g * g);
            let size = (v[i] / share2).sqrt() + eps;
            // Without eps, what has had no gradient has no direction.
            u[i] = if size == R::ZERO { R::ZERO } else { m[i] / share1 / size };
            at[i] -= step * u[i];
        }
    }
}
