//! How every catalogue describes its entries, and how hyperparameters are checked.

use std::fmt;

/// One entry of a catalogue, as `list`, `show`, the JSON schema and the tests see it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name in plans and tables, kebab-case.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The formula; its symbols are the hyperparameters' names.
    pub formula: &'static str,
    /// What differs between published and library variants, and which one this is.
    pub conventions: &'static str,
    /// The hyperparameters, in order.
    pub hyperparameters: &'static [Hyperparameter],
    /// Named readings where libraries differ; the first is the default. Empty if there is only one.
    pub dialects: &'static [Dialect],
    /// Memory and oracle cost, or what else it costs to use.
    pub cost: &'static str,
    /// Where it comes from.
    pub reference: &'static str,
}

impl Entry {
    /// The dialect of this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn dialect(&self, name: &str) -> Result<&'static Dialect, Invalid> {
        let names: Vec<_> = self.dialects.iter().map(|dialect| dialect.name).collect();
        let found = self.dialects.iter().find(|dialect| dialect.name == name);
        found.ok_or_else(|| Invalid::new("dialect", name, names.join(", ")))
    }

    /// Where the hyperparameter of this name stands.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.hyperparameters.iter().position(|h| h.name == name)
    }
}

/// One library's or paper's reading of an [`Entry`].
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// `"torch"`, `"optax"`, `"pytorch-optimizer"` or `"paper"`.
    pub name: &'static str,
    /// What it does differently.
    pub conventions: &'static str,
    /// Its defaults, where they differ from the entry's.
    pub defaults: &'static [(&'static str, f64)],
}

/// One hyperparameter of an [`Entry`].
#[derive(Clone, Copy, Debug)]
pub struct Hyperparameter {
    /// Its name in plans, kebab-case.
    pub name: &'static str,
    /// What it is, with its unit.
    pub meaning: &'static str,
    /// Its default and what it accepts.
    pub domain: Domain,
}

/// What a hyperparameter accepts, and its default.
#[derive(Clone, Copy, Debug)]
pub enum Domain {
    /// A number in a range.
    Number {
        /// The default.
        default: f64,
        /// What is accepted.
        range: Range,
    },
    /// A whole number in a range.
    Integer {
        /// The default.
        default: i64,
        /// Smallest accepted value.
        least: i64,
    },
    /// `true` or `false`.
    Flag {
        /// The default.
        default: bool,
    },
    /// One of several words.
    Choice {
        /// The default.
        default: &'static str,
        /// The words.
        accepts: &'static [&'static str],
    },
    /// A number in a range, or a word that says that there is none.
    Optional {
        /// The word, which is the default.
        absent: &'static str,
        /// What numbers are accepted.
        range: Range,
    },
    /// A list of numbers in a range.
    Numbers {
        /// The default.
        default: &'static [f64],
        /// What each is to be.
        range: Range,
    },
    /// A list of whole numbers ≥ 1.
    Integers {
        /// The default.
        default: &'static [i64],
    },
    /// Any text.
    Text {
        /// The default.
        default: &'static str,
    },
    /// An entry of another catalogue, by its name or as a table with a `name`.
    Item {
        /// The default, by name.
        default: &'static str,
        /// The other catalogue.
        catalogue: fn() -> Vec<&'static Entry>,
    },
}

/// An interval with open or closed ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the lower end itself is accepted.
    pub includes_low: bool,
    /// Whether the upper end itself is accepted.
    pub includes_high: bool,
}

impl Range {
    /// [low, high).
    #[must_use]
    pub const fn from_to(low: f64, high: f64) -> Self {
        Self { low, high, includes_low: true, includes_high: false }
    }

    /// [low, high].
    #[must_use]
    pub const fn closed(low: f64, high: f64) -> Self {
        Self { low, high, includes_low: true, includes_high: true }
    }

    /// (low, high).
    #[must_use]
    pub const fn open(low: f64, high: f64) -> Self {
        Self { low, high, includes_low: false, includes_high: false }
    }

    /// [low, ∞), finite.
    #[must_use]
    pub const fn at_least(low: f64) -> Self {
        Self::from_to(low, f64::INFINITY)
    }

    /// (low, ∞), finite.
    #[must_use]
    pub const fn above(low: f64) -> Self {
        Self::open(low, f64::INFINITY)
    }

