//! `sweep`: run a plan, write its tables, and say what they mean.

use std::fs::File;
use std::io::{BufWriter, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sgdlab_reports::{Collector, Runs, answer, write_summary};
use sgdlab_sweeps::columns::{RUNS, runs_header};
use sgdlab_sweeps::plan::{Log, Plan};
use sgdlab_sweeps::{Format, Outcome, Packing, Progress, Request, Sweep, write_results};

use crate::text::{self, counted, fill, grouped};

/// Run every combination of a plan and write tables of what happened.
///
/// A plan is a TOML file, or the name of a bundled one (`cargo xtask list plans`); without a plan
/// the bundled `digits` runs.
/// `cargo xtask show plans digits` prints a plan to start from, and `cargo xtask list` what it can
/// choose from.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask sweep
  cargo xtask sweep my-plan.toml --dry-run
  cargo xtask sweep line --set rates=[0.01,0.1] --replicates 20 --out line-20

Exit status: 0 done, 2 usage or input/output, 130 interrupted.")]
pub struct Arguments {
    /// A plan's file, or the name of a bundled plan.
    plan: Option<String>,
    /// Where the tables go [default: results/ and the plan's name].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How many threads to use; results do not depend on it [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Shorthand for --set replicates=N.
    #[arg(long, value_name = "N")]
    replicates: Option<u32>,
    /// What the tables are written as; the values are the same in all formats.
    #[arg(long, default_value = Format::default().name(), value_parser = format())]
    format: Format,
    /// Only say how much work the plan is.
    #[arg(long)]
    dry_run: bool,
    /// Say nothing but errors.
    #[arg(long, short)]
    quiet: bool,
    /// Change a value of the plan, e.g. budget.epochs=5 or rates=[0.1,0.2].
    #[arg(long, value_name = "KEY=VALUE", action = clap::ArgAction::Append)]
    set: Vec<String>,
    /// Run every run alone instead of in packs; results do not depend on it.
    #[arg(long)]
    no_packs: bool,
}

impl Arguments {
    fn sets(&self) -> Vec<String> {
        let replicates = self.replicates.map(|n| format!("replicates={n}"));
        self.set.iter().cloned().chain(replicates).collect()
    }

    fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.threads.map_or_else(cores, usize::from)
    }
}

/// Accepts the names of formats.
pub fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).map(|name| Format::named(&name).expect("a possible value"))
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let plan = crate::plans::load(arguments.plan.as_deref(), &arguments.sets())?;
    for warning in &plan.warnings {
        text::complain(&fill(&format!("warning: {warning}"), "", "  "));
    }
    let threads = arguments.threads();
    // Laying runs out and summarizing them are parallel too.
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("failed to start threads")?;
    let packing = if arguments.no_packs { Packing::Single } else { Packing::Automatic };
    let sweep = Sweep::new(plan, packing)?;
    if arguments.dry_run {
        text::print(&dry(&sweep, threads))?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("results").join(&sweep.plan().name));
    let (outcome, runs) = execute(&sweep, arguments, &folder, threads)?;
    write_summary_file(&folder, &runs)?;
    let complete = outcome.runs == sweep.runs().len();
    if !arguments.quiet {
        text::print(&report(&sweep, &outcome, &folder, &runs)?)?;
    }
    if !complete {
        text::complain(&format!(
            "interrupted: {} of {} runs were finished and are in {}",
            outcome.runs,
            sweep.runs().len(),
            folder.display()
        ));
        return Ok(ExitCode::from(130));
    }
    Ok(ExitCode::SUCCESS)
}

/// What a plan would do.
fn dry(sweep: &Sweep, threads: usize) -> String {
    let Plan { name, question, replicates, .. } = sweep.plan();
    let cells = sweep.runs().len() / *replicates as usize;
    let seconds = sweep.estimated_seconds() / threads as f64;
    let problems = sweep.plan().problems.iter().zip(sweep.problems());
    let mut out = fill(&format!("{name}: {question}"), "", "  ") + "\n\n";
    for (choice, problem) in problems {
        let held_out = match problem.held_out_terms() {
            0 => String::new(),
            n => format!(", {} held out", grouped(n as u64)),
        };
        let (terms, parameters) = (grouped(problem.terms() as u64), grouped(problem.layout().size() as u64));
        out += &format!("  problem  {}: {terms} terms{held_out}, {parameters} parameters\n", choice.label);
    }
    let lines = [
        ("cells", grouped(cells as u64)),
        ("runs", format!("{} ({})", grouped(sweep.runs().len() as u64), counted(u64::from(*replicates), "replicate"))),
        ("packs", grouped(sweep.packs().len() as u64)),
        ("updates", grouped(sweep.updates())),
        ("time", format!("about {} on {threads} threads", text::duration(seconds))),
    ];
    for (key, value) in lines {
        out += &format!("  {key:7}  {value}\n");
    }
    out
}

