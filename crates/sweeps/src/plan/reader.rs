//! Walks a plan's tree and collects everything that is wrong with it.

use sgdlab_core::{Range, nearest};

use super::error::{PlanError, PlanErrors, shorten, written};
use super::grid::{self, Spacing};
use super::source::{Field, Node, Place, Source, Tree};

/// Largest number of points of one grid.
pub(super) const MOST_POINTS: f64 = 10_000.0;

/// What a count of steps or evaluations accepts: up to 2⁵³.
pub(super) const MOST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// This many errors are located and kept.
const MOST_ERRORS: usize = 100;

/// A node and its key path.
#[derive(Clone, Debug)]
pub(super) struct Spot<'n> {
    pub path: String,
    pub node: &'n Node,
}

impl<'n> Spot<'n> {
    /// The elements of a list with their paths; `None` for anything else.
    pub fn elements(&self) -> Option<Vec<Self>> {
        let Tree::List(list) = &self.node.tree else { return None };
        let element = |(i, node)| Self { path: format!("{}[{i}]", self.path), node };
        Some(list.iter().enumerate().map(element).collect())
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&'n str> {
        if let Tree::Text(text) = &self.node.tree { Some(text) } else { None }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        if let Tree::Number(x) = self.node.tree { Some(x) } else { None }
    }

    /// Whether it is a table with one of these keys.
    pub fn has(&self, keys: &[&str]) -> bool {
        matches!(&self.node.tree, Tree::Table(fields) if fields.iter().any(|f| keys.contains(&f.key.as_str())))
    }
}

/// A table whose keys are known.
#[derive(Clone, Debug)]
pub(super) struct Table<'n> {
    pub path: String,
    pub place: Place,
    fields: &'n [Field],
}

impl<'n> Table<'n> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Spot<'n>> {
        let field = self.fields.iter().find(|field| field.key == key)?;
        Some(Spot { path: join(&self.path, key), node: &field.node })
    }

    /// All keys with their values, in order.
    pub fn spots(&self) -> impl Iterator<Item = (&'n str, Spot<'n>)> {
        let path = self.path.clone();
        self.fields.iter().map(move |f| (f.key.as_str(), Spot { path: join(&path, &f.key), node: &f.node }))
    }
}

/// `path.key`, or `key` at the top.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The errors found so far, and the texts they point into.
pub(super) struct Reader<'s> {
    sources: &'s [Source],
    errors: Vec<(Place, PlanError)>,
    /// What is only counted, and the last of it.
    more: usize,
    last: PlanError,
}

impl<'s> Reader<'s> {
    /// No errors yet.
    pub fn new(sources: &'s [Source]) -> Self {
        Self { sources, errors: Vec::new(), more: 0, last: PlanError::default() }
    }

    /// The number of errors so far.
    pub fn errors(&self) -> usize {
        self.errors.len() + self.more
    }

    /// The errors in order of position.
    pub fn finish(mut self) -> PlanErrors {
        self.errors.sort_by_key(|(place, _)| (place.source, place.start));
        PlanErrors { errors: self.errors.into_iter().map(|(_, error)| error).collect(), more: self.more }
    }

    /// `file:line:column`, or the override.
    pub fn describe(&self, place: Place) -> String {
        let place = PlanError::at(&self.sources[place.source], place, "", String::new());
        place.to_string().trim_end_matches([' ', ':']).to_owned()
    }

    /// Adds an error with its own message.
    pub fn fail(&mut self, place: Place, path: &str, message: String) -> &mut PlanError {
        if self.errors.len() == MOST_ERRORS {
            self.more += 1;
            return &mut self.last;
        }
        let error = PlanError::at(&self.sources[place.source], place, path, message);
        self.errors.push((place, error));
        &mut self.errors.last_mut().expect("just pushed").1
    }

    /// Adds `path = value is not accepted: accepts`.
    pub fn refuse(&mut self, spot: &Spot<'_>, accepts: &str) {
        self.refuse_value(spot, accepts, None);
    }