    /// Any finite number.
    pub const FINITE: Self = Self::open(f64::NEG_INFINITY, f64::INFINITY);

    /// Whether `x` lies inside.
    #[must_use]
    pub fn contains(&self, x: f64) -> bool {
        let above = x > self.low || (self.includes_low && x == self.low);
        let below = x < self.high || (self.includes_high && x == self.high);
        above && below
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.low.is_finite(), self.high.is_finite()) {
            (false, false) => write!(f, "any finite number"),
            (true, false) => write!(f, "a number {} {}", if self.includes_low { "≥" } else { ">" }, self.low),
            (false, true) => write!(f, "a number {} {}", if self.includes_high { "≤" } else { "<" }, self.high),
            (true, true) => write!(
                f,
                "a number in {}{}, {}{}",
                if self.includes_low { '[' } else { '(' },
                self.low,
                self.high,
                if self.includes_high { ']' } else { ')' }
            ),
        }
    }
}

/// A hyperparameter was given a value it does not accept.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field} = {value} is not accepted: it takes {accepts}")]
pub struct Invalid {
    /// The hyperparameter.
    pub field: String,
    /// What was given.
    pub value: String,
    /// What it takes.
    pub accepts: String,
}

impl Invalid {
    /// `field` was given `value` but takes `accepts`.
    pub fn new(field: impl Into<String>, value: impl fmt::Display, accepts: impl fmt::Display) -> Self {
        Self { field: field.into(), value: value.to_string(), accepts: accepts.to_string() }
    }
}

/// A value given for a hyperparameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number; whole numbers are numbers too.
    Number(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A word.
    Word(String),
    /// A list of numbers.
    Numbers(Vec<f64>),
    /// A list of whole numbers.
    Integers(Vec<i64>),
    /// An entry of another catalogue.
    Item(Settings),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => write!(f, "{x:?}"),
            Self::Flag(x) => write!(f, "{x}"),
            Self::Word(x) => write!(f, "{x}"),
            Self::Numbers(x) => write!(f, "{x:?}"),
            Self::Integers(x) => write!(f, "{x:?}"),
            Self::Item(x) => x.fmt(f),
        }
    }
}

impl Domain {
    /// The default.
    ///
    /// # Panics
    /// If the default item is not in its catalogue, which the catalogue tests rule out.
    #[must_use]
    pub fn default_value(&self) -> Value {
        match *self {
            Self::Number { default, .. } => Value::Number(default),
            Self::Integer { default, .. } => Value::Number(default as f64),
            Self::Flag { default } => Value::Flag(default),
            Self::Choice { default, .. } => Value::Word(default.to_owned()),
            Self::Optional { absent, .. } => Value::Word(absent.to_owned()),
            Self::Numbers { default, .. } => Value::Numbers(default.to_vec()),
            Self::Integers { default } => Value::Integers(default.to_vec()),
            Self::Text { default } => Value::Word(default.to_owned()),
            Self::Item { default, catalogue } => {
                let entry = catalogue().into_iter().find(|entry| entry.name == default);
                Value::Item(Settings::defaults(entry.expect("the default is in its catalogue")))
            }
        }
    }

    /// Whether `value` is accepted.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number { range, .. }, Value::Number(x)) => range.contains(*x),
            (Self::Integer { least, .. }, Value::Number(x)) => {
                x.fract() == 0.0 && *x >= *least as f64 && *x <= 9_007_199_254_740_992.0
            }
            (Self::Flag { .. }, Value::Flag(_)) => true,
            (Self::Choice { accepts, .. }, Value::Word(word)) => accepts.contains(&word.as_str()),
            (Self::Optional { range, .. }, Value::Number(x)) => range.contains(*x),
            (Self::Optional { absent, .. }, Value::Word(word)) => word == absent,
            (Self::Numbers { range, .. }, Value::Numbers(list)) => list.iter().all(|&x| range.contains(x)),
            (Self::Integers { .. }, Value::Integers(list)) => list.iter().all(|&n| n >= 1),
            (Self::Text { .. }, Value::Word(_)) => true,
            (Self::Item { catalogue, .. }, Value::Item(item)) => catalogue().iter().any(|e| e.name == item.name()),
            _ => false,
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { range, .. } => range.fmt(f),
            Self::Integer { least, .. } => write!(f, "a whole number ≥ {least}"),
            Self::Flag { .. } => write!(f, "true or false"),
            Self::Choice { accepts, .. } => {
                let words: Vec<String> = accepts.iter().map(|word| format!("\"{word}\"")).collect();
                write!(f, "{}", words.join(", "))
            }
            Self::Optional { range, absent } => write!(f, "{range}, or \"{absent}\""),
            Self::Numbers { range, .. } => write!(f, "a list, each {range}"),
            Self::Integers { .. } => write!(f, "a list of whole numbers ≥ 1"),
            Self::Text { .. } => write!(f, "a text"),
            Self::Item { catalogue, .. } => {
                let names: Vec<&str> = catalogue().iter().map(|entry| entry.name).collect();
                write!(f, "one of {}", names.join(", "))
            }
        }
    }
}

