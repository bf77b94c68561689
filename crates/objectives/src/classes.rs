//! The cross-entropy at the end of a classifier, over a batch of logits.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::{Lanes, Real, Sample, reduce};
use sgdlab_losses::cross_entropy;

/// How many terms an evaluation of all terms has in flight, so that their logits stay in cache.
pub(crate) const CHUNK: usize = 64;

/// Turns the logits of a batch into slopes of the cross-entropy.
#[cfg_attr(not(debug_assertions), multiversion(targets = "simd"))]
pub(crate) fn slopes<R: Real, const N: usize>(
    classes: usize,
    labels: &[u32],
    batch: &[u32],
    logits: &mut [Lanes<R, N>],
) {
    for (logits, &term) in logits.chunks_exact_mut(classes).zip(batch) {
        cross_entropy::value_and_slopes(logits, labels[term as usize] as usize);
    }
}

/// Turns the logits of a batch into slopes of the cross-entropy, and what they move by into what the slopes move by.
#[cfg_attr(not(debug_assertions), multiversion(targets = "simd"))]
pub(crate) fn move_slopes<R: Real, const N: usize>(
    classes: usize,
    (labels, batch): (&[u32], &[u32]),
    logits: &mut [Lanes<R, N>],
    moved: &mut [Lanes<R, N>],
) {
    let terms = logits.chunks_exact_mut(classes).zip(moved.chunks_exact_mut(classes));
    for ((logits, moved), &term) in terms.zip(batch) {
        cross_entropy::curvature_times(logits, moved);
        for l in 0..N {
            logits[labels[term as usize] as usize][l] -= R::ONE;
        }
    }
}

/// The weighted sum of the cross-entropies of a sample; the logits are used up.
#[cfg_attr(not(debug_assertions), multiversion(targets = "simd"))]
pub(crate) fn sum_of_values<R: Real, const N: usize>(
    classes: usize,
    labels: &[u32],
    sample: Sample<'_>,
    logits: &mut [Lanes<R, N>],
) -> Lanes<R, N> {
    for (logits, &term) in logits.chunks_exact_mut(classes).zip(sample.indices) {
        logits[0] = cross_entropy::value(logits, labels[term as usize] as usize);
    }
    sample.weigh(classes, logits);
    reduce::sum_of(sample.indices.len(), |i| logits[i * classes])
}

/// Writes the cross-entropy of each term to `values`; the logits are used up.
#[cfg_attr(not(debug_assertions), multiversion(targets = "simd"))]
pub(crate) fn values<R: Real, const N: usize>(
    classes: usize,
    labels: &[u32],
    logits: &mut [Lanes<R, N>],
    values: &mut [Lanes<R, N>],
) {
    for ((logits, &label), value) in logits.chunks_exact_mut(classes).zip(labels).zip(values) {
        *value = cross_entropy::value(logits, label as usize);
    }
}

/// Adds the number of terms whose largest logit is not their label's, or is shared, to `wrong`.
#[cfg_attr(not(debug_assertions), multiversion(targets = "simd"))]
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
