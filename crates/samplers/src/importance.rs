//! Independent draws by importance, reweighted.

use sgdlab_core::streams::Key;
use sgdlab_core::{Entry, Settings};

pub(crate) use crate::draws::wants;
use crate::{Context, Law, Sampler, SamplerError, draws};

pub(crate) const ENTRY: Entry = Entry {
    name: "importance",
    summary: "Terms are drawn independently with unequal probabilities and weighted so that the estimate is unbiased.",
    formula: "pᵢ = (1 − mix) vᵢ / Σ v + mix / N; i₁ … i_B independent with these probabilities, wᵢ = 1 / (N pᵢ)\n\
              E ĝ = G, Cov ĝ = (1/B) ((1/N²) Σ gᵢgᵢᵀ / pᵢ − GGᵀ); different steps are independent",
    conventions: "An epoch is ⌈N/B⌉ steps; the last one is not shorter. B may exceed N. \
                  The variance is smallest for pᵢ ∝ ‖gᵢ‖; pᵢ ∝ Lᵢ gives the best known rates of convergence. \
                  Norms are those at the initial point and do not change. Batches depend on the objective by vᵢ. \
                  Draw j of step t is word j of stream t; probabilities are multiples of 2⁻⁵².",
    hyperparameters: draws::HYPERPARAMETERS,
    dialects: &[],
    cost: "2N numbers of memory; one 64-bit word and a binary search a draw; any step in the same time. \
           by = gradient-norms computes N term gradients before the run, which are not counted.",
    reference: "Zhao, Zhang (2015), Stochastic optimization with importance sampling for regularized loss minimization; \
                Needell, Srebro, Ward (2016), Stochastic gradient descent, weighted sampling, and the randomized \
                Kaczmarz algorithm (mix = ½)",
};

pub(crate) fn bind(
    settings: &Settings,
    context: &Context<'_>,
    batch: usize,
    key: Key,
) -> Result<Box<dyn Sampler>, SamplerError> {
    Ok(draws::of(ENTRY.name, settings, context, (batch, true))?.sampler(key))
}

pub(crate) fn law(settings: &Settings, context: &Context<'_>, batch: usize) -> Result<Law, SamplerError> {
    Ok(draws::of(ENTRY.name, settings, context, (batch, true))?.law())
}
