//! Adagrad.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::vocabulary::{COUPLED_DECAY, MAXIMIZE, number, refuse_lacking, sign};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adagrad",
    summary: "Divides each coordinate's step by the root of the sum of its squared gradients.",
    formula: "s ← s + g²;  x ← x − lr/(1 + (t − 1) lr-decay) · g / (√s + eps)",
    conventions: "s starts at initial-accumulator-value. The first step has the full rate. \
                  weight-decay is added to the gradient, after maximize has negated it.",
    hyperparameters: &[
        number("initial-accumulator-value", "where the sum of squares starts", 0.0, Range::at_least(0.0)),
        number("eps", "added to the root (torch) or under it (optax)", 1e-10, Range::at_least(0.0)),
        number("lr-decay", "the rate of step t is divided by 1 + (t − 1) lr-decay", 0.0, Range::at_least(0.0)),
        COUPLED_DECAY,
        MAXIMIZE,
    ],
    dialects: &[
        Dialect { name: "torch", conventions: "eps outside the root.", formula: &[], defaults: &[] },
        Dialect {
            name: "optax",
            conventions: "eps under the root, and no move where the sum is 0. No lr-decay, weight-decay or maximize. \
                          A sum that is NaN moves to NaN (optax itself stays).",
            formula: &[(2, "x ← x − lr g / √(s + eps), where s is not 0")],
            defaults: &[("initial-accumulator-value", 0.1), ("eps", 1e-7)],
        },
    ],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Duchi, Hazan, Singer (2011), Adaptive subgradient methods, JMLR 12",
};

/// Divides each coordinate's step by the root of the sum of its squared gradients.
///
/// ```text
/// g ← g + weight_decay x                                  (g negated first if maximize)
/// s ← s + g²                                              (s starts at initial_accumulator)
/// x ← x − lr / (1 + (t − 1) lr_decay) · g / (√s + eps)    (g / √(s + eps) in the dialect optax)
/// ```
///
/// The dialect `optax` does not move where s is 0 and lacks `lr_decay`, decay and maximize.
///
/// | name | default (torch, optax) | range | unit |
/// | --- | --- | --- | --- |
/// | `initial_accumulator` | 0, 0.1 | [0, ∞) | gradient² |
/// | `eps` | 10⁻¹⁰, 10⁻⁷ | [0, ∞) | gradient, gradient² |
/// | `lr_decay` | 0 | [0, ∞) | 1/step |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter |
/// | `maximize` | false | | |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Adagrad, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Adagrad::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7805");
/// ```
///
/// Reference: Duchi, Hazan and Singer (2011), JMLR 12.
#[derive(Clone, Debug, PartialEq)]
pub struct Adagrad {
    /// Where the sum of squares starts.
    pub initial_accumulator: f64,
    /// Added to the root or under it.
    pub eps: f64,
    /// The rate of step t is divided by 1 + (t − 1) times this.
    pub lr_decay: f64,
    /// Times x, added to the gradient.
    pub weight_decay: f64,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Torch`] or [`Reading::Optax`].
    pub dialect: Reading,
}

impl Configuration for Adagrad {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("optax", &["lr-decay", "weight-decay", "maximize"])])?;
        Ok(Self {
            initial_accumulator: settings.number("initial-accumulator-value"),
            eps: settings.number("eps"),
            lr_decay: settings.number("lr-decay"),
            weight_decay: settings.number("weight-decay"),
            maximize: settings.flag("maximize"),
            dialect: Reading::of(settings),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.dialect == other.dialect
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        elementwise::bind(pack, layout)
    }
}

impl Elementwise<5, 0, 5, 1> for Adagrad {
    elementwise_loops!(5, 0, 5, 1);

    fn numbers(&self) -> [f64; 5] {
        let (under, outside) = if self.dialect == Reading::Optax { (self.eps, 0.0) } else { (0.0, self.eps) };
        [sign(self.maximize), self.weight_decay, self.lr_decay, under, outside]
    }

    fn initial(&self) -> [f64; 1] {
        [self.initial_accumulator]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 5], rate: f64, step: u64, _: &mut [f64; 0]) -> [f64; 5] {
        let [sign, decay, lr_decay, under, outside] = numbers;
        [sign, decay, rate / (1.0 + (step - 1) as f64 * lr_decay), under, outside]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, c: [R; 5], x: R, g: R, [sum]: [R; 1]) -> (R, [R; 1]) {
        let [sign, decay, rate, under, outside] = c;
        let g = sign * g + decay * x;
        let sum = sum + g * g;
        let move_by = rate * g / ((sum + under).sqrt() + outside);
        let stays = self.dialect == Reading::Optax && sum == R::ZERO;
        (x - if stays { R::ZERO } else { move_by }, [sum])
    }
}
