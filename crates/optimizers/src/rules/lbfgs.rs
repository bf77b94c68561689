//! The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::asking::{self, Ask, Asking};
use crate::kept::kept;
use crate::strong_wolfe::{self, Line};
use crate::sums::{dot, sum};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "lbfgs",
    summary: "Quasi-Newton steps from the last few changes of point and gradient, all on the batch of the step.",
    formula: "up to max-iter times: d = −H g (two loops over the pairs s = Δx, y = Δg);  x ← x + t d;  t = lr, or by a \
              strong-wolfe search from lr",
    conventions: "A step is up to max-iter iterations and max-eval gradients on one batch. H starts as the identity \
                  and later as sᵀy/yᵀy of the newest pair; pairs with sᵀy ≤ 10⁻¹⁰ are left out. The very first t is \
                  min(1, 1/Σ|g|) lr. Pairs span batches: the first y of a step is the difference to the last \
                  batch's gradient. A step ends early when max|g| ≤ tolerance-grad, when max|t d| ≤ tolerance-change, \
                  when the value changes by less than that, or when gᵀd > −tolerance-change. The search accepts \
                  f ≤ f₀ + 10⁻⁴ t gᵀd and |slope| ≤ 0.9 |gᵀd|, or the best point when max-eval is reached.",
    hyperparameters: &[
        Hyperparameter {
            name: "max-iter",
            meaning: "iterations of a step, at most",
            domain: Domain::Integer { default: 20, least: 1 },
        },
        Hyperparameter {
            name: "max-eval",
            meaning: "gradients of a step, after which no other iteration begins; auto: max-iter · 5/4",
            domain: Domain::Optional { absent: "auto", range: Range::at_least(1.0) },
        },
        number("tolerance-grad", "largest entry of a gradient that is as good as 0", 1e-7, Range::at_least(0.0)),
        number("tolerance-change", "change of point or value that ends a step", 1e-9, Range::at_least(0.0)),
        Hyperparameter {
            name: "history-size",
            meaning: "pairs that are kept",
            domain: Domain::Integer { default: 100, least: 1 },
        },
        Hyperparameter {
            name: "line-search-fn",
            meaning: "how far to go along the direction",
            domain: Domain::Choice { default: "none", accepts: &["none", "strong-wolfe"] },
        },
    ],
    dialects: &[Dialect { name: "torch", conventions: "All of the above.", formula: &[], defaults: &[] }],
    cost: "Memory: 2 history-size + 6 numbers per parameter. At least one gradient per step, at most max-eval + 1.",
    reference: "Liu, Nocedal (1989), On the limited memory BFGS method for large scale optimization, Math. Prog. 45; \
                Nocedal, Wright (2006), Numerical optimization, algorithms 7.4, 3.5 and 3.6",
};

/// Pairs with a product of Δx and Δg up to here are left out.
const LEAST_CURVED: f64 = 1e-10;

/// How far L-BFGS goes along its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineSearch {
    /// As far as the rate says.
    None,
    /// To a point that satisfies the strong Wolfe conditions.
    StrongWolfe,
}

