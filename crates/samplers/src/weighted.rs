//! Independent draws with unequal probabilities, not reweighted.

use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Settings};

pub(crate) use crate::draws::wants;
use crate::{Context, Law, Sampler, SamplerError, draws};

pub(crate) const ENTRY: Entry = Entry {
    name: "weighted",
    summary: "Terms are drawn independently with unequal probabilities and nothing corrects for it: the estimate is biased.",
    formula: "pᵢ = (1 − mix) vᵢ / Σ v + mix / N; i₁ … i_B independent with these probabilities\n\
              E ĝ = Σ pᵢgᵢ, so the bias is Σ (pᵢ − 1/N) gᵢ; Cov ĝ = (1/B) (Σ pᵢgᵢgᵢᵀ − (E ĝ)(E ĝ)ᵀ); \
              different steps are independent",
    conventions: "What is minimized is Σ pᵢfᵢ, not f: PyTorch's WeightedRandomSampler does this. \
                  A weight of 0 leaves a term out. An epoch is ⌈N/B⌉ steps. The draws are those of importance.",
    hyperparameters: draws::HYPERPARAMETERS,
    dialects: &[],
    cost: "N numbers of memory; one 64-bit word and a binary search a draw; any step in the same time. \
           by = gradient-norms computes N term gradients before the run, which are not counted.",
    reference: "Hansen, Hurwitz (1943), On the theory of sampling from finite populations (the draws)",
};

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    Ok(draws::of(ENTRY.name, settings, context, (batch, false))?.sampler(key))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    Ok(draws::of(ENTRY.name, settings, context, (batch, false))?.law())
}
