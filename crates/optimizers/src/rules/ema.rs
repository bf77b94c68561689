//! Exponential moving average of the iterates.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Entry, Invalid, Layout, Real, Settings};

use crate::averages::{Average, Share};
use crate::layered::{self, BASE, base};
use crate::vocabulary::{decay_rate, flag_on, next_power};
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "ema",
    summary: "Answers with an exponential moving average of the iterates of any other rule.",
    formula: "x_t ← step of base\na_t = a_{t−1} + (1 − decay)/(1 − decayᵗ) (x_t − a_{t−1});  \
              without debias a_t = a_{t−1} + (1 − decay) (x_t − a_{t−1}), a₁ = x₁",
    conventions: "With debias the weights of x₁ … x_t are decay^(t−s), divided by their sum. \
                  Without it the first iterate keeps all the weight that is left, as in most training code.",
    hyperparameters: &[
        BASE,
        decay_rate("decay", "decay rate of the average", 0.99),
        flag_on("debias", "divide by the sum of the weights"),
    ],
    dialects: &[],
    cost: "Memory: one number per parameter, and the base's. One gradient per step.",
    reference: "Ruppert (1988), Efficient estimations from a slowly convergent Robbins–Monro process; \
                Morales-Brotons, Vogels, Hendrikx (2024), Exponential moving average of weights in deep learning, \
                arXiv:2411.18704",
};

/// Answers with an exponential moving average of the iterates of another rule.
///
/// ```text
/// x_t ← step of base
/// a_t = a_{t−1} + (1 − decay)/(1 − decayᵗ) (x_t − a_{t−1})
/// ```
///
/// Without `debias` the share is 1 − decay, and a₁ = x₁.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `decay` | 0.99 | [0, 1) | 1 |
/// | `debias` | true | | |
///
/// Memory: one number per parameter, and the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Ema, RuleSpec, Signal};
/// let spec = Ema { decay: 0.5, ..Ema::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..2 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.5]);
/// }
/// let mean = rule.answer(&x).expect("an average")[0][0];
/// assert!((mean - (0.5 * 0.5 + 0.25) / 1.5).abs() < 1e-15);
/// ```
///
/// Reference: Ruppert (1988); Morales-Brotons, Vogels and Hendrikx (2024).
#[derive(Clone, Debug, PartialEq)]
pub struct Ema {
    /// The rule whose iterates are averaged.
    pub base: Box<RuleSpec>,
    /// Decay rate of the average.
    pub decay: f64,
    /// Whether the average is divided by the sum of its weights.
    pub debias: bool,
}

/// The share of an exponential average.
struct Exponential {
    decay: f64,
    debias: bool,
    power: f64,
}

impl Share for Exponential {
    fn share(&mut self, step: u64) -> f64 {
        self.power = next_power(self.power, self.decay);
        match (step, self.debias) {
            (1, _) => 1.0,
            (_, true) => (1.0 - self.decay) / (1.0 - self.power),
            (_, false) => 1.0 - self.decay,
        }
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.power.tape(tape);
    }
}

impl Configuration for Ema {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { base: base(settings)?, decay: settings.number("decay"), debias: settings.flag("debias") })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let shares = std::array::from_fn(|lane| {
            let Self { decay, debias, .. } = pack[lane];
            Exponential { decay, debias, power: 1.0 }
        });
        layered::bind(pack, |rule| &rule.base, layout, Average::<_, R, N>::new(layout, shares))
    }
}
