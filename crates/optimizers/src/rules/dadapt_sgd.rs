//! Stochastic gradient descent with D-Adaptation.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::distances::{D0, GROWTH_RATE, Start, grown, growth_rate};
use crate::kept::kept;
use crate::sums::{dot, sum};
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{MAXIMIZE, decay_rate, number, sign, split_decay, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "dadapt-sgd",
    summary: "Dual averaging with momentum, whose step is an estimate of the distance to a solution that only grows.",
    formula: "λ = d lr / ‖g₁‖;  r ← r + λ gᵀs;  s ← s + λ g;  d ← max(d, min(2 r/‖s‖, growth-rate · d));  \
              x ← momentum · x + (1 − momentum)(x₁ − s)",
    conventions: "d starts as d0 and the rate multiplies it: 1 is meant. ‖g₁‖ is the norm of the first gradient that \
                  is not 0, over all tensors and without decay. \
                  Decay is added to the gradient, or x ← x (1 − λ weight-decay) comes first with weight-decouple.",
    hyperparameters: &[
        decay_rate("momentum", "share of the iterate in the next one", 0.9),
        D0,
        GROWTH_RATE,
        number("weight-decay", "coupled or decoupled decay", 0.0, Range::at_least(0.0)),
        weight_decouple(false),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "The third version of the rule.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Defazio, Mishchenko (2023), Learning-rate-free learning by D-Adaptation, arXiv:2301.07733",
};

/// Dual averaging with momentum, whose step is an estimate of the distance to a solution that only grows.
///
/// ```text
/// λ = d lr / ‖g₁‖
/// r ← r + λ gᵀs           s ← s + λ g
/// d ← max(d, min(2 r / ‖s‖, growth_rate d))
/// x ← momentum x + (1 − momentum) (x₁ − s)
/// ```
///
/// x₁ is the initial point and ‖g₁‖ the norm of the first gradient that is not 0, over all tensors.
/// The estimate d starts as `d0` and is the rule's [`distance`](crate::Rule::distance); the rate
/// multiplies it, and 1 is meant.
/// Decay is added to the gradient, or multiplies x by 1 − λ `weight_decay` before the step if it
/// is decoupled.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0.9 | [0, 1) | 1 |
/// | `d0` | 10⁻⁶ | (0, ∞) | parameter |
/// | `growth_rate` | ∞ | [1, ∞] | 1 |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/λ if decoupled |
/// | `weight_decouple`, `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{DadaptSgd, RuleSpec, Signal};
/// let rule = DadaptSgd { d0: 0.1, ..DadaptSgd::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[1.0]);
/// }
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], rule.distance().unwrap()[0]), "0.9444 0.1974");
/// ```
///
/// Reference: Defazio and Mishchenko (2023), arXiv:2301.07733.
#[derive(Clone, Debug, PartialEq)]
pub struct DadaptSgd {
    /// Share of the iterate in the next one.
    pub momentum: f64,
    /// First estimate of the distance.
    pub d0: f64,
    /// Largest factor by which the estimate grows in a step; may be infinite.
    pub growth_rate: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Whether decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for DadaptSgd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            momentum: settings.number("momentum"),
            d0: settings.number("d0"),
            growth_rate: growth_rate(settings),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
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

/// What a run keeps.
pub struct State<R> {
    start: Start<R>,
    s: Vec<R>,
    r: f64,
    d: f64,
    first_norm: f64,
}

kept!(<R> State<R>: start, s, r, d, first_norm);

impl Tensorwise for DadaptSgd {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let n = layout.size();
        State { start: Start::of(n), s: vec![R::ZERO; n], r: 0.0, d: self.d0, first_norm: 0.0 }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let (s, g) = (&mut state.s, told.gradient);
        let start = state.start.known(at);
        if state.first_norm == 0.0 {
            state.first_norm = dot(g, g).to_f64().sqrt();
            if state.first_norm == 0.0 {
                return;
            }
        }
        let step = state.d * rate / state.first_norm;
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        let [shrink, coupled, direction, scale] =
            [1.0 - decoupled * step, coupled, sign(self.maximize), step].map(R::of);
        state.r += step
            * sum(g.len(), |i| {
                let b = direction * g[i] + coupled * at[i];
                let product = b * s[i];
                s[i] += scale * b;
                product
            })
            .to_f64();
        state.d = grown(state.d, 2.0 * state.r / dot(s, s).to_f64().sqrt(), self.growth_rate);
        let momentum = R::of(self.momentum);
        for i in 0..g.len() {
            let z = start[i] - s[i];
            at[i] = z + momentum * (shrink * at[i] - z);
        }
    }

    fn distance<R: Real>(&self, state: &State<R>) -> Option<R> {
        Some(R::of(state.d))
    }
}
