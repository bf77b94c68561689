//! Chebyshev steps.

use sgdlab_core::{Domain, Entry, Hyperparameter, Invalid, Range, Settings};

use super::clock::CLOCK;
use super::portable::cos_pi;
use super::warmup::{WARMUP, WARMUP_START};
use super::{Clock, Schedule};
use crate::vocabulary::number;

pub(super) static ENTRY: Entry = Entry {
    name: "chebyshev",
    summary: "Inverse roots of a Chebyshev polynomial: the rates that are optimal together on a quadratic.",
    formula: "factor = 2 / (kappa + 1 − (kappa − 1) cos(π (j + ½)/nodes)), j = order(t mod nodes)",
    conventions: "The base rate is the inverse of the smallest curvature and kappa the largest curvature over it, so \
                  that factors are between 1/kappa and 1. increasing takes small rates first (roots from the largest \
                  down), decreasing large ones. fractal interlaces them so that rounding stays small: j of 2n nodes is \
                  that of n nodes at even places and 2n − 1 less that at odd ones; it needs a power of 2. Cycles \
                  repeat. t and nodes are counted in steps, whatever clock says.",
    hyperparameters: &[
        number("kappa", "condition number", 10.0, Range::at_least(1.0)),
        Hyperparameter {
            name: "nodes",
            meaning: "steps of a cycle, the degree of the polynomial",
            domain: Domain::Integer { default: 16, least: 1 },
        },
        Hyperparameter {
            name: "order",
            meaning: "in what order the roots are taken",
            domain: Domain::Choice { default: "fractal", accepts: &["fractal", "increasing", "decreasing"] },
        },
        WARMUP,
        WARMUP_START,
        CLOCK,
    ],
    dialects: &[],
    cost: "Nothing.",
    reference: "Agarwal, Goel, Zhang (2021), Acceleration via fractal learning rate schedules, arXiv:2103.01338",
};

/// In what order [`Chebyshev`] takes the roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootOrder {
    /// Interlaced.
    Fractal,
    /// Small rates first.
    Increasing,
    /// Large rates first.
    Decreasing,
}

/// Inverse roots of a Chebyshev polynomial: factor = 2 / (kappa + 1 − (kappa − 1) cos(π (j + ½)/nodes)).
#[derive(Clone, Debug, PartialEq)]
pub struct Chebyshev {
    /// Condition number.
    pub kappa: f64,
    /// Steps of a cycle.
    pub nodes: u64,
    /// In what order the roots are taken.
    pub order: RootOrder,
}

/// Place `i` of the fractal order of `nodes` roots, a power of 2.
fn fractal(i: u64, nodes: u64) -> u64 {
    // From the innermost bit outwards: odd places are mirrored at their level.
    (0..nodes.trailing_zeros()).rev().fold(0, |j, level| {
        let size = nodes >> level;
        if (i >> level) & 1 == 1 { size - 1 - j } else { j }
    })
}

impl Schedule for Chebyshev {
    const ENTRY: &'static Entry = &ENTRY;

    fn new(settings: &Settings) -> Result<Self, Invalid> {
        let nodes = settings.integer("nodes");
        let order = match settings.word("order") {
            "fractal" if !nodes.is_power_of_two() => {
                return Err(Invalid::new("nodes", nodes, "a power of 2, if the order is fractal"));
            }
            "fractal" => RootOrder::Fractal,
            "increasing" => RootOrder::Increasing,
            _ => RootOrder::Decreasing,
        };
        Ok(Self { kappa: settings.number("kappa"), nodes, order })
    }

    fn factor(&self, clock: Clock) -> f64 {
        let i = clock.step % self.nodes;
        let j = match self.order {
            RootOrder::Fractal => fractal(i, self.nodes),
            RootOrder::Increasing => self.nodes - 1 - i,
            RootOrder::Decreasing => i,
        };
        let cosine = cos_pi((j as f64 + 0.5) / self.nodes as f64);
        2.0 / (self.kappa + 1.0 - (self.kappa - 1.0) * cosine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fractal_order_is_that_of_the_paper() {
        // Agarwal, Goel, Zhang (2021), definition 2, counted from 0.
        assert_eq!([0, 1].map(|i| fractal(i, 2)), [0, 1]);
        assert_eq!([0, 1, 2, 3].map(|i| fractal(i, 4)), [0, 3, 1, 2]);
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|i| fractal(i, 8)), [0, 7, 3, 4, 1, 6, 2, 5]);
    }
}
