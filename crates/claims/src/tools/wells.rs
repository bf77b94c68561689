//! Two wells that the objective cannot tell apart, of which one is quiet.

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Layout, Objective, Oracle, Settings, Value, WIDTH};
use sgdlab_landscapes::{Packs, Problem, entry};
use sgdlab_optimizers::{RuleSpec, Sgd, Signal};
use sgdlab_samplers::BatchBuffer;

use super::moments::Mean;
use super::sampler::sampler;

/// Terms.
pub(crate) const TERMS: usize = 10;

/// Epochs of a run.
const EPOCHS: u64 = 400;

/// Starts are on this side of 0, and on the other.
pub(crate) const REACH: f64 = 1.9;

/// F(x) = (x² − 1)²/4 with ten terms F + sᵢ φ: the s have mean 0 and mean square 1, and φ' = 0.2 + 1.8/(1 + e⁻⁴ˣ).
pub(crate) struct Wells {
    problem: Problem,
}

impl Wells {
    pub(crate) fn new() -> Self {
        let number = Value::Number;
        let given = [
            ("noise", number(2.0)),
            ("noise-kind", Value::Word("sided".to_owned())),
            ("noise-law", Value::Word("equispaced".to_owned())),
            ("quiet", number(0.1)),
            ("steepness", number(4.0)),
            ("terms", number(TERMS as f64)),
        ];
        let settings = Settings::new(entry("double-well").expect("a landscape"), given).expect("its settings");
        Self { problem: Problem::load(&settings).expect("they go together") }
    }

    pub(crate) fn objective(&self) -> &dyn Objective<f64, WIDTH> {
        f64::objective(&self.problem)
    }

    /// The share of runs with single terms as batches that end on the left, where slopes vary less; without a sampler
    /// all terms are taken.
    ///
    /// The starts are spread evenly over [−1.9, 1.9].
    /// The 16 runs of a pack begin all over it and share their batches, so that packs are what is independent.
    pub(crate) fn share(&self, rate: f64, packs: usize, batches: Option<(&str, Key)>) -> Mean {
        let quiet = |pack: usize| {
            let place = |lane: usize| (lane as f64 + (pack as f64 + 0.5) / packs as f64) / WIDTH as f64;
            let starts = std::array::from_fn(|lane| REACH * (2.0 * place(lane) - 1.0));
            let ends = self.pack(rate, starts, batches.map(|(name, key)| (name, key.child(&format!("pack {pack}")))));
            ends.iter().filter(|end| **end < 0.0).count() as f64 / WIDTH as f64
        };
        let shares: Vec<f64> = (0..packs).into_par_iter().map(quiet).collect();
        Mean::of(&shares)
    }

    /// Where 16 runs end.
    fn pack(&self, rate: f64, starts: [f64; WIDTH], batches: Option<(&str, Key)>) -> [f64; WIDTH] {
        let mut rule =
            RuleSpec::bind::<f64, WIDTH>(&std::array::from_fn(|_| Sgd::default().into()), &Layout::vector(1));
        let mut oracle = Oracle::new(self.objective(), TERMS);
        let mut sampler = batches.map(|(name, key)| sampler(name, TERMS, 1, key));
        let mut batch = BatchBuffer::with_capacity(TERMS);
        batch.indices.extend(0..TERMS as u32);
        let (mut at, mut gradient) = ([starts], [[0.0; WIDTH]]);
        for step in 0..EPOCHS * TERMS as u64 {
            if let Some(sampler) = &mut sampler {
                sampler.fill(step, &mut batch);
            }
            oracle.gradient(&at, batch.batch(), &mut gradient);
            rule.update(&mut at, Signal::of(&gradient), &[rate; WIDTH]);
        }
        at[0]
    }
}
