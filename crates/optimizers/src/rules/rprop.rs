//! Rprop.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Layout, Range, Real, Settings};

use crate::elementwise::{self, Elementwise, elementwise_loops};
use crate::kept::kept;
use crate::kernels::{choose, is_first};
use crate::tensorwise::{self, Tensorwise, Told, tensorwise_loops};
use crate::vocabulary::{MAXIMIZE, number, refuse_lacking, sign};
use crate::{Configuration, Rule, Wants};

pub(super) static ENTRY: Entry = Entry {
    name: "rprop",
    summary: "Resilient backpropagation: every coordinate's step grows while its gradient keeps its sign and \
              shrinks when that changes.",
    formula: "s = sign(g · previous g);  δ ← clip(δ · eta-plus if s > 0, eta-minus if s < 0, 1 otherwise; \
              step-min, step-max);  plus: Δ = −previous Δ and g ← 0 if s < 0;  improved-plus: the same, but Δ = 0 \
              if f ≤ previous f;  improved-minus: g ← 0 if s < 0;  minus: nothing more;  otherwise Δ = −sign(g) δ;  \
              x ← x + Δ",
    conventions: "torch.optim.Rprop is iRprop−, form = improved-minus: where the sign changes there is no move and \
                  the stored gradient becomes 0, so that the next step keeps its size. Rprop+ (plus) takes the last \
                  move back there, iRprop+ (improved-plus) only if the loss has grown, for which it wants the value \
                  of the batch, and Rprop− (minus) moves at once by the smaller step. The steps start at the rate of \
                  the first step; later rates have no effect. A zero gradient keeps the size. The product of two \
                  gradients is not rounded to 0. optax.rprop makes each move a step late, and is none of these. Meant for full gradients.",
    hyperparameters: &[
        Hyperparameter {
            name: "form",
            meaning: "what happens where the sign changes: Rprop+, Rprop−, iRprop+ or iRprop−",
            domain: Domain::Choice {
                default: "improved-minus",
                accepts: &["plus", "minus", "improved-plus", "improved-minus"],
            },
        },
        number("eta-minus", "factor where the sign changes", 0.5, Range::open(0.0, 1.0)),
        number("eta-plus", "factor where the sign stays", 1.2, Range::at_least(1.0)),
        number("step-min", "least step", 1e-6, Range::at_least(0.0)),
        number("step-max", "largest step", 50.0, Range::above(0.0)),
        MAXIMIZE,
    ],
    dialects: &[
        Dialect { name: "torch", conventions: "As in torch.optim.Rprop: improved-minus.", formula: &[], defaults: &[] },
        Dialect { name: "paper", conventions: "All forms.", formula: &[], defaults: &[] },
    ],
    cost: "Memory: two numbers per parameter, three for the forms with plus. One gradient per step, and one value for \
           improved-plus.",
    reference: "Riedmiller, Braun (1993), A direct adaptive method for faster backpropagation learning: the RPROP \
                algorithm, IEEE ICNN; Igel, Hüsken (2003), Empirical evaluation of the improved Rprop learning \
                algorithms, Neurocomputing 50",
};

/// What happens where the sign of a gradient changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Rprop+: the last move is taken back, and the next step keeps its size.
    Plus,
    /// Rprop−: the next move is by the smaller step.
    Minus,
    /// iRprop+: the last move is taken back if the loss has grown; the next step keeps its size.
    ImprovedPlus,
    /// iRprop−: there is no move, and the next step keeps its size.
    ImprovedMinus,
}

/// Resilient backpropagation: every coordinate's step grows while its gradient keeps its sign and shrinks when that changes.
///
/// ```text
/// s = sign(g · previous g)                (g negated first if maximize)
/// δ ← clip(δ η, step_min, step_max)       η = eta_plus, eta_minus or 1 for s = 1, −1 or 0
/// where s = −1
///     Δ = −previous Δ, g ← 0              plus; improved-plus if f > previous f
///     Δ = 0,           g ← 0              improved-plus otherwise; improved-minus
///     Δ = −sign(g) δ                      minus
/// Δ = −sign(g) δ                          elsewhere
/// x ← x + Δ
/// ```
///
/// The dialect `torch` is `improved-minus`, `paper` has all forms.
/// f is the value of the batch at x, which `improved-plus` wants to be told; maximizing, it looks whether f has shrunk.
/// The steps start at the rate of the first step; later rates have no effect.
/// Meant for full gradients.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `form` | `improved-minus` | [`Form`] | |
/// | `eta_minus` | 0.5 | (0, 1) | 1 |
/// | `eta_plus` | 1.2 | [1, ∞) | 1 |
/// | `step_min` | 10⁻⁶ | [0, ∞) | parameter |
/// | `step_max` | 50 | (0, ∞) | parameter |
/// | `maximize` | false | | |
///
/// Memory: two numbers per parameter, three for the forms with plus; one gradient per step, and one value for
/// `improved-plus`.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Form, Rprop, RuleSpec, Signal};
/// let end = |form| {
///     let rule = Rprop { form, ..Rprop::default() };
///     let mut rule = RuleSpec::bind::<f64, 1>(&[rule.into()], &Layout::vector(1));
///     let mut x = [[1.0]];
///     for _ in 0..3 {
///         let (value, gradient) = (x[0].map(|x| x * x / 2.0), x);
///         rule.update(&mut x, Signal { value: Some(&value), ..Signal::of(&gradient) }, &[0.6]);
///     }
///     format!("{:.4}", x[0][0])
/// };
/// // 1, 0.4, −0.32, and then
/// assert_eq!(end(Form::ImprovedMinus), "-0.3200");
/// assert_eq!(end(Form::ImprovedPlus), "-0.3200");
/// assert_eq!(end(Form::Minus), "0.0400");
/// assert_eq!(end(Form::Plus), "0.4000");
/// ```
///
/// Reference: Riedmiller and Braun (1993); Igel and Hüsken (2003), Neurocomputing 50, algorithms 1 to 4.
#[derive(Clone, Debug, PartialEq)]
pub struct Rprop {
    /// What happens where the sign changes.
    pub form: Form,
    /// Factor where the sign changes.
    pub eta_minus: f64,
    /// Factor where the sign stays.
    pub eta_plus: f64,
    /// Least step.
    pub step_min: f64,
    /// Largest step.
    pub step_max: f64,
    /// Go up.
    pub maximize: bool,
}

