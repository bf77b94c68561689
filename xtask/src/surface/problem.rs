//! What is drawn: an objective with its settings.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use sgdlab_core::{Settings, Value};
use sgdlab_sweeps::plan::Choice;
use sgdlab_sweeps::{Problem, objectives};

use super::Arguments;
use crate::plans;
use crate::words::{hint, value};

/// A problem that was chosen.
pub struct Chosen {
    /// What it is called.
    pub label: String,
    /// The settings that were given, in words; may be empty.
    pub given: String,
    /// The problem.
    pub problem: Problem,
}

/// Finds the problem and loads its data.
pub fn choose(arguments: &Arguments) -> Result<Chosen> {
    let (label, settings) = match (&arguments.problem, &arguments.paths) {
        (name, Some(folder)) => {
            let plan = plans::of_folder(folder)?;
            of_plan(&plan.problems, name.as_deref(), &format!("the plan of {}", folder.display()))?
        }
        (Some(name), None) => named(name)?,
        (None, None) => bail!("PROBLEM is needed: what is to be drawn; cargo xtask list objectives lists them"),
    };
    let settings = with(settings, &arguments.settings)?;
    let given: Vec<String> = arguments.settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    Ok(Chosen { label, given: given.join(", "), problem: Problem::load(&settings)? })
}

/// A problem of a plan by its label; the only one needs no name.
fn of_plan(choices: &[Choice], name: Option<&str>, what: &str) -> Result<(String, Settings)> {
    let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
    let found = match (name, choices) {
        (None, [only]) => Some(only),
        (None, _) => bail!("{what} has several problems: PROBLEM is one of {}", labels.join(", ")),
        (Some(name), _) => choices.iter().find(|choice| choice.label == name),
    };
    let Some(choice) = found else {
        let name = name.unwrap_or_default();
        bail!("{what} has no problem \"{name}\", but {}{}", labels.join(", "), hint(name, &labels));
    };
    Ok((choice.label.clone(), choice.settings.clone()))
}

/// An entry of the catalogue, or PLAN/LABEL.
fn named(name: &str) -> Result<(String, Settings)> {
    if let Some(entry) = objectives().into_iter().find(|entry| entry.name == name) {
        return Ok((name.to_owned(), Settings::defaults(entry)));
    }
    let of_plan_named = |plan: &str, label: Option<&str>| {
        let choices = plans::load(Some(plan), &[])?.problems;
        of_plan(&choices, label, &format!("the plan {plan}"))
    };
    let is_plan = |plan: &str| Path::new(plan).is_file() || plans::BUNDLED.iter().any(|(known, _)| *known == plan);
    match name.rsplit_once('/') {
        Some((plan, label)) if is_plan(plan) => of_plan_named(plan, Some(label)),
        _ if is_plan(name) => of_plan_named(name, None),
        _ => {
            let names: Vec<&str> = objectives().iter().map(|entry| entry.name).collect();
            let hint = hint(name, &names);
            bail!("no objective is called \"{name}\"; cargo xtask list objectives lists them{hint}")
        }
    }
}

/// Settings with words in the place of values.
fn with(mut settings: Settings, words: &[(String, String)]) -> Result<Settings> {
    let entry = settings.entry();
    let names: Vec<&str> = entry.hyperparameters.iter().map(|h| h.name).collect();
    let mut given: Vec<(&str, Value)> = Vec::new();
    for (key, word) in words {
        let has = || format!("{} has {}", entry.name, names.join(", "));
        ensure!(names.contains(&key.as_str()), "no setting is called \"{key}\": {}{}", has(), hint(key, &names));
        given.push((key, value(entry, key, word)?));
    }
    // Settings hold all values, but those that go without saying.
    let old: Vec<(&str, Value)> = settings.values().to_vec();
    settings = Settings::in_dialect(entry, settings.dialect(), old.into_iter().chain(given))?;
    Ok(settings)
}
