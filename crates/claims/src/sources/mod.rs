//! What the project began with: a notebook, notes, an article and slides, reproduced with their figures.

mod line;
mod minima;
mod neuron;
mod variance;

use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "A notebook, notes, an article and slides",
    introduction: "Four texts that people learn from, reproduced with their figures and numbers. Where a text and its own \
                   code differ, both are drawn.",
    experiments: &[&minima::SOURCE, &variance::SOURCE, &line::SOURCE, &neuron::SOURCE],
};
