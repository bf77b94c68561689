//! The command line of sgdlab.

// What only commands of the whole program use.
#![cfg_attr(not(feature = "whole"), allow(dead_code))]

#[cfg(feature = "whole")]
mod asked;
mod bench;
mod catalogue;
#[cfg(feature = "whole")]
mod claims;
#[cfg(feature = "whole")]
mod compare;
#[cfg(feature = "whole")]
mod explain;
#[cfg(feature = "whole")]
mod markdown;
mod merge;
mod output;
mod plans;
#[cfg(feature = "whole")]
mod plot;
mod repeat;
#[cfg(feature = "whole")]
mod replay;
#[cfg(feature = "whole")]
mod report;
#[cfg(not(feature = "whole"))]
mod rest;
mod status;
mod submit;
#[cfg(feature = "whole")]
mod surface;
mod sweep;
mod text;
mod verify;
mod words;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
#[cfg(not(feature = "whole"))]
use rest::{claims, compare, explain, markdown, plot, replay, report, surface};
use sgdlab_sweeps::ResultsError;

/// A laboratory for stochastic gradient methods.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 80, color = clap::ColorChoice::Never)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every combination of a plan and write tables of what happened.
    Sweep(sweep::Arguments),
    /// Hand a sweep to a cluster, in shards, and write its tables when they are done.
    Submit(submit::Arguments),
    /// Write the tables of a folder from its journals.
    Merge(merge::Arguments),
    /// Say how far a sweep is, wherever its processes run.
    Status(status::Arguments),
    /// Prove that a result is the same bytes however it is computed.
    Verify(verify::Arguments),
    // Without words here, --help has all of those that stand at the arguments.
    Plot(plot::Arguments),
    /// Say which rule is best, how sure that is, and what else the tables of a result say.
    Compare(compare::Arguments),
    /// Write what a result says as one page: the answer, the ranking, figures, and how all of it was made.
    Report(report::Arguments),
    /// List what plans can choose from.
    List(catalogue::List),
    /// Explain one entry: formula, hyperparameters, conventions, reference.
    Show(catalogue::Show),
    /// Say what an update rule does, by running it: responses, invariances, and where it parts from another.
    Explain(explain::Arguments),
    // As plot.
    Surface(surface::Arguments),
    /// Run published experiments, and say which of their statements hold.
    Claims(claims::Arguments),
    /// Compute what other programs recorded, and compare number by number.
    Replay(replay::Arguments),
    // Words as above.
    Bench(bench::Arguments),
    /// Print the JSON schema of plans, for editors that complete and check TOML.
    Schema,
}

/// Runs the command that the process was called with, and says what went wrong; the status is that of the process.
#[must_use]
pub fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        text::complain(&format!("error: {error:#}"));
        ExitCode::from(code(&error))
    })
}

fn run() -> Result<ExitCode> {
    #[cfg(not(feature = "whole"))]
    if rest::is_called(std::env::args_os().skip(1)) {
        return rest::hand_over();
    }
    match Arguments::parse().command {
        Command::Sweep(arguments) => sweep::run(&arguments),
        Command::Submit(arguments) => submit::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Plot(arguments) => plot::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::List(arguments) => catalogue::list(&arguments),
        Command::Show(arguments) => catalogue::show(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Surface(arguments) => surface::run(&arguments),
        Command::Claims(arguments) => claims::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Schema => plans::print_schema(),
    }
}

/// The exit status for an error.
fn code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(ResultsError::NoProgress { .. }) => 1,
        Some(ResultsError::Conflict { .. } | ResultsError::Canary { .. }) => 3,
        _ => 2,
    }
}
