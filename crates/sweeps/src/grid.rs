//! At which steps a run is measured.

use sgdlab_samplers::Sampler;

use crate::cost::Length;
use crate::plan::Log;

/// The logged steps of a run of `steps` updates: ascending, from 0 to `steps`.
///
/// A logarithmic grid has the steps nearest to 10^(k / per-decade).
#[must_use]
pub fn logged_steps(log: Log, steps: u64, steps_per_epoch: u64) -> Vec<u64> {
    let mut grid = vec![0];
    match log {
        Log::PerDecade(count) => logarithmic(f64::from(count), steps, &mut grid),
        Log::EverySteps(every) => grid.extend((1..=steps / every).map(|k| k * every)),
        Log::EveryEpochs(every) => {
            let stride = stride(every, steps_per_epoch);
            grid.extend((1..).map(|k: u64| (k as f64 * stride).round() as u64).take_while(|&step| step <= steps));
        }
    }
    grid.push(steps);
    grid.dedup();
    grid
}

/// The logged steps of a run, whose epochs are those of its sampler's batches.
pub(crate) fn of_run(log: Log, length: Length, sampler: &dyn Sampler) -> Vec<u64> {
    if !matches!(log, Log::EveryEpochs(_)) {
        return logged_steps(log, length.steps, length.steps_per_epoch);
    }
    let batches = logged_steps(log, sampler.batches(length.steps), length.steps_per_epoch);
    let mut grid: Vec<u64> = batches.into_iter().map(|batch| sampler.steps(batch).min(length.steps)).collect();
    grid.dedup();
    grid
}

/// An upper bound of the number of steps of [`of_run`].
pub(crate) fn most_of_run(log: Log, length: Length, sampler: &dyn Sampler) -> u64 {
    let in_epochs = matches!(log, Log::EveryEpochs(_));
    let batches = if in_epochs { sampler.batches(length.steps) } else { length.steps };
    most_logged(log, batches, length.steps_per_epoch)
}

/// An upper bound of the number of [`logged_steps`], without making them.
fn most_logged(log: Log, steps: u64, steps_per_epoch: u64) -> u64 {
    let inner = match log {
        Log::PerDecade(count) => f64::from(count) * (steps.max(1) as f64).log10() + 1.0,
        Log::EverySteps(every) => (steps / every) as f64,
        Log::EveryEpochs(every) => steps as f64 / stride(every, steps_per_epoch) + 1.0,
    };
    (inner as u64).saturating_add(2)
}

/// Steps between measurements; no more than one is made in a step.
fn stride(every_epochs: f64, steps_per_epoch: u64) -> f64 {
    (every_epochs * steps_per_epoch as f64).max(1.0)
}

fn logarithmic(per_decade: f64, steps: u64, grid: &mut Vec<u64>) {
    let mut k = 0.0;
    loop {
        let step = sgdlab_core::Real::exp(k / per_decade * std::f64::consts::LN_10).round() as u64;
        if step > steps {
            return;
        }
        if grid.last() != Some(&step) {
            grid.push(step);
        }
        k += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(log: Log, steps: u64, steps_per_epoch: u64, expected: &[u64]) {
        assert_eq!(logged_steps(log, steps, steps_per_epoch), expected);
    }

    #[test]
    fn logarithmic_grids_have_the_powers_of_ten() {
        check(Log::PerDecade(1), 1500, 7, &[0, 1, 10, 100, 1000, 1500]);
        check(Log::PerDecade(3), 100, 7, &[0, 1, 2, 5, 10, 22, 46, 100]);
    }

    #[test]
    fn regular_grids_end_at_the_last_step() {
        check(Log::EverySteps(4), 10, 7, &[0, 4, 8, 10]);
        check(Log::EveryEpochs(1.0), 14, 7, &[0, 7, 14]);
        check(Log::EveryEpochs(0.5), 14, 7, &[0, 4, 7, 11, 14]);
        check(Log::EveryEpochs(1e-300), 3, 7, &[0, 1, 2, 3]);
    }

    #[test]
    fn the_bound_holds_without_making_the_grid() {
        for log in [Log::PerDecade(8), Log::EverySteps(3), Log::EveryEpochs(0.3), Log::EveryEpochs(1e-9)] {
            for steps in [0, 1, 10, 99, 1000] {
                let (count, bound) = (logged_steps(log, steps, 7).len() as u64, most_logged(log, steps, 7));
                assert!(count <= bound, "{log:?} of {steps} steps: {count} of {bound}");
            }
        }
        assert_eq!(most_logged(Log::EverySteps(1), u64::MAX, 7), u64::MAX);
    }

    #[test]
    fn a_run_without_steps_is_measured_once() {
        check(Log::PerDecade(8), 0, 7, &[0]);
    }
}
