//! Distance over gradients.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::distances::Start;
use crate::kept::kept;
use crate::sums::{dot, sum};
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::number;
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "dog",
    summary: "Distance over gradients: the step is the largest distance from the starting point so far over the root \
              of the sum of squared gradient norms.",
    formula: "r ← max(r, ‖x − x₁‖);  G ← G + ‖g‖²;  x ← x − lr r/√(G + eps) g",
    conventions: "r starts as init-value (init-step distance) or init-value (1 + ‖x₁‖) (heuristic); with \
                  learning-rate, r starts as 0 and init-value takes the place of r/√(G + eps) in the first step. \
                  Norms are over all tensors. The rate multiplies the step: 1 is meant. The authors recommend to \
                  average the iterates.",
    hyperparameters: &[
        Hyperparameter {
            name: "init-step",
            meaning: "what init-value says: the first distance, its ratio to 1 + ‖x₁‖, or the first step",
            domain: Domain::Choice { default: "heuristic", accepts: &["distance", "heuristic", "learning-rate"] },
        },
        number("init-value", "see init-step", 1e-6, Range::above(0.0)),
        number("eps", "added to the sum of squared norms", 1e-8, Range::at_least(0.0)),
    ],
    dialects: &[Dialect {
        name: "optax",
        conventions: "Without weight decay and averaging.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Ivgi, Hinder, Carmon (2023), DoG is SGD's best friend: a parameter-free dynamic step size schedule, \
                arXiv:2302.12022",
};

/// What [`Dog::init_value`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstStep {
    /// The distance that the first step assumes.
    Distance,
    /// That distance, divided by 1 + ‖x₁‖.
    Heuristic,
    /// The first step, in place of distance over gradients.
    LearningRate,
}

/// Distance over gradients: the step is the largest distance from the starting point so far over the root of the sum
/// of squared gradient norms.
///
/// ```text
/// r ← max(r, ‖x − x₁‖)             G ← G + ‖g‖²
/// x ← x − lr r / √(G + eps) g
/// ```
///
/// x₁ is the initial point and norms are over all tensors.
/// r starts as `init_value`, or as `init_value` (1 + ‖x₁‖), or as 0 with `init_value` as the first
/// step.
/// The rate multiplies the step, and 1 is meant.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `init_step` | heuristic | distance, heuristic, learning-rate | |
/// | `init_value` | 10⁻⁶ | (0, ∞) | parameter, 1, or parameter per gradient |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient² |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Dog, RuleSpec, Signal};
/// let rule = Dog { init_value: 0.1, ..Dog::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[1.0]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.5235");
/// ```
///
/// Reference: Ivgi, Hinder and Carmon (2023), arXiv:2302.12022.
#[derive(Clone, Debug, PartialEq)]
pub struct Dog {
    /// What `init_value` says.
    pub init_step: FirstStep,
    /// The first distance, its ratio to 1 + ‖x₁‖, or the first step.
    pub init_value: f64,
    /// Added to the sum of squared norms.
    pub eps: f64,
}

impl Configuration for Dog {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let init_step = match settings.word("init-step") {
            "distance" => FirstStep::Distance,
            "heuristic" => FirstStep::Heuristic,
            _ => FirstStep::LearningRate,
        };
        Ok(Self { init_step, init_value: settings.number("init-value"), eps: settings.number("eps") })
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
    farthest: Option<f64>,
    squares: f64,
}

kept!(<R> State<R>: start, farthest, squares);

impl Tensorwise for Dog {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        State { start: Start::of(layout.size()), farthest: None, squares: 0.0 }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let start = state.start.known(at);
        let distance = distance_squared(at, start).sqrt();
        let farthest = state.farthest.unwrap_or_else(|| self.first_distance(dot(start, start).to_f64().sqrt()));
        let farthest = if distance > farthest { distance } else { farthest };
        state.squares += dot(told.gradient, told.gradient).to_f64();
        let first = state.farthest.is_none() && self.init_step == FirstStep::LearningRate;
        let step = if first { self.init_value } else { farthest / (state.squares + self.eps).sqrt() };
        state.farthest = Some(farthest);
        let step = R::of(rate * step);
        for i in 0..at.len() {
            at[i] -= step * told.gradient[i];
        }
    }
}

impl Dog {
    /// The distance that is assumed before the first step, from a point of this norm.
    fn first_distance(&self, norm: f64) -> f64 {
        match self.init_step {
            FirstStep::Distance => self.init_value,
            FirstStep::Heuristic => self.init_value * (1.0 + norm),
            FirstStep::LearningRate => 0.0,
        }
    }
}

/// ‖x − y‖².
#[inline(always)]
pub(super) fn distance_squared<R: Real>(x: &[R], y: &[R]) -> f64 {
    sum(x.len(), |i| {
        let apart = x[i] - y[i];
        apart * apart
    })
    .to_f64()
}
