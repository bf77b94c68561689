//! From a plan's tree to a checked [`Plan`].

use std::collections::HashMap;

use sgdlab_core::{Range, Settings};

use super::error::PlanErrors;
use super::exclude;
use super::items::{self, Item, Shape};
use super::overrides::Failure;
use super::reader::{MOST_WHOLE, Reader, Spot, Table};
use super::source::{Node, Source, Tree};
use super::types::{Budget, Catalogues, Choice, Kind, Log, Metric, Precision, RuleChoice, Targets};
use super::{MOST_RUNS, MOST_VARIANTS, Plan};

/// The keys of a plan.
const KEYS: &[&str] = &[
    "name",
    "question",
    "problems",
    "rules",
    "rates",
    "batch-sizes",
    "samplers",
    "schedules",
    "estimators",
    "replicates",
    "precision",
    "budget",
    "targets",
    "metrics",
    "log",
    "parameters",
    "exclude",
];

const MOST_U32: f64 = u32::MAX as f64;

/// An item after expansion: what excludes can call it by.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub choice: Choice,
    /// The label before grids extended it.
    pub base: String,
    /// A rule's own rates.
    rates: Option<Vec<f64>>,
}

/// All axes, items not yet expanded.
struct Axes {
    items: [Vec<Item>; 5],
    rates: Vec<f64>,
    batch_sizes: Vec<u32>,
    precisions: Vec<Precision>,
    replicates: u32,
}

/// Checks everything and collects all errors.
pub(super) fn check(
    root: &Node,
    sources: &[Source],
    failures: Vec<Failure>,
    catalogues: &Catalogues,
) -> Result<Plan, PlanErrors> {
    let mut reader = Reader::new(sources);
    for (place, key, message) in failures {
        reader.fail(place, &key, message);
    }
    let spot = Spot { path: String::new(), node: root };
    let Some(table) = reader.table(&spot, KEYS, "a table") else { return Err(reader.finish()) };
    let name = name(&mut reader, &table);
    let question = question(&mut reader, &table);
    let axes = axes(&mut reader, &table, catalogues);
    let budget = budget(&mut reader, &table);
    let (targets, metrics) = measured(&mut reader, &table);
    let log = log(&mut reader, &table);
    let parameters = flag(&mut reader, &table, "parameters");
    let mut excludes = exclude::read(&mut reader, &table);
    let Some(expanded) = expand(&mut reader, &table, &axes, catalogues) else { return Err(reader.finish()) };
    let Some(budget) = budget.filter(|_| reader.errors() == 0) else { return Err(reader.finish()) };
    excludes.iter_mut().for_each(|exclude| exclude::resolve(exclude, &expanded));
    let [problems, rules, samplers, schedules, estimators] = expanded;
    let choices = |list: Vec<Named>| list.into_iter().map(|named| named.choice).collect();
    let rule = |Named { choice: Choice { label, settings }, rates, .. }| {
        let rates = rates.unwrap_or_else(|| axes.rates.clone());
        RuleChoice { label, settings, rates }
    };
    let mut plan = Plan {
        name,
        question,
        problems: choices(problems),
        rules: rules.into_iter().map(rule).collect(),
        batch_sizes: axes.batch_sizes,
        samplers: choices(samplers),
        schedules: choices(schedules),
        estimators: choices(estimators),
        precisions: axes.precisions,
        replicates: axes.replicates,
        budget,
        targets,
        metrics,
        log,
        parameters,
        excludes,
        warnings: Vec::new(),
    };
    plan.warnings = exclude::warnings(&plan);
    if let Some(spot) = table.get("exclude").filter(|_| !plan.has_cells()) {
        reader.fail(spot.node.place, "exclude", "exclude leaves out every cell of the plan".to_owned());
        return Err(reader.finish());
    }
    Ok(plan)
}

fn name(reader: &mut Reader<'_>, table: &Table<'_>) -> String {
    const ACCEPTS: &str = "a text of a-z, 0-9, _ and -, beginning with a letter or digit";
    let Some(spot) = table.get("name") else {
        reader.missing(table, "name", ACCEPTS);
        return String::new();
    };
    let good = |text: &&str| {
        text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
    };
    let text = spot.text().filter(good);
    if text.is_none() {
        reader.refuse(&spot, ACCEPTS);
    }
    text.unwrap_or_default().to_owned()
}

fn question(reader: &mut Reader<'_>, table: &Table<'_>) -> String {
    const ACCEPTS: &str = "a text that says what the plan is to find out";
    let Some(spot) = table.get("question") else {
        reader.missing(table, "question", ACCEPTS);
        return String::new();
    };
    let text = spot.text().filter(|text| !text.trim().is_empty());
    if text.is_none() {
        reader.refuse(&spot, ACCEPTS);
    }
    text.unwrap_or_default().to_owned()
}

fn flag(reader: &mut Reader<'_>, table: &Table<'_>, key: &str) -> bool {
    let Some(spot) = table.get(key) else { return false };
    if let Tree::Flag(flag) = spot.node.tree {
        return flag;
    }
    reader.refuse(&spot, "true or false");
    false
}

