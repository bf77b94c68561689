//! Adam with D-Adaptation.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::distances::{D0, GROWTH_RATE, grown, growth_rate};
use crate::kept::kept;
use crate::sums::sum;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{
    MAXIMIZE, decay_rate, flag, next_power, number, refuse_lacking, sign, split_decay, weight_decouple,
};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "dadapt-adam",
    summary: "Adam, whose rate is an estimate of the distance to a solution that only grows.",
    formula: "λ = d lr √(1 − beta2ᵗ) / (1 − beta1ᵗ);  q = √beta2;  r ← q r + (1 − q) λ gᵀ(s/(√v + eps));  \
              m ← beta1 · m + (1 − beta1) λ g;  v ← beta2 · v + (1 − beta2) g²;  s ← q s + (1 − q) λ g;  \
              d ← max(d, min(r/((1 − q)‖s‖₁), growth-rate · d));  x ← x (1 − λ weight-decay) − m/(√v + eps)",
    conventions: "d starts as d0 and the rate multiplies it: 1 is meant. r is updated before v. \
                  Without bias-correction, λ = d lr. Without weight-decouple, decay is added to the gradient. \
                  Nothing moves before the first gradient that is not 0.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of steps", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::above(0.0)),
        D0,
        GROWTH_RATE,
        number("weight-decay", "coupled or decoupled decay", 0.0, Range::at_least(0.0)),
        weight_decouple(false),
        flag("bias-correction", "correct the bias of both means, in the step"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "pytorch-optimizer",
            conventions: "The third version of the rule.",
            formula: &[
                (
                    1,
                    "g ← g + weight-decay · x, unless weight-decouple; λ = d lr, times √(1 − beta2ᵗ) / (1 − \
                     beta1ᵗ) with bias-correction",
                ),
                (8, "x ← x (1 − λ weight-decay), with weight-decouple; x ← x − m/(√v + eps)"),
            ],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "Bias is always corrected and decay always decoupled, whatever the flags; \
                          growth is free; no maximize.",
            formula: &[],
            defaults: &[],
        },
    ],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Defazio, Mishchenko (2023), Learning-rate-free learning by D-Adaptation, arXiv:2301.07733",
};

const OPTAX_LACKS: &[&str] = &["growth-rate", "weight-decouple", "bias-correction", "maximize"];

/// Adam, whose rate is an estimate of the distance to a solution that only grows.
///
/// ```text
/// λ = d lr √(1 − beta2ᵗ) / (1 − beta1ᵗ)                  q = √beta2
/// r ← q r + (1 − q) λ gᵀ(s / (√v + eps))                 with v of the step before
/// m ← beta1 m + (1 − beta1) λ g                          v ← beta2 v + (1 − beta2) g²
/// s ← q s + (1 − q) λ g
/// d ← max(d, min(r / ((1 − q) ‖s‖₁), growth_rate d))
/// x ← x (1 − λ weight_decay) − m / (√v + eps)
/// ```
///
/// The estimate d starts as `d0` and is the rule's [`distance`](crate::Rule::distance); the rate
/// multiplies it, and 1 is meant.
/// Without `bias_correction`, λ = d lr; without `weight_decouple`, decay is added to the gradient
/// instead.
/// The dialect `optax` has both always on and lacks `growth_rate` and `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | (0, ∞) | gradient |
/// | `d0` | 10⁻⁶ | (0, ∞) | parameter |
/// | `growth_rate` | ∞ | [1, ∞] | 1 |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/λ if decoupled |
/// | `weight_decouple`, `bias_correction`, `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{DadaptAdam, RuleSpec, Signal};
/// let rule = DadaptAdam { d0: 0.01, ..DadaptAdam::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[1.0]);
/// }
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], rule.distance().unwrap()[0]), "0.6214 0.4121");
/// ```
///
/// Reference: Defazio and Mishchenko (2023), arXiv:2301.07733.
#[derive(Clone, Debug, PartialEq)]
pub struct DadaptAdam {
    /// Decay rate of the mean of steps.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// First estimate of the distance.
    pub d0: f64,
    /// Largest factor by which the estimate grows in a step; may be infinite.
    pub growth_rate: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Whether decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Correct the bias of both means.
    pub bias_correction: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for DadaptAdam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("optax", OPTAX_LACKS)])?;
        let optax = Reading::of(settings) == Reading::Optax;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            d0: settings.number("d0"),
            growth_rate: growth_rate(settings),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: optax || settings.flag("weight-decouple"),
            bias_correction: optax || settings.flag("bias-correction"),
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
    m: Vec<R>,
    v: Vec<R>,
    s: Vec<R>,
    r: f64,
    d: f64,
    powers: [f64; 2],
}

kept!(<R> State<R>: m, v, s, r, d, powers);

impl Tensorwise for DadaptAdam {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let zeros = vec![R::ZERO; layout.size()];
        State { m: zeros.clone(), v: zeros.clone(), s: zeros, r: 0.0, d: self.d0, powers: [1.0; 2] }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let State { m, v, s, r, d, powers } = state;
        *powers = [next_power(powers[0], self.beta1), next_power(powers[1], self.beta2)];
        let correction = if self.bias_correction { (1.0 - powers[1]).sqrt() / (1.0 - powers[0]) } else { 1.0 };
        let step = *d * rate * correction;
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        let q = self.beta2.sqrt();
        let [beta1, beta2, to_m, to_v, keep, to_s] =
            [self.beta1, self.beta2, (1.0 - self.beta1) * step, 1.0 - self.beta2, q, (1.0 - q) * step].map(R::of);
        let [direction, coupled, shrink, eps] =
            [sign(self.maximize), coupled, 1.0 - decoupled * step, self.eps].map(R::of);
        let product = sum(at.len(), |i| {
            let g = direction * told.gradient[i] + coupled * at[i];
            let product = g * s[i] / (v[i].sqrt() + eps);
            m[i] = beta1 * m[i] + to_m * g;
            v[i] = beta2 * v[i] + to_v * (g * g);
            s[i] = keep * s[i] + to_s * g;
            product
        })
        .to_f64();
        let length = sum(at.len(), |i| s[i].abs()).to_f64();
        if length == 0.0 {
            return;
        }
        *r = q * *r + (1.0 - q) * step * product;
        *d = grown(*d, *r / ((1.0 - q) * length), self.growth_rate);
        for i in 0..at.len() {
            at[i] = shrink * at[i] - m[i] / (v[i].sqrt() + eps);
        }
    }

    fn distance<R: Real>(&self, state: &State<R>) -> Option<R> {
        Some(R::of(state.d))
    }
}
