//! What is held to be true of students.

use crate::{Claim, Criterion, Stance};

pub(super) static ALL: &[&Claim] = &[
    &SPARSER,
    &LOWER_RANK,
    &STABILIZES,
    &MOST_FIT,
    &AT_THE_EDGE,
    &BELOW_THE_EDGE,
    &SURVIVORS_SPARSER,
    &SURVIVORS_LOWER_RANK,
];

pub(super) static SPARSER: Claim = Claim {
    name: "sparser",
    statement: "Large steps make the second hidden layer of three-layer students sparser: the median feature sparsity is \
                at most 0.8 of that after small steps, for each time of the decay.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.8),
    because: "0.56 to 0.62 was measured with 20 seeds of another program.",
};

pub(super) static LOWER_RANK: Claim = Claim {
    name: "lower-rank",
    statement: "The median rank of the Jacobian is at most 0.85 of that after small steps, for each time of the decay.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.85),
    because: "0.66 to 0.78 was measured with 20 seeds of another program, and 0.78 to 0.82 with 100 others; here 0.74 to \
              0.80 at four keys with 240 data sets, of which the standard error is 0.01 to 0.02.",
};

pub(super) static STABILIZES: Claim = Claim {
    name: "loss-stabilizes",
    statement: "While steps are large the loss stays above twice the loss at the end, in the median of the runs.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(2.0, f64::INFINITY),
    because: "Shares of the variance of 0.15 to 0.35 in the phase and of 0.02 to 0.04 at the end were measured.",
};

pub(super) static MOST_FIT: Claim = Claim {
    name: "most-fit",
    statement: "Most three-layer students fit: more than half of them explain at least half of the variance of the answers.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.5, 1.0),
    because: "15 to 19 of 20 did with another program; the others are dead or have diverged, and are not compared.",
};

pub(super) static AT_THE_EDGE: Claim = Claim {
    name: "edge-of-divergence",
    statement: "At the published step of 0.455 more than half of the two-layer students diverge or die.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.5, 1.0),
    because: "16 or 17 of 20 did with another program; the publication shows one seed.",
};

pub(super) static BELOW_THE_EDGE: Claim = Claim {
    name: "below-the-edge",
    statement: "At the step 0.3 fewer than 40 % of the two-layer students diverge or die.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.4),
    because: "3 of 20 did with another program.",
};

pub(super) static SURVIVORS_SPARSER: Claim = Claim {
    name: "survivors-sparser",
    statement: "Two-layer students that survive large steps, and fit, are sparser than after small steps: the ratio of medians.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.95),
    because: "0.82 was measured at the step 0.3, and 0.53 to 0.60 at 0.455, with another program.",
};

pub(super) static SURVIVORS_LOWER_RANK: Claim = Claim {
    name: "survivors-lower-rank",
    statement: "At the edge of divergence the Jacobian of the survivors has a lower rank than after small steps: the \
                ratio of medians.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.85),
    because: "0.47 to 0.57 was measured with another program.",
};
