//! What is kept of the rows of every run: where it began and ended, its best, and when it reached targets.

use super::source::{Cost, Row, Target};
use crate::nothing::{NOTHING, is_nothing};
use crate::runs::Runs;

/// What is kept of a run; rows may come in any order.
#[derive(Clone, Debug)]
struct Kept {
    rows: u64,
    first: (f64, f64),
    last: (f64, f64),
    best: f64,
    evaluations: f64,
    seconds: f64,
}

/// When a target was reached: evaluations, steps and seconds.
type Reached = [f64; 3];

/// What is kept of all runs.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    goals: Vec<f64>,
    kept: Vec<Kept>,
    /// For each run as many as there are goals.
    reached: Vec<Reached>,
}

impl Sums {
    pub(super) fn new(targets: &[Target]) -> Self {
        let goals = targets.iter().map(|target| target.goal).collect();
        Self { goals, kept: Vec::new(), reached: Vec::new() }
    }

    /// Makes room for runs up to this number of them.
    pub(super) fn resize(&mut self, runs: usize) {
        let nothing = f64::from_bits(NOTHING);
        let none = Kept {
            rows: 0,
            first: (f64::INFINITY, nothing),
            last: (f64::NEG_INFINITY, nothing),
            best: f64::INFINITY,
            evaluations: nothing,
            seconds: nothing,
        };
        self.kept.resize(runs, none);
        self.reached.resize(runs * self.goals.len(), [f64::INFINITY; 3]);
    }

    /// Takes a row with the one value.
    pub(super) fn add(&mut self, row: &Row<'_>) {
        if row.run >= self.kept.len() {
            self.resize(row.run + 1);
        }
        let kept = &mut self.kept[row.run];
        // Rows without a number of their step are in their order.
        let step = if is_nothing(row.step) { kept.rows as f64 } else { row.step };
        let evaluations = if is_nothing(row.evaluations) { step } else { row.evaluations };
        kept.rows += 1;
        // A maximum with NaN is the other number.
        kept.evaluations = kept.evaluations.max(evaluations);
        kept.seconds = kept.seconds.max(row.seconds);
        let value = row.values[0];
        if is_nothing(value) {
            return;
        }
        if step < kept.first.0 {
            kept.first = (step, value);
        }
        if step >= kept.last.0 {
            kept.last = (step, value);
        }
        if value < kept.best {
            kept.best = value;
        }
        let start = row.run * self.goals.len();
        for (reached, &goal) in self.reached[start..].iter_mut().zip(&self.goals) {
            if value <= goal {
                let new = [evaluations, step, row.seconds];
                reached.iter_mut().zip(new).for_each(|(old, new)| *old = old.min(new));
            }
        }
    }

    /// The last value of a run; [`NOTHING`] if it has none.
    pub(super) fn last(&self, run: usize) -> f64 {
        self.kept[run].last.1
    }

    /// The evaluations of a run; `None` if it has no rows.
    pub(super) fn evaluations(&self, run: usize) -> Option<f64> {
        self.kept.get(run).filter(|kept| kept.rows > 0).map(|kept| kept.evaluations)
    }

    /// Sets the columns of the metric and of the targets.
    pub(super) fn write(&self, metric: &str, targets: &[Target], runs: &mut Runs) {
        let count = runs.len();
        let column = |number: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..count).map(number).collect() };
        let kept = |number: fn(&Kept) -> f64| column(&|run| self.kept.get(run).map_or(f64::from_bits(NOTHING), number));
        runs.set(&format!("first_{metric}"), kept(|kept| kept.first.1));
        runs.set(
            &format!("best_{metric}"),
            kept(|kept| if kept.rows > 0 { kept.best } else { f64::from_bits(NOTHING) }),
        );
        runs.set(&format!("final_{metric}"), kept(|kept| kept.last.1));
        for (number, target) in targets.iter().enumerate() {
            for (part, prefix) in [Cost::Evaluations.prefix(), Cost::Steps.prefix(), SECONDS].into_iter().enumerate() {
                let reached = column(&|run| {
                    self.reached.get(run * self.goals.len() + number).map_or(f64::INFINITY, |reached| reached[part])
                });
                runs.set(&format!("{prefix}{}", target.text), reached);
            }
        }
    }

    /// Sets what runs took, which tables of runs have themselves.
    pub(super) fn write_lengths(&self, runs: &mut Runs) {
        let of = |number: fn(&Kept) -> f64| self.kept.iter().map(number).collect::<Vec<_>>();
        runs.set("steps", of(|kept| if kept.last.0.is_finite() { kept.last.0 } else { f64::from_bits(NOTHING) }));
        runs.set("evaluations", of(|kept| kept.evaluations));
        runs.set("seconds", of(|kept| kept.seconds));
    }
}

/// How columns with the seconds until a target begin.
pub(crate) const SECONDS: &str = "seconds_to_";
