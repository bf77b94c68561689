//! One cycle.

use sgdlab_core::{Dialect, Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::portable::ease;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "one-cycle",
    summary: "Climbs from a fraction of the base rate to the base rate and falls far below where it began.",
    formula: "factor = initial + (1 − initial) height up to the peak, then final + (1 − final) height (two phases), or \
              as it climbed and then from initial to final (three phases)",
    conventions: "The base rate is the peak. t and T are counted in steps from the end of the warm-up. torch: the peak \
                  is at peak · T − 1 and the end at the last update, T − 1; with three phases the fall takes as long \
                  as the climb. optax: the peak is at ⌊peak · T⌋, initial is met again at ⌊fallen · T⌋ and the end is \
                  at T.",
    hyperparameters: &[
        number("peak", "when the peak is, as a fraction of the run", 0.3, Range::open(0.0, 1.0)),
        number("initial", "factor at the beginning", 0.04, Range::closed(0.0, 1.0)),
        number("final", "factor at the end", 4e-6, Range::closed(0.0, 1.0)),
        Hyperparameter {
            name: "shape",
            meaning: "half cosines or straight lines",
            domain: Domain::Choice { default: "cosine", accepts: &["cosine", "linear"] },
        },
        Hyperparameter {
            name: "phases",
            meaning: "whether the fall stops at the factor of the beginning before it goes on",
            domain: Domain::Choice { default: "two", accepts: &["two", "three"] },
        },
        Hyperparameter {
            name: "fallen",
            meaning: "when the fall of three phases meets the factor of the beginning, as a fraction of the run; \
                      \"symmetric\" is twice the time of the peak",
            domain: Domain::Optional { absent: "symmetric", range: Range::open(0.0, 1.0) },
        },
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[
        Dialect {
            name: "torch",
            conventions: "Boundaries are at shares of T, less 1 for each.",
            formula: &[],
            defaults: &[],
        },
        Dialect {
            name: "optax",
            conventions: "Boundaries are whole steps, and the end is at T.",
            formula: &[],
            defaults: &[],
        },
    ],
    cost: "Nothing.",
    reference: "Smith, Topin (2019), Super-convergence: very fast training of neural networks using large learning \
                rates, arXiv:1708.07120",
};

/// One climb to the base rate and one fall far below where it began.
#[derive(Clone, Debug, PartialEq)]
pub struct OneCycle {
    /// When the peak is, as a fraction of the run.
    pub peak: f64,
    /// Factor at the beginning.
    pub initial: f64,
    /// Factor at the end.
    pub end: f64,
    /// Half cosines instead of straight lines.
    pub cosine: bool,
    /// When three phases are at `initial` again, as a fraction of the run; `None` for two phases.
    pub fallen: Option<f64>,
    /// Boundaries at whole steps and the end at T, as optax has it.
    pub whole_steps: bool,
}

/// Where a cycle is.
enum Phase {
    /// With the share of the climb, the fall or the way to the end that is done.
    Climb(f64),
    Fall(f64),
    Tail(f64),
}

impl OneCycle {
    /// The times of the peak, of the end of the fall, and of the end.
    fn boundaries(&self, total: u64) -> [f64; 3] {
        let total = total as f64;
        let (end, fallen) =
            (if self.whole_steps { total } else { total - 1.0 }, self.fallen.map(|share| share * total));
        let times = if self.whole_steps {
            [(self.peak * total + 1e-9).floor(), fallen.map_or(end, |time| (time + 1e-9).floor()), end]
        } else {
            [self.peak * total - 1.0, fallen.map_or(end, |time| time - 2.0), end]
        };
        times.map(|time| time.clamp(0.0, end.max(0.0)))
    }

    fn phase(&self, clock: Clock) -> Phase {
        let [peak, fallen, end] = self.boundaries(clock.total);
        let step = clock.step as f64;
        let share = |from: f64, to: f64| if step >= to { 1.0 } else { (step - from) / (to - from) };
        if step < peak {
            Phase::Climb(share(0.0, peak))
        } else if step < fallen || self.fallen.is_none() {
            Phase::Fall(share(peak, fallen))
        } else {
            Phase::Tail(share(fallen, end))
        }
    }

    /// From 0 to 1 along a straight line or half a cosine.
    fn ease(&self, share: f64) -> f64 {
        if self.cosine { ease(share) } else { share }
    }
}

impl Schedule for OneCycle {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let [peak, initial, end] = ["peak", "initial", "final"].map(|name| settings.number(name));
        let (fallen, three) = (settings.optional("fallen"), settings.word("phases") == "three");
        if let (Some(share), false) = (fallen, three) {
            return Err(Invalid::new("fallen", share, "\"symmetric\" unless there are three phases"));
        }
        let (share, cosine) = (fallen.unwrap_or(2.0 * peak), settings.word("shape") == "cosine");
        if three && !(peak < share && share < 1.0) {
            return Err(Invalid::new("fallen", share, "a fraction between peak and 1"));
        }
        let whole_steps = settings.dialect() == Some("optax");
        Ok(Self { peak, initial, end, cosine, fallen: three.then_some(share), whole_steps })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let (from, to, share) = match self.phase(clock) {
            Phase::Climb(share) => (self.initial, 1.0, share),
            Phase::Fall(share) => (1.0, if self.fallen.is_some() { self.initial } else { self.end }, share),
            Phase::Tail(share) => (self.initial, self.end, share),
        };
        let share = self.ease(share);
        from * (1.0 - share) + to * share
    }

    fn height(&self, clock: Clock) -> Option<f64> {
        Some(match self.phase(clock) {
            Phase::Climb(share) => self.ease(share),
            Phase::Fall(share) => 1.0 - self.ease(share),
            Phase::Tail(_) => 0.0,
        })
    }
}
