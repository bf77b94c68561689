//! `claims`: run what is said about stochastic gradient methods, and say which of it holds.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sgdlab_claims::{
    CLAIMS, Claim, Experiment, Finding, Header, Made, Outcome, Setting, all_claims, chapters, experiment, experiments,
    gallery,
};
use sgdlab_core::streams::Key;

use crate::output;
use crate::sweep::{command, quoted};
use crate::text::{self, counted, fill};
use crate::words;

/// Run what is said about stochastic gradient methods, and say which of it holds.
///
/// Writes tables and figures of each experiment; claims.csv with every number that was decided about, what is accepted,
/// and the verdict; and gallery.html, a page to read: the sentence, the verdict, the picture, how it was measured, and
/// when it fails.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask claims --list
  cargo xtask claims source-003
  cargo xtask claims source-001 --quick --key another
  cargo xtask claims --quick

Exit status: 0 all claims hold, 1 one fails, 2 usage or input/output, 130 stopped
by Ctrl-C with everything kept that was finished.")]
pub struct Arguments {
    /// What is run, see --list [default: everything].
    #[arg(value_name = "NAME", value_parser = known)]
    names: Vec<&'static Experiment>,
    /// Explain experiments, claims and tables, and run nothing.
    #[arg(long)]
    list: bool,
    /// Draw smaller samples; the claims are the same.
    #[arg(long)]
    quick: bool,
    /// What random numbers come from.
    #[arg(long, value_name = "TEXT", default_value = "sgdlab")]
    key: String,
    /// Where everything is written; several experiments have a folder each in it [default: results/NAME for one, else
    /// results/claims].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn known(name: &str) -> Result<&'static Experiment, String> {
    experiment(name).ok_or_else(|| {
        let names: Vec<_> = experiments().map(|experiment| experiment.name).collect();
        let meant = words::likely(name, &names).map(|meant| format!("did you mean {meant}? ")).unwrap_or_default();
        format!("{meant}cargo xtask claims --list explains all")
    })
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let is_asked = |experiment: &&Experiment| {
        let is = |name: &&Experiment| std::ptr::eq(*name, *experiment);
        arguments.names.is_empty() || arguments.names.iter().any(is)
    };
    if arguments.list {
        text::print(&list(is_asked))?;
        return Ok(ExitCode::SUCCESS);
    }
    let asked: Vec<_> = experiments().filter(is_asked).collect();
    let alone = asked.len() == 1;
    let out = arguments
        .out
        .clone()
        .unwrap_or_else(|| Path::new("results").join(if alone { asked[0].name } else { "claims" }));
    ensure!(!out.exists() || out.is_dir(), "--out {} is a file: it takes a folder", out.display());
    // What cannot be written is told before anything is run.
    output::make_folder(&out)?;
    let stop = listen()?;
    let clock = Instant::now();
    let found = run_all(&asked, arguments, &out, &stop)?;
    let generator = concat!("sgdlab ", env!("CARGO_PKG_VERSION"));
    let options = format!("{}--key {}", if arguments.quick { "--quick " } else { "" }, quoted(arguments.key.clone()));
    let (command, key, quick) = (&command(), &arguments.key, arguments.quick);
    let made = Made { command, options: &options, asked: asked.len(), key, quick, generator };
    let page = gallery(&found, &made).html()?;
    output::write(&out.join("gallery.html"), page.as_bytes())?;
    text::print(&summary(&found, &out, clock.elapsed().as_secs_f64()))?;
    if found.len() < asked.len() {
        let done = format!("stopped after {} of {}", found.len(), counted(asked.len() as u64, "experiment"));
        text::complain(&done);
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let holds = found.iter().all(|(_, outcome)| outcome.holds());
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The exit status after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// The first Ctrl-C ends the run after the experiment that is running, the second at once.
fn listen() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let handler = Arc::clone(&stop);
    let handle = move || {
        if handler.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
        text::complain("stopping after this experiment; Ctrl-C again stops at once");
    };
    ctrlc::set_handler(handle).context("failed to listen for Ctrl-C")?;
    Ok(stop)
}

type Found = Vec<(&'static Experiment, Outcome)>;

/// Runs one experiment after the other; what it found is written and said when it ends.
fn run_all(asked: &[&'static Experiment], arguments: &Arguments, out: &Path, stop: &AtomicBool) -> Result<Found> {
    let setting = Setting { quick: arguments.quick, key: Key::new(&arguments.key) };
    let bar = bar(asked.len());
    let in_full = !arguments.names.is_empty();
    let mut found = Vec::new();
    for &experiment in asked.iter().take_while(|_| !stop.load(Ordering::Relaxed)) {
        bar.set_message(experiment.name);
        let clock = Instant::now();
        let outcome = experiment.run(&setting);
        let folder = if asked.len() == 1 { out.to_owned() } else { out.join(experiment.name) };
        write(&outcome, &folder)?;
        let seconds = clock.elapsed().as_secs_f64();
        let said = match in_full || !outcome.holds() {
            true => report(experiment, &outcome),
            false => verdict(experiment, &outcome, seconds),
        };
        bar.suspend(|| text::print(&said))?;
        bar.inc(1);
        found.push((experiment, outcome));
        output::write(&out.join("claims.csv"), all_claims(&found).to_csv().as_bytes())?;
    }
    bar.finish_and_clear();
    Ok(found)
}

fn bar(experiments: usize) -> ProgressBar {
    let hidden = experiments < 2 || !std::io::stderr().is_terminal();
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let bar = ProgressBar::with_draw_target(Some(experiments as u64), target);
    let style = ProgressStyle::with_template("{pos}/{len} {wide_bar} {elapsed}, {msg}");
    bar.set_style(style.expect("the template is well formed"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn write(outcome: &Outcome, folder: &Path) -> Result<()> {
    for table in &outcome.tables {
        output::write(&folder.join(format!("{}.csv", table.name)), table.to_csv().as_bytes())?;
    }
    for (name, figure) in &outcome.figures {
        output::write(&folder.join(format!("{name}.svg")), figure.svg().as_bytes())?;
    }
    Ok(())
}

/// An experiment in a line.
fn verdict(experiment: &Experiment, outcome: &Outcome, seconds: f64) -> String {
    let claims = counted(experiment.claims.len() as u64, "claim");
    let numbers = counted(outcome.findings.len() as u64, "number");
    let time = text::duration(seconds);
    format!("{:32} {claims:>9}, {numbers:>11}: all hold {time:>8}\n", experiment.name)
}

/// Every number with what is accepted, below its claim.
fn report(experiment: &Experiment, outcome: &Outcome) -> String {
    let mut out = format!("{}: {}\n\n", experiment.name, experiment.title);
    out += &format!("{:38} {:>10} {:>10} {:>10}  verdict\n", "", "measured", "at least", "at most");
    for claim in experiment.claims {
        out += &format!("{}\n", claim.name);
        of_claim(outcome, claim).for_each(|finding| out += &line(finding));
    }
    let failed = experiment.claims.iter().filter(|claim| !of_claim(outcome, claim).all(Finding::holds));
    let failed: Vec<_> = failed.map(|claim| claim.name).collect();
    let verdict = if failed.is_empty() { "all hold".to_owned() } else { format!("failed: {}", failed.join(", ")) };
    let (claims, numbers) = (experiment.claims.len() as u64, outcome.findings.len() as u64);
    let head = format!("{}, {}: {verdict}", counted(claims, "claim"), counted(numbers, "number"));
    out + &format!("\n{}\n\n", fill(&head, "", "  "))
}

/// What is said at the end.
fn summary(found: &Found, out: &Path, seconds: f64) -> String {
    let failed: Vec<_> = found.iter().filter(|(_, outcome)| !outcome.holds()).map(|(told, _)| told.name).collect();
    let files: usize = found.iter().map(|(_, outcome)| outcome.tables.len() + outcome.figures.len()).sum();
    let files = counted(files as u64 + 2, "file");
    let mut said = String::new();
    if found.len() > 1 {
        let verdict = if failed.is_empty() { "all hold".to_owned() } else { format!("failed: {}", failed.join(", ")) };
        let head = format!("{} in {}: {verdict}", counted(found.len() as u64, "experiment"), text::duration(seconds));
        said += &format!("\n{}\n", fill(&head, "", "  "));
    }
    said + &format!("{files} in {}; read {}\n", out.display(), out.join("gallery.html").display())
}

/// The numbers that decide about a claim.
fn of_claim<'a>(outcome: &'a Outcome, claim: &'static Claim) -> impl Iterator<Item = &'a Finding> {
    outcome.findings.iter().filter(move |finding| std::ptr::eq(finding.claim, claim))
}

/// A number in 80 columns.
fn line(finding: &Finding) -> String {
    // What is too long has lines of its own above the numbers.
    let (above, beside) = match finding.quantity.as_str() {
        long if long.chars().count() > 36 => (format!("{}\n", fill(long, "  ", "  ")), ""),
        short => (String::new(), short),
    };
    let numbers = [finding.measured.value, finding.lower, finding.upper];
    let mut shown = numbers.map(short);
    if shown[1] == shown[2] && finding.lower < finding.upper {
        // Limits this close are told apart by their last digits.
        shown = numbers.map(|x| format!("{x:.9}").chars().take(10).collect());
    }
    let [measured, lower, upper] = shown;
    format!("{above}  {beside:36} {measured:>10} {lower:>10} {upper:>10}  {}\n", finding.verdict())
}

/// A number with five digits.
fn short(x: f64) -> String {
    match x {
        x if x.is_nan() => "none".to_owned(),
        x if x.is_infinite() => (if x > 0.0 { "∞" } else { "-∞" }).to_owned(),
        x if x.fract() == 0.0 && x.abs() < 1e7 => format!("{x}"),
        x if x.abs() < 1e-3 || x.abs() >= 1e6 => format!("{x:.2e}"),
        x => format!("{x:.*}", (4 - x.abs().log10().floor() as i32).clamp(0, 6) as usize),
    }
}

/// Everything that is said about experiments, chapter by chapter, after a line for each of them.
fn list(is_asked: impl Fn(&&'static Experiment) -> bool) -> String {
    let mut out = String::new();
    let asked = || experiments().filter(&is_asked);
    if asked().count() > 1 {
        for experiment in asked() {
            out += &format!("{}\n", fill(&format!("{:26} {}", experiment.name, experiment.title), "", "  "));
        }
        out += "\n";
    }
    for chapter in chapters() {
        let asked: Vec<_> = chapter.experiments.iter().copied().filter(&is_asked).collect();
        if !asked.is_empty() {
            out += &format!("{}\n{}\n", chapter.title.to_uppercase(), fill(chapter.introduction, "", ""));
            asked.into_iter().for_each(|experiment| out += &format!("\n{}", explanation(experiment)));
            out.push('\n');
        }
    }
    out + &table(&CLAIMS)
}

/// A table and its columns in words.
fn table(header: &Header) -> String {
    let mut out = format!("{}\n", fill(&format!("{}.csv: {}", header.table, header.row), "  ", "    "));
    for (column, meaning) in header.columns {
        out += &format!("{}\n", fill(&format!("{column}: {meaning}"), "    ", "      "));
    }
    out
}

/// An experiment and its claims in words.
fn explanation(experiment: &Experiment) -> String {
    let mut out = format!("{}\n", fill(&format!("{}: {}", experiment.name, experiment.title), "", "  "));
    let texts = [
        ("Sentence", experiment.sentence),
        ("Source", experiment.reference),
        ("Statement", experiment.statement),
        ("Run", experiment.setup),
        ("Exact and sampled", experiment.exactness),
        ("Verdict if all claims hold", experiment.truth.words()),
        ("Where it fails", experiment.limits),
    ];
    for (name, words) in texts {
        out += &format!("{}\n", fill(&format!("{name}: {words}"), "  ", "    "));
    }
    for claim in experiment.claims {
        out += &format!("\n  {} ({})\n{}\n", claim.name, claim.stance.word(), fill(claim.statement, "    ", "    "));
        let how = format!("Accepted: {}. {}", claim.criterion.words(), claim.because);
        out += &format!("{}\n", fill(&how, "    ", "    "));
    }
    for header in experiment.tables {
        out += &format!("\n{}", table(header));
    }
    out
}
