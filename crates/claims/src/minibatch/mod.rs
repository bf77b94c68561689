//! What a minibatch knows of the gradient: laws of its noise, and what larger batches are worth.

mod batch_covariance;
mod batch_variance;
mod critical_batch_size;
mod last_short_batch;
mod noise_scale;

use crate::Chapter;

pub(crate) static CHAPTER: Chapter = Chapter {
    title: "Laws of minibatches",
    introduction: "A minibatch gradient is an estimate ĝ = Σ aᵢ gᵢ of the mean G of N gradients, with random weights a that \
                   a sampler draws. Everything about its noise is in the first two moments of these weights, so the \
                   laws are exact and small cases can be enumerated: every batch that can be drawn, with its \
                   probability. S is the covariance of the gradients with divisor N, B the batch size.",
    experiments: &[
        &batch_covariance::EXPERIMENT,
        &batch_variance::EXPERIMENT,
        &noise_scale::EXPERIMENT,
        &critical_batch_size::EXPERIMENT,
        &last_short_batch::EXPERIMENT,
    ],
};