/// Quasi-Newton steps from the last few changes of point and gradient, all on the batch of the step.
///
/// ```text
/// up to max_iter times, while gradients are below max_eval:
///   d = −H g        with H from the pairs s = Δx, y = Δg in two loops
///   x ← x + t d     with t = lr, or found by a strong Wolfe search from lr
/// ```
///
/// H starts as sᵀy/yᵀy of the newest pair, or the identity without one; pairs with sᵀy ≤ 10⁻¹⁰ are
/// left out.
/// The very first t is min(1, 1/Σ|g|) lr.
/// A step ends early when max|g| ≤ `tolerance_grad`, when max|t d| ≤ `tolerance_change`, when the
/// value changes by less than that, or when gᵀd > −`tolerance_change`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `max_iter` | 20 | ≥ 1 | iterations |
/// | `max_eval` | `max_iter` · 5/4 | ≥ 1 | gradients |
/// | `tolerance_grad` | 10⁻⁷ | [0, ∞) | gradient |
/// | `tolerance_change` | 10⁻⁹ | [0, ∞) | parameter, loss |
/// | `history_size` | 100 | ≥ 1 | pairs |
/// | `line_search` (`line-search-fn`) | `none` | `none`, `strong-wolfe` | |
///
/// Memory: 2 `history_size` + 6 numbers per parameter.
/// Cost: one gradient to begin with, and one an iteration, or those of its search; without one the
/// last iteration of a step does without.
///
/// ```
/// use sgdlab_core::{Lanes, Layout, Local, Product};
/// use sgdlab_optimizers::{Lbfgs, LineSearch, RuleSpec};
///
/// /// x²/2 + 10 y²/2.
/// struct Bowl;
/// impl Local<f64, 1> for Bowl {
///     fn value(&mut self, at: &[Lanes<f64, 1>]) -> Lanes<f64, 1> {
///         [(at[0][0] * at[0][0] + 10.0 * at[1][0] * at[1][0]) / 2.0]
///     }
///     fn gradient(&mut self, at: &[Lanes<f64, 1>], out: &mut [Lanes<f64, 1>]) -> Lanes<f64, 1> {
///         (out[0], out[1]) = (at[0], [10.0 * at[1][0]]);
///         self.value(at)
///     }
///     fn curvature_times(&mut self, asked: Product<'_, f64, 1>, out: &mut [Lanes<f64, 1>]) {
///         (out[0], out[1]) = (asked.vector[0], [10.0 * asked.vector[1][0]]);
///     }
/// }
///
/// let rule = Lbfgs { line_search: LineSearch::StrongWolfe, tolerance_change: 0.0, ..Lbfgs::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(2));
/// let mut at = [[1.0], [-2.0]];
/// rule.search(&mut at, &mut Bowl, &[1.0]);
/// assert!(at[0][0].abs() < 1e-7 && at[1][0].abs() < 1e-7);
/// ```
///
/// Reference: Liu and Nocedal (1989); Nocedal and Wright (2006), algorithms 7.4, 3.5 and 3.6.
#[derive(Clone, Debug, PartialEq)]
pub struct Lbfgs {
    /// Iterations of a step, at most.
    pub max_iter: u64,
    /// Gradients of a step, after which no other iteration begins.
    pub max_eval: u64,
    /// Largest entry of a gradient that is as good as 0.
    pub tolerance_grad: f64,
    /// Change of point or value that ends a step.
    pub tolerance_change: f64,
    /// Pairs that are kept.
    pub history_size: u64,
    /// How far to go along the direction.
    pub line_search: LineSearch,
}

/// The most pairs that are kept.
const MOST_PAIRS: u64 = 10_000;

impl Configuration for Lbfgs {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let max_iter = settings.integer("max-iter");
        let history_size = settings.integer("history-size");
        // All pairs are allocated at once.
        if history_size > MOST_PAIRS {
            return Err(Invalid::new("history-size", history_size, format!("a whole number up to {MOST_PAIRS}")));
        }
        Ok(Self {
            max_iter,
            max_eval: settings.optional("max-eval").map_or(max_iter * 5 / 4, |most| most.ceil() as u64),
            tolerance_grad: settings.number("tolerance-grad"),
            tolerance_change: settings.number("tolerance-change"),
            history_size,
            line_search: match settings.word("line-search-fn") {
                "strong-wolfe" => LineSearch::StrongWolfe,
                _ => LineSearch::None,
            },
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs { asking: true, ..Needs::default() }
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        asking::bind(pack, layout)
    }
}

/// What a run keeps.
pub struct State<R> {
    /// The direction of the last iteration, and how far it went.
    d: Vec<R>,
    t: f64,
    /// The gradient where the last iteration began.
    before: Vec<R>,
    pairs: Pairs<R>,
    iterations: u64,
    line: strong_wolfe::Buffers<R>,
}

kept!(<R> State<R>: d, t, before, pairs, iterations);

/// The last pairs of changes, the oldest at `first`.
struct Pairs<R> {
    /// (Δx, Δg) of each.
    pairs: Vec<(Vec<R>, Vec<R>)>,
    /// 1/ΔxᵀΔg of each, and room for the factors of the first loop.
    rho: Vec<(R, R)>,
    first: u64,
    kept: u64,
    /// What H starts as.
    scale: R,
}

kept!(<R> Pairs<R>: pairs, rho, first, kept, scale);

impl<R: Real> Pairs<R> {
    /// Adds the pair of t d and of the difference between two gradients, if it curves upwards.
    fn add(&mut self, (t, d): (R, &[R]), before: &[R], gradient: &[R]) {
        let curved = sum(d.len(), |i| (gradient[i] - before[i]) * (t * d[i]));
        if curved.to_f64() <= LEAST_CURVED || curved.to_f64().is_nan() {
            return;
        }
        let capacity = self.pairs.len() as u64;
        let place = ((self.first + self.kept) % capacity) as usize;
        if self.kept == capacity {
            self.first = (self.first + 1) % capacity;
        } else {
            self.kept += 1;
        }
        let (s, y) = &mut self.pairs[place];
        for i in 0..d.len() {
            s[i] = t * d[i];
            y[i] = gradient[i] - before[i];
        }
        self.rho[place].0 = R::ONE / curved;
        self.scale = curved / dot(y, y);
    }