/// Runs the sweep with a progress bar; Ctrl-C stops it at the next measurement.
fn execute(sweep: &Sweep, arguments: &Arguments, folder: &Path, threads: usize) -> Result<(Outcome, Runs)> {
    let progress = Arc::new(Progress::default());
    let handler = Arc::clone(&progress);
    ctrlc::set_handler(move || {
        if handler.stop.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .context("failed to listen for Ctrl-C")?;
    let bar = bar(sweep, arguments.quiet);
    let command = std::iter::once("cargo xtask".to_owned()).chain(std::env::args().skip(1).map(quoted));
    let command = command.collect::<Vec<_>>().join(" ");
    let request = Request { folder, threads, command: &command, format: arguments.format };
    let mut collector = Collector::new(RUNS.file, &runs_header(&sweep.plan().targets.values))?;
    let done = AtomicBool::new(false);
    let result = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&bar, &progress, &done));
        let result = write_results(sweep, &request, &progress, &mut |line| collector.push(line));
        done.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        result
    });
    bar.finish_and_clear();
    Ok((result?, collector.finish()?))
}

/// An argument as a shell would take it.
fn quoted(argument: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

fn bar(sweep: &Sweep, quiet: bool) -> ProgressBar {
    let hidden = quiet || !std::io::stderr().is_terminal();
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let bar = ProgressBar::with_draw_target(Some(sweep.updates()), target);
    let style = ProgressStyle::with_template("{percent:>3} % {wide_bar} {per_sec}, {eta} left")
        .expect("the template is well formed")
        .with_key("per_sec", |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{} updates/s", grouped(state.per_sec() as u64));
        });
    bar.set_style(style);
    bar
}

/// Keeps the bar up to date until the sweep is done.
fn watch(bar: &ProgressBar, progress: &Progress, done: &AtomicBool) {
    while !done.load(Ordering::Relaxed) {
        bar.set_position(progress.updates.load(Ordering::Relaxed));
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Writes `summary.csv` aside and renames it.
fn write_summary_file(folder: &Path, runs: &Runs) -> Result<()> {
    let path = folder.join("summary.csv");
    let aside = folder.join(".summary.csv.part");
    let written = File::create(&aside).and_then(|file| {
        let mut file = BufWriter::new(file);
        write_summary(runs, &mut file)?;
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        std::fs::rename(&aside, &path)
    });
    if written.is_err() {
        // The reason why it could not be written is what matters, also if this fails too.
        let _ = std::fs::remove_file(&aside);
    }
    written.with_context(|| format!("failed to write {}", path.display()))
}

/// The answer, where the files are, and what to try next.
fn report(sweep: &Sweep, outcome: &Outcome, folder: &Path, runs: &Runs) -> Result<String> {
    let plan = sweep.plan();
    let seconds = outcome.elapsed.as_secs_f64();
    let planned = sweep.runs().len();
    let mut out = String::new();
    if outcome.runs < planned {
        out += &format!("INCOMPLETE: {} of {} runs\n", grouped(outcome.runs as u64), grouped(planned as u64));
    }
    out += &fill(&format!("{}: {}", plan.name, plan.question), "", "  ");
    out += &format!(
        "\n{}, {} diverged, {} in {}\n\n",
        counted(outcome.runs as u64, "run"),
        grouped(outcome.diverged as u64),
        counted(outcome.updates, "update"),
        text::duration(seconds)
    );
    out += &answer(runs, &plan.targets.metric.name().replace('-', "_"))?;
    out += &resolution(plan);
    out += &format!("\nfiles in {}\n", folder.display());
    let width = outcome.tables.iter().map(|(name, ..)| name.len()).fold(14, usize::max);
    for (name, size, _) in &outcome.tables {
        out += &format!("  {name:width$}  {:>8}\n", text::bytes(*size));
    }
    out += "  summary.csv, manifest.toml; cargo xtask list columns explains the tables\n";
    let words = plan_word(plan);
    out += &format!("\nnext\n  cargo xtask show plans {words:<12}  a plan to copy and change\n");
    out += "  cargo xtask list rules               what else could be compared\n";
    Ok(out)
}

/// How exact the costs of targets are.
fn resolution(plan: &Plan) -> String {
    let Log::PerDecade(count) = plan.log else { return String::new() };
    if plan.targets.values.is_empty() {
        return String::new();
    }
    let ratio = 10f64.powf(1.0 / f64::from(count));
    let text = format!(
        "A cost is that of the first logged step at the target; steps are logged {:.0} % apart, so differences below \
         that are ties. log = {{ per-decade = {} }} in the plan halves the distance.",
        100.0 * (ratio - 1.0),
        2 * count
    );
    format!("\n{}\n", fill(&text, "", ""))
}

/// The bundled plan that is most like this one.
fn plan_word(plan: &Plan) -> &str {
    let known = crate::plans::BUNDLED.iter().any(|(name, _)| *name == plan.name);
    if known { &plan.name } else { crate::plans::BUNDLED[0].0 }
}
