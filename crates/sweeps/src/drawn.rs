//! Batches that several packs share, drawn once.
//!
//! Runs that differ in their rule or loss have the same batches, and drawing them is a tenth of what a pack of small runs
//! does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use sgdlab_core::streams::Key;
use sgdlab_samplers::{BatchBuffer, Sampler};

/// All batches of a run are kept if they have at most so many terms.
const MOST_TERMS: u64 = 1 << 16;

/// So many bytes of all runs together are kept. Beyond, all are forgotten: packs of equal kinds follow each other, so that
/// what is asked for next is seldom what was drawn long ago.
const MOST_KEPT: usize = 1 << 23;

/// So many runs are known by their keys.
const MOST_KNOWN: usize = 1 << 12;

/// A problem that stands for all with the same terms, and the key of a sampler.
type Of = (usize, Key);

/// The batches of runs whose keys were seen last.
#[derive(Debug, Default)]
pub(crate) struct Drawn(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    runs: HashMap<Of, Seen>,
    /// Bytes of all batches.
    bytes: usize,
}

/// What is known of a run's batches.
#[derive(Clone, Debug)]
enum Seen {
    /// They were asked for once: most runs share their batches with no other pack.
    Once,
    /// There is more to them than their terms.
    NotAlone,
    Drawn(Arc<Batches>),
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
    /// The sampler, or one that has its batches of the first `steps` steps in memory if it was asked for before.
    pub(crate) fn share(&self, of: Of, steps: u64, mut sampler: Box<dyn Sampler>) -> Box<dyn Sampler> {
        let terms = steps.saturating_mul(sampler.largest_batch().max(1) as u64);
        if sampler.observes() || terms > MOST_TERMS {
            return sampler;
        }
        let batches = match self.find(of) {
            None | Some(Seen::NotAlone) => return sampler,
            Some(Seen::Drawn(batches)) if batches.ends.len() as u64 >= steps => batches,
            // Another thread may draw them, too: they are the same, whoever is first.
            Some(Seen::Once | Seen::Drawn(_)) => match Batches::of(&mut *sampler, steps) {
                Some(batches) => self.keep(of, batches),
                None => {
                    self.lock().runs.insert(of, Seen::NotAlone);
                    return sampler;
                }
            },
        };
        Box::new(Repeated { batches, sampler })
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().expect("nobody panics with it")
    }

    /// What is known of a run's batches; from now on, that they were asked for.
    fn find(&self, of: Of) -> Option<Seen> {
        let mut known = self.lock();
        let found = known.runs.get(&of).cloned();
        if found.is_none() {
            if known.runs.len() >= MOST_KNOWN {
                *known = Known::default();
            }
            known.runs.insert(of, Seen::Once);
        }
        found
    }

    fn keep(&self, of: Of, batches: Batches) -> Arc<Batches> {
        let (batches, mut known) = (Arc::new(batches), self.lock());
        if known.bytes + batches.bytes() > MOST_KEPT {
            *known = Known::default();
        }
        known.bytes += batches.bytes();
        if let Some(Seen::Drawn(before)) = known.runs.insert(of, Seen::Drawn(Arc::clone(&batches))) {
            known.bytes -= before.bytes();
        }
        batches
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
        terms.shrink_to_fit();
        Some(Self { terms, ends, short })
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.terms) + size_of_val(&*self.ends) + size_of_val(&*self.short)
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

    fn terms_per_epoch(&self) -> u64 {
        self.sampler.terms_per_epoch()
    }

    fn fill(&mut self, step: u64, out: &mut BatchBuffer) {
        let Batches { terms, ends, .. } = &*self.batches;
        match ends.get(step as usize) {
            Some(&end) => {
                out.clear();
                out.indices.extend_from_slice(&terms[self.batches.start(step)..end as usize]);
            }
            None => self.sampler.fill(step, out),
        }
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
