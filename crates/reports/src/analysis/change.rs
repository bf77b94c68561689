//! Two results side by side: what changed in the plan, what in the outcomes, and whether that is real.

use std::collections::{BTreeMap, HashMap};

use sgdlab_core::streams::{Key, index};

use super::contest::{Frame, criterion};
use super::field::Field;
use super::options::Options;
use super::pairs::{difference, scaled};
use super::plans::{PlanChange, plan_changes};
use super::scores::{Column, FEWEST, Replicates};
use crate::reading::Source;
use crate::statistics::{Interval, holm, median, median_difference, pseudo_median, ranks, signed_rank};
use crate::table::TableError;

/// How the runs of two results are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Runs of the same combination and replicate share their random numbers.
    Paired,
    /// They do not, for this reason.
    Unpaired(String),
}

/// How the outcomes of combinations that both results have differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// The rule, or everything together.
    pub rule: Option<String>,
    /// How many combinations both have.
    pub combinations: usize,
    /// How many pairs of runs; of the smaller result if they are not paired.
    pub runs: usize,
    /// How many pairs have the same score, infinite ones as well.
    pub same: usize,
    /// How many pairs have a smaller score in the second result.
    pub smaller: usize,
    /// How many pairs have a finite score in the second result only.
    pub gained: usize,
    /// How many pairs have a finite score in the first result only.
    pub lost: usize,
    /// How many independent units there are: problem, sampler, batch size and replicate.
    pub units: usize,
    /// The scores afterwards in units of those before, or the difference, after minus before: if paired, the pseudo-median
    /// over units, each of which is that of its pairs; otherwise the median over combinations of that of medians.
    /// A pair of two infinite scores has not changed, and one of a finite and an infinite score has changed the most.
    pub effect: f64,
    /// The median of the same instead of its pseudo-median.
    pub typical: f64,
    /// The 95 % interval of `effect` that belongs to the test; only if paired, with six units or more.
    pub interval: Option<Interval>,
    /// How likely a difference at least as large is if nothing has changed: by
    /// [`signed_rank`](crate::statistics::signed_rank) of the units if paired, by permutation of their ranks otherwise.
    pub p_value: f64,
    /// The same after Holm's correction for all rules.
    pub adjusted: f64,
}

/// One combination in both results.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its values of [`AXES`](crate::AXES).
    pub axes: [String; 8],
    /// How many runs each has.
    pub runs: [usize; 2],
    /// The medians of their scores.
    pub medians: [f64; 2],
    /// How many replicates that both have are the same.
    pub same: usize,
}

/// What changed from one result to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// How both are called.
    pub names: [String; 2],
    /// What changed beside the outcomes.
    pub plan: Vec<PlanChange>,
    /// How runs are compared.
    pub pairing: Pairing,
    /// What a score is, by problem.
    pub criteria: Vec<(String, String)>,
    /// Whether effects are ratios.
    pub ratio: bool,
    /// Combinations that only the first, or only the second, has.
    pub alone: [usize; 2],
    /// Combinations that both have.
    pub cells: Vec<Cell>,
    /// Everything together; `None` if no combination is in both.
    pub overall: Option<Shift>,
    /// Each rule.
    pub rules: Vec<Shift>,
    /// What it all says.
    pub sentence: String,
}

/// A combination of both, by the words of its axes; a rate is a number, however it is written.
fn name_of(words: [&str; 8]) -> [String; 8] {
    std::array::from_fn(|axis| match words[axis].parse::<f64>() {
        Ok(x) if axis == 7 => format!("{x}"),
        _ => words[axis].to_owned(),
    })
}

/// One run in both results.
#[derive(Clone, Copy, Debug)]
struct Twin {
    /// Problem, sampler and batch size.
    stratum: usize,
    replicate: u32,
    before: f64,
    after: f64,
}

/// The scores of a combination on both sides, by replicate.
struct Both {
    stratum: usize,
    rule: String,
    sides: [Vec<(u32, f64)>; 2],
}

impl Change {
    /// Compares what two results have in common; the second one is to be opened with the metric and targets of the first.
    ///
    /// # Errors
    /// If they are not compared by the same metric.
    pub fn between(before: &Source, after: &Source, options: &Options) -> Result<Self, TableError> {
        let metrics = [before, after].map(|source| &source.measure.metric);
        if metrics[0] != metrics[1] {
            let reason = format!("compared by \"{}\", where the first result is by \"{}\"", metrics[1], metrics[0]);
            return Err(TableError::of_file(&after.path, reason));
        }
        let (criteria, ratio, cells, both, alone) = common(before, after, options);
        let pairing = pairing(before, after);
        let everything: Vec<&Both> = both.iter().collect();
        let shift = |both: &[&Both], rule: Option<String>| shift(both, rule, ratio, &pairing, options);
        let overall = (!both.is_empty()).then(|| shift(&everything, None));
        let mut names: Vec<&String> = both.iter().map(|both| &both.rule).collect();
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(*name));
        let of_rule = |name: &&String| {
            let own: Vec<&Both> = both.iter().filter(|both| both.rule == **name).collect();
            shift(&own, Some((*name).clone()))
        };
        let mut rules: Vec<Shift> = names.iter().map(of_rule).collect();
        let p_values: Vec<f64> =
            rules.iter().map(|shift| if shift.p_value.is_nan() { 1.0 } else { shift.p_value }).collect();
        if let Some(adjusted) = holm(&p_values) {
            rules.iter_mut().zip(adjusted).for_each(|(shift, adjusted)| shift.adjusted = adjusted);
        }
        let names = [before, after].map(|source| source.path.display().to_string());
        let plan = plan_changes(&before.facts, &after.facts);
        let mut change =
            Self { names, plan, pairing, criteria, ratio, alone, cells, overall, rules, sentence: String::new() };
        change.sentence = change.verdict();
        Ok(change)
    }
}

