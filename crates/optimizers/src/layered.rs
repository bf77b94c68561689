//! What stands around another rule: transforms before it, averages and slow weights after it.

use sgdlab_core::kept::Tape;
use sgdlab_core::{Domain, Hyperparameter, Invalid, Lanes, Layout, Local, Real, Settings};

use crate::RuleSpec;
use crate::rule::{Rule, Signal, Span, Wants};

/// The hyperparameter of the rule that a layer stands around: any rule, with layers of its own if it has some.
pub(crate) const BASE: Hyperparameter = Hyperparameter {
    name: "base",
    meaning: "the update rule that this stands around",
    domain: Domain::Item { default: "sgd", catalogue: crate::rules::entries },
};

/// The value of [`BASE`].
///
/// # Errors
/// If the rule's values do not go together.
pub(crate) fn base(settings: &Settings) -> Result<Box<RuleSpec>, Invalid> {
    RuleSpec::new(settings.item(BASE.name)).map(Box::new)
}

/// The rule of this name that has to be told its gradients, because what stands around it looks at them.
///
/// # Errors
/// If the rule's values do not go together, or it asks for its gradients itself.
pub(crate) fn told_base(settings: &Settings, name: &str) -> Result<Box<RuleSpec>, Invalid> {
    let base = RuleSpec::new(settings.item(name))?;
    if base.needs().asking {
        return Err(Invalid::new(name, base.entry().name, "a rule that does not compute its gradients itself"));
    }
    Ok(Box::new(base))
}

/// A number of steps, or `None` for an epoch.
///
/// # Errors
/// If it is not a whole number.
pub(crate) fn steps_or_epoch(settings: &Settings, name: &str) -> Result<Option<u64>, Invalid> {
    let steps = settings.optional(name);
    match steps.filter(|steps| steps.fract() != 0.0 || *steps > 1e15) {
        Some(steps) => Err(Invalid::new(name, steps, "a whole number of steps up to 1e15, or \"epoch\"")),
        None => Ok(steps.map(|steps| steps as u64)),
    }
}

/// A layer around a rule, for `N` runs.
///
/// A method that a layer does not implement leaves things as the rule has them.
pub(crate) trait Layer<R: Real, const N: usize>: Send + 'static {
    /// What the layer wants to be told beside what the rule wants.
    fn wants(&self) -> Wants {
        Wants::default()
    }

    /// Tells how long the run is.
    fn begin(&mut self, _span: &Span) {}

    /// Looks at what the rule is about to be told, and may change the rates and, by returning another one, the
    /// gradient.
    fn before(&mut self, _seen: Seen<'_, R, N>, _rate: &mut [f64; N]) -> Option<&[Lanes<R, N>]> {
        None
    }

    /// Looks at the iterate after the rule's step, and may move it.
    fn after(&mut self, _at: &mut [Lanes<R, N>]) {}

    /// The point that is the answer, if not the rule's.
    fn answer(&self) -> Option<&[Lanes<R, N>]> {
        None
    }

    /// Saves what the layer keeps between steps, or restores it.
    fn tape(&mut self, tape: &mut Tape<'_>);
}

/// What a layer sees before a step.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a, R, const N: usize> {
    /// The iterate.
    pub(crate) at: &'a [Lanes<R, N>],
    /// What the rule would be told; no gradient if the rule asks for its gradients itself.
    pub(crate) signal: Signal<'a, R, N>,
}

/// A rule with a layer around it.
struct Layered<L, R, const N: usize> {
    layer: L,
    rule: Box<dyn Rule<R, N>>,
}

/// Puts a layer around the rules that the runs of a pack have as their base.
pub(crate) fn bind<C, L, R, const N: usize>(
    pack: &[C],
    base: fn(&C) -> &RuleSpec,
    layout: &Layout,
    layer: L,
) -> Box<dyn Rule<R, N>>
where
    L: Layer<R, N>,
    R: Real,
{
    let bases: [RuleSpec; N] = std::array::from_fn(|lane| base(&pack[lane]).clone());
    Box::new(Layered { layer, rule: RuleSpec::bind_all(&bases, layout) })
}

/// A number of each run of a pack.
pub(crate) fn numbers<C, const N: usize>(pack: &[C], number: impl Fn(&C) -> f64) -> [f64; N] {
    std::array::from_fn(|lane| number(&pack[lane]))
}

impl<L: Layer<R, N>, R: Real, const N: usize> Rule<R, N> for Layered<L, R, N> {
    fn begin(&mut self, span: &Span) {
        self.layer.begin(span);
        self.rule.begin(span);
    }

    fn wants(&self) -> Wants {
        self.layer.wants().and(self.rule.wants())
    }

    fn probe(&mut self, at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        self.rule.probe(at)
    }

    fn update(&mut self, at: &mut [Lanes<R, N>], signal: Signal<'_, R, N>, rate: &[f64; N]) {
        let mut rate = *rate;
        let other = self.layer.before(Seen { at, signal }, &mut rate);
        let signal = Signal { gradient: other.unwrap_or(signal.gradient), ..signal };
        self.rule.update(at, signal, &rate);
        self.layer.after(at);
    }

    fn asks(&self) -> bool {
        self.rule.asks()
    }

    fn search(&mut self, at: &mut [Lanes<R, N>], local: &mut dyn Local<R, N>, rate: &[f64; N]) {
        let mut rate = *rate;
        let other = self.layer.before(Seen { at, signal: Signal::of(&[]) }, &mut rate);
        assert!(other.is_none(), "a layer that changes gradients is around a rule that asks for them");
        self.rule.search(at, local, &rate);
        self.layer.after(at);
    }

    fn iterations(&self) -> Option<u64> {
        self.rule.iterations()
    }

    fn answer(&mut self, at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        match self.layer.answer() {
            Some(point) => Some(point),
            None => self.rule.answer(at),
        }
    }

    fn distance(&self) -> Option<Lanes<R, N>> {
        self.rule.distance()
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.layer.tape(tape);
        self.rule.tape(tape);
    }
}
