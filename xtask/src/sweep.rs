//! `sweep`: run a plan, write its tables, and say what they mean.

use std::ffi::OsStr;
use std::io::ErrorKind::{QuotaExceeded, StorageFull};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sgdlab_reports::{Digest, Digester, Failure, answer};
use sgdlab_sweeps::columns::{RUNS, runs_header};
use sgdlab_sweeps::plan::{Log, Plan};
use sgdlab_sweeps::{
    Format, Outcome, Packing, Progress, Request, ResultsError, Shard, Sweep, THREAD, forget, program, write_aside,
    write_results,
};

use crate::repeat::Original;
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
  cargo xtask sweep --from results/digits/manifest.toml --out digits-again

A sweep goes on where an earlier one in the same folder was stopped, by Ctrl-C,
a kill or a power cut: finished runs are in the folder's journals, and only the
others are executed. Values that are added to a plan keep what is finished.

Exit status: 0 done, 1 runs have failed or are not those of --from, 2 usage or
input/output, 75 stopped by a signal with everything kept that was finished.")]
pub struct Arguments {
    /// A plan's file, or the name of a bundled plan.
    plan: Option<String>,
    /// Repeat a result from its manifest, and say whether the bytes are the same.
    #[arg(long, value_name = "DIR/manifest.toml", conflicts_with = "plan")]
    from: Option<PathBuf>,
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
    /// Execute share I of N only, from 0, and write its journal; `merge` puts shares together.
    #[arg(long, value_name = "I/N", conflicts_with = "format")]
    shard: Option<Shard>,
    /// Forget the finished runs of the folder, and start over.
    #[arg(long)]
    fresh: bool,
    /// Start over without asking.
    #[arg(long, requires = "fresh")]
    yes: bool,
    /// Use finished runs of other builds of the program.
    #[arg(long)]
    any_program: bool,
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
    fn threads(&self) -> usize {
        self.threads.map_or_else(cores, usize::from)
    }
}

/// How many threads the machine runs at a time.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Accepts the names of formats.
pub fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).map(|name| Format::named(&name).expect("a possible value"))
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let sets = crate::plans::changes(&arguments.set, arguments.replicates);
    let original = arguments.from.as_deref().map(Original::read).transpose()?;
    let plan = match &original {
        Some(original) => original.plan(&sets)?,
        None => crate::plans::load(arguments.plan.as_deref(), &sets)?,
    };
    text::warn(&plan.warnings);
    let threads = arguments.threads();
    // Laying runs out and summarizing them are parallel too.
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("failed to start threads")?;
    let packing = if arguments.no_packs { Packing::Single } else { Packing::Automatic };
    // Its hash takes as long as loading some data.
    let program = std::thread::spawn(program);
    let sweep = match &original {
        Some(original) => original.sweep(plan, packing)?,
        None => Sweep::new(plan, packing)?,
    };
    original.iter().try_for_each(|original| original.check_data(&sweep, &sets))?;
    if arguments.dry_run {
        text::print(&dry(&sweep, threads))?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("results").join(&sweep.plan().name));
    if arguments.fresh && !forgotten(&folder, arguments.yes)? {
        return Ok(ExitCode::SUCCESS);
    }
    let program = program.join().expect("a hash of a file does not panic")?;
    let (outcome, digest) = execute(&sweep, arguments, (&folder, &program), threads)?;
    text::warn(&outcome.warnings);
    if !outcome.is_complete() {
        text::complain(&stopped(outcome.runs, outcome.planned, &folder));
        return Ok(ExitCode::from(STOPPED));
    }
    let code = ExitCode::from(u8::from(outcome.failed > 0));
    if let Some(shard) = arguments.shard {
        if !arguments.quiet {
            text::print(&share(&outcome, shard, &folder))?;
        }
        return Ok(code);
    }
    write_summary(&folder, &digest)?;
    if !arguments.quiet {
        text::print(&report(&sweep, &outcome, &folder, &digest)?)?;
    }
    if outcome.failed > 0 {
        text::complain(&failures(&digest, outcome.failed));
    }
    match original.filter(|_| sets.is_empty()) {
        Some(original) if !original.compare(&outcome, arguments.quiet)? => Ok(ExitCode::from(1)),
        _ => Ok(code),
    }
}

/// The exit status of a sweep that was stopped: `EX_TEMPFAIL`, try again.
pub const STOPPED: u8 = 75;

/// After a signal, packs have this long to give up; what is finished is in the journal anyway.
const PATIENCE: Duration = Duration::from_millis(700);

/// What a stopped sweep has, and how to go on.
fn stopped(runs: usize, planned: usize, folder: &Path) -> String {
    format!(
        "stopped: {} of {} runs are finished and kept in {}; go on with\n  {}",
        grouped(runs as u64),
        grouped(planned as u64),
        folder.display(),
        command().replace(" --fresh", "").replace(" --yes", "")
    )
}

