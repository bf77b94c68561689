//! Which combinations there are: by problem, rule, and setting.

use std::collections::HashMap;

use super::findings::Setting;
use super::scores::{Column, Replicates};
use crate::runs::{AXES, Group, Runs};

/// The positions of the rule and the rate in [`AXES`].
pub(super) const RULE: usize = 6;
pub(super) const RATE: usize = 7;

/// The axes of a block: the problem and everything that is not rule or rate.
pub(super) type Block = [u32; RULE];

/// One rule on one problem, with its combinations by their positions among the groups.
#[derive(Clone, Debug)]
pub(super) struct Entrant {
    pub(super) rule: u32,
    pub(super) groups: Vec<usize>,
}

/// One problem, with its rules in the order of the table.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) number: u32,
    pub(super) entrants: Vec<Entrant>,
    /// The axes beside problem, rule and rate that have several values.
    pub(super) varies: Vec<usize>,
}

/// The combinations of a table.
pub(super) struct Field<'a> {
    pub(super) runs: &'a Runs,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Field<'a> {
    pub(super) fn new(runs: &'a Runs) -> Self {
        let mut problems: Vec<Problem> = Vec::new();
        let (mut of_problem, mut of_rule) = (HashMap::new(), HashMap::new());
        for (position, group) in runs.groups().iter().enumerate() {
            let number = group.axes[0];
            let at = *of_problem.entry(number).or_insert(problems.len());
            if at == problems.len() {
                problems.push(Problem { number, entrants: Vec::new(), varies: Vec::new() });
            }
            let entrants = &mut problems[at].entrants;
            let rule = *of_rule.entry((number, group.axes[RULE])).or_insert(entrants.len());
            if rule == entrants.len() {
                entrants.push(Entrant { rule: group.axes[RULE], groups: Vec::new() });
            }
            entrants[rule].groups.push(position);
        }
        for problem in &mut problems {
            let all: Vec<&Group> = problem
                .entrants
                .iter()
                .flat_map(|entrant| &entrant.groups)
                .map(|&group| &runs.groups()[group])
                .collect();
            let several = |axis: &usize| all.iter().any(|group| group.axes[*axis] != all[0].axes[*axis]);
            problem.varies = (1..RULE).filter(several).collect();
        }
        Self { runs, problems }
    }

    pub(super) fn group(&self, position: usize) -> &'a Group {
        &self.runs.groups()[position]
    }

    pub(super) fn block(&self, position: usize) -> Block {
        std::array::from_fn(|axis| self.group(position).axes[axis])
    }

    /// The rate of a combination, NaN if it is none.
    pub(super) fn rate(&self, position: usize) -> f64 {
        self.runs.word(RATE, self.group(position).axes[RATE]).parse().unwrap_or(f64::NAN)
    }

    pub(super) fn setting(&self, problem: &Problem, position: usize) -> Setting {
        let words = self.runs.axes(self.group(position));
        let text = problem.varies.iter().map(|&axis| words[axis]).collect::<Vec<_>>().join(" ");
        Setting { axes: words.map(str::to_owned), text }
    }

    /// The names of the axes that vary.
    pub(super) fn varies(&self, problem: &Problem) -> Vec<String> {
        problem.varies.iter().map(|&axis| AXES[axis].to_owned()).collect()
    }

    /// The combinations of an entrant in each block, in the order of the table.
    pub(super) fn blocks(&self, entrant: &Entrant) -> Vec<(Block, Vec<usize>)> {
        let mut blocks: Vec<(Block, Vec<usize>)> = Vec::new();
        let mut known = HashMap::new();
        for &group in &entrant.groups {
            let block = self.block(group);
            let at = *known.entry(block).or_insert(blocks.len());
            if at == blocks.len() {
                blocks.push((block, Vec::new()));
            }
            blocks[at].1.push(group);
        }
        blocks
    }
}

/// Chooses the combination with the smallest median over some replicates.
///
/// Of equal medians the one that more runs reach, then with the smaller upper quartile, then with the smaller median of
/// `second`, then the first. Combinations without such replicates are not chosen as long as there are others.
pub(super) fn choose(
    field: &Field<'_>,
    groups: &[usize],
    scores: &Column<'_>,
    second: &Column<'_>,
    replicates: &Replicates,
) -> Option<usize> {
    use crate::statistics::Spread;
    let key = |&position: &usize| {
        let group = field.group(position);
        let numbers = scores.of_group(group, replicates);
        if numbers.is_empty() {
            return None;
        }
        let spread = Spread::of(&numbers);
        let reached = numbers.iter().filter(|score| score.is_finite()).count();
        let share = 1.0 - reached as f64 / numbers.len() as f64;
        let other = Spread::of(&second.of_group(group, replicates)).median;
        Some([spread.median, share, spread.q75, other])
    };
    let mut best: Option<([f64; 4], usize)> = None;
    for group in groups {
        let Some(key) = key(group) else { continue };
        if best.as_ref().is_none_or(|(least, _)| key.partial_cmp(least) == Some(std::cmp::Ordering::Less)) {
            best = Some((key, *group));
        }
    }
    best.map(|(_, group)| group)
}
