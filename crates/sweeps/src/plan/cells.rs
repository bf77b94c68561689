//! The combinations of a plan.

use std::ops::ControlFlow;

use super::Plan;
use super::exclude::words;
use super::types::{Cell, Exclude, Kind};

/// Which positions of each axis an exclude matches.
struct Mask {
    /// In the order of [`Plan::cells`]: problem, precision, sampler, batch size, estimator, schedule.
    outer: [Vec<bool>; 6],
    /// By rule and rate.
    inner: Vec<Vec<bool>>,
}

impl Plan {
    /// All cells in order: problem, precision, sampler, batch size, estimator, schedule, rule, rate,
    /// the innermost last; excluded ones are left out.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        let _ = self.visit(&mut |cell| {
            cells.push(cell);
            ControlFlow::Continue(())
        });
        cells
    }

    /// Whether the excludes leave a cell.
    pub(super) fn has_cells(&self) -> bool {
        self.visit(&mut |_| ControlFlow::Break(())).is_break()
    }

    /// Whether an exclude matches a combination.
    pub(super) fn leaves_out_something(&self, exclude: &Exclude) -> bool {
        let mask = self.mask(exclude);
        let any = |list: &Vec<bool>| list.contains(&true);
        mask.outer.iter().all(any) && mask.inner.iter().any(any)
    }

    /// The labels of an axis.
    pub(super) fn labels(&self, kind: Kind) -> Vec<&str> {
        let list = match kind {
            Kind::Rule => return self.rules.iter().map(|rule| rule.label.as_str()).collect(),
            Kind::Objective => &self.problems,
            Kind::Sampler => &self.samplers,
            Kind::Schedule => &self.schedules,
            Kind::Estimator => &self.estimators,
        };
        list.iter().map(|choice| choice.label.as_str()).collect()
    }

    fn visit(&self, see: &mut dyn FnMut(Cell) -> ControlFlow<()>) -> ControlFlow<()> {
        let masks: Vec<Mask> = self.excludes.iter().map(|exclude| self.mask(exclude)).collect();
        let sizes = self.sizes();
        for combination in 0..sizes.iter().product() {
            let outer = positions(combination, &sizes);
            let matching = |mask: &&Mask| (0..6).all(|axis| mask.outer[axis][outer[axis]]);
            let masks: Vec<&Mask> = masks.iter().filter(matching).collect();
            for (rule, choice) in self.rules.iter().enumerate() {
                for (i, &rate) in choice.rates.iter().enumerate() {
                    if !masks.iter().any(|mask| mask.inner[rule][i]) {
                        see(self.cell(outer, rule, rate))?;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn cell(&self, outer: [usize; 6], rule: usize, rate: f64) -> Cell {
        let [problem, precision, sampler, batch_size, estimator, schedule] = outer;
        let (precision, batch_size) = (self.precisions[precision], self.batch_sizes[batch_size]);
        Cell { problem, rule, rate, batch_size, sampler, schedule, estimator, precision }
    }

    fn sizes(&self) -> [usize; 6] {
        [
            self.problems.len(),
            self.precisions.len(),
            self.samplers.len(),
            self.batch_sizes.len(),
            self.estimators.len(),
            self.schedules.len(),
        ]
    }

    fn mask(&self, exclude: &Exclude) -> Mask {
        let items = |kind: Kind| -> Vec<bool> {
            let words = words(exclude, kind);
            let named = |label: &str| words.is_none_or(|words| words.iter().any(|word| word == label));
            self.labels(kind).into_iter().map(named).collect()
        };
        let precision = |p| exclude.precision.as_ref().is_none_or(|list| list.contains(p));
        let batch_size = |b: &u32| exclude.batch_size.as_ref().is_none_or(|n| n.contains(f64::from(*b)));
        let rate = |r: &f64| exclude.rate.as_ref().is_none_or(|n| n.contains(*r));
        let rules = items(Kind::Rule);
        let rates = |(rule, &named): (_, &bool)| -> Vec<bool> {
            let rule: &super::RuleChoice = rule;
            rule.rates.iter().map(|r| named && rate(r)).collect()
        };
        Mask {
            outer: [
                items(Kind::Objective),
                self.precisions.iter().map(precision).collect(),
                items(Kind::Sampler),
                self.batch_sizes.iter().map(batch_size).collect(),
                items(Kind::Estimator),
                items(Kind::Schedule),
            ],
            inner: self.rules.iter().zip(&rules).map(rates).collect(),
        }
    }
}

/// The digits of `combination` in the mixed base `sizes`, most significant first.
fn positions(mut combination: usize, sizes: &[usize; 6]) -> [usize; 6] {
    let mut digits = [0; 6];
    for axis in (0..6).rev() {
        digits[axis] = combination % sizes[axis];
        combination /= sizes[axis];
    }
    digits
}