    /// [`Self::refuse`], with the nearest of the known words if one is close.
    pub fn refuse_word(&mut self, spot: &Spot<'_>, known: &[&str]) {
        let suggestion = spot.text().and_then(|text| nearest(text, known));
        self.refuse_value(spot, &one_of(known), suggestion);
    }

    fn refuse_value(&mut self, spot: &Spot<'_>, accepts: &str, suggestion: Option<String>) {
        let place = spot.node.place;
        let value = written(&self.sources[place.source], place);
        let hint = suggestion.as_ref().map_or(accepts.to_owned(), |word| format!("did you mean \"{word}\"?"));
        let error = self.fail(place, &spot.path, format!("{} = {value} is not accepted: {hint}", spot.path));
        (error.value, error.accepts, error.suggestion) = (value, accepts.to_owned(), suggestion);
    }

    /// Adds `missing key "path"`.
    pub fn missing(&mut self, table: &Table<'_>, key: &str, accepts: &str) {
        let path = join(&table.path, key);
        let error = self.fail(table.place, &path, format!("missing key \"{path}\": {accepts}"));
        accepts.clone_into(&mut error.accepts);
    }

    /// The table at a spot; its keys must be among `known`.
    pub fn table<'n>(&mut self, spot: &Spot<'n>, known: &[&str], accepts: &str) -> Option<Table<'n>> {
        let Tree::Table(fields) = &spot.node.tree else {
            self.refuse(spot, accepts);
            return None;
        };
        for field in fields.iter().filter(|field| !known.contains(&field.key.as_str())) {
            let suggestion = nearest(&field.key, known);
            let owner = if spot.path.is_empty() { String::new() } else { format!("{}: ", spot.path) };
            let hint = match &suggestion {
                Some(word) => format!("did you mean \"{word}\"?"),
                None => format!("accepted keys are {}", known.join(", ")),
            };
            let message = format!("{owner}unknown key \"{}\": {hint}", shorten(&field.key));
            let error = self.fail(field.place, &join(&spot.path, &field.key), message);
            (error.accepts, error.suggestion) = (known.join(", "), suggestion);
        }
        Some(Table { path: spot.path.clone(), place: spot.node.place, fields })
    }

    /// A table of which exactly one key must be given.
    pub fn alternative<'n>(&mut self, spot: &Spot<'n>, keys: &[&'static str]) -> Option<(&'static str, Spot<'n>)> {
        let accepts = format!("a table with exactly one of {}", keys.join(", "));
        let before = self.errors();
        let table = self.table(spot, keys, &accepts)?;
        let given: Vec<_> = keys.iter().filter_map(|&key| Some((key, table.get(key)?))).collect();
        if given.len() != 1 && self.errors() == before {
            self.refuse(spot, &accepts);
        }
        given.into_iter().next().filter(|_| self.errors() == before)
    }

    /// The elements of a list or the single value; an empty list is refused.
    pub fn each<'n>(&mut self, spot: &Spot<'n>) -> Vec<Spot<'n>> {
        let Some(elements) = spot.elements() else { return vec![spot.clone()] };
        if elements.is_empty() {
            self.refuse(spot, "at least one value");
        }
        elements
    }

    /// A number of a range.
    pub fn number(&mut self, spot: &Spot<'_>, range: Range) -> Option<f64> {
        let accepted = spot.number().filter(|x| x.is_finite() && range.contains(*x));
        if accepted.is_none() {
            self.refuse(spot, &range.to_string());
        }
        accepted
    }

    /// A whole number from 1 to `most`.
    pub fn whole(&mut self, spot: &Spot<'_>, most: f64) -> Option<f64> {
        let accepted = spot.number().filter(|x| x.fract() == 0.0 && *x >= 1.0 && *x <= most);
        if accepted.is_none() && most == MOST_WHOLE {
            self.refuse(spot, "a whole number from 1 to 2^53");
        } else if accepted.is_none() {
            self.refuse(spot, &format!("a whole number from 1 to {most}"));
        }
        accepted
    }

    /// Numbers: one, a list, or a grid.
    pub fn numbers(&mut self, spot: &Spot<'_>, range: Range) -> Vec<f64> {
        if spot.has(&["log", "lin", "count"]) {
            return self.grid(spot, range).unwrap_or_default();
        }
        let spots = self.each(spot);
        let found: Vec<_> = spots.iter().map(|spot| self.number(spot, range)).collect();
        self.distinct(&spots, &found);
        found.into_iter().flatten().collect()
    }

    /// The points of `{ log = [a, b], count = n }` or `{ lin = … }`.
    pub fn grid(&mut self, spot: &Spot<'_>, range: Range) -> Option<Vec<f64>> {
        const KEYS: &[&str] = &["log", "lin", "count"];
        let before = self.errors();
        let table = self.table(spot, KEYS, "a grid")?;
        let spacing = match (table.get("log"), table.get("lin")) {
            (Some(ends), None) => Some((Spacing::Log, ends)),
            (None, Some(ends)) => Some((Spacing::Lin, ends)),
            _ => {
                self.refuse(spot, "a grid has either log or lin");
                None
            }
        };
        let count = match table.get("count") {
            Some(count) => self.whole(&count, MOST_POINTS),
            None => {
                self.missing(&table, "count", "a whole number from 1 to 10000");
                None
            }
        };
        let (spacing, ends) = spacing?;
        let ends = self.ends(&ends, spacing, range, count != Some(1.0));
        let (low, high) = ends.filter(|_| self.errors() == before)?;
        let points = grid::points(spacing, low, high, count? as usize);
        if !grid::distinct(&points) {
            self.refuse(spot, "ends far enough apart for distinct points");
        }
        Some(points)
    }

    fn ends(&mut self, spot: &Spot<'_>, spacing: Spacing, range: Range, several: bool) -> Option<(f64, f64)> {
        let elements = spot.elements().unwrap_or_default();
        let [low, high] = elements.as_slice() else {
            self.refuse(spot, "two numbers [a, b] with a < b");
            return None;
        };
        let (a, b) = (self.number(low, range), self.number(high, range));
        let (a, b) = (a?, b?);
        if spacing == Spacing::Log && a <= 0.0 {
            self.refuse(spot, "two numbers [a, b] with 0 < a < b");
            return None;
        }
        if b < a || (several && a == b) {
            self.refuse(spot, "two numbers [a, b] with a < b");
            return None;
        }
        Some((a, b))
    }

    /// Words out of a few: one or a list. The positions of the words, in the order given.
    pub fn words(&mut self, spot: &Spot<'_>, known: &[&str]) -> Vec<usize> {
        let spots = self.each(spot);
        let found: Vec<_> = spots.iter().map(|spot| self.word(spot, known)).collect();
        self.distinct(&spots, &found);
        found.into_iter().flatten().collect()
    }

    /// A word out of a few: its position.
    pub fn word(&mut self, spot: &Spot<'_>, known: &[&str]) -> Option<usize> {
        let found = spot.text().and_then(|text| known.iter().position(|name| *name == text));
        if found.is_none() {
            self.refuse_word(spot, known);
        }
        found
    }

    /// Refuses values that were given before.
    pub fn distinct<T: PartialEq>(&mut self, spots: &[Spot<'_>], values: &[Option<T>]) {
        for (i, value) in values.iter().enumerate().filter(|(_, value)| value.is_some()) {
            if let Some(first) = values[..i].iter().position(|earlier| earlier == value) {
                self.refuse(&spots[i], &format!("{} is the same", spots[first].path));
            }
        }
    }
}

/// `one of a, b, c`.
pub(super) fn one_of(known: &[&str]) -> String {
    let quoted: Vec<String> = known.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [] => "there is none to choose".to_owned(),
        [only] => only.clone(),
        _ => format!("one of {}", quoted.join(", ")),
    }
}
