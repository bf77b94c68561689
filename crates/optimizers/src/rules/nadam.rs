//! `NAdam`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{decay_numbers, decayed, mean};
use crate::moments::adam_direction;
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, decay_rate, flag, flag_on, next_power, number, refuse_lacking};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "nadam",
    summary: "Adam with Nesterov momentum.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  x ← x − lr (μ′ m/(1 − Πμ · μ′) + (1 \
              − μ) g/(1 − Πμ)) / (√(v/(1 − beta2ᵗ) + eps-root) + eps)",
    conventions: "torch has the momentum schedule of the paper: μ = beta1 (1 − 0.96^(t · momentum-decay)/2), μ′ \
                  that of the next step, Πμ the product so far; m itself decays with beta1. optax has no schedule: \
                  it moves along beta1 · m/(1 − beta1ᵗ⁺¹) + (1 − beta1) g/(1 − beta1ᵗ), or along m/(1 − beta1ᵗ) \
                  without nesterov; its decay is decoupled. torch adds weight-decay to the gradient, after \
                  maximize has negated it, unless decoupled-weight-decay: then x ← x (1 − lr weight-decay) comes \
                  before the step.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("eps-root", "added under the root", 0.0, Range::at_least(0.0)),
        number("momentum-decay", "rate of the momentum schedule", 0.004, Range::at_least(0.0)),
        WEIGHT_DECAY,
        flag("decoupled-weight-decay", "decay shrinks the parameters instead of entering the gradient"),
        flag_on("nesterov", "move along a mixture of the mean and the gradient"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "torch",
            conventions: "No eps-root; always nesterov.",
            formula: &[
                (1, "g ← g + weight-decay · x, unless decoupled-weight-decay; m ← beta1 · m + (1 − beta1) g"),
                (
                    3,
                    "x ← x − lr (μ′ m/(1 − Πμ · μ′) + (1 − μ) g/(1 − Πμ)) / (√(v/(1 − beta2ᵗ)) + eps), μ = beta1 \
                     (1 − 0.96^(t momentum-decay)/2), μ′ that of t + 1",
                ),
            ],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "No schedule; decay is decoupled. No momentum-decay, decoupled-weight-decay or maximize.",
            formula: &[(
                3,
                "u = beta1 · m/(1 − beta1ᵗ⁺¹) + (1 − beta1) g/(1 − beta1ᵗ), or m/(1 − beta1ᵗ) without \
                     nesterov; x ← x (1 − lr weight-decay) − lr u / (√(v/(1 − beta2ᵗ) + eps-root) + eps)",
            )],
            defaults: &[],
        },
    ],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Dozat (2016), Incorporating Nesterov momentum into Adam, ICLR workshop",
};

/// Adam with Nesterov momentum.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// x ← x − lr (μ′ m / (1 − Πμ μ′) + (1 − μ) g / (1 − Πμ)) / (√(v̂ + eps_root) + eps)
/// μ = beta1 (1 − 0.96^(t momentum_decay) / 2)      μ′ is the next μ, Πμ the product so far
/// ```
///
/// In the dialect `optax` μ = μ′ = beta1, but for the correction: beta1 m / (1 − beta1ᵗ⁺¹) + (1 − beta1) g / (1 −
/// beta1ᵗ), or m / (1 − beta1ᵗ) without `nesterov`.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, as always in `optax`, it multiplies
/// x by 1 − lr `weight_decay` before the step.
/// The dialect `torch` lacks `eps_root` and is always `nesterov`; `optax` lacks `momentum_decay` and `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `eps_root` | 0 | [0, ∞) | gradient² |
/// | `momentum_decay` | 0.004 | [0, ∞) | 1/step |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `nesterov` | true | | |
/// | `decoupled_weight_decay`, `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{NAdam, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[NAdam::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7527");
/// ```
///
/// Reference: Dozat (2016).
#[derive(Clone, Debug, PartialEq)]
pub struct NAdam {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added under the root.
    pub eps_root: f64,
    /// Rate of the momentum schedule.
    pub momentum_decay: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub decoupled_weight_decay: bool,
    /// Move along a mixture of the mean and the gradient.
    pub nesterov: bool,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Torch`] or [`Reading::Optax`].
    pub dialect: Reading,
}

impl Configuration for NAdam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] = &[
            ("torch", &["eps-root", "nesterov"]),
            ("optax", &["momentum-decay", "decoupled-weight-decay", "maximize"]),
        ];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            eps_root: settings.number("eps-root"),
            momentum_decay: settings.number("momentum-decay"),
            weight_decay: settings.number("weight-decay"),
            decoupled_weight_decay: settings.flag("decoupled-weight-decay"),
            nesterov: settings.flag("nesterov"),
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

impl Elementwise<10, 3, 12, 2> for NAdam {
    elementwise_loops!(10, 3, 12, 2);

    fn numbers(&self) -> [f64; 10] {
        let [sign, decoupled, coupled] = decay_numbers(
            self.maximize,
            self.weight_decay,
            self.decoupled_weight_decay || self.dialect == Reading::Optax,
        );
        [
            sign,
            decoupled,
            coupled,
            self.beta1,
            self.beta2,
            self.eps,
            self.eps_root,
            self.momentum_decay,
            if self.nesterov { 1.0 } else { 0.0 },
            if self.dialect == Reading::Torch { 1.0 } else { 0.0 },
        ]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 10], rate: f64, step: u64, memory: &mut [f64; 3]) -> [f64; 12] {
        let [sign, decoupled, coupled, beta1, beta2, eps, eps_root, momentum_decay, nesterov, schedule] = numbers;
        memory[0] = next_power(memory[0], beta1);
        memory[1] = next_power(memory[1], beta2);
        let share_beta2 = 1.0 - memory[1];
        let (along, fresh) = if schedule == 1.0 {
            let share = |t: u64| beta1 * (1.0 - 0.5 * Real::exp(t as f64 * momentum_decay * Real::ln(0.96_f64)));
            let (present, next) = (share(step), share(step + 1));
            memory[2] = next_power(memory[2], present);
            (next / (1.0 - memory[2] * next), (1.0 - present) / (1.0 - memory[2]))
        } else {
            adam_direction(beta1, memory[0], nesterov == 1.0)
        };
        [
            sign,
            coupled,
            1.0 - rate * decoupled,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            rate * along,
            rate * fresh,
            1.0 / share_beta2,
            eps_root,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 12], x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, along, fresh, correction, eps_root, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, g * g);
        let root = (v * correction + eps_root).sqrt() + eps;
        (x - (along * m + fresh * g) / root, [m, v])
    }
}
