//! Batches that several packs share, drawn once.
//!
//! Runs that differ in their rule or loss have the same batches, and a pack of small runs spends a fifth of its time on
//! drawing them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sgdlab_core::streams::Key;
use sgdlab_samplers::{BatchBuffer, Sampler};

/// All batches of a run are kept if they have at most so many terms.
const MOST_TERMS: u64 = 1 << 16;

/// So many terms of all runs together are kept: 4 MB.
const MOST_KEPT: usize = 1 << 20;

/// So many runs are known by their keys.
const MOST_KNOWN: usize = 1 << 12;

/// A problem that stands for all with the same terms, and the key of a sampler.
type Of = (usize, Key);

/// The batches of runs whose keys were seen last.
#[derive(Debug, Default)]
pub(crate) struct Drawn(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Nothing where a key was seen once: most runs share their batches with no other pack.
    runs: HashMap<Of, Option<Arc<Batches>>>,
    /// Terms of all of them.
    terms: usize,
}

/// The batches of a run, one behind the other.
#[derive(Debug)]
struct Batches {
    terms: Vec<u32>,
    /// Where the batch of each step ends.
    ends: Vec<u32>,
    /// The steps whose batches are shorter than the others.
    short: Vec<u64>,
}

impl Drawn {
    /// A sampler with the batches of `sampler`, whose key this is, in the first `steps` steps; what it has drawn before,
    /// if it was asked for twice.
    pub(crate) fn share(&self, key: Of, steps: u64, sampler: Box<dyn Sampler>) -> Box<dyn Sampler> {
        if sampler.observes() || steps.saturating_mul(sampler.largest_batch() as u64) > MOST_TERMS {
            return sampler;
        }
        let mut known = self.0.lock().expect("nobody panics with it");
        let found = match known.runs.get(&key) {
            Some(Some(batches)) => Some(Arc::clone(batches)),
            Some(None) => None,
            None => {
                if known.runs.len() >= MOST_KNOWN {
                    *known = Known::default();
                }
                known.runs.insert(key, None);
                return sampler;
            }
        };
        drop(known);
        match found {
            Some(batches) if batches.ends.len() as u64 >= steps => Box::new(Repeated { batches, sampler }),
            _ => self.draw(key, steps, sampler),
        }
    }

    fn draw(&self, key: Of, steps: u64, mut sampler: Box<dyn Sampler>) -> Box<dyn Sampler> {
        let Some(batches) = Batches::of(&mut *sampler, steps) else { return sampler };
        let batches = Arc::new(batches);
        let mut known = self.0.lock().expect("nobody panics with it");
        if known.terms + batches.terms.len() > MOST_KEPT {
            *known = Known::default();
        }
        known.terms += batches.terms.len();
        known.runs.insert(key, Some(Arc::clone(&batches)));
        Box::new(Repeated { batches, sampler })
    }
}

impl Batches {
    /// The batches of the first steps; `None` if there is more to them than their terms.
    fn of(sampler: &mut dyn Sampler, steps: u64) -> Option<Self> {
        let largest = sampler.largest_batch();
        let mut batch = BatchBuffer::with_capacity(largest);
        let (mut terms, mut ends, mut short) = (Vec::new(), Vec::with_capacity(steps as usize), Vec::new());
        for step in 0..steps {
            sampler.fill(step, &mut batch);
            if !batch.weights.is_empty() || batch.scale != 1.0 {
                return None;
            }
            if batch.indices.len() < largest {
                short.push(step);
            }
            terms.extend_from_slice(&batch.indices);
            ends.push(terms.len() as u32);
        }
        Some(Self { terms, ends, short })
    }

    /// Where the batch of a step begins.
    fn start(&self, step: u64) -> usize {
        if step == 0 { 0 } else { self.ends[step as usize - 1] as usize }
    }
}

/// A sampler whose batches are known.
struct Repeated {
    batches: Arc<Batches>,
    sampler: Box<dyn Sampler>,
}

impl Sampler for Repeated {
    fn batches_per_epoch(&self) -> u64 {
        self.sampler.batches_per_epoch()
    }

    fn largest_batch(&self) -> usize {
        self.sampler.largest_batch()
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        out.clear();
        let Batches { terms, ends, .. } = &*self.batches;
        out.indices.extend_from_slice(&terms[self.batches.start(step)..ends[step as usize] as usize]);
    }

    fn ahead(&mut self, step: u64) -> Option<&[u32]> {
        let Batches { terms, ends, short } = &*self.batches;
        let next = short.partition_point(|&short| short < step);
        let end = short.get(next).copied().unwrap_or(ends.len() as u64);
        (step < end).then(|| &terms[self.batches.start(step)..self.batches.start(end)])
    }

    fn batches(&self, steps: u64) -> u64 {
        self.sampler.batches(steps)
    }

    fn steps(&self, batches: u64) -> u64 {
        self.sampler.steps(batches)
    }
}
