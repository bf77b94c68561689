//! Cautious Lion.

use std::iter::zip;

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::per_tensor::{self, Now, Part, PerTensor, add, average, keep_agreeing, per_tensor_loops, scale, zeros};
use crate::vocabulary::{MAXIMIZE, decay_rate, number, split_decay, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "cautious-lion",
    summary: "Lion that leaves out the coordinates in which its direction and the gradient disagree in sign.",
    formula: "u = sign(beta1 · m + (1 − beta1) g);  m ← beta2 · m + (1 − beta2) g;  x ← x (1 − lr weight-decay) − \
              lr n/(nnz + 1) u [u g > 0]",
    conventions: "Of the n coordinates of a tensor, nnz are moved. Decay is not masked. Without weight-decouple, \
                  decay is added to the gradient instead, which the mask then sees. Without cautious this is \
                  lion.",
    hyperparameters: &[
        decay_rate("beta1", "share of the mean in the update", 0.9),
        decay_rate("beta2", "decay rate of the mean of gradients", 0.99),
        number("weight-decay", "share of x that goes per unit of rate", 0.0, Range::at_least(0.0)),
        weight_decouple(true),
        MAXIMIZE,
        Hyperparameter {
            name: "cautious",
            meaning: "leave out coordinates that disagree in sign with the gradient",
            domain: Domain::Flag { default: true },
        },
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "The mask is scaled by n/(nnz + 1), as published.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Liang, Chen, Liu, Liu (2024), Cautious optimizers: improving training with one line of code, \
               arXiv:2411.16085",
};

/// Lion that leaves out the coordinates in which its direction and the gradient disagree in sign.
///
/// ```text
/// u = sign(beta1 m + (1 − beta1) g)       m ← beta2 m + (1 − beta2) g
/// x ← x (1 − lr weight_decay) − lr s u    where u g > 0, and x (1 − lr weight_decay) elsewhere
/// s = n / (nnz + 1)                       nnz of the n coordinates of a tensor are moved
/// ```
///
/// Without `weight_decouple` decay is added to the gradient instead, which the mask then sees.
/// Without `cautious` this is [`Lion`](crate::Lion).
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.99 | [0, 1) | 1 |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr; gradient per parameter if coupled |
/// | `weight_decouple` | true | | |
/// | `maximize` | false | | |
/// | `cautious` | true | | |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{CautiousLion, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[CautiousLion::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.8000");
/// ```
///
/// Reference: Liang, Chen, Liu and Liu (2024), arXiv:2411.16085, algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct CautiousLion {
    /// Share of the mean in the update.
    pub beta1: f64,
    /// Decay rate of the mean of gradients.
    pub beta2: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
    /// Leave out coordinates that disagree in sign with the gradient.
    pub cautious: bool,
}

impl Configuration for CautiousLion {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            maximize: settings.flag("maximize"),
            cautious: settings.flag("cautious"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        per_tensor::bind(pack, layout)
    }
}

impl PerTensor for CautiousLion {
    per_tensor_loops!();

    /// The mean of gradients, and room for the direction.
    type State<R: Real> = (Vec<R>, Vec<R>);

    fn init<R: Real>(&self, shape: &[usize]) -> (Vec<R>, Vec<R>) {
        (zeros(shape), zeros(shape))
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, (m, u): &mut (Vec<R>, Vec<R>), Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        add(g, R::of(coupled), x);
        scale(x, R::of(1.0 - now.rate * decoupled));
        let (stays, fresh) = (R::of(self.beta1), R::of(1.0 - self.beta1));
        for (u, (&m, &g)) in zip(&mut *u, zip(&*m, &*g)) {
            *u = (stays * m + fresh * g).sign();
        }
        average(m, g, self.beta2);
        if self.cautious {
            let kept = keep_agreeing(g, u.iter().copied());
            add(x, -R::of(now.rate * g.len() as f64 / (kept as f64 + 1.0)), g);
        } else {
            add(x, -R::of(now.rate), u);
        }
    }
}
