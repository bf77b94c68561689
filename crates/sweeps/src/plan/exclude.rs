//! `[[exclude]]`: combinations that a plan leaves out.

use sgdlab_core::{Range, nearest};

use super::Plan;

use super::expand::Named;
use super::reader::{Reader, Spot, Table};
use super::source::Tree;
use super::types::{Exclude, Kind, Numbers, Precision};

/// The keys of an exclude.
pub(super) const KEYS: &[&str] =
    &["problem", "rule", "rate", "batch-size", "sampler", "schedule", "estimator", "precision"];

/// The excludes as written; [`resolve`] turns their words into labels.
pub(super) fn read(reader: &mut Reader<'_>, table: &Table<'_>) -> Vec<Exclude> {
    let Some(spot) = table.get("exclude") else { return Vec::new() };
    let spots = spot.elements().unwrap_or_else(|| vec![spot.clone()]);
    spots.iter().filter_map(|spot| one(reader, spot)).collect()
}

fn one(reader: &mut Reader<'_>, spot: &Spot<'_>) -> Option<Exclude> {
    let accepts = format!("a table with at least one of {}", KEYS.join(", "));
    let table = reader.table(spot, KEYS, &accepts)?;
    if table.spots().next().is_none() {
        reader.refuse(spot, &accepts);
    }
    let names = Precision::ALL.map(Precision::name);
    let precision = table.get("precision").map(|spot| reader.words(&spot, &names));
    Some(Exclude {
        problem: labels(reader, &table, "problem"),
        rule: labels(reader, &table, "rule"),
        rate: table.get("rate").map(|spot| numbers(reader, &spot)),
        batch_size: table.get("batch-size").map(|spot| numbers(reader, &spot)),
        sampler: labels(reader, &table, "sampler"),
        schedule: labels(reader, &table, "schedule"),
        estimator: labels(reader, &table, "estimator"),
        precision: precision.map(|list| list.into_iter().map(|i| Precision::ALL[i]).collect()),
    })
}

fn labels(reader: &mut Reader<'_>, table: &Table<'_>, key: &str) -> Option<Vec<String>> {
    let spot = table.get(key)?;
    let mut list: Vec<String> = Vec::new();
    for spot in reader.each(&spot) {
        match spot.text() {
            Some(text) => list.push(text.to_owned()),
            None => reader.refuse(&spot, "a label or a name"),
        }
    }
    Some(list)
}

fn numbers(reader: &mut Reader<'_>, spot: &Spot<'_>) -> Numbers {
    const ACCEPTS: &str = "a number, a list of numbers, or { min = a, max = b }";
    if !matches!(spot.node.tree, Tree::Table(_)) {
        return Numbers::OneOf(reader.numbers(spot, Range::FINITE));
    }
    let nothing = Numbers::OneOf(Vec::new());
    let Some(table) = reader.table(spot, &["min", "max"], ACCEPTS) else { return nothing };
    let (low, high) = (table.get("min"), table.get("max"));
    if low.is_none() && high.is_none() {
        reader.refuse(spot, ACCEPTS);
    }
    let min = low.and_then(|spot| reader.number(&spot, Range::FINITE)).unwrap_or(f64::NEG_INFINITY);
    let max = high.and_then(|spot| reader.number(&spot, Range::FINITE)).unwrap_or(f64::INFINITY);
    if min > max {
        reader.refuse(spot, "min ≤ max");
    }
    Numbers::Between { min, max }
}

/// Replaces each word by the labels it stands for: an item's label, else the label that grids
/// extended, else the name of an entry. A word that stands for nothing stays.
pub(super) fn resolve(exclude: &mut Exclude, axes: &[Vec<Named>; 5]) {
    for kind in Kind::ALL {
        let axis = &axes[kind as usize];
        let Some(words) = words_mut(exclude, kind) else { continue };
        let mut labels: Vec<String> = Vec::new();
        for word in words.iter() {
            for label in resolve_word(word, axis) {
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
        }
        *words = labels;
    }
}

fn resolve_word(word: &str, axis: &[Named]) -> Vec<String> {
    let by = |matches: fn(&Named, &str) -> bool| -> Vec<String> {
        axis.iter().filter(|named| matches(named, word)).map(|named| named.choice.label.clone()).collect()
    };
    let ways: [fn(&Named, &str) -> bool; 3] =
        [|n, word| n.choice.label == word, |n, word| n.base == word, |n, word| n.choice.settings.name() == word];
    let found = ways.into_iter().map(by).find(|labels| !labels.is_empty());
    found.unwrap_or_else(|| vec![word.to_owned()])
}

/// The words for one kind of item.
pub(super) fn words(exclude: &Exclude, kind: Kind) -> Option<&Vec<String>> {
    match kind {
        Kind::Objective => exclude.problem.as_ref(),
        Kind::Rule => exclude.rule.as_ref(),
        Kind::Sampler => exclude.sampler.as_ref(),
        Kind::Schedule => exclude.schedule.as_ref(),
        Kind::Estimator => exclude.estimator.as_ref(),
    }
}

fn words_mut(exclude: &mut Exclude, kind: Kind) -> Option<&mut Vec<String>> {
    match kind {
        Kind::Objective => exclude.problem.as_mut(),
        Kind::Rule => exclude.rule.as_mut(),
        Kind::Sampler => exclude.sampler.as_mut(),
        Kind::Schedule => exclude.schedule.as_mut(),
        Kind::Estimator => exclude.estimator.as_mut(),
    }
}

/// One line for each word that stands for nothing, and for each exclude that matches no combination.
pub(super) fn warnings(plan: &Plan) -> Vec<String> {
    let mut list = Vec::new();
    for (i, exclude) in plan.excludes.iter().enumerate() {
        let before = list.len();
        for kind in Kind::ALL {
            let labels = plan.labels(kind);
            for word in words(exclude, kind).into_iter().flatten().filter(|word| !labels.contains(&word.as_str())) {
                let key = kind.key().trim_end_matches('s');
                let hint = nearest(word, &labels).map(|label| format!("; did you mean \"{label}\"?"));
                list.push(format!("exclude[{i}]: no {key} is called \"{word}\"{}", hint.unwrap_or_default()));
            }
        }
        if list.len() == before && !plan.leaves_out_something(exclude) {
            list.push(format!("exclude[{i}] leaves out nothing: no combination matches all of its keys"));
        }
    }
    list
}
