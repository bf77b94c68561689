//! What the slides say and ask, and what their listings do.

use crate::{Claim, Criterion, Stance};

const INFINITY: f64 = f64::INFINITY;

/// All of them, in the order of the slides.
pub(super) static ALL: &[&Claim] = &[
    &OPTIMUM,
    &EPOCHS_TO,
    &GENTLE_SLOPES,
    &FASTER,
    &OVERSHOOTS,
    &SHORTER,
    &REVERSALS,
    &UPDATES,
    &SPECIAL_CASES,
    &AVERAGE,
    &NEVER_RESTS,
    &AT_ITS_BEST,
    &PRACTICE,
    &LISTED_SIGMOID,
    &LISTED_MOMENTUM,
    &LISTED_STOCHASTIC,
    &MEANT_STOCHASTIC,
    &LISTED_BATCHES,
    &LISTED_COUNTER,
    &EMPTY_BATCH,
];

pub(super) static OPTIMUM: Claim = Claim {
    name: "optimum",
    statement: "One sigmoid neuron meets both points exactly, at w = ln(36)/2 and b = −ln 4 − w/2.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 1e-25),
    because: "The error there, which is rounding.",
};

pub(super) static EPOCHS_TO: Claim = Claim {
    name: "epochs-to-targets",
    statement: "Each algorithm takes the recorded number of epochs to errors of 0.01, 0.001 and 0.0001.",
    stance: Stance::Adds,
    criterion: Criterion::Near(0.0),
    because: "Counted by another program from the same start; equal numbers.",
};

pub(super) static GENTLE_SLOPES: Claim = Claim {
    name: "slow-on-gentle-slopes",
    statement: "Gradient descent is slow on gentle slopes because its step is the rate times the slope: most of its \
                epochs go by on the first part of its way.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.5, INFINITY),
    because: "Share of the epochs to 0.01 that the first third of the way takes; the longest step over twenty times the \
              first; and 1 if every step is rate times slope within 1e-15.",
};

pub(super) static FASTER: Claim = Claim {
    name: "momentum-is-faster",
    statement: "Momentum and Nesterov's method are faster than gradient descent.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.5, INFINITY),
    because: "Epochs of gradient descent over theirs, to 0.01 and to 0.0001.",
};

pub(super) static OVERSHOOTS: Claim = Claim {
    name: "momentum-overshoots",
    statement: "Momentum overshoots: it passes the optimum, the error rises again, and the way is a multiple of the \
                straight line.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, INFINITY),
    because: "Length of the path over twice the straight line, epochs in which the error rises over ten, overshoot over a \
              tenth of the straight line.",
};

pub(super) static SHORTER: Claim = Claim {
    name: "nesterov-goes-shorter",
    statement: "Nesterov's method corrects its course earlier: its path is shorter and its overshoot smaller, and it is there first.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.8),
    because: "Path, overshoot and epochs to 0.0001, each over that of momentum.",
};

pub(super) static REVERSALS: Claim = Claim {
    name: "nesterov-turns-more-often",
    statement: "It does not oscillate less if turns are counted: Nesterov's path turns back more often than momentum's, \
                by less each time.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.5, INFINITY),
    because: "Turns by more than a right angle over those of momentum: 12 over 5.",
};

pub(super) static UPDATES: Claim = Claim {
    name: "updates-per-epoch",
    statement: "An epoch is 1 update of gradient descent, N of its stochastic version and N/B of mini-batches.",
    stance: Stance::Confirms,
    criterion: Criterion::Near(0.0),
    because: "Counted; where B does not divide N, the last batch is kept (rounded up) or dropped (rounded down).",
};

pub(super) static SPECIAL_CASES: Claim = Claim {
    name: "mini-batches-in-between",
    statement: "Mini-batches of 1 are stochastic descent, mini-batches of N are gradient descent.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.0),
    because: "Largest difference of the paths.",
};