type Common = (Vec<(String, String)>, bool, Vec<Cell>, Vec<Both>, [usize; 2]);

/// The combinations that both have, with their scores.
fn common(before: &Source, after: &Source, options: &Options) -> Common {
    let fields = [before, after].map(|source| Field::new(&source.runs));
    let frame = |source, field| Frame {
        source,
        field,
        options,
        tuning: Replicates::all(),
        fresh: Replicates::all(),
        honest: false,
    };
    let frames = [frame(before, &fields[0]), frame(after, &fields[1])];
    let of_after: HashMap<[String; 8], usize> = (0..after.runs.groups().len())
        .map(|group| (name_of(after.runs.axes(&after.runs.groups()[group])), group))
        .collect();
    let (mut criteria, mut cells, mut both) = (Vec::new(), Vec::new(), Vec::new());
    let mut strata: BTreeMap<[String; 3], usize> = BTreeMap::new();
    for problem in &fields[0].problems {
        let criterion = criterion(&frames[0], problem);
        let columns = [before, after].map(|source| Column::new(&source.runs, &criterion.column));
        for &group in problem.entrants.iter().flat_map(|entrant| &entrant.groups) {
            let own = &before.runs.groups()[group];
            let axes = name_of(before.runs.axes(own));
            let Some(&other) = of_after.get(&axes) else { continue };
            let groups = [own, &after.runs.groups()[other]];
            let scores: [_; 2] = std::array::from_fn(|side| columns[side].scores(groups[side], &Replicates::all()));
            let [a, b] = [&scores[0].each, &scores[1].each];
            let known: HashMap<u32, f64> = b.iter().copied().collect();
            let same = a.iter().filter(|(replicate, score)| known.get(replicate) == Some(score)).count();
            let next = strata.len();
            let stratum = *strata.entry([0, 2, 3].map(|axis| axes[axis].clone())).or_insert(next);
            both.push(Both { stratum, rule: axes[6].clone(), sides: [a.clone(), b.clone()] });
            cells.push(Cell { axes, runs: [a.len(), b.len()], medians: [scores[0].median, scores[1].median], same });
        }
        criteria.push((before.runs.word(0, problem.number).to_owned(), criterion));
    }
    let positive = both.iter().flat_map(|both| both.sides.iter().flatten()).all(|&(_, score)| score > 0.0);
    let ratio =
        criteria.iter().all(|(_, criterion)| criterion.target.is_some()) || (positive && !before.measure.maximize);
    let alone = [before.runs.groups().len() - cells.len(), after.runs.groups().len() - cells.len()];
    (criteria.into_iter().map(|(problem, criterion)| (problem, criterion.title)).collect(), ratio, cells, both, alone)
}

fn pairing(before: &Source, after: &Source) -> Pairing {
    let [a, b] = [&before.facts, &after.facts];
    if a.schema.is_none() || b.schema.is_none() {
        return Pairing::Unpaired("nothing says that their replicates share random numbers".to_owned());
    }
    if a.schema != b.schema {
        return Pairing::Unpaired("their schemas differ, and so do their random numbers".to_owned());
    }
    let known: HashMap<&String, &String> = b.data.iter().map(|(name, hash)| (name, hash)).collect();
    let other: Vec<&String> = a
        .data
        .iter()
        .filter(|(name, hash)| known.get(name).is_some_and(|known| *known != hash))
        .map(|(name, _)| name)
        .collect();
    match other.first() {
        Some(name) => Pairing::Unpaired(format!("the data of {name} differs")),
        None => Pairing::Paired,
    }
}

