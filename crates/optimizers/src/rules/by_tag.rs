//! Two rules for two kinds of tensors.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Lanes, Layout, Range, Real, Settings, Tensor};

use crate::layered::{numbers, told_base};
use crate::rule::{Signal, Span, Wants};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "by-tag",
    summary: "Moves the tensors that have a tag by one rule, and all others by another one at a rate of its own.",
    formula: "tensors with the tag: x ← step of tagged at lr\nall others: x ← step of others at others-rate · lr",
    conventions: "The tag matrix is for tensors of two axes or more, decays for those that weight decay is meant for \
                  (not biases). Norms and sums of a rule are over its own tensors. Hyperparameters per tag are two \
                  uses of the same rule; more than two groups are a by-tag within a by-tag.",
    hyperparameters: &[
        Hyperparameter {
            name: "tag",
            meaning: "which tensors the first rule moves",
            domain: Domain::Choice { default: "matrix", accepts: &["matrix", "decays"] },
        },
        Hyperparameter {
            name: "tagged",
            meaning: "the rule of the tensors with the tag",
            domain: Domain::Item { default: "sgd", catalogue: super::entries },
        },
        Hyperparameter {
            name: "others",
            meaning: "the rule of all other tensors",
            domain: Domain::Item { default: "sgd", catalogue: super::entries },
        },
        number("others-rate", "factor of the rate for all other tensors", 1.0, Range::at_least(0.0)),
    ],
    dialects: &[],
    cost: "Memory: one number per parameter, and that of the two rules. One gradient per step.",
    reference: "Jordan, Jin, Boza, You, Cesista, Newhouse, Bernstein (2024), Muon: an optimizer for hidden layers in \
                neural networks (matrices by Muon, all others by AdamW); parameter groups of torch.optim",
};

/// Moves the tensors that have a tag by one rule, and all others by another one.
///
/// ```text
/// tensors with the tag: x ← step of tagged at lr
/// all others:           x ← step of others at others_rate · lr
/// ```
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `tag` | `matrix` | `matrix`, `decays` | |
/// | `tagged` | `sgd` | any rule | |
/// | `others` | `sgd` | any rule | |
/// | `others_rate` | 1 | ≥ 0 | of the rate |
///
/// Memory: two numbers per parameter, and that of the two rules; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{ByTag, RuleSpec, Sgd, Signal};
/// let decaying = Sgd { weight_decay: 0.5, ..Sgd::default() };
/// let spec = ByTag { tagged: Box::new(decaying.into()), ..ByTag::default() };
/// let layout = Layout::new([("weight", vec![1, 1]), ("bias", vec![1])]);
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &layout);
/// let mut x = [[1.0], [1.0]];
/// rule.update(&mut x, Signal::of(&[[0.0], [0.0]]), &[0.1]);
/// assert_eq!(x, [[0.95], [1.0]]);
/// ```
///
/// Reference: Jordan et al. (2024); parameter groups of `torch.optim`.
#[derive(Clone, Debug, PartialEq)]
pub struct ByTag {
    /// Which tensors the first rule moves.
    pub tag: Tag,
    /// The rule of the tensors with the tag.
    pub tagged: Box<RuleSpec>,
    /// The rule of all other tensors.
    pub others: Box<RuleSpec>,
    /// Factor of the rate for all other tensors.
    pub others_rate: f64,
}

/// A property of tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Having two axes or more.
    Matrix,
    /// Being meant for weight decay.
    Decays,
}

impl Tag {
    fn is_on(self, tensor: &Tensor) -> bool {
        match self {
            Self::Matrix => tensor.shape.len() > 1,
            Self::Decays => tensor.decays,
        }
    }
}

impl Configuration for ByTag {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self {
            tag: if settings.word("tag") == "matrix" { Tag::Matrix } else { Tag::Decays },
            tagged: told_base(settings, "tagged")?,
            others: told_base(settings, "others")?,
            others_rate: settings.number("others-rate"),
        })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.tag == other.tag && self.tagged.can_share_pack(&other.tagged) && self.others.can_share_pack(&other.others)
    }

    fn needs(&self) -> Needs {
        let (tagged, others) = (self.tagged.needs(), self.others.needs());
        Needs {
            products: tagged.products || others.products,
            evaluations: tagged.evaluations.max(others.evaluations),
            matrices: tagged.matrices.max(others.matrices),
            ..tagged
        }
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let part = |on: bool, rule: fn(&Self) -> &RuleSpec, factor: [f64; N]| {
            let tensors = layout.tensors().iter().filter(|tensor| pack[0].tag.is_on(tensor) == on);
            let rules: [RuleSpec; N] = std::array::from_fn(|lane| rule(&pack[lane]).clone());
            Part::new(tensors.cloned().collect(), factor, |part| RuleSpec::bind_all(&rules, part))
        };
        let parts = [
            part(true, |rule| &rule.tagged, [1.0; N]),
            part(false, |rule| &rule.others, numbers(pack, |rule| rule.others_rate)),
        ];
        Box::new(Parts { parts, point: vec![[R::ZERO; N]; layout.size()] })
    }
}

