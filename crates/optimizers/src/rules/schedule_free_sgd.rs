//! Schedule-free SGD.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::is_first;
use crate::schedule_free;
use crate::vocabulary::{COUPLED_DECAY, MAXIMIZE, decay_rate, number, refuse_lacking, sign};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "schedule-free-sgd",
    summary: "SGD without a schedule: gradients are taken between a plain SGD sequence and its average, which is \
              the answer.",
    formula: "z ← z − lr (g + weight-decay · y);  x ← x + (z − x) w/Σw;  y = momentum · x + (1 − momentum) z",
    conventions: "The iterate is y, where gradients are taken; the answer is x. Decay is taken at y. w is t^r \
                  times the largest rate so far to the power weight-lr-power. Over warmup-steps steps the rate \
                  grows linearly: pytorch-optimizer's first is lr/warmup-steps, optax's 0 while its weight w \
                  already counts lr/warmup-steps. maximize negates the gradient first.",
    hyperparameters: &[
        decay_rate("momentum", "share of the average in the point of the gradients", 0.9),
        COUPLED_DECAY,
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
            formula: &[(1, "z ← z − lr min(1, (t − 1)/warmup-steps) (g + weight-decay · y)")],
            defaults: &[],
        },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "The warm-up starts at lr/warmup-steps.",
            formula: &[(1, "z ← z − lr min(1, t/warmup-steps) (g + weight-decay · y)")],
            defaults: &[],
        },
    ],
    cost: "Memory: two numbers per parameter. One gradient per step.",
    reference: "Defazio et al. (2024), The road less scheduled, arXiv:2405.15682",
};

/// SGD without a schedule: gradients are taken between a plain SGD sequence and its average, which is the answer.
///
/// ```text
/// z ← z − lr (g + weight_decay y)
/// x ← x + (z − x) w / Σ w
/// y = momentum x + (1 − momentum) z
/// ```
///
/// The iterate is y, the [answer](crate::Rule::answer) x; all start at the same point.
/// w = tʳ (largest rate so far)^`weight_lr_power`.
/// Over `warmup_steps` steps the rate grows linearly: the first is lr / `warmup_steps` in the dialect
/// `pytorch-optimizer`, 0 in `optax`, where w counts it as lr / `warmup_steps` nevertheless.
/// `maximize` negates the gradient first.
/// The dialect `optax` lacks `r` and `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `momentum` | 0.9 | [0, 1) | 1 |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter |
/// | `r` | 0 | [0, ∞) | 1 |
/// | `weight_lr_power` | 2 | [0, ∞) | 1 |
/// | `warmup_steps` | 0 | [0, ∞) | steps |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, ScheduleFreeSgd, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[ScheduleFreeSgd::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.8030");
/// ```
///
/// Reference: Defazio et al. (2024), arXiv:2405.15682.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleFreeSgd {
    /// Share of the average in the point of the gradients.
    pub momentum: f64,
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

impl Configuration for ScheduleFreeSgd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] = &[("optax", &["r", "maximize"])];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            momentum: settings.number("momentum"),
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

impl Elementwise<7, 2, 6, 2> for ScheduleFreeSgd {
    elementwise_loops!(7, 2, 6, 2);

    const ANSWER: Option<usize> = Some(1);

    fn numbers(&self) -> [f64; 7] {
        let (from_zero, warmup) = (if self.dialect == Reading::Optax { 1.0 } else { 0.0 }, self.warmup_steps as f64);
        [sign(self.maximize), self.weight_decay, self.momentum, self.r, self.weight_lr_power, warmup, from_zero]
    }

    fn memory(&self) -> [f64; 2] {
        [0.0, 0.0]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, step: u64, memory: &mut [f64; 2]) -> [f64; 6] {
        let [sign, decay, momentum, r, power, warmup, from_zero] = numbers;
        let (rate, share) = schedule_free::rate_and_share([r, power, warmup, from_zero], rate, step, memory);
        [sign, decay, is_first(step), rate, share, momentum]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 6], x: R, g: R, [z, average]: [R; 2]) -> (R, [R; 2]) {
        let [sign, decay, first, rate, share, momentum] = coefficients;
        let direction = sign * g + decay * x;
        let (y, z, average) = schedule_free::step([first, rate, share, momentum], direction, x, z, average);
        (y, [z, average])
    }
}