impl Configuration for Rprop {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        refuse_lacking(settings, &ENTRY, &[("torch", &["form"])])?;
        let (least, largest) = (settings.number("step-min"), settings.number("step-max"));
        if least > largest {
            return Err(Invalid::new("step-min", least, format!("at most step-max = {largest}")));
        }
        let form = match settings.word("form") {
            "plus" => Form::Plus,
            "minus" => Form::Minus,
            "improved-plus" => Form::ImprovedPlus,
            _ => Form::ImprovedMinus,
        };
        Ok(Self {
            form,
            eta_minus: settings.number("eta-minus"),
            eta_plus: settings.number("eta-plus"),
            step_min: settings.number("step-min"),
            step_max: settings.number("step-max"),
            maximize: settings.flag("maximize"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.form == other.form
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        match pack[0].form {
            Form::Minus | Form::ImprovedMinus => elementwise::bind(pack, layout),
            Form::Plus | Form::ImprovedPlus => tensorwise::bind(pack, layout),
        }
    }
}

/// Whether the signs of two gradients agree: 1, −1, or 0 if one of them is 0.
#[inline(always)]
fn agreement<R: Real>(g: R, previous: R) -> R {
    g.sign() * previous.sign()
}

/// The size of a step after one of `size`, for [`agreement`], [eta-minus, eta-plus] and [step-min, step-max].
#[inline(always)]
fn resized<R: Real>(size: R, agreement: R, [minus, plus]: [R; 2], [least, largest]: [R; 2]) -> R {
    let kept = if agreement < R::ZERO { minus } else { R::ONE };
    let factor = if agreement > R::ZERO { plus } else { kept };
    (size * factor).max(least).min(largest)
}

/// The forms that take nothing back.
impl Elementwise<5, 0, 7, 2> for Rprop {
    elementwise_loops!(5, 0, 7, 2);

    const CONSTANT_FROM: u64 = 2;

    fn numbers(&self) -> [f64; 5] {
        [sign(self.maximize), self.eta_minus, self.eta_plus, self.step_min, self.step_max]
    }

    #[inline(always)]
    fn coefficients(&self, numbers: [f64; 5], rate: f64, step: u64, _: &mut [f64; 0]) -> [f64; 7] {
        let [sign, eta_minus, eta_plus, step_min, step_max] = numbers;
        [sign, eta_minus, eta_plus, step_min, step_max, rate, is_first(step)]
    }

    #[inline(always)]
    fn apply<R: Real>(&self, coefficients: [R; 7], x: R, g: R, [previous, size]: [R; 2]) -> (R, [R; 2]) {
        let [sign, minus, plus, least, largest, rate, first] = coefficients;
        let g = sign * g;
        let agreement = agreement(g, previous);
        let size = resized(choose(first, rate, size), agreement, [minus, plus], [least, largest]);
        let forgets = self.form == Form::ImprovedMinus && agreement < R::ZERO;
        let g = if forgets { R::ZERO } else { g };
        (x - g.sign() * size, [g, size])
    }
}

/// What a run keeps in the forms that take moves back.
pub struct State<R> {
    gradient: Vec<R>,
    size: Vec<R>,
    moved: Vec<R>,
    value: R,
    begun: bool,
}

kept!(<R> State<R>: gradient, size, moved, value, begun);

/// The forms that take moves back.
impl Tensorwise for Rprop {
    tensorwise_loops!();

    type State<R: Real> = State<R>;

    fn init<R: Real>(&self, layout: &Layout) -> State<R> {
        let zeros = vec![R::ZERO; layout.size()];
        State { gradient: zeros.clone(), size: zeros.clone(), moved: zeros, value: R::ZERO, begun: false }
    }

    fn wants<R: Real>(&self, _: &State<R>) -> Wants {
        Wants { value: self.form == Form::ImprovedPlus, ..Wants::default() }
    }

    #[inline(always)]
    fn update<R: Real>(&self, state: &mut State<R>, _: &Layout, at: &mut [R], told: Told<'_, R>, rate: f64) {
        let sign = R::of(sign(self.maximize));
        // Nothing is taken back in the first step, because no sign has changed.
        let takes_back = self.form == Form::Plus || {
            let value = sign * told.value.expect("this form wants the value");
            value > std::mem::replace(&mut state.value, value)
        };
        if !state.begun {
            state.begun = true;
            state.size.fill(R::of(rate));
        }
        let factors = [self.eta_minus, self.eta_plus].map(R::of);
        let bounds = [self.step_min, self.step_max].map(R::of);
        for i in 0..at.len() {
            let g = sign * told.gradient[i];
            let agreement = agreement(g, state.gradient[i]);
            let size = resized(state.size[i], agreement, factors, bounds);
            let back = if takes_back { -state.moved[i] } else { R::ZERO };
            let changed = agreement < R::ZERO;
            let step = if changed { back } else { -g.sign() * size };
            at[i] += step;
            state.gradient[i] = if changed { R::ZERO } else { g };
            (state.size[i], state.moved[i]) = (size, step);
        }
    }
}
