//! Given factors between given times.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};

pub(super) const BOUNDARIES: Hyperparameter = Hyperparameter {
    name: "boundaries",
    meaning: "when the pieces end, in order: below 1 a fraction of the run, else epochs",
    domain: Domain::Numbers { default: &[0.5, 0.75], range: Range::at_least(0.0) },
};

pub(super) static ENTRY: Entry = Entry {
    name: "piecewise-constant",
    summary: "Given factors, each until a given time.",
    formula: "factor = factors_i, i = |{b in boundaries: b ≤ t}|",
    conventions: "The factors are of the base rate, not of one another, and there is one more of them than boundaries. \
                  t is counted from the end of the warm-up; a boundary below 1 is a fraction of what the warm-up \
                  leaves of the run, from 1 on a number of epochs (or of what clock says); the new factor holds from \
                  the boundary itself on.",
    hyperparameters: &[
        BOUNDARIES,
        Hyperparameter {
            name: "factors",
            meaning: "factor of the base rate in every piece, one more than boundaries",
            domain: Domain::Numbers { default: &[1.0, 0.1, 0.01], range: Range::at_least(0.0) },
        },
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "One comparison a boundary.",
    reference: "Krizhevsky, Sutskever, Hinton (2012), ImageNet classification with deep convolutional neural networks",
};

/// Boundaries in order with one factor more: what both piecewise schedules need.
///
/// # Errors
/// If they are not.
pub(super) fn pieces(settings: &Settings) -> Result<(Vec<f64>, Vec<f64>), Invalid> {
    let (boundaries, factors) = (settings.numbers("boundaries"), settings.numbers("factors"));
    // Fractions of the run and epochs are ordered among themselves; how they relate depends on the run.
    let ordered = |pair: &[f64]| pair[0] <= pair[1] || (pair[0] >= 1.0 && pair[1] < 1.0);
    if !boundaries.windows(2).all(ordered) {
        return Err(Invalid::new("boundaries", format!("{boundaries:?}"), "times in order"));
    }
    if factors.len() != boundaries.len() + 1 {
        let accepts = format!("{} numbers, one more than boundaries", boundaries.len() + 1);
        return Err(Invalid::new("factors", format!("{factors:?}"), accepts));
    }
    Ok((boundaries.to_vec(), factors.to_vec()))
}

/// Given factors, each until a given time: factor = factors_i, i = |{b in boundaries: b ≤ t}|.
#[derive(Clone, Debug, PartialEq)]
pub struct PiecewiseConstant {
    /// When the pieces end: below 1 a fraction of the run, else a number of epochs.
    pub boundaries: Vec<f64>,
    /// The factor of every piece, one more than there are boundaries.
    pub factors: Vec<f64>,
}

impl Schedule for PiecewiseConstant {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        pieces(settings).map(|(boundaries, factors)| Self { boundaries, factors })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let past = self.boundaries.iter().filter(|&&boundary| clock.is_past(boundary)).count();
        self.factors[past]
    }
}
