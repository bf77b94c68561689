//! `compare`: what a result says, and how sure that is.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use sgdlab_reports::analysis::{Change, Comparison, NamedTable};
use sgdlab_reports::printable;
use sgdlab_reports::reading::{Source, Wish};

use crate::asked::Asked;
use crate::output;
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

The setting of a rule is the one with the smallest median on the replicates for
choosing; of equal ones that which more runs reach, then with the smaller upper
quartile, then with the smaller median of the last value, then the first.
The verdict is about pairs of runs at chosen settings if that gives at least six
pairs or there are no other settings, and about every setting otherwise.

Keys of the TOML file for --map; those in [columns] name columns of the table:
  name, question, metric (what the value is called), targets, delimiter,
  direction (\"minimize\" or \"maximize\"), and lists of words of the status
  column: diverged, failed
  [columns] rule, value (both required), rate, problem, replicate, step,
    evaluations (costs are in steps without it), seconds, status, batch-size,
    sampler, schedule, estimator, precision, run (what else tells runs apart)
  [defaults] values of problem, batch-size, … that have no column
  [default-rates] by rule, the rate that people use without tuning
A row is a run where none of step, evaluations and run is given; otherwise rows
of a run must have different steps or evaluations.

Exit status: 0 done, 2 usage or input/output.")]
pub struct Arguments {
    /// Result folders, or a table of another program with --map.
    #[arg(required = true, value_name = "DIR")]
    results: Vec<PathBuf>,
    #[command(flatten)]
    asked: Asked,
    /// Where the tables go [default: compare/ in the folder, or beside the file].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let asked = &arguments.asked;
    let options = asked.options();
    let [path, others @ ..] = arguments.results.as_slice() else { bail!("no result to compare") };
    let first = asked.open(path)?;
    let folder = arguments.out.clone().unwrap_or_else(|| folder_of(path));
    if others.is_empty() {
        let comparison = Comparison::of(&first, &options)?;
        text::warn(&comparison.warnings);
        text::print(&(page(&comparison) + &write(&comparison.tables(), &folder)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    text::warn(&first.warnings);
    // The others are measured by what the first one is measured by.
    let targets = first.measure.targets.iter().map(|target| target.level).collect();
    let mapping = asked.mapping()?;
    let wish = Wish { metric: Some(first.measure.metric.clone()), targets, ..asked.wish() };
    for (number, other) in others.iter().enumerate() {
        let second = Source::open(other, mapping.as_ref(), &wish)?;
        text::warn(&second.warnings);
        let change = Change::between(&first, &second, &options)?;
        let before = if number > 0 { "\n" } else { "" };
        let page = format!("{before}{}\n\n{}", fill(&printable(&change.sentence), "", "  "), change.text());
        let folder = if others.len() > 1 { folder.join(format!("change-{}", number + 1)) } else { folder.clone() };
        text::print(&printable(&(page + &write(&change.tables(), &folder)?)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the tables of a result go.
fn folder_of(result: &Path) -> PathBuf {
    if result.is_dir() { result.join("compare") } else { result.with_extension("compare") }
}

/// The verdict, what it is based on, and the tables.
fn page(comparison: &Comparison) -> String {
    let mut out = fill(&printable(&comparison.verdict.sentence), "", "  ") + "\n\n";
    if let Some(question) = &comparison.question {
        out += &(fill(&printable(&format!("{}: {question}", comparison.name)), "", "  ") + "\n");
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
        out += &(fill(&legend(comparison), "", "") + "\n");
    }
    for note in &comparison.verdict.notes {
        out += &(fill(&printable(&format!("* {note}")), "", "  ") + "\n");
    }
    out
}

/// What the columns say.
fn legend(comparison: &Comparison) -> String {
    let mut text =
        "median: of the fresh runs with its [95 % interval], or (range) of fewer than six runs. reached: fresh \
                    runs with a finite score. *: at the end of the grid. good rates: within twice the best median, all \
                    replicates."
            .to_owned();
    if comparison.diverged > 0 {
        text += " diverged: of all runs of the rule.";
    }
    if !comparison.pairs.is_empty() {
        text += if comparison.is_ratio() {
            " ratio: the score of the rule in units of the leader's, pseudo-median of the pairs with the \
             interval of the signed-rank test, as is p."
        } else {
            " difference: how much worse the rule is than the leader, pseudo-median of the pairs with \
             the interval of the signed-rank test, as is p."
        };
        text += " P(better): that a run of the leader beats one of the rule, ties by half.";
    }
    text
}

/// Writes the tables, and names them.
fn write(tables: &[NamedTable], folder: &Path) -> Result<String> {
    let mut out = printable(&format!("\ntables in {}\n", folder.display()));
    for NamedTable { caption, table } in tables.iter().filter(|named| !named.table.rows.is_empty()) {
        let name = format!("{}.csv", table.name);
        output::write(&folder.join(&name), table.to_csv().as_bytes())?;
        out += &format!("  {name:17} {:>7} rows  {caption}\n", grouped(table.rows.len() as u64));
    }
    Ok(out)
}
