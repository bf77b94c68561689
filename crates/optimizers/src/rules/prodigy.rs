//! Prodigy.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::distances::{D0, GROWTH_RATE, Start, growth_rate};
use crate::kept::kept;
use crate::sums::sum;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{
    MAXIMIZE, decay_rate, flag, next_power, number, refuse_lacking, sign, split_decay, weight_decouple,
};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "prodigy",
    summary: "Adam, whose rate is an estimate of the distance to a solution, in which recent gradients weigh more.",
    formula: "λ = d lr √(1 − beta2ᵗ)/(1 − beta1ᵗ);  q = √beta2;  r ← q r + λ (d/d0) gᵀ(x₁ − x);  s ← q s + λ (d/d0) \
              g; m ← beta1 · m + (1 − beta1) d g;  v ← beta2 · v + (1 − beta2) d² g²;  e = d-coef · r/‖s‖₁;  \
              d ← min(max(e so far, d0), growth-rate · d);  x ← x (1 − λ weight-decay) − λ m/(√v + d eps)",
    conventions: "d starts as d0 and the rate multiplies it: 1 is meant. While d = d0, it takes the value of a larger \
                  e at once, before growth-rate applies. λ is of the old d, eps is multiplied by the new d. \
                  Without bias-correction, λ = d lr. With safeguard-warmup, d takes the place of λ in s. \
                  Without weight-decouple, decay is added to the gradient. \
                  Nothing moves before the first gradient that is not 0.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares; its root is that of the estimate", 0.999),
        number("eps", "added to the root, multiplied by d", 1e-8, Range::at_least(0.0)),
        D0,
        number("d-coef", "factor of the estimate", 1.0, Range::above(0.0)),
        GROWTH_RATE,
        number("weight-decay", "coupled or decoupled decay", 0.0, Range::at_least(0.0)),
        weight_decouple(true),
        flag("bias-correction", "correct the bias of both means, in the step"),
        flag("safeguard-warmup", "keep the rate out of the denominator of the estimate"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "pytorch-optimizer",
            conventions: "Coupled decay does nothing: it is added to a gradient that is not read any more.",
            formula: &[(1, "λ = d lr, times √(1 − beta2ᵗ)/(1 − beta1ᵗ) with bias-correction")],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "Bias is always corrected, whatever the flag; decay is decoupled; growth is free; no \
                          maximize.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "paper",
            conventions: "All of the above.",
            formula: &[(1, "λ = d lr, times √(1 − beta2ᵗ)/(1 − beta1ᵗ) with bias-correction")],
            defaults: &[],
        },
    ],
    cost: "Memory: four numbers per parameter. One gradient per step.",
    reference: "Mishchenko, Defazio (2023), Prodigy: an expeditiously adaptive parameter-free learner, \
                arXiv:2306.06101",
};

const OPTAX_LACKS: &[&str] = &["growth-rate", "weight-decouple", "bias-correction", "maximize"];

