//! A plan's text as a tree whose every node knows where it was written.

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::error::{PlanError, PlanErrors};

/// A piece of text: bytes `start..end` of source 0 (the plan) or of an override.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub source: usize,
    pub start: usize,
    pub end: usize,
}

/// One text that values come from.
pub(super) struct Source {
    /// The file's name, or `--set key=value`, shortened.
    pub name: String,
    /// The plan, or the value of an override.
    pub text: String,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    pub tree: Tree,
}

/// A TOML value. Dates are kept only to be refused.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Text(String),
    Number(f64),
    Flag(bool),
    Date,
    List(Vec<Node>),
    Table(Vec<Field>),
}

/// A key of a table with its value.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub key: String,
    pub place: Place,
    pub node: Node,
}

/// Of errors of syntax, most of which follow from the first ones, this many are kept.
const MOST_SYNTAX_ERRORS: usize = 5;

/// The plan's tree, or its first syntax errors, one a line.
pub(super) fn parse(source: &Source) -> Result<Node, PlanErrors> {
    let (table, failures) = DeTable::parse_recoverable(&source.text);
    if failures.is_empty() {
        let place = Place { source: 0, start: 0, end: 0 };
        return Ok(Node { place, tree: Tree::Table(fields(table.get_ref(), 0)) });
    }
    let mut found: Vec<_> =
        failures.iter().map(|failure| (failure.span().unwrap_or(0..0), failure.message())).collect();
    found.sort_by_key(|(span, _)| span.start);
    let (all, mut line_end) = (found.len(), 0);
    let mut errors = Vec::new();
    for (span, message) in found {
        // What follows on a line that is broken is seldom an error of its own.
        if (errors.is_empty() || span.start > line_end) && errors.len() < MOST_SYNTAX_ERRORS {
            line_end = source.text.as_bytes()[span.start..]
                .iter()
                .position(|&b| b == b'\n')
                .map_or(usize::MAX, |n| span.start + n);
            let place = Place { source: 0, start: span.start, end: span.end };
            errors.push(PlanError::at(source, place, "", format!("not TOML: {message}")));
        }
    }
    Err(PlanErrors { more: all - errors.len(), errors })
}

/// The value of an override: TOML, or else a bare word.
pub(super) fn parse_value(text: &str, source: usize) -> Result<Node, String> {
    let place = Place { source, start: 0, end: text.len() };
    match DeValue::parse(text) {
        Ok(value) if !matches!(value.get_ref(), DeValue::Datetime(_)) => Ok(node(&value, source)),
        Err(failure) if text.starts_with(['[', '{', '"', '\'']) => Err(failure.message().to_owned()),
        _ => Ok(Node { place, tree: Tree::Text(text.to_owned()) }),
    }
}

fn fields(table: &DeTable<'_>, source: usize) -> Vec<Field> {
    let field = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key: &Spanned<std::borrow::Cow<'_, str>> = key;
        let place = Place { source, start: key.span().start, end: key.span().end };
        Field { key: key.get_ref().to_string(), place, node: node(value, source) }
    };
    table.iter().map(field).collect()
}

fn node(value: &Spanned<DeValue<'_>>, source: usize) -> Node {
    let span = value.span();
    let tree = match value.get_ref() {
        DeValue::String(text) => Tree::Text(text.to_string()),
        DeValue::Integer(integer) => Tree::Number(whole(integer)),
        DeValue::Float(float) => Tree::Number(number(float.as_str())),
        DeValue::Boolean(flag) => Tree::Flag(*flag),
        DeValue::Datetime(_) => Tree::Date,
        DeValue::Array(list) => Tree::List(list.iter().map(|value| node(value, source)).collect()),
        DeValue::Table(table) => Tree::Table(fields(table, source)),
    };
    Node { place: Place { source, start: span.start, end: span.end }, tree }
}

/// The number, without a sign on zero: it would split one configuration into two.
fn number(text: &str) -> f64 {
    text.parse::<f64>().unwrap_or(f64::NAN) + 0.0
}

/// Integers are numbers; those that a number cannot hold become NaN, which nothing accepts.
fn whole(integer: &DeInteger<'_>) -> f64 {
    const EXACT: i128 = 1 << 53;
    match i128::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(value) if value.abs() <= EXACT => value as f64,
        Ok(_) | Err(_) => f64::NAN,
    }
}
