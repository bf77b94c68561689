//! Given factors at given times, with lines or half cosines between them.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::piecewise_constant::{BOUNDARIES, pieces};
use super::portable::ease;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};

pub(super) static ENTRY: Entry = Entry {
    name: "piecewise-interpolate",
    summary: "Given factors at given times, with straight lines or half cosines between them.",
    formula: "factor = factors_i + (factors_{i+1} − factors_i) shape((t − b_i)/(b_{i+1} − b_i)) for b_i ≤ t ≤ b_{i+1}, \
              b_0 = 0",
    conventions: "The factors are of the base rate, the first at the beginning and the others at the boundaries; \
                  afterwards the last one stays. shape(x) is x or (1 − cos(π x))/2. t is counted from the end of the \
                  warm-up; a boundary below 1 is a fraction of what the warm-up leaves of the run, from 1 on a number \
                  of epochs (or of what clock says).",
    hyperparameters: &[
        BOUNDARIES,
        Hyperparameter {
            name: "factors",
            meaning: "factor of the base rate at the beginning and at every boundary",
            domain: Domain::Numbers { default: &[1.0, 0.1, 0.01], range: Range::at_least(0.0) },
        },
        Hyperparameter {
            name: "shape",
            meaning: "straight lines or half cosines",
            domain: Domain::Choice { default: "linear", accepts: &["linear", "cosine"] },
        },
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "One comparison a boundary.",
    reference: "Smith, Topin (2019), Super-convergence: very fast training of neural networks using large learning \
                rates, arXiv:1708.07120",
};

/// Given factors at given times, with straight lines or half cosines between them.
#[derive(Clone, Debug, PartialEq)]
pub struct PiecewiseInterpolate {
    /// When the factors are met: below 1 a fraction of the run, else a number of epochs.
    pub boundaries: Vec<f64>,
    /// The factors at the beginning and at the boundaries.
    pub factors: Vec<f64>,
    /// Half cosines instead of straight lines.
    pub cosine: bool,
}

impl Schedule for PiecewiseInterpolate {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let (boundaries, factors) = pieces(settings)?;
        Ok(Self { boundaries, factors, cosine: settings.word("shape") == "cosine" })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let past = self.boundaries.iter().take_while(|&&boundary| clock.is_past(boundary)).count();
        let Some(&next) = self.boundaries.get(past) else {
            return self.factors[past];
        };
        let from = past.checked_sub(1).map_or(0.0, |last| clock.length(self.boundaries[last]));
        let share = ((clock.step as f64 - from) / (clock.length(next) - from)).clamp(0.0, 1.0);
        let share = if self.cosine { ease(share) } else { share };
        self.factors[past] * (1.0 - share) + self.factors[past + 1] * share
    }
}
