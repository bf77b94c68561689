//! What several test files need.
#![allow(dead_code, reason = "each test file uses a part")]

use rand::RngCore;
use sgdlab_core::streams::Key;
use sgdlab_core::{Domain, Settings, Value};
use sgdlab_samplers::{BatchBuffer, Context, Law, Remainder, Sampler, SamplerError, SamplerSpec, entry};

pub const POLICIES: [(&str, Remainder); 4] =
    [("keep", Remainder::Keep), ("drop", Remainder::Drop), ("rescale", Remainder::Rescale), ("wrap", Remainder::Wrap)];

/// Every sampler with what changes its batches.
const VARIANTS: [(&str, &[(&str, &str)]); 13] = [
    ("reshuffle", &[("order", "bijection")]),
    ("flip-flop", &[("base", "shuffle-once")]),
    ("flip-flop", &[("base", "sequential")]),
    ("grab", &[("balance", "pair")]),
    ("poisson", &[("estimator", "ratio")]),
    ("block", &[("order", "cyclic")]),
    ("stratified", &[("allocation", "neyman")]),
    ("stratified", &[("allocation", "neyman"), ("strata", "2")]),
    ("class-balanced", &[("reweight", "true")]),
    ("importance", &[("by", "gradient-norms"), ("mix", "0.25")]),
    ("weighted", &[("by", "gradient-norms")]),
    ("growing", &[("base", "importance"), ("every", "0.5"), ("limit", "3")]),
    ("growing", &[("base", "poisson"), ("factor", "1.5"), ("every", "2"), ("unit", "steps")]),
];

/// Every sampler under every policy it has, and its variants.
pub fn specs() -> Vec<SamplerSpec> {
    let mut specs = Vec::new();
    for entry in sgdlab_samplers::entries() {
        if entry.position("remainder").is_none() {
            specs.push(spec(entry.name, None));
            continue;
        }
        specs.extend(POLICIES.iter().map(|(word, _)| spec(entry.name, Some(word))));
    }
    for (name, given) in VARIANTS {
        let policies = if entry(name).unwrap().position("remainder").is_some() { &POLICIES[..] } else { &[] };
        let words = policies.iter().map(|(word, _)| Some(("remainder", *word)));
        let words = if policies.is_empty() { vec![None] } else { words.collect() };
        specs.extend(words.into_iter().map(|word| variant(name, &[given, &Vec::from_iter(word)].concat())));
    }
    specs
}

/// Those whose batches are a function of the step.
pub fn addressed() -> Vec<SamplerSpec> {
    specs().into_iter().filter(|spec| !spec.wants().feedback).collect()
}

pub fn spec(name: &str, remainder: Option<&str>) -> SamplerSpec {
    variant(name, &Vec::from_iter(remainder.map(|word| ("remainder", word))))
}

/// A sampler with these hyperparameters, lists aside.
pub fn variant(name: &str, given: &[(&str, &str)]) -> SamplerSpec {
    let entry = entry(name).expect("a known sampler");
    let value = |&(key, text): &(&'static str, &str)| {
        let domain = entry.hyperparameters[entry.position(key).expect("a hyperparameter")].domain;
        let value = match domain {
            Domain::Flag { .. } => Value::Flag(text == "true"),
            Domain::Number { .. } | Domain::Integer { .. } => Value::Number(text.parse().expect("a number")),
            Domain::Item { .. } => Value::Item(spec(text, None).settings().clone()),
            _ => Value::Word(text.to_owned()),
        };
        (key, value)
    };
    let given: Vec<_> = given.iter().map(|&(key, text)| (&*key.to_owned().leak(), text)).collect();
    with(name, given.iter().map(value).collect())
}

/// A sampler with these hyperparameters.
pub fn with(name: &str, given: Vec<(&str, Value)>) -> SamplerSpec {
    let settings = Settings::new(entry(name).expect("a known sampler"), given).expect("accepted settings");
    SamplerSpec::new(&settings).expect("settings of a sampler")
}

/// What is known about some terms: three classes, norms and constants that differ, two parameters.
pub struct Known {
    classes: Vec<u32>,
    norms: Vec<f64>,
    smoothness: Vec<f64>,
}

impl Known {
    pub fn of(terms: usize) -> Self {
        Self {
            // The first class is twice as large as the others.
            classes: (0..terms).map(|i| [0, 1, 2, 0][i % 4]).collect(),
            norms: (0..terms).map(|i| 0.5 + (i * i % 7) as f64).collect(),
            smoothness: (0..terms).map(|i| 1.0 + (i % 5) as f64).collect(),
        }
    }

    pub fn context(&self) -> Context<'_> {
        Context {
            terms: self.classes.len(),
            parameters: 2,
            classes: Some(&self.classes),
            norms: Some(&self.norms),
            smoothness: Some(&self.smoothness),
        }
    }
}

pub fn bind(spec: &SamplerSpec, terms: usize, batch: usize, key: Key) -> Result<Box<dyn Sampler>, SamplerError> {
    spec.bind(&Known::of(terms).context(), batch, key)
}

pub fn law(spec: &SamplerSpec, terms: usize, batch: usize) -> Result<Law, SamplerError> {
    spec.law(&Known::of(terms).context(), batch)
}

pub fn fill(sampler: &mut dyn Sampler, step: u64) -> BatchBuffer {
    let mut batch = BatchBuffer::with_capacity(sampler.largest_batch());
    sampler.fill(step, &mut batch);
    batch
}

/// aᵢ of each of `terms` terms in the estimate Σ aᵢ gᵢ.
pub fn weights(batch: &BatchBuffer, terms: usize) -> Vec<f64> {
    let mut weights = vec![0.0; terms];
    for (position, &term) in batch.indices.iter().enumerate() {
        let weight = batch.weights.get(position).copied().unwrap_or(1.0);
        weights[term as usize] += batch.scale * weight / batch.indices.len() as f64;
    }
    weights
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
