//! Stochastic gradient descent with momentum.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::vocabulary::{COUPLED_DECAY, MAXIMIZE, NESTEROV, decay_rate, number, refuse_lacking, sign};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "sgd",
    summary: "Stochastic gradient descent, with momentum, dampening and coupled weight decay.",
    formula: "g ← g + weight-decay · x;  v ← momentum · v + (1 − dampening) g;  \
              x ← x − lr v, or x − lr (g + momentum · v) with nesterov",
    conventions: "The velocity starts as the first gradient, undamped. \
                  The rate is outside the velocity. \
                  Nesterov's form takes the gradient at the current point (nag takes it ahead). \
                  maximize negates the gradient before decay is added, so decay still pulls towards 0.",
    hyperparameters: &[
        decay_rate("momentum", "share of the velocity that stays", 0.0),
        number("dampening", "share of the gradient that is left out of the velocity", 0.0, Range::closed(0.0, 1.0)),
        COUPLED_DECAY,
        NESTEROV,
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "torch",
            conventions: "nesterov needs momentum > 0 and no dampening, as torch demands.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "No dampening, weight-decay or maximize; nesterov without momentum is ignored.",
            formula: &[],
            defaults: &[],
        },
    ],
    cost: "Memory: one number per parameter with momentum, none without. One gradient per step.",
    reference: "Robbins, Monro (1951), A stochastic approximation method, Ann. Math. Stat. 22; \
                Polyak (1964), USSR Comput. Math. Math. Phys. 4; Nesterov (1983), Soviet Math. Dokl. 27",
};

/// Stochastic gradient descent, with momentum, dampening and coupled weight decay.
///
/// ```text
/// g ← g + weight_decay x                  (g negated first if maximize)
/// v ← momentum v + (1 − dampening) g      (v ← g at step 1)
/// x ← x − lr v                            (x − lr (g + momentum v) if nesterov)
/// ```
///
/// The velocity starts as the first gradient, undamped, and the rate is outside it.
/// Nesterov's form uses the gradient at the current point; [`Nag`](crate::Nag) asks for it ahead.
/// The dialects `torch` and `optax` compute the same; `optax` has no dampening, decay or maximize.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0 | [0, 1) | 1 |
/// | `dampening` | 0 | [0, 1] | 1 |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter |
/// | `nesterov`, `maximize` | false | | |
///
/// Memory: one number per parameter with momentum, none without; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Sgd, Signal};
/// let rule = Sgd { momentum: 0.9, ..Sgd::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.4860");
/// ```
///
/// Reference: Robbins and Monro (1951); Polyak (1964); Nesterov (1983).
#[derive(Clone, Debug, PartialEq)]
pub struct Sgd {
    /// Share of the velocity that stays.
    pub momentum: f64,
    /// Share of the gradient that is left out of the velocity, from step 2 on.
    pub dampening: f64,
    /// Times x, added to the gradient.
    pub weight_decay: f64,
    /// Move along g + momentum · v instead of v.
    pub nesterov: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Sgd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("optax", &["dampening", "weight-decay", "maximize"])])?;
        let new = Self {
            momentum: settings.number("momentum"),
            dampening: settings.number("dampening"),
            weight_decay: settings.number("weight-decay"),
            nesterov: settings.flag("nesterov"),
            maximize: settings.flag("maximize"),
        };
        if new.nesterov && settings.dialect() == Some("torch") && (new.momentum == 0.0 || new.dampening != 0.0) {
            return Err(Invalid::new("nesterov", true, "true only with momentum > 0 and dampening = 0"));
        }
        Ok(new)
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.nesterov == other.nesterov && (self.momentum == 0.0) == (other.momentum == 0.0)
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        if pack[0].momentum == 0.0 {
            let pack: Vec<_> = pack.iter().cloned().map(Plain).collect();
            return elementwise::bind(&pack, layout);
        }
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<4, 0, 5, 1> for Sgd {
    elementwise_loops!(4, 0, 5, 1);

    // Step 1 is undamped.
    const CONSTANT_FROM: u64 = 2;

    fn numbers(&self) -> [f64; 4] {
        [sign(self.maximize), self.weight_decay, self.momentum, self.dampening]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 4], rate: f64, step: u64, _: &mut [f64; 0]) -> [f64; 5] {
        let [sign, decay, momentum, dampening] = numbers;
        [sign, decay, momentum, if step == 1 { 1.0 } else { 1.0 - dampening }, rate]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, [sign, decay, momentum, fresh, rate]: [R; 5], x: R, g: R, [v]: [R; 1]) -> (R, [R; 1]) {
        let g = sign * g + decay * x;
        let v = momentum * v + fresh * g;
        let direction = if self.nesterov { g + momentum * v } else { v };
        (x - rate * direction, [v])
    }
}

/// [`Sgd`] without momentum, which needs no memory.
#[derive(Clone, Debug)]
struct Plain(Sgd);

impl Elementwise<2, 0, 3, 0> for Plain {
    elementwise_loops!(2, 0, 3, 0);

    const CONSTANT_FROM: u64 = 1;

    fn numbers(&self) -> [f64; 2] {
        [sign(self.0.maximize), self.0.weight_decay]
    }

    #[inline(always)]
    fn coefficients(&self, [sign, decay]: [f64; 2], rate: f64, _: u64, _: &mut [f64; 0]) -> [f64; 3] {
        [sign, decay, rate]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, [sign, decay, rate]: [R; 3], x: R, g: R, _: [R; 0]) -> (R, [R; 0]) {
        (x - rate * (sign * g + decay * x), [])
    }
}