/// What became of a share.
fn share(outcome: &Outcome, shard: Shard, folder: &Path) -> String {
    format!(
        "shard {shard}: {} finished, {} of them before; {} in {}\nput all shards together with  cargo xtask merge {}\n",
        counted(outcome.runs as u64, "run"),
        grouped(outcome.before as u64),
        text::duration(outcome.elapsed.as_secs_f64()),
        folder.display(),
        quoted(folder.display().to_string())
    )
}

/// Which runs have failed, and why.
fn failures(digest: &Digest, failed: usize) -> String {
    let mut out = format!("{} failed, which is a defect of the program:", counted(failed as u64, "run"));
    for Failure { run, rule, message } in digest.failures() {
        out += &format!("\n  {run} ({rule}): {message}");
    }
    out
}

/// Forgets the finished runs of a folder if the user means it.
pub fn forgotten(folder: &Path, sure: bool) -> Result<bool> {
    let journal = |entry: std::fs::DirEntry| entry.path().extension().is_some_and(|ending| ending == "journal");
    let any = std::fs::read_dir(folder.join("journal")).is_ok_and(|entries| entries.flatten().any(journal));
    if any && !sure {
        if !std::io::stdin().is_terminal() {
            bail!("--fresh forgets the finished runs in {}: give --yes too if that is meant", folder.display());
        }
        text::print(&format!("forget the finished runs in {}? [y/N] ", folder.display()))?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(false);
        }
    }
    if any {
        forget(folder).map_err(explained)?;
    }
    Ok(true)
}

/// An error with what can be done about it.
pub fn explained(error: ResultsError) -> anyhow::Error {
    let way = match error {
        ResultsError::Program { .. } => "--any-program uses them all the same, sweep --fresh starts over",
        ResultsError::Busy { .. } => {
            "wait for it (cargo xtask status says how far it is), or sweep into another folder with --out"
        }
        ResultsError::OtherPlan { .. } => "choose another folder with --out",
        ResultsError::File { ref source, .. } if matches!(source.kind(), StorageFull | QuotaExceeded) => {
            "what is finished is kept: once there is room, the same command goes on"
        }
        _ => return error.into(),
    };
    anyhow!("{:#}\n{way}", anyhow::Error::from(error))
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
        ("time", format!("about {} on {}", text::duration(seconds), counted(threads as u64, "thread"))),
    ];
    for (key, value) in lines {
        out += &format!("  {key:7}  {value}\n");
    }
    out
}

/// Runs the sweep with a progress bar; Ctrl-C and termination stop it within a second.
fn execute(
    sweep: &Sweep,
    arguments: &Arguments,
    (folder, program): (&Path, &str),
    threads: usize,
) -> Result<(Outcome, Digest)> {
    let progress = Arc::new(Progress::default());
    listen(&progress, folder)?;
    expect_panics();
    let bar = bar(arguments.quiet);
    let command = command();
    let request = Request {
        folder,
        threads,
        command: &command,
        program,
        shard: arguments.shard,
        format: arguments.format,
        any_program: arguments.any_program,
    };
    let mut digester = digester(sweep)?;
    let done = AtomicBool::new(false);
    let result = std::thread::scope(|scope| {
        let _end = AtEnd(&done);
        scope.spawn(|| watch(&bar, &progress, &done));
        write_results(sweep, &request, &progress, &mut |line| digester.push(line))
    });
    bar.finish_and_clear();
    Ok((result.map_err(explained)?, digester.finish()?))
}

/// What takes the lines of `runs.csv`.
pub fn digester(sweep: &Sweep) -> Result<Digester> {
    Ok(Digester::new(RUNS.file, &runs_header(&sweep.plan().targets.values))?)
}

/// Panics are outcomes of runs; those of other threads are heard.
pub fn expect_panics() {
    let heard = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !std::thread::current().name().is_some_and(|name| name.starts_with(THREAD)) {
            heard(panic);
        }
    }));
}

/// The first signal asks runs to give up, and ends the program when they do not; the second ends it at once.
fn listen(progress: &Arc<Progress>, folder: &Path) -> Result<()> {
    let (progress, folder) = (Arc::clone(progress), folder.to_owned());
    let handler = move || {
        if progress.stop.swap(true, Ordering::Relaxed) {
            std::process::exit(STOPPED.into());
        }
        let (progress, folder) = (Arc::clone(&progress), folder.clone());
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE);
            let [runs, before, planned] =
                [&progress.runs, &progress.before, &progress.planned].map(|n| n.load(Ordering::Relaxed) as usize);
            text::complain(&stopped(before + runs, planned, &folder));
            std::process::exit(STOPPED.into());
        });
    };
    ctrlc::set_handler(handler).context("failed to listen for Ctrl-C")
}

