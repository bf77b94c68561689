//! Adam for sparse gradients.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::kept::kept;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{MAXIMIZE, decay_rate, next_power, number, sign};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "sparse-adam",
    summary: "Adam for sparse gradients: coordinates that the gradient does not list keep parameter and moments.",
    formula: "where listed: m ← m + (1 − beta1)(g − m);  v ← v + (1 − beta2)(g² − v);  \
              x ← x − lr √(1 − beta2ᵗ)/(1 − beta1ᵗ) · m/(√v + eps)",
    conventions: "A coordinate that is listed with gradient 0 is updated. Of a dense gradient, which torch refuses, \
                  coordinates with gradient 0 count as not listed. t counts all steps, also those that list \
                  nothing, so that the bias of rarely listed coordinates is corrected too little. eps is added to \
                  the root before the bias of v is corrected.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients, per step that lists the coordinate", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares, likewise", 0.999),
        number("eps", "added to the root of the uncorrected mean of squares", 1e-8, Range::at_least(0.0)),
        MAXIMIZE,
    ],
    dialects: &[Dialect { name: "torch", conventions: "As in torch.optim.SparseAdam.", formula: &[], defaults: &[] }],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Kingma, Ba (2015), Adam: a method for stochastic optimization, arXiv:1412.6980, for gradients of \
                which most coordinates are 0, as in torch.optim.SparseAdam",
};

/// Adam for sparse gradients: coordinates that the gradient does not list keep parameter and moments.
///
/// ```text
/// where g is listed:                      (g negated first if maximize)
/// m ← m + (1 − beta1)(g − m)
/// v ← v + (1 − beta2)(g² − v)
/// x ← x − lr √(1 − beta2ᵗ) / (1 − beta1ᵗ) · m / (√v + eps)
/// ```
///
/// [`Signal::present`](crate::Signal::present) says what is listed; a coordinate may be listed with gradient 0.
/// Without it, coordinates with gradient 0 are not.
/// t counts all steps, also those that list nothing.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, SparseAdam};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[SparseAdam::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [1.0]];
/// for step in 0..4 {
///     // The second coordinate is listed in every other step.
///     let (gradient, present) = ([x[0], [0.0]], [true, step % 2 == 0]);
///     let gradient = if present[1] { x } else { gradient };
///     rule.update(&mut x, Signal { present: Some(&present), ..Signal::of(&gradient) }, &[0.1]);
/// }
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], x[1][0]), "0.6039 0.8145");
/// ```
///
/// Reference: Kingma and Ba (2015), arXiv:1412.6980, as `torch.optim.SparseAdam` reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseAdam {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root of the uncorrected mean of squares.
    pub eps: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for SparseAdam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// What a run keeps: the moments, and beta1ᵗ and beta2ᵗ.
pub struct State<R> {
    m: Vec<R>,
    v: Vec<R>,
    powers: [f64; 2],
}

kept!(<R> State<R>: m, v, powers);

impl Tensorwise for SparseAdam {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let zeros = vec![R::ZERO; layout.size()];
        State { m: zeros.clone(), v: zeros, powers: [1.0; 2] }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let State { m, v, powers: [first, second] } = state;
        (*first, *second) = (next_power(*first, self.beta1), next_power(*second, self.beta2));
        let step = R::of(rate * (1.0 - *second).sqrt() / (1.0 - *first));
        let [sign, take1, take2, eps] = [sign(self.maximize), 1.0 - self.beta1, 1.0 - self.beta2, self.eps].map(R::of);
        for i in 0..at.len() {
            let g = sign * told.gradient[i];
            let listed = told.present.map_or(g != R::ZERO, |present| present[i]);
            let mean = m[i] + take1 * (g - m[i]);
            let square = v[i] + take2 * (g * g - v[i]);
            let moved = at[i] - step * (mean / (square.sqrt() + eps));
            (at[i], m[i], v[i]) = if listed { (moved, mean, square) } else { (at[i], m[i], v[i]) };
        }
    }
}
