//! Batches, variance reduction and averages: how much noise costs.

mod least_squares;
mod linear_scaling;
mod polyak_averaging;
mod variance_reduction;

use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "What noise costs",
    introduction: "Three ways to pay for the noise of a gradient: more terms in a batch at a larger rate, estimators whose \
                   noise vanishes at the solution, and means over iterates. Each is measured where its price is known \
                   exactly: on least squares, where a step is a linear map, so that second moments follow a recursion.",
    experiments: &[&linear_scaling::EXPERIMENT, &variance_reduction::EXPERIMENT, &polyak_averaging::EXPERIMENT],
};
