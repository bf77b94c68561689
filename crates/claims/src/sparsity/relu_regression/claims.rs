//! What is held to be true of twelve points and a hundred units.

use crate::{Claim, Criterion, Stance};

pub(super) static ALL: &[&Claim] = &[&SPARSER, &APART, &FEW_KINKS, &MANY_KINKS, &FITS, &STABILIZES, &NONE_DIVERGES];

pub(super) static SPARSER: Claim = Claim {
    name: "sparser",
    statement: "A long phase of large steps at least halves feature sparsity: the ratio of medians over all seeds.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.5),
    because: "0.40 was measured with eight seeds of another program.",
};

pub(super) static APART: Claim = Claim {
    name: "ranges-apart",
    statement: "Every measure of sparsity tells the two phases apart in every run: in each group of eight seeds, its range \
                after the long phase and its range after the short one are disjoint.",
    stance: Stance::Adds,
    criterion: Criterion::Between(1.0 + 1e-9, f64::INFINITY),
    because: "The smallest number of the higher range over the largest of the lower range is above 1 if they are \
              disjoint; what is decided about is the least such ratio of all groups.",
};

pub(super) static FEW_KINKS: Claim = Claim {
    name: "few-kinks",
    statement: "After the long phase the function has at most 12 kinks, in every run.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(1.0, 12.0),
    because: "The piecewise linear function through the points has 6.",
};

pub(super) static MANY_KINKS: Claim = Claim {
    name: "many-kinks",
    statement: "After the short phase the function has at least 25 kinks, in every run.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(25.0, 100.0),
    because: "Random units have their kinks all over the interval; 33 to 48 were measured with another program.",
};

pub(super) static FITS: Claim = Claim {
    name: "both-fit",
    statement: "Both phases fit the points: the median loss at the end is below 0.1.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(0.0, 0.1),
    because: "Targets have the variance 1.44, so that more than 90 % of it are explained.",
};

pub(super) static STABILIZES: Claim = Claim {
    name: "loss-stabilizes",
    statement: "While the steps are large the loss stays at least ten times above the loss at the end: the median over \
                runs of the ratio of the median loss in the long phase to the last one.",
    stance: Stance::Confirms,
    criterion: Criterion::Between(10.0, f64::INFINITY),
    because: "A loss of 0.42 in the phase and of 0.0009 at the end was measured with another program.",
};

pub(super) static NONE_DIVERGES: Claim = Claim {
    name: "none-diverges",
    statement: "No run diverges.",
    stance: Stance::Adds,
    criterion: Criterion::Between(0.0, 0.0),
    because: "Nothing is chosen among runs, so nothing may be missing.",
};