/// The command that is running.
pub fn command() -> String {
    command_of(std::env::args_os().skip(1))
}

/// A command of this program, as people type it.
pub fn command_of(arguments: impl Iterator<Item = impl AsRef<OsStr>>) -> String {
    let words = arguments.map(|word| quoted(word.as_ref().to_string_lossy().into_owned()));
    std::iter::once("cargo xtask".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// An argument as a shell would take it.
pub fn quoted(argument: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

fn bar(quiet: bool) -> ProgressBar {
    let hidden = quiet || !std::io::stderr().is_terminal();
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let bar = ProgressBar::with_draw_target(None, target);
    let style = ProgressStyle::with_template("{percent:>3} % {wide_bar} {per_sec}, {eta} left")
        .expect("the template is well formed")
        .with_key("per_sec", |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{} updates/s", grouped(state.per_sec() as u64));
        });
    bar.set_style(style);
    bar
}

/// Says that the sweep is done, also when it panics: the bar would wait for it otherwise.
struct AtEnd<'a>(&'a AtomicBool);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Keeps the bar up to date until the sweep is done; what was finished before is said at once.
fn watch(bar: &ProgressBar, progress: &Progress, done: &AtomicBool) {
    let now = |number: &AtomicU64| number.load(Ordering::Relaxed);
    while !done.load(Ordering::Relaxed) {
        let all = now(&progress.all_updates);
        if all > 0 && bar.length() != Some(all) {
            bar.set_length(all);
            let before = now(&progress.before);
            if before > 0 {
                bar.println(format!(
                    "{} of {} runs were finished before",
                    grouped(before),
                    grouped(now(&progress.planned))
                ));
            }
        }
        bar.set_position(now(&progress.updates));
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Writes `summary.csv` aside and renames it.
pub fn write_summary(folder: &Path, digest: &Digest) -> Result<()> {
    Ok(write_aside(&folder.join("summary.csv"), digest.summary().as_bytes())?)
}

/// The answer, where the files are, and what to try next.
pub fn report(sweep: &Sweep, outcome: &Outcome, folder: &Path, digest: &Digest) -> Result<String> {
    let plan = sweep.plan();
    let seconds = outcome.elapsed.as_secs_f64();
    let planned = outcome.planned;
    let mut out = String::new();
    if !outcome.is_complete() {
        out += &format!("INCOMPLETE: {} of {} runs\n", grouped(outcome.runs as u64), grouped(planned as u64));
    }
    out += &fill(&format!("{}: {}", plan.name, plan.question), "", "  ");
    out += &format!(
        "\n{}{}, {} diverged, {} in {}\n\n",
        counted(outcome.runs as u64, "run"),
        before(outcome),
        grouped(outcome.diverged as u64),
        counted(outcome.updates, "update"),
        text::duration(seconds)
    );
    out += &foreign(outcome.foreign);
    out += &answer(digest, &plan.targets.metric.name().replace('-', "_"))?;
    out += &resolution(plan);
    out += &format!("\nfiles in {}\n", folder.display());
    let width = outcome.tables.iter().map(|(name, ..)| name.len()).fold(14, usize::max);
    for (name, size, _) in &outcome.tables {
        out += &format!("  {name:width$}  {:>8}\n", text::bytes(*size));
    }
    out += "  summary.csv, manifest.toml; cargo xtask list columns explains the tables\n";
    let words = plan_word(plan);
    let folder = quoted(folder.display().to_string());
    let next = [
        (format!("compare {folder}"), "which differences are real"),
        (format!("report {folder}"), "figures and tables on a page"),
        (format!("show plans {words}"), "a plan to copy and change"),
        ("list rules".to_owned(), "what else could be compared"),
    ];
    let width = next.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0).min(36);
    out += "\nnext\n";
    for (command, what) in next {
        // A path that is too long to say more beside it stays whole, since people copy it.
        let line = format!("  cargo xtask {command:width$}  {what}");
        out += if line.chars().count() > text::WIDTH { line.trim_end_matches(what).trim_end() } else { &line };
        out.push('\n');
    }
    Ok(out)
}

/// Finished runs that are not of the plan.
pub fn foreign(runs: usize) -> String {
    if runs == 0 {
        return String::new();
    }
    let text = format!(
        "{} more in the journals, of another plan or other data: kept, and not used here",
        counted(runs as u64, "finished run")
    );
    fill(&text, "", "  ") + "\n\n"
}

/// What was there already.
fn before(outcome: &Outcome) -> String {
    match outcome.before {
        0 => String::new(),
        n if n == outcome.runs => " (all finished before)".to_owned(),
        n => format!(" ({} finished before)", grouped(n as u64)),
    }
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
