//! The combinations of a plan.

use std::collections::HashMap;

use super::Plan;
use super::exclude::words;
use super::types::{Cell, Exclude, Kind, Precision};

/// The cells of a plan by number: each is computed from its number, so that a million of them take no memory.
///
/// Excludes take eight bytes for each combination of the outer axes, which are all but rule and rate.
#[derive(Clone, Debug, PartialEq)]
pub struct CellList {
    /// Of problem, precision, sampler, batch size, estimator and schedule.
    sizes: [usize; 6],
    precisions: Vec<Precision>,
    batch_sizes: Vec<u32>,
    /// Rules with their rates, which every combination of the outer axes has.
    inner: Vec<(usize, f64)>,
    /// What excludes leave; without them it is everything.
    left: Option<Left>,
}

/// What excludes leave.
#[derive(Clone, Debug, PartialEq)]
struct Left {
    /// The first cell of each combination of the outer axes, and the number of all behind the last.
    starts: Vec<u32>,
    /// Which of `kept` a combination of the outer axes has.
    which: Vec<u32>,
    /// Positions of the inner axes that are left.
    kept: Vec<Vec<u32>>,
}

impl CellList {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let all = || self.combinations() * self.inner.len();
        self.left.as_ref().map_or_else(all, |left| left.starts[left.which.len()] as usize)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell of a number.
    ///
    /// # Panics
    /// If there are not as many.
    #[must_use]
    pub fn get(&self, number: usize) -> Cell {
        assert!(number < self.len(), "cell {number} of {}", self.len());
        let (outer, inner) = self.parts(number);
        let [problem, precision, sampler, batch_size, estimator, schedule] = positions(outer, &self.sizes);
        let (precision, batch_size) = (self.precisions[precision], self.batch_sizes[batch_size]);
        let (rule, rate) = self.inner[inner];
        Cell { problem, rule, rate, batch_size, sampler, schedule, estimator, precision }
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Cell> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// Which combination of the outer axes a cell has.
    pub(crate) fn outer(&self, number: usize) -> usize {
        self.parts(number).0
    }

    fn combinations(&self) -> usize {
        self.sizes.iter().product()
    }

    /// The positions of a cell among the combinations of the outer axes, and of the inner ones.
    fn parts(&self, number: usize) -> (usize, usize) {
        match &self.left {
            None => (number / self.inner.len(), number % self.inner.len()),
            Some(Left { starts, which, kept }) => {
                let outer = starts.partition_point(|&start| start as usize <= number) - 1;
                (outer, kept[which[outer] as usize][number - starts[outer] as usize] as usize)
            }
        }
    }
}

/// Which positions of each axis an exclude matches.
struct Mask {
    /// In the order of [`Plan::cells`]: problem, precision, sampler, batch size, estimator, schedule.
    outer: [Vec<bool>; 6],
    /// By rule and rate.
    inner: Vec<bool>,
}

impl Mask {
    /// Whether it matches a combination of the outer axes.
    fn matches(&self, outer: [usize; 6]) -> bool {
        (0..6).all(|axis| self.outer[axis][outer[axis]])
    }
}

/// The positions of the inner axes that none of the masks that match leaves out.
fn kept(masks: &[Mask], matching: &[bool]) -> Vec<u32> {
    let excluded = |i: usize| masks.iter().zip(matching).any(|(mask, &matches)| matches && mask.inner[i]);
    (0..masks[0].inner.len()).filter(|&i| !excluded(i)).map(|i| i as u32).collect()
}

impl Plan {
    /// All cells in order: problem, precision, sampler, batch size, estimator, schedule, rule, rate,
    /// the innermost last; excluded ones are left out.
    #[must_use]
    pub fn cells(&self) -> CellList {
        let rates = |(rule, choice): (usize, &super::RuleChoice)| -> Vec<(usize, f64)> {
            choice.rates.iter().map(|&rate| (rule, rate)).collect()
        };
        CellList {
            sizes: self.sizes(),
            precisions: self.precisions.clone(),
            batch_sizes: self.batch_sizes.clone(),
            inner: self.rules.iter().enumerate().flat_map(rates).collect(),
            left: (!self.excludes.is_empty()).then(|| self.left()),
        }
    }

    /// What the excludes leave.
    fn left(&self) -> Left {
        let masks: Vec<Mask> = self.excludes.iter().map(|exclude| self.mask(exclude)).collect();
        let sizes = self.sizes();
        let mut left = Left { starts: vec![0], which: Vec::new(), kept: Vec::new() };
        let (mut known, mut cells) = (HashMap::new(), 0);
        for combination in 0..sizes.iter().product() {
            let outer = positions(combination, &sizes);
            let matching: Vec<bool> = masks.iter().map(|mask| mask.matches(outer)).collect();
            let next = left.kept.len() as u32;
            let which = *known.entry(matching).or_insert_with_key(|matching| {
                left.kept.push(kept(&masks, matching));
                next
            });
            cells += left.kept[which as usize].len() as u32;
            left.which.push(which);
            left.starts.push(cells);
        }
        left
    }

    /// Whether an exclude matches a combination.
    pub(super) fn leaves_out_something(&self, exclude: &Exclude) -> bool {
        let mask = self.mask(exclude);
        let any = |list: &Vec<bool>| list.contains(&true);
        mask.outer.iter().chain(std::iter::once(&mask.inner)).all(any)
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
        let rates = |(rule, &named): (&super::RuleChoice, &bool)| -> Vec<bool> {
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
            inner: self.rules.iter().zip(&rules).flat_map(rates).collect(),
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
