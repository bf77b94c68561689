//! Normalized stochastic gradient descent.

use std::iter::once;
use std::ops::Range as Span;

use sgdlab_core::{Entry, Invalid, Layout, Real, Settings};

use crate::kept::kept;
use crate::sums::norm;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{decay_rate, flag};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "normalized-sgd",
    summary: "Steps of length lr along the gradient, or along a running mean of gradients.",
    formula: "m ← momentum · m + (1 − momentum) g;  x ← x − lr m/‖m‖",
    conventions: "The mean starts as the first gradient; without momentum it is the gradient. The norm is over all \
                  tensors, or with per-tensor of each alone, so that each moves by lr. What has norm 0 does not move. \
                  The gradient is taken at x: the extrapolated point of Cutkosky and Mehta's second algorithm is not \
                  this rule.",
    hyperparameters: &[
        decay_rate("momentum", "decay rate of the mean of gradients", 0.0),
        flag("per-tensor", "divide every tensor by its own norm"),
    ],
    dialects: &[],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Cutkosky, Mehta (2020), Momentum improves normalized SGD, arXiv:2002.03305; Nesterov (1984), \
                Minimization methods for nonsmooth convex and quasiconvex functions, Matekon 29; Hazan, Levy, \
                Shalev-Shwartz (2015), Beyond convexity, arXiv:1507.02030",
};

/// Steps of length lr along the gradient, or along a running mean of gradients.
///
/// ```text
/// m ← momentum m + (1 − momentum) g       (m ← g at step 1)
/// x ← x − lr m / ‖m‖                      (for each tensor with its own norm if per_tensor)
/// ```
///
/// What has norm 0 does not move.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0 | [0, 1) | 1 |
/// | `per_tensor` | false | | |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{NormalizedSgd, RuleSpec, Signal};
/// let rule = NormalizedSgd { momentum: 0.5, ..NormalizedSgd::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(2));
/// let mut x = [[3.0], [4.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.5]);
/// }
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], x[1][0]), "2.1000 2.8000");
/// ```
///
/// Reference: Cutkosky and Mehta (2020), arXiv:2002.03305, algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct NormalizedSgd {
    /// Decay rate of the mean of gradients.
    pub momentum: f64,
    /// Divide every tensor by its own norm.
    pub per_tensor: bool,
}

impl Configuration for NormalizedSgd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { momentum: settings.number("momentum"), per_tensor: settings.flag("per-tensor") })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// What a run keeps: the mean of gradients, and whether it has begun.
pub struct State<R> {
    m: Vec<R>,
    begun: bool,
}

kept!(<R> State<R>: m, begun);

impl Tensorwise for NormalizedSgd {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        State { m: vec![R::ZERO; layout.size()], begun: false }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, layout: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let momentum = if state.begun { self.momentum } else { 0.0 };
        state.begun = true;
        let [keep, take] = [momentum, 1.0 - momentum].map(R::of);
        for (m, &g) in state.m.iter_mut().zip(told.gradient) {
            *m = keep * *m + take * g;
        }
        let mut advance = |span: Span<usize>| {
            let (x, m) = (&mut at[span.clone()], &state.m[span]);
            let length = norm(m);
            let step = if length == R::ZERO { R::ZERO } else { R::of(rate) / length };
            for (x, &m) in x.iter_mut().zip(m) {
                *x -= step * m;
            }
        };
        if self.per_tensor {
            layout.tensors().iter().for_each(|tensor| advance(tensor.offset..tensor.offset + tensor.size()));
        } else {
            once(0..layout.size()).for_each(advance);
        }
    }
}
