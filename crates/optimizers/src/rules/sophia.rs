//! Sophia.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::kept::kept;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{decay_rate, next_power, number, refuse_lacking, split_decay, weight_decouple};
use crate::{Configuration, Needs, Reading, Rule, Wants};

pub(super) static ENTRY: Entry = Entry {
    name: "sophia",
    summary: "Steps along a running mean of gradients over a running mean of curvatures, clipped in every coordinate.",
    formula: "h ← beta2 · h + (1 − beta2) ĥ every update-period steps;  m ← beta1 · m + (1 − beta1) g;  \
              u = clip(m/max(h, eps), ±p);  x ← x (1 − lr weight-decay) − lr u",
    conventions: "ĥ estimates the diagonal of the Hessian; it is wanted at step 1, 1 + update-period, … \
                  Without weight-decouple, decay is added to the gradient. \
                  In optax u = clip(m/(1 − beta1ᵗ)/max(gamma · h, eps), ±clip-threshold) with h of the steps before.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.96),
        decay_rate("beta2", "decay rate of the mean of curvatures, per estimate", 0.99),
        number("eps", "smallest denominator", 1e-12, Range::above(0.0)),
        number("p", "largest step per unit of rate", 0.01, Range::above(0.0)),
        number("weight-decay", "coupled or decoupled decay", 0.0, Range::at_least(0.0)),
        weight_decouple(true),
        number("gamma", "factor of the curvature", 0.01, Range::above(0.0)),
        Hyperparameter {
            name: "clip-threshold",
            meaning: "largest step per unit of rate",
            domain: Domain::Optional { absent: "none", range: Range::above(0.0) },
        },
        Hyperparameter {
            name: "update-period",
            meaning: "steps from one estimate of the curvature to the next",
            domain: Domain::Integer { default: 10, least: 1 },
        },
    ],
    dialects: &[
        Dialect {
            name: "pytorch-optimizer",
            conventions: "The curvature is updated before the step. No gamma or clip-threshold.",
            formula: &[(2, "g ← g + weight-decay · x, unless weight-decouple; m ← beta1 · m + (1 − beta1) g")],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "The curvature is updated after the step, so that the first divides by eps; \
                          the bias of m is corrected. No p; decay is decoupled.",
            formula: &[
                (1, ""),
                (3, "u = clip(m/(1 − beta1ᵗ)/max(gamma · h, eps), ±clip-threshold)"),
                (4, "x ← x (1 − lr weight-decay) − lr u; h ← beta2 · h + (1 − beta2) ĥ every update-period steps"),
            ],
            defaults: &[("beta1", 0.965), ("eps", 1e-8), ("weight-decay", 1e-4), ("clip-threshold", 1.0)],
        },
    ],
    cost: "Memory: two numbers per parameter. One gradient per step and one diagonal of the Hessian every \
           update-period steps. Runs of a pack have the same update-period.",
    reference: "Liu, Li, Hall, Liang, Ma (2023), Sophia: a scalable stochastic second-order optimizer for language \
                model pre-training, arXiv:2305.14342",
};

const OPTIMIZER_LACKS: &[&str] = &["gamma", "clip-threshold"];
const OPTAX_LACKS: &[&str] = &["p", "weight-decouple"];