    /// d ← −H g.
    fn direction(&mut self, gradient: &[R], d: &mut [R]) {
        for (d, g) in d.iter_mut().zip(gradient) {
            *d = -*g;
        }
        let place = |age: u64| ((self.first + age) % self.pairs.len() as u64) as usize;
        for place in (0..self.kept).rev().map(place) {
            let ((s, y), (rho, alpha)) = (&self.pairs[place], &mut self.rho[place]);
            *alpha = dot(s, d) * *rho;
            d.iter_mut().zip(y).for_each(|(d, y)| *d -= *alpha * *y);
        }
        d.iter_mut().for_each(|d| *d *= self.scale);
        for place in (0..self.kept).map(place) {
            let ((s, y), (rho, alpha)) = (&self.pairs[place], self.rho[place]);
            let rest = alpha - dot(y, d) * rho;
            d.iter_mut().zip(s).for_each(|(d, s)| *d += rest * *s);
        }
    }
}

impl Asking for Lbfgs {
    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let zeros = vec![R::ZERO; layout.size()];
        let history = self.history_size as usize;
        State {
            d: zeros.clone(),
            t: 0.0,
            before: zeros.clone(),
            pairs: Pairs {
                pairs: vec![(zeros.clone(), zeros); history],
                rho: vec![(R::ZERO, R::ZERO); history],
                first: 0,
                kept: 0,
                scale: R::ONE,
            },
            iterations: 0,
            line: strong_wolfe::Buffers::new(layout.size()),
        }
    }

    fn search<R: Real>(&self, state: &mut State<R>, at: &mut [R], local: &mut dyn Ask<R>, rate: f64) {
        let mut value = local.gradient(at, &mut state.line.gradients[0]).to_f64();
        let mut asked = 1;
        if largest(&state.line.gradients[0]) <= self.tolerance_grad {
            return;
        }
        for iteration in 1..=self.max_iter {
            let slope = state.turn(rate);
            if slope > -self.tolerance_change {
                return;
            }
            let old_value = value;
            let last = iteration == self.max_iter;
            let State { d, t, line, .. } = state;
            if self.line_search == LineSearch::StrongWolfe {
                let found = Line { at, d, buffers: line, local, most: self.max_eval.saturating_sub(asked) }
                    .search((value, slope), *t);
                (value, *t) = (found.value, found.t);
                asked += found.asked;
            }
            let length = R::of(*t);
            at.iter_mut().zip(&*d).for_each(|(x, d)| *x += length * *d);
            if self.line_search == LineSearch::None && !last {
                value = local.gradient(at, &mut line.gradients[0]).to_f64();
                asked += 1;
            }
            let spent = last || asked >= self.max_eval;
            let flat = !last && largest(&line.gradients[0]) <= self.tolerance_grad;
            let still = largest(d) * *t <= self.tolerance_change || (value - old_value).abs() < self.tolerance_change;
            if spent || flat || still {
                return;
            }
        }
    }

    fn iterations<R: Real>(&self, state: &State<R>) -> Option<u64> {
        Some(state.iterations)
    }
}

impl<R: Real> State<R> {
    /// The next direction and how far to go at first; returns the slope of the value along it.
    fn turn(&mut self, rate: f64) -> f64 {
        let gradient = &self.line.gradients[0];
        if self.iterations > 0 {
            self.pairs.add((R::of(self.t), &self.d), &self.before, gradient);
        }
        self.pairs.direction(gradient, &mut self.d);
        self.t = rate;
        if self.iterations == 0 {
            let size = sum(gradient.len(), |i| gradient[i].abs()).to_f64();
            self.t = Real::min(1.0, 1.0 / size) * rate;
        }
        self.iterations += 1;
        self.before.copy_from_slice(gradient);
        dot(gradient, &self.d).to_f64()
    }
}

/// The largest absolute value; NaN if there is one.
fn largest<R: Real>(x: &[R]) -> f64 {
    x.iter().fold(R::ZERO, |largest, x| largest.max(x.abs())).to_f64()
}
