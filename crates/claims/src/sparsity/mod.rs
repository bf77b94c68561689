//! Large steps learn sparse features.

mod diagonal;
mod features;
mod networks;
mod relu_regression;
mod residual_digits;
mod teacher_student;

use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "Large steps learn sparse features",
    introduction: "Stochastic gradient descent with a step so large that the loss stops falling wanders along solutions, \
                   and drifts to those that use few features. When the step is made small, the loss falls at once and \
                   the sparse solution stays. The effect is measured from models of two factors to networks of 18 layers; \
                   that the loss stabilizes and that features become sparse are told apart.",
    experiments: &[
        &diagonal::LARGE_STEPS,
        &diagonal::FULL_BATCH,
        &diagonal::BALANCE,
        &diagonal::DECAY_TIME,
        &diagonal::SAMPLERS,
        &relu_regression::EXPERIMENT,
        &teacher_student::EXPERIMENT,
        &residual_digits::EXPERIMENT,
    ],
};
