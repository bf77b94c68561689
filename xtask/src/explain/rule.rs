//! From words on the command line to a rule with its settings.

use anyhow::{Result, anyhow, bail};
use sgdlab_core::{Entry, Value};
use sgdlab_fingerprints::Subject;

use crate::words::{hint, value};

/// A rule and, if that was said, its dialect.
pub struct Request {
    entry: &'static Entry,
    dialect: Option<&'static str>,
}

fn entry(name: &str) -> Option<&'static Entry> {
    sgdlab_optimizers::entries().into_iter().find(|entry| entry.name == name)
}

impl Request {
    /// `rule` or `rule/dialect`.
    pub fn parse(word: &str) -> Result<Self> {
        let (name, dialect) = word.split_once('/').map_or((word, None), |(name, dialect)| (name, Some(dialect)));
        let Some(entry) = entry(&name.replace('_', "-")) else {
            let names: Vec<&str> = sgdlab_optimizers::entries().iter().map(|entry| entry.name).collect();
            bail!("no rule is called \"{name}\"; cargo xtask explain lists them{}", hint(name, &names));
        };
        let dialect = dialect.map(|word| of(entry, word)).transpose()?;
        Ok(Self { entry, dialect })
    }

    /// What this one is compared with: another dialect of the same rule, or another rule.
    pub fn against(&self, word: &str) -> Result<Self> {
        if let Ok(dialect) = of(self.entry, word) {
            return Ok(Self { entry: self.entry, dialect: Some(dialect) });
        }
        Self::parse(word).map_err(|error| match self.entry.dialects {
            [] => error,
            dialects => {
                let names: Vec<&str> = dialects.iter().map(|dialect| dialect.name).collect();
                anyhow!("{error}; {} has the dialects {}", self.entry.name, names.join(", "))
            }
        })
    }

    fn subject(&self, given: &[(&str, Value)]) -> Result<Subject> {
        Ok(Subject::new(self.entry, self.dialect, given.iter().cloned())?)
    }
}

fn of(entry: &Entry, word: &str) -> Result<&'static str> {
    let names: Vec<&'static str> = entry.dialects.iter().map(|dialect| dialect.name).collect();
    let word = word.replace('_', "-");
    let found = names.iter().find(|name| **name == word);
    found.copied().ok_or_else(|| {
        let has =
            if names.is_empty() { "no dialects".to_owned() } else { format!("the dialects {}", names.join(", ")) };
        anyhow!("{} has no dialect \"{word}\", but {has}{}", entry.name, hint(&word, &names))
    })
}

/// The rules with the values that were given for them; one that has no hyperparameter of a name does without it if the
/// other has it.
pub fn subjects(first: &Request, second: Option<&Request>, given: &[(String, String)]) -> Result<Vec<Subject>> {
    let requests: Vec<&Request> = [first].into_iter().chain(second).collect();
    for (key, _) in given {
        if requests.iter().all(|request| request.entry.position(key).is_none()) {
            let names = |request: &&Request| request.entry.hyperparameters.iter().map(|h| h.name).collect::<Vec<_>>();
            let mut names = requests.iter().map(names).collect::<Vec<_>>().concat();
            names.dedup();
            let names_said = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            bail!("{} has no hyperparameter \"{key}\"; it has {names_said}{}", first.entry.name, hint(key, &names));
        }
    }
    let subject = |request: &Request| {
        let own = given.iter().filter(|(key, _)| request.entry.position(key).is_some());
        let own = own.map(|(key, word)| Ok((key.as_str(), value(request.entry, key, word)?)));
        request.subject(&own.collect::<Result<Vec<_>>>()?)
    };
    requests.into_iter().map(subject).collect()
}
