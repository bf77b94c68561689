//! Cautious `AdamW`.

use std::iter::zip;

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Averages, Now, Part, PerTensor, add, keep_agreeing, per_tensor_loops, scale};
use crate::vocabulary::{MAXIMIZE, decay_rate, number};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "cautious-adamw",
    summary: "AdamW that leaves out the coordinates in which its direction and the gradient disagree in sign.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  u = m/(1 − beta1ᵗ) / (√(v/(1 − \
              beta2ᵗ)) + eps);  x ← x (1 − lr weight-decay) − lr s u [u g > 0]",
    conventions: "mask-scale says what makes up for coordinates left out of a tensor of n, of which nnz are \
                  kept: s = n/(nnz + 1) in the publication, 1/max(nnz/n, 10⁻³) in its code. Decay is not masked.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("weight-decay", "share of x that goes per unit of rate", 0.01, Range::at_least(0.0)),
        Hyperparameter {
            name: "mask-scale",
            meaning: "what kept coordinates are multiplied by",
            domain: Domain::Choice { default: "n/(nnz+1)", accepts: &["n/(nnz+1)", "1/max(mean,1e-3)"] },
        },
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "paper",
        conventions: "Algorithm 2 with AdamW; mask-scale chooses between the text and the code.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Liang, Chen, Liu, Liu (2024), Cautious optimizers: improving training with one line of code, \
               arXiv:2411.16085",
};

/// AdamW that leaves out the coordinates in which its direction and the gradient disagree in sign.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// u = m̂ / (√v̂ + eps)                      m̂ = m / (1 − beta1ᵗ), v̂ = v / (1 − beta2ᵗ)
/// x ← x (1 − lr weight_decay) − lr s u    where u g > 0, and x (1 − lr weight_decay) elsewhere
/// ```
///
/// Of the n coordinates of a tensor nnz are moved, and s makes up for the others: see [`MaskScale`].
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `weight_decay` | 0.01 | [0, ∞) | 1/lr |
/// | `mask_scale` | `n/(nnz+1)` | `n/(nnz+1)`, `1/max(mean,1e-3)` | |
/// | `maximize` | false | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{CautiousAdamW, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[CautiousAdamW::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7978");
/// ```
///
/// Reference: Liang, Chen, Liu and Liu (2024), arXiv:2411.16085, algorithm 2.
#[derive(Clone, Debug, PartialEq)]
pub struct CautiousAdamW {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// What kept coordinates are multiplied by.
    pub mask_scale: MaskScale,
    /// Go up.
    pub maximize: bool,
}

/// What the coordinates that a cautious rule keeps are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskScale {
    /// n / (nnz + 1), as published.
    Paper,
    /// 1 / max(nnz/n, 10⁻³), as in the code of the authors.
    Code,
}

impl MaskScale {
    fn of(word: &str) -> Self {
        match word {
            "n/(nnz+1)" => Self::Paper,
            "1/max(mean,1e-3)" => Self::Code,
            other => panic!("the entry has no word {other}"),
        }
    }
}

impl Configuration for CautiousAdamW {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            weight_decay: settings.number("weight-decay"),
            mask_scale: MaskScale::of(settings.word("mask-scale")),
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

impl PerTensor for CautiousAdamW {
    per_tensor_loops!();

    type State<R: Real> = Averages<R>;

    fn init<R: Real>(&self, shape: &[usize]) -> Averages<R> {
        Averages::new(shape)
    }

    fn corrected(&self) -> Vec<f64> {
        vec![self.beta1, self.beta2]
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, averages: &mut Averages<R>, Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        averages.update(g, self.beta1, self.beta2);
        let first = R::of(1.0 / now.correction(self.beta1));
        let second = R::of(1.0 / now.correction(self.beta2));
        let eps = R::of(self.eps);
        let moments = zip(&averages.m, &averages.v);
        let kept = keep_agreeing(g, moments.map(|(&m, &v)| m * first / ((v * second).sqrt() + eps)));
        let (n, kept) = (g.len() as f64, kept as f64);
        let factor = match self.mask_scale {
            MaskScale::Paper => n / (kept + 1.0),
            MaskScale::Code => 1.0 / (kept / n).max(1e-3),
        };
        scale(x, R::of(1.0 - now.rate * self.weight_decay));
        add(x, -R::of(now.rate * factor), g);
    }
}
