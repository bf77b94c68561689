//! Expected running times with restarts, as COCO has them (Hansen et al. 2021, *COCO: a platform for
//! comparing continuous optimizers in a black-box setting*).

use sgdlab_core::streams::{Key, index};

/// One run with one target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// What it cost to reach the target, +∞ if it was not reached.
    pub cost: f64,
    /// What the whole run cost: what is lost if the target was not reached.
    pub spent: f64,
}

impl Attempt {
    fn reached(&self) -> bool {
        self.cost < f64::INFINITY
    }

    /// What the attempt costs one who stops at the target.
    fn paid(&self) -> f64 {
        if self.reached() { self.cost } else { self.spent }
    }

    /// Whether the costs are numbers from 0 on.
    fn is_possible(&self) -> bool {
        self.cost >= 0.0 && self.paid() >= 0.0
    }
}

/// The average runtime: what all runs paid, those that did not reach the target as well, divided by the
/// number of those that did; +∞ if none did.
///
/// It estimates the expected cost of a target when runs are started until one reaches it.
/// A run that diverged has spent what it had until then.
///
/// `None` without runs, or if a cost that counts is negative or NaN.
///
/// ```
/// use sgdlab_reports::statistics::{Attempt, art};
/// let runs = [(10.0, 100.0), (30.0, 100.0), (f64::INFINITY, 60.0)].map(|(cost, spent)| Attempt { cost, spent });
/// assert_eq!(art(&runs), Some((10.0 + 30.0 + 60.0) / 2.0));
/// assert_eq!(art(&runs[2..]), Some(f64::INFINITY));
/// ```
#[must_use]
pub fn art(runs: &[Attempt]) -> Option<f64> {
    if runs.is_empty() || !runs.iter().all(Attempt::is_possible) {
        return None;
    }
    let reached = runs.iter().filter(|run| run.reached()).count();
    let paid: f64 = runs.iter().map(Attempt::paid).sum();
    Some(if reached == 0 { f64::INFINITY } else { paid / reached as f64 })
}

/// The share of runs that reached the target; `None` without runs.
#[must_use]
pub fn success_rate(runs: &[Attempt]) -> Option<f64> {
    let reached = runs.iter().filter(|run| run.reached()).count();
    (!runs.is_empty()).then(|| reached as f64 / runs.len() as f64)
}

/// Costs of a target with restarts, in ascending order: runs are drawn, and what they paid is added up, until
/// one of them reached the target.
///
/// COCO's distribution functions are of these; the mean of many is [`art`].
/// Every run is the first one equally often, so that there are at least `samples` costs, rounded up to
/// a multiple of the number of runs; if all runs reached the target they are just the costs.
/// All are +∞ if no run reached it (where cocopp has NaN).
/// Sample `b` draws from stream `b` of the key.
///
/// `None` without runs or samples, or if a cost that counts is negative or NaN.
#[must_use]
pub fn simulated_restarts(runs: &[Attempt], samples: usize, key: Key) -> Option<Vec<f64>> {
    let count = u32::try_from(runs.len()).ok()?;
    if runs.is_empty() || samples == 0 || !runs.iter().all(Attempt::is_possible) {
        return None;
    }
    let samples = samples.div_ceil(runs.len()) * runs.len();
    if !runs.iter().any(Attempt::reached) {
        return Some(vec![f64::INFINITY; samples]);
    }
    let restarted = |sample: usize| {
        let mut stream = key.stream(sample as u64);
        let mut run = runs[sample % runs.len()];
        let mut paid = run.paid();
        while !run.reached() {
            run = runs[index(&mut stream, count) as usize];
            paid += run.paid();
        }
        paid
    };
    let mut costs: Vec<f64> = (0..samples).map(restarted).collect();
    costs.sort_unstable_by(f64::total_cmp);
    Some(costs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(costs: &[(f64, f64)]) -> Vec<Attempt> {
        costs.iter().map(|&(cost, spent)| Attempt { cost, spent }).collect()
    }

    #[test]
    fn without_failures_restarts_are_the_runs() {
        let runs = attempts(&[(30.0, 99.0), (10.0, f64::NAN)]);
        let costs = simulated_restarts(&runs, 3, Key::new("restarts")).unwrap();
        assert_eq!(costs, [10.0, 10.0, 30.0, 30.0]);
        assert_eq!(success_rate(&runs), Some(1.0));
    }

    #[test]
    fn restarts_cost_the_average_runtime_on_average() {
        let runs = attempts(&[(10.0, 100.0), (f64::INFINITY, 40.0), (f64::INFINITY, 5.0)]);
        let costs = simulated_restarts(&runs, 30_000, Key::new("restarts")).unwrap();
        // A geometric number of failures, 2 on average, that cost 22.5 with variance 306.25 each.
        let deviation = (2.0 * 306.25 + 6.0 * 22.5 * 22.5_f64).sqrt();
        let mean = super::super::mean(&costs);
        assert_eq!(art(&runs), Some(55.0));
        assert!((mean - 55.0).abs() < 4.0 * deviation / 30_000.0_f64.sqrt(), "{mean}");
        assert_eq!(costs, simulated_restarts(&runs, 30_000, Key::new("restarts")).unwrap());
    }

    #[test]
    fn a_target_that_nobody_reached_costs_infinitely_much() {
        let runs = attempts(&[(f64::INFINITY, 40.0)]);
        assert_eq!(art(&runs), Some(f64::INFINITY));
        assert_eq!(success_rate(&runs), Some(0.0));
        assert_eq!(simulated_restarts(&runs, 2, Key::new("restarts")), Some(vec![f64::INFINITY; 2]));
    }

    #[test]
    fn what_are_no_costs_have_no_runtime() {
        assert_eq!(art(&[]), None);
        assert_eq!(success_rate(&[]), None);
        for wrong in [(f64::NAN, 1.0), (-1.0, 1.0), (f64::INFINITY, f64::NAN), (f64::INFINITY, -1.0)] {
            assert_eq!(art(&attempts(&[wrong])), None, "{wrong:?}");
            assert_eq!(simulated_restarts(&attempts(&[wrong]), 1, Key::new("restarts")), None);
        }
        assert_eq!(simulated_restarts(&attempts(&[(1.0, 1.0)]), 0, Key::new("restarts")), None);
    }
}
