//! `AdEMAMix`.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, next_power, number, refuse_lacking, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "ademamix",
    summary: "Adam with a second, much slower mean of gradients.",
    formula: "m ← beta1 · m + (1 − beta1) g;  s ← beta3 · s + (1 − beta3) g;  v ← beta2 · v + (1 − beta2) g²;  x ← \
              x − lr (m/(1 − beta1ᵗ) + alpha · s) / (√(v/(1 − beta2ᵗ) + eps-root) + eps)",
    conventions: "The slow mean is not corrected. t-alpha-beta3 = T makes alpha grow as alpha · t/T and beta3 from \
                  beta1 up to their values, beta3 so that its half-life grows linearly. optax has decoupled decay \
                  only: x ← x (1 − lr weight-decay). In pytorch-optimizer weight-decay is added to the gradient, \
                  after maximize has negated it, unless it is decoupled.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        decay_rate("beta3", "decay rate of the slow mean of gradients", 0.9999),
        number("alpha", "weight of the slow mean", 5.0, Range::at_least(0.0)),
        Hyperparameter {
            name: "t-alpha-beta3",
            meaning: "steps over which alpha and beta3 grow",
            domain: Domain::Optional { absent: "none", range: Range::above(0.0) },
        },
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("eps-root", "added under the root", 0.0, Range::at_least(0.0)),
        WEIGHT_DECAY,
        weight_decouple(true),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "optax",
            conventions: "Decay is decoupled. No t-alpha-beta3, weight-decouple or maximize.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "No eps-root. Decay is decoupled or not.",
            formula: &[],
            defaults: &[("weight-decouple", 0.0)],
        },
    ],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Pagliardini, Ablin, Grangier (2024), The AdEMAMix optimizer: better, faster, older, \
                arXiv:2409.03137",
};

/// Adam with a second, much slower mean of gradients.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             s ← beta3 s + (1 − beta3) g
/// v ← beta2 v + (1 − beta2) g²
/// x ← x − lr (m̂ + alpha s) / (√(v̂ + eps_root) + eps)
/// m̂ = m / (1 − beta1ᵗ)                    v̂ = v / (1 − beta2ᵗ)
/// ```
///
/// With `t_alpha_beta3` = T, alpha is alpha · min(t/T, 1) and beta3 the smaller of itself and
/// exp(ln beta1 ln beta3 / ((1 − t/T) ln beta3 + t/T ln beta1)).
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
/// The dialect `optax` lacks `t_alpha_beta3`, `maximize` and coupled decay, `pytorch-optimizer` `eps_root`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `beta3` | 0.9999 | [0, 1) | 1 |
/// | `alpha` | 5 | [0, ∞) | 1 |
/// | `t_alpha_beta3` | none | (0, ∞) | steps |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `eps_root` | 0 | [0, ∞) | gradient² |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple` | true, false | | |
/// | `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdEMAMix, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[AdEMAMix::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7013");
/// ```
///
/// Reference: Pagliardini, Ablin and Grangier (2024), arXiv:2409.03137.
#[derive(Clone, Debug, PartialEq)]
pub struct AdEMAMix {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Decay rate of the slow mean of gradients.
    pub beta3: f64,
    /// Weight of the slow mean.
    pub alpha: f64,
    /// Steps over which alpha and beta3 grow.
    pub t_alpha_beta3: Option<f64>,
    /// Added to the root.
    pub eps: f64,
    /// Added under the root.
    pub eps_root: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for AdEMAMix {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] =
            &[("optax", &["t-alpha-beta3", "weight-decouple", "maximize"]), ("pytorch-optimizer", &["eps-root"])];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            beta3: settings.number("beta3"),
            alpha: settings.number("alpha"),
            t_alpha_beta3: settings.optional("t-alpha-beta3"),
            eps: settings.number("eps"),
            eps_root: settings.number("eps-root"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<10, 2, 15, 3> for AdEMAMix {
    elementwise_loops!(10, 2, 15, 3);

    fn numbers(&self) -> [f64; 10] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        [
            sign,
            decoupled,
            coupled,
            self.beta1,
            self.beta2,
            self.eps,
            self.beta3,
            self.alpha,
            self.eps_root,
            self.t_alpha_beta3.unwrap_or(0.0),
        ]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 10], rate: f64, step: u64, memory: &mut [f64; 2]) -> [f64; 15] {
        let [sign, decoupled, coupled, beta1, beta2, eps, beta3, alpha, eps_root, horizon] = numbers;
        memory[0] = next_power(memory[0], beta1);
        memory[1] = next_power(memory[1], beta2);
        let (share_beta1, share_beta2) = (1.0 - memory[0], 1.0 - memory[1]);
        let (alpha, beta3) = warmed_up([beta1, beta3, alpha], horizon, step as f64);
        [
            sign,
            coupled,
            1.0 - rate * decoupled,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            beta3,
            1.0 - beta3,
            1.0 / share_beta1,
            alpha,
            1.0 / share_beta2,
            eps_root,
            eps,
            rate,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 15], x: R, g: R, [m, s, v]: [R; 3]) -> (R, [R; 3]) {
        let [
            sign,
            coupled,
            shrink,
            beta1,
            rest1,
            beta2,
            rest2,
            beta3,
            rest3,
            fast,
            slow,
            correction,
            eps_root,
            eps,
            rate,
        ] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let s = mean([beta3, rest3], s, g);
        let v = mean([beta2, rest2], v, g * g);
        let root = (v * correction + eps_root).sqrt() + eps;
        (x - rate * (fast * m + slow * s) / root, [m, s, v])
    }
}

/// alpha and beta3 at step `t` of their growth over `horizon` steps; 0 for none.
fn warmed_up([beta1, beta3, alpha]: [f64; 3], horizon: f64, t: f64) -> (f64, f64) {
    if horizon == 0.0 {
        return (alpha, beta3);
    }
    // Where beta3 < beta1, beta3 still falls after the horizon and jumps to its own value when the denominator is 0.
    let share = t / horizon;
    let (ln1, ln3) = (Real::ln(beta1), Real::ln(beta3));
    // The limit for beta1 = 0; beta3 = 0 stays 0.
    let exponent = if beta1 > 0.0 { ln1 * ln3 / ((1.0 - share) * ln3 + share * ln1) } else { ln3 / share };
    let grown = if beta3 > 0.0 { Real::exp(exponent) } else { 0.0 };
    (alpha * share.min(1.0), grown.min(beta3))
}