/// The effect and the test for some combinations.
fn shift(both: &[&Both], rule: Option<String>, ratio: bool, pairing: &Pairing, options: &Options) -> Shift {
    let mut twins = Vec::new();
    for both in both {
        let known: HashMap<u32, f64> = both.sides[1].iter().copied().collect();
        for &(replicate, before) in &both.sides[0] {
            if let Some(&after) = known.get(&replicate) {
                twins.push(Twin { stratum: both.stratum, replicate, before, after });
            }
        }
    }
    let count = |of: fn(&Twin) -> bool| twins.iter().filter(|twin| of(twin)).count();
    let purpose = format!("change of {}", rule.as_deref().unwrap_or("everything"));
    let runs = both.iter().map(|both| both.sides[0].len().min(both.sides[1].len())).sum();
    let combinations = both.len();
    let none = Shift {
        rule,
        combinations,
        runs,
        same: count(|twin| twin.before == twin.after),
        smaller: count(|twin| twin.after < twin.before),
        gained: count(|twin| twin.before.is_infinite() && twin.after.is_finite()),
        lost: count(|twin| twin.before.is_finite() && twin.after.is_infinite()),
        units: 0,
        effect: f64::NAN,
        typical: f64::NAN,
        interval: None,
        p_value: f64::NAN,
        adjusted: f64::NAN,
    };
    match pairing {
        Pairing::Paired => {
            let differences = of_units(&twins, ratio);
            let Some(found) = signed_rank(&differences) else { return none };
            Shift {
                units: differences.len(),
                effect: scaled(found.estimate, ratio),
                typical: scaled(median_difference(&differences), ratio),
                interval: (differences.len() >= FEWEST).then(|| found.interval.map(|end| scaled(end, ratio))),
                p_value: found.p_value,
                ..none
            }
        }
        Pairing::Unpaired(_) => {
            let medians: Vec<f64> = both
                .iter()
                .map(|both| {
                    both.sides.each_ref().map(|side| median(&side.iter().map(|(_, score)| *score).collect::<Vec<_>>()))
                })
                .map(|[before, after]| difference(after, before, ratio))
                .collect();
            let (units, p_value) = relabeled(both, options, &purpose);
            let effect = scaled(median_difference(&medians), ratio);
            Shift { units, effect, typical: effect, p_value, ..none }
        }
    }
}

/// The pseudo-medians of the differences of pairs that share random numbers.
fn of_units(twins: &[Twin], ratio: bool) -> Vec<f64> {
    let mut units: BTreeMap<(usize, u32), Vec<f64>> = BTreeMap::new();
    for twin in twins {
        units.entry((twin.stratum, twin.replicate)).or_default().push(difference(twin.after, twin.before, ratio));
    }
    units.values().map(|differences| pseudo_median(differences)).collect()
}

/// How many relabelings are drawn.
const DRAWS: u32 = 20_000;

/// The number of units, and how often labels that are drawn anew within problem, sampler and batch size part the mean
/// ranks of both results at least as far: (1 + count) / (1 + draws).
///
/// A unit is the runs of one replicate, whose mean rank among all runs of their combinations is taken.
fn relabeled(both: &[&Both], options: &Options, purpose: &str) -> (usize, f64) {
    let mut units: BTreeMap<(usize, bool, u32), (f64, f64)> = BTreeMap::new();
    for both in both {
        let scores: Vec<f64> = both.sides.iter().flatten().map(|&(_, score)| score).collect();
        let Some(ranks) = ranks(&scores) else { continue };
        let replicates =
            both.sides.iter().enumerate().flat_map(|(side, runs)| runs.iter().map(move |&(r, _)| (side, r)));
        for ((side, replicate), rank) in replicates.zip(&ranks) {
            let unit = units.entry((both.stratum, side == 1, replicate)).or_default();
            *unit = (unit.0 + rank / (scores.len() + 1) as f64, unit.1 + 1.0);
        }
    }
    let mut strata: BTreeMap<usize, (Vec<f64>, usize)> = BTreeMap::new();
    for ((stratum, after, _), (sum, count)) in units.iter().map(|(key, value)| (*key, *value)) {
        let entry = strata.entry(stratum).or_default();
        // Units of the first result come first.
        entry.0.push(sum / count);
        entry.1 += usize::from(!after);
    }
    strata.retain(|_, (ranks, before)| *before > 0 && *before < ranks.len());
    let apart = |strata: &BTreeMap<usize, (Vec<f64>, usize)>| {
        let of = |(ranks, before): &(Vec<f64>, usize)| {
            let (a, b) = ranks.split_at(*before);
            crate::statistics::mean(b) - crate::statistics::mean(a)
        };
        strata.values().map(of).sum::<f64>().abs()
    };
    let count = strata.values().map(|(ranks, _)| ranks.len()).sum();
    if strata.is_empty() {
        return (0, f64::NAN);
    }
    // Sums in another order may differ in their last bits.
    let bound = apart(&strata) * (1.0 - 1e-12);
    let key = Key::new(&options.key).child(purpose);
    let mut at_least = 0;
    for draw in 0..DRAWS {
        let mut rng = key.stream(u64::from(draw));
        for (ranks, _) in strata.values_mut() {
            for last in (1..ranks.len()).rev() {
                ranks.swap(last, index(&mut rng, last as u32 + 1) as usize);
            }
        }
        at_least += u32::from(apart(&strata) >= bound);
    }
    (count, f64::from(1 + at_least) / f64::from(1 + DRAWS))
}
