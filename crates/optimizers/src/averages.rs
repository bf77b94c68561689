//! Averages of the iterates of a rule, which are the answer in its place.

use sgdlab_core::kept::{Kept, Tape};
use sgdlab_core::{Lanes, Layout, Real};

use crate::layered::Layer;
use crate::rule::Span;

/// Which share of the way from the old mean to the iterate the mean goes.
///
/// A share of 1 starts the mean anew and one of 0 leaves the iterate out.
pub(crate) trait Share: Send + 'static {
    /// Tells how long the run is.
    fn begin(&mut self, _span: &Span) {}

    /// The share at `step`, counted from 1; asked for once a step.
    fn share(&mut self, step: u64) -> f64;

    /// Saves what is needed beside the step, or restores it.
    fn tape(&mut self, _tape: &mut Tape<'_>) {}
}

/// Mean of the iterates x₁, x₂, … with shares of each lane's own.
pub(crate) struct Average<S, R, const N: usize> {
    shares: [S; N],
    steps: u64,
    mean: Vec<Lanes<R, N>>,
    /// Whether the mean has something in it, in every lane.
    begun: bool,
}

impl<S: Share, R: Real, const N: usize> Average<S, R, N> {
    /// Of a run that has not started; without any iterate in the mean the answer is the rule's.
    pub(crate) fn new(layout: &Layout, shares: [S; N]) -> Self {
        Self { shares, steps: 0, mean: vec![[R::ZERO; N]; layout.size()], begun: false }
    }
}

impl<S: Share, R: Real, const N: usize> Layer<R, N> for Average<S, R, N> {
    fn begin(&mut self, span: &Span) {
        self.shares.iter_mut().for_each(|share| share.begin(span));
    }

    fn after(&mut self, at: &mut [Lanes<R, N>]) {
        self.steps += 1;
        let shares = self.shares.each_mut().map(|share| R::of(share.share(self.steps)));
        if shares.iter().all(|&share| share == R::ZERO) {
            return;
        }
        let fresh = !std::mem::replace(&mut self.begun, true);
        for (mean, x) in self.mean.iter_mut().zip(at) {
            for l in 0..N {
                let moved = mean[l] + shares[l] * (x[l] - mean[l]);
                // Without 0 · ∞ of an old mean that does not matter any more.
                mean[l] = if fresh || shares[l] == R::ONE { x[l] } else { moved };
            }
        }
    }

    fn answer(&self) -> Option<&[Lanes<R, N>]> {
        self.begun.then_some(&self.mean[..])
    }

    fn tape(&mut self, tape: &mut Tape<'_>) {
        self.steps.tape(tape);
        self.begun.tape(tape);
        self.mean.tape(tape);
        self.shares.iter_mut().for_each(|share| share.tape(tape));
    }
}

/// The mean of all iterates from a step on, the iterate itself up to there; later ones may weigh more.
///
/// With t − `from` = k the share is (1 + `power`) / (k + `power`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uniform {
    /// Iterates before, which are no part of the mean.
    pub(crate) from: u64,
    /// Growth of the weights: 0 weighs all alike, p about as kᵖ.
    pub(crate) power: f64,
}

impl Share for Uniform {
    fn share(&mut self, step: u64) -> f64 {
        let k = step.saturating_sub(self.from);
        if k <= 1 { 1.0 } else { (1.0 + self.power) / (k as f64 + self.power) }
    }
}
