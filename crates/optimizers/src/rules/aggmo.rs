//! `AggMo`.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::kept::kept;
use crate::kernels::{decay_numbers, decayed};
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{MAXIMIZE, WEIGHT_DECAY, weight_decouple};
use crate::{Configuration, Rule};

pub(super) static ENTRY: Entry = Entry {
    name: "aggmo",
    summary: "SGD along the mean of several velocities with different momenta.",
    formula: "vₖ ← betaₖ · vₖ + g for every k;  x ← x − lr mean(vₖ)",
    conventions: "The velocities start at 0 and the rate is outside them. weight-decay is added to the gradient, \
                  after maximize has negated it, unless it is decoupled: then x ← x (1 − lr weight-decay) comes \
                  before the step.",
    hyperparameters: &[
        Hyperparameter {
            name: "betas",
            meaning: "momenta, one a velocity",
            domain: Domain::Numbers { default: &[0.0, 0.9, 0.99], range: Range::from_to(0.0, 1.0) },
        },
        WEIGHT_DECAY,
        weight_decouple(false),
        MAXIMIZE,
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "Decay is decoupled or not.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: as many numbers per parameter as there are betas. One gradient per step.",
    reference: "Lucas, Sun, Zemel, Grosse (2019), Aggregated momentum: stability through passive damping, \
                arXiv:1804.00325",
};

/// SGD along the mean of several velocities with different momenta.
///
/// ```text
/// vₖ ← betaₖ vₖ + g
/// x ← x − lr Σ vₖ / K
/// ```
///
/// The velocities start at 0.
/// Decay is added to the gradient, after `maximize` has negated it; decoupled, it multiplies x by 1 − lr
/// `weight_decay` before the step.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `betas` | [0.0, 0.9, 0.99] | [0, 1) | 1 |
/// | `weight_decay` | 0 | [0, ∞) | gradient per parameter; 1/lr if decoupled |
/// | `weight_decouple`, `maximize` | false | | |
///
/// Memory: as many numbers per parameter as there are betas; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{AggMo, RuleSpec, Signal};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[AggMo::default().into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..3 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.1]);
/// }
/// assert_eq!(format!("{:.4}", x[0][0]), "0.5559");
/// ```
///
/// Reference: Lucas, Sun, Zemel and Grosse (2019), arXiv:1804.00325.
#[derive(Clone, Debug, PartialEq)]
pub struct AggMo {
    /// Momenta, one a velocity.
    pub betas: Vec<f64>,
    /// Coupled or decoupled decay.
    pub weight_decay: f64,
    /// Decay shrinks the parameters instead of entering the gradient.
    pub weight_decouple: bool,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for AggMo {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        if settings.numbers("betas").is_empty() {
            return Err(Invalid::new("betas", "[]", "a list of at least one number in [0, 1)"));
        }
        Ok(Self {
            betas: settings.numbers("betas").to_vec(),
            weight_decay: settings.number("weight-decay"),
            weight_decouple: settings.flag("weight-decouple"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, _: &Self) -> bool {
        true
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        tensorwise::bind(pack, layout)
    }
}

/// The velocities of a run: those of one coordinate next to each other.
#[derive(Debug)]
pub struct Velocities<R> {
    betas: Vec<R>,
    all: Vec<R>,
}

kept!(<R> Velocities<R>: all);

impl Tensorwise for AggMo {
    tensorwise_loops!();

    type State<R: Real> = Velocities<R>;

    fn init<R: Real>(&self, layout: &Layout) -> Velocities<R> {
        let betas: Vec<_> = self.betas.iter().map(|&beta| R::of(beta)).collect();
        Velocities { all: vec![R::ZERO; betas.len() * layout.size()], betas }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut Velocities<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let [sign, decoupled, coupled] = decay_numbers(self.maximize, self.weight_decay, self.weight_decouple);
        let decay = [sign, coupled, 1.0 - rate * decoupled].map(R::of);
        let share = R::of(rate / self.betas.len() as f64);
        for ((x, &g), velocities) in at.iter_mut().zip(told.gradient).zip(state.all.chunks_exact_mut(state.betas.len()))
        {
            let (kept, g) = decayed(decay, *x, g);
            let mut sum = R::ZERO;
            // In the order of the list, which is as canonical as any.
            for (velocity, &beta) in velocities.iter_mut().zip(&state.betas) {
                *velocity = beta * *velocity + g;
                sum += *velocity;
            }
            *x = kept - share * sum;
        }
    }
}
