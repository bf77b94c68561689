//! From a plan's tree to a checked [`Plan`].

use sgdlab_core::Range;

use super::Plan;
use super::error::PlanErrors;
use super::exclude;
use super::expand::{Named, expand};
use super::items::{self, Item, Shape};
use super::overrides::Failure;
use super::reader::{MOST_WHOLE, Reader, Spot, Table};
use super::source::{Node, Source, Tree};
use super::types::{Budget, Catalogues, Choice, Kind, Log, Metric, Precision, RuleChoice, Targets};

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

/// All axes, items not yet expanded.
pub(super) struct Axes {
    pub items: [Vec<Item>; 5],
    pub rates: Vec<f64>,
    pub batch_sizes: Vec<u32>,
    pub precisions: Vec<Precision>,
    pub replicates: u32,
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
    let texts = (name(&mut reader, &table), question(&mut reader, &table));
    let axes = axes(&mut reader, &table, catalogues);
    let mut plan = draft(&mut reader, &table, texts, &axes);
    let expanded = expand(&mut reader, &table, &axes, catalogues);
    let Some(expanded) = expanded.filter(|_| reader.errors() == 0) else { return Err(reader.finish()) };
    plan.excludes.iter_mut().for_each(|exclude| exclude::resolve(exclude, &expanded));
    fill(&mut plan, expanded, &axes.rates);
    plan.warnings = exclude::warnings(&plan);
    if let Some(spot) = table.get("exclude").filter(|_| plan.cells().is_empty()) {
        reader.fail(spot.node.place, "exclude", "exclude leaves out every cell of the plan".to_owned());
        return Err(reader.finish());
    }
    Ok(plan)
}

/// The plan without its items; only good if no error was found.
fn draft(reader: &mut Reader<'_>, table: &Table<'_>, (name, question): (String, String), axes: &Axes) -> Plan {
    let (targets, metrics) = measured(reader, table);
    Plan {
        name,
        question,
        problems: Vec::new(),
        rules: Vec::new(),
        batch_sizes: axes.batch_sizes.clone(),
        samplers: Vec::new(),
        schedules: Vec::new(),
        estimators: Vec::new(),
        precisions: axes.precisions.clone(),
        replicates: axes.replicates,
        budget: budget(reader, table).unwrap_or(Budget::Steps(1)),
        targets,
        metrics,
        log: log(reader, table),
        parameters: flag(reader, table, "parameters"),
        excludes: exclude::read(reader, table),
        warnings: Vec::new(),
    }
}

fn fill(plan: &mut Plan, expanded: [Vec<Named>; 5], rates: &[f64]) {
    let [problems, rules, samplers, schedules, estimators] = expanded;
    let choices = |list: Vec<Named>| list.into_iter().map(|named| named.choice).collect();
    let rule = |Named { choice: Choice { label, settings }, rates: own, .. }| {
        let rates = own.unwrap_or_else(|| rates.to_vec());
        RuleChoice { label, settings, rates }
    };
    plan.problems = choices(problems);
    plan.rules = rules.into_iter().map(rule).collect();
    plan.samplers = choices(samplers);
    plan.schedules = choices(schedules);
    plan.estimators = choices(estimators);
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
    // Control characters would reach the terminal.
    let printable = |text: &str| !text.contains(|c: char| c.is_control() && !c.is_whitespace());
    let text = spot.text().filter(|text| !text.trim().is_empty() && printable(text));
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
    if !matches!(spot.node.tree, Tree::Table(_)) || spot.has(&["log", "lin", "count"]) {
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
