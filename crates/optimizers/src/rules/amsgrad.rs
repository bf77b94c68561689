//! `AMSGrad`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::moments::{Correction, Moments};
use crate::vocabulary::{decay_rate, number, refuse_lacking};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "amsgrad",
    summary: "Adam that divides by the largest second moment so far, so that no coordinate's rate ever grows.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2) g²;  w ← max(w, v/(1 − beta2ᵗ));  \
              x ← x − lr m/(1 − beta1ᵗ) / (√(w + eps-root) + eps)",
    conventions: "The maximum is over the corrected second moment; \
                  adam with amsgrad takes that of the raw one and corrects it afterwards.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-8, Range::at_least(0.0)),
        number("eps-root", "added under the root", 0.0, Range::at_least(0.0)),
    ],
    dialects: &[
        Dialect { name: "optax", conventions: "Corrects the bias of both moments.", formula: &[], defaults: &[] },
        Dialect {
            name: "paper",
            conventions: "Algorithm 2: corrects no bias, no eps-root. \
                          The paper has no eps; it is kept because 0/0 would come of gradients that are 0.",
            formula: &[(3, "w ← max(w, v)"), (4, "x ← x − lr m / (√w + eps)")],
            defaults: &[],
        },
    ],
    cost: "Memory: three numbers per parameter. One gradient per step.",
    reference: "Reddi, Kale, Kumar (2018), On the convergence of Adam and beyond, arXiv:1904.09237",
};

/// Adam that divides by the largest second moment so far, so that no coordinate's rate ever grows.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) g²
/// w ← max(w, v / (1 − beta2ᵗ))            (max(w, v) in the dialect paper)
/// x ← x − lr m̂ / (√(w + eps_root) + eps)
/// m̂ = m / (1 − beta1ᵗ)                    (m in the dialect paper)
/// ```
///
/// The maximum is over the corrected second moment;
/// [`Adam`](crate::Adam) with `amsgrad` corrects the maximum instead.
/// The dialect `paper` corrects no bias and lacks `eps_root`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient |
/// | `eps_root` | 0 | [0, ∞) | gradient² |
///
/// Memory: three numbers per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Amsgrad, Reading, RuleSpec, Signal};
/// let rule = Amsgrad { beta2: 0.9, dialect: Reading::Paper, ..Amsgrad::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.8728");
/// ```
///
/// Reference: Reddi, Kale and Kumar (2018), arXiv:1904.09237.
#[derive(Clone, Debug, PartialEq)]
pub struct Amsgrad {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added under the root.
    pub eps_root: f64,
    /// [`Reading::Optax`] or [`Reading::Paper`].
    pub dialect: Reading,
}

impl Configuration for Amsgrad {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("paper", &["eps-root"])])?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            eps_root: settings.number("eps-root"),
            dialect: Reading::of(settings),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.dialect == other.dialect
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        Moments::bind(pack.iter().map(Self::moments).collect(), true, layout)
    }
}

impl Amsgrad {
    fn moments(&self) -> Moments {
        Moments {
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps,
            eps_root: self.eps_root,
            decoupled: 0.0,
            coupled: 0.0,
            maximize: false,
            correction: if self.dialect == Reading::Paper { Correction::None } else { Correction::BeforeMaximum },
        }
    }
}
