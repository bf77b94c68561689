//! Everything that a sampler's own mechanism can draw, one outcome after the other.

use rand::RngCore;
use sgdlab_core::streams::shuffle;
use sgdlab_samplers::BatchBuffer;

/// Gives the words that [`sgdlab_core::streams::index`] maps to chosen indices.
pub(crate) struct Scripted {
    /// Index and bound, the next one last.
    draws: Vec<(u32, u32)>,
}

impl RngCore for Scripted {
    fn next_u64(&mut self) -> u64 {
        let (index, bound) = self.draws.pop().expect("no more draws than are written down");
        // The middle of the words that give this index.
        let (index, bound) = (u128::from(index), u128::from(bound));
        (((2 * index + 1) << 63) / bound) as u64
    }

    fn next_u32(&mut self) -> u32 {
        unreachable!("every draw is one 64-bit word")
    }

    fn fill_bytes(&mut self, _: &mut [u8]) {
        unreachable!("every draw is one 64-bit word")
    }
}

/// Every sequence of draws below these bounds, all equally likely.
pub(crate) fn outcomes(bounds: &[u32]) -> impl Iterator<Item = Scripted> + '_ {
    let count: u64 = bounds.iter().map(|&bound| u64::from(bound)).product();
    (0..count).map(move |mut number| {
        let mut draw = |&bound: &u32| {
            let index = (number % u64::from(bound)) as u32;
            number /= u64::from(bound);
            (index, bound)
        };
        Scripted { draws: bounds.iter().rev().map(&mut draw).collect() }
    })
}

/// Every order of so many terms, as the shuffle of the samplers makes them.
pub(crate) fn orders(terms: usize) -> Vec<Vec<u32>> {
    let bounds: Vec<u32> = (2..=terms as u32).rev().collect();
    let order = |mut rng: Scripted| {
        let mut order: Vec<u32> = (0..terms as u32).collect();
        shuffle(&mut order, &mut rng);
        order
    };
    outcomes(&bounds).map(order).collect()
}

/// aᵢ of each of `terms` terms in the estimate Σ aᵢ gᵢ of a batch.
pub(crate) fn weights(batch: &BatchBuffer, terms: usize) -> Vec<f64> {
    let mut weights = vec![0.0; terms];
    for (position, &term) in batch.indices.iter().enumerate() {
        let weight = batch.weights.get(position).copied().unwrap_or(1.0);
        weights[term as usize] += batch.scale * weight / batch.indices.len() as f64;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_made_once() {
        let mut all = orders(5);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 120);
    }
}