/// The hyperparameters of one use of an [`Entry`]: a value for each, checked.
///
/// ```
/// use sgdlab_core::{Domain, Entry, Hyperparameter, Range, Settings, Value};
/// const ENTRY: Entry = Entry {
///     name: "huber", summary: "", formula: "", conventions: "", cost: "", reference: "", dialects: &[],
///     hyperparameters: &[Hyperparameter {
///         name: "delta", meaning: "",
///         domain: Domain::Number { default: 1.0, range: Range::above(0.0) },
///     }],
/// };
/// let settings = Settings::new(&ENTRY, [("delta", Value::Number(2.0))]).unwrap();
/// assert_eq!(settings.number("delta"), 2.0);
/// assert!(Settings::new(&ENTRY, [("delta", Value::Number(-1.0))]).is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    entry: &'static Entry,
    dialect: Option<&'static str>,
    values: Vec<(&'static str, Value)>,
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        (self.entry.name, self.dialect, &self.values) == (other.entry.name, other.dialect, &other.values)
    }
}

impl Settings {
    /// The defaults of the entry's first dialect, with `given` put in their place.
    ///
    /// # Errors
    /// If a name is unknown or a value not accepted.
    pub fn new<'a>(entry: &'static Entry, given: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Self, Invalid> {
        let dialect = entry.dialects.first().map(|dialect| dialect.name);
        Self::in_dialect(entry, dialect, given)
    }

    /// The defaults of a dialect, with `given` put in their place.
    ///
    /// # Errors
    /// If the dialect or a name is unknown or a value not accepted.
    ///
    /// # Panics
    /// If a dialect names a hyperparameter that its entry lacks, which the catalogue tests rule out.
    pub fn in_dialect<'a>(
        entry: &'static Entry,
        dialect: Option<&str>,
        given: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<Self, Invalid> {
        let mut values: Vec<_> = entry.hyperparameters.iter().map(|h| (h.name, h.domain.default_value())).collect();
        let dialect = dialect.map(|name| entry.dialect(name)).transpose()?;
        for (name, default) in dialect.map_or(&[][..], |dialect| dialect.defaults) {
            let position = entry.position(name).expect("a dialect names hyperparameters of its entry");
            values[position].1 = match entry.hyperparameters[position].domain {
                Domain::Flag { .. } => Value::Flag(*default != 0.0),
                _ => Value::Number(*default),
            };
        }
        for (name, value) in given {
            let Some(position) = entry.position(name) else {
                let names: Vec<_> = entry.hyperparameters.iter().map(|h| h.name).collect();
                return Err(Invalid::new(name, value, format!("no such key; {} has {}", entry.name, names.join(", "))));
            };
            let domain = entry.hyperparameters[position].domain;
            if !domain.accepts(&value) {
                return Err(Invalid::new(name, value, domain));
            }
            values[position].1 = value;
        }
        Ok(Self { entry, dialect: dialect.map(|dialect| dialect.name), values })
    }

    /// The entry's defaults.
    ///
    /// # Panics
    /// If the entry does not accept its own defaults, which the catalogue tests rule out.
    #[must_use]
    pub fn defaults(entry: &'static Entry) -> Self {
        Self::new(entry, []).expect("defaults are accepted")
    }

