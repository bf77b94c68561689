//! Rows of one run at the same position, which say that runs were taken for one.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::source::Row;
use crate::nothing::is_nothing;

/// A row of a run at a position where it has one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Repeat {
    /// The number of the row, from 0.
    pub(super) row: u64,
    pub(super) run: usize,
    pub(super) position: [f64; 2],
}

/// Where a row is in its run: its step and its evaluations; `None` if it has no value or neither of them.
pub(super) fn position(row: &Row<'_>) -> Option<[f64; 2]> {
    let nowhere = is_nothing(row.values[0]) || (is_nothing(row.step) && is_nothing(row.evaluations));
    (!nowhere).then_some([row.step, row.evaluations])
}

/// How two positions are ordered.
fn compare(a: &[f64; 2], b: &[f64; 2]) -> Ordering {
    a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]))
}

/// Finds the first row that is at the same position of its run as another one, with one position for each run as long
/// as rows of runs are in order.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    last: Vec<Option<[f64; 2]>>,
    /// Runs with rows that are before others of theirs.
    pub(super) disordered: HashSet<usize>,
    pub(super) first: Option<Repeat>,
    rows: u64,
}

impl Repeats {
    /// Takes the next row.
    pub(super) fn add(&mut self, row: &Row<'_>) {
        let number = self.rows;
        self.rows += 1;
        let Some(position) = position(row) else { return };
        if row.run >= self.last.len() {
            self.last.resize(row.run + 1, None);
        }
        let last = &mut self.last[row.run];
        match last.map_or(Ordering::Greater, |last| compare(&position, &last)) {
            Ordering::Greater => *last = Some(position),
            Ordering::Equal => self.first = self.first.or(Some(Repeat { row: number, run: row.run, position })),
            Ordering::Less => {
                self.disordered.insert(row.run);
            }
        }
    }
}

/// The same with all positions of some runs, in any order.
#[derive(Debug)]
pub(super) struct AllPositions {
    pub(super) runs: HashSet<usize>,
    seen: HashSet<(usize, [u64; 2])>,
    pub(super) first: Option<Repeat>,
    rows: u64,
}

impl AllPositions {
    pub(super) fn of(runs: HashSet<usize>) -> Self {
        Self { runs, seen: HashSet::new(), first: None, rows: 0 }
    }

    /// Takes the next row.
    pub(super) fn add(&mut self, row: &Row<'_>) {
        let number = self.rows;
        self.rows += 1;
        let Some(position) = position(row).filter(|_| self.first.is_none() && self.runs.contains(&row.run)) else {
            return;
        };
        if !self.seen.insert((row.run, position.map(f64::to_bits))) {
            self.first = Some(Repeat { row: number, run: row.run, position });
        }
    }
}

/// Finds the first row of a run at a position.
pub(super) fn is_at(repeat: &Repeat, row: &Row<'_>) -> bool {
    row.run == repeat.run
        && position(row).is_some_and(|position| compare(&position, &repeat.position) == Ordering::Equal)
}
