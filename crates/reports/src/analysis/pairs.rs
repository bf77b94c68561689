//! The leader against every other rule, in pairs of runs with the same random numbers.

use std::collections::BTreeMap;

use sgdlab_core::Real;

use super::contest::Frame;
use super::field::Block;
use super::findings::{Contest, Pair, Scope};
use super::scores::{Column, FEWEST};
use crate::statistics::{
    Design, Interval, bca, holm, mean, minimum_detectable_difference, percentile, probability_of_improvement,
    sign_flip, smallest_p_value, standard_deviation, wilcoxon,
};

/// A rule in a block at the rate that is chosen for it there.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) block: Block,
    pub(super) rule: u32,
    /// The position of its combination.
    pub(super) group: usize,
    /// The position of the problem's contest.
    pub(super) contest: usize,
}

/// All rules in all blocks.
pub(super) fn everywhere(frame: &Frame<'_>, contests: &[Contest]) -> Vec<Place> {
    let mut places = Vec::new();
    for (contest, problem) in frame.field.problems.iter().enumerate() {
        let scores = Column::new(frame.runs(), &contests[contest].criterion.column);
        for entrant in &problem.entrants {
            for (block, groups) in frame.field.blocks(entrant) {
                if let Some(group) = frame.choose(&groups, &scores) {
                    places.push(Place { block, rule: entrant.rule, group, contest });
                }
            }
        }
    }
    places
}

/// All rules at the settings that are chosen for them, whose block is the problem alone.
pub(super) fn chosen(frame: &Frame<'_>, groups: &[Vec<usize>]) -> Vec<Place> {
    let mut places = Vec::new();
    for (contest, groups) in groups.iter().enumerate() {
        for &group in groups {
            let axes = frame.field.group(group).axes;
            places.push(Place { block: [axes[0], 0, 0, 0, 0, 0], rule: axes[6], group, contest });
        }
    }
    places
}

/// What pairs are told apart by: problem, sampler, batch size, replicate.
type Cluster = (u32, u32, u32, u32);

/// Differences of one cluster, which are put together.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    finite: f64,
    count: usize,
    /// More often the leader alone has a finite score, or the other one alone.
    infinite: i64,
}

impl Sum {
    fn add(&mut self, difference: f64) {
        self.count += 1;
        if difference.is_finite() {
            self.finite += difference;
        } else {
            self.infinite += difference.signum() as i64;
        }
    }

    fn value(self) -> f64 {
        match self.infinite {
            0 => self.finite / self.count as f64,
            n => f64::INFINITY * n.signum() as f64,
        }
    }
}