    /// The dialect, where the entry has several.
    #[must_use]
    pub fn dialect(&self) -> Option<&'static str> {
        self.dialect
    }

    /// The entry's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// All values, in the entry's order.
    #[must_use]
    pub fn values(&self) -> &[(&'static str, Value)] {
        &self.values
    }

    /// The settings with another value of a hyperparameter.
    ///
    /// # Errors
    /// If there is none of this name, or it does not accept the value.
    pub fn with(&self, name: &str, value: Value) -> Result<Self, Invalid> {
        let Some(position) = self.values.iter().position(|(known, _)| *known == name) else {
            let names: Vec<_> = self.values.iter().map(|(name, _)| *name).collect();
            return Err(Invalid::new("hyperparameter", name, format!("one of {}", names.join(", "))));
        };
        let domain = self.entry.hyperparameters[position].domain;
        if !domain.accepts(&value) {
            return Err(Invalid::new(name, value, domain));
        }
        let mut settings = self.clone();
        settings.values[position].1 = value;
        Ok(settings)
    }

    /// The settings without a hyperparameter.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let values = self.values.iter().filter(|(known, _)| *known != name).cloned().collect();
        Self { values, ..self.clone() }
    }

    fn get(&self, name: &str) -> &Value {
        let found = self.values.iter().find(|(known, _)| *known == name);
        &found.unwrap_or_else(|| panic!("{} has no hyperparameter {name}", self.entry.name)).1
    }

    /// A numeric hyperparameter.
    ///
    /// # Panics
    /// If there is none of this name and kind: an error of the program, not of its user.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        match self.get(name) {
            Value::Number(x) => *x,
            other => panic!("{name} is not a number but {other}"),
        }
    }

    /// An optional number.
    ///
    /// # Panics
    /// If there is none of this name and kind.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            Value::Number(x) => Some(*x),
            Value::Word(_) => None,
            other => panic!("{name} is not an optional number but {other}"),
        }
    }

    /// A list of numbers.
    ///
    /// # Panics
    /// If there is none of this name and kind.
    #[must_use]
    pub fn numbers(&self, name: &str) -> &[f64] {
        match self.get(name) {
            Value::Numbers(x) => x,
            other => panic!("{name} is not a list of numbers but {other}"),
        }
    }

    /// A whole-number hyperparameter.
    ///
    /// # Panics
    /// If there is none of this name and kind.
    #[must_use]
    pub fn integer(&self, name: &str) -> u64 {
        self.number(name) as u64
    }

    /// A flag.
    ///
    /// # Panics
    /// If there is none of this name and kind.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        match self.get(name) {
            Value::Flag(x) => *x,
            other => panic!("{name} is not a flag but {other}"),
        }
    }

    /// A choice.
    ///
    /// # Panics
    /// If there is none of this name and kind.
    #[must_use]
    pub fn word(&self, name: &str) -> &str {
        match self.get(name) {
            Value::Word(x) => x,
            other => panic!("{name} is not a word but {other}"),
        }
    }

    /// An entry of another catalogue.
    ///
    /// # Panics
    /// If there is none of this name and kind.
    #[must_use]
    pub fn item(&self, name: &str) -> &Settings {
        match self.get(name) {
            Value::Item(x) => x,
            other => panic!("{name} is not an item but {other}"),
        }
    }

    /// A list of whole numbers.
    ///
    /// # Panics
    /// If there is none of this name and kind.
    #[must_use]
    pub fn integers(&self, name: &str) -> Vec<usize> {
        match self.get(name) {
            Value::Integers(x) => x.iter().map(|&n| n as usize).collect(),
            other => panic!("{name} is not a list but {other}"),
        }
    }
}

impl fmt::Display for Settings {
    /// `name/dialect(key=value, …)`, with every value: the canonical text that run keys are made of.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.entry.name)?;
        if let Some(dialect) = self.dialect {
            write!(f, "/{dialect}")?;
        }
        if self.values.is_empty() {
            return Ok(());
        }
        let values: Vec<String> = self.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(f, "({})", values.join(", "))
    }
}

/// The known word that `word` most likely means.
///
/// Upper and lower case are the same letter.
/// One edit (insertion, deletion, replacement, swap of neighbors) is allowed per three characters.
#[must_use]
pub fn nearest(word: &str, known: &[&str]) -> Option<String> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    // The distance takes quadratic time; no name is that long.
    if length > 64 {
        return None;
    }
    let distances = known.iter().map(|name| (strsim::damerau_levenshtein(&word, &name.to_lowercase()), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= (length / 3).max(1) && distance < name.chars().count()).then(|| (*name).to_owned())
}
