//! Walkers: runs of stochastic gradient descent until they are somewhere.

use rayon::prelude::*;
use sgdlab_core::streams::Key;
use sgdlab_core::{Objective, Oracle};
use sgdlab_optimizers::{Rule, RuleSpec, Sgd, Signal};
use sgdlab_samplers::BatchBuffer;

use crate::tools::sampler::{WITH_REPLACEMENT, sampler};

/// Walkers of one stream of batches.
const TOGETHER: usize = 32;

/// Stochastic gradient descent from a point until it is outside.
pub(crate) struct Walk<'a, O> {
    pub(crate) objective: &'a dyn Objective<f64, 1>,
    /// Terms of a batch, drawn with replacement.
    pub(crate) batch: usize,
    pub(crate) rate: f64,
    pub(crate) start: &'a [f64],
    /// Whether a point is outside.
    pub(crate) outside: O,
}

impl<O: Fn(&[[f64; 1]]) -> bool + Sync> Walk<'_, O> {
    /// The steps of each walker.
    ///
    /// Some go one after another through the batches of one sampler, which are independent; these groups run in
    /// parallel, and each has a key of its own.
    pub(crate) fn steps(&self, key: Key, walkers: usize) -> Vec<f64> {
        let groups = 0..walkers.div_ceil(TOGETHER);
        let group = |group: usize| {
            let walkers = TOGETHER.min(walkers - group * TOGETHER);
            self.group(key.child(&format!("walkers {group}")), walkers)
        };
        groups.into_par_iter().flat_map_iter(group).collect()
    }

    fn group(&self, key: Key, walkers: usize) -> Vec<f64> {
        let mut sampler = sampler(WITH_REPLACEMENT, self.objective.terms(), self.batch, key);
        let mut batch = BatchBuffer::with_capacity(self.batch);
        let mut oracle = Oracle::new(self.objective, self.batch);
        let mut rule: Box<dyn Rule<f64, 1>> = RuleSpec::bind(&[Sgd::default().into()], self.objective.layout());
        let start: Vec<[f64; 1]> = self.start.iter().map(|&x| [x]).collect();
        let (mut at, mut gradient) = (start.clone(), start.clone());
        let (mut step, mut since) = (0, 0);
        let mut steps = Vec::with_capacity(walkers);
        while steps.len() < walkers {
            sampler.fill(step, &mut batch);
            oracle.gradient(&at, batch.batch(), &mut gradient);
            rule.update(&mut at, Signal::of(&gradient), &[self.rate]);
            step += 1;
            if (self.outside)(&at) {
                steps.push((step - since) as f64);
                (at, since) = (start.clone(), step);
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use sgdlab_landscapes::Packs;

    use super::*;
    use crate::tools::landscape::noisy;

    #[test]
    fn without_noise_the_time_is_known() {
        let saddle = noisy("strict-saddle", &[("c", 1e-9)], 0.0);
        // The second coordinate grows by a tenth of itself: 1.1^8 > 2.
        let walk = Walk {
            objective: f64::objective(&saddle),
            batch: 2,
            rate: 0.1,
            start: &[0.0, 1.0],
            outside: |at: &[[f64; 1]]| at[1][0] > 2.0,
        };
        assert_eq!(walk.steps(Key::new("unused"), 40), [8.0; 40]);
    }
}
