//! `claims`: run what is said about stochastic gradient methods, and say which of it holds.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use sgdlab_claims::{Claim, Criterion, Experiment, Finding, Outcome, Setting, chapters, experiment, experiments};
use sgdlab_core::nearest;
use sgdlab_core::streams::Key;

use crate::output;
use crate::text::{self, counted, fill};

/// Run what is said about stochastic gradient methods, and say which of it holds.
///
/// Writes tables and figures of each experiment into a folder of its name, and claims.csv with every number that was
/// decided about: what was measured, what is accepted, and the verdict.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask claims --list
  cargo xtask claims source-003
  cargo xtask claims source-001 --quick --key another
  cargo xtask claims --quick

Exit status: 0 all claims hold, 1 one fails, 2 usage or input/output.")]
pub struct Arguments {
    /// What is run, see --list [default: everything].
    #[arg(value_name = "NAME", value_parser = known)]
    names: Vec<&'static Experiment>,
    /// Explain experiments and their claims, and run nothing.
    #[arg(long, conflicts_with_all = ["quick", "key", "out"])]
    list: bool,
    /// Draw smaller samples; the claims are the same.
    #[arg(long)]
    quick: bool,
    /// What random numbers come from.
    #[arg(long, value_name = "TEXT", default_value = "sgdlab")]
    key: String,
    /// Where everything is written.
    #[arg(long, value_name = "DIR", default_value = "results/claims")]
    out: PathBuf,
}

fn known(name: &str) -> Result<&'static Experiment, String> {
    experiment(name).ok_or_else(|| {
        let names: Vec<_> = experiments().map(|experiment| experiment.name).collect();
        let meant = nearest(name, &names);
        let meant = meant.map(|meant| format!("did you mean {meant}? ")).unwrap_or_default();
        format!("{meant}cargo xtask claims --list explains all")
    })
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let is_asked = |experiment: &&Experiment| {
        let is = |name: &&Experiment| std::ptr::eq(*name, *experiment);
        arguments.names.is_empty() || arguments.names.iter().any(is)
    };
    let asked: Vec<_> = experiments().filter(is_asked).collect();
    if arguments.list {
        text::print(&list(is_asked))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut holds = true;
    for experiment in asked {
        let outcome = experiment.run(&Setting { quick: arguments.quick, key: Key::new(&arguments.key) });
        let folder = arguments.out.join(experiment.name);
        write(&outcome, &folder).with_context(|| format!("failed to write {}", folder.display()))?;
        text::print(&report(experiment, &outcome, &folder))?;
        holds &= outcome.holds();
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn write(outcome: &Outcome, folder: &Path) -> Result<()> {
    for table in outcome.tables.iter().chain([&outcome.claims()]) {
        output::write(&folder.join(format!("{}.csv", table.name)), table.to_csv().as_bytes())?;
    }
    for (name, figure) in &outcome.figures {
        output::write(&folder.join(format!("{name}.svg")), figure.svg().as_bytes())?;
    }
    Ok(())
}

/// Every number with what is accepted, below its claim.
fn report(experiment: &Experiment, outcome: &Outcome, folder: &Path) -> String {
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
    let files = outcome.tables.len() + outcome.figures.len() + 1;
    out + &format!("\n{}\n{} in {}\n", fill(&head, "", "  "), counted(files as u64, "file"), folder.display())
}

/// The numbers that decide about a claim.
fn of_claim<'a>(outcome: &'a Outcome, claim: &'static Claim) -> impl Iterator<Item = &'a Finding> {
    outcome.findings.iter().filter(move |finding| std::ptr::eq(finding.claim, claim))
}

/// A number in 80 columns.
fn line(finding: &Finding) -> String {
    let quantity: String = finding.quantity.chars().take(36).collect();
    let [measured, lower, upper] = [finding.measured.value, finding.lower, finding.upper].map(short);
    format!("  {quantity:36} {measured:>10} {lower:>10} {upper:>10}  {}\n", finding.verdict())
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

/// Everything that is said about experiments, chapter by chapter.
fn list(is_asked: impl Fn(&&'static Experiment) -> bool) -> String {
    let mut out = String::new();
    for chapter in chapters() {
        let asked: Vec<_> = chapter.experiments.iter().copied().filter(&is_asked).collect();
        if !asked.is_empty() {
            out += &format!("{}\n{}\n", chapter.title.to_uppercase(), fill(chapter.introduction, "", ""));
            asked.into_iter().for_each(|experiment| out += &format!("\n{}", explanation(experiment)));
            out.push('\n');
        }
    }
    out.trim_end().to_owned() + "\n"
}

/// An experiment and its claims in words.
fn explanation(experiment: &Experiment) -> String {
    let mut out = format!("{}: {}\n", experiment.name, experiment.title);
    let texts = [
        ("Sentence", experiment.sentence),
        ("Source", experiment.reference),
        ("Statement", experiment.statement),
        ("Run", experiment.setup),
        ("Exact and sampled", experiment.exactness),
        ("Where it fails", experiment.limits),
    ];
    for (name, words) in texts {
        out += &format!("{}\n", fill(&format!("{name}: {words}"), "  ", "    "));
    }
    for claim in experiment.claims {
        out += &format!("\n  {} ({})\n{}\n", claim.name, claim.stance.word(), fill(claim.statement, "    ", "    "));
        let how = format!("Accepted: {}. {}", accepted(claim.criterion), claim.because);
        out += &format!("{}\n", fill(&how, "    ", "    "));
    }
    for header in experiment.tables {
        out += &format!("\n{}\n", fill(&format!("{}.csv: {}", header.table, header.row), "  ", "    "));
        for (column, meaning) in header.columns {
            out += &format!("{}\n", fill(&format!("{column}: {meaning}"), "    ", "      "));
        }
    }
    out
}

/// A criterion in words.
fn accepted(criterion: Criterion) -> String {
    match criterion {
        Criterion::Between(lower, upper) if lower == upper => format!("exactly {}", plain(lower)),
        Criterion::Between(lower, f64::INFINITY) => format!("at least {}", plain(lower)),
        Criterion::Between(f64::NEG_INFINITY, upper) => format!("at most {}", plain(upper)),
        Criterion::Between(lower, upper) => format!("from {} to {}", plain(lower), plain(upper)),
        Criterion::Near(tolerance) => format!("within {tolerance:e} · max(1, |expected|)"),
        Criterion::Within { errors, share: 0.0 } => format!("within {errors} standard errors of what is expected"),
        Criterion::Within { errors, share } => {
            format!("within {errors} standard errors and {} % of what is expected", 100.0 * share)
        }
    }
}

/// A limit as it is written.
fn plain(x: f64) -> String {
    if x != 0.0 && x.abs() < 1e-3 { format!("{x:e}") } else { x.to_string() }
}