pub(super) static AVERAGE: Claim = Claim {
    name: "moving-average-is-faster",
    statement: "A moving average of squared gradients is better than their sum, whose steps die away.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(5.0, INFINITY),
    because: "Epochs of AdaGrad over those of RMSProp, both at rate 0.1, to 0.01 and to 0.001.",
};

pub(super) static NEVER_RESTS: Claim = Claim {
    name: "moving-average-never-rests",
    statement: "At a constant rate it does not come to rest either: RMSProp keeps turning back at the optimum, while \
                AdaGrad at rate 1 and Adam come to rest there.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.8, INFINITY),
    because: "Share of RMSProp's last 500 steps that turn back; its last error over 1e-7; 1e-7 over those of the others.",
};

pub(super) static AT_ITS_BEST: Claim = Claim {
    name: "sum-at-its-own-rate",
    statement: "The advantage of the moving average is one of the rate: AdaGrad at rate 1 arrives before RMSProp.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 0.8),
    because: "Epochs of AdaGrad at rate 1 over those of RMSProp at rate 0.1, to 0.01, 0.001 and 0.0001.",
};

pub(super) static PRACTICE: Claim = Claim {
    name: "which-to-use",
    statement: "Which rule is used in practice? Adaptive ones, whose first steps do not depend on the slope: from random \
                starts they arrive more often than gradient descent, and several times as fast.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.05, INFINITY),
    because: "Of 64 random starts in [−5, 5]²: how often a rule is at 0.001 in 1000 epochs, over gradient descent; and \
              gradient descent's median of epochs (1001 if not in 1000) over the rule's.",
};

pub(super) static LISTED_MOMENTUM: Claim = Claim {
    name: "listed-momentum",
    statement: "Momentum as listed, where b moves by the velocity of w, keeps b − w and cannot reach the optimum.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.0, INFINITY),
    because: "Last error over 0.01, and 1e-6 over the last error of the corrected form.",
};

pub(super) static LISTED_SIGMOID: Claim = Claim {
    name: "listed-sigmoid",
    statement: "The sigmoid as listed opens a parenthesis that it does not close: a syntax error, so that nothing runs.",
    stance: Stance::Corrects,
    criterion: Criterion::Near(0.0),
    because: "Parentheses left open: 1 as printed, 0 in the corrected form.",
};

pub(super) static LISTED_STOCHASTIC: Claim = Claim {
    name: "listed-stochastic",
    statement: "The listings of stochastic descent, momentum and Nesterov's method are the batch ones again: slopes are added \
                up over all points, and the update stands after the loop over them.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(0.0, 1e-12),
    because: "Largest distance of the path as listed from that of the batch form, one point an epoch; rounding.",
};

pub(super) static MEANT_STOCHASTIC: Claim = Claim {
    name: "meant-stochastic",
    statement: "With the update inside the loop, and the slope of its point only, the paths are others.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.01, INFINITY),
    because: "Largest distance of the path of the corrected form from that of the batch form.",
};

pub(super) static LISTED_BATCHES: Claim = Claim {
    name: "listed-mini-batches",
    statement: "Sums that are not cleared after an update count early points several times in an epoch, so that the path \
                ends further away.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.3, INFINITY),
    because: "Distance of the last point from the optimum over that of the corrected form.",
};

pub(super) static LISTED_COUNTER: Claim = Claim {
    name: "listed-counter",
    statement: "A counter that runs on while sums begin anew with each epoch loses gradients where B does not divide N.",
    stance: Stance::Corrects,
    criterion: Criterion::Near(0.0),
    because: "Points of three epochs of eight in batches of three that are in no update: 3 of 24.",
};

pub(super) static EMPTY_BATCH: Claim = Claim {
    name: "listed-batch-size",
    statement: "A batch size of 0, as in the listing, is no batch size: here it is refused.",
    stance: Stance::Corrects,
    criterion: Criterion::Between(1.0, 1.0),
    because: "1 if every sampler that is asked for such batches says no.",
};
