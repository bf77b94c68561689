//! The leader against every other rule, in pairs of runs with the same random numbers.

use std::collections::BTreeMap;

use sgdlab_core::Real;

use super::contest::Frame;
use super::field::Block;
use super::findings::{Contest, Pair, Scope};
use super::options::Options;
use super::scores::{Column, FEWEST, together};
use super::verdict::ALPHA;
use crate::statistics::{
    Design, Interval, Location, holm, median_difference, minimum_detectable_difference, probability_of_improvement,
    pseudo_median, sign_flip, signed_rank, smallest_p_value, standard_deviation, wilcoxon,
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

/// The runs of two rules that go together.
struct Twins {
    /// The other's score against the leader's, one for each cluster.
    differences: Vec<f64>,
    /// By block, the scores of fresh runs of the leader and of the other.
    ours: Vec<Vec<f64>>,
    theirs: Vec<Vec<f64>>,
    /// Whether all have the same sampler and batch size.
    shared: bool,
}

impl Twins {
    fn new(frame: &Frame<'_>, contests: &[Contest], places: &[Place], scope: Scope, rules: [u32; 2]) -> Self {
        let runs = frame.runs();
        let ratio = is_ratio(contests);
        let mut clusters: BTreeMap<Cluster, Vec<f64>> = BTreeMap::new();
        let mut twins = Self { differences: Vec::new(), ours: Vec::new(), theirs: Vec::new(), shared: true };
        let of_rule = |rule: u32| places.iter().filter(move |place| place.rule == rule);
        let others: BTreeMap<Block, &Place> = of_rule(rules[1]).map(|place| (place.block, place)).collect();
        for place in of_rule(rules[0]) {
            let Some(other) = others.get(&place.block) else { continue };
            let scores = Column::new(runs, &contests[place.contest].criterion.column);
            let [a, b] = [place.group, other.group].map(|group| frame.field.group(group));
            let [ours, theirs] = [a, b].map(|group| scores.of_group(group, &frame.fresh));
            if ours.is_empty() || theirs.is_empty() {
                continue;
            }
            // Runs share their batches if sampler and batch size are the same.
            twins.shared &= a.axes[2..4] == b.axes[2..4];
            twins.ours.push(ours);
            twins.theirs.push(theirs);
            let of_other: BTreeMap<u32, usize> = b.runs.clone().map(|run| (runs.replicate(run), run)).collect();
            for run in a.runs.clone().filter(|&run| frame.fresh.has(runs.replicate(run))) {
                let Some(&twin) = of_other.get(&runs.replicate(run)) else { continue };
                let cluster = match scope {
                    Scope::Chosen => (a.axes[0], 0, 0, runs.replicate(run)),
                    Scope::Everywhere => (a.axes[0], a.axes[2], a.axes[3], runs.replicate(run)),
                };
                clusters.entry(cluster).or_default().push(difference(scores.of(twin), scores.of(run), ratio));
            }
        }
        twins.differences = clusters.values().map(|differences| pseudo_median(differences)).collect();
        twins
    }

    /// The probability that a run of the leader beats one of the other.
    fn improvement(&self) -> f64 {
        let [ours, theirs] = [&self.ours, &self.theirs].map(|side| side.iter().map(Vec::as_slice).collect::<Vec<_>>());
        probability_of_improvement(&ours, &theirs).unwrap_or(f64::NAN)
    }
}

/// Whether scores are compared by their ratio on every problem.
fn is_ratio(contests: &[Contest]) -> bool {
    contests.iter().all(|contest| contest.criterion.ratio)
}

/// The leader against another rule.
fn pair(frame: &Frame<'_>, contests: &[Contest], places: &[Place], scope: Scope, rules: [u32; 2]) -> Pair {
    let twins = Twins::new(frame, contests, places, scope, rules);
    let (ratio, differences) = (is_ratio(contests), &twins.differences);
    let [leader, rule] = rules.map(|rule| frame.runs().word(6, rule).to_owned());
    let purpose = format!("{leader} against {rule} at {}", scope.name());
    let scale = |x: f64| scaled(x, ratio);
    let nothing = Interval { low: f64::NAN, high: f64::NAN };
    let unknown = Location { estimate: f64::NAN, interval: nothing, p_value: f64::NAN };
    let found = signed_rank(differences).unwrap_or(unknown);
    Pair {
        scope,
        leader,
        rule,
        pairs: differences.len(),
        shared: twins.shared,
        blocks: twins.ours.len(),
        wins: differences.iter().filter(|&&d| d > 0.0).count(),
        ties: differences.iter().filter(|&&d| d == 0.0).count(),
        effect: scale(found.estimate),
        interval: (differences.len() >= FEWEST).then(|| found.interval.map(scale)),
        p_value: found.p_value,
        mean: scale(center(differences)),
        typical: scale(median_difference(differences)),
        typical_interval: typical(frame.options, differences, &purpose).map(|interval| interval.map(scale)),
        sign_flip: sign_flip(differences, &frame.options.flips(&purpose, differences.len())),
        wilcoxon: wilcoxon(differences),
        adjusted: f64::NAN,
        improvement: twins.improvement(),
        detectable: scale(detectable(differences.len(), standard_deviation(differences))),
    }
}

/// The mean difference that so many pairs detect; +∞ where no p-value of theirs is 5 %.
fn detectable(pairs: usize, spread: f64) -> f64 {
    if smallest_p_value(pairs) > ALPHA {
        return f64::INFINITY;
    }
    minimum_detectable_difference(pairs, spread, &Design::default()).unwrap_or(f64::NAN)
}

/// How much larger `a` is than `b`: the logarithm of the ratio or the difference; 0 if both are +∞.
pub(super) fn difference(a: f64, b: f64, ratio: bool) -> f64 {
    match (a, b) {
        _ if a == b => 0.0,
        _ if ratio => logarithm(a) - logarithm(b),
        _ => a - b,
    }
}

/// What a mean of [`difference`]s is: a ratio, or a difference.
pub(super) fn scaled(x: f64, ratio: bool) -> f64 {
    if ratio { Real::exp(x) } else { x }
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
    let majority: f64 = differences.iter().filter(|d| d.is_infinite()).map(|d| d.signum()).sum();
    if majority != 0.0 {
        return majority * f64::INFINITY;
    }
    differences.iter().filter(|d| d.is_finite()).sum::<f64>() / differences.len() as f64
}

/// The interval of the median, which may be of infinite differences.
fn typical(options: &Options, differences: &[f64], purpose: &str) -> Option<Interval> {
    let each = (0..).zip(differences).map(|(number, &difference)| (number, difference)).collect();
    together(each).with_intervals(options, purpose).percentile
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
    let p_values: Vec<f64> = pairs.iter().map(|pair| if pair.p_value.is_nan() { 1.0 } else { pair.p_value }).collect();
    if let Some(adjusted) = holm(&p_values) {
        pairs.iter_mut().zip(adjusted).for_each(|(pair, adjusted)| pair.adjusted = adjusted);
    }
    pairs
}

/// Whether that many pairs can give a p-value of 5 %.
pub(super) fn enough(pairs: &[Pair]) -> bool {
    pairs.iter().all(|pair| smallest_p_value(pair.pairs) <= ALPHA)
}
