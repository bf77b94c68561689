//! Adafactor.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::factored::Squares;
use crate::kept::kept;
use crate::per_tensor::{self, Now, Part, PerTensor, add, average, per_tensor_loops, scale, zeros};
use crate::sums::root_mean_square;
use crate::vocabulary::{MAXIMIZE, flag, number, refuse_lacking, split_decay, weight_decouple};
use crate::{Configuration, Reading, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "adafactor",
    summary: "Adam whose second moments of matrices are kept by rows and columns, with steps relative to the \
              size of the parameters.",
    formula: "w = t^beta2-decay;  r ← (1 − w) r + w rowmean(g²);  c ← (1 − w) c + w columnmean(g²);  v = r cᵀ / \
              mean(r);  u = g/√v;  x ← x − ρ max(eps2, rms(x)) u / max(1, rms(u)/d), ρ = min(lr, 1/√t)",
    conventions: "Vectors keep v entry by entry. rms is over each tensor alone, and that of x is taken before \
                  decay. torch: mean(r) is at least eps1 and v at least eps1², decay is x ← x (1 − lr \
                  weight-decay). pytorch-optimizer: w = max(1 − beta2, t^decay-rate), eps1 is added to g², \
                  clip-threshold is d; with relative-step ρ = min(10⁻², 1/√t), or min(10⁻⁶ t, 1/√t) with \
                  warmup-init, whatever lr is, otherwise ρ = lr; max(eps2, rms(x)) is there only with \
                  scale-parameter; decay shrinks x by the whole rate, or is added to the gradient without \
                  weight-decouple; the whole step is averaged with beta1, from 0 and without correction.",
    hyperparameters: &[
        Hyperparameter {
            name: "beta1",
            meaning: "decay rate of the mean of steps",
            domain: Domain::Optional { absent: "none", range: Range::from_to(0.0, 1.0) },
        },
        number("beta2", "largest decay rate of the mean of squares", 0.999, Range::closed(0.0, 1.0)),
        number("beta2-decay", "power of t that the newest square has as its weight (torch)", -0.8, UP_TO_ZERO),
        number("decay-rate", "the same in pytorch-optimizer", -0.8, UP_TO_ZERO),
        Hyperparameter {
            name: "eps1",
            meaning: "guards the second moment",
            domain: Domain::Optional { absent: "machine-epsilon", range: Range::at_least(0.0) },
        },
        number("eps2", "least size of parameters that steps are relative to", 0.001, Range::at_least(0.0)),
        number("d", "largest root mean square of a step per rate (torch)", 1.0, Range::above(0.0)),
        number("clip-threshold", "the same in pytorch-optimizer", 1.0, Range::above(0.0)),
        number("weight-decay", "share of x that goes per unit of rate, or coupled decay", 0.0, Range::at_least(0.0)),
        weight_decouple(true),
        Hyperparameter {
            name: "scale-parameter",
            meaning: "steps are relative to the size of the parameters",
            domain: Domain::Flag { default: true },
        },
        Hyperparameter {
            name: "relative-step",
            meaning: "the rate is a function of the step alone",
            domain: Domain::Flag { default: true },
        },
        flag("warmup-init", "the rate of relative-step grows from 10⁻⁶"),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect {
            name: "torch",
            conventions: "A mean r of at least eps1, ρ = min(lr, 1/√t), no mean of steps; none of pytorch-optimizer's \
                    switches.",
            formula: &[
                (4, "v = max(r cᵀ / max(mean(r), eps1), eps1²)"),
                (6, "x ← x (1 − lr weight-decay) − ρ max(eps2, rms(x)) u / max(1, rms(u)/d), ρ = min(lr, 1/√t)"),
            ],
            defaults: &[],
        },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "eps1 is added to squares; no beta2-decay or d, which are called decay-rate and \
                    clip-threshold.",
            formula: &[
                (1, "w = max(1 − beta2, t^decay-rate)"),
                (2, "r ← (1 − w) r + w rowmean(g² + eps1)"),
                (3, "c ← (1 − w) c + w columnmean(g² + eps1)"),
                (
                    6,
                    "s = ρ max(eps2, rms(x)), the last with scale-parameter, ρ = min(10⁻², 1/√t) with \
                     relative-step, lr without; m ← beta1 · m + (1 − beta1) s u / max(1, rms(u)/clip-threshold); \
                     x ← x (1 − s weight-decay) − m",
                ),
            ],
            defaults: &[("beta1", 0.9), ("eps1", 1e-30)],
        },
    ],
    cost: "Memory: one number per parameter and one per row and column; two per parameter of a vector; one more \
          per parameter with beta1. One gradient per step.",
    reference: "Shazeer, Stern (2018), Adafactor: adaptive learning rates with sublinear memory cost, \
               arXiv:1804.04235",
};

