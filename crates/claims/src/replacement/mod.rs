//! Whether the terms of an epoch are drawn with or without replacement, and in which order.

mod herding;
mod passes;
mod reshuffling_drift;
mod schemes;
mod stationary_error;
mod tuned_epochs;

use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "With or without replacement",
    introduction: "Papers draw every term independently; programs go through the data in some order. For terms that are \
                   parabolas a step is x ↦ (1 − ηaᵢ) x + ηbᵢ, so that a pass through an order is x ↦ A x + c, with numbers \
                   that the order decides. With eight terms all 40 320 orders can be gone through, and everything about the \
                   law of the iterates at the ends of epochs is exact: its mean, its variance, and what both become for \
                   small rates.",
    experiments: &[
        &stationary_error::EXPERIMENT,
        &reshuffling_drift::EXPERIMENT,
        &tuned_epochs::EXPERIMENT,
        &herding::EXPERIMENT,
    ],
};
