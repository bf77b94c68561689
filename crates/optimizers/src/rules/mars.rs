//! MARS.

use std::iter::zip;

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Averages, Now, Part, PerTensor, add, per_tensor_loops, scale, zeros};
use crate::sums::norm;
use crate::vocabulary::{MAXIMIZE, decay_rate, flag, number};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "mars",
    summary: "Adam or Lion on gradients corrected by a share of their last change, against the noise in them.",
    formula: "c = g + gamma · beta1/(1 − beta1) (g − g₋);  c ← c / max(1, ‖c‖);  m ← beta1 · m + (1 − beta1) c;  v \
              ← beta2 · v + (1 − beta2) c²;  x ← x (1 − lr weight-decay) − lr m/(1 − beta1ᵗ) / ((√(v + 10⁻¹⁵) + \
              eps) / √(1 − beta2ᵗ)), or − lr sign(m) with mars-type lion",
    conventions: "g₋ is the last gradient of the run, from another batch (the approximate variant, with one \
                  gradient per step); before the first step it is 0. Norms are of each tensor alone. Without \
                  optimize-1d, vectors follow AdamW without the correction, with beta1-1d, beta2-1d and \
                  weight-decay-1d, at the constant rate lr-1d whatever the rate is. 10⁻¹⁵ is added under the \
                  root, eps before the bias correction.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.95),
        decay_rate("beta2", "decay rate of the mean of squares", 0.99),
        number("gamma", "weight of the last change of the gradient", 0.025, Range::at_least(0.0)),
        Hyperparameter {
            name: "mars-type",
            meaning: "what the corrected gradients are used in",
            domain: Domain::Choice { default: "adamw", accepts: &["adamw", "lion"] },
        },
        flag("optimize-1d", "vectors are treated as matrices are"),
        number("lr-1d", "rate of vectors without optimize-1d", 0.003, Range::at_least(0.0)),
        decay_rate("beta1-1d", "beta1 of vectors without optimize-1d", 0.9),
        decay_rate("beta2-1d", "beta2 of vectors without optimize-1d", 0.95),
        number("weight-decay", "share of x that goes per unit of rate", 0.0, Range::at_least(0.0)),
        number("weight-decay-1d", "weight-decay of vectors without optimize-1d", 0.1, Range::at_least(0.0)),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "The approximate variant, without the type shampoo.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: four numbers per parameter. One gradient per step.",
    reference: "Yuan, Liu, Wu, Zhou, Gu (2024), MARS: unleashing the power of variance reduction for training \
               large models, arXiv:2411.10438",
};

/// Adam or Lion on gradients corrected by a share of their last change, against the noise in them.
///
/// ```text
/// c = g + gamma beta1 / (1 − beta1) (g − g₋)      g₋ is the last gradient, 0 at step 1
/// c ← c / max(1, ‖c‖)                             for each tensor
/// m ← beta1 m + (1 − beta1) c                     v ← beta2 v + (1 − beta2) c²
/// u = m̂ / ((√(v + 10⁻¹⁵) + eps) / √(1 − beta2ᵗ))  m̂ = m / (1 − beta1ᵗ); u = sign(m) for lion
/// x ← x (1 − lr weight_decay) − lr u
/// ```
///
/// Without `optimize_1d` vectors take c = g and the type `adamw`, with `beta1_1d`, `beta2_1d` and
/// `weight_decay_1d`, at the constant rate `lr_1d`, whatever the rate is.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.95 | [0, 1) | 1 |
/// | `beta2` | 0.99 | [0, 1) | 1 |
/// | `gamma` | 0.025 | [0, ∞) | 1 |
/// | `mars_type` | `adamw` | `adamw`, `lion` | |
/// | `optimize_1d` | false | | |
/// | `lr_1d` | 0.003 | [0, ∞) | lr |
/// | `beta1_1d` | 0.9 | [0, 1) | 1 |
/// | `beta2_1d` | 0.95 | [0, 1) | 1 |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr |
/// | `weight_decay_1d` | 0.1 | [0, ∞) | 1/lr |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `maximize` | false | | |
///
/// Memory: four numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Mars, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Mars::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9901");
/// ```
///
/// Reference: Yuan, Liu, Wu, Zhou and Gu (2024), arXiv:2411.10438, algorithms 1 to 3.
#[derive(Clone, Debug, PartialEq)]
pub struct Mars {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Weight of the last change of the gradient.
    pub gamma: f64,
    /// What the corrected gradients are used in.
    pub mars_type: MarsType,
    /// Vectors are treated as matrices are.
    pub optimize_1d: bool,
    /// Rate of vectors without `optimize_1d`.
    pub lr_1d: f64,
    /// `beta1` of vectors without `optimize_1d`.
    pub beta1_1d: f64,
    /// `beta2` of vectors without `optimize_1d`.
    pub beta2_1d: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Decay of vectors without `optimize_1d`.
    pub weight_decay_1d: f64,
    /// Added to the root.
    pub eps: f64,
    /// Go up.
    pub maximize: bool,
}

