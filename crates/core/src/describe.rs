//! How every catalogue describes its entries, and what hyperparameters accept.

use std::fmt;

use crate::Settings;

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
    /// Where it comes from; the first publication as `authors (year), title and place`.
    pub reference: &'static str,
}

impl Entry {
    /// The statements of the formula, as a dialect reads them.
    ///
    /// A statement ends at a semicolon that is in no parentheses.
    /// Without a dialect, or in one that has no lines of its own, they are those of the entry.
    #[must_use]
    pub fn lines(&self, dialect: Option<&Dialect>) -> Vec<&'static str> {
        let own = dialect.map_or(&[][..], |dialect| dialect.formula);
        let read = |(i, line)| own.iter().find(|(number, _)| *number == i + 1).map_or(line, |(_, line)| *line);
        statements(self.formula).into_iter().enumerate().map(read).flat_map(statements).collect()
    }

    /// Who wrote the first publication of [`Self::reference`], and when.
    ///
    /// `None` if the reference does not start with `authors (year)`.
    #[must_use]
    pub fn publication(&self) -> Option<(&'static str, u16)> {
        let (authors, rest) = self.reference.split_once(" (")?;
        let (year, _) = rest.split_once(')')?;
        Some((authors, year.parse().ok().filter(|year| (1000..10000).contains(year))?))
    }

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

/// The statements of a formula, without the semicolons between them.
fn statements(formula: &'static str) -> Vec<&'static str> {
    let mut depth = 0;
    let ends = |symbol: char| {
        depth += i32::from(symbol == '(') - i32::from(symbol == ')');
        symbol == ';' && depth == 0
    };
    formula.split(ends).map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// One library's or paper's reading of an [`Entry`].
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// `"torch"`, `"optax"`, `"pytorch-optimizer"` or `"paper"`.
    pub name: &'static str,
    /// What it does differently.
    pub conventions: &'static str,
    /// The [lines](Entry::lines) of the entry's formula, counted from 1, that read differently here, and how they read:
    /// one statement, several, or none.
    pub formula: &'static [(usize, &'static str)],
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
    /// One of several words, of which settings do not hold the default: their text is what it was before the entry had
    /// this hyperparameter, and so are the keys of runs. It stands after all others.
    Tacit {
        /// The default.
        default: &'static str,
        /// The words.
        accepts: &'static [&'static str],
    },
    /// A list of numbers in a range, or one of several words.
    NumbersOrWord {
        /// The default, one of the words.
        default: &'static str,
        /// The words.
        accepts: &'static [&'static str],
        /// What each number is to be.
        range: Range,
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
    /// An [`Item`](Self::Item) whose default settings do not hold, as those of [`Tacit`](Self::Tacit).
    TacitItem {
        /// The default, by name.
        default: &'static str,
        /// The other catalogue.
        catalogue: fn() -> Vec<&'static Entry>,
    },
    /// A list of entries of another catalogue, each by its name or as a table with a `name`.
    Items {
        /// The default, by names.
        default: &'static [&'static str],
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
    /// Entries of another catalogue.
    Items(Vec<Settings>),
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
            Self::Items(x) => {
                let items: Vec<String> = x.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
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
            Self::Choice { default, .. } | Self::Tacit { default, .. } | Self::NumbersOrWord { default, .. } => {
                Value::Word(default.to_owned())
            }
            Self::Optional { absent, .. } => Value::Word(absent.to_owned()),
            Self::Numbers { default, .. } => Value::Numbers(default.to_vec()),
            Self::Integers { default } => Value::Integers(default.to_vec()),
            Self::Text { default } => Value::Word(default.to_owned()),
            Self::Item { default, catalogue } | Self::TacitItem { default, catalogue } => {
                Value::Item(default_item(default, &catalogue()))
            }
            Self::Items { default, catalogue } => {
                Value::Items(default.iter().map(|name| default_item(name, &catalogue())).collect())
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
            (
                Self::Choice { accepts, .. } | Self::Tacit { accepts, .. } | Self::NumbersOrWord { accepts, .. },
                Value::Word(word),
            ) => accepts.contains(&word.as_str()),
            (Self::Optional { range, .. }, Value::Number(x)) => range.contains(*x),
            (Self::Optional { absent, .. }, Value::Word(word)) => word == absent,
            (Self::Numbers { range, .. } | Self::NumbersOrWord { range, .. }, Value::Numbers(list)) => {
                list.iter().all(|&x| range.contains(x))
            }
            (Self::Integers { .. }, Value::Integers(list)) => list.iter().all(|&n| n >= 1),
            (Self::Text { .. }, Value::Word(_)) => true,
            (Self::Item { catalogue, .. } | Self::TacitItem { catalogue, .. }, Value::Item(item)) => {
                catalogue().iter().any(|entry| entry.name == item.name())
            }
            (Self::Items { catalogue, .. }, Value::Items(items)) => {
                let known = |item: &Settings| catalogue().iter().any(|entry| entry.name == item.name());
                !items.is_empty() && items.iter().all(known)
            }
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
            Self::Choice { accepts, .. } | Self::Tacit { accepts, .. } => write!(f, "{}", quoted(accepts)),
            Self::NumbersOrWord { accepts, range, .. } => write!(f, "{}, or a list, each {range}", quoted(accepts)),
            Self::Optional { range, absent } => write!(f, "{range}, or \"{absent}\""),
            Self::Numbers { range, .. } => write!(f, "a list, each {range}"),
            Self::Integers { .. } => write!(f, "a list of whole numbers ≥ 1"),
            Self::Text { .. } => write!(f, "a text"),
            Self::Item { catalogue, .. } | Self::TacitItem { catalogue, .. } => {
                let names: Vec<&str> = catalogue().iter().map(|entry| entry.name).collect();
                write!(f, "one of {}", names.join(", "))
            }
            Self::Items { catalogue, .. } => {
                let names: Vec<&str> = catalogue().iter().map(|entry| entry.name).collect();
                write!(f, "a list of at least one, each one of {}", names.join(", "))
            }
        }
    }
}

/// Words as plans write them.
fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

/// The defaults of the entry of this name.
fn default_item(name: &str, catalogue: &[&'static Entry]) -> Settings {
    let entry = catalogue.iter().find(|entry| entry.name == name);
    Settings::defaults(entry.expect("the default is in its catalogue"))
}
