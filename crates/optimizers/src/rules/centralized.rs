//! Gradient centralization.

use sgdlab_core::kept::Tape;
use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Lanes, Layout, Real, Settings};

use crate::layered::{self, BASE, Layer, Seen, told_base};
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "centralized",
    summary: "Gives any other rule gradients whose mean over the inputs of every unit is zero.",
    formula: "for every matrix: G ← G − mean of G over all axes but that of the units\nx ← step of base with G",
    conventions: "Vectors and numbers are left alone. The units of a layer are the last axis of its weights here, \
                  the first one in torch.",
    hyperparameters: &[
        BASE,
        Hyperparameter {
            name: "units",
            meaning: "the axis of the units",
            domain: Domain::Choice { default: "last", accepts: &["last", "first"] },
        },
    ],
    dialects: &[],
    cost: "Memory: the base's. One gradient per step.",
    reference: "Yong, Huang, Hua, Zhang (2020), Gradient centralization: a new optimization technique for deep neural \
                networks, arXiv:2004.01461",
};

/// Gives another rule gradients whose mean over the inputs of every unit is zero.
///
/// ```text
/// for every matrix: G ← G − mean of G over all axes but that of the units
/// x ← step of base with G
/// ```
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `units` | `last` | `last`, `first` | axis |
///
/// Memory: the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Centralized, RuleSpec, Signal};
/// let layout = Layout::new([("weight", vec![2, 1])]);
/// let mut rule = RuleSpec::bind::<f64, 1>(&[Centralized::default().into()], &layout);
/// let mut x = [[0.0], [0.0]];
/// rule.update(&mut x, Signal::of(&[[3.0], [1.0]]), &[1.0]);
/// assert_eq!(x, [[-1.0], [1.0]]);
/// ```
///
/// Reference: Yong, Huang, Hua and Zhang (2020), equation 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Centralized {
    /// The rule that gets the centralized gradients.
    pub base: Box<RuleSpec>,
    /// Whether the units are the last axis instead of the first.
    pub last: bool,
}

impl Configuration for Centralized {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { base: told_base(settings, BASE.name)?, last: settings.word("units") == "last" })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.last == other.last && self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let last = pack[0].last;
        let group = |offset: usize, units: usize, inputs: usize, unit: usize| Group {
            first: offset + unit * if last { 1 } else { inputs },
            stride: if last { units } else { 1 },
            count: inputs,
        };
        let matrices = layout.tensors().iter().filter(|tensor| tensor.shape.len() > 1 && tensor.size() > 0);
        let groups = matrices.flat_map(|tensor| {
            let units = tensor.shape[if last { tensor.shape.len() - 1 } else { 0 }];
            (0..units).map(move |unit| group(tensor.offset, units, tensor.size() / units, unit))
        });
        let center = Center { groups: groups.collect(), gradient: vec![[R::ZERO; N]; layout.size()] };
        layered::bind(pack, |rule| &rule.base, layout, center)
    }
}

/// The entries that belong to one unit.
struct Group {
    first: usize,
    stride: usize,
    count: usize,
}

struct Center<R, const N: usize> {
    groups: Vec<Group>,
    gradient: Vec<Lanes<R, N>>,
}

impl<R: Real, const N: usize> Layer<R, N> for Center<R, N> {
    fn before(&mut self, seen: Seen<'_, R, N>, _: &mut [f64; N]) -> Option<&[Lanes<R, N>]> {
        self.gradient.copy_from_slice(seen.signal.gradient);
        for &Group { first, stride, count } in &self.groups {
            let place = |k: usize| first + k * stride;
            let sum = sgdlab_core::reduce::sum_of(count, |k| self.gradient[place(k)]);
            let mean = sum.map(|sum| sum / R::of(count as f64));
            for k in 0..count {
                for l in 0..N {
                    self.gradient[place(k)][l] -= mean[l];
                }
            }
        }
        Some(&self.gradient)
    }

    fn tape(&mut self, _: &mut Tape<'_>) {}
}
