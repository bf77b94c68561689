//! Lookahead: slow weights that follow any other rule.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Lanes, Layout, Range, Real, Settings};

use crate::layered::{self, BASE, Layer, Seen, base};
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "lookahead",
    summary: "Lets any other rule run ahead, and every k steps goes a part of the way to where it is.",
    formula: "x ← step of base;  every k steps: slow ← slow + alpha (x − slow), x ← slow",
    conventions: "The slow weights start at the initial point. The base keeps its state when x jumps back.",
    hyperparameters: &[
        BASE,
        Hyperparameter {
            name: "k",
            meaning: "steps of the base between two steps of the slow weights",
            domain: Domain::Integer { default: 5, least: 1 },
        },
        number("alpha", "share of the way that the slow weights go", 0.5, Range::closed(0.0, 1.0)),
    ],
    dialects: &[Dialect {
        name: "pytorch-optimizer",
        conventions: "The base's state is kept.",
        formula: &[],
        defaults: &[],
    }],
    cost: "Memory: one number per parameter, and the base's. One gradient per step.",
    reference: "Zhang, Lucas, Hinton, Ba (2019), Lookahead optimizer: k steps forward, 1 step back, arXiv:1907.08610",
};

/// Lets any other rule run ahead, and every `k` steps goes a part of the way to where it is.
///
/// ```text
/// x ← step of base
/// every k steps: slow ← slow + alpha (x − slow), x ← slow
/// ```
///
/// The slow weights start at the initial point; the base keeps its state when x jumps back.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `k` | 5 | ≥ 1 | steps |
/// | `alpha` | 0.5 | [0, 1] | 1 |
///
/// Memory: one number per parameter, and the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{Lookahead, RuleSpec, Signal};
/// let spec = Lookahead { k: 2, ..Lookahead::default() };
/// let mut rule = RuleSpec::bind::<f64, 1>(&[spec.into()], &Layout::vector(1));
/// let mut x = [[1.0]];
/// for _ in 0..2 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.5]);
/// }
/// assert_eq!(x[0][0], 0.625); // Half the way from 1 to 0.25.
/// ```
///
/// Reference: Zhang, Lucas, Hinton and Ba (2019), algorithm 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookahead {
    /// The rule that runs ahead.
    pub base: Box<RuleSpec>,
    /// Steps of the base between two steps of the slow weights.
    pub k: u64,
    /// Share of the way that the slow weights go.
    pub alpha: f64,
}

impl Configuration for Lookahead {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { base: base(settings)?, k: settings.integer("k"), alpha: settings.number("alpha") })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.k == other.k && self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let slow = Slow {
            point: vec![[R::ZERO; N]; layout.size()],
            alpha: std::array::from_fn(|lane| R::of(pack[lane].alpha)),
            k: pack[0].k,
            steps: 0,
        };
        layered::bind(pack, |rule| &rule.base, layout, slow)
    }
}

/// The slow weights.
struct Slow<R, const N: usize> {
    point: Vec<Lanes<R, N>>,
    alpha: Lanes<R, N>,
    k: u64,
    steps: u64,
}

impl<R: Real, const N: usize> Layer<R, N> for Slow<R, N> {
    fn before(&mut self, seen: Seen<'_, R, N>, _: &mut [f64; N]) -> Option<&[Lanes<R, N>]> {
        if self.steps == 0 {
            self.point.copy_from_slice(seen.at);
        }
        None
    }

    fn after(&mut self, at: &mut [Lanes<R, N>]) {
        self.steps += 1;
        if self.steps.is_multiple_of(self.k) {
            for (slow, x) in self.point.iter_mut().zip(&mut *at) {
                for l in 0..N {
                    slow[l] += self.alpha[l] * (x[l] - slow[l]);
                }
                *x = *slow;
            }
        }
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.point.tape(tape);
        self.steps.tape(tape);
    }
}
