//! Averaging over the last part of a run.

use sgdlab_core::{Entry, Invalid, Layout, Range, Real, Settings};

use crate::averages::{Average, Share, Uniform};
use crate::layered::{self, BASE, base};
use crate::rule::Span;
use crate::vocabulary::number;
use crate::{Configuration, Needs, Rule, RuleSpec};

pub(super) static ENTRY: Entry = Entry {
    name: "suffix-average",
    summary: "Answers with the mean of the iterates of any other rule in the last part of the run.",
    formula: "x_t ← step of base\na_t = mean of x_s over T − round(share · T) < s ≤ t, before that x_t",
    conventions: "T is the number of steps of the run, which sweeps know; outside of a run of known length \
                  (Rule::begin) the answer is x_t.",
    hyperparameters: &[BASE, number("share", "share of the run that is averaged", 0.5, Range::closed(0.0, 1.0))],
    dialects: &[],
    cost: "Memory: one number per parameter, and the base's. One gradient per step.",
    reference: "Rakhlin, Shamir, Sridharan (2012), Making gradient descent optimal for strongly convex stochastic \
                optimization, arXiv:1109.5647",
};

/// Answers with the mean of the iterates of another rule in the last part of the run.
///
/// ```text
/// x_t ← step of base
/// a_t = mean of x_s over T − round(share · T) < s ≤ t, before that x_t
/// ```
///
/// T is the length of the run, which [`Rule::begin`] tells.
///
/// | name | default | range | unit |
/// | --- | --- | --- | --- |
/// | `base` | `sgd` | any rule | |
/// | `share` | 0.5 | [0, 1] | of the run |
///
/// Memory: one number per parameter, and the base's; one gradient per step.
///
/// ```
/// use sgdlab_core::Layout;
/// use sgdlab_optimizers::{RuleSpec, Signal, Span, SuffixAverage};
/// let mut rule = RuleSpec::bind::<f64, 1>(&[SuffixAverage::default().into()], &Layout::vector(1));
/// rule.begin(&Span { steps: 4, ..Span::default() });
/// let mut x = [[1.0]];
/// for _ in 0..4 {
///     let gradient = x; // of x²/2
///     rule.update(&mut x, Signal::of(&gradient), &[0.5]);
/// }
/// assert_eq!(rule.answer(&x), Some(&[[0.09375]][..])); // The mean of 1/8 and 1/16.
/// ```
///
/// Reference: Rakhlin, Shamir and Sridharan (2012), section 5.
#[derive(Clone, Debug, PartialEq)]
pub struct SuffixAverage {
    /// The rule whose iterates are averaged.
    pub base: Box<RuleSpec>,
    /// Share of the run that is averaged.
    pub share: f64,
}

/// A mean that begins where the run's length says.
struct Suffix {
    share: f64,
    from: u64,
}

impl Share for Suffix {
    fn begin(&mut self, span: &Span) {
        self.from = span.steps - (self.share * span.steps as f64).round() as u64;
    }

    fn share(&mut self, step: u64) -> f64 {
        Uniform { from: self.from, power: 0.0 }.share(step)
    }
}

impl Configuration for SuffixAverage {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        Ok(Self { base: base(settings)?, share: settings.number("share") })
    }

    fn can_share_pack(&self, other: &Self) -> bool {
        self.base.can_share_pack(&other.base)
    }

    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn bind<R: Real, const N: usize>(pack: &[Self], layout: &Layout) -> Box<dyn Rule<R, N>> {
        let shares = std::array::from_fn(|lane| Suffix { share: pack[lane].share, from: u64::MAX });
        layered::bind(pack, |rule| &rule.base, layout, Average::<_, R, N>::new(layout, shares))
    }
}
