//! `AdaBelief`.

use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kernels::{choose, decay_numbers, decayed, mean, next_exact_power, rectification};
use crate::vocabulary::{
    MAXIMIZE, WEIGHT_DECAY, decay_rate, flag, next_power, number, refuse_lacking, weight_decouple,
};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adabelief",
    summary: "Adam that divides by how far gradients lie from their running mean, instead of by their size.",
    formula: "m ← beta1 · m + (1 − beta1) g;  v ← beta2 · v + (1 − beta2)(g − m)² + eps-root;  x ← x − lr m/(1 − \
              beta1ᵗ) / (√(v/(1 − beta2ᵗ)) + eps)",
    conventions: "eps-root is added to the stored v at every step, so it accumulates; pytorch-optimizer adds eps \
                  there. eps is added to the corrected root. rectify scales the step as radam does, without \
                  adaptation where the rectification is not defined (ρ < 5), and with eps added to the uncorrected \
                  root. ams-bound divides by the largest uncorrected v so far. weight-decay is added to the \
                  gradient, after maximize has negated it, unless it is decoupled: then x ← x (1 − lr \
                  weight-decay) comes before the step.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of gradients", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        number("eps", "added to the root", 1e-16, Range::at_least(0.0)),
        number("eps-root", "added to the mean of squares at every step", 1e-16, Range::at_least(0.0)),
        WEIGHT_DECAY,
        weight_decouple(true),
        flag("rectify", "scale the step by the variance of its denominator"),
        flag("ams-bound", "divide by the largest v so far"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "optax",
            conventions: "No decay, rectify, ams-bound or maximize.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "eps is eps-root too.",
            formula: &[(2, "v ← beta2 · v + (1 − beta2)(g − m)² + eps")],
            defaults: &[],
        },
    ],
    cost: "Memory: two numbers per parameter, three with ams-bound. One gradient per step.",
    reference: "Zhuang et al. (2020), AdaBelief optimizer: adapting stepsizes by the belief in observed gradients, \
                arXiv:2010.07468",
};

/// Adam that divides by how far gradients lie from their running mean, instead of by their size.
///
/// ```text
/// m ← beta1 m + (1 − beta1) g             v ← beta2 v + (1 − beta2) (g − m)² + eps_root
/// x ← x − lr m̂ / (√v̂ + eps)
/// m̂ = m / (1 − beta1ᵗ)                    v̂ = v / (1 − beta2ᵗ)
/// ```
///
/// `eps_root` accumulates in v; the dialect `pytorch-optimizer` adds `eps` there instead.
/// `rectify` scales the step as [`RAdam`](crate::RAdam) does where ρ ≥ 5, with `eps` added to the uncorrected root,
/// and takes v̂ = 1, `eps` = 0 elsewhere.
/// `ams_bound` replaces v by its maximum so far, corrected afterwards.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
/// The dialect `optax` lacks decay, `rectify`, `ams_bound` and `maximize`.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `eps` | 10⁻¹⁶ | [0, ∞) | gradient |
/// | `eps_root` | 10⁻¹⁶ | [0, ∞) | gradient² |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple` | true | | |
/// | `rectify`, `ams_bound`, `maximize` | false | | |
///
/// Memory: two numbers per parameter, three with ams-bound; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AdaBelief, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[AdaBelief::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.6523");
/// ```
///
/// Reference: Zhuang et al. (2020), arXiv:2010.07468.
#[derive(Clone, Debug, PartialEq)]
pub struct AdaBelief {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added to the mean of squares at every step.
    pub eps_root: f64,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Scale the step by the variance of its denominator.
    pub rectify: bool,
    /// Divide by the largest v so far.
    pub ams_bound: bool,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Optax`] or [`Reading::PytorchOptimizer`].
    pub dialect: Reading,
}

impl Configuration for AdaBelief {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let lacking: &[(&str, &[&'static str])] = &[
            ("optax", &["weight-decay", "weight-decouple", "rectify", "ams-bound", "maximize"]),
            ("pytorch-optimizer", &["eps-root"]),
        ];
        refuse_lacking(settings, &ENTRY, lacking)?;
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            eps: settings.number("eps"),
            eps_root: settings.number("eps-root"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            rectify: settings.flag("rectify"),
            ams_bound: settings.flag("ams-bound"),
            maximize: settings.flag("maximize"),
            dialect: Reading::of(settings),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.rectify == other.rectify && self.ams_bound == other.ams_bound
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        if pack[0].ams_bound {
            let pack: Vec<_> = pack.iter().cloned().map(Maximal).collect();
            return elementwise::bind(&pack, layout);
        }
        elementwise::bind(pack, layout)
    }
}

impl AdaBelief {
    /// What is added to the mean of squares at every step.
    fn inner(&self) -> f64 {
        if self.dialect == Reading::Optax { self.eps_root } else { self.eps }
    }
}

impl Elementwise<7, 3, 12, 2> for AdaBelief {
    elementwise_loops!(7, 3, 12, 2);

    fn numbers(&self) -> [f64; 7] {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        [sign, decoupled, coupled, self.beta1, self.beta2, self.eps, self.inner()]
    }

    fn memory(&self) -> [f64; 3] {
        [1.0, 1.0, 0.0]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, step: u64, memory: &mut [f64; 3]) -> [f64; 12] {
        let [sign, decoupled, coupled, beta1, beta2, eps, inner] = numbers;
        memory[0] = next_power(memory[0], beta1);
        let share_beta1 = 1.0 - memory[0];
        next_exact_power(&mut memory[1..], beta2);
        let share_beta2 = 1.0 - memory[1];
        let plain = rate / share_beta1;
        let (length, rectified) = rectification(beta2, memory[1], step);
        let (scale, correction, adaptive) = match (self.rectify, length >= 5.0) {
            (false, _) => (plain, 1.0 / share_beta2, 1.0),
            (true, true) => (plain * rectified * share_beta2.sqrt(), 1.0, 1.0),
            (true, false) => (plain, 1.0, 0.0),
        };
        [
            sign,
            coupled,
            1.0 - rate * decoupled,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            inner,
            scale,
            correction,
            adaptive,
            eps,
        ]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 12], x: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, inner, scale, correction, adaptive, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, (g - m) * (g - m)) + inner;
        let root = choose(adaptive, (v * correction).sqrt() + eps, R::ONE);
        (x - scale * m / root, [m, v])
    }
}

/// [`AdaBelief`] that divides by the largest v so far.
#[derive(Clone, Debug)]
struct Maximal(AdaBelief);

impl Elementwise<7, 3, 12, 3> for Maximal {
    elementwise_loops!(7, 3, 12, 3);

    fn numbers(&self) -> [f64; 7] {
        self.0.numbers()
    }

    fn memory(&self) -> [f64; 3] {
        self.0.memory()
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 7], rate: f64, step: u64, memory: &mut [f64; 3]) -> [f64; 12] {
        self.0.coefficients(numbers, rate, step, memory)
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 12], x: R, g: R, [m, v, largest]: [R; 3]) -> (R, [R; 3]) {
        let [sign, coupled, shrink, beta1, rest1, beta2, rest2, inner, scale, correction, adaptive, eps] = coefficients;
        let (x, g) = decayed([sign, coupled, shrink], x, g);
        let m = mean([beta1, rest1], m, g);
        let v = mean([beta2, rest2], v, (g - m) * (g - m)) + inner;
        let largest = largest.max(v);
        let root = choose(adaptive, (largest * correction).sqrt() + eps, R::ONE);
        (x - scale * m / root, [m, v, largest])
    }
}
