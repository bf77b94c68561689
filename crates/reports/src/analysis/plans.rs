//! What differs between the plans, data and programs of two results.

use toml::{Table, Value};

use crate::reading::Facts;

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanChange {
    /// What it is, as plans and manifests call it.
    pub key: String,
    /// What it was; empty if it was not there.
    pub before: String,
    /// What it is; empty if it is not there any more.
    pub after: String,
}

/// Everything that differs, apart from outcomes.
pub(super) fn plan_changes(before: &Facts, after: &Facts) -> Vec<PlanChange> {
    let mut found = Vec::new();
    let text = |x: &Option<String>| x.clone().unwrap_or_default();
    let number = |x: Option<u32>| x.map_or_else(String::new, |x| x.to_string());
    push("schema", number(before.schema), number(after.schema), &mut found);
    push("version", text(&before.version), text(&after.version), &mut found);
    push("program", before.programs.join(" "), after.programs.join(" "), &mut found);
    let item = |(name, hash): &(String, String)| {
        (name.clone(), Table::from_iter([("blake3".to_owned(), Value::String(hash.clone()))]))
    };
    let [a, b] = [before, after].map(|facts| facts.data.iter().map(item).collect::<Vec<_>>());
    items("data", &a, &b, &mut found);
    tables("", &before.plan, &after.plan, &mut found);
    found
}

fn push(key: &str, before: String, after: String, found: &mut Vec<PlanChange>) {
    if before != after {
        found.push(PlanChange { key: key.to_owned(), before, after });
    }
}

fn tables(prefix: &str, before: &Table, after: &Table, found: &mut Vec<PlanChange>) {
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    for key in keys {
        let name = format!("{prefix}{key}");
        match (before.get(key), after.get(key)) {
            (Some(Value::Table(a)), Some(Value::Table(b))) => tables(&format!("{name}."), a, b, found),
            (Some(Value::Array(a)), Some(Value::Array(b))) if labeled(a) && labeled(b) => {
                items(&name, &labels(a), &labels(b), found);
            }
            (Some(Value::Array(a)), Some(Value::Array(b))) => values(&name, a, b, found),
            (a, b) => {
                let text = |value: Option<&Value>| value.map_or_else(String::new, word);
                push(&name, text(a), text(b), found);
            }
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether all items have a label, as rules and problems do.
fn labeled(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.get("label").is_some())
}

/// Items by their labels, with everything else that they say.
fn labels(items: &[Value]) -> Vec<(String, Table)> {
    let of = |item: &Value| {
        let mut rest = item.as_table().cloned().unwrap_or_default();
        let label = rest.remove("label").as_ref().map(word).unwrap_or_default();
        (label, rest)
    };
    items.iter().map(of).collect()
}

/// Items that were added, removed or changed.
fn items(key: &str, before: &[(String, Table)], after: &[(String, Table)], found: &mut Vec<PlanChange>) {
    let find = |items: &[(String, Table)], label: &str| items.iter().find(|(known, _)| known == label).cloned();
    for (label, settings) in before {
        match find(after, label) {
            None => push(key, label.clone(), String::new(), found),
            Some((_, other)) => {
                push(&format!("{key} \"{label}\""), only(settings, &other), only(&other, settings), found);
            }
        }
    }
    for (label, _) in after.iter().filter(|(label, _)| find(before, label).is_none()) {
        push(key, String::new(), label.clone(), found);
    }
}

/// The settings of an item that another one does not have, and the values of lists that it does not have.
fn only(of: &Table, other: &Table) -> String {
    let part = |(key, value): (&String, &Value)| match (value, other.get(key)) {
        (Value::Array(a), Some(Value::Array(b))) => {
            let values: Vec<String> = a.iter().filter(|value| !b.contains(value)).map(word).collect();
            (!values.is_empty()).then(|| format!("{key} = {}", values.join(", ")))
        }
        (value, known) if known != Some(value) => Some(format!("{key} = {}", word(value))),
        _ => None,
    };
    of.iter().filter_map(part).collect::<Vec<_>>().join(", ")
}

/// Values that were added or removed.
fn values(key: &str, before: &[Value], after: &[Value], found: &mut Vec<PlanChange>) {
    let only =
        |a: &[Value], b: &[Value]| a.iter().filter(|value| !b.contains(value)).map(word).collect::<Vec<_>>().join(", ");
    push(key, only(before, after), only(after, before), found);
}
