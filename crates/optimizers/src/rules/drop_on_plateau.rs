//! A rate that falls when the loss stops improving.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Lanes, Layout, Range, Real, Settings};

use crate::layered::{self, BASE, Layer, Seen, told_base};
use crate::rule::{Span, Wants};
use crate::schedules::{Plateau, PlateauState};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "drop-on-plateau",
    summary: "Multiplies the rate of any other rule by a factor when the mean value of the batches stops improving.",
    formula: "every `every` steps: v ← mean value of the batches since the last time\n\
              v < (1 − threshold) best: best ← v, bad ← 0; else bad ← bad + 1\n\
              bad > patience: factor of the rate ← drop · factor, bad ← 0",
    conventions: "Driven by what is measured and not by the step, unlike schedules. The rule is that of torch's \
                  ReduceLROnPlateau in relative mode, fed with the values of the batches.",
    hyperparameters: &[
        BASE,
        number("drop", "what the rate is multiplied by", 0.1, Range::open(0.0, 1.0)),
        Hyperparameter {
            name: "patience",
            meaning: "checks without improvement that are put up with",
            domain: Domain::Integer { default: 10, least: 0 },
        },
        number("threshold", "share by which the value has to improve", 1e-4, Range::from_to(0.0, 1.0)),
        Hyperparameter {
            name: "every",
            meaning: "steps between checks, or an epoch",
            domain: Domain::Optional { absent: "epoch", range: Range::at_least(1.0) },
        },
    ],
    dialects: &[],
    cost: "Memory: the base's. One gradient per step, whose batch's value comes with it.",
    reference: "Bengio (2012), Practical recommendations for gradient-based training of deep architectures, \
                arXiv:1206.5533, section 3.1.1; torch.optim.lr_scheduler.ReduceLROnPlateau",
};

/// Multiplies the rate of another rule by a factor when the mean value of the batches stops improving.
///
/// ```text
/// every `every` steps: v ← mean value of the batches since the last time
/// v < (1 − threshold) best: best ← v, bad ← 0; else bad ← bad + 1
/// bad > patience: factor of the rate ← drop · factor, bad ← 0
/// ```
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `drop` | 0.1 | (0, 1) | of the rate |
/// | `patience` | 10 | ≥ 0 | checks |
/// | `threshold` | 1e-4 | [0, 1) | of the best value |
/// | `every` | an epoch | ≥ 1, whole | steps |
///
/// Memory: the base's; one gradient per step, whose batch's value comes with it.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{DropOnPlateau, RuleSpec, Signal};
/// let spec = DropOnPlateau { drop: 0.5, patience: 0, every: Some(1), ..DropOnPlateau::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &Layout::vector(1));
/// let mut x = [[0.0]];
/// for _ in 0..3 {
///     let signal = Signal { value: Some(&[1.0]), ..Signal::of(&[[1.0]]) };
///     rule.update(&mut x, signal, &[0.5]);
/// }
/// assert_eq!(x, [[-1.25]]); // Steps of 1/2 and 1/2; then the second value is no better, and 1/4.
/// ```
///
/// Reference: Bengio (2012), section 3.1.1.
#[derive(Clone, Debug, PartialEq)]
pub struct DropOnPlateau {
    /// The rule whose rate falls.
    pub base: Box<RuleSpec>,
    /// What the rate is multiplied by.
    pub drop: f64,
    /// Checks without improvement that are put up with.
    pub patience: u64,
    /// Share by which the value has to improve.
    pub threshold: f64,
    /// Steps between checks, or an epoch.
    pub every: Option<u64>,
}

impl Configuration for DropOnPlateau {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            base: told_base(settings, BASE.name)?,
            drop: settings.number("drop"),
            patience: settings.integer("patience"),
            threshold: settings.number("threshold"),
            every: layered::steps_or_epoch(settings, "every")?,
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.every == other.every && self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let begin = |lane: usize| {
            let Self { drop, patience, threshold, .. } = pack[lane];
            Plateau { factor: drop, patience, threshold, eps: 0.0, ..Plateau::default() }.begin(1.0)
        };
        let watch = Watch {
            given: pack[0].every,
            every: pack[0].every.unwrap_or(u64::MAX),
            lanes: std::array::from_fn(begin),
            sums: [0.0; N],
            steps: 0,
        };
        layered::bind::<_, _, R, N>(pack, |rule| &rule.base, layout, watch)
    }
}

struct Watch<const N: usize> {
    given: Option<u64>,
    every: u64,
    lanes: [PlateauState; N],
    /// Of the values since the last check.
    sums: [f64; N],
    steps: u64,
}

impl<R: Real, const N: usize> Layer<R, N> for Watch<N> {
    fn begin(&mut self, span: &Span) {
        self.every = self.given.unwrap_or(span.steps_per_epoch);
    }

    fn wants(&self) -> Wants {
        Wants { value: true, ..Wants::default() }
    }

    fn before(&mut self, seen: Seen<'_, R, N>, rate: &mut [f64; N]) -> Option<&[Lanes<R, N>]> {
        let value = seen.signal.value.expect("this rule wants the value");
        self.steps += 1;
        let check = self.steps.is_multiple_of(self.every);
        for l in 0..N {
            rate[l] *= self.lanes[l].lr();
            self.sums[l] += value[l].to_f64();
            if check {
                self.lanes[l].observe(self.sums[l] / self.every as f64);
                self.sums[l] = 0.0;
            }
        }
        None
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.lanes.tape(tape);
        self.sums.tape(tape);
        self.steps.tape(tape);
    }
}
