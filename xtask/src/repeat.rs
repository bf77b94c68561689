//! `sweep --from`: a result that is repeated from its manifest alone.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use sgdlab_sweeps::plan::Plan;
use sgdlab_sweeps::{Manifest, Outcome, Packing, Sweep, SweepError};

use crate::text::{self, fill};

/// The result that a manifest is of.
pub struct Original {
    /// The folder that its tables are in.
    pub folder: PathBuf,
    /// What it says.
    pub manifest: Manifest,
    path: PathBuf,
}

impl Original {
    /// Reads a manifest; of a folder, the one in it.
    pub fn read(path: &Path) -> Result<Self> {
        let path = if path.is_dir() { path.join("manifest.toml") } else { path.to_owned() };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if !path.exists() && folder.join("plan.toml").exists() {
            let shown = folder.display();
            bail!("{shown} has no manifest.toml, which is written with the tables, when all runs are finished");
        }
        Ok(Self { manifest: Manifest::read(&path)?, folder, path })
    }

    /// Its plan, with some keys replaced.
    pub fn plan(&self, sets: &[String]) -> Result<Plan> {
        crate::plans::parse(&self.manifest.plan, &format!("the plan of {}", self.path.display()), sets)
    }

    /// Loads the data of its plan, whatever that holds now.
    pub fn sweep(&self, plan: Plan, packing: Packing) -> Result<Sweep> {
        Sweep::new(plan, packing).map_err(|error| match error {
            SweepError::Problems(_) => {
                let current = std::env::current_dir().unwrap_or_default();
                let command = &self.manifest.command;
                anyhow!(
                    "{error}\ndata is looked for from the current folder, {}; the result is of the command\n  {command}\nso \
                     go to the folder where that was run, or say --set problems=…",
                    current.display()
                )
            }
            other => other.into(),
        })
    }

    /// Refuses data that the result was not made of, unless the problems are others.
    pub fn check_data(&self, sweep: &Sweep, sets: &[String]) -> Result<()> {
        if sets.iter().any(|set| set.trim_start().starts_with("problems")) {
            return Ok(());
        }
        let others: Vec<String> = self.manifest.other_data(sweep).iter().map(ToString::to_string).collect();
        if others.is_empty() { Ok(()) } else { bail!("{}", others.join("\n")) }
    }

    /// Says whether the tables of a repetition are those of the result.
    pub fn compare(&self, outcome: &Outcome, quiet: bool) -> Result<bool> {
        let folder = self.folder.display();
        let compared =
            |name: &&(String, u64, String)| !is_of_times(&name.0) && self.manifest.tables.contains_key(&name.0);
        let tables: Vec<_> = outcome.tables.iter().filter(compared).collect();
        let same = |name: &str, hash: &String| self.manifest.tables.get(name) == Some(hash);
        let other: Vec<&str> =
            tables.iter().filter(|(name, _, hash)| !same(name, hash)).map(|table| &*table.0).collect();
        let names = tables.iter().map(|table| &*table.0).collect::<Vec<_>>().join(", ");
        let said = if !self.manifest.complete {
            format!("not compared: the tables of {folder} lack runs")
        } else if tables.is_empty() {
            format!("not compared: the tables of {folder} are in another format")
        } else if !other.is_empty() {
            text::complain(&format!(
                "NOT the same bytes as {folder}: {}\ncargo xtask verify {folder} says more",
                other.join(", ")
            ));
            return Ok(false);
        } else if outcome.before == outcome.runs {
            format!(
                "{names}: the same bytes as {folder}, but all runs were finished before; --fresh computes them again"
            )
        } else {
            format!("{names}: the same bytes as {folder}")
        };
        if !quiet {
            text::print(&format!("\n{}\n", fill(&said, "", "  ")))?;
        }
        Ok(true)
    }
}

/// Whether a table differs on every execution.
pub fn is_of_times(name: &str) -> bool {
    name.starts_with("timings.")
}
