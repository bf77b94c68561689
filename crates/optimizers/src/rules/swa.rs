//! Stochastic weight averaging.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::averages::{Average, Share};
use crate::layered::{self, BASE, base};
use crate::rule::Span;
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "swa",
    summary: "Answers with the mean of snapshots of any other rule, one every cycle in the last part of the run.",
    formula: "x_t ← step of base\nat t = start · T + cycle, start · T + 2 cycle, …: n ← n + 1; \
              a ← a + (x_t − a)/n",
    conventions: "T is the number of steps of the run, which sweeps know; start · T is rounded. Before the first \
                  snapshot the answer is x_t. In the paper the rate is constant or cyclic while snapshots are taken: \
                  that is the schedule's part.",
    hyperparameters: &[
        BASE,
        number("start", "share of the run before the first cycle", 0.75, Range::from_to(0.0, 1.0)),
        Hyperparameter {
            name: "cycle",
            meaning: "steps between snapshots, or an epoch",
            domain: Domain::Optional { absent: "epoch", range: Range::at_least(1.0) },
        },
    ],
    dialects: &[],
    cost: "Memory: one number per parameter, and the base's. One gradient per step.",
    reference: "Izmailov, Podoprikhin, Garipov, Vetrov, Wilson (2018), Averaging weights leads to wider optima and \
                better generalization, arXiv:1803.05407",
};

/// Answers with the mean of snapshots of another rule in the last part of the run.
///
/// ```text
/// x_t ← step of base
/// at t = start · T + cycle, start · T + 2 cycle, …: n ← n + 1, a ← a + (x_t − a)/n
/// ```
///
/// T and the length of an epoch are what [`Rule::begin`] tells.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `start` | 0.75 | [0, 1) | of the run |
/// | `cycle` | an epoch | ≥ 1, whole | steps |
///
/// Memory: one number per parameter, and the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, Span, Swa};
/// let spec = Swa { start: 0.0, cycle: Some(2), ..Swa::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &Layout::vector(1));
/// rule.begin(&Span { steps: 4, ..Span::default() });
/// let mut x = [[1.0]];
/// for _ in 0..4 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.5]);
/// }
/// assert_eq!(rule.answer(&x), Some(&[[0.15625]][..])); // The mean of 1/4 and 1/16.
/// ```
///
/// Reference: Izmailov, Podoprikhin, Garipov, Vetrov and Wilson (2018), algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Swa {
    /// The rule of which snapshots are taken.
    pub base: Box<RuleSpec>,
    /// Share of the run before the first cycle.
    pub start: f64,
    /// Steps between snapshots, or an epoch.
    pub cycle: Option<u64>,
}

/// The shares of snapshots.
struct Snapshots {
    start: f64,
    cycle: Option<u64>,
    first: u64,
    every: u64,
    taken: u64,
}

impl Share for Snapshots {
    fn begin(&mut self, span: &Span) {
        self.first = (self.start * span.steps as f64).round() as u64;
        self.every = self.cycle.unwrap_or(span.steps_per_epoch);
    }

    fn share(&mut self, step: u64) -> f64 {
        let since = step.saturating_sub(self.first);
        if since == 0 || !since.is_multiple_of(self.every) {
            return 0.0;
        }
        self.taken += 1;
        1.0 / self.taken as f64
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.taken.tape(tape);
    }
}

impl Configuration for Swa {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let cycle = layered::steps_or_epoch(settings, "cycle")?;
        Ok(Self { base: base(settings)?, start: settings.number("start"), cycle })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        // Snapshots of all lanes at the same steps.
        self.start == other.start && self.cycle == other.cycle && self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let shares = std::array::from_fn(|lane| {
            let Self { start, cycle, .. } = pack[lane];
            Snapshots { start, cycle, first: u64::MAX, every: cycle.unwrap_or(u64::MAX), taken: 0 }
        });
        layered::bind(pack, |rule| &rule.base, layout, Average::<_, R, N>::new(layout, shares))
    }
}
