//! From items to variants: how many there are, their labels, and what they may not combine.

use std::collections::HashMap;

use sgdlab_core::{Invalid, Settings};

use super::check::Axes;
use super::items::Item;
use super::reader::{Reader, Table};
use super::types::{Catalogues, Choice, Kind};
use super::{MOST_RUNS, MOST_VARIANTS};

/// An item after expansion: what excludes can call it by.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub choice: Choice,
    /// The label before grids extended it.
    pub base: String,
    /// A rule's own rates.
    pub rates: Option<Vec<f64>>,
}

/// All variants of all axes, unless there are too many of them or one is wrong.
pub(super) fn expand(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    axes: &Axes,
    catalogues: &Catalogues,
) -> Option<[Vec<Named>; 5]> {
    let before = reader.errors();
    limit(reader, table, axes);
    if reader.errors() > before {
        return None;
    }
    let expanded = Kind::ALL.map(|kind| expand_axis(reader, kind, &axes.items[kind as usize], catalogues.check));
    (reader.errors() == before).then_some(expanded)
}

/// Refuses plans with too many runs before anything is expanded.
fn limit(reader: &mut Reader<'_>, table: &Table<'_>, axes: &Axes) {
    let count = |list: &[Item]| list.iter().map(Item::count).fold(0, u128::saturating_add);
    let mut cells: u128 = 1;
    let mut largest = (0, table.place);
    for kind in Kind::ALL {
        let list = &axes.items[kind as usize];
        let place = table.get(kind.key()).map_or(table.place, |spot| spot.node.place);
        if count(list) > MOST_VARIANTS {
            let message = format!(
                "{} has {} variants: at most {} are accepted",
                kind.key(),
                grouped(count(list)),
                grouped(MOST_VARIANTS)
            );
            reader.fail(place, kind.key(), message);
        }
        let combinations = if kind == Kind::Rule {
            let rates = |rule: &Item| rule.rates.as_ref().unwrap_or(&axes.rates).len().max(1) as u128;
            list.iter().map(|rule| rule.count().saturating_mul(rates(rule))).fold(0, u128::saturating_add)
        } else {
            count(list)
        };
        largest = if combinations > largest.0 { (combinations, place) } else { largest };
        cells = cells.saturating_mul(combinations.max(1));
    }
    for count in [axes.batch_sizes.len(), axes.precisions.len()] {
        cells = cells.saturating_mul(count.max(1) as u128);
    }
    let runs = cells.saturating_mul(u128::from(axes.replicates));
    if runs > MOST_RUNS {
        let message = format!(
            "the plan has {} cells × {} replicates = {} runs: at most {} are accepted",
            grouped(cells),
            axes.replicates,
            grouped(runs),
            grouped(MOST_RUNS)
        );
        reader.fail(largest.1, "", message);
    }
}

/// Digits in groups of three; a saturated count is `2^128 or more`.
fn grouped(count: u128) -> String {
    if count == u128::MAX {
        return "2^128 or more".to_owned();
    }
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

type Check = fn(Kind, &Settings) -> Result<(), Invalid>;

fn expand_axis(reader: &mut Reader<'_>, kind: Kind, items: &[Item], check: Check) -> Vec<Named> {
    let mut list = Vec::new();
    let mut taken: HashMap<String, &Item> = HashMap::new();
    for item in items {
        if let Err(invalid) = expand_item(reader, kind, item, check, &mut taken, &mut list) {
            let path = format!("{}.{}", item.path, invalid.field);
            let message = format!("{path} = {} is not accepted: {}", invalid.value, invalid.accepts);
            let error = reader.fail(item.place, &path, message);
            (error.value, error.accepts) = (invalid.value, invalid.accepts);
        }
    }
    list
}

/// Adds an item's variants; the first one that is refused ends it, so that each item has one error.
fn expand_item<'i>(
    reader: &mut Reader<'_>,
    kind: Kind,
    item: &'i Item,
    check: Check,
    taken: &mut HashMap<String, &'i Item>,
    list: &mut Vec<Named>,
) -> Result<(), Invalid> {
    for variant in item.variants()? {
        check(kind, &variant.settings)?;
        let label = format!("{}{}", item.label, variant.suffix);
        if let Some(first) = taken.insert(label.clone(), item) {
            let place = reader.describe(first.place);
            let message = format!(
                "{}: the label \"{label}\" is already that of {} at {place}: give one of them another label",
                item.path, first.path
            );
            reader.fail(item.place, &item.path, message);
            return Ok(());
        }
        let choice = Choice { label, settings: variant.settings };
        list.push(Named { choice, base: item.label.clone(), rates: item.rates.clone() });
    }
    Ok(())
}
