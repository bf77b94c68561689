//! Hyperparameters that change during a run.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Lanes, Layout, Range, Real, Settings, Value};

use crate::layered::{BASE, told_base};
use crate::rule::{Signal, Span, Wants};
use crate::schedules::{self, ScheduleSpec};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "driven",
    summary: "Lets a schedule drive a hyperparameter of any other rule from one value to another.",
    formula: "hyperparameter_t = to + (from − to) · factor_t, factor_t that of the schedule, cut to [0, 1]\n\
              x ← step of base with hyperparameter_t",
    conventions: "t counts from 0. The clock of the schedule is that of the run (Rule::begin); outside of a run its \
                  epochs and lengths have no end. Running powers such as betaᵗ become products of the values so far. \
                  Two values of the hyperparameter must not differ in what the rule keeps: momentum 0 keeps nothing. \
                  Several hyperparameters are a driven within a driven.",
    hyperparameters: &[
        BASE,
        Hyperparameter {
            name: "hyperparameter",
            meaning: "the base's hyperparameter, a number",
            domain: Domain::Text { default: "weight-decay" },
        },
        number("from", "value where the factor is 1", 0.0, Range::FINITE),
        number("to", "value where the factor is 0", 0.0, Range::FINITE),
        Hyperparameter {
            name: "schedule",
            meaning: "the schedule whose factor it follows",
            domain: Domain::Item { default: "linear", catalogue: schedules::entries },
        },
    ],
    dialects: &[],
    cost: "Memory: the base's. One gradient per step. A change of the value takes memory for the base without parameters.",
    reference: "Smith (2018), A disciplined approach to neural network hyper-parameters: part 1, arXiv:1803.09820 \
                (momentum and weight decay); Sutskever, Martens, Dahl, Hinton (2013), On the importance of initialization \
                and momentum in deep learning, ICML",
};

/// Lets a schedule drive a hyperparameter of another rule from one value to another.
///
/// ```text
/// hyperparameter_t = to + (from − to) · factor_t, factor_t that of the schedule, cut to [0, 1]
/// x ← step of base with hyperparameter_t
/// ```
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `hyperparameter` | `weight-decay` | a number of the base's | |
/// | `from` | 0 | that of the hyperparameter | of the hyperparameter |
/// | `to` | 0 | that of the hyperparameter | of the hyperparameter |
/// | `schedule` | `linear` | any schedule | |
///
/// Memory: the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::{Layout, Settings, Value};
/// use sgdlab_optimizers::{RuleSpec, Signal, Span, entries};
/// let entry = entries().into_iter().find(|entry| entry.name == "driven").unwrap();
/// let settings = Settings::new(entry, [("from", Value::Number(1.0))]).unwrap();
/// let mut rule = RuleSpec::bind::<f64, 1>(&[RuleSpec::new(&settings).unwrap()], &Layout::vector(1));
/// rule.begin(&Span { steps: 4, ..Span::default() });
/// let mut x = [[1.0]];
/// for decay in [1.0, 0.75, 0.5, 0.25] {
///     let expected = x[0][0] * (1.0 - 0.5 * decay);
///     rule.update(&mut x, Signal::of(&[[0.0]]), &[0.5]);
///     assert_eq!(x[0][0], expected);
/// }
/// ```
///
/// Reference: Smith (2018).
#[derive(Clone, Debug, PartialEq)]
pub struct Driven {
    /// The rule with the hyperparameter.
    pub base: Box<RuleSpec>,
    settings: Settings,
    hyperparameter: String,
    from: f64,
    to: f64,
    schedule: ScheduleSpec,
}

impl Driven {
    /// The base with a value of the hyperparameter.
    fn at(&self, value: f64) -> Result<RuleSpec, Invalid> {
        self.settings.with(&self.hyperparameter, Value::Number(value)).and_then(|settings| RuleSpec::new(&settings))
    }

    /// The value where the factor of the schedule is `factor`.
    fn value(&self, factor: f64) -> f64 {
        self.to + (self.from - self.to) * Real::min(Real::max(factor, 0.0), 1.0)
    }
}

impl Configuration for Driven {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let driven = Self {
            base: told_base(settings, BASE.name)?,
            settings: settings.item("base").clone(),
            hyperparameter: settings.word("hyperparameter").to_owned(),
            from: settings.number("from"),
            to: settings.number("to"),
            schedule: ScheduleSpec::new(settings.item("schedule"))?,
        };
        let [from, to] = [driven.at(driven.from)?, driven.at(driven.to)?];
        let between = driven.at(driven.value(0.5))?;
        if from.can_share_pack(&to) && from.can_share_pack(&between) {
            return Ok(Self { base: Box::new(from), ..driven });
        }
        let accepts = "two values with which the base keeps the same memory";
        Err(Invalid::new("from", format!("{} with to = {}", driven.from, driven.to), accepts))
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.schedule == other.schedule
            && self.hyperparameter == other.hyperparameter
            && self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let mut bound = Bound {
            lanes: std::array::from_fn(|lane| pack[lane].clone()),
            base: RuleSpec::bind_all(&std::array::from_fn(|lane| (*pack[lane].base).clone()), layout),
            layout: layout.clone(),
            span: Span::default(),
            steps: 0,
            factor: 1.0,
        };
        bound.begin(&Span::default());
        Box::new(bound)
    }
}

struct Bound<R: Real, const N: usize> {
    lanes: [Driven; N],
    base: Box<dyn Rule<R, N>>,
    layout: Layout,
    span: Span,
    steps: u64,
    /// What the base's hyperparameters belong to.
    factor: f64,
}

impl<R: Real, const N: usize> Bound<R, N> {
    /// Gives the base the hyperparameters of the next step.
    fn drive(&mut self) {
        let Span { steps, steps_per_epoch, batch_size, .. } = self.span;
        let factor = self.lanes[0].schedule.of_run(steps, steps_per_epoch, batch_size).factor(self.steps);
        if factor == std::mem::replace(&mut self.factor, factor) {
            return;
        }
        let specs: [RuleSpec; N] = std::array::from_fn(|lane| {
            let lane = &self.lanes[lane];
            lane.at(lane.value(factor)).expect("between two values that are accepted")
        });
        let small = RuleSpec::bind_all(&specs, &Layout::default());
        if !self.base.adopt(&*small) {
            let mut base = RuleSpec::bind_all(&specs, &self.layout);
            base.begin(&self.span);
            base.restore(&self.base.save()).expect("the same rule");
            self.base = base;
        }
    }
}

impl<R: Real, const N: usize> Rule<R, N> for Bound<R, N> {
    fn begin(&mut self, span: &Span) {
        self.span = span.clone();
        self.base.begin(span);
        self.drive();
    }

    fn wants(&self) -> Wants {
        self.base.wants()
    }

    fn probe(&mut self, at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        self.base.probe(at)
    }

    fn update(&mut self, at: &mut [Lanes<R, N>], signal: Signal<'_, R, N>, rate: &[f64; N]) {
        self.base.update(at, signal, rate);
        self.steps += 1;
        self.drive();
    }

    fn answer(&mut self, at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        self.base.answer(at)
    }

    fn distance(&self) -> Option<Lanes<R, N>> {
        self.base.distance()
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.steps.tape(tape);
        self.base.tape(tape);
        self.drive();
    }
}
