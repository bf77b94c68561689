//! All rules over blocks: Friedman's test with Nemenyi's difference, and profiles.

use std::collections::BTreeMap;

use super::contest::Frame;
use super::field::Block;
use super::findings::{Contest, Profiles, Ranks};
use super::pairs::Place;
use super::scores::Column;
use crate::statistics::{
    Profile, Steps, algoperf_score, data_profiles, friedman, leader, median, nemenyi_critical_difference,
    performance_profiles, profiles_without_leader,
};

/// With fewer blocks Friedman's test says nothing.
const FEWEST: usize = 3;

/// The ratio up to which the score of AlgoPerf looks.
const TAU: f64 = 4.0;

/// The rules of one block, in the order that was asked for; `None` if one is missing.
fn complete<'p>(places: &'p [Place], rules: &[u32]) -> Vec<Vec<&'p Place>> {
    let mut blocks: BTreeMap<Block, BTreeMap<u32, &Place>> = BTreeMap::new();
    for place in places {
        blocks.entry(place.block).or_default().insert(place.rule, place);
    }
    let row = |of_rule: BTreeMap<u32, &'p Place>| rules.iter().map(|rule| of_rule.get(rule).copied()).collect();
    blocks.into_values().filter_map(row).collect()
}

/// Friedman's test over problems if there are enough of them, over problems and settings otherwise.
pub(super) fn ranks(
    frame: &Frame<'_>,
    contests: &[Contest],
    [chosen, everywhere]: [&[Place]; 2],
    rules: &[u32],
) -> Option<Ranks> {
    let problems = complete(chosen, rules);
    let (over, blocks) =
        if problems.len() >= FEWEST { ("problems", problems) } else { ("settings", complete(everywhere, rules)) };
    if blocks.len() < FEWEST || rules.len() < 2 {
        return None;
    }
    let score = |place: &&Place| {
        let column = Column::new(frame.runs(), &contests[place.contest].criterion.column);
        median(&column.of_group(frame.field.group(place.group), &frame.fresh))
    };
    let scores: Vec<Vec<f64>> = blocks.iter().map(|row| row.iter().map(score).collect()).collect();
    let rows: Vec<&[f64]> = scores.iter().map(Vec::as_slice).collect();
    let test = friedman(&rows)?;
    let mut mean_ranks: Vec<(String, f64)> = rules
        .iter()
        .zip(&test.mean_ranks)
        .map(|(&rule, &rank)| (frame.runs().word(6, rule).to_owned(), rank))
        .collect();
    mean_ranks.sort_by(|a, b| a.1.total_cmp(&b.1));
    Some(Ranks {
        over: over.to_owned(),
        blocks: blocks.len(),
        mean_ranks,
        statistic: test.statistic,
        p_value: test.p_value,
        iman_davenport: test.iman_davenport,
        critical_difference: nemenyi_critical_difference(rules.len(), blocks.len(), 0.05).unwrap_or(f64::NAN),
    })
}

/// Profiles over problem, setting and fresh replicate, of the contests that have a target.
pub(super) fn profiles(frame: &Frame<'_>, contests: &[Contest], places: &[Place], rules: &[u32]) -> Option<Profiles> {
    let (mut costs, mut units): (Vec<Vec<f64>>, Vec<f64>) = (Vec::new(), Vec::new());
    for row in complete(places, rules) {
        let criterion = &contests[row[0].contest].criterion;
        if criterion.target.is_none() {
            continue;
        }
        let column = Column::new(frame.runs(), &criterion.column);
        let unit = epoch(frame, row[0].group);
        let of_rule: Vec<BTreeMap<u32, f64>> = row
            .iter()
            .map(|place| {
                let group = frame.field.group(place.group);
                group.runs.clone().map(|run| (frame.runs().replicate(run), column.of(run))).collect()
            })
            .collect();
        for replicate in of_rule[0].keys().filter(|&&replicate| frame.fresh.has(replicate)) {
            let instance: Option<Vec<f64>> = of_rule.iter().map(|scores| scores.get(replicate).copied()).collect();
            if let Some(instance) = instance {
                costs.push(instance);
                units.push(unit);
            }
        }
    }
    let rows: Vec<&[f64]> = costs.iter().map(Vec::as_slice).collect();
    let name = |place: usize| frame.runs().word(6, rules[place]).to_owned();
    let named = |profiles: Vec<Profile>| -> Vec<(String, Steps)> {
        profiles.into_iter().map(|profile| (name(profile.rule), profile.solved)).collect()
    };
    let in_epochs = units.iter().all(|unit| *unit > 0.0 && unit.is_finite());
    let data = data_profiles(&rows, &if in_epochs { units } else { vec![1.0; costs.len()] })?;
    Some(Profiles {
        instances: costs.len(),
        performance: named(performance_profiles(&rows)?),
        without_leader: profiles_without_leader(&rows).map(named).unwrap_or_default(),
        leader: leader(&rows).map(name),
        data: named(data),
        data_unit: if in_epochs { "epochs".to_owned() } else { frame.measure().unit.clone() },
        scores: algoperf_score(&rows, TAU)?
            .into_iter()
            .enumerate()
            .map(|(place, score)| (name(place), score))
            .collect(),
    })
}

/// How many evaluations a pass over the data takes, by the first run of a combination that says so.
fn epoch(frame: &Frame<'_>, group: usize) -> f64 {
    let [epochs, spent] = ["epochs", frame.measure().cost.column()].map(|name| Column::new(frame.runs(), name));
    let of = |run: usize| spent.number(run) / epochs.number(run);
    frame.field.group(group).runs.clone().map(of).find(|unit| *unit > 0.0 && unit.is_finite()).unwrap_or(f64::NAN)
}
