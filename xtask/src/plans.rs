//! The plans that come with the program, and plans from files.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use sgdlab_core::nearest;
use sgdlab_sweeps::catalogues;
use sgdlab_sweeps::plan::{Plan, schema};

use crate::text;

/// Name and text of the bundled plans; the first is the default.
pub const BUNDLED: &[(&str, &str)] = &[
    ("digits", include_str!("../../data/plans/digits.toml")),
    ("iris", include_str!("../../data/plans/iris.toml")),
    ("line", include_str!("../../data/plans/line.toml")),
    ("toy-sweep", include_str!("../../data/plans/toy-sweep.toml")),
    ("verify", include_str!("../../data/plans/verify.toml")),
];

/// Reads and checks a plan: a file, a bundled plan by name, or the default one.
///
/// A file wins over a bundled plan of the same name.
pub fn load(plan: Option<&str>, sets: &[String]) -> Result<Plan> {
    let (name, source) = match plan {
        None => (format!("{} (bundled)", BUNDLED[0].0), BUNDLED[0].1.to_owned()),
        Some(name) => match BUNDLED.iter().find(|(known, _)| *known == name && !Path::new(name).is_file()) {
            Some((_, source)) => (format!("{name} (bundled)"), (*source).to_owned()),
            None => (name.to_owned(), read(name)?),
        },
    };
    parse(&source, &name, sets)
}

/// Checks a plan's text; `name` is what errors call it.
pub fn parse(source: &str, name: &str, sets: &[String]) -> Result<Plan> {
    match Plan::parse(source, name, sets, &catalogues()) {
        Ok(plan) => Ok(plan),
        Err(errors) => bail!("the plan has {}\n\n{}", count(errors.errors.len() + errors.more), errors.render()),
    }
}

/// The changes of a plan: those of `--set`, and `--replicates`, which is short for one.
pub fn changes(set: &[String], replicates: Option<u32>) -> Vec<String> {
    set.iter().cloned().chain(replicates.map(|n| format!("replicates={n}"))).collect()
}

/// Reads the plan of a result folder.
pub fn of_folder(folder: &Path) -> Result<Plan> {
    let path = folder.join("plan.toml");
    if !path.is_file() {
        bail!("{} is no result folder: it has no plan.toml", folder.display());
    }
    load(Some(&path.to_string_lossy()), &[])
}

fn count(errors: usize) -> String {
    if errors == 1 { "an error:".to_owned() } else { format!("{errors} errors:") }
}

fn read(path: &str) -> Result<String> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let names: Vec<&str> = BUNDLED.iter().map(|(name, _)| *name).collect();
            let hint = nearest(path, &names).map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
            bail!("failed to read the plan {path}: {error}\nBundled plans: {}{hint}", names.join(", "))
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(_) => bail!("failed to read the plan {path}: it is not UTF-8 text"),
    }
}

/// Prints the schema that `data/plans/plan.schema.json` holds.
pub fn print_schema() -> Result<ExitCode> {
    let schema = serde_json::to_string_pretty(&schema(&catalogues()))?;
    text::print(&(schema + "\n"))?;
    Ok(ExitCode::SUCCESS)
}
