//! The classes at the end of a network: their weights, and the share of errors.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Lanes, Real};
use sgdlab_losses::{Divisor, Label, MulticlassSpec};

use crate::network::Classes;

/// How many terms an evaluation of all terms has in flight, so that their logits stay in cache.
pub(crate) const CHUNK: usize = 64;

/// The weights of classes with which the loss's mean is the mean over terms; none if all are 1.
///
/// A loss whose mean divides by the sum of the terms' weights has them divided by their mean over the terms, so that
/// every term is an unbiased summand.
pub(crate) fn weights(loss: &MulticlassSpec, weights: &[f64], labels: &[u32]) -> Vec<f64> {
    let divisor = match loss.facts().divisor {
        Divisor::Weights if !weights.is_empty() => {
            labels.iter().map(|&label| weights[label as usize]).sum::<f64>() / labels.len() as f64
        }
        _ => 1.0,
    };
    weights.iter().map(|weight| weight / divisor).collect()
}

/// A bound of the largest eigenvalue of the Hessian of each class's loss in the logits; `None` if there is none or none
/// is known.
pub(crate) fn smoothness(of: &Classes, labels: &[u32]) -> Option<Vec<f64>> {
    let weights = weights(&of.loss, &of.weights, labels);
    (0..of.count).map(|class| of.loss.smoothness(of.count, Label { class, weights: &weights })).collect()
}

/// Adds the number of terms whose largest logit is not their label's, or is shared, to `wrong`.
#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
pub(crate) fn count_wrong<R: Real, const N: usize>(
    classes: usize,
    labels: &[u32],
    logits: &[Lanes<R, N>],
    wrong: &mut Lanes<R, N>,
) {
    for (logits, &label) in logits.chunks_exact(classes).zip(labels) {
        let own = logits[label as usize];
        let mut beaten = [R::ZERO; N];
        for (_, other) in logits.iter().enumerate().filter(|&(c, _)| c != label as usize) {
            for l in 0..N {
                // A NaN logit loses.
                let loses = if own[l] > other[l] { R::ZERO } else { R::ONE };
                beaten[l] = beaten[l].max(loses);
            }
        }
        for l in 0..N {
            wrong[l] += beaten[l];
        }
    }
}
