//! CAME.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Dialect, Entry, Invalid, Layout, Range, Real, Settings};

use crate::factored::Squares;
use crate::per_tensor::{self, Now, Part, PerTensor, add, average, per_tensor_loops, scale, zeros};
use crate::sums::root_mean_square;
use crate::vocabulary::{MAXIMIZE, decay_rate, number, split_decay, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "came",
    summary: "Adafactor with momentum, which is divided by how far steps stray from it.",
    formula: "r ← beta2 · r + (1 − beta2) rowmean(g² + eps1), c likewise by columns;  u = g / √(r cᵀ / mean(r));  \
              u ← u / max(1, rms(u)/clip-threshold);  m ← beta1 · m + (1 − beta1) u;  R ← beta3 · R + (1 − beta3) \
              rowmean((u − m)² + eps2), C likewise by columns;  x ← x − lr m / √(R Cᵀ / mean(R))",
    conventions: "No mean is corrected for its start at 0. Vectors keep the second moment entry by entry, and m \
                  is not divided there. rms is over each tensor alone. Decay is decoupled, x ← x (1 − lr \
                  weight-decay) before the step, or is added to the gradient without weight-decouple.",
    hyperparameters: &[
        decay_rate("beta1", "decay rate of the mean of directions", 0.9),
        decay_rate("beta2", "decay rate of the mean of squares", 0.999),
        decay_rate("beta3", "decay rate of the mean of squared deviations", 0.9999),
        number("weight-decay", "share of x that goes per unit of rate", 0.0, Range::at_least(0.0)),
        weight_decouple(true),
        number("clip-threshold", "largest root mean square of a direction", 1.0, Range::above(0.0)),
        number("eps1", "added to squared gradients", 1e-30, Range::at_least(0.0)),
        number("eps2", "added to squared deviations", 1e-16, Range::at_least(0.0)),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "As published, with decay.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: two numbers per parameter and two per row and column; three per parameter of a vector. One \
          gradient per step.",
    reference: "Luo et al. (2023), CAME: confidence-guided adaptive memory efficient optimization, \
               arXiv:2307.02047",
};

/// Adafactor with momentum, which is divided by how far steps stray from it.
///
/// ```text
/// r ← beta2 r + (1 − beta2) rowmean(g² + eps1)          c likewise by columns
/// u = g / √(r cᵀ / mean(r))                             u ← u / max(1, rms(u)/clip_threshold)
/// m ← beta1 m + (1 − beta1) u
/// R ← beta3 R + (1 − beta3) rowmean((u − m)² + eps2)    C likewise by columns
/// x ← x (1 − lr weight_decay) − lr m / √(R Cᵀ / mean(R))
/// ```
///
/// No mean is corrected for its start at 0.
/// Vectors keep the second moment entry by entry, and their m is not divided by anything.
/// Without `weight_decouple` decay is added to the gradient instead.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `beta1` | 0.9 | [0, 1) | 1 |
/// | `beta2` | 0.999 | [0, 1) | 1 |
/// | `beta3` | 0.9999 | [0, 1) | 1 |
/// | `weight_decay` | 0 | [0, ∞) | 1/lr; gradient per parameter if coupled |
/// | `weight_decouple` | true | | |
/// | `clip_threshold` | 1 | (0, ∞) | 1 |
/// | `eps1` | 10⁻³⁰ | [0, ∞) | gradient² |
/// | `eps2` | 10⁻¹⁶ | [0, ∞) | 1 |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter and two per row and column; three per parameter of a vector;
/// one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Came, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Came::default().into()], &Layout::vector(2));
/// let mut x = [[1.0], [-2.0]];
/// for _ in 0..3 {
///     let gradient = x; // of ‖x‖²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.9440");
/// ```
///
/// Reference: Luo et al. (2023), arXiv:2307.02047, algorithm 2.
#[derive(Clone, Debug, PartialEq)]
pub struct Came {
    /// Decay rate of the mean of directions.
    pub beta1: f64,
    /// Decay rate of the mean of squares.
    pub beta2: f64,
    /// Decay rate of the mean of squared deviations.
    pub beta3: f64,
    /// Share of x that goes per unit of rate.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Largest root mean square of a direction.
    pub clip_threshold: f64,
    /// Added to squared gradients.
    pub eps1: f64,
    /// Added to squared deviations.
    pub eps2: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Came {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            beta1: settings.number("beta1"),
            beta2: settings.number("beta2"),
            beta3: settings.number("beta3"),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            clip_threshold: settings.number("clip-threshold"),
            eps1: settings.number("eps1"),
            eps2: settings.number("eps2"),
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

/// The second moments, the deviations of a matrix, and the mean of directions.
pub(crate) struct State<R> {
    squares: Squares<R>,
    deviations: Option<Squares<R>>,
    m: Vec<R>,
}

impl<R: Real> Kept for State<R> {
    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.squares.tape(tape);
        if let Some(deviations) = &mut self.deviations {
            deviations.tape(tape);
        }
        self.m.tape(tape);
    }
}

impl PerTensor for Came {
    per_tensor_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, shape: &[usize]) -> State<R> {
        let deviations = (shape.len() > 1).then(|| Squares::new(shape));
        State { squares: Squares::new(shape), deviations, m: zeros(shape) }
    }

    fn maximizes(&self) -> bool {
        self.maximize
    }

    #[inline(always)]
    fn step<R: Real>(&self, state: &mut State<R>, Part { x, g, .. }: Part<'_, R>, now: Now<'_>) {
        let State { squares, deviations, m } = state;
        let (decoupled, coupled) = split_decay(self.weight_decay, self.weight_decouple);
        add(g, R::of(coupled), x);
        scale(x, R::of(1.0 - now.rate * decoupled));
        let (eps1, eps2) = (R::of(self.eps1), R::of(self.eps2));
        squares.average(self.beta2, 1.0 - self.beta2, |i| g[i] * g[i] + eps1);
        squares.divide_by_root(g);
        let excess = root_mean_square(g) / R::of(self.clip_threshold);
        scale(g, R::ONE / R::ONE.max(excess));
        average(m, g, self.beta1);
        if let Some(deviations) = deviations {
            deviations.average(self.beta3, 1.0 - self.beta3, |i| (g[i] - m[i]) * (g[i] - m[i]) + eps2);
            g.copy_from_slice(m);
            deviations.divide_by_root(g);
            add(x, -R::of(now.rate), g);
        } else {
            add(x, -R::of(now.rate), m);
        }
    }
}
