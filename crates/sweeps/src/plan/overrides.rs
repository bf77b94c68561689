//! `--set key=value`: values that replace or add to those of the file.

use super::error::shorten;
use super::reader::join;
use super::source::{Field, Node, Place, Source, Tree, parse_value};
use super::types::Kind;

/// Keys of which a table holds exactly one: setting one removes the others.
const ALTERNATIVES: [(&str, &[&str]); 3] = [
    ("budget", &["epochs", "steps", "evaluations"]),
    ("log", &["per-decade", "every-steps", "every-epochs"]),
    ("rates", &["log", "lin"]),
];

/// Most dots in a key; deeper than any plan.
const DEEPEST: usize = 16;

/// An override that is not one: its place, its key and what is wrong.
pub(super) type Failure = (Place, String, String);

/// Puts the overrides into the tree, in order, and their values into `sources` for later errors.
pub(super) fn apply(root: &mut Node, sets: &[String], sources: &mut Vec<Source>) -> Vec<Failure> {
    let mut failures = Vec::new();
    for set in sets {
        let (key, value) = set.split_once('=').unwrap_or((set, ""));
        let (key, value) = (key.trim(), value.trim());
        let source = sources.len();
        sources.push(Source { name: format!("--set {}", shorten(set)), text: value.to_owned() });
        if let Err(message) = apply_one(root, key, value, source, set.contains('=')) {
            failures.push((Place { source, start: 0, end: value.len() }, key.to_owned(), message));
        }
    }
    failures
}

fn apply_one(root: &mut Node, key: &str, value: &str, source: usize, has_value: bool) -> Result<(), String> {
    let keys: Vec<&str> = key.split('.').map(str::trim).collect();
    if !has_value || keys.len() > DEEPEST || keys.iter().any(|key| key.is_empty()) {
        return Err("expected key=value, with a dotted path as key".to_owned());
    }
    let value = parse_value(value, source).map_err(|message| format!("not TOML: {message}"))?;
    put(root, String::new(), &keys, value)
}

fn put(node: &mut Node, path: String, keys: &[&str], value: Node) -> Result<(), String> {
    let [key, rest @ ..] = keys else {
        *node = value;
        return Ok(());
    };
    let place = value.place;
    let fields = as_table(node, &path, place)?;
    if let Some((_, others)) = ALTERNATIVES.iter().find(|(owner, keys)| *owner == path && keys.contains(key)) {
        fields.retain(|field| field.key == *key || !others.contains(&field.key.as_str()));
    }
    let position = fields.iter().position(|field| field.key == *key).unwrap_or_else(|| {
        let node = Node { place, tree: Tree::Table(Vec::new()) };
        fields.push(Field { key: (*key).to_owned(), place, node });
        fields.len() - 1
    });
    // An unknown key is the override's fault, wherever its table is.
    fields[position].place = place;
    put(&mut fields[position].node, join(&path, key), rest, value)
}

/// The fields of a node, which becomes a table if it is none: an item's name stays its name, and
/// targets stay the targets' values.
fn as_table<'n>(node: &'n mut Node, path: &str, place: Place) -> Result<&'n mut Vec<Field>, String> {
    if !matches!(node.tree, Tree::Table(_)) {
        let kept = if path == "targets" {
            Some("values")
        } else if matches!(node.tree, Tree::List(_)) {
            return Err(format!("{path} is a list: give all of it"));
        } else {
            Kind::ALL.iter().any(|kind| kind.key() == path).then_some("name")
        };
        let old = std::mem::replace(node, Node { place, tree: Tree::Table(Vec::new()) });
        if let (Some(key), Tree::Table(fields)) = (kept, &mut node.tree) {
            fields.push(Field { key: key.to_owned(), place: old.place, node: old });
        }
    }
    match &mut node.tree {
        Tree::Table(fields) => Ok(fields),
        _ => unreachable!("made a table above"),
    }
}