/// The leader against another rule.
pub(super) fn pair(frame: &Frame<'_>, contests: &[Contest], places: &[Place], scope: Scope, rules: [u32; 2]) -> Pair {
    let runs = frame.runs();
    let ratio = contests.iter().all(|contest| contest.criterion.ratio);
    let mut clusters: BTreeMap<Cluster, Sum> = BTreeMap::new();
    let (mut ours, mut theirs): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    let mut shared = true;
    let mut others: BTreeMap<Block, &Place> = BTreeMap::new();
    places.iter().filter(|place| place.rule == rules[1]).for_each(|place| {
        others.insert(place.block, place);
    });
    for place in places.iter().filter(|place| place.rule == rules[0]) {
        let Some(other) = others.get(&place.block) else { continue };
        let scores = Column::new(runs, &contests[place.contest].criterion.column);
        let [a, b] = [place.group, other.group].map(|group| frame.field.group(group));
        // Runs share their batches if sampler and batch size are the same.
        shared &= a.axes[2..4] == b.axes[2..4];
        ours.push(scores.of_group(a, &frame.fresh));
        theirs.push(scores.of_group(b, &frame.fresh));
        let of_other: BTreeMap<u32, usize> = b.runs.clone().map(|run| (runs.replicate(run), run)).collect();
        for run in a.runs.clone().filter(|&run| frame.fresh.has(runs.replicate(run))) {
            let Some(&twin) = of_other.get(&runs.replicate(run)) else { continue };
            let cluster = match scope {
                Scope::Chosen => (a.axes[0], 0, 0, runs.replicate(run)),
                Scope::Everywhere => (a.axes[0], a.axes[2], a.axes[3], runs.replicate(run)),
            };
            clusters.entry(cluster).or_default().add(difference(scores.of(twin), scores.of(run), ratio));
        }
    }
    let differences: Vec<f64> = clusters.values().map(|sum| sum.value()).collect();
    let name = |rule: u32| runs.word(6, rule).to_owned();
    let purpose = format!("{} against {} at {}", name(rules[0]), name(rules[1]), scope.name());
    let spread = standard_deviation(&differences);
    let scale = |x: f64| if ratio { Real::exp(x) } else { x };
    let filled = |side: Vec<Vec<f64>>| side.into_iter().filter(|runs| !runs.is_empty()).collect::<Vec<_>>();
    let (ours, theirs) = (filled(ours), filled(theirs));
    let slices = |side: &[Vec<f64>]| side.iter().map(Vec::len).sum::<usize>();
    let improvement = if slices(&ours) > 0 && ours.len() == theirs.len() {
        let [ours, theirs] = [&ours, &theirs].map(|side| side.iter().map(Vec::as_slice).collect::<Vec<_>>());
        probability_of_improvement(&ours, &theirs).unwrap_or(f64::NAN)
    } else {
        f64::NAN
    };
    Pair {
        scope,
        leader: name(rules[0]),
        rule: name(rules[1]),
        pairs: differences.len(),
        shared,
        blocks: ours.len(),
        wins: differences.iter().filter(|&&d| d > 0.0).count(),
        ties: differences.iter().filter(|&&d| d == 0.0).count(),
        effect: scale(center(&differences)),
        interval: interval(frame, &differences, &purpose)
            .map(|Interval { low, high }| Interval { low: scale(low), high: scale(high) }),
        sign_flip: sign_flip(&differences, &frame.options.flips(&purpose, differences.len())),
        wilcoxon: wilcoxon(&differences),
        adjusted: f64::NAN,
        improvement,
        detectable: minimum_detectable_difference(differences.len(), spread, &Design::default())
            .map_or(f64::NAN, scale),
    }
}

/// How much larger `a` is than `b`: the logarithm of the ratio or the difference; 0 if both are +∞.
fn difference(a: f64, b: f64, ratio: bool) -> f64 {
    match (a, b) {
        _ if a == b => 0.0,
        _ if ratio => logarithm(a) - logarithm(b),
        _ => a - b,
    }
}

/// The logarithm of a score from 0 to +∞.
fn logarithm(score: f64) -> f64 {
    match score {
        0.0 => f64::NEG_INFINITY,
        f64::INFINITY => f64::INFINITY,
        score => Real::ln(score),
    }
}

/// The mean; where some are infinite, the sign of the majority of them.
fn center(differences: &[f64]) -> f64 {
    let mut sum = Sum::default();
    differences.iter().for_each(|&difference| sum.add(difference));
    if differences.is_empty() { f64::NAN } else { sum.value() }
}

fn interval(frame: &Frame<'_>, differences: &[f64], purpose: &str) -> Option<Interval> {
    if differences.len() < FEWEST || differences.iter().any(|difference| difference.is_infinite()) {
        return None;
    }
    let options = frame.options.bootstrap(purpose, differences.len());
    if differences.len() > 1000 { percentile(differences, mean, &options) } else { bca(differences, mean, &options) }
}

/// The leader against all others in one scope, with Holm's correction.
pub(super) fn of_leader(
    frame: &Frame<'_>,
    contests: &[Contest],
    places: &[Place],
    scope: Scope,
    rules: &[u32],
) -> Vec<Pair> {
    let Some((&leader, others)) = rules.split_first() else { return Vec::new() };
    let mut pairs: Vec<Pair> =
        others.iter().map(|&rule| pair(frame, contests, places, scope, [leader, rule])).collect();
    let p_values: Vec<f64> = pairs.iter().map(|pair| pair.sign_flip.map_or(1.0, |test| test.p_value)).collect();
    if let Some(adjusted) = holm(&p_values) {
        pairs.iter_mut().zip(adjusted).for_each(|(pair, adjusted)| pair.adjusted = adjusted);
    }
    pairs
}

/// Whether that many pairs can give a p-value of 5 %.
pub(super) fn enough(pairs: &[Pair]) -> bool {
    pairs.iter().all(|pair| smallest_p_value(pair.pairs) <= 0.05)
}
