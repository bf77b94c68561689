//! Checked values of the hyperparameters of one use of an entry.

use std::fmt;

use crate::describe::{Domain, Entry, Invalid, Value};

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
        let tacit = |name: &str, value: &Value| {
            let domain = entry.position(name).map(|position| entry.hyperparameters[position].domain);
            let may = |domain: &Domain| matches!(domain, Domain::Tacit { .. } | Domain::TacitItem { .. });
            domain.filter(may).is_some_and(|domain| domain.default_value() == *value)
        };
        values.retain(|(name, value)| !tacit(name, value));
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

    /// What these are settings of.
    #[must_use]
    pub fn entry(&self) -> &'static Entry {
        self.entry
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

    /// A list of numbers, or the word in its place.
    ///
    /// # Errors
    /// The word.
    ///
    /// # Panics
    /// If there is none of this name and kind.
    pub fn numbers_or_word(&self, name: &str) -> Result<&[f64], &str> {
        match self.get(name) {
            Value::Numbers(x) => Ok(x),
            Value::Word(x) => Err(x),
            other => panic!("{name} is neither a list of numbers nor a word but {other}"),
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

    /// A choice whose default is not held; `None` is the default.
    ///
    /// # Panics
    /// If it is of another kind.
    #[must_use]
    pub fn tacit(&self, name: &str) -> Option<&str> {
        self.values.iter().any(|(known, _)| *known == name).then(|| self.word(name))
    }

    /// Entries of another catalogue.
    ///
    /// # Panics
    /// If there are none of this name and kind.
    #[must_use]
    pub fn items(&self, name: &str) -> &[Self] {
        match self.get(name) {
            Value::Items(x) => x,
            other => panic!("{name} is not a list of items but {other}"),
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

    /// An entry of another catalogue whose default is not held; `None` is the default.
    ///
    /// # Panics
    /// If it is of another kind.
    #[must_use]
    pub fn tacit_item(&self, name: &str) -> Option<&Self> {
        self.values.iter().any(|(known, _)| *known == name).then(|| self.item(name))
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
