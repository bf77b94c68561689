//! Ways through the terms: samplers of the catalogue, and the exact laws of what they do.

use sgdlab_core::streams::Key;
use sgdlab_core::{Layout, Objective, Oracle, Value};
use sgdlab_optimizers::{Rule, RuleSpec, Sgd, Signal};
use sgdlab_samplers::{BatchBuffer, Context, SamplerSpec};

use super::passes::{Affine, Moments, Parabolas};
use crate::tools::sampler::sampler_spec;

/// A way through the terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Independent draws.
    With,
    /// One random order for all epochs.
    Once,
    /// The order of the data, sorted by b.
    Incremental,
    /// A new random order every epoch.
    Reshuffled,
    /// One random order, then its reverse, and so on.
    FlipFlopOnce,
    /// The order of the data, then its reverse, and so on.
    FlipFlopIncremental,
    /// A new random order every two epochs, then its reverse.
    FlipFlopReshuffled,
}

/// All of them, from the noisiest.
pub(super) const SCHEMES: [Scheme; 7] = [
    Scheme::With,
    Scheme::Incremental,
    Scheme::Once,
    Scheme::Reshuffled,
    Scheme::FlipFlopIncremental,
    Scheme::FlipFlopOnce,
    Scheme::FlipFlopReshuffled,
];

/// Mean and variance of the iterate at the ends of epochs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stationary {
    pub(super) mean: f64,
    pub(super) variance: f64,
}

impl Stationary {
    /// E x².
    pub(super) fn total(self) -> f64 {
        self.mean * self.mean + self.variance
    }

    fn of((first, second): (f64, f64)) -> Self {
        Self { mean: first, variance: second - first * first }
    }

    /// Over equally likely places.
    fn among(places: &[f64]) -> Self {
        let mean = places.iter().sum::<f64>() / places.len() as f64;
        Self { mean, variance: places.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / places.len() as f64 }
    }
}