/// (−∞, 0].
const UP_TO_ZERO: Range = Range { low: f64::NEG_INFINITY, high: 0.0, includes_low: false, includes_high: true };

const TORCH_LACKS: &[&str] = &[
    "beta1",
    "beta2",
    "decay-rate",
    "clip-threshold",
    "weight-decouple",
    "scale-parameter",
    "relative-step",
    "warmup-init",
];
const PYTORCH_OPTIMIZER_LACKS: &[&str] = &["beta2-decay", "d"];

/// Adam whose second moments of matrices are kept by rows and columns, with steps relative to the size of the parameters.
///
/// ```text
/// r ← (1 − w) r + w rowmean(g²)           c ← (1 − w) c + w columnmean(g²)
/// v = r cᵀ / max(mean(r), eps1)           w = t^beta2_decay
/// u = g / √max(v, eps1²)                  ρ = min(lr, 1/√t)
/// x ← x (1 − lr weight_decay) − ρ max(eps2, rms(x)) u / max(1, rms(u)/d)
/// ```
///
/// This is the dialect `torch`.
/// In `pytorch-optimizer` w = max(1 − `beta2`, t^`decay_rate`), `eps1` is added to g² and guards nothing else,
/// `clip_threshold` is d, and the step is averaged with `beta1`, from 0 and without correction.
/// There ρ = min(10⁻², 1/√t) with `relative_step`, or min(10⁻⁶ t, 1/√t) with `warmup_init` too, whatever the
/// rate is, and ρ = lr without; only with `scale_parameter` it is multiplied by max(`eps2`, rms(x));
/// this whole rate is that of decay, which is added to the gradient without `weight_decouple`.
/// Vectors keep v entry by entry, tensors of higher rank are many matrices, and rms is over each tensor alone.
///
/// | name | default (torch, pytorch-optimizer) | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | none, 0.9 | [0, 1) or none | 1 |
/// | `beta2` | 0.999 | [0, 1] | 1 |
/// | `beta2_decay` | −0.8 | (−∞, 0] | 1 |
/// | `decay_rate` | −0.8 | (−∞, 0] | 1 |
/// | `eps1` | machine-epsilon, 10⁻³⁰ | [0, ∞) or machine-epsilon | gradient; gradient² |
/// | `eps2` | 10⁻³ | [0, ∞) | parameter |
/// | `d` | 1 | (0, ∞) | 1 |
/// | `clip_threshold` | 1 | (0, ∞) | 1 |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr; gradient per parameter if coupled |
/// | `weight_decouple` | true | | |
/// | `scale_parameter` | true | | |
/// | `relative_step` | true | | |
/// | `warmup_init` | false | | |
/// | `maximize` | false | | |
///
/// Memory: one number per parameter and one per row and column; two per parameter of a vector; one
/// more per parameter with beta1; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Adafactor, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Adafactor::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.5987");
/// ```
///
/// Reference: Shazeer and Stern (2018), arXiv:1804.04235, algorithms 4 and 5.
#[derive(Clone, Debug, PartialEq)]
pub struct Adafactor {
    /// Decay rate of the mean of steps.
    pub beta1: Option<f64>,
    /// Largest decay rate of the mean of squares.
    pub beta2: f64,
    /// Power of t that the newest square has as its weight (`torch`).
    pub beta2_decay: f64,
    /// Power of t that the newest square has as its weight (`pytorch-optimizer`).
    pub decay_rate: f64,
    /// Guards the second moment; the machine epsilon if absent.
    pub eps1: Option<f64>,
    /// Least size of parameters that steps are relative to.
    pub eps2: f64,
    /// Largest root mean square of a step per rate (`torch`).
    pub d: f64,
    /// Largest root mean square of a step per rate (`pytorch-optimizer`).
    pub clip_threshold: f64,
    /// Share of x that goes per unit of rate, or coupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Steps are relative to the size of the parameters.
    pub scale_parameter: bool,
    /// The rate is a function of the step alone.
    pub relative_step: bool,
    /// The rate of relative-step grows from 10⁻⁶.
    pub warmup_init: bool,
    /// Go up.
    pub maximize: bool,
    /// [`Reading::Torch`] or [`Reading::PytorchOptimizer`].
    pub dialect: Reading,
}

