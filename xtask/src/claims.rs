//! `claims`: run published experiments, and say which of their statements hold.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use sgdlab_claims::{Criterion, Finding, Outcome, Setting, Source, source, sources};
use sgdlab_core::streams::Key;

use crate::output;
use crate::text::{self, counted, fill};

/// Run published experiments, and say which of their statements hold.
///
/// Writes tables and figures, and claims.csv with every number that was decided about:
/// what was measured, what is accepted, and the verdict.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask claims --list
  cargo xtask claims source-003
  cargo xtask claims source-001 --quick --key another

Exit status: 0 all claims hold, 1 one fails, 2 usage or input/output.")]
pub struct Arguments {
    /// What is reproduced; see --list.
    #[arg(value_name = "SOURCE", required_unless_present = "list", value_parser = known)]
    source: Option<&'static Source>,
    /// Explain every source and every claim, and run nothing.
    #[arg(long, conflicts_with_all = ["quick", "key", "out"])]
    list: bool,
    /// Draw smaller samples; the claims are the same.
    #[arg(long)]
    quick: bool,
    /// What random numbers come from.
    #[arg(long, value_name = "TEXT", default_value = "sgdlab")]
    key: String,
    /// Where tables and figures go [default: results/ and the source's name].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn known(name: &str) -> Result<&'static Source, String> {
    let names = || sources().iter().map(|source| source.name).collect::<Vec<_>>().join(", ");
    source(name).ok_or_else(|| format!("there are {}", names()))
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let chosen = arguments.source.map_or_else(|| sources().to_vec(), |source| vec![source]);
    if arguments.list {
        text::print(&chosen.into_iter().map(explanation).collect::<Vec<_>>().join("\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut holds = true;
    for source in chosen {
        let outcome = source.run(&Setting { quick: arguments.quick, key: Key::new(&arguments.key) });
        let folder = arguments.out.clone().unwrap_or_else(|| Path::new("results").join(source.name));
        write(&outcome, &folder).with_context(|| format!("failed to write {}", folder.display()))?;
        text::print(&report(source, &outcome, &folder))?;
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
fn report(source: &Source, outcome: &Outcome, folder: &Path) -> String {
    let mut out = format!("{}: {}\n\n", source.name, source.title);
    out += &format!("{:38} {:>10} {:>10} {:>10}  verdict\n", "", "measured", "at least", "at most");
    for claim in source.claims {
        out += &format!("{}\n", claim.name);
        let of_claim = outcome.findings.iter().filter(|finding| std::ptr::eq(finding.claim, *claim));
        of_claim.for_each(|finding| out += &line(finding));
    }
    let failed = source.claims.iter().filter(|claim| {
        outcome.findings.iter().any(|finding| std::ptr::eq(finding.claim, **claim) && !finding.holds())
    });
    let failed: Vec<_> = failed.map(|claim| claim.name).collect();
    let verdict = if failed.is_empty() { "all hold".to_owned() } else { format!("failed: {}", failed.join(", ")) };
    let (claims, numbers) = (source.claims.len() as u64, outcome.findings.len() as u64);
    let head = format!("{}, {}: {verdict}", counted(claims, "claim"), counted(numbers, "number"));
    let files = outcome.tables.len() + outcome.figures.len() + 1;
    out + &format!("\n{}\n{} in {}\n", fill(&head, "", "  "), counted(files as u64, "file"), folder.display())
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

/// A source and its claims in words.
fn explanation(source: &'static Source) -> String {
    let mut out = format!("{}: {}\n{}\n", source.name, source.title, fill(source.summary, "  ", "  "));
    for claim in source.claims {
        out += &format!("\n  {} ({})\n{}\n", claim.name, claim.stance.word(), fill(claim.statement, "    ", "    "));
        let how = format!("Accepted: {}. {}", accepted(claim.criterion), claim.because);
        out += &format!("{}\n", fill(&how, "    ", "    "));
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
