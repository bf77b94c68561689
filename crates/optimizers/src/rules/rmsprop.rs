//! `RMSprop`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::vocabulary::{
    COUPLED_DECAY, MAXIMIZE, NESTEROV, decay_rate, flag, next_power, number, refuse_lacking, sign,
};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "rmsprop",
    summary: "Divides each coordinate's step by the root of a running mean of its squared gradients.",
    formula: "v ← alpha · v + (1 − alpha) g²;  u = g / (√v + eps), or g / √(v + eps) with eps-in-sqrt;  \
              b ← momentum · b + u;  x ← x − lr b, or x − lr (u + momentum · b) with nesterov",
    conventions: "eps is outside the root, or under it with eps-in-sqrt. \
                  centered subtracts the square of the running mean of g from v under the root. \
                  The rate is outside the momentum buffer b (torch) or inside: b ← momentum · b + lr u (optax). \
                  weight-decay is added to the gradient, after maximize has negated it.",
    hyperparameters: &[
        decay_rate("alpha", "decay rate of the mean of squares", 0.99),
        number("eps", "added to the root, or under it", 1e-8, Range::at_least(0.0)),
        flag("eps-in-sqrt", "eps is under the root"),
        flag("centered", "divide by an estimate of the standard deviation instead"),
        decay_rate("momentum", "share of the buffer that stays", 0.0),
        NESTEROV,
        flag("bias-correction", "divide the means by 1 − alphaᵗ"),
        number("initial-scale", "where the mean of squares starts", 0.0, Range::at_least(0.0)),
        COUPLED_DECAY,
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "torch",
            conventions: "The rate is outside the buffer. No eps-in-sqrt, nesterov, bias-correction or initial-scale.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "The rate is inside the buffer. No weight-decay or maximize.",
            formula: &[(3, "b ← momentum · b + lr u"), (4, "x ← x − b, or x − (lr u + momentum · b) with nesterov")],
            defaults: &[("alpha", 0.9), ("eps-in-sqrt", 1.0)],
        },
    ],
    cost: "Memory: one number per parameter, three with centered or momentum. One gradient per step.",
    reference: "Tieleman, Hinton (2012), Lecture 6.5, Neural networks for machine learning; \
                Graves (2013), Generating sequences with recurrent neural networks, arXiv:1308.0850 (centered)",
};

const TORCH_LACKS: &[&str] = &["eps-in-sqrt", "nesterov", "bias-correction", "initial-scale"];

