//! Schedule-free `AdamW`.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{UNDER_ROOT, is_first, mean};
use crate::schedule_free;
use crate::vocabulary::{MAXIMIZE, decay_rate, next_power, number, refuse_lacking, sign};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "schedule-free-adamw",
    summary: "Adam without a schedule: gradients are taken between a sequence of steps without momentum and its \
              average, which is the answer.",
    formula: "v ← beta2 · v + (1 − beta2) g²;  u = g / (√(v/(1 − beta2ᵗ)) + eps);  z ← z − lr (u + weight-decay · \
              y);  x ← x + (z − x) w/Σw;  y = beta1 · x + (1 − beta1) z",
    conventions: "The iterate is y, where gradients are taken; the answer is x. Decay is taken at y. w is t^r \
                  times the largest rate so far to the power weight-lr-power. Over warmup-steps steps the rate \
                  grows linearly: pytorch-optimizer's first is lr/warmup-steps, optax's 0 while its weight w \
                  already counts lr/warmup-steps. maximize negates the gradient first.",
    hyperparameters: &[
        decay_rate("beta1", "share of the average in the point of the gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("weight-decay", "times y, added to the direction", 0.0, Range::at_least(0.0)),
        number("r", "power of the step in the weights of the average", 0.0, Range::at_least(0.0)),
        number("weight-lr-power", "power of the largest rate in the weights", 2.0, Range::at_least(0.0)),
        Hyperparameter {
            name: "warmup-steps",
            meaning: "steps over which the rate grows",
            domain: Domain::Integer { default: 0, least: 0 },
        },
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "optax",
            conventions: "The warm-up starts at 0. No r or maximize.",
            formula: &[(3, "z ← z − lr min(1, (t − 1)/warmup-steps) (u + weight-decay · y)")],
            defaults: &[],
        },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "The warm-up starts at lr/warmup-steps. 10⁻¹⁵ is added under the root.",
            formula: &[
                (2, "u = g / (√(v/(1 − beta2ᵗ) + 10⁻¹⁵) + eps)"),
                (3, "z ← z − lr min(1, t/warmup-steps) (u + weight-decay · y)"),
            ],
            defaults: &[],
        },
    ],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Defazio et al. (2024), The road less scheduled, arXiv:2405.15682",
};

/// Adam without a schedule: gradients are taken between a sequence of steps without momentum and its average, which is the answer.
///
/// ```text
/// v ← beta2 v + (1 − beta2) g²
/// u = g / (√(v / (1 − beta2ᵗ)) + eps)
/// z ← z − lr (u + weight_decay y)
/// x ← x + (z − x) w / Σ w
/// y = beta1 x + (1 − beta1) z
/// ```
///
/// The iterate is y, the [answer](crate::Rule::answer) x; all start at the same point.
/// w = tʳ (largest rate so far)^`weight_lr_power`.
/// Over `warmup_steps` steps the rate grows linearly: the first is lr / `warmup_steps` in the dialect
/// `pytorch-optimizer`, 0 in `optax`, where w counts it as lr / `warmup_steps` nevertheless.
/// `maximize` negates the gradient first.
/// The dialect `pytorch-optimizer` adds 10⁻¹⁵ under the root.
/// The dialect `optax` lacks `r` and `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter |
/// | `r` | 0 | [0, ∞) | 1 |
/// | `weight_lr_power` | 2 | [0, ∞) | 1 |
/// | `warmup_steps` | 0 | [0, ∞) | steps |
/// | `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, ScheduleFreeAdamW, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[ScheduleFreeAdamW::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7968");
/// ```
///
/// Reference: Defazio et al. (2024), arXiv:2405.15682.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleFreeAdamW {
    /// Share of the average in the point of the gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Times y, added to the direction.
    pub weight_decay: f64,
    /// Power of the step in the weights of the average.
    pub r: f64,
    /// Power of the largest rate in the weights.
    pub weight_lr_power: f64,
    /// Steps over which the rate grows.
    pub warmup_steps: u64,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Optax`] or [`Reading::PytorchOptimizer`].
    pub dialect: Reading,
}

impl Configuration for ScheduleFreeAdamW {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] = &[("optax", &["r", "maximize"])];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            r: settings.number("r"),
            weight_lr_power: settings.number("weight-lr-power"),
            warmup_steps: settings.integer("warmup-steps"),
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

impl Elementwise<10, 3, 11, 3> for ScheduleFreeAdamW {
    elementwise_loops!(10, 3, 11, 3);

    const ANSWER: Option<usize> = Some(1);

    fn numbers(&self) -> [f64; 10] {
        let (from_zero, warmup) = (if self.dialect == Reading::Optax { 1.0 } else { 0.0 }, self.warmup_steps as f64);
        [
            sign(self.maximize),
            self.weight_decay,
            self.beta2,
            self.eps,
            if self.dialect == Reading::Optax { 0.0 } else { UNDER_ROOT },
            self.beta1,
            self.r,
            self.weight_lr_power,
            warmup,
            from_zero,
        ]
    }

    fn memory(&self) -> [f64; 3] {
        [1.0, 0.0, 0.0]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 10], rate: f64, step: u64, memory: &mut [f64; 3]) -> [f64; 11] {
        let [sign, decay, beta2, eps, under, momentum, r, power, warmup, from_zero] = numbers;
        memory[0] = next_power(memory[0], beta2);
        let share_beta2 = 1.0 - memory[0];
        let (rate, share) = schedule_free::rate_and_share([r, power, warmup, from_zero], rate, step, &mut memory[1..]);
        [sign, decay, beta2, 1.0 - beta2, 1.0 / share_beta2, under, eps, is_first(step), rate, share, momentum]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 11], x: R, g: R, [z, average, v]: [R; 3]) -> (R, [R; 3]) {
        let [sign, decay, beta2, rest2, correction, under, eps, first, rate, share, momentum] = coefficients;
        let g = sign * g;
        let v = mean([beta2, rest2], v, g * g);
        let direction = g / ((v * correction + under).sqrt() + eps) + decay * x;
        let (y, z, average) = schedule_free::step([first, rate, share, momentum], direction, x, z, average);
        (y, [z, average, v])
    }
}
