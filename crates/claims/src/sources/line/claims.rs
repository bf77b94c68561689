//! What the article says, sentence by sentence, and what it leaves out.

use crate::{Claim, Criterion, Stance};

const INFINITY: f64 = f64::INFINITY;

/// All of them, in the order of the article.
pub(super) static ALL: &[&Claim] = &[
    &PUBLISHED,
    &STEPS_SHRINK,
    &ARRIVES,
    &SCALES,
    &STEEPNESS,
    &ON_THE_WAY,
    &SMOOTH_L1,
    &OVERSHOOTS,
    &L2_OVERSHOOTS,
    &NOT_DIVERGING,
    &WHERE_IT_HELPS,
    &NESTEROV,
    &NESTEROV_L2,
    &DECAY,
    &DECAYED_MINIMUM,
    &DECAY_L2,
    &DAMPENING,
    &FIRST_STEP,
    &DAMPED_FROM_THE_START,
];

pub(super) static PUBLISHED: Claim = Claim {
    name: "published-losses",
    statement: "The thirteen losses that the article prints come out in single precision.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-6),
    because: "Relative deviation; the order in which a build adds 50 numbers moves the seventh digit.",
};

pub(super) static STEPS_SHRINK: Claim = Claim {
    name: "steps-shrink",
    statement: "Plain descent takes smaller and smaller steps with L2.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.0),
    because: "Steps that are longer than the one before are counted.",
};

pub(super) static ARRIVES: Claim = Claim {
    name: "arrives",
    statement: "Plain descent comes to rest at the global minimum of L2.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 1e-4),
    because: "Distance after 100 epochs; each shrinks the slower direction to 0.871, so 1e-6 of the start is left.",
};

pub(super) static SCALES: Claim = Claim {
    name: "scales",
    statement: "On the map L2 reaches up to 100, and the other losses stay small.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.9, 1.1),
    because: "Largest value on the map over 100 (L2), over 8 (the others): the scales of the article's figures.",
};

pub(super) static STEEPNESS: Claim = Claim {
    name: "steep-gradients",
    statement: "The steep gradients of L2 lead to the minimum faster: its first steps are wider, and L1 is slower.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(5.0, INFINITY),
    because: "L2's first step over the others', and epochs to a tenth of the distance over L2's.",
};

pub(super) static ON_THE_WAY: Claim = Claim {
    name: "still-on-the-way",
    statement: "With L1 and Huber 100 epochs of plain descent do not suffice to arrive.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.3, INFINITY),
    because: "Distance from the loss's own minimum, which is where L2 is within 1e-4 of its.",
};

pub(super) static SMOOTH_L1: Claim = Claim {
    name: "smooth-l1-is-huber",
    statement: "Smooth L1 and Huber are one function at β = δ = 1, so that the third and the fourth panel are the same.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 0.0),
    because: "Largest difference of paths and of maps; the article calls them roughly equal.",
};

pub(super) static OVERSHOOTS: Claim = Claim {
    name: "momentum-overshoots",
    statement: "With momentum 0.9 the path goes beyond the minimum and has to come back.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.1, INFINITY),
    because: "How far beyond, as a share of the distance from the start; plain descent goes 0 beyond.",
};

pub(super) static L2_OVERSHOOTS: Claim = Claim {
    name: "l2-overshoots-most",
    statement: "The effect of momentum is plainest with L2.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(2.0, INFINITY),
    because: "L2's overshoot over the others'.",
};

pub(super) static NOT_DIVERGING: Claim = Claim {
    name: "far-from-divergence",
    statement: "L2 with momentum 0.9 is not close to diverging: the rate could be 18 times as large.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(-INFINITY, 0.1),
    because: "The rate over its limit 2 (1 + momentum)/L; and ln of the loss over its start after 2000 epochs at 0.97 of \
              the limit, and minus that at 1.03, which show that it is the limit.",
};

pub(super) static WHERE_IT_HELPS: Claim = Claim {
    name: "where-momentum-helps",
    statement: "Momentum 0.9 makes L1 and Huber faster and L2 slower, for which little momentum is enough.",
    stance: Stance::Adds,
    criterion: Criterion::Between(-INFINITY, 0.95),
    because: "Epochs to within 0.01 of the minimum: with momentum over without (L1, Huber, 101 if not in 100), \
              without over with (L2), and 0.4 over without (L2).",
};

pub(super) static NESTEROV: Claim = Claim {
    name: "nesterov-reduces",
    statement: "Nesterov's momentum overshoots less than momentum.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.85),
    because: "Overshoot over that of momentum.",
};

pub(super) static NESTEROV_L2: Claim = Claim {
    name: "nesterov-helps-l2-most",
    statement: "The reduction is largest with L2.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(-INFINITY, 0.95),
    because: "What is left of the overshoot with L2 over what is left with the others.",
};

pub(super) static DECAY: Claim = Claim {
    name: "decay-pulls",
    statement: "Weight decay pulls every solution away from the minimum and toward the origin.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.6),
    because: "Norm of the last point over that of the minimizer.",
};

pub(super) static DECAYED_MINIMUM: Claim = Claim {
    name: "decayed-minimum",
    statement: "Where it ends is the minimum of the loss plus half of the decay times the squared norm, bias included.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 1e-4),
    because: "Norm of the gradient of that sum at the last point, for the losses that have one there.",
};

pub(super) static DECAY_L2: Claim = Claim {
    name: "decay-moves-l2-least",
    statement: "The pull is weakest with L2, whose values outweigh the penalty.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.8),
    because: "How far L2 is moved, as a share of its minimizer's norm, over the same of the others.",
};

pub(super) static DAMPENING: Claim = Claim {
    name: "dampening-tempers",
    statement: "Dampening 0.8 reduces the effect of momentum.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.95),
    because: "Overshoot over that of momentum; with L2 little is gained, and the next claim says why.",
};

pub(super) static FIRST_STEP: Claim = Claim {
    name: "first-step-undamped",
    statement: "The first gradient enters the velocity undamped: under a constant gradient steps are 0.1, 0.11, 0.119, …",
    stance: Stance::Adds,
    criterion: Criterion::Near(1e-12),
    because: "Step t is lr (mᵗ⁻¹ + (1 − d)(1 − mᵗ⁻¹)/(1 − m)) with momentum m and dampening d.",
};

pub(super) static DAMPED_FROM_THE_START: Claim = Claim {
    name: "damped-from-the-start",
    statement: "A third of L2's overshoot under dampening comes of the first step: damped as well, it would be gone.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.75),
    because: "Overshoot at rate 0.1 (1 − 0.8) without dampening, over that with dampening.",
};
