//! From words on the command line to a rule with its settings.

use anyhow::{Result, anyhow, bail};
use sgdlab_core::{Domain, Entry, Settings, Value, nearest};
use sgdlab_fingerprints::Subject;

/// A rule and, if that was said, its dialect.
pub struct Request {
    entry: &'static Entry,
    dialect: Option<&'static str>,
}

/// KEY=VALUE.
pub fn assignment(word: &str) -> Result<(String, String), String> {
    let (key, value) = word.split_once('=').ok_or_else(|| format!("\"{word}\" is not KEY=VALUE, as in beta2=0.99"))?;
    Ok((key.trim().replace('_', "-"), value.trim().to_owned()))
}

fn entry(name: &str) -> Option<&'static Entry> {
    sgdlab_optimizers::entries().into_iter().find(|entry| entry.name == name)
}

fn hint(word: &str, known: &[&str]) -> String {
    nearest(word, known).map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default()
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

/// A word as the hyperparameter's domain reads it.
fn value(entry: &Entry, key: &str, word: &str) -> Result<Value> {
    let position = entry.position(key).ok_or_else(|| anyhow!("{} has no hyperparameter \"{key}\"", entry.name))?;
    let domain = entry.hyperparameters[position].domain;
    let number = |word: &str| word.trim().parse::<f64>().ok();
    let list = || word.trim_matches(['[', ']']).split(',').map(number).collect::<Option<Vec<f64>>>();
    let read = match domain {
        Domain::Number { .. } | Domain::Integer { .. } => number(word).map(Value::Number),
        Domain::Flag { .. } => word.parse().ok().map(Value::Flag),
        Domain::Choice { .. } | Domain::Tacit { .. } | Domain::Text { .. } => Some(Value::Word(word.to_owned())),
        Domain::Optional { absent, .. } if word == absent => Some(Value::Word(word.to_owned())),
        Domain::Optional { .. } => number(word).map(Value::Number),
        Domain::Numbers { .. } => list().map(Value::Numbers),
        Domain::NumbersOrWord { accepts, .. } if accepts.contains(&word) => Some(Value::Word(word.to_owned())),
        Domain::NumbersOrWord { .. } => list().map(Value::Numbers),
        Domain::Integers { .. } => list().map(|list| Value::Integers(list.iter().map(|&x| x as i64).collect())),
        Domain::Item { catalogue, .. } | Domain::TacitItem { catalogue, .. } => {
            item(&catalogue(), word).map(Value::Item)
        }
        Domain::Items { catalogue, .. } => {
            let names = word.trim_matches(['[', ']']).split(',');
            names.map(|name| item(&catalogue(), name.trim())).collect::<Option<_>>().map(Value::Items)
        }
    };
    read.ok_or_else(|| anyhow!("{key} = {word} is not accepted: it takes {domain}"))
}

/// An entry of another catalogue with its defaults.
fn item(catalogue: &[&'static Entry], name: &str) -> Option<Settings> {
    let found = catalogue.iter().find(|entry| entry.name == name);
    found.map(|entry| Settings::defaults(entry))
}
