//! The JSON schema of plans (draft 2020-12), from which editors complete and check TOML.

use serde_json::{Map, Value, json};
use sgdlab_core::{Domain, Entry, Hyperparameter, Range, Settings, Value as Given};

use super::reader::{MOST_POINTS, MOST_WHOLE};
use super::types::{Catalogues, Kind, Metric, Precision};

const NAME: &str = "^[a-z0-9][a-z0-9_-]*$";

/// The JSON schema of the plans that these catalogues allow.
///
/// It is slightly wider than [`Plan::parse`](super::Plan::parse): it does not know that grids have
/// a < b, that labels are unique, that some combinations are refused, or when `rates` may be missing.
#[must_use]
pub fn schema(catalogues: &Catalogues) -> Value {
    let mut definitions = Definitions::default();
    let mut properties = texts();
    for kind in Kind::ALL {
        let item = definitions.items(kind.key(), catalogues.of(kind), Some(kind));
        let mut axis = one_or_many(item);
        axis["description"] = json!(describe(kind));
        if let Some(default) = kind.default_item() {
            axis["default"] = json!([default]);
        }
        properties.insert(kind.key().to_owned(), axis);
    }
    properties.extend(numbers());
    properties.insert("exclude".to_owned(), one_or_many(exclude()));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plan of a sweep",
        "type": "object",
        "properties": properties,
        "required": ["name", "question", "problems", "rules", "budget"],
        "additionalProperties": false,
        "$defs": definitions.map,
    })
}

fn describe(kind: Kind) -> &'static str {
    match kind {
        Kind::Objective => "The objectives to minimize",
        Kind::Rule => "The update rules",
        Kind::Sampler => "Which terms form the batches",
        Kind::Schedule => "How the rate changes over the run",
        Kind::Estimator => "How gradients are estimated from batches",
    }
}

