//! Averaged SGD.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{choose, decay_numbers, decayed, power};
use crate::vocabulary::{COUPLED_DECAY, MAXIMIZE, number};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "asgd",
    summary: "SGD with a decreasing rate, whose answer is the average of the iterates.",
    formula: "η = lr / (1 + lambd · lr (t − 1))^alpha;  x ← x (1 − lambd · η) − η g;  a ← a + (x − a) / max(1, t − \
              1 − t0)",
    conventions: "The answer is a, which equals x up to step t0 + 2. The decay of the rate counts from the present \
                  rate; in torch, which computes η at the end of the step before, from the rate of that step, so that \
                  a schedule acts a step late. weight-decay is added to the gradient, after maximize has negated it; lambd shrinks x \
                  besides.",
    hyperparameters: &[
        number("lambd", "decay of the iterate and of the rate", 0.0001, Range::at_least(0.0)),
        number("alpha", "power of the decay of the rate", 0.75, Range::at_least(0.0)),
        number("t0", "step after which the average begins", 1000000.0, Range::at_least(0.0)),
        COUPLED_DECAY,
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "torch",
            conventions: "lr is that of the step before, in η.",
            formula: &[(1, "η = lr′ / (1 + lambd · lr′ (t − 1))^alpha with lr′ the rate of the step before")],
            defaults: &[],
        },
        Dialect { name: "paper", conventions: "lr is that of the step.", formula: &[], defaults: &[] },
    ],
    cost: "Memory: one number per parameter. One gradient per step.",
    reference: "Polyak, Juditsky (1992), Acceleration of stochastic approximation by averaging, SIAM J. Control \
                Optim. 30; Bottou (2010), Large-scale machine learning with stochastic gradient descent, COMPSTAT",
};

/// SGD with a decreasing rate, whose answer is the average of the iterates.
///
/// ```text
/// g ← g + weight_decay x                  (g negated first if maximize)
/// η = lr / (1 + lambd lr (t − 1))^alpha
/// x ← x (1 − lambd η) − η g
/// a ← a + (x − a) / max(1, t − 1 − t0)
/// ```
///
/// The [answer](crate::Rule::answer) is a; it equals x until the average begins.
/// In the dialect `torch` lr is that of the step before (at step 1 its own), in `paper` that of the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `lambd` | 10⁻⁴ | [0, ∞) | 1/(rate · step) |
/// | `alpha` | 0.75 | [0, ∞) | 1 |
/// | `t0` | 10⁶ | [0, ∞) | steps |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter |
/// | `maximize` | false | | |
///
/// Memory: one number per parameter; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Asgd, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Asgd::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7290");
/// ```
///
/// Reference: Polyak and Juditsky (1992); Bottou (2010), section 5.
#[derive(Clone, Debug, PartialEq)]
pub struct Asgd {
    /// Decay of the iterate and of the rate.
    pub lambd: f64,
    /// Power of the decay of the rate.
    pub alpha: f64,
    /// Step after which the average begins.
    pub t0: f64,
    /// Times x, added to the gradient.
    pub weight_decay: f64,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Torch`] or [`Reading::Paper`].
    pub dialect: Reading,
}

impl Configuration for Asgd {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            lambd: settings.number("lambd"),
            alpha: settings.number("alpha"),
            t0: settings.number("t0"),
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

impl Elementwise<6, 1, 6, 1> for Asgd {
    elementwise_loops!(6, 1, 6, 1);

    const ANSWER: Option<usize> = Some(0);

    fn numbers(&self) -> [f64; 6] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, false);
        [sign, decoupled, coupled, self.lambd, self.alpha, self.t0]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 6], rate: f64, step: u64, before: &mut [f64; 1]) -> [f64; 6] {
        let [sign, decoupled, coupled, lambd, alpha, t0] = numbers;
        let late = self.dialect == Reading::Torch && step > 1;
        let rate = if late { std::mem::replace(&mut before[0], rate) } else { rate };
        before[0] = if late { before[0] } else { rate };
        let past = (step - 1) as f64;
        let eta = rate / power(1.0 + lambd * rate * past, alpha);
        [sign, coupled, 1.0 - rate * decoupled, 1.0 - lambd * eta, eta, 1.0 / (past - t0).max(1.0)]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 6], x: R, g: R, [average]: [R; 1]) -> (R, [R; 1]) {
        let [sign, coupled, shrink, keep, eta, weight] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let x = keep * x - eta * g;
        let average = choose(weight, x, average + weight * (x - average));
        (x, [average])
    }
}