/// Adam, whose rate is an estimate of the distance to a solution, in which recent gradients weigh more.
///
/// ```text
/// λ = d lr √(1 − beta2ᵗ) / (1 − beta1ᵗ)                  q = √beta2
/// r ← q r + λ (d / d0) gᵀ(x₁ − x)                        s ← q s + λ (d / d0) g
/// m ← beta1 m + (1 − beta1) d g                          v ← beta2 v + (1 − beta2) d² g²
/// e = d_coef r / ‖s‖₁                                    d ← min(max(e so far, d0), growth_rate d)
/// x ← x (1 − λ weight_decay) − λ m / (√v + d eps)
/// ```
///
/// x₁ is the initial point.
/// The estimate d starts as `d0`, which it leaves in one jump whatever `growth_rate` is, and is
/// the rule's [`distance`](crate::Rule::distance); the rate multiplies it, and 1 is meant.
/// λ is of the old d, `eps` is multiplied by the new d.
/// Without `bias_correction`, λ = d lr; with `safeguard_warmup`, d takes the place of λ in s;
/// without `weight_decouple`, decay is added to the gradient instead, which does nothing in the dialect
/// `pytorch-optimizer`.
/// The dialect `optax` always corrects the bias and lacks `growth_rate` and `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `d0` | 10⁻⁶ | (0, ∞) | parameter |
/// | `d_coef` | 1 | (0, ∞) | 1 |
/// | `growth_rate` | ∞ | [1, ∞] | 1 |
/// | `weight_decay` | 0 | [0, ∞) | 1/λ; gradient per parameter if coupled |
/// | `weight_decouple` | true | | |
/// | `bias_correction`, `safeguard_warmup`, `maximize` | false | | |
///
/// Memory: four numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Prodigy, RuleSpec, Signal};
/// let rule = Prodigy { d0: 0.1, ..Prodigy::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[1.0]);
/// }
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], rule.distance().unwrap()[0]), "-0.3016 0.2544");
/// ```
///
/// Reference: Mishchenko and Defazio (2023), arXiv:2306.06101.
#[derive(Clone, Debug, PartialEq)]
pub struct Prodigy {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares; its root is that of the estimate.
    pub beta2: f64,
    /// Added to the root, multiplied by d.
    pub eps: f64,
    /// First estimate of the distance.
    pub d0: f64,
    /// Factor of the estimate.
    pub d_coef: f64,
    /// Largest factor by which the estimate grows in a step; may be infinite.
    pub growth_rate: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Whether decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Correct the bias of both means.
    pub bias_correction: bool,
    /// Keep the rate out of the denominator of the estimate.
    pub safeguard_warmup: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Prodigy {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("optax", OPTAX_LACKS)])?;
        let optax = Reading::of(settings) == Reading::Optax;
        let unread = Reading::of(settings) == Reading::PytorchOptimizer && !settings.flag("weight-decouple");
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            d0: settings.number("d0"),
            d_coef: settings.number("d-coef"),
            growth_rate: growth_rate(settings),
            weight_decay: if unread { 0.0 } else { settings.number("weight-decay") },
            weight_decouple: settings.flag("weight-decouple"),
            bias_correction: optax || settings.flag("bias-correction"),
            safeguard_warmup: settings.flag("safeguard-warmup"),
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
    m: Vec<R>,
    v: Vec<R>,
    s: Vec<R>,
    r: f64,
    d: f64,
    largest: f64,
    powers: [f64; 2],
}

kept!(<R> State<R>: start, m, v, s, r, d, largest, powers);

impl Tensorwise for Prodigy {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let (start, zeros) = (Start::of(layout.size()), vec![R::ZERO; layout.size()]);
        let [m, v, s] = std::array::from_fn(|_| zeros.clone());
        State { start, m, v, s, r: 0.0, d: self.d0, largest: self.d0, powers: [1.0; 2] }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let State { start, m, v, s, r, d, largest, powers } = state;
        let start = start.known(at);
        *powers = [next_power(powers[0], self.beta1), next_power(powers[1], self.beta2)];
        let correction = if self.bias_correction { (1.0 - powers[1]).sqrt() / (1.0 - powers[0]) } else { 1.0 };
        let step = *d * rate * correction;
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        let (q, weight) = (self.beta2.sqrt(), *d / self.d0);
        let [beta1, beta2, to_m, to_v] =
            [self.beta1, self.beta2, (1.0 - self.beta1) * *d, (1.0 - self.beta2) * (*d * *d)].map(R::of);
        let [keep, to_s] = [q, weight * if self.safeguard_warmup { *d } else { step }].map(R::of);
        let [direction, coupled] = [sign(self.maximize), coupled].map(R::of);
        let product = sum(at.len(), |i| {
            let g = direction * told.gradient[i] + coupled * at[i];
            m[i] = beta1 * m[i] + to_m * g;
            v[i] = beta2 * v[i] + to_v * (g * g);
            s[i] = keep * s[i] + to_s * g;
            g * (start[i] - at[i])
        })
        .to_f64();
        *r = q * *r + weight * step * product;
        let length = sum(at.len(), |i| s[i].abs()).to_f64();
        if length == 0.0 {
            return;
        }
        (*d, *largest) = self.estimate(*d, *largest, self.d_coef * *r / length);
        let [shrink, scale, eps] = [1.0 - decoupled * step, step, *d * self.eps].map(R::of);
        for i in 0..at.len() {
            at[i] = shrink * at[i] - scale * m[i] / (v[i].sqrt() + eps);
        }
    }

    fn distance<R: Real>(&self, state: &State<R>) -> Option<R> {
        Some(R::of(state.d))
    }
}

impl Prodigy {
    /// The distance and the largest estimate after a new estimate; the old ones where it is not a number.
    fn estimate(&self, d: f64, largest: f64, estimate: f64) -> (f64, f64) {
        let d = if d == self.d0 { d.max(estimate) } else { d };
        let largest = largest.max(estimate);
        (largest.min(d * self.growth_rate), largest)
    }
}
