//! Stochastic gradient descent with a backtracking line search.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::asking::{self, Ask, Asking};
use crate::kept::kept;
use crate::schedules::portable;
use crate::sums::dot;
use crate::vocabulary::{decay_rate, number};
use crate::{Configuration, Needs, Rule, Span};

pub(super) static ENTRY: Entry = Entry {
    name: "armijo",
    summary: "Gradient steps that are shortened until the value of the same batch has fallen enough.",
    formula: "η ← η · gamma^(B/n), lr at most;  while f(x − η g) > f(x) − c η ‖g‖²: η ← backtrack · η;  \
              x ← x − η g + momentum (x − x₋)",
    conventions: "f, g are of the batch of the step, and B/n is one over the steps of an epoch. The first η is lr. \
                  After max-backtracks the last η is taken. The search is along the gradient, momentum is added to \
                  what it found. The publication does not keep a growing η below lr.",
    hyperparameters: &[
        number("c", "share of the decrease of the linear model that is enough", 0.1, Range::open(0.0, 1.0)),
        number("backtrack", "factor of η where the value has not fallen enough", 0.9, Range::open(0.0, 1.0)),
        number("gamma", "largest factor of η in an epoch, if it grows", 2.0, Range::at_least(1.0)),
        Hyperparameter {
            name: "reset",
            meaning: "where a search begins: at the last η, at the last η times its growth, or at lr",
            domain: Domain::Choice { default: "grow", accepts: &["keep", "grow", "rate"] },
        },
        Hyperparameter {
            name: "max-backtracks",
            meaning: "values that are computed in a step, at most",
            domain: Domain::Integer { default: 100, least: 1 },
        },
        decay_rate("momentum", "share of the last step that is added", 0.0),
    ],
    dialects: &[],
    cost: "Memory: 4 numbers per parameter. One gradient and at least one value per step, unless the gradient is 0.",
    reference: "Vaswani, Mishkin, Laradji, Schmidt, Gidel, Lacoste-Julien (2019), Painless stochastic gradient: \
                interpolation, line-search, and convergence rates, arXiv:1905.09997, algorithms 1 and 2",
};

/// Where a line search begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// At the last step size.
    Keep,
    /// At the last step size, times its growth in a step.
    Grow,
    /// At the rate.
    Rate,
}

/// Gradient steps that are shortened until the value of the same batch has fallen enough.
///
/// ```text
/// η ← min(η gamma^(B/n), lr)
/// while f(x − η g) > f(x) − c η ‖g‖²: η ← backtrack η
/// x ← x − η g + momentum (x − x₋)
/// ```
///
/// f and g are value and gradient of the batch, x₋ is the iterate before; B/n is one over the steps of
/// an epoch, and without knowing these η does not grow.
/// The first η is lr.
/// After `max_backtracks` values the last η is taken.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `c` | 0.1 | (0, 1) | 1 |
/// | `backtrack` | 0.9 | (0, 1) | 1 |
/// | `gamma` | 2 | [1, ∞) | 1/epoch |
/// | `reset` | `grow` | `keep`, `grow`, `rate` | |
/// | `max_backtracks` | 100 | ≥ 1 | values |
/// | `momentum` | 0 | [0, 1) | 1 |
///
/// Memory: four numbers per parameter; one gradient and at least one value per step, unless the
/// gradient is 0.
///
/// ```
/// use sgdlab_core::{Lanes, Layout, Local, Product};
/// use sgdlab_optimizers::{Armijo, RuleSpec};
///
/// /// x²/2.
/// struct Bowl;
/// impl Local<f64, 1> for Bowl {
///     fn value(&mut self, at: &[Lanes<f64, 1>]) -> Lanes<f64, 1> {
///         [at[0][0] * at[0][0] / 2.0]
///     }
///     fn gradient(&mut self, at: &[Lanes<f64, 1>], out: &mut [Lanes<f64, 1>]) -> Lanes<f64, 1> {
///         out[0] = at[0];
///         self.value(at)
///     }
///     fn curvature_times(&mut self, asked: Product<'_, f64, 1>, out: &mut [Lanes<f64, 1>]) {
///         out[0] = asked.vector[0];
///     }
/// }
///
/// let rule = Armijo { c: 0.5, backtrack: 0.5, ..Armijo::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut at = [[1.0]];
/// // (1 − η)²/2 ≤ (1 − η)/2 for η ≤ 1: of 4, 2 and 1 it is the last.
/// rule.search(&mut at, &mut Bowl, &[4.0]);
/// assert_eq!(at, [[0.0]]);
/// ```
///
/// Reference: Vaswani, Mishkin, Laradji, Schmidt, Gidel and Lacoste-Julien (2019), algorithms 1 and 2.
#[derive(Clone, Debug, PartialEq)]
pub struct Armijo {
    /// Share of the decrease of the linear model that is enough.
    pub c: f64,
    /// Factor of the step size where the value has not fallen enough.
    pub backtrack: f64,
    /// Largest factor of the step size in an epoch, if it grows.
    pub gamma: f64,
    /// Where a search begins.
    pub reset: Reset,
    /// Values that are computed in a step, at most.
    pub max_backtracks: u64,
    /// Share of the last step that is added.
    pub momentum: f64,
}

impl Configuration for Armijo {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            c: settings.number("c"),
            backtrack: settings.number("backtrack"),
            gamma: settings.number("gamma"),
            reset: match settings.word("reset") {
                "keep" => Reset::Keep,
                "rate" => Reset::Rate,
                _ => Reset::Grow,
            },
            max_backtracks: settings.integer("max-backtracks"),
            momentum: settings.number("momentum"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs { asking: true, evaluations: 2.0, ..Needs::default() }
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        asking::bind(pack, layout)
    }
}

/// What a run keeps.
pub struct State<R> {
    /// The last step size, and how it grows in a step.
    size: f64,
    growth: f64,
    gradient: Vec<R>,
    trial: Vec<R>,
    before: Vec<R>,
    first: bool,
}

kept!(<R> State<R>: size, before, first);

impl Asking for Armijo {
    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let zeros = vec![R::ZERO; layout.size()];
        State {
            size: f64::INFINITY,
            growth: 1.0,
            gradient: zeros.clone(),
            trial: zeros.clone(),
            before: zeros,
            first: true,
        }
    }

    fn begin<R: Real>(&self, state: &mut State<R>, span: &Span) {
        state.growth = portable::real_power(self.gamma, 1.0 / span.steps_per_epoch as f64);
    }

    fn search<R: Real>(&self, state: &mut State<R>, at: &mut [R], local: &mut dyn Ask<R>, rate: f64) {
        let State { size, growth, gradient, trial, before, first } = state;
        if *first {
            before.copy_from_slice(at);
            *first = false;
        }
        let value = local.gradient(at, gradient).to_f64();
        let square = dot(gradient, gradient).to_f64();
        let begin = match self.reset {
            Reset::Keep => *size,
            Reset::Grow => *size * *growth,
            Reset::Rate => rate,
        };
        *size = begin.min(rate);
        for tried in 1..=self.max_backtracks {
            let step = R::of(*size);
            for i in 0..at.len() {
                trial[i] = at[i] - step * gradient[i];
            }
            if square == 0.0 || local.value(trial).to_f64() <= value - self.c * *size * square {
                break;
            }
            if tried < self.max_backtracks {
                *size *= self.backtrack;
            }
        }
        let momentum = R::of(self.momentum);
        for i in 0..at.len() {
            let next = trial[i] + momentum * (at[i] - before[i]);
            (before[i], at[i]) = (at[i], next);
        }
    }
}