/// `$defs`: one per catalogue, so that catalogues whose entries contain entries stay finite.
#[derive(Default)]
struct Definitions {
    map: Map<String, Value>,
    /// The names of each defined catalogue's entries, whether it is an axis, and its definition.
    known: Vec<(Vec<&'static str>, Option<Kind>, String)>,
    /// What values of hyperparameters can be, which few of them have alone; the definitions are `value.1`, `value.2`, …
    values: Vec<Value>,
}

impl Definitions {
    /// A reference to the items of a catalogue.
    fn items(&mut self, wanted: &str, catalogue: &[&'static Entry], kind: Option<Kind>) -> Value {
        let names: Vec<_> = catalogue.iter().map(|entry| entry.name).collect();
        let known = self.known.iter().find(|(list, as_kind, _)| *list == names && *as_kind == kind);
        if let Some((_, _, name)) = known {
            return json!({ "$ref": format!("#/$defs/{name}") });
        }
        let taken = self.known.iter().filter(|(_, _, name)| name.split('.').next() == Some(wanted)).count();
        let name = if taken == 0 { wanted.to_owned() } else { format!("{wanted}.{taken}") };
        self.known.push((names, kind, name.clone()));
        let mut choices: Vec<Value> = Vec::new();
        for entry in catalogue {
            choices.push(json!({ "const": entry.name, "description": entry.summary }));
        }
        for entry in catalogue {
            choices.push(self.table(entry, kind));
        }
        self.map.insert(name.clone(), json!({ "anyOf": choices }));
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// One entry written as a table.
    fn table(&mut self, entry: &'static Entry, kind: Option<Kind>) -> Value {
        let mut properties = Map::new();
        properties.insert("name".to_owned(), json!({ "const": entry.name, "description": entry.summary }));
        if kind.is_some() {
            let description = "What tables and figures call it; by default its name";
            properties
                .insert("label".to_owned(), json!({ "type": "string", "pattern": "\\S", "description": description }));
        }
        if let Some(first) = entry.dialects.first() {
            let choices: Vec<Value> =
                entry.dialects.iter().map(|d| json!({ "const": d.name, "description": d.conventions })).collect();
            properties.insert("dialect".to_owned(), json!({ "anyOf": choices, "default": first.name }));
        }
        if kind == Some(Kind::Rule) {
            properties.insert("rates".to_owned(), rates());
        }
        for hyperparameter in entry.hyperparameters {
            properties.insert(hyperparameter.name.to_owned(), self.hyperparameter(hyperparameter));
        }
        json!({
            "type": "object",
            "description": entry.summary,
            "properties": properties,
            "required": ["name"],
            "additionalProperties": false,
        })
    }

    /// A reference to what a value can be.
    ///
    /// It stands in a list of one, since not all editors read what stands beside a reference.
    fn value(&mut self, value: Value) -> Value {
        let place = self.values.iter().position(|other| *other == value).unwrap_or_else(|| {
            self.map.insert(format!("value.{}", self.values.len() + 1), value.clone());
            self.values.push(value);
            self.values.len() - 1
        });
        json!({ "allOf": [{ "$ref": format!("#/$defs/value.{}", place + 1) }] })
    }

    fn hyperparameter(&mut self, hyperparameter: &Hyperparameter) -> Value {
        let value = match &hyperparameter.domain {
            Domain::Number { range, .. } => number_or_grid(number(range)),
            Domain::Integer { least, .. } => number_or_grid(integer(*least as f64, MOST_WHOLE)),
            Domain::Flag { .. } => one_or_many(json!({ "type": "boolean" })),
            Domain::Choice { accepts, .. } | Domain::Tacit { accepts, .. } => one_or_many(json!({ "enum": accepts })),
            Domain::Text { .. } => one_or_many(json!({ "type": "string" })),
            Domain::Optional { range, absent } => {
                json!({ "anyOf": [number_or_grid(number(range)), one_or_many(json!({ "const": absent }))] })
            }
            Domain::Numbers { range, .. } => list_or_grid(number(range)),
            Domain::Integers { .. } => list_or_grid(integer(1.0, MOST_WHOLE)),
            Domain::NumbersOrWord { accepts, range, .. } => list_or_word(number(range), accepts),
            Domain::Item { catalogue, .. } | Domain::TacitItem { catalogue, .. } => {
                one_or_many(self.items(hyperparameter.name, &catalogue(), None))
            }
            Domain::Items { catalogue, .. } => {
                let one = self.items(hyperparameter.name, &catalogue(), None);
                let list = json!({ "type": "array", "items": one, "minItems": 1 });
                json!({ "anyOf": [list, { "type": "array", "items": list, "minItems": 1 }] })
            }
        };
        let mut schema = self.value(value);
        schema["description"] = json!(hyperparameter.meaning);
        schema["default"] = match hyperparameter.domain.default_value() {
            Given::Number(x) if x.fract() == 0.0 && x.abs() < 1e15 => json!(x as i64),
            Given::Number(x) => json!(x),
            Given::Flag(flag) => json!(flag),
            Given::Word(word) => json!(word),
            Given::Numbers(list) => json!(list),
            Given::Integers(list) => json!(list),
            Given::Item(settings) => json!(settings.name()),
            Given::Items(items) => json!(items.iter().map(Settings::name).collect::<Vec<_>>()),
        };
        schema
    }
}

/// A value, or a list of at least one.
fn one_or_many(one: Value) -> Value {
    let list = json!({ "type": "array", "items": one, "minItems": 1 });
    json!({ "anyOf": [one, list] })
}

/// One number, a list of them, or a list of such lists.
fn list_or_grid(one: Value) -> Value {
    let list = json!({ "type": "array", "items": one });
    let grid = json!({ "type": "array", "items": { "anyOf": [one, list] }, "minItems": 1 });
    json!({ "anyOf": [one, list, grid] })
}

/// One of several words, a list of numbers, or a list of these.
fn list_or_word(number: Value, accepts: &[&str]) -> Value {
    let (word, list) = (json!({ "enum": accepts }), json!({ "type": "array", "items": number }));
    let grid = json!({ "type": "array", "items": { "anyOf": [word, list] }, "minItems": 1 });
    json!({ "anyOf": [word, list, grid] })
}

/// A number, a list, or a grid.
fn number_or_grid(number: Value) -> Value {
    let count = integer(1.0, MOST_POINTS);
    let grid = |key: &str| {
        let ends = json!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 });
        json!({
            "type": "object",
            "properties": { key: ends, "count": count },
            "required": [key, "count"],
            "additionalProperties": false,
        })
    };
    let list = json!({ "type": "array", "items": number, "minItems": 1 });
    json!({ "anyOf": [number, list, grid("log"), grid("lin")] })
}

fn number(range: &Range) -> Value {
    let mut schema = json!({ "type": "number" });
    let low = if range.includes_low { "minimum" } else { "exclusiveMinimum" };
    let high = if range.includes_high { "maximum" } else { "exclusiveMaximum" };
    for (key, end) in [(low, range.low), (high, range.high)] {
        if end.is_finite() {
            schema[key] = json!(end);
        }
    }
    schema
}

fn integer(least: f64, most: f64) -> Value {
    json!({ "type": "integer", "minimum": least as i64, "maximum": most as i64 })
}

fn rates() -> Value {
    let mut schema = number_or_grid(number(&Range::above(0.0)));
    schema["description"] = json!("Rates (step sizes)");
    schema
}

fn texts() -> Map<String, Value> {
    let mut map = Map::new();
    let mut text = |key: &str, pattern: &str, description: &str| {
        map.insert(key.to_owned(), json!({ "type": "string", "pattern": pattern, "description": description }));
    };
    text("name", NAME, "Name of the plan and of its directory of results");
    text("question", "\\S", "What the plan is to find out");
    map
}

/// A table that holds exactly one of these keys.
fn exactly_one(choices: &[(&str, Value)]) -> Value {
    let table = |(key, value): &(&str, Value)| json!({ "type": "object", "properties": { *key: value }, "required": [key], "additionalProperties": false });
    json!({ "oneOf": choices.iter().map(table).collect::<Vec<_>>() })
}

fn numbers() -> Map<String, Value> {
    let (positive, count) = (number(&Range::above(0.0)), integer(1.0, f64::from(u32::MAX)));
    let long = integer(1.0, MOST_WHOLE);
    let budget = exactly_one(&[("epochs", positive.clone()), ("steps", long.clone()), ("evaluations", long.clone())]);
    let log = exactly_one(&[("per-decade", count.clone()), ("every-steps", long), ("every-epochs", positive)]);
    let metrics = json!({ "enum": Metric::ALL.map(Metric::name) });
    let levels = number_or_grid(number(&Range::FINITE));
    let targets = json!({
        "type": "object",
        "properties": { "metric": metrics, "values": levels },
        "required": ["values"],
        "additionalProperties": false,
    });
    let precision = one_or_many(json!({ "enum": Precision::ALL.map(Precision::name) }));
    let list = json!({ "type": "array", "items": metrics });
    let described = [
        ("rates", rates(), Value::Null, "Rates of all rules that have none of their own"),
        ("batch-sizes", one_or_many(count.clone()), json!([32]), "Terms per batch"),
        ("replicates", count, json!(5), "Runs per cell, which differ only in their random streams"),
        ("precision", precision, json!("f64"), "The number type of the computation"),
        ("budget", budget, Value::Null, "When runs end: epochs, updates or term gradients"),
        ("targets", json!({ "anyOf": [levels, targets] }), Value::Null, "Levels whose first crossing is recorded"),
        ("metrics", json!({ "anyOf": [metrics, list] }), json!([]), "What is measured beside the value"),
        ("log", log, json!({ "per-decade": 8 }), "When metrics are measured"),
        ("parameters", json!({ "type": "boolean" }), json!(false), "Whether final parameters are written"),
    ];
    let describe = |(key, mut schema, default, description): (&str, Value, Value, &str)| {
        schema["description"] = json!(description);
        if !default.is_null() {
            schema["default"] = default;
        }
        (key.to_owned(), schema)
    };
    described.into_iter().map(describe).collect()
}

fn exclude() -> Value {
    let number = json!({ "type": "number" });
    let interval = json!({
        "type": "object",
        "properties": { "min": number, "max": number },
        "minProperties": 1,
        "additionalProperties": false,
    });
    let list = json!({ "type": "array", "items": number, "minItems": 1 });
    let numbers = json!({ "anyOf": [number, list, interval] });
    let words = one_or_many(json!({ "type": "string" }));
    json!({
        "type": "object",
        "description": "Combinations to leave out: those that match every given key",
        "properties": {
            "problem": words, "rule": words, "rate": numbers, "batch-size": numbers, "sampler": words,
            "schedule": words, "estimator": words,
            "precision": one_or_many(json!({ "enum": Precision::ALL.map(Precision::name) })),
        },
        "minProperties": 1,
        "additionalProperties": false,
    })
}
