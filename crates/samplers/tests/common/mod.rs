//! What several test files need.
#![allow(dead_code, reason = "each test file uses a part")]

use rand::RngCore;
use sgdlab_core::{Settings, Value};
use sgdlab_samplers::{BatchBuffer, Remainder, Sampler, SamplerSpec, entry};

pub const POLICIES: [(&str, Remainder); 4] =
    [("keep", Remainder::Keep), ("drop", Remainder::Drop), ("rescale", Remainder::Rescale), ("wrap", Remainder::Wrap)];

/// Every sampler under every policy it has.
pub fn specs() -> Vec<SamplerSpec> {
    let mut specs = Vec::new();
    for entry in sgdlab_samplers::entries() {
        if entry.position("remainder").is_none() {
            specs.push(spec(entry.name, None));
            continue;
        }
        specs.extend(POLICIES.iter().map(|(word, _)| spec(entry.name, Some(word))));
    }
    specs
}

pub fn spec(name: &str, remainder: Option<&str>) -> SamplerSpec {
    let given = remainder.map(|word| ("remainder", Value::Word(word.to_owned())));
    let settings = Settings::new(entry(name).expect("a known sampler"), given).expect("accepted settings");
    SamplerSpec::new(&settings).expect("settings of a sampler")
}

pub fn fill(sampler: &mut dyn Sampler, step: u64) -> BatchBuffer {
    let mut batch = BatchBuffer::with_capacity(sampler.largest_batch());
    sampler.fill(step, &mut batch);
    batch
}

/// Gives the words that `sgdlab_core::streams::index` maps to chosen indices.
pub struct Scripted {
    /// (index, bound), in the order of the draws.
    draws: std::vec::IntoIter<(u32, u32)>,
}

impl RngCore for Scripted {
    fn next_u64(&mut self) -> u64 {
        let (index, bound) = self.draws.next().expect("no more draws than scripted");
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

/// Every sequence of outcomes of draws with these bounds, all equally likely.
pub fn outcomes(bounds: Vec<u32>) -> impl Iterator<Item = Scripted> {
    let count: u64 = bounds.iter().map(|&bound| u64::from(bound)).product();
    (0..count).map(move |mut number| {
        let mut draws = Vec::with_capacity(bounds.len());
        for &bound in &bounds {
            draws.push(((number % u64::from(bound)) as u32, bound));
            number /= u64::from(bound);
        }
        Scripted { draws: draws.into_iter() }
    })
}

/// Every order of `terms` terms, as the shuffle that the samplers use makes them.
pub fn orders(terms: u32) -> Vec<Vec<u32>> {
    let shuffled = outcomes((2..=terms).rev().collect()).map(|mut rng| {
        let mut order: Vec<u32> = (0..terms).collect();
        sgdlab_core::streams::shuffle(&mut order, &mut rng);
        order
    });
    shuffled.collect()
}
