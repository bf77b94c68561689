//! Adam.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::moments::{Correction, Moments};
use crate::vocabulary::{MAXIMIZE, decay_rate, flag, number, refuse_lacking, split_decay};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adam",
    summary: "Steps along a running mean of gradients, divided by the root of a running mean of their squares.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  \
              x ← x − lr m/(1 − beta1ᵗ) / (√(v/(1 − beta2ᵗ) + eps-root) + eps)",
    conventions: "eps is outside the root and after the bias correction, eps-root under it. \
                  weight-decay is added to the gradient, unless decoupled-weight-decay: then x ← x (1 − lr weight-decay) \
                  comes before the step. \
                  amsgrad takes the maximum of the raw v and corrects its bias afterwards (amsgrad has the other order).",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("eps-root", "added under the root", 0.0, Range::at_least(0.0)),
        number("weight-decay", "coupled or decoupled decay", 0.0, Range::at_least(0.0)),
        flag("decoupled-weight-decay", "decay shrinks the parameters instead of entering the gradient"),
        flag("amsgrad", "divide by the largest v so far"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect { name: "torch", conventions: "No eps-root.", formula: &[], defaults: &[] },
        Dialect { name: "optax", conventions: "No decay, amsgrad or maximize.", formula: &[], defaults: &[] },
        Dialect {
            name: "paper",
            conventions: "Algorithm 1: no eps-root, decay, amsgrad or maximize.",
            formula: &[],
            defaults: &[],
        },
    ],
    cost: "Memory: two numbers per parameter, three with amsgrad. One gradient per step.",
    reference: "Kingma, Ba (2015), Adam: a method for stochastic optimization, arXiv:1412.6980",
};

const EXTRAS: &[&str] = &["weight-decay", "decoupled-weight-decay", "amsgrad", "maximize"];
const PAPER_LACKS: &[&str] = &["eps-root", "weight-decay", "decoupled-weight-decay", "amsgrad", "maximize"];

/// Steps along a running mean of gradients, divided by the root of a running mean of their squares.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// x ← x − lr m̂ / (√(v̂ + eps_root) + eps)
/// m̂ = m / (1 − beta1ᵗ)                    v̂ = v / (1 − beta2ᵗ)
/// ```
///
/// `eps` is added after the bias correction.
/// Decay is added to the gradient, or multiplies x by 1 − lr `weight_decay` before the step if it
/// is decoupled.
/// `amsgrad` replaces v by its maximum so far, corrected afterwards;
/// [`Amsgrad`](crate::Amsgrad) corrects first.
/// The dialect `torch` lacks `eps_root`; `optax` lacks decay, `amsgrad` and `maximize`; `paper` lacks all of them.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `eps_root` | 0 | [0, ∞) | gradient² |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `decoupled_weight_decay`, `amsgrad`, `maximize` | false | | |
///
/// Memory: two numbers per parameter, three with `amsgrad`; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Adam, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Adam::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7016");
/// ```
///
/// Reference: Kingma and Ba (2015), arXiv:1412.6980.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added under the root.
    pub eps_root: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Whether decay shrinks the parameters instead of entering the gradient.
    pub decoupled_weight_decay: bool,
    /// Divide by the largest v so far.
    pub amsgrad: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Adam {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] =
            &[("torch", &["eps-root"]), ("optax", EXTRAS), ("paper", PAPER_LACKS)];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            eps_root: settings.number("eps-root"),
            weight_decay: settings.number("weight-decay"),
            decoupled_weight_decay: settings.flag("decoupled-weight-decay"),
            amsgrad: settings.flag("amsgrad"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.amsgrad == other.amsgrad
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        Moments::bind(pack.iter().map(Self::moments).collect(), pack[0].amsgrad, layout)
    }
}

impl Adam {
    fn moments(&self) -> Moments {
        let (decoupled, coupled) = split_decay(self.weight_decay, self.decoupled_weight_decay);
        Moments {
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps,
            eps_root: self.eps_root,
            decoupled,
            coupled,
            maximize: self.maximize,
            correction: Correction::OfMaximum,
        }
    }
}
