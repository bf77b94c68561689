//! From words on the command line to the values of hyperparameters.

use anyhow::{Result, anyhow};
use sgdlab_core::{Domain, Entry, Settings, Value, nearest};

/// KEY=VALUE.
pub fn assignment(word: &str) -> Result<(String, String), String> {
    let (key, value) = word.split_once('=').ok_or_else(|| format!("\"{word}\" is not KEY=VALUE, as in beta2=0.99"))?;
    Ok((key.trim().replace('_', "-"), value.trim().to_owned()))
}

/// The known words that were likely meant, if there are some: those that contain `word`, or else the nearest.
pub fn likely(word: &str, known: &[&str]) -> Option<String> {
    let containing: Vec<&str> = known.iter().copied().filter(|name| !word.is_empty() && name.contains(word)).collect();
    if containing.is_empty() { nearest(word, known) } else { Some(containing.join(", ")) }
}

/// The known word that is nearest, as the end of a message.
pub fn hint(word: &str, known: &[&str]) -> String {
    nearest(word, known).map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default()
}

/// A word as the hyperparameter's domain reads it.
pub fn value(entry: &Entry, key: &str, word: &str) -> Result<Value> {
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