/// What the corrected gradients of [`Mars`] are used in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarsType {
    /// `AdamW`.
    AdamW,
    /// The sign of their mean.
    Lion,
}

impl MarsType {
    fn of(word: &str) -> Self {
        match word {
            "adamw" => Self::AdamW,
            "lion" => Self::Lion,
            other => panic!("the entry has no word {other}"),
        }
    }
}

impl Configuration for Mars {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            gamma: settings.number("gamma"),
            mars_type: MarsType::of(settings.word("mars-type")),
            optimize_1d: settings.flag("optimize-1d"),
            lr_1d: settings.number("lr-1d"),
            beta1_1d: settings.number("beta1-1d"),
            beta2_1d: settings.number("beta2-1d"),
            weight_decay: settings.number("weight-decay"),
            weight_decay_1d: settings.number("weight-decay-1d"),
            eps: settings.number("eps"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        per_tensor::bind(pack, layout)
    }
}

/// What is added to v under the root.
const UNDER: f64 = 1e-15;

impl PerTensor for Mars {
    per_tensor_loops!();

    /// The moments and the last gradient.
    type State<R: Real> = (Averages<R>, Vec<R>);

    fn init<R: Real>(&self, shape: &[usize]) -> (Averages<R>, Vec<R>) {
        (Averages::new(shape), zeros(shape))
    }

    fn corrected(&self) -> Vec<f64> {
        vec![self.beta1, self.beta2, self.beta1_1d, self.beta2_1d]
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, (averages, last): &mut (Averages<R>, Vec<R>), part: Part<'_, R>, now: Now<'_>) {
        let Part { shape, x, g } = part;
        if self.optimize_1d || shape.len() > 1 {
            let weight = R::of(self.gamma * self.beta1 / (1.0 - self.beta1));
            for (g, last) in zip(&mut *g, last) {
                let change = *g - *last;
                *last = *g;
                *g += weight * change;
            }
            let length = norm(g);
            scale(g, R::ONE / R::ONE.max(length));
            averages.update(g, self.beta1, self.beta2);
            match self.mars_type {
                MarsType::AdamW => self.adam(averages, g, now, [self.beta1, self.beta2]),
                MarsType::Lion => zip(g.iter_mut(), &averages.m).for_each(|(g, m)| *g = m.sign()),
            }
            scale(x, R::of(1.0 - now.rate * self.weight_decay));
            add(x, -R::of(now.rate), g);
        } else {
            averages.update(g, self.beta1_1d, self.beta2_1d);
            self.adam(averages, g, now, [self.beta1_1d, self.beta2_1d]);
            scale(x, R::of(1.0 - self.lr_1d * self.weight_decay_1d));
            add(x, -R::of(self.lr_1d), g);
        }
    }
}

impl Mars {
    /// Adam's direction.
    #[inline(always)]
    fn adam<R: Real>(&self, averages: &Averages<R>, u: &mut [R], now: Now<'_>, betas: [f64; 2]) {
        let [first, second] = betas.map(|beta| now.correction(beta));
        let (factor, under, eps) = (R::of(second.sqrt() / first), R::of(UNDER), R::of(self.eps));
        for (u, (&m, &v)) in zip(u, zip(&averages.m, &averages.v)) {
            *u = factor * m / ((v + under).sqrt() + eps);
        }
    }
}
