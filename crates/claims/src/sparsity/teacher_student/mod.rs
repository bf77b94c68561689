//! Students that are larger than their teachers.

mod claims;
mod figures;
mod study;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use sgdlab_reports::statistics::median;

use self::claims::*;
use self::study::{Arm, Run, Study, THREE_LAYERS, TWO_LAYERS};
use crate::{Experiment, Measured, Outcome, Setting, Truth};

/// The experiment.
pub(super) static EXPERIMENT: Experiment = Experiment {
    name: "teacher-student",
    title: "Students of two and three layers",
    sentence: "A student that is larger than its teacher finds a sparse network of lower rank with large steps.",
    reference: "Andriushchenko, Varre, Pillaud-Vivien and Flammarion (2023), SGD with large step sizes learns sparse \
                features, ICML, section 4: two- and three-layer networks, with the published code",
    statement: "Loss (1/n) Σ (f(xᵢ) − t(xᵢ))² without ½, inputs of length 1, SGD on one term a step, drawn with \
                replacement. Three layers: 5 inputs, teacher 2 and 2 units with biases, student 10 and 10, n = 50; \
                the step is 0.011, or 0.04 (1 + 5 √(t/T)) up to 10, 30 or 50 % of T = 10 001 steps and then divided \
                by 3.5, 2.5 or 5. Two layers: 2 inputs, teacher 3 units, student 20, no biases, n = 15; the step is \
                0.13, or 0.3 (divided by 3 at 50 %), or 0.455 (by 4 at 30 %, by 5 at 50 %) of T = 14 126 steps. \
                Feature sparsity counts non-zero activations after units that are dead or repeated (|correlation| \
                above 0.99) are dropped.",
    setup: "A teacher with its inputs for each data set, 200 of three layers and 80 of two (60 and 24 with --quick); \
            the four schedules from the same four initial students on each, with the same order of terms. \
            Three-layer students begin with weights of deviation 0.8, two-layer ones with 0.5 and 0 behind it. The \
            square root is followed by eight straight lines.",
    exactness: "Sampled: teachers, inputs, students, order of terms. Medians are over the runs that fit: all numbers \
                are finite, answers differ by more than rounding, and at least half of the variance is explained. \
                How many do is decided about as well. \
                Ranks are of the Jacobian of the output at held-out inputs, 181 or 60, and count singular values \
                above 0.0001 of the largest.",
    limits: "Who survives the edge of divergence is chosen by that; medians of survivors are not those of all. \
             Others have diverged, or are dead: no unit is active on any input, and they answer 0. Large steps here \
             come with a longer warm-up; the sizes are tuned by hand in the publication. The median error on \
             held-out terms is mostly smaller after large steps, but with 8 teachers it was larger in 3 of 14 \
             trials: nothing is claimed about it.",
    truth: Truth::Limited,
    claims: ALL,
    tables: &[&figures::RUNS],
    run,
};

/// The runs of one arm that are compared.
fn compared<'a>(runs: &'a [Run], arm: &Arm) -> Vec<&'a Run> {
    runs.iter().filter(|run| run.arm == arm.name && run.usable).collect()
}

/// The share of an arm's runs that are compared.
fn share(runs: &[Run], arm: &Arm) -> f64 {
    compared(runs, arm).len() as f64 / runs.iter().filter(|run| run.arm == arm.name).count() as f64
}

fn median_of(runs: &[&Run], of: fn(&Run) -> f64) -> f64 {
    median(&runs.iter().map(|run| of(run)).collect::<Vec<_>>())
}

/// A median relative to that of the first arm, whose steps are small.
fn ratio(runs: &[Run], study: &Study, arm: &Arm, of: fn(&Run) -> f64) -> Measured {
    Measured::of(median_of(&compared(runs, arm), of) / median_of(&compared(runs, &study.arms[0]), of))
}

fn decide_three_layers(runs: &[Run], study: &Study, out: &mut Outcome) {
    for arm in &study.arms {
        out.decide(&MOST_FIT, arm.name, Measured::of(share(runs, arm)));
    }
    for arm in &study.arms[1..] {
        out.decide(&SPARSER, arm.name, ratio(runs, study, arm, |run| run.sparsity));
        out.decide(&LOWER_RANK, arm.name, ratio(runs, study, arm, |run| run.rank));
        let fall = median_of(&compared(runs, arm), |run| run.phase / run.train);
        out.decide(&STABILIZES, arm.name, Measured::of(fall));
    }
}

fn decide_two_layers(runs: &[Run], study: &Study, out: &mut Outcome) {
    let [_, below, edge, longer] = &study.arms;
    out.decide(&BELOW_THE_EDGE, below.name, Measured::of(1.0 - share(runs, below)));
    for arm in [edge, longer] {
        out.decide(&AT_THE_EDGE, arm.name, Measured::of(1.0 - share(runs, arm)));
        out.decide(&SURVIVORS_LOWER_RANK, arm.name, ratio(runs, study, arm, |run| run.rank));
    }
    for arm in [below, edge, longer] {
        out.decide(&SURVIVORS_SPARSER, arm.name, ratio(runs, study, arm, |run| run.sparsity));
    }
}

fn run(setting: &Setting, out: &mut Outcome) {
    let sizes = [(&THREE_LAYERS, setting.choose(60, 200)), (&TWO_LAYERS, setting.choose(24, 80))];
    let [three, two] = sizes.map(|(study, sets)| {
        let of_set = |set: u64| study.run(setting.key.child(study.name).child(&format!("data set {set}")), set);
        (0..sets).into_par_iter().flat_map_iter(of_set).collect::<Vec<Run>>()
    });
    decide_three_layers(&three, &THREE_LAYERS, out);
    decide_two_layers(&two, &TWO_LAYERS, out);
    figures::tabulate(&[(&THREE_LAYERS, &three), (&TWO_LAYERS, &two)], out);
    out.draw("three-layers", figures::three_layers(&three));
    out.draw("two-layers", figures::two_layers(&two));
}