fn axes(reader: &mut Reader<'_>, table: &Table<'_>, catalogues: &Catalogues) -> Axes {
    let items = Kind::ALL.map(|kind| axis(reader, table, kind, catalogues));
    let rules = &items[Kind::Rule as usize];
    let rates = match table.get("rates") {
        Some(spot) => reader.numbers(&spot, Range::above(0.0)),
        None => {
            if table.get("rules").is_none() || rules.iter().any(|rule| rule.rates.is_none()) {
                reader.missing(table, "rates", "a number > 0, a list, or { log = [a, b], count = n }");
            }
            Vec::new()
        }
    };
    let batch_sizes = table.get("batch-sizes").map_or(vec![32], |spot| {
        let spots = reader.each(&spot);
        let found: Vec<_> = spots.iter().map(|spot| reader.whole(spot, MOST_U32)).collect();
        reader.distinct(&spots, &found);
        found.into_iter().flatten().map(|x| x as u32).collect()
    });
    let precisions = table.get("precision").map_or(vec![Precision::F64], |spot| {
        reader.words(&spot, &Precision::ALL.map(Precision::name)).into_iter().map(|i| Precision::ALL[i]).collect()
    });
    let replicates = table.get("replicates").and_then(|spot| reader.whole(&spot, MOST_U32)).map_or(5, |x| x as u32);
    Axes { items, rates, batch_sizes, precisions, replicates }
}

fn axis(reader: &mut Reader<'_>, table: &Table<'_>, kind: Kind, catalogues: &Catalogues) -> Vec<Item> {
    let catalogue = catalogues.of(kind);
    let Some(spot) = table.get(kind.key()) else {
        let entry = catalogue.iter().find(|entry| Some(entry.name) == kind.default_item());
        let node = Node { place: table.place, tree: Tree::Flag(false) };
        let spot = Spot { path: kind.key().to_owned(), node: &node };
        if entry.is_none() {
            reader.missing(table, kind.key(), "an item (a name or a table with a name) or a list of items");
        }
        return entry.map(|entry| items::plain(&spot, entry)).into_iter().collect();
    };
    let shape = Shape { label: true, rates: kind == Kind::Rule };
    let spots = reader.each(&spot);
    spots.iter().filter_map(|spot| items::item(reader, spot, catalogue, shape)).collect()
}

fn budget(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<Budget> {
    let Some(spot) = table.get("budget") else {
        reader.missing(table, "budget", "a table with exactly one of epochs, steps, evaluations");
        return None;
    };
    let (kind, spot) = reader.alternative(&spot, &["epochs", "steps", "evaluations"])?;
    match kind {
        "epochs" => reader.number(&spot, Range::above(0.0)).map(Budget::Epochs),
        "steps" => reader.whole(&spot, MOST_WHOLE).map(|x| Budget::Steps(x as u64)),
        _ => reader.whole(&spot, MOST_WHOLE).map(|x| Budget::Evaluations(x as u64)),
    }
}

/// The targets, and the metrics with the targets' among them.
fn measured(reader: &mut Reader<'_>, table: &Table<'_>) -> (Targets, Vec<Metric>) {
    let targets = targets(reader, table);
    let names = Metric::ALL.map(Metric::name);
    let empty = |spot: &Spot<'_>| spot.elements().is_some_and(|list| list.is_empty());
    let listed = table.get("metrics").filter(|spot| !empty(spot)).map(|spot| reader.words(&spot, &names));
    let mut metrics: Vec<Metric> = listed.unwrap_or_default().into_iter().map(|i| Metric::ALL[i]).collect();
    if !metrics.contains(&targets.metric) {
        metrics.push(targets.metric);
    }
    metrics.retain(|metric| *metric != Metric::Value);
    (targets, metrics)
}

fn targets(reader: &mut Reader<'_>, table: &Table<'_>) -> Targets {
    const ACCEPTS: &str = "a finite number or a list of finite numbers";
    let none = Targets { metric: Metric::Value, values: Vec::new() };
    let Some(spot) = table.get("targets") else { return none };
    if !matches!(spot.node.tree, Tree::Table(_)) {
        return Targets { values: reader.numbers(&spot, Range::FINITE), ..none };
    }
    let Some(table) = reader.table(&spot, &["metric", "values"], ACCEPTS) else { return none };
    let names = Metric::ALL.map(Metric::name);
    let metric =
        table.get("metric").and_then(|spot| reader.word(&spot, &names)).map_or(Metric::Value, |i| Metric::ALL[i]);
    let Some(values) = table.get("values") else {
        reader.missing(&table, "values", ACCEPTS);
        return none;
    };
    Targets { metric, values: reader.numbers(&values, Range::FINITE) }
}

fn log(reader: &mut Reader<'_>, table: &Table<'_>) -> Log {
    let default = Log::PerDecade(8);
    let Some(spot) = table.get("log") else { return default };
    let found = reader.alternative(&spot, &["per-decade", "every-steps", "every-epochs"]);
    let Some((kind, spot)) = found else { return default };
    let log = match kind {
        "per-decade" => reader.whole(&spot, MOST_U32).map(|x| Log::PerDecade(x as u32)),
        "every-steps" => reader.whole(&spot, MOST_WHOLE).map(|x| Log::EverySteps(x as u64)),
        _ => reader.number(&spot, Range::above(0.0)).map(Log::EveryEpochs),
    };
    log.unwrap_or(default)
}

/// All variants of all axes, unless there are too many of them or one is wrong.
fn expand(reader: &mut Reader<'_>, table: &Table<'_>, axes: &Axes, catalogues: &Catalogues) -> Option<[Vec<Named>; 5]> {
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

type Check = fn(Kind, &Settings) -> Result<(), sgdlab_core::Invalid>;

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
) -> Result<(), sgdlab_core::Invalid> {
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
