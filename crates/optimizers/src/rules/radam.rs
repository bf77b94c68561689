//! `RAdam`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{choose, decay_numbers, decayed, mean, next_exact_power, rectification};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, flag, next_power, number, refuse_lacking};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "radam",
    summary: "Adam that waits until the variance of its denominator is known, and scales its steps by it.",
    formula: "m, v as in adam;  x ← x − lr r m/(1 − beta1ᵗ) / (√(v/(1 − beta2ᵗ)) + eps) with the rectification r, \
              if ρ ≥ threshold;  otherwise x ← x − lr m/(1 − beta1ᵗ)",
    conventions: "ρ = ρ∞ − 2 t beta2ᵗ/(1 − beta2ᵗ) with ρ∞ = 2/(1 − beta2) − 1, and r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ \
                  − 4)(ρ∞ − 2) ρ)). torch rectifies where ρ > 5 and adds eps to the uncorrected root; optax where \
                  ρ ≥ threshold, with eps-root under the corrected root. weight-decay is added to the gradient, \
                  after maximize has negated it, unless decoupled-weight-decay: then x ← x (1 − lr weight-decay) \
                  comes before the step.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("eps-root", "added under the root", 0.0, Range::at_least(0.0)),
        number("threshold", "least ρ that is rectified", 5.0, Range::at_least(4.0)),
        WEIGHT_DECAY,
        flag("decoupled-weight-decay", "decay shrinks the parameters instead of entering the gradient"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "torch",
            conventions: "ρ > 5. No eps-root or threshold.",
            formula: &[(
                2,
                "x ← x − lr r √(1 − beta2ᵗ) m/(1 − beta1ᵗ) / (√v + eps) with the rectification r, if ρ > 5",
            )],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "ρ ≥ threshold. No decay or maximize.",
            formula: &[(
                2,
                "x ← x − lr r m/(1 − beta1ᵗ) / (√(v/(1 − beta2ᵗ) + eps-root) + eps) with the rectification r, \
                     if ρ ≥ threshold",
            )],
            defaults: &[],
        },
    ],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Liu et al. (2020), On the variance of the adaptive learning rate and beyond, arXiv:1908.03265",
};

/// Adam that waits until the variance of its denominator is known, and scales its steps by it.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// x ← x − lr r m̂ / (√(v̂ + eps_root) + eps)                       where ρ ≥ threshold
/// x ← x − lr m̂                                                    elsewhere
/// r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))
/// ρ = ρ∞ − 2 t beta2ᵗ / (1 − beta2ᵗ)      ρ∞ = 2 / (1 − beta2) − 1
/// ```
///
/// The hats divide by 1 − betaᵗ.
/// The dialect `torch` rectifies where ρ > 5, adds `eps` to the uncorrected root, and lacks `eps_root` and
/// `threshold`; `optax` lacks decay and `maximize`.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `eps_root` | 0 | [0, ∞) | gradient² |
/// | `threshold` | 5 | [4, ∞) | steps |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `decoupled_weight_decay`, `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RAdam, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[RAdam::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7158");
/// ```
///
/// Reference: Liu et al. (2020), arXiv:1908.03265, algorithm 2.
#[derive(Clone, Debug, PartialEq)]
pub struct RAdam {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added under the root.
    pub eps_root: f64,
    /// Least ρ that is rectified.
    pub threshold: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub decoupled_weight_decay: bool,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Torch`] or [`Reading::Optax`].
    pub dialect: Reading,
}

impl Configuration for RAdam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] = &[
            ("torch", &["eps-root", "threshold"]),
            ("optax", &["weight-decay", "decoupled-weight-decay", "maximize"]),
        ];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            eps_root: settings.number("eps-root"),
            threshold: settings.number("threshold"),
            weight_decay: settings.number("weight-decay"),
            decoupled_weight_decay: settings.flag("decoupled-weight-decay"),
            maximize: settings.flag("maximize"),
            dialect: Reading::of(settings),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<9, 3, 12, 2> for RAdam {
    elementwise_loops!(9, 3, 12, 2);

    fn numbers(&self) -> [f64; 9] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.decoupled_weight_decay);
        [
            sign,
            decoupled,
            coupled,
            self.beta1,
            self.beta2,
            self.eps,
            self.eps_root,
            self.threshold,
            if self.dialect == Reading::Torch { 1.0 } else { 0.0 },
        ]
    }

    fn memory(&self) -> [f64; 3] {
        [1.0, 1.0, 0.0]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 9], rate: f64, step: u64, memory: &mut [f64; 3]) -> [f64; 12] {
        let [sign, decoupled, coupled, beta1, beta2, eps, eps_root, threshold, torch] = numbers;
        memory[0] = next_power(memory[0], beta1);
        let share_beta1 = 1.0 - memory[0];
        next_exact_power(&mut memory[1..], beta2);
        let share_beta2 = 1.0 - memory[1];
        let plain = rate / share_beta1;
        let (length, rectified) = rectification(beta2, memory[1], step);
        let (scale, correction, adaptive) = if torch == 1.0 && length > 5.0 {
            (plain * rectified * share_beta2.sqrt(), 1.0, 1.0)
        } else if torch == 0.0 && length >= threshold {
            (plain * rectified, 1.0 / share_beta2, 1.0)
        } else {
            (plain, 1.0, 0.0)
        };
        [
            sign,
            coupled,
            1.0 - rate * decoupled,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            scale,
            correction,
            adaptive,
            eps_root,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 12], x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, scale, correction, adaptive, eps_root, eps] =
            coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, g * g);
        let root = choose(adaptive, (v * correction + eps_root).sqrt() + eps, R::ONE);
        (x - scale * m / root, [m, v])
    }
}