impl Configuration for Adafactor {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("torch", TORCH_LACKS), ("pytorch-optimizer", PYTORCH_OPTIMIZER_LACKS)])?;
        let dialect = Reading::of(settings);
        if dialect == Reading::PytorchOptimizer && settings.optional("eps1").is_none() {
            return Err(Invalid::new("eps1", "machine-epsilon", "a number ≥ 0 in the dialect pytorch-optimizer"));
        }
        Ok(Self {
            beta1: settings.optional("beta1"),
            beta2: settings.number("beta2"),
            beta2_decay: settings.number("beta2-decay"),
            decay_rate: settings.number("decay-rate"),
            eps1: settings.optional("eps1"),
            eps2: settings.number("eps2"),
            d: settings.number("d"),
            clip_threshold: settings.number("clip-threshold"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            scale_parameter: settings.flag("scale-parameter"),
            relative_step: settings.flag("relative-step"),
            warmup_init: settings.flag("warmup-init"),
            maximize: settings.flag("maximize"),
            dialect,
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        per_tensor::bind(pack, layout)
    }
}

/// The second moments, and the mean of steps if there is one.
pub(crate) struct State<R> {
    squares: Squares<R>,
    m: Vec<R>,
}

kept!(<R> State<R>: squares, m);

impl PerTensor for Adafactor {
    per_tensor_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, shape: &[usize]) -> State<R> {
        let m = if self.beta1.is_some() { zeros(shape) } else { Vec::new() };
        State { squares: Squares::new(shape), m }
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, state: &mut State<R>, part: Part<'_, R>, now: Now<'_>) {
        match self.dialect {
            Reading::PytorchOptimizer => self.step_with_switches(state, part, now),
            _ => self.step_of_torch(&mut state.squares, part, now),
        }
    }
}

impl Adafactor {
    #[inline(always)]
    fn step_of_torch<R: Real>(&self, squares: &mut Squares<R>, Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        let machine = if R::NAME == "f32" { f64::from(f32::EPSILON) } else { f64::EPSILON };
        let weight = now.to_the(self.beta2_decay);
        let rate = now.rate.min(1.0 / (now.t as f64).sqrt());
        let rate = R::of(rate) * R::of(self.eps2).max(root_mean_square(x));
        scale(x, R::of(1.0 - now.rate * self.weight_decay));
        squares.average(1.0 - weight, weight, |i| g[i] * g[i]);
        squares.divide_by_root_at_least(g, R::of(self.eps1.unwrap_or(machine)));
        add(x, -clipped(rate, g, self.d), g);
    }

    #[inline(always)]
    fn step_with_switches<R: Real>(&self, state: &mut State<R>, Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        let State { squares, m } = state;
        let beta2 = self.beta2.min(1.0 - now.to_the(self.decay_rate));
        let size = if self.scale_parameter { R::of(self.eps2).max(root_mean_square(x)) } else { R::ONE };
        let rate = R::of(self.rate(now)) * size;
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        add(g, R::of(coupled), x);
        scale(x, R::ONE - rate * R::of(decoupled));
        let eps = R::of(self.eps1.unwrap_or(0.0));
        squares.average(beta2, 1.0 - beta2, |i| g[i] * g[i] + eps);
        squares.divide_by_root(g);
        scale(g, clipped(rate, g, self.clip_threshold));
        if let Some(beta1) = self.beta1 {
            average(m, g, beta1);
            add(x, -R::ONE, m);
        } else {
            add(x, -R::ONE, g);
        }
    }

    /// ρ of `pytorch-optimizer`.
    fn rate(&self, now: Now<'_>) -> f64 {
        let t = now.t as f64;
        let most = if self.warmup_init { 1e-6 * t } else { 1e-2 };
        if self.relative_step { most.min(1.0 / t.sqrt()) } else { now.rate }
    }
}

/// The rate, or less, so that the root mean square of `u` times it is at most `largest` times the rate.
#[inline(always)]
fn clipped<R: Real>(rate: R, u: &[R], largest: f64) -> R {
    rate / R::ONE.max(root_mean_square(u) / R::of(largest))
}
