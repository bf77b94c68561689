//! AdaHessian.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::kept::kept;
use crate::kernels::power;
use crate::sums::mean;
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{MAXIMIZE, decay_rate, next_power, number, refuse_lacking, sign, split_decay, weight_decouple};
use crate::{Configuration, Needs, Rule, Wants};

pub(super) static ENTRY: Entry = Entry {
    name: "adahessian",
    summary: "Adam with the diagonal of the Hessian in place of the gradient in the second moment.",
    formula: "v ← beta2 · v + (1 − beta2) D² every update-period steps;  m ← beta1 · m + (1 − beta1) g;  \
              x ← x (1 − lr weight-decay) − lr M/(V^(hessian-power/2) + eps)",
    conventions: "D is ĥ, an estimate of the diagonal of the Hessian, wanted at step 1, 1 + update-period, …; with a \
                  block above 1 it is the mean of |ĥ| over as many consecutive entries of a tensor. M = m/(1 − beta1ᵗ) \
                  and V = v/(1 − beta2ᵗ), t counting steps. Without weight-decouple, decay is added to the gradient.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squared curvatures, per estimate", 0.999),
        number("eps", "added to the denominator", 1e-4, Range::above(0.0)),
        number("hessian-power", "power of the curvature that divides", 1.0, Range::closed(0.0, 1.0)),
        number("weight-decay", "coupled or decoupled decay", 0.0, Range::at_least(0.0)),
        weight_decouple(true),
        Hyperparameter {
            name: "block",
            meaning: "consecutive entries of a tensor that have one curvature; the last block is what is left",
            domain: Domain::Integer { default: 1, least: 1 },
        },
        Hyperparameter {
            name: "update-period",
            meaning: "steps from one estimate of the curvature to the next",
            domain: Domain::Integer { default: 1, least: 1 },
        },
        MAXIMIZE,
    ],
    dialects: &[
        Dialect { name: "paper", conventions: "eps is that of the authors' code.", formula: &[], defaults: &[] },
        Dialect { name: "pytorch-optimizer", conventions: "No block.", formula: &[], defaults: &[("eps", 1e-16)] },
    ],
    cost: "Memory: two numbers per parameter. One gradient per step and one diagonal of the Hessian every \
           update-period steps. Runs of a pack have the same update-period.",
    reference: "Yao, Gholami, Shen, Mustafa, Keutzer, Mahoney (2021), ADAHESSIAN: an adaptive second order optimizer \
                for machine learning, arXiv:2006.00719",
};