/// Steps along a running mean of gradients over a running mean of curvatures, clipped in every coordinate.
///
/// ```text
/// h ← beta2 h + (1 − beta2) ĥ       every update_period steps
/// m ← beta1 m + (1 − beta1) g
/// u = clip(m / max(h, eps), −p, p)
/// x ← x (1 − lr weight_decay) − lr u
/// ```
///
/// ĥ is an estimate of the diagonal of the Hessian at x, which the rule wants to be told at steps
/// 1, 1 + `update_period`, …
/// Without `weight_decouple`, decay is added to the gradient instead.
/// In the dialect `optax` (`late`), h is updated after the step, m is divided by 1 − beta1ᵗ, h is
/// multiplied by `gamma`, and the clipping is at `clip` = `clip-threshold` instead of `p`, if at all.
///
/// | name | default | default in optax | range | unit |
/// | --- | --- | --- | --- | --- |
/// | `beta1` | 0.96 | 0.965 | [0, 1) | 1 |
/// | `beta2` | 0.99 | 0.99 | [0, 1) | 1 |
/// | `eps` | 10⁻¹² | 10⁻⁸ | (0, ∞) | curvature |
/// | `clip`: `p` or `clip-threshold` | 0.01 | 1 | (0, ∞) | parameter |
/// | `weight_decay` | 0 | 10⁻⁴ | [0, ∞) | 1/lr; gradient per parameter if coupled |
/// | `weight_decouple` | true | | | |
/// | `gamma` | | 0.01 | (0, ∞) | 1 |
/// | `update_period` | 10 | 10 | ≥ 1 | steps |
///
/// Memory: two numbers per parameter; one gradient per step and one diagonal of the Hessian every
/// `update_period` steps, which runs of a pack have in common.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, Sophia};
/// let rule = Sophia { clip: Some(0.5), ..Sophia::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     let signal = Signal { curvature: Some(&[[1.0]]), ..Signal::of(&gradient) };
///     rule.update(&mut x, signal, &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.8500");
/// ```
///
/// Reference: Liu, Li, Hall, Liang and Ma (2023), arXiv:2305.14342.
#[derive(Clone, Debug, PartialEq)]
pub struct Sophia {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of curvatures, per estimate.
    pub beta2: f64,
    /// Smallest denominator.
    pub eps: f64,
    /// Largest step per unit of rate, if there is one.
    pub clip: Option<f64>,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Whether decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Factor of the curvature.
    pub gamma: f64,
    /// Steps from one estimate of the curvature to the next.
    pub update_period: u64,
    /// Whether the curvature is updated after the step, and the bias of the mean of gradients corrected.
    pub late: bool,
}

impl Configuration for Sophia {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("pytorch-optimizer", OPTIMIZER_LACKS), ("optax", OPTAX_LACKS)])?;
        let late = Reading::of(settings) == Reading::Optax;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            clip: if late { settings.optional("clip-threshold") } else { Some(settings.number("p")) },
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            gamma: if late { settings.number("gamma") } else { 1.0 },
            update_period: settings.integer("update-period"),
            late,
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.update_period == other.update_period
    }

    fn needs(&self) -> Needs {
        Needs { products: true, evaluations: 1.0 + 1.0 / self.update_period as f64, ..Needs::default() }
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// What a run keeps.
pub struct State<R> {
    m: Vec<R>,
    h: Vec<R>,
    steps: u64,
    power: f64,
}

kept!(<R> State<R>: m, h, steps, power);

impl Tensorwise for Sophia {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let zeros = vec![R::ZERO; layout.size()];
        State { m: zeros.clone(), h: zeros, steps: 0, power: 1.0 }
    }

    fn wants<R: Real>(&self, state: &State<R>) -> Wants {
        Wants { value: false, curvature: state.steps.is_multiple_of(self.update_period) }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let wanted = self.wants(state).curvature;
        let curvature = wanted.then(|| told.curvature.expect("this rule wants the curvature"));
        state.steps += 1;
        state.power = next_power(state.power, self.beta1);
        if !self.late {
            self.average(&mut state.h, curvature);
        }
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        let correction = if self.late { 1.0 - state.power } else { 1.0 };
        let [keep, take, correction, gamma] = [self.beta1, 1.0 - self.beta1, correction, self.gamma].map(R::of);
        let [shrink, coupled, eps, scale] = [1.0 - rate * decoupled, coupled, self.eps, rate].map(R::of);
        let clip = R::of(self.clip.unwrap_or(f64::INFINITY));
        for i in 0..at.len() {
            let g = told.gradient[i] + coupled * at[i];
            state.m[i] = keep * state.m[i] + take * g;
            let u = state.m[i] / correction / (gamma * state.h[i]).max(eps);
            at[i] = shrink * at[i] - scale * u.max(-clip).min(clip);
        }
        if self.late {
            self.average(&mut state.h, curvature);
        }
    }
}

impl Sophia {
    /// Updates the mean of curvatures, if there is a new one.
    #[inline(always)]
    fn average<R: Real>(&self, h: &mut [R], curvature: Option<&[R]>) {
        let [keep, take] = [self.beta2, 1.0 - self.beta2].map(R::of);
        for (h, &new) in h.iter_mut().zip(curvature.unwrap_or_default()) {
            *h = keep * *h + take * new;
        }
    }
}