impl Scheme {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::With => "with replacement",
            Self::Once => "shuffle once",
            Self::Incremental => "sorted order",
            Self::Reshuffled => "reshuffling",
            Self::FlipFlopOnce => "flip-flop, shuffle once",
            Self::FlipFlopIncremental => "flip-flop, sorted order",
            Self::FlipFlopReshuffled => "flip-flop, reshuffling",
        }
    }

    /// The sampler of the catalogue.
    pub(super) fn sampler(self) -> SamplerSpec {
        let flip_flop = |base: &str| sampler_spec("flip-flop", [("base", Value::Word(base.to_owned()))]);
        match self {
            Self::With => sampler_spec("with-replacement", []),
            Self::Once => sampler_spec("shuffle-once", []),
            Self::Incremental => sampler_spec("sequential", []),
            Self::Reshuffled => sampler_spec("reshuffle", []),
            Self::FlipFlopOnce => flip_flop("shuffle-once"),
            Self::FlipFlopIncremental => flip_flop("sequential"),
            Self::FlipFlopReshuffled => flip_flop("reshuffle"),
        }
    }

    /// Epochs until it begins again.
    pub(super) fn period(self) -> u64 {
        match self {
            Self::FlipFlopOnce | Self::FlipFlopIncremental | Self::FlipFlopReshuffled => 2,
            _ => 1,
        }
    }

    /// Whether there is nothing random in it.
    pub(super) fn is_fixed(self) -> bool {
        matches!(self, Self::Incremental | Self::FlipFlopIncremental)
    }

    /// What one period does to x, for everything that can be drawn: single steps for independent draws.
    pub(super) fn maps(self, of: &Parabolas, orders: &[Vec<u32>], rate: f64) -> Vec<Affine> {
        let identity = || vec![(0..of.terms() as u32).collect::<Vec<u32>>()];
        match self {
            Self::With => (0..of.terms() as u32).map(|i| of.pass(&[i], rate)).collect(),
            Self::Once | Self::Reshuffled => of.passes(orders, rate),
            Self::Incremental => of.passes(&identity(), rate),
            Self::FlipFlopOnce | Self::FlipFlopReshuffled => of.passes_and_back(orders, rate),
            Self::FlipFlopIncremental => of.passes_and_back(&identity(), rate),
        }
    }

    /// The law of the iterate after very many periods.
    pub(super) fn stationary(self, of: &Parabolas, orders: &[Vec<u32>], rate: f64) -> Stationary {
        let maps = self.maps(of, orders, rate);
        match self {
            Self::With | Self::Reshuffled | Self::FlipFlopReshuffled => Stationary::of(Moments::of(&maps).stationary()),
            _ => Stationary::among(&maps.iter().map(|map| map.end()).collect::<Vec<_>>()),
        }
    }

    /// E x² after so many epochs from x = 1, a multiple of the period.
    pub(super) fn after(self, epochs: u64, of: &Parabolas, orders: &[Vec<u32>], rate: f64) -> f64 {
        let maps = self.maps(of, orders, rate);
        let periods = epochs / self.period();
        if matches!(self, Self::With | Self::Reshuffled | Self::FlipFlopReshuffled) {
            let steps = if self == Self::With { epochs * of.terms() as u64 } else { periods };
            let moments = Moments::of(&maps);
            return (0..steps).fold((1.0, 1.0), |state, _| moments.step(state)).1;
        }
        let end = |map: &Affine| {
            let power = map.a.powi(periods as i32);
            power + map.end() * (1.0 - power)
        };
        maps.iter().map(|map| end(map).powi(2)).sum::<f64>() / maps.len() as f64
    }

    /// Where a run of the project's rule and sampler is at the ends of epochs, and the terms that it went through.
    pub(super) fn run(self, of: &Parabolas, rate: f64, (start, epochs): (f64, u64), key: Key) -> (Vec<f64>, Vec<u32>) {
        let model = of.objective();
        let objective: &dyn Objective<f64, 1> = &model;
        let layout: &Layout = objective.layout();
        let mut sampler = self.sampler().bind(&Context::of(of.terms()), 1, key).expect("single terms");
        let mut rule: Box<dyn Rule<f64, 1>> = RuleSpec::bind(&[Sgd::default().into()], layout);
        let mut oracle = Oracle::new(objective, 1);
        let mut batch = BatchBuffer::with_capacity(1);
        let (mut at, mut gradient) = ([[start]], [[0.0]]);
        let (mut ends, mut terms) = (Vec::new(), Vec::new());
        for epoch in 0..epochs {
            for k in 0..of.terms() as u64 {
                sampler.fill(epoch * of.terms() as u64 + k, &mut batch);
                terms.extend_from_slice(&batch.indices);
                oracle.gradient(&at, batch.batch(), &mut gradient);
                rule.update(&mut at, Signal::of(&gradient), &[rate]);
            }
            ends.push(at[0][0]);
        }
        (ends, terms)
    }

    /// Whether the terms that a run went through are what the scheme says.
    pub(super) fn goes_through(self, terms: &[u32], count: usize) -> bool {
        let epochs: Vec<&[u32]> = terms.chunks(count).collect();
        let is_order = |epoch: &&[u32]| {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            sorted.iter().enumerate().all(|(i, &term)| i as u32 == term)
        };
        let reversed = |one: &[u32], other: &[u32]| one.iter().eq(other.iter().rev());
        let identity: Vec<u32> = (0..count as u32).collect();
        let all_like = |of: &[u32]| epochs.iter().all(|epoch| *epoch == of);
        let flips = |from: usize| epochs[from..].windows(2).step_by(2).all(|pair| reversed(pair[0], pair[1]));
        match self {
            Self::With => !epochs.iter().all(is_order),
            _ if !epochs.iter().all(is_order) => false,
            Self::Once => all_like(epochs[0]) && epochs[0] != identity,
            Self::Incremental => all_like(&identity),
            Self::Reshuffled => !all_like(epochs[0]) && !flips(0),
            Self::FlipFlopOnce => flips(0) && flips(1) && epochs[0] != identity,
            Self::FlipFlopIncremental => flips(0) && flips(1) && epochs[0] == identity,
            Self::FlipFlopReshuffled => flips(0) && !flips(1),
        }
    }
}
