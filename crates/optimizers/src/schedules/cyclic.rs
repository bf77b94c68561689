//! Cyclical rates.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::portable::power;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "cyclic",
    summary: "Climbs and falls linearly between a fraction of the base rate and the base rate.",
    formula: "factor = low + (1 − low) height, height = scale · (x/up if x ≤ up, else (up + down − x)/down), \
              x = t mod (up + down)",
    conventions: "The base rate is the peak. scale is 1 (triangular), ½^cycle (triangular2) or gamma^t with t in \
                  steps, whatever clock says (exp-range). t is counted from the end of the warm-up; lengths below 1 \
                  are fractions of what the warm-up leaves of the run, from 1 on numbers of epochs (or of what clock \
                  says).",
    hyperparameters: &[
        number("low", "factor in the valley", 0.1, Range::closed(0.0, 1.0)),
        number("up", "length of the climb: below 1 a fraction of the run, else epochs", 0.125, Range::above(0.0)),
        Hyperparameter {
            name: "down",
            meaning: "length of the fall, likewise; \"up\" is as long as the climb",
            domain: Domain::Optional { absent: "up", range: Range::above(0.0) },
        },
        Hyperparameter {
            name: "mode",
            meaning: "how the peaks change",
            domain: Domain::Choice { default: "triangular", accepts: &["triangular", "triangular2", "exp-range"] },
        },
        number("gamma", "what exp-range multiplies the height by at every step", 0.999, Range::closed(0.0, 1.0)),
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Smith (2017), Cyclical learning rates for training neural networks, arXiv:1506.01186",
};

/// How the peaks of [`Cyclic`] change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CyclicMode {
    /// They do not.
    Triangular,
    /// The height halves with every cycle.
    Triangular2,
    /// The height is multiplied by this at every step.
    ExpRange(f64),
}

/// Climbs and falls linearly: factor = low + (1 − low) height.
#[derive(Clone, Debug, PartialEq)]
pub struct Cyclic {
    /// Factor in the valley.
    pub low: f64,
    /// Length of the climb: below 1 a fraction of the run, else a number of epochs.
    pub up: f64,
    /// Length of the fall, likewise.
    pub down: f64,
    /// How the peaks change.
    pub mode: CyclicMode,
}

impl Schedule for Cyclic {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let up = settings.number("up");
        let mode = match settings.word("mode") {
            "triangular" => CyclicMode::Triangular,
            "triangular2" => CyclicMode::Triangular2,
            _ => CyclicMode::ExpRange(settings.number("gamma")),
        };
        Ok(Self { low: settings.number("low"), up, down: settings.optional("down").unwrap_or(up), mode })
    }

    fn factor(&self, clock: Clock) -> f64 {
        self.low + (1.0 - self.low) * self.height(clock).unwrap_or(0.0)
    }

    fn height(&self, clock: Clock) -> Option<f64> {
        let (up, down) = (clock.length(self.up), clock.length(self.down));
        let (step, period) = (clock.step as f64, up + down);
        if period <= 0.0 {
            return Some(0.0);
        }
        // A valley is not missed because of rounding.
        let cycle = (step / period + 1e-9).floor();
        let x = (step - cycle * period).max(0.0);
        let height = if x <= up { x / up } else { (period - x) / down };
        Some(match self.mode {
            CyclicMode::Triangular => height,
            CyclicMode::Triangular2 => height * power(0.5, cycle as u64),
            CyclicMode::ExpRange(gamma) => height * power(gamma, clock.step),
        })
    }
}
