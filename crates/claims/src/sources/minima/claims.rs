//! What the notebook shows, and what its notes say about where stochastic gradient descent ends.

use crate::{Claim, Criterion, Stance};

/// All of them, in the order of the notebook.
pub(super) static ALL: &[&Claim] =
    &[&SAME_MEAN, &RATIO, &PANELS, &DESCENT, &SPREAD, &ORDERS, &ENDS, &QUIET, &CANCELS, &QUIET_DESCENT];

pub(super) static SAME_MEAN: Claim = Claim {
    name: "same-mean",
    statement: "The losses of both panels have the same mean: the objective does not change.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest difference over the grid, on the line and in the plane: the rounding of sums of 100 losses of about 20.",
};

pub(super) static RATIO: Claim = Claim {
    name: "variance-ratio",
    statement: "Pulling every loss toward the mean by the factor p = 0.23 leaves p² = 0.0529 of the variance of gradients.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(1e-12),
    because: "The ratio that is furthest from p² over the grid.",
};

pub(super) static PANELS: Claim = Claim {
    name: "panels-differ",
    statement: "The notebook draws the mean of 10 losses in one panel and of 100 in the other, which are different curves; \
                here both have the same mean.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.2, f64::INFINITY),
    because: "Largest difference of the two means over the grid, where the mean itself varies by about 9.",
};

pub(super) static DESCENT: Claim = Claim {
    name: "descent-is-blind",
    statement: "Gradient descent does not see the variance: from every start it ends at the same points in both families.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-6),
    because: "Largest difference of the last points, rate 0.2.",
};

pub(super) static SPREAD: Claim = Claim {
    name: "spread-follows-variance",
    statement: "Around the minimum stochastic gradient descent spreads in proportion to the deviation of gradients: p of \
                the spread is left.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.18, 0.29),
    because: "Root mean square distance from the minimum, low over high variance, on the same batches; proportion is exact \
              for small steps only.",
};

pub(super) static ORDERS: Claim = Claim {
    name: "reshuffling-spreads-less",
    statement: "Reshuffling spreads less than independent draws, since the noise of an epoch cancels: at small steps by a \
                factor.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.5, f64::INFINITY),
    because: "Spread of independent draws over that of reshuffling at rate 0.05, in both families.",
};

pub(super) static ENDS: Claim = Claim {
    name: "where-starts-end",
    statement: "From all starts more runs end near the minimum if the variance is low.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.1, 1.0),
    because: "Share of starts that end within 1 of the minimum, low minus high variance.",
};

pub(super) static QUIET: Claim = Claim {
    name: "quiet-well",
    statement: "Of two equal wells stochastic gradient descent ends in the one where gradients vary less.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.85, 1.0),
    because: "Share of starts that end there: with replacement at rates 0.05 and 0.2, reshuffling at 0.2.",
};

pub(super) static CANCELS: Claim = Claim {
    name: "two-mechanisms",
    statement: "At rate 0.05 reshuffling does not get there: what moves it is a drift of second order, not escape by noise.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.4, 0.65),
    because: "Share of starts that end in the quiet well; half of them start there.",
};

pub(super) static QUIET_DESCENT: Claim = Claim {
    name: "descent-has-no-preference",
    statement: "Gradient descent ends in the well it starts in.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.5, 0.5),
    because: "Share of starts that end in the quiet well, half of which start there.",
};
