//! At which steps a run is measured.

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
            let stride = every * steps_per_epoch as f64;
            grid.extend((1..).map(|k| (f64::from(k) * stride).round() as u64).take_while(|&step| step <= steps));
        }
    }
    grid.push(steps);
    grid.dedup();
    grid
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
    }

    #[test]
    fn a_run_without_steps_is_measured_once() {
        check(Log::PerDecade(8), 0, 7, &[0]);
    }
}