/// A rule with the tensors that it moves.
struct Part<R: Real, const N: usize> {
    tensors: Vec<Tensor>,
    rule: Box<dyn Rule<R, N>>,
    factor: [f64; N],
    at: Vec<Lanes<R, N>>,
    gradient: Vec<Lanes<R, N>>,
    curvature: Vec<Lanes<R, N>>,
    present: Vec<bool>,
}

struct Parts<R: Real, const N: usize> {
    parts: [Part<R, N>; 2],
    /// A point that the parts are put together to.
    point: Vec<Lanes<R, N>>,
}

impl<R: Real, const N: usize> Part<R, N> {
    fn new(tensors: Vec<Tensor>, factor: [f64; N], bind: impl Fn(&Layout) -> Box<dyn Rule<R, N>>) -> Self {
        let layout = Layout::of(tensors.clone());
        let zeros = vec![[R::ZERO; N]; layout.size()];
        let rule = bind(&layout);
        let curvature = if rule.wants().curvature { zeros.clone() } else { Vec::new() };
        let present = vec![true; layout.size()];
        Self { tensors, rule, factor, at: zeros.clone(), gradient: zeros, curvature, present }
    }

    /// Writes the point that `point` gives at this part's place in `to`; says whether it gives one.
    fn put(&mut self, at: &[Lanes<R, N>], to: &mut [Lanes<R, N>], point: Point<R, N>) -> bool {
        gather(&self.tensors, at, &mut self.at);
        let given = point(&mut *self.rule, &self.at);
        scatter(&self.tensors, given.unwrap_or(&self.at), to);
        given.is_some()
    }
}

type Point<R, const N: usize> = for<'r> fn(&'r mut dyn Rule<R, N>, &[Lanes<R, N>]) -> Option<&'r [Lanes<R, N>]>;

/// The entries of these tensors, one after the other.
fn gather<T: Copy>(tensors: &[Tensor], from: &[T], to: &mut [T]) {
    let mut rest = to;
    for tensor in tensors {
        let (part, after) = rest.split_at_mut(tensor.size());
        part.copy_from_slice(&from[tensor.offset..][..tensor.size()]);
        rest = after;
    }
}

/// Puts the entries of these tensors back to their places.
fn scatter<T: Copy>(tensors: &[Tensor], from: &[T], to: &mut [T]) {
    let mut rest = from;
    for tensor in tensors {
        let (part, after) = rest.split_at(tensor.size());
        to[tensor.offset..][..tensor.size()].copy_from_slice(part);
        rest = after;
    }
}

impl<R: Real, const N: usize> Parts<R, N> {
    fn put_together(&mut self, at: &[Lanes<R, N>], point: Point<R, N>) -> Option<&[Lanes<R, N>]> {
        let [a, b] = &mut self.parts;
        let given = [a.put(at, &mut self.point, point), b.put(at, &mut self.point, point)];
        given.contains(&true).then_some(&self.point[..])
    }
}

impl<R: Real, const N: usize> Rule<R, N> for Parts<R, N> {
    fn begin(&mut self, span: &Span) {
        for (k, part) in self.parts.iter_mut().enumerate() {
            let key = span.key.child(["tagged", "others"][k]);
            part.rule.begin(&Span { key, ..span.clone() });
        }
    }

    fn wants(&self) -> Wants {
        let [a, b] = &self.parts;
        a.rule.wants().and(b.rule.wants())
    }

    fn probe(&mut self, at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        self.put_together(at, |rule, at| rule.probe(at))
    }

    fn update(&mut self, at: &mut [Lanes<R, N>], signal: Signal<'_, R, N>, rate: &[f64; N]) {
        assert_eq!(at.len(), signal.gradient.len(), "as many gradients as parameters");
        for part in &mut self.parts {
            gather(&part.tensors, at, &mut part.at);
            gather(&part.tensors, signal.gradient, &mut part.gradient);
            let curvature = signal.curvature.filter(|_| part.rule.wants().curvature);
            if let Some(curvature) = curvature {
                gather(&part.tensors, curvature, &mut part.curvature);
            }
            if let Some(present) = signal.present {
                gather(&part.tensors, present, &mut part.present);
            }
            let told = Signal {
                gradient: &part.gradient,
                curvature: curvature.map(|_| &part.curvature[..]),
                present: signal.present.map(|_| &part.present[..]),
                ..signal
            };
            let rate = std::array::from_fn(|l| part.factor[l] * rate[l]);
            part.rule.update(&mut part.at, told, &rate);
            scatter(&part.tensors, &part.at, at);
        }
    }

    fn answer(&mut self, at: &[Lanes<R, N>]) -> Option<&[Lanes<R, N>]> {
        self.put_together(at, |rule, at| rule.answer(at))
    }

    fn distance(&self) -> Option<Lanes<R, N>> {
        None
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.parts.iter_mut().for_each(|part| part.rule.tape(tape));
    }
}
