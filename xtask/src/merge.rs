//! `merge`: tables from the journals of many attempts.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use sgdlab_sweeps::{Format, Packing, Request, ResultsError, Sweep, merge, program, ranges};

use crate::sweep::{command, digester, explained, format, quoted, report, write_summary};
use crate::text::{self, grouped};

/// Write the tables of a folder from its journals.
///
/// The runs of a sweep may be finished by many processes, on many machines (`sweep --shard`, `submit`); this puts them
/// together, in the order of the plan.
/// The tables have the bytes that one process alone would have written.
#[derive(Args)]
#[command(after_help = "Exit status: 0 done, 1 runs have failed, 2 usage or input/output,
3 attempts contradict each other, 4 runs are missing (standard output then has
the shards that have some, as --array takes them).")]
pub struct Arguments {
    /// The result folder.
    folder: PathBuf,
    /// Write what is finished, with gaps.
    #[arg(long)]
    partial: bool,
    /// What the tables are written as; the values are the same in all formats.
    #[arg(long, default_value = Format::default().name(), value_parser = format())]
    format: Format,
    /// Put runs of different builds of the program together.
    #[arg(long)]
    any_program: bool,
    /// Say nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let Arguments { folder, partial, format, any_program, quiet } = arguments;
    let plan = crate::plans::of_folder(folder)?;
    let sweep = Sweep::new(plan, Packing::Automatic)?;
    let (command, program) = (command(), program()?);
    let request = Request {
        folder,
        threads: 1,
        command: &command,
        program: &program,
        shard: None,
        format: *format,
        any_program: *any_program,
    };
    let mut digester = digester(&sweep)?;
    let outcome = match merge(&sweep, &request, *partial, &mut |line| digester.push(line)) {
        Err(ResultsError::Missing { missing, planned, shards, warnings }) => {
            text::warn(&warnings);
            if let Some((of, with)) = &shards {
                text::print(&format!("missing shards of {of}: {}\n", ranges(with)))?;
            }
            text::complain(&absent(folder, missing, planned, shards.map(|(of, _)| of)));
            return Ok(ExitCode::from(MISSING));
        }
        result => result.map_err(explained)?,
    };
    text::warn(&outcome.warnings);
    let digest = digester.finish()?;
    write_summary(folder, &digest)?;
    if !quiet {
        let attempts = "put together from the journals";
        text::print(&format!("{} runs {attempts}\n\n", grouped(outcome.runs as u64)))?;
        text::print(&report(&sweep, &outcome, folder, &digest)?)?;
    }
    Ok(ExitCode::from(u8::from(outcome.failed > 0)))
}

/// The exit status where runs are missing.
pub const MISSING: u8 = 4;

/// What to do about missing runs.
fn absent(folder: &Path, missing: usize, planned: usize, shards: Option<u32>) -> String {
    let shard = shards.map_or(String::new(), |of| format!(" --shard I/{of}"));
    let [plan, out] = [folder.join("plan.toml"), folder.to_owned()].map(|path| quoted(path.display().to_string()));
    format!(
        "error: {} of {} runs are missing; run them with\n  cargo xtask sweep {plan} --out {out}{shard}\n\
         or give --partial to write what is finished",
        grouped(missing as u64),
        grouped(planned as u64)
    )
}
