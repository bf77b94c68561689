//! A rule with its settings.

use sgdlab_core::{Dialect, Entry, Invalid, Settings, Value};
use sgdlab_optimizers::RuleSpec;

/// A rule of the registry, in a dialect, with values for all hyperparameters.
#[derive(Clone, Debug)]
pub struct Subject {
    entry: &'static Entry,
    settings: Settings,
    rule: RuleSpec,
}

impl Subject {
    /// The rule in a dialect (the first, if `None`), with `given` in place of its defaults.
    ///
    /// ```
    /// use sgdlab_core::Value;
    /// use sgdlab_fingerprints::Subject;
    /// let adam = sgdlab_optimizers::entries().into_iter().find(|entry| entry.name == "adam").unwrap();
    /// let subject = Subject::new(adam, Some("optax"), [("beta2", Value::Number(0.99))]).unwrap();
    /// assert_eq!(subject.label(), "adam/optax");
    /// assert!(Subject::new(adam, Some("optax"), [("maximize", Value::Flag(true))]).is_err());
    /// ```
    ///
    /// # Errors
    /// If the dialect, a name or a value is not accepted, or values do not go together.
    pub fn new<'a>(
        entry: &'static Entry,
        dialect: Option<&str>,
        given: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<Self, Invalid> {
        let settings = match dialect {
            Some(_) => Settings::in_dialect(entry, dialect, given)?,
            None => Settings::new(entry, given)?,
        };
        let rule = RuleSpec::new(&settings)?;
        Ok(Self { entry, settings, rule })
    }

    /// The same with another value for one hyperparameter.
    ///
    /// # Errors
    /// If it has no such hyperparameter, or does not accept the value.
    pub fn with(&self, name: &str, value: &Value) -> Result<Self, Invalid> {
        let rest = self.settings.values().iter().filter(|(known, _)| *known != name);
        let rest = rest.map(|(known, value)| (*known, value.clone()));
        Self::new(self.entry, self.settings.dialect(), rest.chain([(name, value.clone())]))
    }

    /// How the catalogue describes the rule.
    #[must_use]
    pub fn entry(&self) -> &'static Entry {
        self.entry
    }

    /// The values of all hyperparameters.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The rule that is run.
    #[must_use]
    pub fn rule(&self) -> &RuleSpec {
        &self.rule
    }

    /// The value of a hyperparameter, if there is one of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.settings.values().iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The dialect, where the rule has several.
    #[must_use]
    pub fn dialect(&self) -> Option<&'static Dialect> {
        let name = self.settings.dialect()?;
        self.entry.dialects.iter().find(|dialect| dialect.name == name)
    }

    /// The statements of the formula in this dialect.
    #[must_use]
    pub fn lines(&self) -> Vec<&'static str> {
        self.entry.lines(self.dialect())
    }

    /// `rule/dialect`, or the rule's name if it has no dialects.
    #[must_use]
    pub fn label(&self) -> String {
        match self.settings.dialect() {
            Some(dialect) => format!("{}/{dialect}", self.entry.name),
            None => self.entry.name.to_owned(),
        }
    }
}
