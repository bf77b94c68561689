//! `compare`: what a result says, and how sure that is.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use sgdlab_reports::analysis::{Comparison, Options, Tune};
use sgdlab_reports::reading::{Mapping, Source, Wish};
use sgdlab_sweeps::write_aside;

use crate::text::{self, counted, fill, grouped};

/// Say which rule is best, how sure that is, and what else the tables of a result say.
///
/// The setting of each rule is chosen on some replicates and scored on others, rules are compared in pairs of runs with
/// the same batches, and diverged runs count as the worst.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask compare results/digits
  cargo xtask compare results/digits --target 0.05 --budget 10000
  cargo xtask compare log.csv --map log.toml
  cargo xtask compare results/before results/after

With several folders, each is compared with the first: what changed in the plan,
and whether the outcomes of the combinations that both have differ.

Exit status: 0 done, 2 usage or input/output.")]
pub struct Arguments {
    /// Result folders, or a table of another program with --map.
    #[arg(required = true, value_name = "DIR")]
    results: Vec<PathBuf>,
    /// How the columns of another program's table are read.
    #[arg(long, value_name = "FILE.toml")]
    map: Option<PathBuf>,
    /// Compare by another metric than that of the plan's targets, e.g. test-error.
    #[arg(long)]
    metric: Option<String>,
    /// Compare by the cost of other targets than the plan's; may be given several times.
    #[arg(long, value_name = "VALUE", value_parser = number, action = clap::ArgAction::Append, allow_hyphen_values = true)]
    target: Vec<f64>,
    /// Look at no row with a larger cost.
    #[arg(long, value_name = "COST", value_parser = positive)]
    budget: Option<f64>,
    /// Choose settings on the first N replicates, a share P%, or `all`, which then are scored as well [default: half].
    #[arg(long, value_name = "N|P%|all", value_parser = tune)]
    tune: Option<Tune>,
    /// Where the tables go [default: compare/ in the folder, or beside the file].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Draw other bootstrap samples and signs.
    #[arg(long, value_name = "TEXT", default_value_t = Options::default().key)]
    key: String,
}

/// A finite number.
pub fn number(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|x: &f64| x.is_finite()).ok_or_else(|| "not a finite number".to_owned())
}

/// A finite number above 0.
pub fn positive(text: &str) -> Result<f64, String> {
    number(text).ok().filter(|x| *x > 0.0).ok_or_else(|| "not a finite number above 0".to_owned())
}

/// Which replicates settings are chosen on.
pub fn tune(text: &str) -> Result<Tune, String> {
    if text == "all" {
        return Ok(Tune::Same);
    }
    let share = text.strip_suffix('%').map(|share| share.parse().ok().filter(|share| (0.0..100.0).contains(share)));
    match (share, text.parse()) {
        (Some(Some(share)), _) if share > 0.0 => Ok(Tune::Share(share / 100.0)),
        (None, Ok(count)) if count > 0 => Ok(Tune::Count(count)),
        _ => Err("neither a number of replicates from 1 on, nor a share as 50%, nor `all`".to_owned()),
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mapping = arguments.map.as_deref().map(Mapping::read).transpose()?;
    let wish = Wish { metric: arguments.metric.clone(), targets: arguments.target.clone(), budget: arguments.budget };
    let options = Options { tune: arguments.tune.unwrap_or_default(), key: arguments.key.clone() };
    let open =
        |path: &PathBuf| Source::open(path, mapping.as_ref(), &wish).map_err(|error| anyhow!("{}", chain(&error)));
    let first = open(&arguments.results[0])?;
    let comparison = Comparison::of(&first, &options).map_err(|error| anyhow!("{}", chain(&error)))?;
    text::warn(&comparison.warnings);
    text::print(&page(&comparison))?;
    let folder = arguments.out.clone().unwrap_or_else(|| folder_of(&arguments.results[0]));
    text::print(&write(&comparison, &folder)?)?;
    Ok(ExitCode::SUCCESS)
}

/// An error with everything behind it.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

/// Where the tables of a result go.
fn folder_of(result: &Path) -> PathBuf {
    if result.is_dir() { result.join("compare") } else { result.with_extension("compare") }
}

/// The verdict, what it is based on, and the tables.
fn page(comparison: &Comparison) -> String {
    let mut out = fill(&comparison.verdict.sentence, "", "  ") + "\n\n";
    if let Some(question) = &comparison.question {
        out += &(fill(&format!("{}: {question}", comparison.name), "", "  ") + "\n");
    }
    let facts = format!(
        "{}, {} diverged, {} failed; {}",
        counted(comparison.runs as u64, "run"),
        grouped(comparison.diverged as u64),
        grouped(comparison.failed as u64),
        comparison.split_text()
    );
    out += &(fill(&facts, "", "  ") + "\n\n");
    out += &comparison.text();
    if comparison.runs > 0 {
        out += LEGEND;
    }
    for note in &comparison.verdict.notes {
        out += &(fill(&format!("* {note}"), "", "  ") + "\n");
    }
    out
}

/// What the columns say.
const LEGEND: &str = "\
n: fresh runs. [95 % interval of the median], or (range of fewer than six runs).
reached: fresh runs with a finite score. *: at the end of the grid. good rates:
within twice the best median, all replicates. diverged: of all runs of the rule.
P(better): a run of the leader beats one of the rule, ties by half. detectable:
the effect that so many pairs find with 80 % probability.
";

/// Writes the tables, and names them.
fn write(comparison: &Comparison, folder: &Path) -> Result<String> {
    std::fs::create_dir_all(folder).map_err(|error| anyhow!("failed to make {}: {error}", folder.display()))?;
    let tables = comparison.tables();
    let mut out = format!("\ntables in {}\n", folder.display());
    for table in tables.iter().filter(|table| !table.table.rows.is_empty()) {
        let path = folder.join(format!("{}.csv", table.table.name));
        write_aside(&path, table.table.to_csv().as_bytes())?;
        let name = format!("{}.csv", table.table.name);
        let line = format!("{name:17} {:>7} rows  {}", grouped(table.table.rows.len() as u64), table.caption);
        out += &(fill(&line, "  ", "                                ") + "\n");
    }
    if tables.is_empty() {
        bail!("there are no tables to write");
    }
    Ok(out)
}