/// Adam with the diagonal of the Hessian in place of the gradient in the second moment.
///
/// ```text
/// D = mean of |ĥ| over a block
/// v ← beta2 v + (1 − beta2) D²     every update_period steps
/// m ← beta1 m + (1 − beta1) g
/// x ← x (1 − lr weight_decay) − lr (m/(1 − beta1ᵗ)) / ((v/(1 − beta2ᵗ))^(hessian_power/2) + eps)
/// ```
///
/// ĥ is an estimate of the diagonal of the Hessian at x, which the rule wants to be told at steps
/// 1, 1 + `update_period`, …
/// A block is `block` consecutive entries of a tensor.
/// Without `weight_decouple`, decay is added to the gradient instead.
///
/// | name | default | default in pytorch_optimizer | range | unit |
/// | --- | --- | --- | --- | --- |
/// | `beta1` | 0.9 | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁴ | 10⁻¹⁶ | (0, ∞) | curvature^`hessian_power` |
/// | `hessian_power` | 1 | 1 | [0, 1] | 1 |
/// | `weight_decay` | 0 | 0 | [0, ∞) | 1/lr; gradient per parameter if coupled |
/// | `weight_decouple` | true | true | | |
/// | `block` | 1 | 1 | ≥ 1 | entries |
/// | `update_period` | 1 | 1 | ≥ 1 | steps |
/// | `maximize` | false | false | | |
///
/// Memory: two numbers per parameter; one gradient per step and one diagonal of the Hessian every
/// `update_period` steps, which runs of a pack have in common.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdaHessian, RuleSpec, Signal};
/// let rule = AdaHessian { eps: 1e-16, ..AdaHessian::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(2));
/// let mut x = [[1.0], [1.0]];
/// // x²/2 + 50 y²: the first step is the same share of the way in both.
/// let (gradient, curvature) = ([[1.0], [100.0]], [[1.0], [100.0]]);
/// let signal = Signal { curvature: Some(&curvature), ..Signal::of(&gradient) };
/// rule.update(&mut x, signal, &[0.5]);
/// assert_eq!(format!("{:.4} {:.4}", x[0][0], x[1][0]), "0.5000 0.5000");
/// ```
///
/// Reference: Yao, Gholami, Shen, Mustafa, Keutzer and Mahoney (2021), algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct AdaHessian {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squared curvatures, per estimate.
    pub beta2: f64,
    /// Added to the denominator.
    pub eps: f64,
    /// Power of the curvature that divides.
    pub hessian_power: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Whether decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Consecutive entries of a tensor that have one curvature.
    pub block: u64,
    /// Steps from one estimate of the curvature to the next.
    pub update_period: u64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for AdaHessian {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("pytorch-optimizer", &["block"])])?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            hessian_power: settings.number("hessian-power"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            block: settings.integer("block"),
            update_period: settings.integer("update-period"),
            maximize: settings.flag("maximize"),
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
    v: Vec<R>,
    steps: u64,
    powers: [f64; 2],
}

kept!(<R> State<R>: m, v, steps, powers);

impl Tensorwise for AdaHessian {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let zeros = vec![R::ZERO; layout.size()];
        State { m: zeros.clone(), v: zeros, steps: 0, powers: [1.0; 2] }
    }

    fn wants<R: Real>(&self, state: &State<R>) -> Wants {
        Wants { value: false, curvature: state.steps.is_multiple_of(self.update_period) }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, layout: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        if self.wants(state).curvature {
            self.average(&mut state.v, layout, told.curvature.expect("this rule wants the curvature"));
        }
        state.steps += 1;
        state.powers = [next_power(state.powers[0], self.beta1), next_power(state.powers[1], self.beta2)];
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        let [sign, keep, take] = [sign(self.maximize), self.beta1, 1.0 - self.beta1].map(R::of);
        let [shrink, coupled, eps] = [1.0 - rate * decoupled, coupled, self.eps].map(R::of);
        let [scale, correction] = [rate / (1.0 - state.powers[0]), 1.0 - state.powers[1]].map(R::of);
        let (half, is_root) = (R::of(0.5 * self.hessian_power), self.hessian_power == 1.0);
        for i in 0..at.len() {
            let g = sign * told.gradient[i] + coupled * at[i];
            state.m[i] = keep * state.m[i] + take * g;
            let v = state.v[i] / correction;
            let size = if is_root { v.sqrt() } else { power(v, half) };
            at[i] = shrink * at[i] - scale * (state.m[i] / (size + eps));
        }
    }
}

impl AdaHessian {
    /// Updates the mean of squared curvatures, which are equal within a block.
    #[inline(always)]
    fn average<R: Real>(&self, v: &mut [R], layout: &Layout, curvature: &[R]) {
        let [keep, take] = [self.beta2, 1.0 - self.beta2].map(R::of);
        for tensor in layout.tensors() {
            let range = tensor.offset..tensor.offset + tensor.size();
            let blocks = curvature[range.clone()].chunks(self.block as usize);
            for (v, h) in v[range].chunks_mut(self.block as usize).zip(blocks) {
                let size = mean(h.len(), |i| h[i].abs());
                v.iter_mut().for_each(|v| *v = keep * *v + take * (size * size));
            }
        }
    }
}
