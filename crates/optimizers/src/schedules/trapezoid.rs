//! Warm-up, stable phase, decay.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::clock::{CLOCK, FINAL};
use super::portable::cos_pi;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "trapezoid",
    summary: "The base rate after the warm-up until a decay that ends with the run (warmup-stable-decay).",
    formula: "factor = final + (1 − final) g(x), x = share of the decay that is over; g = 1 − x (linear), (1 + cos \
              πx)/2 (cosine), 1 − √x (1-sqrt), 1 − x² (1-square)",
    conventions: "Lengths below 1 are fractions of what the warm-up leaves of the run, from 1 on numbers of epochs (or \
                  of what clock says); stable, if given, is when the decay begins; after the decay the factor stays \
                  final. The library applies final only to the cosine: its other decays head for 0 and then jump to \
                  final.",
    hyperparameters: &[
        number("decay", "length of the decay: below 1 a fraction of the run, else epochs", 0.2, Range::above(0.0)),
        Hyperparameter {
            name: "stable",
            meaning: "length of the stable phase, likewise; \"rest\" makes the decay end with the run",
            domain: Domain::Optional { absent: "rest", range: Range::at_least(0.0) },
        },
        Hyperparameter {
            name: "shape",
            meaning: "how it decays",
            domain: Domain::Choice { default: "linear", accepts: &["linear", "cosine", "1-sqrt", "1-square"] },
        },
        FINAL,
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[
        Dialect { name: "paper", conventions: "Every decay heads for final.", formula: &[], defaults: &[] },
        Dialect {
            name: "pytorch-optimizer",
            conventions: "Decays other than the cosine head for 0, and final holds afterwards.",
            formula: &[],
            defaults: &[],
        },
    ],
    cost: "Nothing.",
    reference: "Hägele, Bakouch, Kosson, Ben Allal, Von Werra, Jaggi (2024), Scaling laws and compute-optimal training \
                beyond fixed training durations, arXiv:2405.18392",
};

/// How [`Trapezoid`] decays, as a function of the share x of the decay that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cooldown {
    /// 1 − x.
    Linear,
    /// (1 + cos πx)/2.
    Cosine,
    /// 1 − √x.
    OneMinusSqrt,
    /// 1 − x².
    OneMinusSquare,
}

/// The base rate until a decay: factor = final + (1 − final) g(x).
#[derive(Clone, Debug, PartialEq)]
pub struct Trapezoid {
    /// Length of the decay: below 1 a fraction of the run, else a number of epochs.
    pub decay: f64,
    /// Length of the stable phase, likewise; `None` makes the decay end with the run.
    pub stable: Option<f64>,
    /// How it decays.
    pub cooldown: Cooldown,
    /// Where the decay heads for.
    pub target: f64,
    /// Factor after the decay.
    pub end: f64,
}

impl Schedule for Trapezoid {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let cooldown = match settings.word("shape") {
            "linear" => Cooldown::Linear,
            "cosine" => Cooldown::Cosine,
            "1-sqrt" => Cooldown::OneMinusSqrt,
            _ => Cooldown::OneMinusSquare,
        };
        let end = settings.number("final");
        let to_zero = settings.dialect() == Some("pytorch-optimizer") && cooldown != Cooldown::Cosine;
        let target = if to_zero { 0.0 } else { end };
        Ok(Self { decay: settings.number("decay"), stable: settings.optional("stable"), cooldown, target, end })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let decay = clock.length(self.decay);
        let stable = self.stable.map_or((clock.total as f64 - decay).max(0.0), |stable| clock.length(stable));
        let since = clock.step as f64 - stable;
        if since >= decay {
            return self.end;
        }
        let x = (since / decay).max(0.0);
        let left = match self.cooldown {
            Cooldown::Linear => 1.0 - x,
            Cooldown::Cosine => 0.5 * (1.0 + cos_pi(x)),
            Cooldown::OneMinusSqrt => 1.0 - x.sqrt(),
            Cooldown::OneMinusSquare => 1.0 - x * x,
        };
        self.target + (1.0 - self.target) * left
    }
}