/// Divides each coordinate's step by the root of a running mean of its squared gradients.
///
/// ```text
/// g ← g + weight_decay x              (g negated first if maximize)
/// v ← alpha v + (1 − alpha) g²        (v starts at initial_scale)
/// m ← alpha m + (1 − alpha) g
/// u = g / (√v + eps)                  (v − m² for v if centered; √(v + eps) if eps_in_sqrt)
/// b ← momentum b + u                  (lr u in the dialect optax)
/// x ← x − lr b                        (without lr in the dialect optax; u + momentum b for b if nesterov)
/// ```
///
/// `bias_correction` divides v and m by 1 − alphaᵗ where they are used.
/// The dialect `torch` lacks `eps_in_sqrt`, `nesterov`, `bias_correction` and `initial_scale`;
/// `optax` lacks decay and maximize.
///
/// | name | default (torch, optax) | range | unit |
/// | --- | --- | --- | --- |
/// | `alpha` | 0.99, 0.9 | [0, 1) | 1 |
/// | `eps` | 10⁻⁸ | [0, ∞) | gradient, gradient² under the root |
/// | `eps_in_sqrt` | false, true | | |
/// | `momentum` | 0 | [0, 1) | 1 |
/// | `initial_scale` | 0 | [0, ∞) | gradient² |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter |
/// | `centered`, `nesterov`, `bias_correction`, `maximize` | false | | |
///
/// Memory: one number per parameter, three with `centered` or momentum; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Rmsprop, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Rmsprop::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.01]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.7800");
/// ```
///
/// Reference: Tieleman and Hinton (2012), lecture 6.5; Graves (2013), arXiv:1308.0850.
#[derive(Clone, Debug, PartialEq)]
pub struct Rmsprop {
    /// Decay rate of the mean of squares.
    pub alpha: f64,
    /// Added to the root, or under it.
    pub eps: f64,
    /// Whether eps is under the root.
    pub eps_in_sqrt: bool,
    /// Divide by an estimate of the standard deviation instead.
    pub centered: bool,
    /// Share of the buffer that stays.
    pub momentum: f64,
    /// Move along u + momentum · b instead of b.
    pub nesterov: bool,
    /// Divide the means by 1 − alphaᵗ.
    pub bias_correction: bool,
    /// Where the mean of squares starts.
    pub initial_scale: f64,
    /// Times x, added to the gradient.
    pub weight_decay: f64,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Torch`] or [`Reading::Optax`].
    pub dialect: Reading,
}

impl Configuration for Rmsprop {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("torch", TORCH_LACKS), ("optax", &["weight-decay", "maximize"])])?;
        Ok(Self {
            alpha: settings.number("alpha"),
            eps: settings.number("eps"),
            eps_in_sqrt: settings.flag("eps-in-sqrt"),
            centered: settings.flag("centered"),
            momentum: settings.number("momentum"),
            nesterov: settings.flag("nesterov"),
            bias_correction: settings.flag("bias-correction"),
            initial_scale: settings.number("initial-scale"),
            weight_decay: settings.number("weight-decay"),
            maximize: settings.flag("maximize"),
            dialect: Reading::of(settings),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.centered == other.centered
            && self.nesterov == other.nesterov
            && self.bias_correction == other.bias_correction
            && self.is_plain() == other.is_plain()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        if pack[0].is_plain() {
            let pack: Vec<_> = pack.iter().cloned().map(Plain).collect();
            return elementwise::bind(&pack, layout);
        }
        elementwise::bind(pack, layout)
    }
}

impl Rmsprop {
    fn is_plain(&self) -> bool {
        !self.centered && self.momentum == 0.0
    }
}

/// [Sign, decay, alpha, 1 − alpha, bias correction, eps under the root, eps outside it,
/// rate inside the buffer, momentum, rate outside].
type Coefficients<R> = [R; 10];

impl Elementwise<7, 1, 10, 3> for Rmsprop {
    elementwise_loops!(7, 1, 10, 3);

    fn numbers(&self) -> [f64; 7] {
        let (under, outside) = if self.eps_in_sqrt { (self.eps, 0.0) } else { (0.0, self.eps) };
        let inside = if self.dialect == Reading::Optax { 1.0 } else { 0.0 };
        [sign(self.maximize), self.weight_decay, self.alpha, under, outside, inside, self.momentum]
    }

    fn initial(&self) -> [f64; 3] {
        [self.initial_scale, 0.0, 0.0]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, _: u64, power: &mut [f64; 1]) -> Coefficients<f64> {
        let [sign, decay, alpha, under, outside, inside, momentum] = numbers;
        power[0] = next_power(power[0], alpha);
        let correction = if self.bias_correction { 1.0 / (1.0 - power[0]) } else { 1.0 };
        let (inner, outer) = if inside == 1.0 { (rate, 1.0) } else { (1.0, rate) };
        [sign, decay, alpha, 1.0 - alpha, correction, under, outside, inner, momentum, outer]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, c: Coefficients<R>, x: R, g: R, [v, m, b]: [R; 3]) -> (R, [R; 3]) {
        let g = c[0] * g + c[1] * x;
        let v = c[2] * v + c[3] * (g * g);
        let m = c[2] * m + c[3] * g;
        let mean = c[4] * m;
        let spread = if self.centered { c[4] * v - mean * mean } else { c[4] * v };
        let u = c[7] * g / ((spread + c[5]).sqrt() + c[6]);
        let b = c[8] * b + u;
        let direction = if self.nesterov { u + c[8] * b } else { b };
        (x - c[9] * direction, [v, m, b])
    }
}

/// [`Rmsprop`], neither centered nor with momentum, which needs the mean of squares only.
#[derive(Clone, Debug)]
struct Plain(Rmsprop);

impl Elementwise<7, 1, 10, 1> for Plain {
    elementwise_loops!(7, 1, 10, 1);

    fn numbers(&self) -> [f64; 7] {
        self.0.numbers()
    }

    fn initial(&self) -> [f64; 1] {
        [self.0.initial_scale]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, step: u64, power: &mut [f64; 1]) -> Coefficients<f64> {
        self.0.coefficients(numbers, rate, step, power)
    }

    #[inline(always)]
    fn apply<R: Real>(&self, c: Coefficients<R>, x: R, g: R, [v]: [R; 1]) -> (R, [R; 1]) {
        let g = c[0] * g + c[1] * x;
        let v = c[2] * v + c[3] * (g * g);
        let u = c[7] * g / ((c[4] * v + c[5]).sqrt() + c[6]);
        (x - c[9] * u, [v])
    }
}
