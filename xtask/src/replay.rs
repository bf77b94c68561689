//! `replay`: compute what other programs recorded, and compare.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use sgdlab_replay::{Comparison, Difference, Document, Record, Replay, replay};

use crate::output;
use crate::text::{self, counted, fill};

/// Compute what other programs recorded, and compare number by number.
///
/// A document is a JSON file with trajectories of an update rule, values and derivatives of a loss,
/// or rates of a schedule, as PyTorch, optax or your own training code computed them;
/// `data/README.md` says how to record one.
/// Every number has to be within the tolerance that its record states.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask replay data/reference
  cargo xtask replay data/reference/rules/adam.json --csv adam.csv
  cargo xtask replay data/reference --rule lion

Exit status: 0 all records are met, 1 some are not, 2 usage or input/output.")]
pub struct Arguments {
    /// Documents, or folders with documents at any depth.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write one row per record.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Only documents of this rule, loss or schedule.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    if let Some(path) = &arguments.csv {
        output::has_ending("--csv", path, &["csv"])?;
    }
    let replayed = replay(&arguments.paths, arguments.rule.as_deref())?;
    let documents = &replayed.documents;
    if let (Some(rule), true) = (&arguments.rule, documents.is_empty()) {
        anyhow::bail!("no document is of the rule, loss or schedule \"{rule}\"");
    }
    if let Some(path) = &arguments.csv {
        output::write(path, table(documents)?.as_bytes())?;
    }
    text::print(&report(&replayed))?;
    let all = documents.iter().all(|document| document.passed() == document.records.len());
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// One line a document; the first records that are not met below it.
fn report(Replay { documents, others }: &Replay) -> String {
    let title = |document: &Document| format!("{} {}", document.kind.key(), document.name);
    let width = documents.iter().map(|document| title(document).chars().count()).max().unwrap_or(0).clamp(8, 50);
    let mut out = format!("{:width$}  {:>9}  {:>16}\n", "document", "met", "error/tolerance");
    for document in documents {
        let met = format!("{} of {}", document.passed(), document.records.len());
        out += &format!("{:width$}  {met:>9}  {:>16.2e}\n", title(document), document.worst());
        out += &failures(document);
    }
    let (passed, records) =
        documents.iter().fold((0, 0), |(p, n), document| (p + document.passed(), n + document.records.len()));
    let rest = if passed == records { "all met".to_owned() } else { format!("{} not met", records - passed) };
    let (records, documents) = (counted(records as u64, "record"), counted(documents.len() as u64, "document"));
    out + &format!(
        "\n{records} in {documents}: {rest}\n{}",
        match others {
            0 => String::new(),
            1 => "1 other file is no document\n".to_owned(),
            others => format!("{others} other files are no documents\n"),
        }
    )
}

/// How many failures of a document are shown; the table has them all.
const SHOWN: usize = 3;

fn failures(document: &Document) -> String {
    let failures: Vec<&Record> = document.records.iter().filter(|record| !record.passes()).collect();
    let mut out = String::new();
    for record in failures.iter().take(SHOWN) {
        out += &fill(&format!("{}: {}", record.id, reason(record)), "  ", "    ");
        out += "\n";
    }
    if failures.len() > SHOWN {
        out += &format!("  and {} more; --csv FILE lists them\n", failures.len() - SHOWN);
    }
    out
}

/// Why a record is not met; empty if it is.
fn reason(record: &Record) -> String {
    match &record.outcome {
        Ok(Comparison { first: None, .. }) => String::new(),
        Ok(Comparison { first: Some(Difference { place, computed, recorded }), worst, .. }) => {
            format!("{place}: {computed:?} instead of {recorded:?}; the largest error is {worst:.2e} tolerances")
        }
        Err(reason) => reason.clone(),
    }
}

/// One row a record.
fn table(documents: &[Document]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["document", "kind", "name", "record", "met", "numbers", "error_over_tolerance", "reason"])?;
    for document in documents {
        for record in &document.records {
            let comparison = record.outcome.as_ref().ok();
            writer.write_record([
                &document.path.display().to_string(),
                document.kind.key(),
                &document.name,
                &record.id,
                &record.passes().to_string(),
                &comparison.map_or_else(String::new, |comparison| comparison.numbers.to_string()),
                &comparison.map_or_else(String::new, |comparison| format!("{:e}", comparison.worst)),
                &reason(record),
            ])?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
